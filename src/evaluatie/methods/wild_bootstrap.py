"""Wild cluster bootstrap-t by enumeration of every sign vector.

With G clusters there are 2^G sign vectors: few enough to list, so nothing is drawn at random. From
sums per cluster, 256 or 65,536 of them cost one small matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evaluatie.errors import RefusedError
from evaluatie.methods.few_clusters import ClusteredFit, cr1
from evaluatie.methods.inputs import ENUMERATION_LIMIT, Floats

FARTHEST = 2.0**30
"""Distance from the estimate, in standard errors, beyond which an interval counts as unbounded."""


@dataclass(frozen=True)
class WildTest:
    """One coefficient tested by wild cluster bootstrap-t over all sign vectors.

    Attributes
    ----------
    estimate, t : float
        Coefficient and its CR1 t statistic at the null.
    p_value : float
        Share of sign vectors with ``|t*| >= |t|``.
    p_attainable : float
        Smallest p possible, 2 / 2^G: a sign vector and its opposite always tie.
    draws : int
        Number of sign vectors, 2^G.
    """

    estimate: float
    t: float
    p_value: float
    p_attainable: float
    draws: int


def wild_bootstrap(fit: ClusteredFit, term: str, null: float = 0.0) -> WildTest:
    """Test a term by the wild cluster bootstrap-t over all 2^G Rademacher sign vectors.

    Parameters
    ----------
    fit : ClusteredFit
        The model.
    term : str
        Term to test, by name.
    null : float
        Value of the coefficient under the hypothesis, which is imposed.

    Returns
    -------
    WildTest

    Raises
    ------
    RefusedError
        More than 100,000 sign vectors (G > 16), or residuals that are all zero.

    Notes
    -----
    With restricted fit f and residuals r, ``y* = f + v_g r``; t* is the CR1 statistic of y* at the
    null. f lies in the span of the model with the tested coefficient at the null, so it drops out
    and only X'X and X'r per cluster are needed; v = 1 gives the observed t.
    ``p = #{|t*| >= |t|} / 2^G`` (>=, so p is never 0).

    References
    ----------
    Cameron, Gelbach & Miller (2008), REStat 90:414; Roodman et al. (2019), Stata Journal 19:4.
    """
    j = fit.position(term)
    if 2**fit.n_clusters > ENUMERATION_LIMIT:
        raise RefusedError(
            f"{2**fit.n_clusters:,} sign vectors are too many to list",
            allowed="at most 16 clusters",
        )
    signs, of_residual = _sign_vectors(fit.n_clusters), fit.cross(_restricted(fit, j, null))
    a = fit.bread[j]
    b = fit.bread @ of_residual.T @ signs  # coefficients of y* minus those of f, (k, 2^G)
    scores = (of_residual @ a)[:, None] * signs - (fit.gram @ a) @ b
    std_error = np.sqrt(fit.cr1_factor * (scores**2).sum(axis=0))
    if not std_error[0] > 0:
        raise RefusedError("the residuals do not vary between clusters: nothing to test")
    t = np.divide(b[j], std_error, out=np.zeros_like(std_error), where=std_error > 0)
    p_value = float(np.mean(np.abs(t) >= abs(t[0]) - 1e-10 * max(1.0, abs(t[0]))))
    draws = signs.shape[1]
    return WildTest(float(fit.coefficients[j]), float(t[0]), p_value, 2 / draws, draws)


def wild_interval(fit: ClusteredFit, term: str, level: float) -> tuple[float, float]:
    """Return the values around the estimate that `wild_bootstrap` does not reject.

    Parameters
    ----------
    fit : ClusteredFit
        The model.
    term : str
        Term, by name.
    level : float
        Confidence level; a value is rejected when p <= 1 - level.

    Returns
    -------
    (float, float)
        Ends to 1e-9 standard errors; infinite where no value is ever rejected on that side, as
        with too few clusters or one cluster in an arm.

    Notes
    -----
    p is 1 at the estimate and a step function of the null. From the estimate outward the distance
    doubles until a value is rejected, then bisection finds the step; should p rise above the level
    again farther out, that island is left out (as Stata ``boottest`` does by default).
    """
    test = cr1(fit, term)

    def rejected(distance: float) -> bool:
        null = test.estimate + distance * test.std_error
        return wild_bootstrap(fit, term, null).p_value <= 1 - level + 1e-12

    return (
        test.estimate - _first_rejected(lambda d: rejected(-d)) * test.std_error,
        test.estimate + _first_rejected(rejected) * test.std_error,
    )


def _first_rejected(rejected: Callable[[float], bool]) -> float:
    """Return the distance at which rejection starts, in standard errors; inf where it does not."""
    inside, outside = 0.0, 1.0
    while not rejected(outside):
        inside, outside = outside, 2 * outside
        if outside > FARTHEST:
            return float("inf")
    while outside - inside > 1e-9 * max(1.0, outside):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if rejected(middle) else (middle, outside)
    return inside


def _restricted(fit: ClusteredFit, j: int, null: float) -> Floats:
    """Return the residuals, shape (n,), of the fit with coefficient j held at ``null``."""
    others = np.delete(fit.X, j, axis=1)
    shifted = fit.y - null * fit.X[:, j]
    residuals = shifted - others @ np.linalg.lstsq(others, shifted, rcond=None)[0]
    if np.abs(residuals).max() <= 1e-12 * max(1.0, float(np.abs(shifted).max())):
        raise RefusedError("the outcome does not vary around the model: nothing to test")
    return np.asarray(residuals)


def _sign_vectors(G: int) -> Floats:
    """All 2^G columns of -1 and 1, shape (G, 2^G); the first column is all ones."""
    bits = (np.arange(2**G)[None, :] >> np.arange(G)[:, None]) & 1
    return np.asarray(1.0 - 2.0 * bits)
