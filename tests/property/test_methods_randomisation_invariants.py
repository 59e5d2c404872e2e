"""What must hold for randomisation inference whatever the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluatie.methods import (
    complete_assignments,
    fixed_sequence,
    paired_assignments,
    randomisation_interval,
    randomisation_test,
    stepdown_max_t,
)

ALTERNATIVES = ("two-sided", "greater", "less")


@st.composite
def studies(draw):
    """A few areas with changes, sizes and the assignments of their design."""
    if draw(st.booleans()):
        pairs = np.repeat(np.arange(draw(st.integers(2, 4))), 2)
        treated = np.tile([True, False], len(pairs) // 2)
        assignments = paired_assignments(treated, pairs)
    else:
        k, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
        assignments = complete_assignments(np.repeat([True, False], [k, m]))
    G = assignments.matrix.shape[1]
    change = draw(st.lists(st.integers(-20, 20), min_size=G, max_size=G))
    weights = draw(st.lists(st.sampled_from([1.0, 1.0, 2.5, 4.0]), min_size=G, max_size=G))
    return np.array(change, float), np.array(weights), assignments


@settings(deadline=None)
@given(studies(), st.sampled_from(ALTERNATIVES), st.floats(-5, 5))
def test_p_lies_between_the_attainable_and_one(study, alternative, null):
    test = randomisation_test(*study, null, alternative)
    assert test.p_attainable <= test.p_value + 1e-12
    assert test.p_value <= 1


@settings(deadline=None)
@given(studies(), st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_the_two_sided_interval_contains_the_estimate(study, level):
    low, high = randomisation_interval(*study, level)
    estimate = randomisation_test(*study).estimate
    assert low <= estimate + 1e-9
    assert estimate <= high + 1e-9


@settings(max_examples=60, deadline=None)
@given(studies(), st.sampled_from(ALTERNATIVES), st.sampled_from([0.5, 0.8, 0.9, 0.95]))
def test_the_interval_is_the_set_of_nulls_that_are_not_rejected(study, alternative, level):
    low, high = randomisation_interval(*study, level, alternative)
    grid = np.linspace(-60, 60, 37)
    ends = [end + step for end in (low, high) for step in (-1e-4, 1e-4) if np.isfinite(end)]
    for null in [*grid, *ends]:
        if min(abs(null - low), abs(null - high)) < 1e-6:
            continue
        p = randomisation_test(*study, null, alternative).p_value
        assert (p > 1 - level + 1e-9) == (low <= null <= high), (null, p, low, high)


@settings(deadline=None)
@given(studies(), st.randoms(use_true_random=False))
def test_the_order_of_the_areas_does_not_matter(study, random):
    change, weights, assignments = study
    order = list(range(len(change)))
    random.shuffle(order)
    if assignments.matrix.shape[0] == 2 ** (len(change) // 2):
        return  # pairs would have to move with their areas; complete assignments only
    turned = complete_assignments(assignments.treated[order])
    one = randomisation_test(change, weights, assignments)
    other = randomisation_test(change[order], weights[order], turned)
    assert one.p_value == other.p_value
    assert one.estimate == pytest.approx(other.estimate, abs=1e-9)


@settings(deadline=None)
@given(studies(), st.floats(-100, 100), st.sampled_from([0.01, 3.0, 1000.0]))
def test_units_and_a_common_trend_do_not_change_p(study, trend, unit):
    change, weights, assignments = study
    one = randomisation_test(change, weights, assignments)
    other = randomisation_test(unit * change + trend, weights, assignments)
    assert other.p_value == pytest.approx(one.p_value)
    assert other.estimate == pytest.approx(unit * one.estimate, abs=1e-9 * (1 + abs(trend)))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(-9, 9), min_size=6, max_size=6), min_size=1, max_size=4),
    st.integers(0, 19),
)
def test_adjusting_never_makes_a_p_smaller(changes, observed):
    assignments = complete_assignments([True] * 3 + [False] * 3)
    rows = [
        np.abs(randomisation_test(change, np.ones(6), assignments).statistics) for change in changes
    ]
    adjusted, attainable = stepdown_max_t(rows, observed)
    alone = [np.mean(row >= row[observed] - 1e-9 * max(row.max(), 1)) for row in rows]
    assert (adjusted >= np.array(alone) - 1e-12).all()
    assert (attainable <= adjusted + 1e-12).all()
    assert (attainable >= 2 / 20 - 1e-12).all()


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_a_fixed_sequence_never_falls_and_never_shrinks_a_p(p):
    adjusted = fixed_sequence(p)
    assert (adjusted >= p).all()
    assert (np.diff(adjusted) >= 0).all()
