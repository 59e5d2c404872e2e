"""Autocorrelation that is left in the residuals of a series model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, numbers
from evaluatie.methods.series.time_series import TimeRegression


@dataclass(frozen=True)
class AutocorrelationTest:
    """A test that residuals are not autocorrelated up to some lag.

    Attributes
    ----------
    statistic, p_value : float
        Chi-square statistic and its p; a small p: autocorrelation is left.
    lags : int
        Lags that were looked at, the degrees of freedom.
    """

    statistic: float
    p_value: float
    lags: int


def durbin_watson(residuals: ArrayLike) -> float:
    """Return ``sum (e_t - e_(t-1))^2 / sum e_t^2``: near 2 without autocorrelation, below 2 with.

    References
    ----------
    R: ``lmtest::dwtest`` (the statistic; its exact p is not computed here).
    """
    e = _spread(residuals)
    return float((np.diff(e) ** 2).sum() / (e @ e))


def autocorrelation(residuals: ArrayLike, lags: int) -> Floats:
    """Return the autocorrelations of lag 1 to ``lags``, shape (lags,), as R's ``acf``."""
    e = _spread(residuals)
    _check_lags(lags, e.size)
    e = e - e.mean()
    return np.array([float(e[j:] @ e[:-j]) for j in range(1, lags + 1)]) / float(e @ e)


def ljung_box(residuals: ArrayLike, lags: int) -> AutocorrelationTest:
    """Test residuals for autocorrelation up to a lag.

    Notes
    -----
    ``Q = T (T + 2) sum_j r_j^2 / (T - j)`` against chi-square(lags).
    ASSUMPTIONS: many periods against lags; after a regression p is approximate (`breusch_godfrey`
    takes the regression into account). MISSING-DATA RULE: none may be missing.

    References
    ----------
    R: ``Box.test(type = "Ljung")``. Ljung & Box (1978), Biometrika 65, 297-303.
    """
    T = np.asarray(residuals).size
    r = autocorrelation(residuals, lags)
    statistic = T * (T + 2) * float((r**2 / (T - np.arange(1, lags + 1))).sum())
    return AutocorrelationTest(statistic, float(special.chdtrc(lags, statistic)), lags)


def breusch_godfrey(model: TimeRegression, lags: int) -> AutocorrelationTest:
    """Test the least-squares residuals of a model for autocorrelation up to a lag.

    Notes
    -----
    ``T R^2`` of the regression of e_t on x_t and e_(t-1) .. e_(t-lags), zeros before the first
    period, against chi-square(lags). ASSUMPTIONS and MISSING-DATA RULE as `ljung_box`.

    References
    ----------
    R: ``lmtest::bgtest(order =)``. Godfrey (1978), Econometrica 46, 1293-1301.
    """
    T = model.y.size
    _check_lags(lags, T - model.X.shape[1])
    beta = np.linalg.lstsq(model.X, model.y, rcond=None)[0]
    e = model.y - model.X @ beta
    shifted = np.column_stack([np.r_[np.zeros(j), e[:-j]] for j in range(1, lags + 1)])
    wide = np.column_stack([model.X, shifted])
    left = e - wide @ np.linalg.lstsq(wide, e, rcond=None)[0]
    statistic = float(T * (1 - (left @ left) / (e @ e)))
    return AutocorrelationTest(statistic, float(special.chdtrc(lags, statistic)), lags)


def _spread(residuals: ArrayLike) -> Floats:
    e = numbers("the residuals", residuals)
    if not e @ e > 0:
        raise RefusedError(f"all {e.size} residuals are zero")
    return e


def _check_lags(lags: int, below: int) -> None:
    if not 1 <= lags < below:
        raise RefusedError(f"{lags} lags for this series", allowed=f"1 to {below - 1}")
