"""Rows: who was chosen, whom they can be held against, and what theory expects of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from evaluatie.costs.households.selection import ChosenHouseholds
from evaluatie.domain import Side, Status
from evaluatie.errors import RefusedError
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.methods import (
    Histories,
    Losses,
    expected_change_lognormal,
    expected_change_normal,
    histories,
)
from evaluatie.results import Table, estimate_row

if TYPE_CHECKING:
    from evaluatie.evaluation.monitor.selection import Compared

Row = dict[str, Any]
PERCENTILES = (80, 90, 95, 99)
LEAST = 10
MODELS = {"normal": expected_change_normal, "lognormal": expected_change_lognormal}


def refusal_reason(losses: Losses) -> str:
    """Return why a comparison was refused."""
    if losses.compared + losses.no_comparable < LEAST:
        return "too_few_selected_followed"
    return "no_equally_selected_comparators"


def chosen_rows(
    asked: Asked, found: ChosenHouseholds, elsewhere: npt.NDArray[np.bool_]
) -> Iterator[Row]:
    """Yield how many were chosen, and how expensive they were among households elsewhere."""
    counts = {"enrolled": found.households, "unknown": found.unknown, "elsewhere": found.elsewhere}
    for name, count in counts.items():
        yield _count(asked, f"households={name}", count)
    mine = histories(found.panel, found.unit, found.month)
    mine = mine.take(mine.complete)
    if len(mine.unit) < LEAST:
        return
    ranks = _ranks(found, mine, elsewhere)
    behind = {"n": len(mine.unit), "n_households": len(mine.unit)}
    for percentile in PERCENTILES:
        above = int((ranks >= percentile / 100).sum())
        yield estimate_row(
            Table.SELECTION, "share_above", area=str(Side.PILOT), estimate=above / len(ranks),
            category=f"percentile=p{percentile}", unit="share",
            n=min(above, len(ranks) - above), n_households=min(above, len(ranks) - above),
            **asked.where,
        )  # fmt: skip
    yield estimate_row(
        Table.SELECTION, "median", area=str(Side.PILOT), category="who=selected",
        estimate=float(np.median(mine.window)),
        unit=f"EUR_{asked.study.price_level}/household/year", **behind, **asked.where,
    )  # fmt: skip


def _ranks(
    found: ChosenHouseholds, mine: Histories, elsewhere: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return the share of households elsewhere that cost less over the same twelve months."""
    ranks = np.empty(len(mine.unit))
    for month in np.unique(mine.month):
        row = np.flatnonzero(elsewhere[:, month])
        others = histories(found.panel, row, np.full(len(row), month))
        level = np.sort(others.window[others.complete])
        now = mine.month == month
        ranks[now] = np.searchsorted(level, mine.window[now]) / max(len(level), 1)
    return ranks


REACH = ("not_yet_followed", "no_history", "no_comparable")
"""Why a chosen household is outside the comparison: how far that reaches, nothing about people."""


def balance_rows(compared: Compared) -> Iterator[Row]:
    """Yield who is outside the claim, how many comparators there are, and how alike they are."""
    asked, cohort = compared.asked, compared.cohort
    area, losses = compared.other_area, cohort.losses
    _, seen = compared.chosen.panel.between(
        cohort.chosen.unit, cohort.chosen.month, cohort.first, cohort.last
    )
    counts = {
        "not_yet_followed": losses.not_yet_followed, "no_history": losses.no_history,
        "no_comparable": losses.no_comparable, "compared": losses.compared,
        "left": int((seen < cohort.last - cohort.first + 1).sum()),
        "comparators": len(np.unique(cohort.others.unit)),
    }  # fmt: skip
    for name, count in counts.items():
        category = compared.category(households=name, against=compared.against)
        place = area if name == "comparators" else str(Side.PILOT)
        yield _count(asked, category, count, place, "reach" if name in REACH else "count")
    own = {"n": losses.compared, "n_households": losses.compared}
    yield estimate_row(
        Table.SELECTION, "effective_n", area=area, estimate=cohort.weighting.effective_n,
        category=compared.category(against=compared.against), unit="households",
        **_n(compared), **asked.where,
    )  # fmt: skip
    for weights in ("before", "after"):
        for name, value in _differences(compared, weights == "after").items():
            yield estimate_row(
                Table.SELECTION, "standardised_difference", area=area, estimate=value, unit="SD",
                category=compared.category(
                    against=compared.against, covariate=name, weights=weights
                ),
                **own, **asked.where,
            )  # fmt: skip


def _differences(compared: Compared, weighted: bool) -> dict[str, float]:
    """Return mean of comparators minus that of the chosen, in SD of the chosen."""
    cohort = compared.cohort
    theirs, w = (
        (cohort.others, cohort.weighting.weights) if weighted else (cohort.pool, cohort.pool_base)
    )
    mine_, theirs_ = _readable(compared, cohort.chosen), _readable(compared, theirs)
    found = {}
    for name, values in mine_.items():
        spread = float(values.std(ddof=1))
        gap = float(w @ theirs_[name] / w.sum() - values.mean())
        found[name] = gap / spread if spread > 0 else 0.0
    return found


def _readable(compared: Compared, who: Histories) -> dict[str, npt.NDArray[np.float64]]:
    further = compared.chosen.further(who.unit, who.month)
    return {
        "window": who.window, "recent": who.recent, "earlier": who.earlier,
        "laws": further[:, 0], "household_size": further[:, 1],
    }  # fmt: skip


def model_rows(compared: Compared) -> Iterator[Row]:
    """Yield the fall that the closed forms of regression to the mean expect: a check."""
    cohort, pool = compared.cohort, compared.cohort.pool
    cost, months = compared.chosen.panel.between(pool.unit, pool.month, cohort.first, cohort.last)
    full = months == cohort.last - cohort.first + 1
    for name, form in MODELS.items():
        where = {
            "area": str(Side.COMPARISON), "category": compared.category(model=name),
            **_n(compared), **compared.asked.where,
        }  # fmt: skip
        try:
            found = form(
                cohort.chosen.window, pool.window[full], cost[full], pool.unit[full],
                cohort.pool_base[full],
            )  # fmt: skip
        except RefusedError:
            absent = {"status": Status.NOT_ESTIMABLE, "reason": "too_few_untreated_pairs"}
            yield estimate_row(Table.SELECTION, "model_change", **absent, **where)
            continue
        yield estimate_row(
            Table.SELECTION, "model_change", estimate=found.change, unit=compared.unit,
            method=f"regression_to_the_mean_{name}", **where,
        )  # fmt: skip
        ends = {"ci_low": found.rho_low, "ci_high": found.rho_high} if name == "lognormal" else {}
        yield estimate_row(
            Table.SELECTION, "rho", estimate=found.rho, unit="correlation", **ends, **where
        )


def _n(compared: Compared) -> dict[str, float]:
    return {k: compared.fewest[k] for k in ("n", "n_households")}


def _count(
    asked: Asked, category: str, count: int, area: str = str(Side.PILOT), term: str = "count"
) -> Row:
    return estimate_row(
        Table.SELECTION, term, area=area, category=category, estimate=count, n=count,
        n_households=count, unit="households", **asked.where,
    )  # fmt: skip
