"""Difference in differences where the answer can be counted on paper."""

import numpy as np
import pytest
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    EFFECT,
    area_difference,
    cr2,
    doubly_robust_panel,
    doubly_robust_sections,
    event_study,
    fit_clustered,
    trend_difference,
    two_by_two,
    two_way,
)
from evaluatie.methods.areas.area_adjustment import residualise

RNG = np.random.default_rng(7)
AREA = np.repeat(np.arange(6), 8)  # six areas, two periods, four people each
POST = np.tile(np.repeat([False, True], 4), 6)
PILOT = AREA < 3
Y = 10 + AREA + 2.0 * POST + 3.0 * (PILOT & POST) + RNG.normal(size=48)


def mean(rows):
    return Y[rows].mean()


# ---- two by two ----------------------------------------------------------------------------------


def test_two_by_two_is_the_difference_of_two_changes():
    fit = two_by_two(Y, PILOT, POST, AREA)
    by_hand = (mean(PILOT & POST) - mean(PILOT & ~POST)) - (
        mean(~PILOT & POST) - mean(~PILOT & ~POST)
    )
    assert fit.coefficients[fit.position(EFFECT)] == pytest.approx(by_hand)


def test_a_covariate_that_explains_everything_leaves_the_planted_effect():
    x = RNG.normal(size=48) + PILOT * POST  # unlike people after the start
    y = 1.0 + 2.0 * POST + 3.0 * (PILOT & POST) + 5.0 * x
    fit = two_by_two(y, PILOT, POST, AREA, {"x": x})
    assert fit.coefficients[fit.position(EFFECT)] == pytest.approx(3.0)


def test_one_cluster_in_an_arm_is_refused():
    with pytest.raises(RefusedError, match=r"the treated arm has 1 cluster: nothing shows how"):
        two_by_two(Y, AREA == 0, POST, AREA)
    with pytest.raises(RefusedError, match=r"the comparison arm has 0 clusters"):
        two_by_two(Y, np.ones(48), POST, AREA)


def test_a_cluster_that_is_partly_treated_is_refused():
    with pytest.raises(RefusedError, match="1 of 6 clusters are partly treated"):
        two_by_two(Y, PILOT | ((AREA == 4) & POST), POST, AREA)


def test_an_empty_wave_is_refused():
    with pytest.raises(RefusedError, match="no treated rows before the start"):
        two_by_two(Y, PILOT, POST | PILOT, AREA)


# ---- two-way fixed effects and event study -------------------------------------------------------

WAVE = np.tile(np.arange(4), 12)
UNIT = np.repeat(np.arange(12), 4)
HOOD = UNIT // 2
LATE = (HOOD < 3) & (WAVE > 0)
KEPT = RNG.uniform(size=48) > 0.15  # unbalanced
Z = RNG.normal(size=48) + WAVE * (HOOD < 3)
W = RNG.uniform(0.5, 2, 48)


def test_absorbed_constants_give_what_dummies_of_the_units_give():
    columns = {"constant": np.ones(48), EFFECT: LATE, "z": Z}
    columns |= {f"unit{u}": u == UNIT for u in range(1, 12)}
    columns |= {f"wave{w}": w == WAVE for w in range(1, 4)}
    X = np.column_stack(list(columns.values())).astype(float)
    dummies = fit_clustered(Y[KEPT], X[KEPT], HOOD[KEPT], list(columns), W[KEPT])
    terms = {EFFECT: LATE[KEPT], "z": Z[KEPT]}
    absorbed = two_way(Y[KEPT], terms, UNIT[KEPT], WAVE[KEPT], HOOD[KEPT], W[KEPT])
    assert absorbed.cr1_factor == pytest.approx(dummies.cr1_factor)
    for term in (EFFECT, "z"):
        one, other = cr2(absorbed, term), cr2(dummies, term)
        assert one.estimate == pytest.approx(other.estimate)
        assert one.std_error == pytest.approx(other.std_error)
        assert one.df == pytest.approx(other.df)


def test_a_unit_in_two_clusters_is_refused():
    with pytest.raises(RefusedError, match="1 units lie in more than one cluster"):
        two_way(Y, {EFFECT: LATE}, UNIT, WAVE, np.where((UNIT == 1) & (WAVE == 3), 5, HOOD))


