"""Wild cluster bootstrap-t, by enumeration of every sign vector where that can be done.

With G clusters there are 2^G sign vectors, or 6^G vectors of Webb's six points: few enough to list
with few clusters, so nothing is drawn at random. Otherwise vectors are drawn from a named seed.
From sums per cluster a vector costs G^2 multiplications, whatever the number of people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.few_clusters import ClusteredFit, cr1
from evaluatie.methods.inputs import ENUMERATION_LIMIT, Floats

Points = Literal["rademacher", "webb"]
POINTS: dict[Points, Floats] = {
    "rademacher": np.array([1.0, -1.0]),
    "webb": np.array([1.0, 1.5**0.5, 0.5**0.5, -1.0, -(1.5**0.5), -(0.5**0.5)]),
}
"""Values a cluster's residuals are multiplied by: 1 first, the positive half before its mirror."""

FARTHEST = 2.0**30
"""Distance from the estimate, in standard errors, beyond which an interval counts as unbounded."""


@dataclass(frozen=True)
class WildTest:
    """One coefficient tested by wild cluster bootstrap-t.

    Attributes
    ----------
    estimate, t : float
        Coefficient and its CR1 t statistic at the null.
    p_value : float
        Share of vectors with ``|t*| >= |t|``.
    p_attainable : float
        Smallest p possible: t* does not change when a vector is multiplied by a constant, so that
        2 of the 2^G sign vectors, or 6 of the 6^G vectors of Webb's points, always tie. With drawn
        vectors at least one in draws + 1.
    draws : int
        Number of vectors listed or drawn.
    """

    estimate: float
    t: float
    p_value: float
    p_attainable: float
    draws: int


def wild_bootstrap(
    fit: ClusteredFit,
    term: str,
    null: float = 0.0,
    points: Points = "rademacher",
    draws: int | None = None,
    seed: int | None = None,
) -> WildTest:
    """Test a term by the wild cluster bootstrap-t.

    Parameters
    ----------
    fit : ClusteredFit
        The model.
    term : str
        Term to test, by name.
    null : float
        Value of the coefficient under the hypothesis, which is imposed.
    points : {"rademacher", "webb"}
        Two points (-1, 1), or Webb's six: with fewer than about six clusters 2^G steps are coarse.
    draws, seed : int, optional
        Draw this many vectors from this seed; by default every vector is listed.

    Returns
    -------
    WildTest

    Raises
    ------
    RefusedError
        More than 100,000 vectors to list, draws without a seed, or residuals that are all zero.

    Notes
    -----
    With restricted fit f and residuals r, ``y* = f + v_g r``; t* is the CR1 statistic of y* at the
    null. f lies in the span of the model with the tested coefficient at the null, so it drops out:
    with U = X'r per cluster and a = (X'X)^-1 e_j, ``b* = (U a)'v`` and the scores are ``M v`` with
    ``M = diag(U a) - (X'X)_g a (X'X)^-1 U'``. v = 1 gives the observed t.
    Listed: ``p = #{|t*| >= |t|} / vectors``; drawn: ``(1 + #) / (1 + draws)``; never 0.
    Assumes independent clusters, restricted residuals symmetric about zero (sign vectors). Missing
    values are refused by `fit_clustered`.

    References
    ----------
    Cameron, Gelbach & Miller (2008), REStat 90:414; Webb (2023), Canadian J. Economics 56:839;
    Roodman et al. (2019), Stata Journal 19:4.
    """
    estimate = float(fit.coefficients[fit.position(term)])
    vectors = _vectors(fit.n_clusters, points, draws, seed)
    t = _t(*_statistics(fit, fit.position(term), null), vectors)
    p_value, floor = _p_value(t, fit.n_clusters, points, draws)
    count = len(POINTS[points]) ** fit.n_clusters if draws is None else draws
    return WildTest(estimate, float(t[0]), p_value, floor, count)


def _p_value(t: Floats, G: int, points: Points, draws: int | None) -> tuple[float, float]:
    """Return p and the smallest p there can be; ``t`` has the observed statistic first."""
    if not np.isfinite(t[0]):
        raise RefusedError("the residuals do not vary between clusters: nothing to test")
    floor = len(POINTS[points]) ** (1.0 - G)
    reached = float(np.mean(np.abs(t) >= abs(t[0]) - 1e-10 * max(1.0, abs(t[0]))))
    if draws is None:  # rounding far from the estimate must not break the ties
        return max(reached, floor), floor
    return reached, max(floor, 1 / (draws + 1))


