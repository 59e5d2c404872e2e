"""Top share: the part of the total with the units that have most."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inequality.spread import Inequality, amounts_and_weights, with_interval
from evaluatie.methods.inputs import Booleans, Floats


def top_share(
    amounts: ArrayLike, top: float, weights: ArrayLike | None = None, level: float = 0.95
) -> Inequality:
    """Return the share of the total amount with the highest part of the units.

    Parameters
    ----------
    amounts : array_like, shape (n,)
        Amount of each unit; 0 counts, and so does what is below it.
    top : float
        Part of the units, above 0 and below 1: 0.05 is the top 5%.
    weights : array_like, shape (n,), optional
        Weight of each unit; by default equal.
    level : float
        Confidence level.

    Raises
    ------
    RefusedError
        Missing or infinite amounts, a total of 0 or less, a part outside 0 to 1, or one that holds
        less than one unit.

    Notes
    -----
    ``T = sum_i w_i k_i y_i / mu``, k_i the part of unit i that is in the top: the unit at the
    border counts for what is needed to make the top exactly ``top`` of the units. With q the
    amount at the border ``T mu = E[(y - q)+] + top q``, whose derivative to q is 0 at the border:
    the influence of unit i is ``((y_i - q)+ + top q - T y_i) / mu`` and asks for no density.
    Interval on the logit scale; with few units in the top it covers less than it says (simulated
    in the tests). ASSUMPTION: units are independent draws. MISSING-DATA RULE: refused.

    References
    ----------
    Davidson (2018), Annals of Economics and Statistics 132:31, on the variance of percentile
    shares; the share agrees with the definition in topic 13 of the reference values.
    """
    if not 0 < top < 1:
        raise RefusedError(f"there is no top {top:g} of the units", allowed="between 0 and 1")
    values, weight = amounts_and_weights(amounts, weights)
    if top * values.size < 1:
        raise RefusedError(
            f"the top {top:g} of {values.size} units is less than one unit",
            remedy="take a larger part, or more units.",
        )
    mean = float(weight @ values)
    border = _border(values, weight, top)
    excess = np.maximum(values - border, 0)
    share = (float(weight @ excess) + top * border) / mean
    return with_interval(share, (excess + top * border - share * values) / mean, weight, level)


def in_top(amounts: ArrayLike, top: float) -> Booleans:
    """Return which units are in the top: at least ``top`` of them, equals at the border included.

    For counting units; `top_share` counts the border in part instead.
    """
    values = np.asarray(amounts, dtype=float)
    weight = np.full(values.size, 1 / max(values.size, 1))
    return np.asarray(values >= _border(values, weight, top))


def _border(values: Floats, weights: Floats, top: float) -> float:
    """Return the amount at which the weight of units from the highest down reaches ``top``."""
    order = np.argsort(-values, kind="stable")
    reached = np.cumsum(weights[order])
    position = int(np.searchsorted(reached, top * (1 - 1e-12)))
    return float(values[order][min(position, values.size - 1)])
