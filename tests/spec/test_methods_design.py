"""Design-based estimates against formulas written out by hand."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    Calibration,
    Design,
    Residuals,
    design_change,
    design_mean,
    interval,
    logit_interval,
)

VALUES = np.array([2.0, 4, 6, 12])


def test_without_clusters_the_standard_error_is_s_over_root_n():
    found = design_mean(VALUES, np.ones(4), np.zeros(4), range(4))
    assert (found.estimate, found.df, found.n) == (6, 3, 4)
    assert found.std_error == pytest.approx(VALUES.std(ddof=1) / 2)
    assert found.deff == pytest.approx(1)


def test_two_people_of_a_household_count_as_one_unit():
    twice = np.repeat(VALUES, 2)
    found = design_mean(twice, np.ones(8), np.zeros(8), np.repeat(range(4), 2))
    assert found.std_error == pytest.approx(VALUES.std(ddof=1) / 2)
    assert (found.n, found.n_clusters, found.df) == (8, 4, 3)


def test_a_household_label_in_two_areas_means_two_households():
    found = design_mean(VALUES, np.ones(4), ["a", "a", "b", "b"], ["h1", "h2", "h1", "h2"])
    assert (found.n_clusters, found.df) == (4, 2)


def test_a_missing_value_leaves_the_domain_only():
    found = design_mean([2, 4, np.nan, 12], np.ones(4), np.zeros(4), range(4))
    assert (found.estimate, found.n) == (6, 3)
    residuals = np.array([-4, -2, 0, 6]) / 3
    assert found.std_error == pytest.approx(np.sqrt(4 / 3 * (residuals**2).sum()))


def test_margins_that_explain_everything_leave_no_variance():
    calibration = Calibration(np.column_stack([np.ones(4), VALUES]))
    found = design_mean(VALUES, np.ones(4), np.zeros(4), range(4), calibration)
    assert found.std_error == pytest.approx(0, abs=1e-12)


def test_both_residual_conventions_coincide_with_equal_design_weights():
    X, w = np.eye(2)[[0, 0, 1, 1]], np.array([1.0, 2, 3, 4])
    rake = Calibration(X, Residuals.RAKE)
    calibrate = Calibration(X, Residuals.CALIBRATE, np.full(4, 7.0))
    one, other = (design_mean(VALUES, w, np.zeros(4), range(4), c) for c in (rake, calibrate))
    assert one.std_error == pytest.approx(other.std_error)


def test_change_of_the_same_people_is_a_paired_difference():
    before, after = np.array([1.0, 5, 6, 8]), np.array([3.0, 6, 9, 10])
    later = np.repeat([False, True], 4)
    found = design_change(
        np.r_[before, after], np.ones(8), np.zeros(8), np.tile(range(4), 2), later
    )
    gain = after - before
    assert found.estimate == pytest.approx(gain.mean())
    assert found.std_error == pytest.approx(gain.std(ddof=1) / 2)
    assert found.deff < 1


def test_change_of_different_people_adds_both_variances():
    before, after = np.array([1.0, 5, 6, 8]), np.array([3.0, 6, 9])
    later = np.repeat([False, True], [4, 3])
    found = design_change(np.r_[before, after], np.ones(7), np.zeros(7), range(7), later)
    apart = 7 / 6 * (before.var() / 4 + after.var() / 3)
    assert found.std_error == pytest.approx(np.sqrt(apart))
    assert found.deff == pytest.approx(1)


def test_one_household_gives_no_standard_error():
    with pytest.raises(RefusedError, match="no degrees of freedom"):
        design_mean([1, 2], [1, 1], [0, 0], ["h", "h"])


def test_an_empty_domain_is_refused():
    with pytest.raises(RefusedError, match="no respondent in the domain"):
        design_mean([np.nan, 2], [1, 1], [0, 0], [0, 1], domain=[True, False])


def test_a_design_answers_many_questions():
    design = Design.of(np.ones(4), np.zeros(4), range(4))
    assert design.mean(VALUES).estimate * 4 == design.total(VALUES).estimate


def test_interval_is_the_t_interval():
    assert interval(10, 2, 12, 0.95) == pytest.approx((10 - 2 * 2.178813, 10 + 2 * 2.178813))


def test_a_share_of_nobody_gets_the_exact_binomial_bound():
    low, high = logit_interval(0, 0, 19, 0.95, n=20)
    assert low == 0
    assert (1 - high) ** 20 == pytest.approx(0.025)
    assert logit_interval(1, 0, 19, 0.95, n=20) == pytest.approx((1 - high, 1))
