"""Accelerated failure time: by which factor durations are longer, under a named distribution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats, numbers
from evaluatie.methods.survival.spells import Spells

Distribution = Literal["weibull", "lognormal", "loglogistic"]
MOST_STEPS = 100
SETTLED = 1e-11


@dataclass(frozen=True)
class AcceleratedFit:
    """A fitted accelerated failure time model.

    Attributes
    ----------
    names : tuple of str, length p + 1
        ``constant`` and the terms.
    coefficients, std_errors : ndarray of float, shape (p + 1,)
        Of log time; the exponent of a term is the factor by which durations are longer.
    scale : float
        Of the error of log time, as ``survreg``.
    log_likelihood : float
    """

    names: tuple[str, ...]
    coefficients: Floats
    std_errors: Floats
    scale: float
    log_likelihood: float


def accelerated(
    data: Spells, X: ArrayLike, names: Sequence[str], distribution: Distribution = "weibull"
) -> AcceleratedFit:
    """Fit a parametric model of durations that are followed from their start.

    Parameters
    ----------
    data : Spells
        Without delayed entry, one spell per unit; case weights allowed.
    X : array_like, shape (n, p)
        Covariates, without a constant.
    names : sequence of str, length p
        Name of each column.
    distribution : {"weibull", "lognormal", "loglogistic"}

    Returns
    -------
    AcceleratedFit

    Raises
    ------
    RefusedError
        Delayed entry, durations of 0, missing values, no events, or no maximum.

    Notes
    -----
    ``log T = constant + x'b + scale * e``, e extreme value (Weibull), normal or logistic, by Newton
    steps to the root of the score (lifelines stops up to 0.01 standard error before it).
    ASSUMPTIONS: the distribution; censoring tells nothing given x. Errors are those of the
    information (no clusters). MISSING-DATA RULE: refused.

    References
    ----------
    Kalbfleisch & Prentice (2002), 2. ``survival::survreg(dist =)``.
    """
    if np.isfinite(data.start).any() or (data.stop <= 0).any():
        raise RefusedError(
            "an accelerated failure time model takes durations above 0, followed from their start",
            remedy="use 'cox' for delayed entry or changing covariates.",
        )
    table = np.column_stack([np.ones(data.n), np.asarray(X, dtype=float)])
    numbers("the covariates", table.ravel())
    if table.shape[1] != len(names) + 1 or np.linalg.matrix_rank(table) < table.shape[1]:
        raise RefusedError("the model needs one named column per term, told apart by the rows")
    if not (data.state > 0).any():
        raise RefusedError("there are no events", remedy="describe the time at risk.")
    place, information, value = _maximum(data, table, _ERRORS[distribution])
    errors = np.sqrt(np.diag(np.linalg.inv(information)))[:-1]
    value -= float(data.weight @ np.where(data.state > 0, np.log(data.stop), 0.0))
    return AcceleratedFit(
        ("constant", *names), place[:-1], errors, float(np.exp(place[-1])), float(value)
    )


def _maximum(data: Spells, X: Floats, error: Error) -> tuple[Floats, Floats, float]:
    log_time, seen = np.log(data.stop), data.state > 0
    start = np.linalg.lstsq(X, log_time, rcond=None)[0]
    place = np.r_[start, np.log(np.std(log_time - X @ start) + 1e-3)]
    value, score, information = _likelihood(place, X, log_time, seen, data.weight, error)
    for _ in range(MOST_STEPS):
        values = np.linalg.eigvalsh(information)
        bend = information + np.eye(len(place)) * max(0.0, 1e-6 * values[-1] - values[0])
        step = np.linalg.solve(bend, score)
        while True:
            new = _likelihood(place + step, X, log_time, seen, data.weight, error)
            if new[0] >= value - 1e-9 * abs(value) or np.abs(step).max() < SETTLED:
                break
            step = step / 2
        place, (value, score, information) = place + step, new
        if np.abs(step).max() < SETTLED * max(1.0, float(np.abs(place).max())):
            return place, information, value
    raise RefusedError("the model has no maximum", remedy="leave out terms, or rescale them.")


def _likelihood(
    place: Floats, X: Floats, log_time: Floats, seen: Booleans, weight: Floats, error: Error
) -> tuple[float, Floats, Floats]:
    """Return the log likelihood of log time, its derivative and minus its second derivative."""
    scale = float(np.exp(place[-1]))
    z = (log_time - X @ place[:-1]) / scale
    g, first, second = error(z, seen)
    value = float(weight @ (g - np.where(seen, place[-1], 0.0)))
    score = np.r_[-X.T @ (weight * first) / scale, -weight @ (first * z + seen)]
    cross = X.T @ (weight * (second * z + first)) / scale
    last = float(weight @ (second * z**2 + first * z))
    bend = np.block([[(X * (weight * second)[:, None]).T @ X / scale**2, cross[:, None]],
                     [cross[None, :], np.array([[last]])]])  # fmt: skip
    return value, score, -bend


Error = Callable[[Floats, Booleans], tuple[Floats, Floats, Floats]]
"""Standardised error, seen or censored -> log density or log survival, two derivatives."""


def _extreme(z: Floats, seen: Booleans) -> tuple[Floats, Floats, Floats]:
    e = np.exp(z)
    return np.where(seen, z, 0.0) - e, seen - e, -e


def _logistic(z: Floats, seen: Booleans) -> tuple[Floats, Floats, Floats]:
    times, p = 1.0 + seen, special.expit(z)
    value = np.where(seen, z, 0.0) - times * np.logaddexp(0, z)
    return value, seen - times * p, -times * p * (1 - p)


def _normal(z: Floats, seen: Booleans) -> tuple[Floats, Floats, Floats]:
    density = -(z**2) / 2 - np.log(2 * np.pi) / 2
    beyond = special.log_ndtr(-z)
    mills = np.exp(density - beyond)
    return (
        np.where(seen, density, beyond),
        np.where(seen, -z, -mills),
        np.where(seen, -1.0, -mills * (mills - z)),
    )


_ERRORS: dict[Distribution, Error] = {
    "weibull": _extreme,
    "lognormal": _normal,
    "loglogistic": _logistic,
}
