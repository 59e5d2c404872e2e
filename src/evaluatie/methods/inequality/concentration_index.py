"""Concentration index: whether an amount lies with units that rank high on something else."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inequality.spread import (
    Inequality,
    amounts_and_weights,
    fractional_rank,
    with_interval,
)
from evaluatie.methods.inputs import Floats


def concentration_index(
    amounts: ArrayLike,
    ranked_by: ArrayLike,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> Inequality:
    """Return the concentration index of an amount over the ranking by another variable.

    Parameters
    ----------
    amounts : array_like, shape (n,)
        Amount of each unit; 0 counts, and so does what is below it.
    ranked_by : array_like, shape (n,)
        What units are ordered by, from low to high; equals share a rank.
    weights : array_like, shape (n,), optional
        Weight of each unit; by default equal.
    level : float
        Confidence level.

    Returns
    -------
    Inequality
        Between -1 (all with the lowest) and 1 (all with the highest); 0 without a gradient.

    Raises
    ------
    RefusedError
        Missing or infinite amounts, a total of 0 or less, or a ranking of another length.

    Notes
    -----
    ``C = 2 A / mu - 1``, ``A = sum_i w_i y_i R_i`` with R the weighted fractional rank. Standard
    error by linearisation, ranks being estimated too: the influence of unit i is
    ``[2 (y_i R_i + U_i - 2 A) - (C + 1)(y_i - mu)] / mu`` with U_i the mean over all units of y
    where they rank above i (half where equal). ASSUMPTION: units are independent draws.
    MISSING-DATA RULE: missing amounts are refused.

    References
    ----------
    Kakwani, Wagstaff & van Doorslaer (1997), Journal of Econometrics 77:87; agrees with the
    "convenient regression" in R where no two units rank equal.
    """
    values, weight = amounts_and_weights(amounts, weights)
    order = np.asarray(ranked_by)
    if order.shape != values.shape:
        raise RefusedError(f"the ranking has {order.size} entries", allowed=f"{values.size}")
    rank = fractional_rank(order, weight)
    mean = float(weight @ values)
    product = float(weight @ (values * rank))
    index = 2 * product / mean - 1
    above = _mean_above(values, order, weight)
    pull = 2 * (values * rank + above - 2 * product) - (index + 1) * (values - mean)
    return with_interval(index, pull / mean, weight, level)


def _mean_above(values: Floats, order: ArrayLike, weights: Floats) -> Floats:
    """Return, per unit, the sum of w y over units that rank above it, equals for half."""
    levels, level = np.unique(np.asarray(order), return_inverse=True)
    total = np.bincount(level, weights * values, levels.size)
    return np.asarray((total.sum() - np.cumsum(total) + total / 2)[level])
