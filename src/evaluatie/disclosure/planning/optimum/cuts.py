"""Inequalities that every safe pattern satisfies.

If cell k can move at most slopes @ moves + constant, and must be able to move ``amount``, then
the cells that may move must together make up the difference: sum of capacities of hidden cells >=
amount (Fischetti & Salazar-Gonzalez 2001). No capacity counts for more than what is missing, and
as patterns are 0 or 1 the coefficients are rounded (mixed-integer rounding, Marchand & Wolsey
2001).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluatie.disclosure.planning.optimum.moves import Stop
from evaluatie.disclosure.planning.optimum.witnesses import TOLERANCE, Demand

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_ZERO = 1e-7


@dataclass(frozen=True)
class Cut:
    """weights @ hidden[cells] >= 1."""

    cells: NDArray[np.intp]
    weights: Array

    @property
    def key(self) -> tuple[bytes, bytes]:
        """What equal cuts have in common."""
        return self.cells.tobytes(), np.round(self.weights, 6).tobytes()


def capacity_cut(
    demand: Demand,
    stops: Sequence[Stop],
    values: Array,
    hidden: Mask,
    fixed: Mask,
    near: Array,
) -> Cut | None:
    """Return the cut that follows from why a cell cannot move, or None where nothing does.

    Parameters
    ----------
    stops : one per programme of the demand (two where both ends of an interval count)
    near : (C,) array
        The point at which the cut should be sharp.

    Raises
    ------
    ValueError
        Nothing that may be hidden makes up what is missing.
    """
    missing = demand.amount
    capacity = np.zeros(len(values))
    for stop in stops:
        missing -= max(0.0, stop.constant)
        down = np.maximum(0.0, -stop.slopes) * values
        capacity += np.where(stop.slopes > 0.0, np.inf, down)
    capacity[fixed & ~hidden] = 0.0
    there = float(capacity[hidden].sum())
    missing -= there
    if missing < TOLERANCE * max(1.0, demand.amount, there):
        return None
    weights = np.where(hidden, 0.0, np.minimum(capacity, missing)) / missing
    used = np.flatnonzero(weights > _ZERO)
    if len(used) == 0:
        raise ValueError("nothing that may be hidden makes up what is missing")
    return Cut(used, _rounded(weights[used], near[used]))


def _rounded(weights: Array, near: Array) -> Array:
    """Return the mixed-integer rounding of weights @ x >= 1 that ``near`` violates most."""
    best, least = weights, float(weights @ near)
    for step in np.unique(np.round(weights, 9)):
        if step >= 1.0 - _ZERO and len(weights) > 1 and np.all(weights > 1.0 - _ZERO):
            break
        quotient = weights / step
        whole, need = np.floor(quotient + _ZERO), math.ceil(1.0 / step - _ZERO)
        part = 1.0 / step - math.floor(1.0 / step + _ZERO)
        rest = np.maximum(quotient - whole, 0.0)
        rest = np.where(rest < _ZERO, 0.0, rest)
        share = np.minimum(1.0, rest / part) if part > _ZERO else np.where(rest > 0, 1.0, 0.0)
        rounded = np.minimum(whole + share, need) / need
        if (value := float(rounded @ near)) < least - _ZERO:
            best, least = rounded, value
    return best