def test_a_treatment_that_never_changes_cannot_be_told_from_the_units():
    with pytest.raises(RefusedError, match="cannot be told apart"):
        two_way(Y, {EFFECT: HOOD < 3}, UNIT, WAVE, HOOD)


def test_event_study_is_the_difference_in_each_wave_minus_that_in_the_reference():
    study = event_study(Y, HOOD < 3, WAVE, UNIT, HOOD, reference=1)
    means = [[Y[(HOOD < 3) == arm][WAVE[(HOOD < 3) == arm] == w].mean() for w in range(4)]
             for arm in (True, False)]  # fmt: skip
    gap = np.subtract(*means)
    assert list(study.terms) == [0, 2, 3]
    for wave in study.terms:
        assert study.test(wave).estimate == pytest.approx(gap[wave] - gap[1])
        assert study.test(wave).n_clusters == 6


def test_event_study_refuses_a_reference_that_is_not_there():
    with pytest.raises(RefusedError, match="needs the reference period 9"):
        event_study(Y, HOOD < 3, WAVE, UNIT, HOOD, reference=9)
    study = event_study(Y, HOOD < 3, WAVE, UNIT, HOOD, reference=0)
    with pytest.raises(RefusedError, match="no difference for period 0\nAllowed: 1, 2, 3"):
        study.test(0)


# ---- the trend before the start ------------------------------------------------------------------


def test_slopes_of_straight_lines_are_compared_exactly():
    years = np.array([0.0, 0.5, 1.5, 2.0])
    slopes = np.array([1.0, 2.0, 3.0, 0.0, 1.0])
    lines = RNG.normal(size=5)[:, None] + slopes[:, None] * years
    found = trend_difference(lines, years, [1, 1, 1, 0, 0])
    assert found.estimate == pytest.approx(1.5)
    welch = stats.ttest_ind(slopes[:3], slopes[3:], equal_var=False)
    assert found.estimate / found.std_error == pytest.approx(welch.statistic)


def test_an_area_difference_with_equal_areas_is_the_t_test_of_welch():
    values = RNG.normal(size=9)
    found = area_difference(values, np.arange(9) < 4)
    welch = stats.ttest_ind(values[:4], values[4:], equal_var=False)
    assert found.estimate / found.std_error == pytest.approx(welch.statistic)
    weighted = area_difference(values, np.arange(9) < 4, np.arange(1, 10))
    means = [np.average(values[r], weights=np.arange(1, 10)[r]) for r in (range(4), range(4, 9))]
    assert weighted.estimate == pytest.approx(means[0] - means[1])


def test_two_periods_are_no_trend():
    with pytest.raises(RefusedError, match="there are 2 periods before the start"):
        trend_difference(np.ones((4, 2)), [0, 1], [1, 1, 0, 0])


def test_one_area_in_an_arm_and_areas_that_do_not_differ_are_refused():
    with pytest.raises(RefusedError, match="the treated arm has 1 cluster"):
        area_difference([1, 2, 3], [1, 0, 0])
    with pytest.raises(RefusedError, match="do not vary"):
        area_difference([1, 1, 2, 2], [0, 0, 1, 1])


# ---- covariates of people ------------------------------------------------------------------------


def test_what_covariates_explain_within_comparison_areas_is_taken_off():
    x = RNG.normal(size=(48, 1))
    y = 4.0 + AREA + 3.0 * x[:, 0]
    left = residualise(y, x, AREA, ~PILOT)
    np.testing.assert_allclose(left, 4.0 + AREA + 3.0 * x.mean())
    np.testing.assert_array_equal(residualise(y, np.empty((48, 0)), AREA, ~PILOT), y)


def test_pilot_people_do_not_enter_the_slopes():
    x = RNG.normal(size=(48, 1))
    y = np.where(PILOT, -7.0, 3.0) * x[:, 0]
    left = residualise(y, x, AREA, ~PILOT)
    np.testing.assert_allclose(left[~PILOT], 3.0 * x.mean())