def wild_interval(
    fit: ClusteredFit,
    term: str,
    level: float,
    points: Points = "rademacher",
    draws: int | None = None,
    seed: int | None = None,
) -> tuple[float, float]:
    """Return the values around the estimate that `wild_bootstrap` does not reject.

    Parameters
    ----------
    fit : ClusteredFit
        The model.
    term : str
        Term, by name.
    level : float
        Confidence level; a value is rejected when p <= 1 - level.
    points, draws, seed
        As in `wild_bootstrap`; every value is tested with the same vectors.

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
    test, j = cr1(fit, term), fit.position(term)
    vectors = _vectors(fit.n_clusters, points, draws, seed)
    # c and scores are affine in the null: two values of it give all others
    below, above = (_statistics(fit, j, test.estimate + d * test.std_error) for d in (-1, 1))

    def rejected(distance: float) -> bool:
        c, scores = (
            (low + high) / 2 + distance * (high - low) / 2
            for low, high in zip(below, above, strict=True)
        )
        p_value, _ = _p_value(_t(c, scores, vectors), fit.n_clusters, points, draws)
        return p_value <= 1 - level + 1e-12

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


def _statistics(fit: ClusteredFit, j: int, null: float) -> tuple[Floats, Floats]:
    """Return what b* is a product with, shape (G,), and the scores over the root of CR1, (G, G)."""
    of_residual = fit.cross(_restricted(fit, j, null))
    a = fit.bread[j]
    c = of_residual @ a
    scores = np.diag(c) - (fit.gram @ a) @ fit.bread @ of_residual.T
    return c, np.sqrt(fit.cr1_factor) * scores


def _t(c: Floats, scores: Floats, vectors: Floats) -> Floats:
    """Return t* of each column of ``vectors``; infinite where the scores are all zero."""
    estimate, spread = c @ vectors, scores @ vectors
    std_error = np.sqrt(np.einsum("gb,gb->b", spread, spread))
    t = np.full(len(estimate), np.inf)
    np.divide(estimate, std_error, out=t, where=std_error > 0)
    return t


def _restricted(fit: ClusteredFit, j: int, null: float) -> Floats:
    """Return the residuals, shape (n,), of the fit with coefficient j held at ``null``."""
    others = np.delete(fit.X, j, axis=1)
    shifted = fit.y - null * fit.X[:, j]
    residuals = shifted - others @ np.linalg.lstsq(others, shifted, rcond=None)[0]
    if np.abs(residuals).max() <= 1e-12 * max(1.0, float(np.abs(shifted).max())):
        raise RefusedError("the outcome does not vary around the model: nothing to test")
    return np.asarray(residuals)


def _vectors(G: int, points: Points, draws: int | None, seed: int | None) -> Floats:
    """Return vectors as columns, the first all ones: drawn from the seed, or half of all.

    The other half are the mirror images, with the same absolute t.
    """
    values = POINTS[points]
    if draws is not None:
        if seed is None or draws < 1:
            raise RefusedError("draws need a number above zero and a seed, to be drawn again")
        drawn = np.random.default_rng(seed).integers(0, len(values), (G, draws + 1))
        drawn[:, 0] = 0
        return np.asarray(values[drawn])
    if (count := len(values) ** G) > ENUMERATION_LIMIT:
        kind = "sign vectors" if points == "rademacher" else "vectors of Webb's points"
        raise RefusedError(
            f"{count:,} {kind} are too many to list",
            allowed=f"at most {int(np.log(ENUMERATION_LIMIT) / np.log(len(values)))} clusters",
            remedy="name a number of draws and a seed.",
        )
    half = np.arange(count // 2)
    steps = np.r_[1, len(values) ** np.arange(G - 1) * (len(values) // 2)]
    sizes = np.r_[len(values) // 2, np.full(G - 1, len(values))]
    return np.asarray(values[half // steps[:, None] % sizes[:, None]])
