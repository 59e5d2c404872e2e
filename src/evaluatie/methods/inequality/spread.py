"""Input checks and the result type that measures of inequality share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, numbers, positive
from evaluatie.methods.intervals import interval


@dataclass(frozen=True)
class Inequality:
    """A measure of how unequally amounts are spread, with its uncertainty.

    Attributes
    ----------
    estimate, std_error : float
        The measure, and its linearised standard error.
    ci_low, ci_high : float
        Interval on the logit scale; NaN where the measure lies at an end of its range.
    influence : ndarray of float, shape (n,)
        What each unit adds to the error of the estimate; their weighted mean is 0.
    n : int
        Units, those with an amount of 0 included.
    """

    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    influence: Floats
    n: int


def amounts_and_weights(
    amounts: ArrayLike, weights: ArrayLike | None, smallest: int = 1
) -> tuple[Floats, Floats]:
    """Return amounts and weights, the latter adding up to 1.

    Parameters
    ----------
    amounts : array_like, shape (n,)
        Amount of each unit, with a total above 0.
    weights : array_like, shape (n,), optional
        Weight of each unit; by default equal.
    smallest : int
        Units that are needed at least.

    Raises
    ------
    RefusedError
        Missing or infinite amounts, a total of 0 or less, weights that are not above 0, or too few
        units.
    """
    values = numbers("the amounts", amounts)
    if values.size < smallest:
        raise RefusedError(f"there are {values.size} units", allowed=f"at least {smallest}")
    weight = np.ones(values.size) if weights is None else positive("weights", weights, values.size)
    weight = weight / weight.sum()
    if not weight @ values > 0:
        raise RefusedError(
            f"{values.size} amounts add up to zero or less: there is nothing to share out",
            allowed="amounts with a total above zero",
        )
    return values, weight


def fractional_rank(values: ArrayLike, weights: Floats) -> Floats:
    """Return the weighted fractional rank of each unit: the share below it plus half its equals.

    Parameters
    ----------
    values : array_like, shape (n,)
        What units are ordered by, from low to high; any type that sorts.
    weights : ndarray of float, shape (n,)
        Adding up to 1.

    Returns
    -------
    ndarray of float, shape (n,)
        Between 0 and 1; units with equal values have equal ranks, so order of rows is nothing.

    References
    ----------
    Lerman & Yitzhaki (1989), Journal of Econometrics 42:43.
    """
    levels, level = np.unique(np.asarray(values), return_inverse=True)
    size = np.bincount(level, weights, levels.size)
    return np.asarray((np.cumsum(size) - size / 2)[level])


def with_interval(estimate: float, influence: Floats, weights: Floats, level: float) -> Inequality:
    """Return a measure with its linearised standard error and logit interval.

    Notes
    -----
    ``V = n / (n - 1) sum_i (w_i z_i)^2``, w adding up to 1 and z the influence of each unit:
    units drawn independently, with replacement. Interval ``logit(g) -+ z se / (g (1 - g))``,
    back-transformed, so that it stays between 0 and 1. An estimate of 0 or 1 (or below 0, which a
    concentration index may be) gets the plain interval, one with a standard error of 0 none.
    """
    n = influence.size
    spread = float(np.sqrt(n / max(n - 1, 1) * np.sum((weights * influence) ** 2)))
    if not spread > 1e-12:  # all amounts equal, or one unit: the error cannot be known
        return Inequality(estimate, np.nan, np.nan, np.nan, influence, n)
    if not 0 < estimate < 1:
        return Inequality(
            estimate, spread, *interval(estimate, spread, np.inf, level), influence, n
        )
    slope = spread / (estimate * (1 - estimate))
    ends = interval(float(special.logit(estimate)), slope, np.inf, level)
    low, high = (float(special.expit(end)) for end in ends)
    return Inequality(estimate, spread, low, high, influence, n)
