"""A series with the columns that explain it: level, trend, step, change of slope and season."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, numbers
from evaluatie.methods.series.series_gate import (
    Months,
    SeriesSpec,
    period_bounds,
    period_width,
    refusal_error,
    series_refusal,
    usable_periods,
)

LEVEL, SLOPE, TREND, INTERCEPT = "level_change", "slope_change", "trend", "intercept"
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class TimeRegression:
    """An evenly spaced series with the columns that explain it; T periods, k terms.

    Attributes
    ----------
    y : ndarray of float, shape (T,)
        Outcome, in order of time.
    X : ndarray of float, shape (T, k)
        Design.
    terms : tuple of str, length k
        Name of each column.
    """

    y: Floats
    X: Floats
    terms: tuple[str, ...]

    def position(self, term: str) -> int:
        """Return the column of a term, by its name."""
        if term not in self.terms:
            raise RefusedError(f"the model has no term '{term}'", allowed=", ".join(self.terms))
        return self.terms.index(term)


def time_regression(y: ArrayLike, columns: Mapping[str, ArrayLike]) -> TimeRegression:
    """Return a checked regression of a series on named columns.

    Parameters
    ----------
    y : array_like, shape (T,)
        Outcome in order of time, evenly spaced.
    columns : Mapping
        Term -> column of shape (T,).

    Raises
    ------
    RefusedError
        Missing values, a constant outcome, terms that are sums of one another, or no periods
        left over to estimate an error from.
    """
    outcome = numbers("the series", y)
    X = np.column_stack([numbers(f"term '{k}'", v, outcome.size) for k, v in columns.items()])
    if np.ptp(outcome) == 0:
        raise RefusedError(f"all {outcome.size} values of the series are equal")
    if outcome.size < X.shape[1] + 2:
        raise RefusedError(
            f"{outcome.size} periods for {X.shape[1]} terms",
            allowed=f"at least {X.shape[1] + 2} periods",
            remedy="use a longer series, or a season with fewer terms.",
        )
    size = np.sqrt((X**2).sum(axis=0))
    if (size == 0).any() or np.linalg.matrix_rank(X / size) < X.shape[1]:
        raise RefusedError(f"the {X.shape[1]} terms of the series model are not independent")
    return TimeRegression(outcome, X, tuple(columns))


def segmented_series(months: ArrayLike, y: ArrayLike, spec: SeriesSpec) -> TimeRegression:
    """Return the segmented regression of a series: level, trend, step and change of slope.

    Parameters
    ----------
    months, y, spec
        As in `series_refusal`.

    Raises
    ------
    RefusedError
        The gate `series_refusal` gives a reason.

    Notes
    -----
    ``y(t) = intercept + trend t + level_change [t > 0] + slope_change t [t > 0] + season``, t in
    years since the start, each averaged exactly over the days of a period: a period in which the
    programme starts counts as treated for the part that lies after the start. ``level_change`` is
    in units of y, ``trend`` and ``slope_change`` in units of y per year.
    """
    if reason := series_refusal(months, y, spec):
        raise refusal_error(reason, spec)
    kept = usable_periods(months, spec)
    first = np.asarray(months, dtype="datetime64[M]")[kept]
    return time_regression(np.asarray(y, dtype=float)[kept], segmented_columns(first, spec))


def segmented_columns(months: ArrayLike, spec: SeriesSpec) -> dict[str, Floats]:
    """Return the columns of the segmented model by term; see `segmented_series`."""
    first = np.asarray(months, dtype="datetime64[M]")
    begin, end = (years_since(days, spec.start) for days in period_bounds(first, spec))
    length, after = end - begin, np.maximum(end, 0) - np.maximum(begin, 0)
    ramp = (np.maximum(end, 0) ** 2 - np.maximum(begin, 0) ** 2) / (2 * length)
    columns = {
        INTERCEPT: np.ones(first.size),
        TREND: (begin + end) / 2,
        LEVEL: after / length,
        SLOPE: ramp,
    }
    return columns | _season(first, spec)


def years_since(days: ArrayLike, start: date) -> Floats:
    """Return years from the start to the beginning of each day; negative before it."""
    passed = np.asarray(days, dtype="datetime64[D]") - np.datetime64(start, "D")
    return np.asarray(passed.astype(np.int64) / _DAYS_PER_YEAR, dtype=float)


def _season(first: Months, spec: SeriesSpec) -> dict[str, Floats]:
    place = (
        first.astype(np.int64) % 12 // period_width(spec)
    )  # 1970-01 is 0: month or quarter of year
    if spec.season == "none":
        return {}
    if spec.season == "dummies":
        return {f"season_{s + 1}": (place == s).astype(float) for s in range(1, spec.per_year)}
    columns: dict[str, Floats] = {}
    for k in range(1, spec.harmonics + 1):
        angle = 2 * np.pi * k * (place + 0.5) / spec.per_year
        columns |= {f"sin_{k}": np.sin(angle), f"cos_{k}": np.cos(angle)}
    return columns
