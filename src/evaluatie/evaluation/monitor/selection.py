"""Rows: households chosen for high cost beside equally chosen ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluatie.costs.households.selection import ChosenHouseholds, chosen_households
from evaluatie.domain import Side, Status
from evaluatie.errors import RefusedError
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.selection_checks import (
    balance_rows,
    chosen_rows,
    model_rows,
    refusal_reason,
)
from evaluatie.methods import (
    Cohort,
    Followed,
    Histories,
    SelectedChange,
    Spread,
    chosen_cohort,
    cohort_losses,
    expected_level,
    followed,
    observed_level,
    selected_change,
)
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]
FOLLOW_UP = {"1-12": (1, 12), "13-24": (13, 24)}
DIFFERENCE = f"{Side.PILOT}-{Side.COMPARISON}"
FURTHER = ("laws", "household_size")
QUARTER, WINDOW = 3, 12
BEFORE_QUARTERS = 8


@dataclass(frozen=True)
class Compared:
    """One comparison: the chosen, those they are held against, and over which months."""

    asked: Asked
    chosen: ChosenHouseholds
    against: str  # expected: elsewhere; never_enrolled: the same areas
    months: str
    cohort: Cohort

    @property
    def unit(self) -> str:
        """Unit of every amount."""
        return f"EUR_{self.asked.study.price_level}/household/year"

    @property
    def other_area(self) -> str:
        """Area of the rows about the comparators."""
        return str(Side.COMPARISON if self.against == "expected" else Side.PILOT)

    def category(self, **parts: str) -> str:
        """Return the category of a row of this comparison."""
        return "|".join(f"{k}={v}" for k, v in {**parts, "months": self.months}.items())

    def followed(self, who: Histories) -> Followed:
        """Return cost before and in the months of this comparison."""
        return followed(self.chosen.panel, who, self.cohort.first, self.cohort.last)

    @cached_property
    def behind(self) -> Mapping[str, Mapping[str, float]]:
        """Return numbers behind the amounts: of the chosen, and of the comparators."""
        ones = np.ones(len(self.cohort.chosen.unit))
        return {
            "selected": self._behind(self.cohort.chosen, ones),
            self.against: self._behind(self.cohort.others, self.cohort.weighting.weights),
        }

    def _behind(self, who: Histories, w: npt.NDArray[np.float64]) -> Mapping[str, float]:
        cost = np.abs(self.followed(who).cost) * w + np.abs(who.window) * w
        by_unit = np.sort(np.bincount(np.unique(who.unit, return_inverse=True)[1], cost))[::-1]
        count = len(by_unit)
        total = by_unit.sum() or np.nan
        return {
            "n": count,
            "n_households": count,
            "n_providers": self.chosen.providers_of(who, -WINDOW, self.cohort.last),
            "top1_share": by_unit[0] / total,
            "top2_share": by_unit[:2].sum() / total,
        }

    @cached_property
    def fewest(self) -> Mapping[str, float]:
        """Return what is behind a number that speaks of both groups: the weaker of each."""
        mine, theirs = self.behind["selected"], self.behind[self.against]
        worse = {k: min(mine[k], theirs[k]) for k in ("n", "n_households", "n_providers")}
        return worse | {k: max(mine[k], theirs[k]) for k in ("top1_share", "top2_share")}


def selection_rows(asked: Asked) -> Iterator[Row]:
    """Yield households chosen for high cost beside equally chosen ones.

    Notes
    -----
    Terms ``before``, ``after``, ``change`` (of who=selected: naive, no effect), ``difference``,
    ``trajectory``, and those of `selection_checks`. A comparison that cannot be made is a row with
    its reason. Expected is what equally expensive households in the comparison areas did at the
    same months; never_enrolled are pilot households, which the rest of the pilot touches.
    """
    products = asked.products
    if products.ledger is None:
        return
    basis = str(asked.question.cost_basis or asked.indicator.basis)
    found = chosen_households(
        products.ledger, products.data, asked.indicator, asked.study, asked.codebook, basis
    )
    yield from chosen_rows(asked, found, candidates(asked, found, Side.COMPARISON))
    for months, stretch in FOLLOW_UP.items():
        for against, side in (("expected", Side.COMPARISON), ("never_enrolled", Side.PILOT)):
            yield from _comparison(asked, found, against, side, months, stretch)


def candidates(asked: Asked, found: ChosenHouseholds, side: Side) -> npt.NDArray[np.bool_]:
    """Return who lived on a side in which month and was in no project; (households, months)."""
    return found.never_enrolled(np.array([area.side == side for area in asked.study.areas]))


def _comparison(
    asked: Asked,
    found: ChosenHouseholds,
    against: str,
    side: Side,
    months: str,
    stretch: tuple[int, int],
) -> Iterator[Row]:
    others = candidates(asked, found, side)
    try:
        cohort = chosen_cohort(
            found.panel, found.unit, found.month, others, stretch,
            further=found.further, names=FURTHER,
        )  # fmt: skip
    except RefusedError:
        losses = cohort_losses(found.panel, found.unit, found.month, others, stretch)
        area = DIFFERENCE if against == "expected" else str(Side.PILOT)
        yield estimate_row(
            Table.SELECTION, "difference", area=area,
            category=f"against={against}|clusters=households|months={months}",
            status=Status.NOT_ESTIMABLE, reason=refusal_reason(losses), **asked.where,
        )  # fmt: skip
        return
    compared = Compared(asked, found, against, months, cohort)
    change = _change(compared, *(compared.followed(who) for who in (cohort.chosen, cohort.others)))
    yield from _level_rows(compared, change)
    yield from _difference_rows(compared, change)
    yield from balance_rows(compared)
    if against == "expected":
        yield from model_rows(compared)
        yield from _trajectory_rows(compared)
        yield from _donut_rows(compared)


def _change(compared: Compared, mine: Followed, theirs: Followed) -> SelectedChange:
    """Return the comparison with areas at the month of choice as clusters."""
    cohort, place = compared.cohort, compared.chosen.place
    areas = [place[who.unit, who.month] for who in (cohort.chosen, cohort.others)]
    return selected_change(mine, theirs, cohort.weighting, *areas)


def _level_rows(compared: Compared, found: SelectedChange, **more: str) -> Iterator[Row]:
    groups = {
        compared.against: (compared.other_area, {
            "before": found.expected_before, "after": found.expected_after,
            "change": found.expected_change,
        }),
    }  # fmt: skip
    if compared.against == "expected":
        own = {"before": found.before, "after": found.after, "change": found.change}
        groups["selected"] = (str(Side.PILOT), own)
    for who, (area, terms) in groups.items():
        for term, spread in terms.items():
            numbers = _numbers(spread) if spread.std_error else {"estimate": spread.estimate}
            naive = "naive_before_after" if (who, term) == ("selected", "change") else ""
            yield estimate_row(
                Table.SELECTION, term, area=area, category=compared.category(who=who, **more),
                unit=compared.unit, method=naive or ("entropy_balancing" * (who != "selected")),
                **numbers, **compared.behind[who], **compared.asked.where,
            )  # fmt: skip


def _difference_rows(compared: Compared, found: SelectedChange, **more: str) -> Iterator[Row]:
    area = DIFFERENCE if compared.against == "expected" else str(Side.PILOT)
    for clusters, spread in (
        ("households", found.difference),
        ("areas", found.difference_areas),
    ):
        if spread is None and compared.against != "expected":
            continue
        category = compared.category(against=compared.against, clusters=clusters, **more)
        numbers = (
            {"status": Status.NOT_ESTIMABLE, "reason": "one_area_on_a_side"}
            if spread is None
            else _numbers(spread)
        )
        yield estimate_row(
            Table.SELECTION, "difference", area=area, category=category, unit=compared.unit,
            method="linearised" if clusters == "households" else "cr3",
            n_clusters=found.areas if clusters == "areas" else compared.fewest["n_households"],
            **numbers, **compared.fewest, **compared.asked.where,
        )  # fmt: skip


def _donut_rows(compared: Compared) -> Iterator[Row]:
    """Yield the comparison without the last quarter before and the first quarter after.

    The weights still know the last quarter: without it the comparators have no peak to fall from.
    """
    if compared.cohort.first != 1:
        return
    panel, followed_up = compared.chosen.panel, []
    for who in (compared.cohort.chosen, compared.cohort.others):
        cost, months = panel.between(who.unit, who.month, -WINDOW, -QUARTER - 1)
        after = panel.between(who.unit, who.month, QUARTER + 1, compared.cohort.last)
        followed_up.append(Followed(cost * WINDOW / months, *after))
    found = _change(compared, followed_up[0], followed_up[1])
    yield from _level_rows(compared, found, variant="donut")
    yield from _difference_rows(compared, found, variant="donut")


def _trajectory_rows(compared: Compared) -> Iterator[Row]:
    """Yield cost in each quarter around the month of choice, which is in none of them."""
    cohort, panel = compared.cohort, compared.chosen.panel
    last = cohort.last // QUARTER
    for quarter in [*range(-BEFORE_QUARTERS, 0), *range(1, last + 1)]:
        first = QUARTER * quarter if quarter < 0 else QUARTER * (quarter - 1) + 1
        stretch = (first, first + QUARTER - 1)
        mine = panel.between(cohort.chosen.unit, cohort.chosen.month, *stretch)
        theirs = panel.between(cohort.others.unit, cohort.others.month, *stretch)
        for who, area, spread in (
            ("selected", Side.PILOT, observed_level(*mine)),
            ("expected", Side.COMPARISON, expected_level(cohort.weighting, *theirs)),
        ):
            numbers = _numbers(spread) if spread else {
                "status": Status.NOT_ESTIMABLE, "reason": "nobody_observed",
            }  # fmt: skip
            yield estimate_row(
                Table.SELECTION, "trajectory", area=str(area), unit=compared.unit,
                category=compared.category(who=who, quarter=f"{quarter:+d}"),
                **numbers, **compared.behind[who], **compared.asked.where,
            )  # fmt: skip


def _numbers(spread: Spread) -> dict[str, float]:
    return {
        "estimate": spread.estimate, "std_error": spread.std_error, "df": spread.df,
        "ci_low": spread.ci_low, "ci_high": spread.ci_high,
    }  # fmt: skip
