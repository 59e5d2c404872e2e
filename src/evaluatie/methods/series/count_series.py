"""Quasi-Poisson: a series of counts, of one area or of pilot beside comparison."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, Integers, numbers, positive
from evaluatie.methods.irls import GlmFit, fit_glm
from evaluatie.methods.series.arima_errors import likeliest_phi
from evaluatie.methods.series.segmented import Lags, long_run_variance, truncation_lag
from evaluatie.methods.series.series_fit import SeriesFit
from evaluatie.methods.series.time_series import TimeRegression, time_regression
from evaluatie.methods.small_sample import autoregressive, bartlett, reference_inference

PILOT = "pilot"


def quasi_poisson(
    model: TimeRegression,
    at_risk: ArrayLike | None = None,
    lags: Lags | None = None,
    *,
    small_sample: bool = False,
) -> SeriesFit:
    """Fit the log of a mean count, with more (or less) spread than Poisson.

    Parameters
    ----------
    model : TimeRegression
        Counts (persons) and their columns.
    at_risk : array_like, shape (T,), optional
        Residents: the model is then of the rate, by an offset of its log.
    lags : int, "rule", "automatic" or None
        None: standard errors by the dispersion, errors independent over time. Otherwise
        Newey-West on the scores, times T/(T - k): the same persons have care in following months,
        so that counts are strongly autocorrelated and plain standard errors much too small.
    small_sample : bool
        With `lags`: standard error and df of each effect as in `newey_west`, the errors being the
        Pearson residuals and phi that of a linear model of the log rate.

    Raises
    ------
    RefusedError
        Counts that are negative, not whole or all equal, or estimates that run to infinity.

    Notes
    -----
    ``log E y = log(at_risk) + X b``; ``exp(level_change)`` is a rate ratio. Dispersion = Pearson
    chi-square / (T - k). ASSUMPTIONS: the log mean is linear in the terms. MISSING-DATA RULE: none
    may be missing. Diagnostic: ``dispersion``, and `ljung_box` of the Pearson residuals.

    References
    ----------
    R: ``glm(family = quasipoisson)``, with `lags` ``sandwich::NeweyWest(adjust = TRUE)`` of it.
    Bernal, Cummins & Gasparrini (2017), Int J Epidemiol 46, 348-355.
    """
    T = model.y.size
    risk = np.ones(T) if at_risk is None else positive("persons at risk", at_risk, T)
    glm = _fitted(model, risk)
    reference = _phi(TimeRegression(_log_rate(model.y, risk), model.X, model.terms), small_sample)
    return _result(model, glm, np.arange(T), np.zeros(T), lags, reference)


def controlled_counts(
    counts: tuple[ArrayLike, ArrayLike],
    columns: Mapping[str, ArrayLike],
    at_risk: tuple[ArrayLike, ArrayLike],
    lags: Lags | None = "rule",
    *,
    small_sample: bool = False,
) -> SeriesFit:
    """Fit counts of pilot and comparison together, every term apart for each.

    Parameters
    ----------
    counts, at_risk : tuple of two array_like, each (T,)
        Persons with care and residents: pilot first, then comparison.
    columns : Mapping
        Term -> column of shape (T,), as `segmented_columns`.
    lags, small_sample
        See `quasi_poisson`; scores of both series are summed per period first, which allows for
        what moves both at the same moment (Driscoll & Kraay 1998). The reference of
        `small_sample` has series that are independent of one another.

    Returns
    -------
    SeriesFit
        Terms as in ``columns``, each the pilot minus the comparison: ``exp`` of a coefficient is
        a ratio of rate ratios. Residuals: Pearson residuals of the pilot minus the comparison's.

    Raises
    ------
    RefusedError
        As `quasi_poisson`.

    Notes
    -----
    ASSUMPTIONS: as `quasi_poisson`, and those of `controlled_outcome` on the log scale.
    MISSING-DATA RULE: none may be missing.

    References
    ----------
    Bernal, Cummins & Gasparrini (2018), Int J Epidemiol 47, 2082-2093 (controlled series).
    """
    model = stacked(counts, columns)
    T = model.y.size // 2
    risk = np.concatenate([positive("persons at risk", r, T) for r in at_risk])
    glm = _fitted(model, risk)
    rate = _log_rate(model.y, risk)
    apart = time_regression(rate[:T] - rate[T:], columns)
    series = np.repeat([0.0, 1.0], T)
    reference = _phi(apart, small_sample)
    fit = _result(model, glm, np.tile(np.arange(T), 2), series, lags, reference)
    return contrasted_terms(fit, tuple(columns), T)


def stacked(
    series: tuple[ArrayLike, ArrayLike], columns: Mapping[str, ArrayLike]
) -> TimeRegression:
    """Return two series below one another, every term once for both and once for the first."""
    first = numbers("the pilot series", series[0])
    second = numbers("the comparison series", series[1], first.size)
    both = {k: np.tile(numbers(f"term '{k}'", v, first.size), 2) for k, v in columns.items()}
    group = np.repeat([1.0, 0.0], first.size)
    apart = {f"{PILOT}:{k}": group * v for k, v in both.items()}
    return time_regression(np.concatenate([first, second]), both | apart)


def contrasted_terms(fit: SeriesFit, terms: tuple[str, ...], T: int) -> SeriesFit:
    """Return the part of a stacked fit that tells the first series from the second."""
    at = [fit.terms.index(f"{PILOT}:{term}") for term in terms]
    apart = fit.residuals[:T] - fit.residuals[T:]
    whole = fit.inference

    def inference(vector: Floats) -> tuple[float, float]:
        wide = np.zeros(len(fit.terms))
        wide[at] = vector
        return whole(wide) if whole else (math.nan, math.nan)

    return SeriesFit(
        terms, fit.coefficients[at], fit.covariance[np.ix_(at, at)], fit.df / 2, apart, apart,
        lag=fit.lag, dispersion=fit.dispersion, inference=inference if whole else None,
    )  # fmt: skip


def summed(scores: Floats, period: ArrayLike) -> Floats:
    """Return scores summed per period, shape (T, k)."""
    index = np.asarray(period)
    total = np.zeros((int(index.max()) + 1, scores.shape[1]))
    np.add.at(total, index, scores)
    return total


def _log_rate(counts: Floats, risk: Floats) -> Floats:
    return np.asarray(np.log((counts + 0.5) / risk))


def _phi(model: TimeRegression, wanted: bool) -> float | None:
    return likeliest_phi(model) if wanted else None


def _fitted(model: TimeRegression, risk: Floats) -> GlmFit:
    if (model.y != np.round(model.y)).any():
        raise RefusedError("a series of counts holds numbers that are not whole")
    return fit_glm(model.y, model.X, model.terms, "poisson", np.log(risk))


def _result(
    model: TimeRegression,
    glm: GlmFit,
    period: Integers,
    series: Floats,
    lags: Lags | None,
    phi: float | None,
) -> SeriesFit:
    """Return the fit with the standard errors that are wanted; phi: reference, None without."""
    root = np.sqrt(glm.fitted)
    pearson = (model.y - glm.fitted) / root
    covariance, lag, inference = glm.covariance, math.nan, None
    if lags is not None:
        scores = summed(glm.scores, period)
        slopes = np.asarray(np.ptp(model.X, axis=0) > 0, dtype=float)
        lag = truncation_lag(lags, scores, slopes)
        bread = glm.covariance / glm.dispersion
        factor = model.y.size / glm.df
        covariance = factor * bread @ long_run_variance(scores, lag) @ bread
        if phi is not None:
            same = np.equal.outer(series, series)
            kernel, omega = bartlett(period, lag), autoregressive(period, phi) * same
            inference = reference_inference(
                model.X * root[:, None], bread, pearson, lambda w: np.outer(w, w) * kernel, omega
            )
    return SeriesFit(
        model.terms, glm.coefficients, covariance, glm.df, pearson, pearson, lag=float(lag),
        dispersion=glm.dispersion, inference=inference,
    )  # fmt: skip
