"""Calibration of weights to known totals of any variable: linear (GREG), raking, logit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, numbers, positive

MAX_ITERATIONS = 200


class Distance(StrEnum):
    """How far from 1 a correction of a weight counts; decides the shape of the corrections."""

    LINEAR = "linear"  # g = 1 + x'b: the regression estimator (GREG); weights may be negative
    RAKING = "raking"  # g = exp(x'b): as iterative proportional fitting, for any variables
    LOGIT = "logit"  # g between the bounds, without a pile of weights on them


@dataclass(frozen=True)
class Calibrated:
    """Weights that reproduce known totals.

    Attributes
    ----------
    weights : ndarray of float, shape (n,)
    corrections : ndarray of float, shape (n,)
        Weight over base weight.
    iterations : int
        Newton steps until every total was reproduced to the tolerance.
    at_bounds : int
        Corrections that ended on a bound.
    """

    weights: Floats
    corrections: Floats
    iterations: int
    at_bounds: int


def calibrate(
    base: ArrayLike,
    matrix: ArrayLike,
    totals: ArrayLike,
    distance: Distance = Distance.LINEAR,
    bounds: tuple[float, float] | None = None,
    names: Sequence[str] = (),
    tolerance: float = 1e-11,
) -> Calibrated:
    """Change weights as little as possible so that they reproduce known totals.

    Parameters
    ----------
    base : array_like, shape (n,)
        Design weights, above zero.
    matrix : array_like, shape (n, k)
        Calibration variables of each unit: indicators of groups, numbers, a column of ones.
    totals : array_like, shape (k,)
        Their population totals.
    distance : Distance
        Which corrections count as little; LOGIT needs bounds.
    bounds : (low, high), optional
        Smallest and largest correction, low < 1 < high.
    names : sequence of str, optional
        What the columns are, for messages.
    tolerance : float
        Largest difference from a total, relative to 1 + the total.

    Returns
    -------
    Calibrated

    Raises
    ------
    RefusedError
        Bounds that do not hold 1 between them, or totals that no such weights reproduce; the
        column that is furthest off is named.

    Notes
    -----
    ``w_i = d_i F(x_i' b)`` with b solving ``sum w_i x_i = T`` by Newton with step halving; F is
    1 + u, exp(u) or the logistic curve between the bounds; linear and raking corrections are cut
    at the bounds. Post-stratification is one joint set of indicators. No missing values.

    References
    ----------
    Deville & Sarndal (1992), JASA 87:376; Deville, Sarndal & Sautory (1993). Agrees with
    ``survey::calibrate(calfun = "linear" | "raking" | "logit", bounds =)``.
    """
    design = positive("the base weights", base)
    X, T = np.asarray(matrix, dtype=float), numbers("the totals", totals)
    if X.shape != (design.size, T.size) or not np.isfinite(X).all():
        raise RefusedError("calibration variables need one complete row per weight")
    curve = _Curve(distance, _checked(bounds, distance))
    size = np.abs(X).max(axis=0)
    X, goal = X / np.where(size > 0, size, 1), T / np.where(size > 0, size, 1)
    b, g, iteration = _newton(design, X, goal, curve, tolerance)
    off = np.abs(goal - (design * g) @ X) / (1 + np.abs(goal))
    if off.max() > tolerance:
        raise _cannot(off, names, design.size, bounds)
    ends = curve.at_bounds(X @ b)
    return Calibrated(design * g, g, iteration, int(ends.sum()))


@dataclass(frozen=True)
class _Curve:
    """The correction as a function of u = x'b, and its slope."""

    distance: Distance
    bounds: tuple[float, float]

    def value(self, u: Floats) -> Floats:
        low, high = self.bounds
        if self.distance is Distance.LINEAR:
            return np.clip(1 + u, low, high)
        if self.distance is Distance.RAKING:
            return np.clip(np.exp(np.minimum(u, 500)), low, high)
        return low + (high - low) * self._position(u)

    def slope(self, u: Floats) -> Floats:
        low, high = self.bounds
        if self.distance is Distance.LINEAR:
            return ((1 + u >= low) & (1 + u <= high)).astype(float)
        if self.distance is Distance.RAKING:
            g = np.exp(np.minimum(u, 500))
            return np.where((g >= low) & (g <= high), g, 0.0)
        position = self._position(u)
        return (high - low) * self._steepness() * position * (1 - position)

    def at_bounds(self, u: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        low, high = self.bounds
        g = self.value(u)
        return np.asarray((g <= low) | (g >= high))

    def _steepness(self) -> float:
        low, high = self.bounds
        return (high - low) / ((high - 1) * (1 - low))

    def _position(self, u: Floats) -> Floats:
        """Where between the bounds, 0 to 1; the logistic curve that is 1 at u = 0."""
        low, high = self.bounds
        start = np.log((1 - low) / (high - 1))
        return np.asarray(1 / (1 + np.exp(-np.clip(self._steepness() * u + start, -500, 500))))


def _newton(
    design: Floats, X: Floats, goal: Floats, curve: _Curve, tolerance: float
) -> tuple[Floats, Floats, int]:
    """Solve the calibration equations; each step is halved until it comes closer."""
    b = np.zeros(goal.size)
    g = curve.value(X @ b)
    misfit = goal - (design * g) @ X
    for iteration in range(1, MAX_ITERATIONS + 1):
        slope = design * curve.slope(X @ b)
        step = np.linalg.lstsq((X * slope[:, None]).T @ X, misfit, rcond=1e-12)[0]
        distance = np.linalg.norm(misfit)
        for halvings in range(40):
            trial = b + step / 2**halvings
            g_trial = curve.value(X @ trial)
            misfit_trial = goal - (design * g_trial) @ X
            if np.linalg.norm(misfit_trial) < distance:
                b, g, misfit = trial, g_trial, misfit_trial
                break
        else:
            return b, g, iteration  # no step comes closer: done, or impossible
        if np.max(np.abs(misfit) / (1 + np.abs(goal))) < 1e-3 * tolerance:
            break
    return b, g, iteration


def _checked(bounds: tuple[float, float] | None, distance: Distance) -> tuple[float, float]:
    if bounds is None:
        if distance is Distance.LOGIT:
            raise RefusedError("logit calibration needs bounds on the corrections")
        return -np.inf, np.inf
    if not bounds[0] < 1 < bounds[1] or (distance is not Distance.LINEAR and bounds[0] < 0):
        raise RefusedError(
            f"corrections cannot be bounded by {bounds[0]:g} and {bounds[1]:g}",
            allowed="a lower bound from 0 to 1 and an upper bound above 1",
        )
    return bounds


def _cannot(
    off: Floats, names: Sequence[str], n: int, bounds: tuple[float, float] | None
) -> RefusedError:
    worst = int(np.argmax(off))
    which = names[worst] if names else f"number {worst + 1}"
    within = f" within bounds {bounds[0]:g} to {bounds[1]:g}" if bounds else ""
    return RefusedError(
        f"no weights of {n} units reproduce all {off.size} totals{within}; total {which} stays "
        f"{100 * off[worst]:.2g}% off",
        remedy="merge small groups, drop a total that contradicts others, or widen the bounds.",
    )
