"""What an arrangement is worth between two days, in whole cents, by cumulative rounding.

The value of a record up to a day is a step function C(day), rounded to the cent; the amount of
any stretch of days is the difference of C at its two ends. Stretches therefore add up to the
record to the cent however it is cut - in months, at a move, in two adjacent records - and each
is less than one cent from its exact value. No remainder has to be distributed afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluatie.errors import FeedError

Ints = npt.NDArray[np.int64]

PARTS_PER_CENT = 10_000  # amounts per period are integers in 1/10,000 cent
_LARGEST = 10**14  # in parts; the products below then stay within 64 bits
_DAYS = {"day": 1, "week": 7, "four_weeks": 28}
PERIODS = (*_DAYS, "month", "year", "total")


@dataclass(frozen=True)
class Tariff:
    """How records accrue value; every array has shape (n,), one element per record.

    Attributes
    ----------
    period : array of int
        Index in `PERIODS`.
    parts : array of int
        Value per period in 1/`PARTS_PER_CENT` cent; for ``total`` the value of the whole record.
    origin : array of int
        First day of the record as it was agreed, days since 1970; only ``total`` uses it.
    span : array of int
        Number of days of the record as it was agreed, at least 1; only ``total`` uses it.
    """

    period: npt.NDArray[np.int8]
    parts: Ints
    origin: Ints
    span: Ints

    def take(self, rows: Ints) -> Tariff:
        """Return the tariff of the records at these positions, repeats allowed."""
        return Tariff(self.period[rows], self.parts[rows], self.origin[rows], self.span[rows])

    def cents(self, first: Ints, last: Ints) -> Ints:
        """Return the value of the days ``first``..``last``, both included, in cents.

        A stretch without days (``last < first``) is worth nothing.
        """
        value = self._until(np.maximum(last + 1, first)) - self._until(first)
        return value.astype(np.int64)

    def _until(self, day: Ints) -> Ints:
        """Return C(day): the value of all days before ``day``, rounded half up to the cent."""
        number, per = _elapsed(self.period, day, self.origin, self.span)
        scale = per * PARTS_PER_CENT
        rounded: Ints = (2 * self.parts * number + scale) // (2 * scale)
        return rounded


def whole_parts(euros: npt.NDArray[np.float64]) -> Ints:
    """Return euros as integers of 1/`PARTS_PER_CENT` cent; missing amounts become 0.

    Raises
    ------
    FeedError
        An amount too large to be one of a person (100 million euros per period).
    """
    parts = np.rint(np.nan_to_num(euros) * 100 * PARTS_PER_CENT)
    if (too_large := np.abs(parts) > _LARGEST).any():
        raise FeedError(
            f"volume x rate is above 100 million euros per period in {too_large.sum()} records",
            where="arrangements",
            remedy="check the decimal sign of volume and rate in the feed.",
        )
    return parts.astype(np.int64)


def whole_cents(euros: npt.NDArray[np.float64]) -> Ints:
    """Return euros rounded to whole cents; missing amounts become 0."""
    return np.rint(np.nan_to_num(euros) * 100).astype(np.int64)


def split_cents(cents: Ints, before: Ints, days: Ints, of: Ints) -> Ints:
    """Return the share of an amount that falls on ``days`` of its ``of`` days.

    Parameters
    ----------
    cents : array of int, shape (n,)
        The amount to split; may be negative.
    before : array of int, shape (n,)
        Number of its days that lie before this share.
    days, of : array of int, shape (n,)
        Days of this share, and of the whole amount (at least 1).

    Returns
    -------
    array of int, shape (n,)
        Shares that add up to the amount when their days add up to ``of``.
    """
    upto = (2 * cents * (before + days) + of) // (2 * of)
    share: Ints = upto - (2 * cents * before + of) // (2 * of)
    return share


def _elapsed(
    period: npt.NDArray[np.int8], day: Ints, origin: Ints, span: Ints
) -> tuple[Ints, Ints]:
    """Return the number of periods before ``day`` since 1970 as a fraction: number / per.

    A month and a year are calendar ones: a day is 1 / (days in that month or year) of it.
    For ``total`` the period is the agreed span, counted from its first day.
    """
    number, per = day.copy(), np.ones_like(day)
    for name, days in _DAYS.items():
        per[period == PERIODS.index(name)] = days
    for name, unit in (("month", "M"), ("year", "Y")):
        rows = np.flatnonzero(period == PERIODS.index(name))
        whole = day[rows].astype("datetime64[D]").astype(f"datetime64[{unit}]")
        first, following = _first_day(whole), _first_day(whole + 1)
        length = following - first
        number[rows] = whole.astype(np.int64) * length + day[rows] - first
        per[rows] = length
    rows = np.flatnonzero(period == PERIODS.index("total"))
    number[rows] = np.clip(day[rows] - origin[rows], 0, span[rows])
    per[rows] = span[rows]
    return number, per


def _first_day(period: npt.NDArray[np.datetime64]) -> Ints:
    return period.astype("datetime64[D]").astype(np.int64)
