"""Several questions at once, against a naive step-down written out."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    complete_assignments,
    fixed_sequence,
    intersection_union,
    p_adjust,
    randomisation_test,
    stepdown_max_t,
)

FOUR_BY_FOUR = complete_assignments(np.repeat([True, False], 4))
OBSERVED = FOUR_BY_FOUR.observed


def absolute(change):
    return np.abs(randomisation_test(change, np.ones(8), FOUR_BY_FOUR).statistics)


def naive(T, observed):
    """Westfall & Young algorithm 4.1, one step at a time."""
    T = T / np.sqrt((T**2).mean(axis=1, keepdims=True))
    order = list(np.argsort(-T[:, observed], kind="stable"))
    adjusted, previous = np.empty(len(T)), 0.0
    for k, q in enumerate(order):
        reached = T[order[k:]].max(axis=0) >= T[q, observed] - 1e-9
        previous = max(previous, reached.mean())
        adjusted[q] = previous
    return adjusted


def test_a_fixed_sequence_is_a_running_maximum():
    assert fixed_sequence([0.01, 0.04, 0.02, 0.3]).tolist() == [0.01, 0.04, 0.04, 0.3]


def test_a_question_that_could_not_be_tested_ends_the_sequence():
    adjusted = fixed_sequence([0.01, np.nan, 0.02])
    assert adjusted[0] == 0.01
    assert np.isnan(adjusted[1])
    assert adjusted[2] == 1


def test_one_question_keeps_its_own_p():
    change = [4, 6, 7, 8, 1, 2, 3, 5]
    adjusted, attainable = stepdown_max_t([absolute(change)], OBSERVED)
    assert adjusted == [4 / 70]
    assert attainable == [2 / 70]


def test_identical_questions_cost_nothing():
    row = absolute([5, 6, 7, 8, 1, 2, 3, 4])
    adjusted, attainable = stepdown_max_t([row, 1000 * row, row], OBSERVED)
    assert adjusted.tolist() == [2 / 70] * 3
    assert attainable.tolist() == [2 / 70] * 3


@pytest.mark.parametrize("seed", range(5))
def test_step_down_equals_the_naive_algorithm_for_every_assignment(seed):
    rng = np.random.default_rng(seed)
    T = np.array([absolute(rng.normal(size=8) * scale) for scale in (1, 100, 0.1, 7)])
    adjusted, attainable = stepdown_max_t(T, OBSERVED)
    every = np.array([naive(T, a) for a in range(70)])
    assert adjusted == pytest.approx(every[OBSERVED])
    assert attainable == pytest.approx(every.min(axis=0))


def test_a_question_may_be_unable_to_reach_what_it_could_alone():
    # the second row never tops the first anywhere, and the first is flat enough not to be rejected
    T = np.abs(np.array([[9.0, 9, 8, 8], [1.0, 3, 2, 2]]))
    _, attainable = stepdown_max_t(T, 1)
    assert attainable[1] <= attainable[0]


def test_a_constant_row_is_never_significant():
    adjusted, attainable = stepdown_max_t([np.zeros(70), absolute(range(8))], OBSERVED)
    assert adjusted[0] == 1
    assert attainable[0] == 1


def test_a_missing_statistic_is_refused():
    with pytest.raises(RefusedError, match="leave that question out"):
        stepdown_max_t([[1.0, np.nan]], 0)


def test_an_intersection_union_claims_only_what_every_test_claims():
    assert intersection_union([0.01, 0.04]) == 0.04
    assert intersection_union([0.2]) == 0.2
    assert np.isnan(intersection_union([0.01, np.nan]))
    with pytest.raises(RefusedError, match="p-value of each of its claims"):
        intersection_union([])
    with pytest.raises(RefusedError, match="outside 0 to 1"):
        intersection_union([0.1, 1.2])


def test_an_intersection_union_keeps_the_level_where_one_claim_is_only_just_false():
    """The worst case: one null is true, the other false beyond doubt (Berger 1982, theorem 2)."""
    rng = np.random.default_rng(1)
    true_null, false_null = rng.uniform(size=20_000), np.zeros(20_000)
    rejected = np.mean(
        [intersection_union(p) <= 0.05 for p in zip(true_null, false_null, strict=True)]
    )
    assert rejected == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 20_000))


def test_classical_corrections_refuse_what_is_no_p():
    assert p_adjust([0.01, 0.5], "holm").tolist() == [0.02, 0.5]
    with pytest.raises(RefusedError, match="outside 0 to 1"):
        p_adjust([0.1, -0.1], "BH")
    with pytest.raises(RefusedError, match="missing"):
        p_adjust([0.1, np.nan], "BH")
