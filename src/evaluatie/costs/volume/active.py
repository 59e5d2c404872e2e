"""Active cost and active arrangements per month, from arrangements that were never cut up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from evaluatie.costs.booking.places import first_of_month, month_numbers
from evaluatie.costs.booking.valuation import Ints
from evaluatie.costs.volume.differences import Differences
from evaluatie.errors import RefusedError


@dataclass(frozen=True)
class Accruals:
    """A chunk of arrangements; arrays of shape (n,), one element per arrangement.

    Attributes
    ----------
    cell : array of int
        What is told apart, from 0: area x law, or area x law x tariff.
    first, last : array of int
        First and last day of care, both included, days since 1970.
    rate : array of int
        Value per unit of time in whole numbers of any money (cents, 1/10,000 cents).
    """

    cell: Ints
    first: Ints
    last: Ints
    rate: Ints


@dataclass(frozen=True)
class ActiveCost:
    """What is active per cell and month.

    Attributes
    ----------
    months : array of int, shape (months,)
        Months since January 1970.
    days : array of int, shape (months,)
        Days of each month that lie in the window.
    rate_days : array of int, shape (cells, months)
        Sum over arrangements of rate x days of care in the month.
    """

    months: Ints
    days: Ints
    rate_days: Ints

    def per_day_rate(self, days_per_unit: int = 1) -> Ints:
        """Return the cost per month of rates per day, week (7) or four weeks (28).

        Rounded half up, once per cell and month: at most half a unit of money off.
        """
        return _divided(self.rate_days, days_per_unit)

    def per_month_rate(self) -> Ints:
        """Return the cost per month of rates per calendar month, a day being its share of it.

        Rounded half up, once per cell and month.
        """
        following = first_of_month(self.months + 1)
        return _divided(self.rate_days, following - first_of_month(self.months))


def active_cost_per_month(
    chunks: Iterable[Accruals], cells: int, opening: int, horizon: int
) -> ActiveCost:
    """Sum rate x days of care per cell and month, by difference arrays over days.

    Parameters
    ----------
    chunks : iterable of Accruals
        Arrangements in any order, divided in any way.
    cells : int
        Number of cells.
    opening, horizon : int
        First and last day of the window, days since 1970; what lies outside it does not count.

    Raises
    ------
    RefusedError
        An empty window, a cell that does not exist, or totals beyond 64 bits.

    Notes
    -----
    With r the rate and D the days of care in month m, the cost is sum r D / (days per unit). This
    is the rule of the ledger without its rounding: there every piece of a record is rounded to
    the cent (see `evaluatie.costs.booking.valuation`), here the sum of a cell is, once. Both are
    equal to the cent where each piece is a whole number of cents (rates per day in cents, or per
    month over whole months); otherwise they differ by less than one cent per piece. An amount for
    a whole arrangement has no rate in whole numbers; give it in parts of a cent per day.

    MISSING-DATA RULE: there are no missing values in whole numbers; an open end is the caller's to
    close (``horizon``), an arrangement without days (last < first) counts for nothing.
    """
    if horizon < opening:
        raise RefusedError("the window ends before it begins", where="active cost per month")
    window = Differences.over(cells, opening, horizon)
    for chunk in chunks:
        window.add(chunk.cell, chunk.first, chunk.last, chunk.rate)
    start, stop = (int(month) for month in month_numbers(np.array([opening, horizon])))
    months = np.arange(start, stop + 1, dtype=np.int64)
    opens = np.maximum(first_of_month(months) - opening, 0)
    rate_days: Ints = np.add.reduceat(window.running(), opens, axis=1)
    days = np.diff(np.append(opens, horizon - opening + 1))
    return ActiveCost(months, days, rate_days)


def active_arrangements_per_month(
    chunks: Iterable[Accruals], cells: int, opening: int, horizon: int
) -> Ints:
    """Count, per cell and month, the arrangements with at least one day of care in it.

    Parameters are those of `active_cost_per_month`; rates are not used.

    Returns
    -------
    array of int, shape (cells, months)
        Months from that of ``opening`` up to and including that of ``horizon``.
    """
    start, stop = (int(m) for m in month_numbers(np.array([opening, horizon])))
    month = month_numbers(np.arange(opening, horizon + 1, dtype=np.int64))
    window = Differences.over(cells, start, stop)
    for chunk in chunks:
        held = (chunk.last >= chunk.first) & (chunk.last >= opening) & (chunk.first <= horizon)
        first = month[np.maximum(chunk.first[held], opening) - opening]
        last = month[np.minimum(chunk.last[held], horizon) - opening]
        window.add(chunk.cell[held], first, last, np.ones(len(first), dtype=np.int64))
    return window.running()


def _divided(total: Ints, by: Ints | int) -> Ints:
    rounded: Ints = (2 * total + by) // (2 * np.asarray(by, dtype=np.int64))
    return rounded
