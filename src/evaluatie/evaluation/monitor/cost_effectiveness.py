"""Rows: cost per gain, for the pilot as a whole; never for one of its projects.

The areas are the units: cost and effect of one area stay together in every uncertainty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from evaluatie.costs.projects.follow_up import follow_up_years
from evaluatie.dictionary.economics import Economics
from evaluatie.domain import Status
from evaluatie.evaluation.contrast_rows import BETWEEN
from evaluatie.evaluation.contrasts import assignments_of
from evaluatie.evaluation.monitor.area_increments import Gain, Paired, gain_of, paired_areas
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.methods.areas.randomisation import Assignments, randomisation_interval
from evaluatie.methods.economics.area_increment import area_increment, ellipse_radius
from evaluatie.methods.economics.incremental import (
    Increment,
    Quadrant,
    Shape,
    bootstrap_ratio_interval,
    fieller_interval,
    quadrant,
    quadrant_shares,
    replicates,
)
from evaluatie.methods.economics.net_benefit import acceptability_frontier, net_benefit
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]
DRAWN = "joint_t_of_jackknife"
EXACT = "randomisation"


@dataclass(frozen=True)
class View:
    """One perspective at one wave: its numbers, and what every row of it shares."""

    asked: Asked
    wave: str
    paired: Paired
    increment: Increment
    assignments: Assignments
    economics: Economics
    n: float

    def row(self, term: str, *category: str, **values: Any) -> Row:
        """Return one row; ``category`` holds name=value parts behind the perspective."""
        return estimate_row(
            Table.COST_EFFECTIVENESS, term, wave=self.wave, area=BETWEEN, n=self.n,
            category="|".join((f"perspective={self.paired.perspective}", *category)),
            n_clusters=len(self.paired.cost), **values, **self.asked.where,
        )  # fmt: skip

    def unit(self, what: str) -> str:
        """Return a unit per head, or of the pilot together."""
        return f"{what}/{self.paired.head}" if self.paired.head else what

    @property
    def eur(self) -> str:
        """Unit of cost and net benefit."""
        return self.unit(f"EUR_{self.asked.study.price_level}")

    def interval(self, values: Any) -> dict[str, float]:
        """Return the interval of a contrast of areas that randomisation does not exclude."""
        low, high = randomisation_interval(
            values, self.paired.weights, self.assignments, 1 - self.asked.study.design.alpha
        )
        return {"ci_low": low, "ci_high": high}


def cost_effectiveness_rows(asked: Asked) -> Iterator[Row]:
    """Yield cost, effect and their balance over the follow-up so far, or why there are none."""
    economics, wave = asked.codebook.economics, _last_wave(asked)
    gain = gain_of(asked, wave) if economics else "no_economics"
    if isinstance(gain, str) or economics is None:
        yield _absent(asked, wave, str(gain))
        return
    for paired in paired_areas(asked, wave, gain):
        if isinstance(paired, tuple):
            yield _absent(asked, wave, paired[1], f"perspective={paired[0]}")
        else:
            yield from _rows(_view(asked, wave, paired, economics, gain))
    yield from _setting_rows(asked, economics)


def _last_wave(asked: Asked) -> str:
    """Return the last wave after the first with answers; the last one of all where none has."""
    later = [wave.id for wave in asked.study.waves[1:]]
    answered = [wave for wave in later if wave in asked.products.data.survey]
    return (answered or later)[-1]


def _view(asked: Asked, wave: str, paired: Paired, economics: Economics, gain: Gain) -> View:
    increment = area_increment(paired.cost, paired.effect, paired.weights, paired.treated)
    assignments = assignments_of(asked.study, [area.code for area in asked.study.areas])
    return View(asked, wave, paired, increment, assignments, economics, gain.n)


def _absent(asked: Asked, wave: str, reason: str, category: str = "") -> Row:
    status = Status.UNAVAILABLE if reason.startswith("missing_feed") else Status.NOT_ESTIMABLE
    return estimate_row(
        Table.COST_EFFECTIVENESS, "icer", wave=wave, area=BETWEEN, category=category,
        status=status, reason=reason, **asked.where,
    )  # fmt: skip


def _setting_rows(asked: Asked, economics: Economics) -> Iterator[Row]:
    """Yield the discount rates and the thresholds in use: agreed constants."""
    where = {"area": BETWEEN, **asked.where}
    for name, rate in (("cost", economics.rate.cost), ("effects", economics.rate.effects)):
        yield estimate_row(Table.COST_EFFECTIVENESS, "constant", estimate=rate, unit="share",
                           category=f"discount={name}", **where)  # fmt: skip
    for name, threshold in economics.thresholds.items():
        yield estimate_row(
            Table.COST_EFFECTIVENESS, "constant", estimate=threshold.amount_eur,
            unit="EUR/qaly", category=f"threshold={name}", **where,
        )  # fmt: skip


def _rows(view: View) -> Iterator[Row]:
    """Yield every number of one perspective."""
    yield from _difference_rows(view)
    cost, effect = replicates(view.increment, view.economics.draws, view.asked.study.seed)
    for where, share in quadrant_shares(cost, effect).items():
        yield view.row("quadrant_share", f"quadrant={where}", estimate=share, unit="share",
                       method=DRAWN)  # fmt: skip
    yield from _ratio_rows(view, cost, effect)
    yield from _benefit_rows(view)


def _difference_rows(view: View) -> Iterator[Row]:
    """Yield the differences in cost (care, programme, both) and effect, and their joint spread.

    Interval: randomisation over all ways to divide the areas; standard error: the jackknife, which
    the ellipse, the quadrants and the curve rest on.
    """
    paired, found = view.paired, view.increment
    covid = "covid_wave" if view.asked.study.wave(view.wave).covid else ""
    yield view.row(
        "incremental_cost", estimate=found.cost, std_error=found.cost_variance**0.5, df=found.df,
        unit=view.eur, method=EXACT, reason=covid, **view.interval(paired.cost),
    )  # fmt: skip
    if not paired.head:  # euros of the pilot as a whole: also as euros per year
        years = follow_up_years(view.asked.study, view.wave)
        yield view.row("incremental_cost", "per=year", estimate=found.cost / years, method=EXACT,
                       unit=f"{view.eur}/year", **view.interval(paired.cost / years))  # fmt: skip
    weights, arm = paired.weights, paired.treated
    for part, values in (("care", paired.care), ("programme", paired.programme)):
        ends = view.interval(values) if part == "care" else {}
        difference = _mean(values, weights, arm) - _mean(values, weights, ~arm)
        yield view.row("incremental_cost", f"part={part}", estimate=difference, unit=view.eur,
                       method=EXACT if ends else "", **ends)  # fmt: skip
    yield view.row(
        "incremental_effect", estimate=found.effect, std_error=found.effect_variance**0.5,
        df=found.df, unit=view.unit("qaly"), method=EXACT, reason=covid,
        **view.interval(paired.effect),
    )  # fmt: skip
    yield view.row("correlation", estimate=found.correlation, method=DRAWN)
    yield view.row("ellipse_radius", estimate=ellipse_radius(found.df), method=DRAWN)


def _ratio_rows(view: View, cost: Any, effect: Any) -> Iterator[Row]:
    """Yield the cost per gain, or the quadrant in which it has no meaning.

    Only "dearer and better" has a price of a gain. "Cheaper and worse" has a saving per loss, under
    a term of its own. A negative ratio is never given.
    """
    found = view.increment
    where = quadrant(found.cost, found.effect)
    term = "saving_per_loss" if where is Quadrant.CHEAPER_WORSE else "icer"
    unit = f"EUR_{view.asked.study.price_level}/qaly"
    if where not in (Quadrant.DEARER_BETTER, Quadrant.CHEAPER_WORSE):
        yield view.row("icer", unit=unit, status=Status.NOT_ESTIMABLE, reason=str(where))
        return
    critical = float(stats.t.ppf(1 - view.asked.study.design.alpha / 2, found.df))
    level = 1 - view.asked.study.design.alpha
    drawn = bootstrap_ratio_interval(cost, effect, (found.cost, found.effect), level)
    for method, interval in (
        ("fieller", fieller_interval(found, critical)),
        ("drawn", drawn),
    ):
        bounded = interval.shape is Shape.BOUNDED
        yield view.row(
            term, *(() if method == "fieller" else (f"interval={method}",)),
            estimate=found.cost / found.effect, ci_low=interval.low, ci_high=interval.high,
            unit=unit, method=method, df=found.df,
            reason=str(where) if bounded else f"interval_{interval.shape}",
        )  # fmt: skip


def _benefit_rows(view: View) -> Iterator[Row]:
    """Yield net benefit, acceptability and the value of knowing more, per willingness to pay."""
    prices = {f"willingness={price:g}": price for price in view.economics.willingness}
    prices |= {
        f"threshold={name}": threshold.amount_eur
        for name, threshold in view.economics.thresholds.items()
    }
    if not prices:
        return
    level = 1 - view.asked.study.design.alpha
    found = net_benefit(view.increment, list(prices.values()), level)
    frontier = acceptability_frontier(found.acceptability, found.estimate)
    for k, (name, price) in enumerate(prices.items()):
        ends = view.interval(price * view.paired.effect - view.paired.cost)
        yield view.row(
            "net_benefit", name, estimate=found.estimate[k], std_error=found.std_error[k],
            df=view.increment.df, unit=view.eur, method=EXACT, reason=_said(ends), **ends,
        )  # fmt: skip
        for term, value, unit in (
            ("acceptability", found.acceptability[k], "share"),
            ("frontier", frontier[k], "share"),
            ("perfect_information", found.perfect_information[k], view.eur),
        ):
            yield view.row(term, name, estimate=value, unit=unit, method=DRAWN)


def _said(ends: dict[str, float]) -> str:
    """Return what the interval of a net benefit says; "not demonstrated" wherever it holds zero."""
    if ends["ci_low"] > 0:
        return "worth_its_cost"
    return "not_worth_its_cost" if ends["ci_high"] < 0 else "not_demonstrated"


def _mean(values: Any, weights: Any, side: Any) -> float:
    return float(np.average(values[side], weights=weights[side]))
