"""Lorenz curve: the share of the total with the units that have least."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inequality.spread import amounts_and_weights
from evaluatie.methods.inputs import Floats, numbers


def lorenz(amounts: ArrayLike, shares: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Return the share of the total amount that the lowest part of the units has.

    Parameters
    ----------
    amounts : array_like, shape (n,)
        Amount of each unit; 0 counts, and so does what is below it.
    shares : array_like, shape (p,)
        Parts of the units, from the lowest up, 0 to 1.
    weights : array_like, shape (n,), optional
        Weight of each unit; by default equal.

    Returns
    -------
    ndarray of float, shape (p,)
        0 at 0, 1 at 1, never above the part itself; below 0 where amounts are.

    Raises
    ------
    RefusedError
        Missing or infinite amounts, a total of 0 or less, or a part outside 0 to 1.

    Notes
    -----
    Linear between units: half a unit has half its amount. MISSING-DATA RULE: refused.

    References
    ----------
    Lorenz (1905); agrees with linear interpolation (``approx``) of the cumulated shares in R.
    """
    values, weight = amounts_and_weights(amounts, weights)
    parts = numbers("the parts of the units", shares)
    if outside := int(((parts < 0) | (parts > 1)).sum()):
        raise RefusedError(f"{outside} parts of the units lie outside 0 to 1")
    order = np.argsort(values, kind="stable")
    size = np.concatenate([[0.0], np.cumsum(weight[order])])
    held = np.concatenate([[0.0], np.cumsum((weight * values)[order])])
    return np.asarray(np.interp(parts, size / size[-1], held / held[-1]))
