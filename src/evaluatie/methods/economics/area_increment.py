"""Difference in cost and effect between two groups of areas, with their joint uncertainty."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods.economics.incremental import Increment
from evaluatie.methods.inputs import Booleans, Floats, numbers, positive


def area_increment(
    cost: ArrayLike, effect: ArrayLike, weights: ArrayLike, treated: ArrayLike
) -> Increment:
    """Return treated minus control areas in cost and effect, with the jackknife covariance.

    Parameters
    ----------
    cost, effect : array_like, shape (g,)
        Of each area, in pairs.
    weights : array_like, shape (g,)
        Size of each area in its arm, above zero.
    treated : array_like of bool, shape (g,)
        At least two areas on each side.

    Returns
    -------
    Increment
        On ``g - 2`` degrees of freedom.

    Raises
    ------
    RefusedError
        Fewer than two areas on a side, or missing values.

    Notes
    -----
    ``V = (g-1)/g * sum_i (t_(i) - t)(t_(i) - t)'`` with t the pair of differences and t_(i) without
    area i, as the cluster jackknife `jackknife`: cost and effect of one area leave together, so
    their covariance is that between areas. ASSUMPTIONS: areas are independent. MISSING-DATA RULE:
    none; an area without one of the two has no pair.

    References
    ----------
    MacKinnon, Nielsen & Webb (2023), J Applied Econometrics 38:671.
    """
    dc = numbers("the cost of the areas", cost)
    pair = np.column_stack([dc, numbers("the effect of the areas", effect, dc.size)])
    w, arm = positive("the area weights", weights, dc.size), np.asarray(treated, dtype=bool)
    if arm.shape != dc.shape or min(arm.sum(), (~arm).sum()) < 2:
        raise RefusedError(
            "a joint uncertainty needs areas to leave out", allowed="two or more on each side"
        )
    whole = _difference(pair, w, arm, np.ones(dc.size, dtype=bool))
    each = np.eye(dc.size, dtype=bool)
    off = np.array([_difference(pair, w, arm, ~each[i]) for i in range(dc.size)]) - whole
    spread = (dc.size - 1) / dc.size * off.T @ off
    return Increment(
        cost=float(whole[0]),
        effect=float(whole[1]),
        cost_variance=float(spread[0, 0]),
        effect_variance=float(spread[1, 1]),
        covariance=float(spread[0, 1]),
        df=float(dc.size - 2),
    )


def ellipse_radius(df: float, level: float = 0.95) -> float:
    """Return how many standard deviations the joint confidence ellipse reaches.

    Notes
    -----
    ``sqrt(2 F)`` with F the quantile of F(2, df); ``sqrt(chi2(2))`` for infinite df.
    """
    if np.isfinite(df):
        return float(np.sqrt(2 * stats.f.ppf(level, 2, df)))
    return float(np.sqrt(stats.chi2.ppf(level, 2)))


def _difference(pair: Floats, w: Floats, arm: Booleans, kept: Booleans) -> Floats:
    means = [w[side] @ pair[side] / w[side].sum() for side in (arm & kept, ~arm & kept)]
    return np.asarray(means[0] - means[1])
