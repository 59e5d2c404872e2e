"""Power of few areas: closed forms, brute force over people, and the agreed test row by row."""

import numpy as np
import pytest
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    attainable_level,
    change_variance,
    claim_power,
    complete_assignments,
    detectable,
    difference,
    drawn_differences,
    drawn_max_t,
    drawn_p,
    equivalence_power,
    paired_assignments,
    planned_contrast,
    randomisation_test,
    stepdown_max_t,
    with_areas,
)

FOUR_BY_FOUR = complete_assignments(np.repeat([True, False], 4))
TREATED = FOUR_BY_FOUR.treated
SIZES = np.array([41.0, 53, 32, 24, 49, 27, 31, 44])
EQUAL = np.ones(8)


def test_variance_of_a_change_is_that_of_people_drawn_one_by_one():
    rng, n0, n1, shared, r, wave_sd = np.random.default_rng(1), 30, 20, 12, 0.6, 0.5
    draws = 40_000
    own = rng.normal(size=(draws, n0)) * 2
    again = r * own[:, :shared] + np.sqrt(1 - r**2) * rng.normal(size=(draws, shared)) * 2
    fresh = rng.normal(size=(draws, n1 - shared)) * 2
    later = np.concatenate([again, fresh], axis=1)
    shocks = rng.normal(size=(draws, 2)) * wave_sd
    change = later.mean(axis=1) + shocks[:, 1] - own.mean(axis=1) - shocks[:, 0]
    planned = change_variance(2, n0, n1, shared, r, wave_sd)
    assert planned.shape == (1,)
    assert change.var() == pytest.approx(planned[0], rel=4 * np.sqrt(2 / draws))


def test_a_full_panel_with_perfect_memory_leaves_what_happens_to_the_area():
    assert change_variance(9, 50, 50, 50, 0.999999, 0.5)[0] == pytest.approx(0.5, rel=1e-4)
    assert change_variance(9, 50, 50, deff=2.0)[0] == pytest.approx(2 * 81 * 2 / 50)


def test_more_shared_people_than_there_are_is_refused():
    with pytest.raises(RefusedError, match="at most those at either wave"):
        change_variance(1, 50, 40, 45)


def test_the_level_is_a_multiple_of_the_smallest_p():
    assert attainable_level(0.05, 2 / 70) == pytest.approx(2 / 70)
    assert attainable_level(0.06, 2 / 70) == pytest.approx(4 / 70)
    assert attainable_level(0.05, 0.05) == pytest.approx(0.05)
    assert attainable_level(0.05, 2 / 6) == 0


def test_without_a_level_nothing_can_be_shown():
    planned = planned_contrast(np.ones(4), np.ones(4), [True, True, False, False], 0.0)
    assert claim_power(100, planned) == 0
    assert detectable(planned) == np.inf


def test_one_area_in_an_arm_is_refused():
    with pytest.raises(RefusedError, match="at least two areas in either arm"):
        planned_contrast(np.ones(3), np.ones(3), [True, False, False], 0.05)


def test_standard_error_of_a_weighted_contrast_is_that_of_drawn_ones():
    variances = np.linspace(0.5, 2, 8)
    planned = planned_contrast(variances, SIZES, TREATED, 0.05)
    rng = np.random.default_rng(2)
    drawn = rng.normal(size=(40_000, 8)) * np.sqrt(variances)
    found = drawn_differences(drawn, SIZES, FOUR_BY_FOUR)[:, FOUR_BY_FOUR.observed]
    assert found.std() == pytest.approx(planned.std_error, rel=0.015)
    assert planned.df < 6  # unequal sizes cost degrees of freedom


def test_detectable_is_the_effect_with_that_power():
    planned = planned_contrast(np.ones(8), SIZES, TREATED, 2 / 70)
    for power in (0.5, 0.8, 0.95):
        assert claim_power(detectable(planned, power), planned) == pytest.approx(power)
    assert detectable(planned, 1e-6) == 0  # below half the level no effect is needed
    assert claim_power(0, planned) == pytest.approx(1 / 70)
    with pytest.raises(RefusedError, match="between 0 and 1"):
        detectable(planned, 1.0)


