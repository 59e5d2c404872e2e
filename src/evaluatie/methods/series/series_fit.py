"""What every estimator of a series model gives: coefficients, effects, residuals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats
from evaluatie.methods.intervals import interval
from evaluatie.methods.series.time_series import LEVEL, SLOPE

Inference = Callable[[Floats], tuple[float, float]]
"""(k,) weights of the coefficients -> standard error and degrees of freedom of their sum."""


@dataclass(frozen=True)
class Effect:
    """One coefficient, or a sum of them.

    Attributes
    ----------
    estimate, std_error, df : float
        For a t interval on ``df`` degrees of freedom.
    """

    estimate: float
    std_error: float
    df: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the t interval."""
        return interval(self.estimate, self.std_error, self.df, level)


@dataclass(frozen=True)
class SeriesFit:
    """Coefficients of a series model; T periods, k terms.

    Attributes
    ----------
    terms : tuple of str, length k
        Name of each coefficient.
    coefficients : ndarray of float, shape (k,)
        Estimates.
    covariance : ndarray of float, shape (k, k)
        Their variance, as the function of R that is named gives it.
    df : float
        Degrees of freedom where there is no ``inference``.
    residuals : ndarray of float, shape (T,)
        Observed minus fitted by the regression part, before autocorrelation is taken out.
    innovations : ndarray of float, shape (T,)
        What is left after autocorrelation is taken out; equal to ``residuals`` where it is not.
    autocorrelation : float
        First-order autocorrelation that the model estimated; NaN where it does not model one.
    lag : float
        Lag that was used (Newey-West), else NaN.
    dispersion : float
        Pearson chi-square / df of a model of counts, else NaN.
    inference : callable, optional
        Small-sample standard error and df of any sum of coefficients.
    """

    terms: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    df: float
    residuals: Floats
    innovations: Floats
    autocorrelation: float = float("nan")
    lag: float = float("nan")
    dispersion: float = float("nan")
    inference: Inference | None = None

    def combine(self, weights: Mapping[str, float]) -> Effect:
        """Return a sum of coefficients, each named by its term."""
        if unknown := set(weights) - set(self.terms):
            raise RefusedError(
                f"the model has no term '{sorted(unknown)[0]}'", allowed=", ".join(self.terms)
            )
        vector = np.array([weights.get(term, 0.0) for term in self.terms])
        estimate = float(vector @ self.coefficients)
        if self.inference is not None:
            return Effect(estimate, *self.inference(vector))
        return Effect(estimate, float(np.sqrt(vector @ self.covariance @ vector)), self.df)

    def of(self, term: str) -> Effect:
        """Return one coefficient."""
        return self.combine({term: 1.0})

    def effect_at(self, years: float) -> Effect:
        """Return observed minus counterfactual, ``level_change + slope_change x years``.

        Notes
        -----
        The counterfactual is the trend and season of before the start, carried on. Delta method:
        ``var = v11 + 2 t v12 + t^2 v22`` of level and slope change (exact, being linear).
        """
        if years < 0:
            raise RefusedError("an effect is asked for before the start", allowed="0 or later")
        return self.combine({LEVEL: 1.0, SLOPE: years})


def least_squares(y: Floats, X: Floats) -> tuple[Floats, Floats]:
    """Return coefficients, shape (k,), and the inverse of X'X, shape (k, k), by QR."""
    q, r = np.linalg.qr(X)
    inverse = np.linalg.inv(r)
    bread = np.asarray(inverse @ inverse.T, dtype=float)
    return np.asarray(inverse @ (q.T @ y), dtype=float), bread


def transformed(values: Floats, rho: float) -> Floats:
    """Return a series, or the columns of a design, with first-order autocorrelation taken out."""
    first = np.sqrt(1 - rho**2) * values[:1]
    return np.concatenate([first, values[1:] - rho * values[:-1]])


def check_residuals(y: Floats, residuals: Floats) -> None:
    """Refuse a model that leaves no residual: it has no standard error."""
    if np.abs(residuals).max() <= 1e-10 * np.abs(y - y.mean()).max():
        raise RefusedError(
            f"the model fits all {y.size} periods without any residual",
            remedy="look at the series: it seems to be computed, not observed.",
        )
