"""Controlled interrupted time series: pilot against comparison in every period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.methods.inputs import Floats, numbers, positive
from evaluatie.methods.series.count_series import PILOT, contrasted_terms, stacked, summed
from evaluatie.methods.series.segmented import Lags, long_run_variance, truncation_lag
from evaluatie.methods.series.series_fit import SeriesFit, check_residuals, least_squares
from evaluatie.methods.series.time_series import TimeRegression

Scale = Literal["difference", "log_ratio"]


def controlled_outcome(
    pilot: ArrayLike, comparison: ArrayLike, scale: Scale = "difference"
) -> Floats:
    """Return the pilot series minus the comparison series, or the log of their ratio.

    Parameters
    ----------
    pilot, comparison : array_like, shape (T,)
        The same measure in the same periods, e.g. EUR per resident per year.
    scale : {"difference", "log_ratio"}
        In the unit of the measure, or relative.

    Raises
    ------
    RefusedError
        Series of different length, missing values, or values not above 0 for a log.

    Notes
    -----
    Whatever moves both series alike - season, prices, national rules, shocks - differences out.
    ASSUMPTIONS: without the programme the two would have kept the difference (or ratio) in
    trend that they had before it; nothing else changed on one side only. MISSING-DATA RULE: none
    may be missing.
    """
    if scale == "difference":
        first = numbers("the pilot series", pilot)
        return first - numbers("the comparison series", comparison, first.size)
    first = positive("the pilot series", pilot)
    return np.asarray(np.log(first) - np.log(positive("the comparison", comparison, first.size)))


def interaction(
    pilot: ArrayLike,
    comparison: ArrayLike,
    columns: Mapping[str, ArrayLike],
    shared: Sequence[str] = (),
    lags: Lags | None = "rule",
) -> SeriesFit:
    """Fit both series in one model, in which the pilot differs in every term that is not shared.

    Parameters
    ----------
    pilot, comparison : array_like, shape (T,)
        The same measure in the same periods.
    columns : Mapping
        Term -> column of shape (T,), as `segmented_columns`.
    shared : sequence of str
        Terms that are the same in both, such as the season; without any, the result is that of
        the difference series (`controlled_outcome` with `newey_west`), to the last digit.
    lags : int, "rule", "automatic" or None
        None: ordinary standard errors, errors independent within and between the series, which
        they rarely are. Otherwise Newey-West on the scores summed over both series per period.

    Returns
    -------
    SeriesFit
        Terms that are not shared, each the pilot minus the comparison.

    Notes
    -----
    ``y = X b + pilot Z d``, Z the columns that are not shared; d is returned. ASSUMPTIONS: as
    `controlled_outcome`, and that shared terms are indeed the same. MISSING-DATA RULE: none may
    be missing.

    References
    ----------
    R: ``lm(y ~ pilot * (t + step + ramp) + month)``. Linden & Adams (2011), J Eval Clin Pract 17,
    1231-1238; Driscoll & Kraay (1998), Rev Econ Stat 80, 549-560.
    """
    model = _without(stacked((pilot, comparison), columns), [f"{PILOT}:{t}" for t in shared])
    T = model.y.size // 2
    beta, bread = least_squares(model.y, model.X)
    residuals = model.y - model.X @ beta
    check_residuals(model.y, residuals)
    n, k = model.X.shape
    if lags is None:
        covariance, lag = bread * float(residuals @ residuals) / (n - k), float("nan")
    else:
        scores = summed(model.X * residuals[:, None], np.tile(np.arange(T), 2))
        lag = truncation_lag(lags, scores, (np.ptp(model.X, axis=0) > 0).astype(float))
        covariance = n / (n - k) * bread @ long_run_variance(scores, int(lag)) @ bread
    fit = SeriesFit(model.terms, beta, covariance, n - k, residuals, residuals, lag=float(lag))
    return contrasted_terms(fit, tuple(t for t in columns if t not in set(shared)), T)


def _without(model: TimeRegression, terms: Sequence[str]) -> TimeRegression:
    for term in terms:
        model.position(term)  # refuses a name that is not there
    kept = [k for k, term in enumerate(model.terms) if term not in set(terms)]
    return TimeRegression(model.y, model.X[:, kept], tuple(model.terms[k] for k in kept))
