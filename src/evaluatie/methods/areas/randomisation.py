"""Randomisation inference over every assignment of areas that could have been made.

With few areas the exact distribution is small enough to list. The areas were chosen, not drawn by
lot, so a p-value here is a benchmark: how unusual the observed contrast is among all ways to
divide the same areas. Each p comes with the smallest p that this number of areas can give.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import (
    ENUMERATION_LIMIT,
    Booleans,
    Floats,
    codes,
    numbers,
    positive,
)

Alternative = Literal["two-sided", "greater", "less"]

TIE = 1e-10
"""Statistics closer than this, relative to the largest, count as equal."""


@dataclass(frozen=True)
class Assignments:
    """All assignments of the areas to treatment, the observed one among them.

    Attributes
    ----------
    matrix : ndarray of bool, shape (A, G)
        Row a: which of the G areas are treated under assignment a.
    observed : int
        Row of the assignment that took place.
    """

    matrix: Booleans
    observed: int

    @property
    def treated(self) -> Booleans:
        """Areas that were treated, shape (G,)."""
        return np.asarray(self.matrix[self.observed])

    @property
    def mirrored(self) -> bool:
        """Whether the exchange of both arms is also an assignment of the set."""
        return bool((self.matrix == ~self.treated).all(axis=1).any())

    def attainable(self, alternative: Alternative = "two-sided") -> float:
        """Return the smallest p any data could give with these assignments.

        The exchange of both arms has the same absolute contrast, so a two-sided p is at least
        2 / A when it is in the set; otherwise, and one-sided, 1 / A.
        """
        ties = 2 if alternative == "two-sided" and self.mirrored else 1
        return ties / len(self.matrix)


@dataclass(frozen=True)
class RandomisationTest:
    """An exact test of one contrast.

    Attributes
    ----------
    estimate : float
        Weighted mean of treated minus control areas, in the unit of the change.
    p_value : float
        Share of assignments with a statistic at least as extreme as observed.
    p_attainable : float
        Smallest p this set of assignments can give.
    statistics : ndarray of float, shape (A,)
        Contrast under each assignment of the change minus the null effect.
    """

    estimate: float
    p_value: float
    p_attainable: float
    statistics: Floats


def complete_assignments(treated: ArrayLike) -> Assignments:
    """List all ways to choose equally many treated areas.

    Parameters
    ----------
    treated : array_like of bool, shape (G,)
        Areas that were treated.

    Returns
    -------
    Assignments
        C(G, k) rows.

    Raises
    ------
    RefusedError
        No treated or no control area, or more than 100,000 assignments.
    """
    actual = _both_arms(treated)
    G, k = actual.size, int(actual.sum())
    _within_limit(comb(G, k))
    chosen = np.array(list(combinations(range(G), k)))
    matrix = np.zeros((len(chosen), G), dtype=bool)
    matrix[np.arange(len(chosen))[:, None], chosen] = True
    return Assignments(matrix, _row_of(matrix, actual))


def paired_assignments(treated: ArrayLike, pairs: ArrayLike) -> Assignments:
    """List all ways to treat one area of each matched pair.

    Parameters
    ----------
    treated : array_like of bool, shape (G,)
        Areas that were treated.
    pairs : array_like, shape (G,)
        Pair of each area; each pair has exactly one treated and one control area.

    Returns
    -------
    Assignments
        2^(G/2) rows.

    Raises
    ------
    RefusedError
        A pair without exactly one area per arm, or more than 100,000 assignments.
    """
    actual = _both_arms(treated)
    pair, count = codes("the pairs", pairs, actual.size)
    sizes = np.bincount(pair, minlength=count)
    if bad := int(((sizes != 2) | (np.bincount(pair, actual, count) != 1)).sum()):
        raise RefusedError(
            f"{bad} of {count} pairs do not consist of one treated and one control area"
        )
    _within_limit(2**count)
    swap = np.array(list(product([False, True], repeat=count)))
    return Assignments(actual ^ swap[:, pair], 0)


def difference(change: ArrayLike, weights: ArrayLike, assignments: Assignments) -> Floats:
    """Return the weighted mean of treated minus control areas under every assignment.

    Parameters
    ----------
    change : array_like, shape (G,)
        Change of each area.
    weights : array_like, shape (G,)
        Size of each area in its arm (residents), or ones; above zero.
    assignments : Assignments
        A assignments of G areas.

    Returns
    -------
    ndarray of float, shape (A,)
    """
    G = assignments.matrix.shape[1]
    y, w = numbers("the change of the areas", change, G), positive("the area weights", weights, G)
    arms = assignments.matrix.astype(float)
    in_treated, size = arms @ (w * y), arms @ w
    return np.asarray(in_treated / size - ((w * y).sum() - in_treated) / (w.sum() - size))


def randomisation_test(
    change: ArrayLike,
    weights: ArrayLike,
    assignments: Assignments,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
) -> RandomisationTest:
    """Test the sharp hypothesis that treatment changed every treated area by ``null``.

    Parameters
    ----------
    change, weights, assignments
        As in `difference`.
    null : float
        Effect under the hypothesis, in the unit of the change.
    alternative : {"two-sided", "greater", "less"}
        What counts as extreme: large absolute, large, or small statistics.

    Returns
    -------
    RandomisationTest

    Notes
    -----
    ``p = #{a: s_a >= s_obs} / A`` with ``s = difference(change - null * treated)``, the observed
    assignment included, ties counted (within 1e-10 of the largest change). Exact when areas are
    exchangeable under the hypothesis; discrete, hence conservative. A missing change is refused.

    References
    ----------
    Fisher (1935); Rosenbaum (2002), Observational Studies, ch. 2; MacKinnon & Webb (2020),
    J. Econometrics 218:435 on few treated clusters.
    """
    y = numbers("the change of the areas", change, assignments.matrix.shape[1])
    estimate = float(difference(y, weights, assignments)[assignments.observed])
    statistics = difference(y - null * assignments.treated, weights, assignments)
    extreme = toward(statistics, alternative)
    tolerance = TIE * max(float(np.abs(y).max()), float(np.abs(statistics).max()), abs(null))
    p_value = float(np.mean(extreme >= extreme[assignments.observed] - tolerance))
    return RandomisationTest(estimate, p_value, assignments.attainable(alternative), statistics)


def randomisation_interval(
    change: ArrayLike,
    weights: ArrayLike,
    assignments: Assignments,
    level: float,
    alternative: Alternative = "two-sided",
) -> tuple[float, float]:
    """Return the effects that `randomisation_test` does not reject, exactly.

    Parameters
    ----------
    change, weights, assignments
        As in `difference`.
    level : float
        Confidence level, e.g. 0.95; an effect is rejected when p <= 1 - level.
    alternative : {"two-sided", "greater", "less"}
        ``greater`` gives a lower bound and an infinite upper end, ``less`` the reverse.

    Returns
    -------
    (float, float)
        Closed interval; infinite ends where the smallest attainable p exceeds 1 - level.

    Notes
    -----
    Under assignment a the statistic at effect t is ``d_a - t c_a`` with ``c_a`` the contrast of
    the observed treatment indicator; observed: ``d - t``. Two-sided, a counts toward p(t) where
    ``|d_a - t c_a| >= |d - t|``: for ``|c_a| < 1`` the closed interval between the breakpoints
    ``(d - d_a)/(1 - c_a)`` and ``(d + d_a)/(1 + c_a)``, which contains d; for the observed
    assignment and its mirror image, everywhere. So p(t) falls step by step on both sides of d, and
    with ``m = floor(A (1 - level))`` the ends are the (m+1)-th largest upper and (m+1)-th smallest
    lower breakpoint. One-sided only the first breakpoint matters. O(A log A), no search.
    """
    d_all = difference(change, weights, assignments)
    c_all = difference(assignments.treated.astype(float), weights, assignments)
    return inverted(d_all, c_all, assignments.observed, level, alternative)


def inverted(
    statistics: Floats,
    shifts: Floats,
    observed: int,
    level: float,
    alternative: Alternative = "two-sided",
) -> tuple[float, float]:
    """Return the effects t at which ``statistics - t * shifts`` does not single out the observed.

    Parameters
    ----------
    statistics : ndarray of float, shape (A,)
        Contrast under every assignment.
    shifts : ndarray of float, shape (A,)
        What one unit of effect adds to it; 1 for the observed assignment, within -1..1 elsewhere.
    observed : int
        Which assignment took place.
    level, alternative
        As in `randomisation_interval`, whose notes give the computation.
    """
    d_all, c_all, d = statistics, shifts, statistics[observed]
    tolerated = int(np.floor(len(d_all) * (1 - level) + 1e-9))
    if tolerated >= len(d_all):
        raise RefusedError("the level of an interval must lie above 0", allowed="e.g. 0.95")
    never = c_all >= 1 - 1e-12  # the observed assignment: ties with itself at every effect
    with np.errstate(divide="ignore", invalid="ignore"):
        same = np.where(never, np.nan, (d - d_all) / (1 - c_all))
    if alternative == "greater":
        return float(np.sort(np.where(never, -np.inf, same))[tolerated]), np.inf
    if alternative == "less":
        return -np.inf, float(np.sort(np.where(never, np.inf, same))[::-1][tolerated])
    always = never | (c_all <= -1 + 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        other = np.where(always, np.nan, (d + d_all) / (1 + c_all))
    lower = np.where(always, -np.inf, np.minimum(same, other))
    upper = np.where(always, np.inf, np.maximum(same, other))
    return float(np.sort(lower)[tolerated]), float(np.sort(upper)[::-1][tolerated])


def toward(statistics: Floats, alternative: Alternative) -> Floats:
    """Turn statistics so that larger means further toward the alternative."""
    if alternative == "two-sided":
        return np.abs(statistics)
    return statistics if alternative == "greater" else -statistics


def _both_arms(treated: ArrayLike) -> Booleans:
    actual = np.asarray(treated, dtype=bool)
    if actual.ndim != 1 or not actual.any() or actual.all():
        raise RefusedError(
            "a contrast needs treated and comparison areas; one of the two is empty",
            remedy="name at least one area on each side in analysis/study.yml.",
        )
    return actual


def _within_limit(count: int) -> None:
    if count > ENUMERATION_LIMIT:
        raise RefusedError(
            f"{count:,} assignments are too many to list", allowed=f"at most {ENUMERATION_LIMIT:,}"
        )


def _row_of(matrix: Booleans, actual: Booleans) -> int:
    return int(np.flatnonzero((matrix == actual).all(axis=1))[0])