def test_a_covariate_without_variation_in_comparison_areas_is_refused():
    with pytest.raises(RefusedError, match="24 people in 3 comparison areas do not tell 1 cov"):
        residualise(Y, PILOT.astype(float)[:, None], AREA, ~PILOT)
    with pytest.raises(RefusedError, match="no people in comparison areas"):
        residualise(Y, np.ones((48, 1)), AREA, np.zeros(48))


# ---- doubly robust -------------------------------------------------------------------------------

NONE = np.empty((48, 0))


def test_without_covariates_it_is_the_weighted_difference_in_differences():
    w = RNG.uniform(0.5, 2, 48)
    fit = two_by_two(Y, PILOT, POST, AREA, weights=w)
    found = doubly_robust_sections(Y, PILOT, POST, NONE, w)
    assert found.estimate == pytest.approx(fit.coefficients[fit.position(EFFECT)])
    assert found.influence.mean() == pytest.approx(0)
    assert found.imbalance_after == 0


def test_without_covariates_the_panel_estimate_has_the_error_of_two_means():
    change, arm = Y[:20], np.arange(20) < 8
    found = doubly_robust_panel(change, arm, np.empty((20, 0)))
    parts = [change[rows].var() / rows.sum() for rows in (arm, ~arm)]
    assert found.estimate == pytest.approx(change[arm].mean() - change[~arm].mean())
    assert found.std_error == pytest.approx(np.sqrt(sum(parts)))


def test_a_right_outcome_model_is_enough():
    """The outcome is a straight line of x, the propensity no logistic one: the effect is exact."""
    x = RNG.uniform(-2, 2, 400)
    arm = (np.abs(x) < 1) ^ (RNG.uniform(size=400) < 0.2)  # not monotone in x
    post = np.arange(400) % 2 == 1
    change = 1.0 + 2.0 * x + 5.0 * arm
    assert doubly_robust_panel(change, arm, x[:, None]).estimate == pytest.approx(5.0)
    y = 3.0 - x + post * (1.0 + 2.0 * x) + 5.0 * (arm & post)
    assert doubly_robust_sections(y, arm, post, x[:, None]).estimate == pytest.approx(5.0)


def test_a_right_propensity_is_enough():
    """Odds of 1, 2 and 4 are a logistic line of x; the outcome is none: the effect is exact."""
    x = np.repeat([0.0, 1.0, 2.0], [8, 12, 20])
    arm = np.concatenate([np.arange(n) < k for n, k in ((8, 4), (12, 8), (20, 16))])
    change = x**3 - 4 * (x == 1) + 5.0 * arm
    found = doubly_robust_panel(change, arm, x[:, None])
    assert found.estimate == pytest.approx(5.0)
    assert found.imbalance_before > 0.3
    assert found.imbalance_after == pytest.approx(0, abs=1e-9)
    assert found.effective_comparison == pytest.approx((4 + 8 + 16) ** 2 / (4 + 16 + 64))
    plain = doubly_robust_panel(change, arm, np.empty((40, 0))).estimate
    assert abs(plain - 5.0) > 0.5


def test_perfect_separation_is_refused():
    x = PILOT + RNG.uniform(0, 0.5, 48)
    with pytest.raises(RefusedError, match="separate treated from comparison people"):
        doubly_robust_sections(Y, PILOT, POST, x[:, None])


def test_too_few_people_in_a_cell_and_twins_among_covariates_are_refused():
    twins = np.column_stack([Z, 2 * Z])
    with pytest.raises(RefusedError, match="the covariates cannot be told apart"):
        doubly_robust_panel(Y, PILOT, twins)
    many = RNG.normal(size=(48, 12))
    with pytest.raises(RefusedError, match=r"people (before|after) the start do not tell 12 cov"):
        doubly_robust_sections(Y, RNG.permutation(PILOT), POST, many)


def test_an_empty_arm_and_a_missing_covariate_are_refused():
    with pytest.raises(RefusedError, match="one of the two is empty"):
        doubly_robust_panel(Y, np.ones(48), NONE)
    with pytest.raises(RefusedError, match="the covariates has 1 missing"):
        doubly_robust_panel(Y, PILOT, np.where(np.arange(48) == 3, np.nan, Z)[:, None])
