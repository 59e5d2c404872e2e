"""Trimming of weights, and what unequal weights cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, positive


def trim(weights: ArrayLike, cap: float, floor: float = 0.0) -> Floats:
    """Cut weights to ``[floor, cap]`` and spread the difference evenly over the others.

    Parameters
    ----------
    weights : array_like, shape (n,)
        Weights above zero.
    cap, floor : float
        Largest and smallest weight allowed.

    Returns
    -------
    ndarray of float, shape (n,)
        Weights with the same sum, none above the cap or below the floor.

    Raises
    ------
    RefusedError
        The mean weight lies outside ``[floor, cap]``, so that no such weights exist.

    References
    ----------
    ``survey::trimWeights(strict = TRUE)``: repeated until nothing exceeds the bounds; a weight
    that was once cut stays where it is.
    """
    current = positive("the weights", weights).copy()
    total = current.sum()
    if not floor <= total / current.size <= cap:
        raise RefusedError(
            "weights cannot be trimmed: the mean weight lies outside the bounds",
            allowed=f"bounds around {total / current.size:.4g}",
        )
    cut = np.zeros(current.size, dtype=bool)
    slack = 1e-12 * max(cap, 1.0)
    while (outside := (current > cap + slack) | (current < floor - slack)).any():
        cut |= outside
        current = np.clip(current, floor, cap)
        if cut.all():
            break
        current[~cut] += (total - current.sum()) / (~cut).sum()
    return current


def effective_n(weights: ArrayLike) -> float:
    """Return Kish's effective number of units, ``(sum w)^2 / sum w^2``.

    Parameters
    ----------
    weights : array_like, shape (n,)
        Weights above zero.

    Notes
    -----
    The size of an equally weighted simple random sample with the same variance of a mean, if
    weight and outcome are unrelated (Kish 1965, section 11.7). Clustering is not in it.
    """
    vector = positive("the weights", weights)
    return float(vector.sum() ** 2 / (vector**2).sum())


def kish_deff(weights: ArrayLike) -> float:
    """Return the variance inflation of unequal weights, ``n * sum w^2 / (sum w)^2`` (Kish)."""
    vector = positive("the weights", weights)
    return vector.size / effective_n(vector)
