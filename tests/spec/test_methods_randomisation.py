"""Randomisation inference where the answer can be counted on paper."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    adjusted_randomisation_test,
    complete_assignments,
    difference,
    paired_assignments,
    randomisation_interval,
    randomisation_test,
)

PILOT = np.repeat([True, False], 4)
FOUR_BY_FOUR = complete_assignments(PILOT)
EQUAL = np.ones(8)


def test_four_by_four_has_seventy_assignments_with_the_actual_one_among_them():
    assert FOUR_BY_FOUR.matrix.shape == (70, 8)
    assert (FOUR_BY_FOUR.treated == PILOT).all()
    assert len(np.unique(FOUR_BY_FOUR.matrix, axis=0)) == 70


def test_complete_separation_gives_the_smallest_attainable_p():
    change = [5, 6, 7, 8, 1, 2, 3, 4]
    two = randomisation_test(change, EQUAL, FOUR_BY_FOUR)
    one = randomisation_test(change, EQUAL, FOUR_BY_FOUR, alternative="greater")
    assert (two.estimate, two.p_value, two.p_attainable) == (4, 2 / 70, 2 / 70)
    assert (one.p_value, one.p_attainable) == (1 / 70, 1 / 70)


def test_the_rank_sum_distribution_is_that_of_wilcoxon():
    # ranks 4, 6, 7, 8 sum to 25; of the 70 sums of four ranks only 5+6+7+8 is larger
    test = randomisation_test([4, 6, 7, 8, 1, 2, 3, 5], EQUAL, FOUR_BY_FOUR)
    assert test.p_value == 4 / 70


def test_no_difference_has_p_one():
    assert randomisation_test(EQUAL, EQUAL, FOUR_BY_FOUR).p_value == 1


def test_less_is_greater_of_the_opposite_change():
    change = np.array([3, -1, 4, 1, -5, 9, 2, -6.0])
    less = randomisation_test(change, EQUAL, FOUR_BY_FOUR, alternative="less")
    greater = randomisation_test(-change, EQUAL, FOUR_BY_FOUR, alternative="greater")
    assert less.p_value == greater.p_value


def test_a_null_effect_is_taken_off_the_treated_areas():
    change = np.array([5, 6, 7, 8, 1, 2, 3, 4.0])
    shifted = randomisation_test(change, EQUAL, FOUR_BY_FOUR, null=4)
    assert shifted.estimate == 4
    assert shifted.p_value == 1
    assert shifted.statistics[FOUR_BY_FOUR.observed] == pytest.approx(0)


def test_without_the_mirror_image_the_smallest_p_is_one_assignment():
    two_of_six = complete_assignments([True, True, False, False, False, False])
    assert len(two_of_six.matrix) == 15
    assert two_of_six.attainable() == 1 / 15


def test_residents_weigh_the_areas_of_an_arm():
    found = difference([1, 4, 0, 6], [3, 1, 1, 2], complete_assignments([1, 1, 0, 0]))
    assert found[0] == pytest.approx((3 * 1 + 1 * 4) / 4 - (1 * 0 + 2 * 6) / 3)


def test_pairs_are_swapped_within_the_pair_only():
    pairs = paired_assignments([True, False, False, True], ["a", "a", "b", "b"])
    assert pairs.matrix.shape == (4, 4)
    assert (pairs.matrix[:, :2].sum(axis=1) == 1).all()
    assert pairs.attainable() == 2 / 4


def test_an_unbalanced_pair_is_refused():
    with pytest.raises(RefusedError, match="1 of 2 pairs do not consist of one treated"):
        paired_assignments([True, True, False, True], ["a", "a", "b", "b"])


def test_interval_has_infinite_ends_where_its_level_is_out_of_reach():
    change = [5, 6, 7, 8, 1, 2, 3, 4]
    assert randomisation_interval(change, EQUAL, FOUR_BY_FOUR, 0.98) == (-np.inf, np.inf)
    low, high = randomisation_interval(change, EQUAL, FOUR_BY_FOUR, 0.95)
    assert low > 0
    assert high < np.inf


def test_interval_of_two_by_two_by_hand():
    # assignments 12 34 | 13 24 | 14 23 and their mirror images; observed 12 against 34, d = 7
    change, arms = [10, 8, 1, 3], complete_assignments([1, 1, 0, 0])
    # each of the four others has c_a = 0, so breakpoints 7 - d_a and 7 + d_a
    others = [(10 + 1) / 2 - (8 + 3) / 2, (10 + 3) / 2 - (8 + 1) / 2]
    ends = sorted(abs(d) for d in others)
    assert randomisation_interval(change, np.ones(4), arms, 0.6) == (7 - ends[1], 7 + ends[1])
    assert randomisation_interval(change, np.ones(4), arms, 0.3) == (7 - ends[0], 7 + ends[0])


def test_one_sided_interval_is_bounded_on_one_side():
    change = [5, 6, 7, 8, 1, 2, 3, 4]
    low, high = randomisation_interval(change, EQUAL, FOUR_BY_FOUR, 0.95, "greater")
    assert high == np.inf
    at = randomisation_test(change, EQUAL, FOUR_BY_FOUR, low, "greater").p_value
    below = randomisation_test(change, EQUAL, FOUR_BY_FOUR, low - 1e-6, "greater").p_value
    assert below <= 0.05 < at


@pytest.mark.parametrize("treated", [[True, True], [False, False]])
def test_an_empty_arm_is_refused(treated):
    with pytest.raises(RefusedError, match="one of the two is empty"):
        complete_assignments(treated)


def test_too_many_assignments_are_refused_with_their_number():
    with pytest.raises(RefusedError, match="184,756 assignments"):
        complete_assignments(np.arange(20) < 10)


def test_a_missing_change_is_refused():
    with pytest.raises(RefusedError, match="change of the areas has 1 missing"):
        randomisation_test([np.nan, *range(7)], EQUAL, FOUR_BY_FOUR)


# ---- covariates, estimated again for every assignment --------------------------------------------

RNG = np.random.default_rng(5)
HOOD = np.repeat(np.arange(6), [3, 4, 3, 5, 4, 3])
EXPOSURE = RNG.uniform(0.5, 1.5, HOOD.size)
X = np.column_stack([np.ones(HOOD.size), RNG.normal(size=HOOD.size)])
OUTCOME = RNG.normal(size=HOOD.size) + X[:, 1]
SIZE = RNG.uniform(0.5, 2, HOOD.size)
THREE_BY_THREE = complete_assignments(np.arange(6) < 3)


def regression(treated, null):
    """The coefficient of exposure x treated, in one weighted regression."""
    actual = EXPOSURE * THREE_BY_THREE.treated[HOOD]
    table = np.column_stack([X, EXPOSURE * treated[HOOD]]) * np.sqrt(SIZE)[:, None]
    return np.linalg.lstsq(table, (OUTCOME - null * actual) * np.sqrt(SIZE), rcond=None)[0][-1]


@pytest.mark.parametrize("null", [0.0, 0.4])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_each_assignment_gets_its_own_regression(null, alternative):
    statistics = np.array([regression(row, null) for row in THREE_BY_THREE.matrix])
    found = adjusted_randomisation_test(
        OUTCOME, X, EXPOSURE, HOOD, THREE_BY_THREE, SIZE, null, alternative
    )
    turn = {"two-sided": np.abs, "greater": np.positive, "less": np.negative}[alternative]
    extreme = turn(statistics)
    assert found.statistics == pytest.approx(statistics)
    assert found.estimate == pytest.approx(statistics[THREE_BY_THREE.observed] + null)
    assert found.p_value == np.mean(extreme >= extreme[THREE_BY_THREE.observed] - 1e-12)
    assert found.p_attainable == THREE_BY_THREE.attainable(alternative)


def test_a_constant_alone_is_the_difference_in_means():
    change = np.array([5, 6, 7, 8, 1, 2, 3, 4.0])
    ones = np.ones((8, 1))
    adjusted = adjusted_randomisation_test(change, ones, EQUAL, np.arange(8), FOUR_BY_FOUR)
    plain = randomisation_test(change, EQUAL, FOUR_BY_FOUR)
    assert adjusted.p_value == plain.p_value
    assert adjusted.statistics == pytest.approx(plain.statistics)


def test_covariates_that_follow_the_areas_leave_nothing_to_estimate():
    areas = np.eye(6)[HOOD]
    with pytest.raises(RefusedError, match="under 20 of 20 assignments the covariates leave no"):
        adjusted_randomisation_test(OUTCOME, areas, np.ones(HOOD.size), HOOD, THREE_BY_THREE)


def test_rows_of_other_areas_than_those_assigned_are_refused():
    with pytest.raises(RefusedError, match="the rows are of 6 areas"):
        adjusted_randomisation_test(OUTCOME, X, EXPOSURE, HOOD, FOUR_BY_FOUR)
