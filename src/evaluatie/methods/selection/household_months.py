"""Monthly cost of households, and their history around the month in which each was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats, Integers

YEAR, QUARTER = 12, 3
LEAST_EARLIER = 6
"""Months observed in the year before the selection window; with fewer there is no history."""
LOG_UNIT = 1000.0
"""EUR per year at which ``log(1 + x / LOG_UNIT)`` turns from a line into a logarithm."""
COVARIATES = (
    "window", "log_window", "log_window_squared", "log_recent", "log_recent_squared",
    "log_earlier", "log_earlier_squared", "month",
)  # fmt: skip
"""The euros of the window make before equal; the logarithms are what chance of choice follows."""


@dataclass(frozen=True)
class HouseholdMonths:
    """Cost and presence of households by month.

    Attributes
    ----------
    cost : ndarray of float, shape (households, months)
        EUR in the month; 0 where the household was not observed.
    observed : ndarray of bool, shape (households, months)
        Whether what the household cost is known in the month, 0 included.
    """

    cost: Floats
    observed: Booleans

    @property
    def months(self) -> int:
        """Number of months."""
        return int(self.cost.shape[1])

    @cached_property
    def _sums(self) -> tuple[Floats, Floats]:
        """Running sums of cost and of months observed, a column of 0 in front."""
        known = np.where(self.observed, self.cost, 0.0)
        first = np.zeros((len(known), 1))
        return (
            np.hstack([first, np.cumsum(known, axis=1)]),
            np.hstack([first, np.cumsum(self.observed, axis=1, dtype=float)]),
        )

    def between(
        self, unit: Integers, month: Integers, first: int, last: int
    ) -> tuple[Floats, Floats]:
        """Return cost (EUR) and months observed from ``month + first`` to ``month + last``.

        Both ends count; months outside the matrix count as not observed. Shapes (n,).
        """
        begin = np.clip(month + first, 0, self.months)
        end = np.clip(month + last + 1, 0, self.months)
        cost, seen = self._sums
        return cost[unit, end] - cost[unit, begin], seen[unit, end] - seen[unit, begin]

    def covers(self, month: Integers, first: int, last: int) -> Booleans:
        """Return whether the calendar holds every month of such a stretch, shape (n,)."""
        return np.asarray((month + first >= 0) & (month + last < self.months))


def household_months(cost: ArrayLike, observed: ArrayLike) -> HouseholdMonths:
    """Return cost and presence as one checked object.

    Parameters
    ----------
    cost : array_like, shape (households, months)
        EUR per month at constant prices; NaN only where not observed.
    observed : array_like of bool, shape (households, months)
        Whether the household was there to be observed.

    Raises
    ------
    RefusedError
        Shapes that differ, or an observed month without an amount.

    Notes
    -----
    MISSING-DATA RULE: a month that is not observed counts neither in an amount nor in the months
    that it is divided by. Who died or moved away is not cheap but absent.
    """
    amount, seen = np.asarray(cost, dtype=float), np.asarray(observed, dtype=bool)
    if amount.ndim != 2 or amount.shape != seen.shape:
        raise RefusedError("cost and presence need the same households and months")
    if bad := int((~np.isfinite(amount[seen])).sum()):
        raise RefusedError(f"{bad} observed months have no amount", remedy="book 0 if it is 0.")
    return HouseholdMonths(np.where(seen, amount, 0.0), seen)


@dataclass(frozen=True)
class Histories:
    """What was known of households when they were, or could have been, chosen; shape (n,) each.

    Attributes
    ----------
    unit, month : ndarray of int
        Row of the household, and column of the month of choice.
    window, recent, earlier : ndarray of float
        EUR per year: over the twelve months before the month of choice (the selection window),
        over the last quarter of these, and over the twelve months before the window.
    complete : ndarray of bool
        Observed in every month of the window, and in `LEAST_EARLIER` months before it.
    """

    unit: Integers
    month: Integers
    window: Floats
    recent: Floats
    earlier: Floats
    complete: Booleans

    def take(self, rows: ArrayLike) -> Histories:
        """Return these histories."""
        at = np.asarray(rows)
        return Histories(
            self.unit[at], self.month[at], self.window[at], self.recent[at], self.earlier[at],
            self.complete[at],
        )  # fmt: skip

    def covariates(self) -> Floats:
        """Return the columns `COVARIATES` of what selection can have looked at, (n, 8)."""
        logs = [log_cost(level) for level in (self.window, self.recent, self.earlier)]
        columns = [column for log in logs for column in (log, log**2)]
        return np.column_stack([self.window, *columns, self.month.astype(float)])


def log_cost(eur: Floats) -> Floats:
    """Return ``log(1 + x / LOG_UNIT)`` of EUR per year; a net credit counts as 0."""
    return np.asarray(np.log1p(np.maximum(eur, 0.0) / LOG_UNIT))


def histories(panel: HouseholdMonths, unit: ArrayLike, month: ArrayLike, gap: int = 0) -> Histories:
    """Return the history of households before a month of choice.

    Parameters
    ----------
    panel : HouseholdMonths
        Amounts.
    unit, month : array_like of int, shape (n,)
        Row of each household and column of its month of choice; a household may occur with
        several months.
    gap : int
        Months right before the choice that are left out (the donut); the windows move back.

    Notes
    -----
    The month of choice itself belongs neither to before nor to after.
    """
    who, when = np.asarray(unit, dtype=np.int64), np.asarray(month, dtype=np.int64)
    at = when - gap
    window, seen = panel.between(who, at, -YEAR, -1)
    recent, _ = panel.between(who, at, -QUARTER, -1)
    earlier, before = panel.between(who, at, -2 * YEAR, -YEAR - 1)
    complete = (seen == YEAR) & (before >= LEAST_EARLIER) & panel.covers(at, -2 * YEAR, -1)
    return Histories(
        who, when, window, recent * (YEAR / QUARTER), earlier * YEAR / np.maximum(before, 1),
        complete,
    )  # fmt: skip
