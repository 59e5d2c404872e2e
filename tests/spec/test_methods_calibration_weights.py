"""Calibration weights on samples small enough to solve by hand."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import Distance, calibrate

ONE, SEX, AGE = np.ones(4), np.array([0, 0, 1, 1.0]), np.array([20, 40, 30, 70.0])
DISTANCES = pytest.mark.parametrize(
    ("distance", "bounds"),
    [(Distance.LINEAR, None), (Distance.RAKING, None), (Distance.LOGIT, (0.1, 5.0))],
)


@DISTANCES
def test_groups_are_poststratified_whatever_the_distance(distance, bounds):
    matrix = np.column_stack([1 - SEX, SEX])
    found = calibrate(ONE, matrix, [6, 4], distance, bounds)
    assert found.weights == pytest.approx([3, 3, 2, 2])
    assert found.corrections == pytest.approx(found.weights)


def test_linear_weights_give_the_regression_estimator():
    x, y = np.array([1, 2, 4, 5.0]), np.array([3, 4, 9, 8.0])
    matrix = np.column_stack([ONE, x])
    weights = calibrate(10 * ONE, matrix, [40, 160]).weights
    slope, constant = np.polyfit(x, y, 1)
    assert weights @ y == pytest.approx(40 * constant + 160 * slope)


def test_linear_weights_may_become_negative_and_bounds_forbid_it():
    matrix = np.column_stack([np.ones(6), [1, 2, 3, 4, 5, 6]])
    assert calibrate(np.ones(6), matrix, [6, 32]).weights.min() < 0
    bounded = calibrate(np.ones(6), matrix, [6, 32], bounds=(0.01, 4))
    assert bounded.weights.min() == pytest.approx(0.01)
    assert bounded.at_bounds > 0
    assert bounded.weights @ matrix == pytest.approx([6, 32])


@DISTANCES
def test_totals_that_already_hold_change_nothing(distance, bounds):
    matrix = np.column_stack([ONE, AGE])
    found = calibrate(2 * ONE, matrix, 2 * matrix.sum(axis=0), distance, bounds)
    assert found.corrections == pytest.approx(ONE)


def test_a_redundant_column_does_no_harm():
    matrix = np.column_stack([ONE, SEX, 1 - SEX])
    assert calibrate(ONE, matrix, [10, 4, 6]).weights == pytest.approx([3, 3, 2, 2])


def test_contradictory_totals_name_the_worst():
    matrix = np.column_stack([SEX, SEX])
    with pytest.raises(RefusedError, match=r"all 2 totals; total (one|other) stays .* off"):
        calibrate(ONE, matrix, [4, 6], names=("one", "other"))


def test_an_empty_group_cannot_be_calibrated():
    with pytest.raises(RefusedError, match="total men stays 83% off"):
        calibrate(ONE, np.column_stack([ONE, 0 * ONE]), [10, 5], names=("all", "men"))


def test_bounds_that_are_too_tight_are_refused_with_the_bounds():
    matrix = np.column_stack([1 - SEX, SEX])
    with pytest.raises(RefusedError, match=r"within bounds 0\.5 to 2; total number 1 stays"):
        calibrate(ONE, matrix, [6, 4], Distance.RAKING, (0.5, 2.0))


def test_bounds_must_leave_the_weights_as_they_are_possible():
    with pytest.raises(RefusedError, match="lower bound from 0 to 1 and an upper bound above 1"):
        calibrate(ONE, ONE[:, None], [4], Distance.RAKING, (1.1, 2))


def test_logit_needs_bounds():
    with pytest.raises(RefusedError, match="logit calibration needs bounds"):
        calibrate(ONE, ONE[:, None], [4], Distance.LOGIT)


def test_a_missing_calibration_variable_is_refused():
    with pytest.raises(RefusedError, match="one complete row per weight"):
        calibrate(ONE, np.array([[1], [1], [1], [np.nan]]), [4])
