"""R topic 01: survey::rake, trimWeights, Kish, and standard errors after calibration."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import (
    Calibration,
    Margin,
    Residuals,
    design_mean,
    design_total,
    effective_n,
    kish_deff,
    rake,
    trim,
)

R = values("01_weights")
SCHOOLS = table("apiclus1.csv")
ONE = np.ones(len(SCHOOLS))


def margin(column: str) -> Margin:
    cells = R["margins"][column]
    codes = SCHOOLS[column].map({name: i for i, name in enumerate(cells)})
    return Margin(column, codes.to_numpy(), np.array(list(cells.values()), float))


def indicators() -> np.ndarray:
    stype, wide = SCHOOLS["stype"], SCHOOLS["sch.wide"]
    return np.column_stack([ONE, stype == "H", stype == "M", wide == "Yes"]).astype(float)


@pytest.fixture(scope="module")
def raked() -> np.ndarray:
    margins = [margin("stype"), margin("sch.wide")]
    return rake(SCHOOLS["pw"], margins, tolerance=1e-13).weights


def test_raked_weights_are_those_of_survey_rake(raked):
    assert raked == agrees(R["rake_weights"])


def test_strict_trimming_is_that_of_survey_trimweights(raked):
    assert trim(raked, cap=45, floor=20) == agrees(R["trim_20_45_strict"])


def test_kish_deff_and_effective_n(raked):
    assert kish_deff(raked) == agrees(R["kish_deff"])
    assert effective_n(raked) == agrees(R["kish_neff"])


def test_raking_to_one_joint_margin_is_poststratification():
    joint = R["margins"]["joint"]
    cell = SCHOOLS["stype"] + ":" + SCHOOLS["sch.wide"]
    present = {name: total for name, total in joint.items() if (cell == name).any()}
    codes = cell.map({name: i for i, name in enumerate(present)}).to_numpy()
    margins = [Margin("joint", codes, np.array(list(present.values()), float))]
    assert rake(SCHOOLS["pw"], margins).weights == agrees(R["poststrat_weights"])


@pytest.mark.parametrize("outcome", ["api00", "enroll"])
def test_standard_error_after_raking_uses_ols_residuals(raked, outcome):
    calibration = Calibration(indicators(), Residuals.RAKE)
    found = design_mean(SCHOOLS[outcome], raked, ONE, SCHOOLS["dnum"], calibration)
    assert found.estimate == agrees(R["rake"]["mean"][outcome])
    assert found.std_error == agrees(R["rake_nofpc"]["se"][outcome])


@pytest.mark.parametrize("outcome", ["api00", "enroll"])
def test_standard_error_with_weights_taken_as_fixed(raked, outcome):
    found = design_mean(SCHOOLS[outcome], raked, ONE, SCHOOLS["dnum"])
    assert found.std_error == agrees(R["rake_naive_nofpc"]["se"][outcome])


@pytest.mark.parametrize("outcome", ["api00", "enroll"])
def test_standard_error_after_calibrate_uses_design_weighted_residuals(outcome):
    # R declared 15 of 757 districts; without replacement multiplies every variance by 742/757
    without_replacement = np.sqrt(1 - 15 / 757)
    weights = np.array(R["calib_linear_weights"])
    base = SCHOOLS["pw"].to_numpy(float)
    calibration = Calibration(indicators(), Residuals.CALIBRATE, base)
    found = design_mean(SCHOOLS[outcome], weights, ONE, SCHOOLS["dnum"], calibration)
    assert found.estimate == agrees(R["calib_linear"]["mean"][outcome])
    assert found.std_error * without_replacement == agrees(R["calib_linear"]["se"][outcome])


def test_calibrate_with_a_number_as_auxiliary():
    without_replacement = np.sqrt(1 - 15 / 757)
    matrix = np.column_stack([indicators(), SCHOOLS["api99"]])
    weights = np.array(R["calib_greg_api99_weights"])
    base = SCHOOLS["pw"].to_numpy(float)
    calibration = Calibration(matrix, Residuals.CALIBRATE, base)
    found = design_mean(SCHOOLS["api00"], weights, ONE, SCHOOLS["dnum"], calibration)
    assert found.std_error * without_replacement == agrees(R["greg_api99"]["se"]["api00"])


def test_design_effect_as_svymean_deff_replace():
    found = design_mean(SCHOOLS["api00"], SCHOOLS["pw"], ONE, SCHOOLS["dnum"])
    assert found.deff * (1 - 15 / 757) == agrees(R["deff_clus_api00_replace"])


def test_a_calibrated_total_of_a_margin_has_no_variance(raked):
    calibration = Calibration(indicators(), Residuals.RAKE)
    high = (SCHOOLS["stype"] == "H").astype(float)
    found = design_total(high, raked, ONE, SCHOOLS["dnum"], calibration)
    assert found.estimate == agrees(R["margins"]["stype"]["H"])
    assert found.std_error == pytest.approx(0, abs=1e-6)
