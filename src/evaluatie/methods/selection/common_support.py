"""Which chosen units have anyone like them among the comparators."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans

CALIPER = np.log(1.5)
"""Largest difference on a logarithmic scale: half as much again, or two thirds."""
LEAST_NEIGHBOURS = 3


def has_neighbours(
    chosen: ArrayLike,
    others: ArrayLike,
    units: ArrayLike,
    caliper: float = CALIPER,
    least: int = LEAST_NEIGHBOURS,
) -> Booleans:
    """Return which chosen units have comparators close by on every scale at once.

    Parameters
    ----------
    chosen : array_like, shape (n, k)
        Log amounts of the chosen units.
    others : array_like, shape (m, k)
        Log amounts of the comparators.
    units : array_like of int, shape (m,)
        Household of each comparator row; a household counts once.
    caliper : float
        Largest absolute difference on each scale.
    least : int
        Different comparator households that are needed.

    Returns
    -------
    ndarray of bool, shape (n,)
        False: nobody alike was left alone, so nothing can be said of this unit without
        extrapolating.

    Raises
    ------
    RefusedError
        Scales that do not match, or a missing amount.

    Notes
    -----
    ASSUMPTION: positivity holds where neighbours are found on these scales; on the other scales of
    the weighting it is judged by the effective number of comparators.
    """
    mine, theirs = np.asarray(chosen, dtype=float), np.asarray(others, dtype=float)
    who = np.asarray(units)
    if mine.ndim != 2 or theirs.ndim != 2 or mine.shape[1] != theirs.shape[1]:
        raise RefusedError("chosen units and comparators need the same scales")
    if who.shape != (len(theirs),) or not (np.isfinite(mine).all() and np.isfinite(theirs).all()):
        raise RefusedError("comparators need one complete row per unit")
    found = np.zeros(len(mine), dtype=bool)
    order = np.argsort(theirs[:, 0], kind="stable")
    first = theirs[order, 0]
    for row, point in enumerate(mine):
        low, high = np.searchsorted(first, [point[0] - caliper, point[0] + caliper])
        near = order[low:high]
        close = (np.abs(theirs[near] - point) <= caliper).all(axis=1)
        found[row] = len(np.unique(who[near[close]])) >= least
    return found