@pytest.mark.parametrize("margin", [0.5, 1.0, 2.0, 3.5])
def test_power_of_equivalence_is_the_share_of_drawn_t_tests_that_show_it(margin):
    planned = planned_contrast(np.ones(8), EQUAL, TREATED, 0.1)
    rng = np.random.default_rng(9)
    x = rng.normal(size=(20_000, 8))
    gap = x[:, TREATED].mean(axis=1) - x[:, ~TREATED].mean(axis=1)
    within = (x[:, TREATED].var(axis=1, ddof=1) + x[:, ~TREATED].var(axis=1, ddof=1)) / 4
    reach = stats.t.ppf(0.95, 6) * np.sqrt(within)
    share = (np.abs(gap) + reach <= margin).mean()
    assert equivalence_power(margin, planned) == pytest.approx(share, abs=4 * 0.5 / 141)
    assert equivalence_power(margin, planned) >= 2 * claim_power(margin, planned) - 1 - 1e-9


def test_the_margin_that_equivalence_needs():
    planned = planned_contrast(np.ones(8), EQUAL, TREATED, 0.05)
    needed = detectable(planned, 0.8, both_sides=True)
    assert equivalence_power(needed, planned) == pytest.approx(0.8)
    assert needed > detectable(planned, 0.8)
    assert equivalence_power(40.0, planned) == pytest.approx(1.0)
    without = planned_contrast(np.ones(4), np.ones(4), [True, True, False, False], 0.0)
    assert equivalence_power(5, without) == 0


def test_more_areas_of_the_same_kind_scale_the_standard_error():
    four = planned_contrast(np.ones(8), EQUAL, TREATED, 0.05)
    eight = with_areas(four, 8, 8, 0.05)
    arms = np.arange(16) < 8
    exact = planned_contrast(np.ones(16), np.ones(16), arms, 0.05)
    assert (eight.std_error, eight.df) == pytest.approx((exact.std_error, exact.df))


@pytest.mark.parametrize("weights", [EQUAL, SIZES])
@pytest.mark.parametrize("null", [0.0, -0.7])
@pytest.mark.parametrize("arms", [FOUR_BY_FOUR, paired_assignments(TREATED, [0, 1, 2, 3] * 2)])
def test_drawn_p_is_the_agreed_test_of_every_drawn_study(weights, null, arms):
    changes = np.random.default_rng(3).normal(size=(25, 8)).round(1)  # rounded: with ties
    up = drawn_p(changes, weights, arms, null, "greater")
    down = drawn_p(changes, weights, arms, null, "less")
    both = drawn_p(changes, weights, arms, null, "two-sided")
    for d, change in enumerate(changes):
        one = [randomisation_test(change, weights, arms, null, side).p_value
               for side in ("greater", "less")]  # fmt: skip
        assert (up[d], down[d]) == pytest.approx(tuple(min(1, 2 * p) for p in one))
        assert both[d] == pytest.approx(min(1, 2 * min(one)))
        assert drawn_differences(change, weights, arms)[0] == pytest.approx(
            difference(change, weights, arms)
        )


@pytest.mark.parametrize("questions", [1, 2, 5])
def test_drawn_max_t_is_the_step_down_of_every_drawn_study(questions):
    rng = np.random.default_rng(4)
    scale = np.array([1, 1000, 0.01, 3, 7])[:questions, None]
    changes = rng.normal(size=(30, questions, 8)) * scale
    tables = np.abs(
        np.stack([drawn_differences(c, SIZES, FOUR_BY_FOUR) for c in changes])
    )  # (D, Q, A)
    found = drawn_max_t(tables, FOUR_BY_FOUR.observed)
    for table, p in zip(tables, found, strict=True):
        assert p == pytest.approx(stepdown_max_t(table, FOUR_BY_FOUR.observed)[0])


@pytest.mark.parametrize("weights", [EQUAL, SIZES])
@pytest.mark.parametrize("effect", [1.0, 2.0, 3.5])
def test_formula_agrees_with_the_enumerated_test(weights, effect):
    """Within four Monte Carlo errors and 0.05, what the t distribution is off for a test by lot."""
    planned = planned_contrast(np.ones(8), weights, TREATED, attainable_level(0.05, 2 / 70))
    changes = np.random.default_rng(5).normal(size=(4_000, 8)) + effect * TREATED
    share = (drawn_p(changes, weights, FOUR_BY_FOUR, 0.0, "greater") <= 0.05).mean()
    by_formula = claim_power(effect, planned)
    assert abs(share - by_formula) < 0.05 + 4 * np.sqrt(by_formula * (1 - by_formula) / 4_000)


def test_under_no_effect_the_enumerated_test_has_its_level():
    changes = np.random.default_rng(6).normal(size=(20_000, 8))
    share = (drawn_p(changes, SIZES, FOUR_BY_FOUR, 0.0, "greater") <= 0.05).mean()
    assert stats.binomtest(int(share * 20_000), 20_000, 1 / 70).pvalue > 1e-4
