"""Standard errors of short series: unbiased, with their own degrees of freedom."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.methods.inputs import Floats
from evaluatie.methods.series.series_fit import Inference, transformed

Form = Callable[[Floats], Floats]
"""(T,) weights of the outcome in an effect -> (T, T) matrix Q; e'Qe is its estimated variance."""


def reference_inference(
    X: Floats, bread: Floats, residuals: Floats, form: Form, omega: Floats
) -> Inference:
    """Return the inference that is right if the errors have a reference covariance.

    Parameters
    ----------
    X : ndarray of float, shape (T, k)
        Design of the least-squares fit.
    bread : ndarray of float, shape (k, k)
        Inverse of X'X.
    residuals : ndarray of float, shape (T,)
        Of that fit.
    form : callable
        Variance estimator as a quadratic form of the residuals.
    omega : ndarray of float, shape (T, T)
        Reference covariance of the errors, to a constant.

    Notes
    -----
    With w = X (X'X)^-1 c, M the residual maker and Q the form: the estimate of the variance of
    c'b is ``e'Qe x w'Ow / tr(QMOM)`` with ``df = tr(QMOM)^2 / tr(QMOMQMOM)``.
    ASSUMPTIONS: O counts as known; where it is wrong, the estimator behind the form (robust or
    not) still decides what happens in long series. MISSING-DATA RULE: none may be missing.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28, 169-181, for clusters; Imbens & Kolesar
    (2016), Rev Econ Stat 98, 701-712, for a reference with correlation.
    """
    maker = np.eye(len(residuals)) - X @ bread @ X.T
    of_residuals = maker @ omega @ maker

    def inference(vector: Floats) -> tuple[float, float]:
        w = X @ (bread @ vector)
        Q = form(w)
        product = Q @ of_residuals
        expected = float(np.trace(product))
        factor = float(w @ omega @ w) / expected
        df = expected**2 / float((product * product.T).sum())
        return float(np.sqrt(factor * float(residuals @ Q @ residuals))), df

    return inference


def autoregressive(period: ArrayLike, phi: float) -> Floats:
    """Return the correlations of first-order autoregressive errors of n periods, shape (n, n)."""
    return np.asarray(phi ** _apart(period))


def bartlett(period: ArrayLike, lag: int) -> Floats:
    """Return the Bartlett weight of each pair of n periods, shape (n, n)."""
    return np.asarray(np.maximum(0.0, 1 - _apart(period) / (lag + 1)))


def transformed_covariance(omega: Floats, rho: float) -> Floats:
    """Return the covariance of a series after `transformed` with rho."""
    return np.asarray(transformed(transformed(omega, rho).T, rho).T)


def _apart(period: ArrayLike) -> Floats:
    time = np.asarray(period, dtype=float)
    return np.asarray(np.abs(np.subtract.outer(time, time)))
