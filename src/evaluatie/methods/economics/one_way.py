"""One assumption at a time: how far it moves the outcome, and where the outcome breaks even."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from evaluatie.errors import RefusedError
from evaluatie.methods.economics.assumptions import Assumption
from evaluatie.methods.inputs import Floats

Outcome = Callable[[Floats], Floats]
"""Takes draws, shape (d, k), and returns the outcome of each, shape (d,)."""


@dataclass(frozen=True)
class Swing:
    """What one assumption does to the outcome while all others keep their central value.

    Attributes
    ----------
    name : str
    at_low, at_high : float
        Outcome at the low and at the high end of the range of the assumption.
    """

    name: str
    at_low: float
    at_high: float

    @property
    def size(self) -> float:
        """Width of the bar."""
        return abs(self.at_high - self.at_low)


def tornado(outcome: Outcome, assumed: Sequence[Assumption]) -> tuple[Swing, ...]:
    """Return the swing of every assumption, widest first; fixed ones are left out.

    Parameters
    ----------
    outcome : callable
        Draws (d, k), columns in the order of ``assumed``, to outcomes (d,).
    assumed : sequence of Assumption, length k
    """
    central = np.array([one.value for one in assumed])
    found = []
    for position, one in enumerate(assumed):
        if one.low == one.high or one.distribution == "fixed":
            continue
        pair = np.tile(central, (2, 1))
        pair[:, position] = one.low, one.high
        low, high = outcome(pair)
        found.append(Swing(one.name, float(low), float(high)))
    return tuple(sorted(found, key=lambda swing: -swing.size))


def break_even(
    outcome: Callable[[float], float], low: float, high: float, tolerance: float = 1e-9
) -> float | None:
    """Return the value at which the outcome is zero, or None where it is not within reach.

    Parameters
    ----------
    outcome : callable
        One value to one outcome; continuous and monotone between ``low`` and ``high``.
    low, high : float
        Where to look.
    tolerance : float
        Relative to the width of the range.

    Raises
    ------
    RefusedError
        The range is empty.

    Notes
    -----
    Brent's method. None means: over the whole range the outcome stays on one side of zero; that is
    an answer too, and the caller says so.
    """
    if not low < high:
        raise RefusedError("there is no range to look for the break-even value in")
    ends = outcome(low), outcome(high)
    if ends[0] == 0:
        return low
    if ends[1] == 0:
        return high
    if ends[0] * ends[1] > 0 or not np.isfinite(ends).all():
        return None
    return float(optimize.brentq(outcome, low, high, xtol=tolerance * (high - low)))


def payback(yearly: Floats) -> int | None:
    """Return the first year (counted from 0) from which the running total stays at zero or above.

    Parameters
    ----------
    yearly : ndarray of float, shape (t,)
        Discounted net amount of each year.

    Returns
    -------
    int or None
        None: not within these years.
    """
    below = np.flatnonzero(np.cumsum(yearly) < 0)
    first = 0 if below.size == 0 else int(below[-1]) + 1
    return first if first < len(yearly) else None
