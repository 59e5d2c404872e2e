"""Which series of months or quarters may be analysed at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats

Months = NDArray[np.datetime64]
Season = Literal["dummies", "harmonics", "none"]
NEEDED = {4: 8, 12: 24}
"""Periods needed on each side of the start: two full years of quarters or of months."""


@dataclass(frozen=True)
class SeriesSpec:
    """What of a series may be used, and how its season is modelled.

    Attributes
    ----------
    per_year : int
        Periods per year: 12 (months) or 4 (quarters); 1 is refused.
    start : datetime.date
        First day of the programme.
    event : datetime.date, optional
        First day of an event after which nothing is used; the period it falls in goes too.
    complete_until : datetime.date, optional
        Last day of which all amounts are in; later periods, and the one it cuts, go.
    season : {"dummies", "harmonics", "none"}
        A dummy per month or quarter (the first of the calendar year is the reference), or sine
        and cosine pairs.
    harmonics : int
        Pairs of sine and cosine, the first with a period of one year.
    """

    per_year: int
    start: date
    event: date | None = None
    complete_until: date | None = None
    season: Season = "dummies"
    harmonics: int = 2

    @property
    def needed(self) -> int:
        """Whole periods that each side of the start must have."""
        return NEEDED.get(self.per_year, 0)


def usable_periods(months: ArrayLike, spec: SeriesSpec) -> Booleans:
    """Return which periods end before the event and lie in the complete part, shape (T,).

    Parameters
    ----------
    months : array_like of datetime64[M], shape (T,)
        First month of each period.
    spec : SeriesSpec
        What may be used.
    """
    first = np.asarray(months, dtype="datetime64[M]")
    ends = (first + period_width(spec)).astype("datetime64[D]")  # first day that is no longer in it
    kept = np.ones(first.size, dtype=bool)
    if spec.event is not None:
        kept &= ends <= np.datetime64(spec.event, "D")
    if spec.complete_until is not None:
        kept &= ends <= np.datetime64(spec.complete_until, "D") + 1
    return kept


def series_refusal(months: ArrayLike, y: ArrayLike, spec: SeriesSpec) -> str:
    """Return the code of the reason why a series may not be analysed; empty where it may.

    Parameters
    ----------
    months : array_like of datetime64[M], shape (T,)
        First month of each period.
    y : array_like, shape (T,)
        Outcome; missing values (NaN) count as gaps.
    spec : SeriesSpec
        What may be used.

    Returns
    -------
    str
        ``annual_series`` (three annual points are no time series), ``period_not_supported:<n>``,
        ``gap_in_series:<periods>``, ``too_few_periods:<have>_of_<need>`` (the poorer side of the
        start, whole periods) or ``constant_series``.

    Notes
    -----
    ASSUMPTIONS: a level, a trend and a season need two years on each side of the start before a
    step can be told from either; fewer periods are refused, not analysed with a warning.
    MISSING-DATA RULE: nothing is interpolated; a period that is not there is a refusal. Periods
    at the end of which amounts are still coming in are cut off first (`usable_periods`).

    References
    ----------
    Wagner, Soumerai, Zhang & Ross-Degnan (2002), J Clin Pharm Ther 27, 299-309.
    """
    if spec.per_year == 1:
        return "annual_series"
    if spec.per_year not in NEEDED:
        return f"period_not_supported:{spec.per_year}"
    kept = usable_periods(months, spec)
    first = np.asarray(months, dtype="datetime64[M]")[kept]
    values = np.asarray(y, dtype=float)[kept]
    if gaps := _gaps(first, values, spec):
        return f"gap_in_series:{gaps}"
    if (have := min(_sides(first, spec))) < spec.needed:
        return f"too_few_periods:{have}_of_{spec.needed}"
    return "" if np.ptp(values) > 0 else "constant_series"


def periods_on_each_side(months: ArrayLike, spec: SeriesSpec) -> tuple[int, int]:
    """Return the usable whole periods before and after the start."""
    return _sides(np.asarray(months, dtype="datetime64[M]")[usable_periods(months, spec)], spec)


def refusal_error(reason: str, spec: SeriesSpec) -> RefusedError:
    """Return the code of `series_refusal` in words."""
    code, _, detail = reason.partition(":")
    have, _, need = detail.partition("_of_")
    allowed = "months or quarters, at least 24 or 8 on each side of the start"
    what = {
        "annual_series": "three annual points are no time series",
        "period_not_supported": f"a series with {detail} periods a year is not supported",
        "gap_in_series": f"{detail} periods are missing, without a value or out of order",
        "too_few_periods": f"one side of the start has {have} whole periods, {need} are needed",
        "constant_series": "all values of the series are equal",
    }[code]
    remedy = "show the series as it is, without a model."
    return RefusedError(what, where=f"series from {spec.start}", allowed=allowed, remedy=remedy)


def period_width(spec: SeriesSpec) -> int:
    """Return the months in a period."""
    return 12 // spec.per_year


def period_bounds(first: Months, spec: SeriesSpec) -> tuple[Months, Months]:
    """Return the first day of each period, and the first day after it."""
    return first.astype("datetime64[D]"), (first + period_width(spec)).astype("datetime64[D]")


def _gaps(first: Months, values: Floats, spec: SeriesSpec) -> int:
    """Return how many periods are missing, out of order or without a value."""
    steps = np.diff(first.astype(np.int64))
    return int((steps != period_width(spec)).sum() + (~np.isfinite(values)).sum())


def _sides(first: Months, spec: SeriesSpec) -> tuple[int, int]:
    """Return the number of whole periods before and after the start."""
    start = np.datetime64(spec.start, "D")
    begin, end = period_bounds(first, spec)
    return int((end <= start).sum()), int((begin >= start).sum())
