"""From who was chosen, and when, to comparators at the same months: a sequence of cohorts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats, Integers
from evaluatie.methods.selection.common_support import has_neighbours
from evaluatie.methods.selection.equally_selected import (
    LEAST_CHOSEN,
    EquallySelected,
    equally_selected,
)
from evaluatie.methods.selection.household_months import (
    COVARIATES,
    YEAR,
    Histories,
    HouseholdMonths,
    histories,
    log_cost,
)
from evaluatie.methods.selection.selected_change import Followed

Further = Callable[[Integers, Integers], Floats]
"""Further covariates of households at months of choice: (n,), (n,) -> (n, k)."""


@dataclass(frozen=True)
class Losses:
    """How many chosen households are left, and why the others are not."""

    chosen: int
    not_yet_followed: int
    no_history: int
    no_comparable: int

    @property
    def compared(self) -> int:
        """Households that the comparison speaks of."""
        return self.chosen - self.not_yet_followed - self.no_history - self.no_comparable


@dataclass(frozen=True)
class Cohort:
    """Chosen households and equally selected ones, with their follow-up.

    Attributes
    ----------
    chosen, others : Histories
        n chosen households; m comparator rows, a household once per month of choice.
    pool : Histories
        Every comparator row with a complete history, whatever its cost.
    pool_base : ndarray of float
        Weight of each row of the pool by calendar month only; sums to n.
    weighting : EquallySelected
    losses : Losses
    first, last : int
        Months of the follow-up, relative to the month of choice.
    """

    chosen: Histories
    others: Histories
    pool: Histories
    pool_base: Floats
    weighting: EquallySelected
    losses: Losses
    first: int
    last: int


def chosen_cohort(
    panel: HouseholdMonths,
    unit: ArrayLike,
    month: ArrayLike,
    candidate: ArrayLike,
    follow_up: tuple[int, int] = (1, YEAR),
    gap: int = 0,
    further: Further | None = None,
    names: Sequence[str] = (),
) -> Cohort:
    """Return chosen households beside equally selected comparators of the same calendar months.

    Parameters
    ----------
    panel : HouseholdMonths
        Cost and presence of everyone.
    unit, month : array_like of int, shape (n,)
        Row of each chosen household and column of the month in which it was chosen.
    candidate : array_like of bool, shape (households, months)
        Who could have served as a comparator in which month.
    follow_up : (int, int)
        First and last month after the month of choice.
    gap : int
        Months right before the choice that are left out of selection window and balance: the
        donut. Where choice follows a peak, the peak lies in these months.
    further : callable, optional
        Further covariates to balance.
    names : sequence of str
        What these are.

    Raises
    ------
    RefusedError
        As `equally_selected`; its message says how many were chosen.

    Notes
    -----
    Each month of choice is a cohort: comparators of that month get the same share of the base
    weight as the chosen of that month, so that calendar time (season, COVID, prices) is shared.
    Comparators that cost less over the window than any chosen household are left out: they were
    not selected equally under any rule. Chosen households without `has_neighbours` on the log
    cost of window and last quarter are outside the claim; they are counted.

    References
    ----------
    Hernan & Robins (2016), Am. J. Epidemiology 183:758, on a sequence of emulated trials.
    """
    mine, pool, base, losses = _alike(panel, unit, month, candidate, follow_up, gap)
    if losses.compared < LEAST_CHOSEN:
        raise RefusedError(
            f"{losses.compared} of {losses.chosen} chosen households can be followed and compared",
            allowed=f"at least {LEAST_CHOSEN}",
        )
    equal = pool.window >= mine.window.min()
    others = pool.take(equal)
    covariates = [_covariates(part, further) for part in (mine, others)]
    weighting = equally_selected(
        covariates[0], covariates[1], base[equal], others.unit, (*COVARIATES, *names)
    )
    share = base * (losses.compared / base.sum())
    return Cohort(mine, others, pool, share, weighting, losses, *follow_up)


def cohort_losses(
    panel: HouseholdMonths,
    unit: ArrayLike,
    month: ArrayLike,
    candidate: ArrayLike,
    follow_up: tuple[int, int] = (1, YEAR),
    gap: int = 0,
) -> Losses:
    """Return how many chosen households can be compared; parameters as `chosen_cohort`."""
    return _alike(panel, unit, month, candidate, follow_up, gap)[3]


def _alike(
    panel: HouseholdMonths,
    unit: ArrayLike,
    month: ArrayLike,
    candidate: ArrayLike,
    follow_up: tuple[int, int],
    gap: int,
) -> tuple[Histories, Histories, Floats, Losses]:
    """Return the chosen with neighbours elsewhere, the pool and its base weights, and losses."""
    who, when = np.asarray(unit, dtype=np.int64), np.asarray(month, dtype=np.int64)
    reached = panel.covers(when, *follow_up)
    mine = histories(panel, who[reached], when[reached], gap)
    complete = mine.complete
    mine = mine.take(complete)
    pool, base = _pool(panel, mine, np.asarray(candidate, dtype=bool), gap)
    near = has_neighbours(_logs(mine), _logs(pool), pool.unit)
    losses = Losses(len(who), int((~reached).sum()), int((~complete).sum()), int((~near).sum()))
    return mine.take(near), pool, base, losses


def followed(panel: HouseholdMonths, who: Histories, first: int, last: int) -> Followed:
    """Return cost before and over a stretch after the month of choice."""
    return Followed(who.window, *panel.between(who.unit, who.month, first, last))


def _pool(
    panel: HouseholdMonths, mine: Histories, candidate: Booleans, gap: int
) -> tuple[Histories, Floats]:
    """Return comparators with a history at every month of choice, and their base weights."""
    months, counts = np.unique(mine.month, return_counts=True)
    rows = [np.flatnonzero(candidate[:, at]) for at in months]
    at = np.repeat(months, [len(row) for row in rows])
    everyone = np.concatenate([np.empty(0, dtype=np.int64), *rows])
    found = histories(panel, everyone, at, gap)
    found = found.take(found.complete)
    cohort = np.searchsorted(months, found.month)
    available = np.bincount(cohort, minlength=len(months))
    return found, np.asarray(counts[cohort] / np.maximum(available[cohort], 1), dtype=float)


def _logs(who: Histories) -> Floats:
    return np.column_stack([log_cost(who.window), log_cost(who.recent)])


def _covariates(who: Histories, further: Further | None) -> Floats:
    columns = who.covariates()
    return columns if further is None else np.hstack([columns, further(who.unit, who.month)])
