"""Cost per gain: the incremental ratio, when it has no meaning, and its intervals."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, numbers


class Quadrant(StrEnum):
    """Where a difference in cost and effect lies on the cost-effectiveness plane."""

    DEARER_BETTER = "dearer_better"  # north-east: the ratio is a price of one unit of gain
    CHEAPER_BETTER = "cheaper_better"  # south-east: dominant, no ratio
    CHEAPER_WORSE = "cheaper_worse"  # south-west: the ratio is a saving per unit of loss
    DEARER_WORSE = "dearer_worse"  # north-west: dominated, no ratio
    NO_EFFECT = "no_effect"  # no difference in effect: nothing to divide by


class Shape(StrEnum):
    """What the set of ratios that the data do not exclude looks like."""

    BOUNDED = "bounded"  # between two limits
    EXCLUSIVE = "exclusive"  # everything but what lies between two limits
    UNBOUNDED = "unbounded"  # every ratio there is


@dataclass(frozen=True)
class Increment:
    """Mean difference in cost and effect with their joint uncertainty.

    Attributes
    ----------
    cost, effect : float
        Difference, in euros and in units of effect.
    cost_variance, effect_variance, covariance : float
        Of the two estimates.
    df : float
        Degrees of freedom of the variances; infinite for the normal distribution.
    """

    cost: float
    effect: float
    cost_variance: float
    effect_variance: float
    covariance: float
    df: float = float("inf")

    def __post_init__(self) -> None:
        """Refuse what is no covariance matrix."""
        values = (self.cost, self.effect, self.cost_variance, self.effect_variance, self.covariance)
        numbers("the increment", values)
        product = self.cost_variance * self.effect_variance
        if min(self.cost_variance, self.effect_variance) < 0 or (
            self.covariance**2 > product * (1 + 1e-9)
        ):
            raise RefusedError("the variances of cost and effect form no covariance matrix")
        if not self.df > 0:
            raise RefusedError(f"{self.df:g} degrees of freedom", allowed="above 0")

    @property
    def correlation(self) -> float:
        """Correlation of the two estimates; 0 where one of them does not vary."""
        product = self.cost_variance * self.effect_variance
        return float(self.covariance / np.sqrt(product)) if product > 0 else 0.0


@dataclass(frozen=True)
class RatioInterval:
    """The ratios that the data do not exclude.

    Attributes
    ----------
    shape : Shape
    low, high : float
        The limits; infinite on both sides unless the shape is ``bounded``.
    """

    shape: Shape
    low: float
    high: float


def quadrant(cost: float, effect: float) -> Quadrant:
    """Return where a difference lies; a saving or a cost of exactly zero counts as a saving."""
    if effect == 0:
        return Quadrant.NO_EFFECT
    if effect > 0:
        return Quadrant.DEARER_BETTER if cost > 0 else Quadrant.CHEAPER_BETTER
    return Quadrant.DEARER_WORSE if cost > 0 else Quadrant.CHEAPER_WORSE


def ratio(cost: float, effect: float) -> float:
    """Return cost per unit of effect, ``cost / effect``.

    Raises
    ------
    RefusedError
        The difference does not lie where a ratio has a meaning: a negative ratio means "cheaper
        and better" as well as "dearer and worse", and nothing is divided by no effect.
    """
    where = quadrant(cost, effect)
    if where not in (Quadrant.DEARER_BETTER, Quadrant.CHEAPER_WORSE):
        raise RefusedError(
            f"a ratio has no meaning here: {where.replace('_', ' and ')}",
            allowed="dearer and better (price of a gain), cheaper and worse (saving per loss)",
        )
    return cost / effect


def quadrant_shares(cost: ArrayLike, effect: ArrayLike) -> dict[Quadrant, float]:
    """Return the share of replicates in each quadrant.

    Parameters
    ----------
    cost, effect : array_like, shape (B,)
        Replicates of the differences, in pairs.

    Notes
    -----
    No effect counts as worse, no difference in cost as cheaper: the four shares sum to one.
    """
    dc = numbers("the cost replicates", cost)
    de = numbers("the effect replicates", effect, dc.size)
    better, dearer = de > 0, dc > 0
    return {
        Quadrant.DEARER_BETTER: float((better & dearer).mean()),
        Quadrant.CHEAPER_BETTER: float((better & ~dearer).mean()),
        Quadrant.CHEAPER_WORSE: float((~better & ~dearer).mean()),
        Quadrant.DEARER_WORSE: float((~better & dearer).mean()),
    }


def fieller_interval(increment: Increment, critical: float) -> RatioInterval:
    """Return every ratio R for which cost - R x effect is not excluded.

    Parameters
    ----------
    increment : Increment
        Differences with their covariance.
    critical : float
        Quantile of the normal or t distribution, e.g. 1.96.

    Notes
    -----
    Solves ``A R^2 - 2 B R + C <= 0`` with ``A = e^2 - z^2 v_e``, ``B = e c - z^2 v_ce``,
    ``C = c^2 - z^2 v_c``. A > 0, the effect differs from zero: a bounded interval. A < 0: all
    ratios but those between two limits, or all of them; both limits are then infinite. A bounded
    interval may hold negative ratios; what those mean depends on the quadrant.

    References
    ----------
    Fieller (1954), JRSS B 16:175; Willan & O'Brien (1996), Health Econ 5:297.
    """
    squared = critical**2
    a = increment.effect**2 - squared * increment.effect_variance
    b = increment.effect * increment.cost - squared * increment.covariance
    c = increment.cost**2 - squared * increment.cost_variance
    inside = b**2 - a * c
    if a > 0 and inside >= 0:
        root = float(np.sqrt(inside))
        return RatioInterval(Shape.BOUNDED, (b - root) / a, (b + root) / a)
    shape = Shape.EXCLUSIVE if inside > 0 and a < 0 else Shape.UNBOUNDED
    return RatioInterval(shape, -np.inf, np.inf)


def bootstrap_ratio_interval(
    cost: ArrayLike, effect: ArrayLike, at: tuple[float, float], level: float = 0.95
) -> RatioInterval:
    """Return the ratios of the central wedge of bootstrap replicates.

    Parameters
    ----------
    cost, effect : array_like, shape (B,)
        Replicates of the differences, in pairs.
    at : (float, float)
        The estimated difference in cost and in effect.
    level : float
        Share of the replicates in the wedge.

    Notes
    -----
    Replicates are ordered by their angle around the origin, starting from the estimate, and the
    same number is left out on either side: replicates with equal ratios in opposite quadrants stay
    apart, which percentiles of the ratio itself would mix. A wedge that reaches past no effect has
    unbounded ratios.

    References
    ----------
    Obenchain et al. (1997), J Biopharm Stat 7:419.
    """
    dc = numbers("the cost replicates", cost)
    de = numbers("the effect replicates", effect, dc.size)
    scale = np.array([dc.std() or 1.0, de.std() or 1.0])  # an angle must not hang on the unit
    middle = np.arctan2(at[0] / scale[0], at[1] / scale[1])
    turn = np.arctan2(dc / scale[0], de / scale[1]) - middle
    turn = (turn + np.pi) % (2 * np.pi) - np.pi
    low, high = (middle + np.quantile(turn, q) for q in ((1 - level) / 2, (1 + level) / 2))
    right = np.cos(middle) > 0
    inside = (np.cos([low, high]) > 0) if right else (np.cos([low, high]) < 0)
    if high - low >= np.pi or not inside.all():
        return RatioInterval(Shape.UNBOUNDED, -np.inf, np.inf)
    ends = np.tan([low, high]) * scale[0] / scale[1]
    return RatioInterval(Shape.BOUNDED, float(ends.min()), float(ends.max()))


def replicates(increment: Increment, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Return draws of the differences from their joint t (or normal) distribution.

    Returns
    -------
    (cost, effect) : ndarray of float, shape (draws,) each
    """
    rng = np.random.default_rng(seed)
    spread = np.array(
        [
            [increment.cost_variance, increment.covariance],
            [increment.covariance, increment.effect_variance],
        ]
    )
    values, vectors = np.linalg.eigh(spread)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = rng.standard_normal((draws, 2)) @ root.T
    if np.isfinite(increment.df):
        normal *= np.sqrt(increment.df / rng.chisquare(increment.df, draws))[:, None]
    return increment.cost + normal[:, 0], increment.effect + normal[:, 1]
