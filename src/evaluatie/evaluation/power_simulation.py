"""The agreed tests, gate and max-T on studies drawn from the planning values.

Every drawn study gives each area a normal change with its planned variance, adds the effect that
the power is of, and is tested as the data will be: same assignments, same fixed sequence, same
step-down. Changes of different questions are drawn independently, which the agreements do not
state otherwise; people who answer all of them make real ones correlated, and max-T then gentler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from evaluatie.domain import Progress, QuestionType, no_progress
from evaluatie.evaluation.planning import Plan
from evaluatie.methods import (
    Alternative,
    Assignments,
    complete_assignments,
    cr1,
    drawn_differences,
    drawn_max_t,
    drawn_p,
    fit_clustered,
    paired_assignments,
    stepdown_max_t,
    wild_bootstrap,
)

Array = NDArray[np.float64]
BLOCK = 4_000_000  # numbers in memory at once: draws x questions x assignments
REACH_DRAWS = 100  # drawn studies for which every assignment is tried as the observed one, at most


@dataclass(frozen=True)
class Layout:
    """How labels were and could have been given; hashable.

    ``pairs`` is empty where any areas could have been the pilot.
    """

    treated: tuple[bool, ...]
    pairs: tuple[str, ...] = ()

    @property
    def assignments(self) -> Assignments:
        """Every assignment the design allows."""
        treated = np.array(self.treated)
        if self.pairs:
            return paired_assignments(treated, np.unique(self.pairs, return_inverse=True)[1])
        return complete_assignments(treated)


@dataclass(frozen=True)
class Drawn:
    """What the tests said in D drawn studies.

    Attributes
    ----------
    own : mapping of question -> (D,) bool
        The favourable claim holds by the question's own test, beside no other question.
    kept : mapping of question -> (D,) bool
        It holds after the fixed sequence or the step-down.
    reach : mapping of question -> share
        Drawn studies in which some assignment would have made the adjusted p reach alpha.
    """

    own: dict[str, NDArray[np.bool_]]
    kept: dict[str, NDArray[np.bool_]]
    reach: dict[str, float]


def simulate(
    plans: tuple[Plan, ...],
    order: tuple[str, ...],
    layout: Layout,
    alpha: float,
    draws: int,
    seed: int,
    progress: Progress = no_progress,
) -> Drawn:
    """Draw studies and test them as agreed.

    Parameters
    ----------
    plans : tuple of Plan
        Questions with a test; a question without planning values takes no part.
    order : tuple of str
        The fixed sequence. All other questions form the max-T family.
    layout : Layout
        Which areas are pilot, and which could have been.
    alpha : float
        Level of every agreed test.
    draws, seed : int
        Number of studies; the same seed gives the same answer.

    Notes
    -----
    Monte Carlo error of a share p: sqrt(p (1 - p) / draws).
    """
    data = [_changes(plan, layout, draws, seed) for plan in plans]
    assignments, own = layout.assignments, {}
    for k, plan in enumerate(plans):
        progress("Simulating", k, len(plans))
        own[plan.question] = _claims(plan, data[k], assignments)
    progress("Simulating", len(plans), len(plans))
    adjusted = _sequence(own, order)
    family = [k for k, plan in enumerate(plans) if plan.question not in order]
    adjusted |= _family(plans, data, family, assignments, own)
    return Drawn(
        {name: p <= alpha for name, p in own.items()},
        {name: p <= alpha for name, p in adjusted.items()},
        _reach(plans, data, family, assignments, alpha),
    )


@lru_cache(maxsize=8)
def simulated(
    plans: tuple[Plan, ...],
    order: tuple[str, ...],
    layout: Layout,
    alpha: float,
    draws: int,
    seed: int,
) -> Drawn:
    """Return `simulate` of these values, once per process: every report rests on the same draws."""
    return simulate(plans, order, layout, alpha, draws, seed)


def _changes(plan: Plan, layout: Layout, draws: int, seed: int) -> Array:
    """Draw the changes of the areas, shape (draws, G).

    A question has a stream of its own, so that it meets the same studies whatever stands beside it.
    """
    rng = np.random.default_rng([seed, crc32(plan.question.encode())])
    spread = np.sqrt(plan.variances)
    return rng.normal(size=(draws, len(spread))) * spread + plan.effect * np.array(layout.treated)


def _claims(plan: Plan, changes: Array, assignments: Assignments) -> Array:
    """Return the p of the favourable claim in every drawn study, shape (D,)."""
    better: Alternative = "greater" if plan.favourable > 0 else "less"
    worse: Alternative = "less" if plan.favourable > 0 else "greater"
    test = _wild_p if plan.test == "wild_bootstrap" else _randomisation_p
    if plan.type is QuestionType.SUPERIORITY:
        return test(plan, changes, assignments, 0.0, better)
    limit = -plan.favourable * plan.margin
    not_worse = test(plan, changes, assignments, limit, better)
    if plan.type is QuestionType.NON_INFERIORITY:
        return not_worse
    return np.maximum(not_worse, test(plan, changes, assignments, -limit, worse))


def _randomisation_p(
    plan: Plan, changes: Array, assignments: Assignments, null: float, side: Alternative
) -> Array:
    size = max(1, BLOCK // len(assignments.matrix))
    blocks = [changes[at : at + size] for at in range(0, len(changes), size)]
    weights = np.array(plan.weights)
    return np.concatenate([drawn_p(block, weights, assignments, null, side) for block in blocks])


def _wild_p(
    plan: Plan, changes: Array, assignments: Assignments, null: float, side: Alternative
) -> Array:
    """One bootstrap per drawn study: no shortcut is known, so this is the slow road."""
    arm = assignments.treated.astype(float)
    X = np.column_stack([np.ones(arm.size), arm])
    p = np.ones(len(changes))
    for d, change in enumerate(changes):
        fit = fit_clustered(change, X, np.arange(arm.size), ("1", "arm"), plan.weights)
        estimate = cr1(fit, "arm").estimate
        if estimate > null if side == "greater" else estimate < null:
            p[d] = wild_bootstrap(fit, "arm", null).p_value
    return p


def _sequence(own: dict[str, Array], order: Sequence[str]) -> dict[str, Array]:
    """Return the adjusted p of the fixed sequence: the running maximum."""
    adjusted: dict[str, Array] = {}
    highest: Array | None = None
    for name in order:
        if name in own:
            highest = own[name] if highest is None else np.maximum(highest, own[name])
            adjusted[name] = highest
    return adjusted


def _statistics(
    plans: Sequence[Plan], data: Sequence[Array], family: Sequence[int], assignments: Assignments
) -> Array:
    """Return absolute contrasts of the family under every assignment, shape (D, Q, A)."""
    return np.stack(
        [
            np.abs(drawn_differences(data[k], np.array(plans[k].weights), assignments))
            for k in family
        ],
        axis=1,
    )


def _family(
    plans: Sequence[Plan],
    data: Sequence[Array],
    family: Sequence[int],
    assignments: Assignments,
    own: dict[str, Array],
) -> dict[str, Array]:
    """Return the max-T adjusted p of the family, never below a question's own."""
    if not family:
        return {}
    draws = len(data[0])
    size = max(1, BLOCK // (len(assignments.matrix) * len(family)))
    parts = [
        drawn_max_t(
            _statistics(plans, [d[at : at + size] for d in data], family, assignments),
            assignments.observed,
        )
        for at in range(0, draws, size)
    ]
    table = np.concatenate(parts)
    names = [plans[k].question for k in family]
    return {name: np.maximum(table[:, k], own[name]) for k, name in enumerate(names)}


def _reach(
    plans: Sequence[Plan],
    data: Sequence[Array],
    family: Sequence[int],
    assignments: Assignments,
    alpha: float,
) -> dict[str, float]:
    """Return how often the data let a question of the family reach alpha at all."""
    if not family:
        return {}
    size = len(assignments.matrix) * len(family)
    few = [d[: min(REACH_DRAWS, max(10, BLOCK // (4 * size)))] for d in data]
    tables = _statistics(plans, few, family, assignments)
    floors = np.array([stepdown_max_t(table, assignments.observed)[1] for table in tables])
    share = (floors <= alpha).mean(axis=0)
    return {plans[k].question: float(share[i]) for i, k in enumerate(family)}
