"""Power of a comparison of few areas, before there are data: by formula and by enumeration.

The formula is Student's t on the changes of the areas; the simulation runs the agreed
randomisation test itself on changes that were drawn. Both take the largest level that the number
of assignments allows, not the nominal one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import floor

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate, optimize, stats

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.few_clusters import cr2, fit_clustered
from evaluatie.methods.areas.randomisation import TIE, Alternative, Assignments
from evaluatie.methods.inputs import Booleans, Floats, numbers, positive

FARTHEST = 1e6
"""Effect, in standard errors, beyond which a power counts as out of reach."""


@dataclass(frozen=True)
class PlannedContrast:
    """What the design makes of the spread of the areas.

    Attributes
    ----------
    std_error : float
        Expected standard error of treated minus control areas, unit of the change.
    df : float
        Bell-McCaffrey degrees of freedom of that contrast.
    level : float
        Largest two-sided level at or below alpha that the test can have; 0: none.
    """

    std_error: float
    df: float
    level: float


def change_variance(
    sd: ArrayLike,
    before: ArrayLike,
    after: ArrayLike,
    shared: ArrayLike = 0.0,
    correlation: float = 0.0,
    wave_sd: float = 0.0,
    deff: float = 1.0,
) -> Floats:
    """Return the expected variance of the change of an area's mean between two waves.

    Parameters
    ----------
    sd : float or array_like, shape (G,)
        Between people of one area at one wave.
    before, after : float or array_like, shape (G,)
        People per area at either wave.
    shared : float or array_like, shape (G,)
        People who are there at both waves, at most the smaller of the two.
    correlation : float
        Of one person's values at both waves.
    wave_sd : float
        SD of what happens to the mean of an area at one wave, independent between waves.
    deff : float
        Design effect of weights and households on the sampling part.

    Returns
    -------
    ndarray of float, shape (G,)

    Notes
    -----
    ``2 wave_sd^2 + deff sd^2 (1/n0 + 1/n1 - 2 r m / (n0 n1))`` with m shared people: the panel
    overlap takes away variance, the neighbourhood x wave part stays whatever the number of
    people. A static difference between areas differences out.

    References
    ----------
    Kish (1965), Survey Sampling, 12.4; Hooper et al. (2016), Stat. Med. 35:4718.
    """
    n0, n1, m = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in
                                      (before, after, shared)))  # fmt: skip
    if bool((n0 <= 0).any() or (n1 <= 0).any() or (m < 0).any() or (m > np.minimum(n0, n1)).any()):
        raise RefusedError(
            "the people at both waves must be at least none and at most those at either wave",
            remedy="lower the retention, or raise the number of people at the later wave.",
        )
    sampling = 1 / n0 + 1 / n1 - 2 * correlation * m / (n0 * n1)
    return np.asarray(2 * wave_sd**2 + deff * np.asarray(sd, float) ** 2 * sampling)


def planned_contrast(
    variances: ArrayLike, weights: ArrayLike, treated: ArrayLike, level: float
) -> PlannedContrast:
    """Return the expected standard error and degrees of freedom of treated minus control areas.

    Parameters
    ----------
    variances, weights : array_like, shape (G,)
        Variance of each area's change, and its weight in its arm.
    treated : array_like of bool, shape (G,)
        Arm of each area, two of each at least.
    level : float
        Result of `attainable_level`.

    Notes
    -----
    ``SE^2 = sum over arms of sum w^2 v / (sum w)^2``. The df are those of CR2 for this design:
    they depend on arms and weights alone, so any outcome gives them.
    """
    variance = positive("the variances", variances)
    weight = positive("the weights", weights, variance.size)
    arm = np.asarray(treated, dtype=bool)
    if min(arm.sum(), (~arm).sum()) < 2:
        raise RefusedError(
            "one area in an arm leaves no spread to judge a difference by",
            allowed="at least two areas in either arm",
        )
    square = sum(
        (weight[side] ** 2 * variance[side]).sum() / weight[side].sum() ** 2 for side in (arm, ~arm)
    )
    X = np.column_stack([np.ones(arm.size), arm.astype(float)])
    fit = fit_clustered(np.arange(arm.size) ** 2.0, X, np.arange(arm.size), ("1", "arm"), weight)
    return PlannedContrast(float(square) ** 0.5, cr2(fit, "arm").df, level)


def attainable_level(alpha: float, smallest: float) -> float:
    """Return the largest level at or below ``alpha`` of a test whose p is a multiple of a step.

    With 70 assignments a doubled one-sided p is 2/70, 4/70, ...: at alpha = 0.05 the level is 2/70.
    """
    return floor(alpha / smallest + 1e-9) * smallest


def claim_power(effect: float, planned: PlannedContrast) -> float:
    """Return the probability of a one-sided claim at half the level, by the noncentral t.

    Parameters
    ----------
    effect : float
        Distance of the true effect from the limit that the claim excludes, in its direction:
        the margin itself for superiority at the margin and for non-inferiority without harm.
    planned : PlannedContrast
        Standard error, df and level.

    Notes
    -----
    ``P(T(df, effect / SE) > t(1 - level / 2, df))``; 0 where no level can be reached.

    References
    ----------
    Agrees with R ``power.t.test`` for equal weights and variances; Donner & Klar (2000), ch. 5.
    """
    if planned.level <= 0:
        return 0.0
    limit = stats.t.ppf(1 - planned.level / 2, planned.df)
    return float(stats.nct.sf(limit, planned.df, effect / planned.std_error))


def equivalence_power(margin: float, planned: PlannedContrast) -> float:
    """Return the probability to show a difference within two margins when there is none.

    Parameters
    ----------
    margin : float
        Above zero, on either side.
    planned : PlannedContrast
        Standard error, df and level; either one-sided test has half the level.

    Notes
    -----
    Given the estimated SE r times the true one, both tests reject with probability
    ``max(0, 2 Phi(margin / SE - t r) - 1)``; integrated over ``df r^2 ~ chi2(df)``.

    References
    ----------
    Phillips (1990), J. Pharmacokinet. Biopharm. 18:137; Owen (1965), Biometrika 52:437.
    """
    if planned.level <= 0:
        return 0.0
    limit = stats.t.ppf(1 - planned.level / 2, planned.df)
    reach, df = margin / planned.std_error, planned.df

    def density(r: float) -> float:
        both = 2 * stats.norm.cdf(reach - limit * r) - 1
        return float(both * 2 * df * r * stats.chi2.pdf(df * r**2, df))

    edges = np.linspace(0.0, reach / limit, 9)  # in parts: the density may be narrow
    parts = (integrate.quad(density, a, b)[0] for a, b in pairwise(edges))
    return float(min(1.0, sum(parts)))


def detectable(planned: PlannedContrast, power: float = 0.8, both_sides: bool = False) -> float:
    """Return the effect that is shown with this probability; infinite where none is.

    Solves `claim_power`, or with ``both_sides`` `equivalence_power`, for the effect: both grow
    with it.
    """
    if not 0 < power < 1:
        raise RefusedError("a power lies between 0 and 1", allowed="e.g. 0.8")
    if planned.level <= 0:
        return float("inf")
    chance = equivalence_power if both_sides else claim_power

    def gap(ncp: float) -> float:
        return chance(ncp * planned.std_error, planned) - power

    far = 1.0
    while gap(far) < 0:
        far *= 2
        if far > FARTHEST:
            return float("inf")
    if gap(0.0) > 0:
        return 0.0
    return float(optimize.brentq(gap, 0.0, far, xtol=1e-10)) * planned.std_error


def with_areas(planned: PlannedContrast, areas: int, per_arm: int, level: float) -> PlannedContrast:
    """Return the contrast with ``per_arm`` areas in either arm instead of ``areas`` in all.

    The areas to come are taken to be as variable and as unequal as those of the design:
    ``SE sqrt(areas / (2 k))``, df in proportion to 2 k - 2; ``level`` is that of the new design.
    """
    scale = (areas / (2 * per_arm)) ** 0.5
    df = planned.df * (2 * per_arm - 2) / (areas - 2)
    return PlannedContrast(planned.std_error * scale, df, level)


def drawn_differences(changes: ArrayLike, weights: ArrayLike, assignments: Assignments) -> Floats:
    """Return the contrast of many drawn studies under every assignment in one matrix product.

    Parameters
    ----------
    changes : array_like, shape (D, G)
        Changes of G areas in D drawn studies.
    weights : array_like, shape (G,)
        As in `randomisation.difference`.

    Returns
    -------
    ndarray of float, shape (D, A)
    """
    y = np.atleast_2d(np.asarray(changes, dtype=float))
    numbers("the drawn changes", y.ravel())
    return np.asarray(y @ _contrasts(positive("the area weights", weights, y.shape[1]),
                                     assignments.matrix).T)  # fmt: skip


def drawn_p(
    changes: ArrayLike,
    weights: ArrayLike,
    assignments: Assignments,
    null: float,
    alternative: Alternative,
) -> Floats:
    """Return the doubled one-sided p of many drawn studies, shape (D,).

    As twice `randomisation_test` of every row (at most 1); ``two-sided`` is the smaller of both
    doubled sides. Tested against it row by row.
    """
    y = np.atleast_2d(np.asarray(changes, dtype=float)) - null * assignments.treated
    statistics = drawn_differences(y, weights, assignments)
    largest = np.maximum(np.abs(y).max(axis=1), np.abs(statistics).max(axis=1))
    gap = statistics - statistics[:, [assignments.observed]]
    tolerance = TIE * np.maximum(largest, abs(null))[:, None]
    above, below = (gap >= -tolerance).mean(axis=1), (gap <= tolerance).mean(axis=1)
    side = {"greater": above, "less": below, "two-sided": np.minimum(above, below)}[alternative]
    return np.asarray(np.minimum(1.0, 2 * side))


def _contrasts(weights: Floats, matrix: Booleans) -> Floats:
    """Return the weight of every area in the contrast of every assignment, shape (A, G)."""
    inside, outside = matrix * weights, ~matrix * weights
    return np.asarray(
        inside / inside.sum(axis=1, keepdims=True) - outside / outside.sum(axis=1, keepdims=True)
    )
