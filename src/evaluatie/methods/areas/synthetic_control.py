"""Synthetic control and synthetic difference in differences: a weighted mix of donor areas.

With a handful of donors these describe; they do not test. Nothing here returns a p-value, and the
placebo spread is refused where there are not more donors than treated areas.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.simplex import frank_wolfe, simplex_least_squares
from evaluatie.methods.inputs import ENUMERATION_LIMIT, Booleans, Floats, numbers, positive

Solver = Literal["exact", "published"]
SMALLEST_BEFORE = 3
"""Periods before the start below which weights fit by accident."""
_ROUNDS, _FIRST_ROUNDS, _TINY, _ENOUGH = 10_000, 100, 1e-6, 1e-5


@dataclass(frozen=True)
class SyntheticEstimate:
    """The treated areas against a weighted mix of donors.

    Attributes
    ----------
    estimate : float
        Mean difference after the start, for `synthetic_did` minus the weighted difference before.
    unit_weights : ndarray of float, shape (N0,)
        Weight of each donor, in the order of the rows; at least 0, summing to 1.
    time_weights : ndarray of float, shape (T0,)
        Weight of each period before the start; all 0 for `synthetic_control`.
    gaps : ndarray of float, shape (T,)
        Treated minus mix in each period, minus the weighted mean gap before the start.
    misfit : float
        Root mean square of the gaps before the start, around their mean for `synthetic_did`: how
        badly the mix follows the treated areas while nothing was done.
    """

    estimate: float
    unit_weights: Floats
    time_weights: Floats
    gaps: Floats
    misfit: float


@dataclass(frozen=True)
class _Problem:
    """Donors first, then one row of treated areas; and how the weights are sought."""

    donors: Floats
    treated: Floats
    before: int
    n_treated: int
    noise: float
    solver: Solver

    @property
    def collapsed(self) -> Floats:
        """Periods before, and the mean after, shape (N0 + 1, T0 + 1)."""
        table = np.vstack([self.donors, self.treated])
        after = table[:, self.before :].mean(axis=1, keepdims=True)
        return np.hstack([table[:, : self.before], after])


def synthetic_control(
    values: ArrayLike,
    treated: ArrayLike,
    before: int,
    weights: ArrayLike | None = None,
    solver: Solver = "exact",
) -> SyntheticEstimate:
    """Compare treated areas with the mix of donors that resembled them most before the start.

    Parameters
    ----------
    values : array_like, shape (N, T)
        Outcome of each area in each period, in order of time.
    treated : array_like of bool, shape (N,)
        Which areas are treated; the others are the donors.
    before : int
        How many of the periods lie before the start, T0.
    weights : array_like, shape (N,), optional
        Size of the treated areas (residents) in their mean; by default equal.
    solver : {"exact", "published"}
        The optimum, or the early-stopped steps of the published software.

    Raises
    ------
    RefusedError
        No treated area, fewer than two donors, fewer than three periods before the start or none
        after it, missing values.

    Notes
    -----
    Weights w minimise ``sum_{t < T0} (y_tr,t - sum_j w_j y_jt)^2`` (+ an infinitesimal ridge) with
    ``w >= 0, sum w = 1``; the estimate is the mean gap after the start. Assumes that the mix would
    have gone on as the treated areas, that nothing spills over, and no levels outside those of the
    donors. Descriptive: no inference with few donors. Missing values are refused.

    References
    ----------
    Abadie, Diamond & Hainmueller (2010), JASA 105:493. ``published`` agrees with
    ``synthdid::sc_estimate``.
    """
    problem = _problem(values, treated, before, weights, solver)
    units = _units(problem, _TINY * problem.noise, intercept=False)
    return _estimate(problem, units, np.zeros(before))


def synthetic_did(
    values: ArrayLike,
    treated: ArrayLike,
    before: int,
    weights: ArrayLike | None = None,
    solver: Solver = "exact",
) -> SyntheticEstimate:
    """Compare changes, with donors and periods weighted to resemble the treated areas.

    Parameters
    ----------
    values, treated, before, weights, solver
        As in `synthetic_control`.

    Raises
    ------
    RefusedError
        As `synthetic_control`.

    Notes
    -----
    Unit weights minimise ``|intercept + Y_donors' w - y_tr|^2 + T0 zeta^2 |w|^2`` over the periods
    before, time weights the same over donors with their mean after the start as goal (ridge 1e-6);
    ``zeta = (N1 T1)^(1/4) sd(first differences of donors before)``. The estimate is the difference
    in differences with these weights. A lasting difference in level is allowed, unlike in
    `synthetic_control`. Descriptive: no inference with few donors. Missing values are refused.

    References
    ----------
    Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021), AER 111:4088, algorithm 1. ``published``
    agrees with ``synthdid::synthdid_estimate``; ``exact`` differs where that stops early.
    """
    problem = _problem(values, treated, before, weights, solver)
    return _did(problem, _zeta(problem), None)


def placebo_estimates(
    values: ArrayLike, treated: ArrayLike, before: int, solver: Solver = "exact"
) -> Floats:
    """Return `synthetic_did` for every way to pretend that donors were treated, among donors only.

    Parameters
    ----------
    values, treated, before, solver
        As in `synthetic_did`.

    Returns
    -------
    ndarray of float, shape (C(N0, N1),)
        Their spread (divisor n) is the placebo standard error; with one treated area and many
        donors, its place among them is a placebo test.

    Raises
    ------
    RefusedError
        Not more donors than treated areas, or too many combinations.

    Notes
    -----
    All N0 choose N1 combinations, not a draw of 200. Penalties (and with ``published`` the starting
    weights) are those of the real estimate. Assumes that treated areas would vary as donors do.

    References
    ----------
    Arkhangelsky et al. (2021), algorithm 4.
    """
    problem = _problem(values, treated, before, None, solver)
    N0, N1 = len(problem.donors), problem.n_treated
    if N0 <= N1:
        raise RefusedError(
            f"{N0} donors cannot stand in for {N1} treated areas",
            allowed="more donors than treated areas",
            remedy="describe the estimate without a standard error.",
        )
    if comb(N0, N1) > ENUMERATION_LIMIT:
        raise RefusedError(f"{comb(N0, N1):,} combinations of donors are too many to list")
    zeta, real = _zeta(problem), None
    if solver == "published":
        real = _did(problem, zeta, None)
    found = []
    for chosen in combinations(range(N0), N1):
        others = np.setdiff1d(np.arange(N0), chosen)
        pretended = _Problem(
            problem.donors[others],
            problem.donors[list(chosen)].mean(axis=0, keepdims=True),
            before,
            N1,
            problem.noise,
            solver,
        )
        start = None if real is None else (real.unit_weights[others], real.time_weights)
        found.append(_did(pretended, zeta, start).estimate)
    return np.array(found)


def _did(problem: _Problem, zeta: float, start: tuple[Floats, Floats] | None) -> SyntheticEstimate:
    units = _units(problem, zeta, intercept=True, start=None if start is None else start[0])
    donors = problem.collapsed[:-1]
    tiny = _TINY * problem.noise
    times = _weights(
        problem, donors, tiny, intercept=True, start=None if start is None else start[1]
    )
    return _estimate(problem, units, times)


def _zeta(problem: _Problem) -> float:
    after = problem.donors.shape[1] - problem.before
    return float((problem.n_treated * after) ** 0.25 * problem.noise)


def _units(
    problem: _Problem, zeta: float, *, intercept: bool, start: Floats | None = None
) -> Floats:
    table = problem.collapsed[:, :-1].T
    return _weights(problem, table, zeta, intercept=intercept, start=start)


def _weights(
    problem: _Problem, table: Floats, zeta: float, *, intercept: bool, start: Floats | None
) -> Floats:
    """Return the weights of the columns of ``table`` that resemble its last column."""
    if intercept:
        table = table - table.mean(axis=0)
    A, b, penalty = table[:, :-1], table[:, -1], len(table) * zeta**2
    if problem.solver == "exact":
        return simplex_least_squares(A, b, penalty)
    enough = (_ENOUGH * problem.noise) ** 2
    first = np.full(A.shape[1], 1 / A.shape[1]) if start is None else start / start.sum()
    rough = frank_wolfe(A, b, penalty, first, enough, _FIRST_ROUNDS)
    sparse = np.where(rough <= rough.max() / 4, 0.0, rough)
    return frank_wolfe(A, b, penalty, sparse / sparse.sum(), enough, _ROUNDS)


def _estimate(problem: _Problem, units: Floats, times: Floats) -> SyntheticEstimate:
    gaps = problem.treated[0] - units @ problem.donors
    gaps = gaps - times @ gaps[: problem.before]
    centre = gaps[: problem.before].mean() if times.any() else 0.0
    misfit = float(np.sqrt(((gaps[: problem.before] - centre) ** 2).mean()))
    return SyntheticEstimate(float(gaps[problem.before :].mean()), units, times, gaps, misfit)


def _problem(
    values: ArrayLike,
    treated: ArrayLike,
    before: int,
    weights: ArrayLike | None,
    solver: Solver,
) -> _Problem:
    table = np.atleast_2d(np.asarray(values, dtype=float))
    numbers("the outcome of the areas", table.ravel())
    arm: Booleans = np.asarray(treated, dtype=bool)
    if arm.shape != (len(table),):
        raise RefusedError(f"the arms have {arm.size} entries", allowed=f"{len(table)} areas")
    if not arm.any() or (~arm).sum() < 2:
        raise RefusedError(
            f"there are {int(arm.sum())} treated areas and {int((~arm).sum())} donors",
            allowed="at least one treated area and two donors",
        )
    if before < SMALLEST_BEFORE or table.shape[1] <= before:
        raise RefusedError(
            f"there are {before} periods before the start and {table.shape[1] - before} after it",
            allowed=f"at least {SMALLEST_BEFORE} before and one after",
        )
    size = np.ones(len(table)) if weights is None else positive("weights", weights, len(table))
    mean = size[arm] @ table[arm] / size[arm].sum()
    noise = float(np.std(np.diff(table[~arm, :before], axis=1), ddof=1))
    if not noise > 0:
        raise RefusedError("the donors do not vary before the start: nothing to resemble")
    return _Problem(table[~arm], mean[None, :], before, int(arm.sum()), noise, solver)
