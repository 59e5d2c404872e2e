"""R topic 01: survey::rake, trimWeights, Kish, and standard errors after calibration."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import (
    Calibration,
    Design,
    Distance,
    FinitePopulation,
    Margin,
    Residuals,
    calibrate,
    design_mean,
    design_total,
    effective_n,
    kish_deff,
    rake,
    rake_columns,
    trim,
)

R = values("01_weights")
SCHOOLS, STRATIFIED = table("apiclus1.csv"), table("apistrat.csv")
ONE = np.ones(len(SCHOOLS))
BASE = SCHOOLS["pw"].to_numpy(float)
OUTCOMES = pytest.mark.parametrize("outcome", ["api00", "enroll"])


def margin(column: str) -> Margin:
    cells = R["margins"][column]
    codes = SCHOOLS[column].map({name: i for i, name in enumerate(cells)})
    return Margin(column, codes.to_numpy(), np.array(list(cells.values()), float))


def indicators() -> np.ndarray:
    stype, wide = SCHOOLS["stype"], SCHOOLS["sch.wide"]
    return np.column_stack([ONE, stype == "H", stype == "M", wide == "Yes"]).astype(float)


def totals(*more: float) -> np.ndarray:
    stype, wide = R["margins"]["stype"], R["margins"]["sch.wide"]
    return np.array([sum(stype.values()), stype["H"], stype["M"], wide["Yes"], *more])


def joint_cells() -> tuple[np.ndarray, np.ndarray]:
    """Return the cell of each school in stype x sch.wide, and the schools in those cells."""
    joint = R["margins"]["joint"]
    cell = SCHOOLS["stype"] + ":" + SCHOOLS["sch.wide"]
    present = {name: total for name, total in joint.items() if (cell == name).any()}
    codes = cell.map({name: i for i, name in enumerate(present)}).to_numpy()
    return codes, np.array(list(present.values()), float)


def without_replacement(weights, calibration=None) -> Design:
    """R declared 15 of 757 districts."""
    finite = FinitePopulation(SCHOOLS["fpc"])
    return Design.of(weights, ONE, SCHOOLS["dnum"], calibration, finite)


@pytest.fixture(scope="module")
def raked() -> np.ndarray:
    margins = [margin("stype"), margin("sch.wide")]
    return rake(BASE, margins, tolerance=1e-13).weights


def test_raked_weights_are_those_of_survey_rake(raked):
    assert raked == agrees(R["rake_weights"])


def test_strict_trimming_is_that_of_survey_trimweights(raked):
    assert trim(raked, cap=45, floor=20) == agrees(R["trim_20_45_strict"])


def test_kish_deff_and_effective_n(raked):
    assert kish_deff(raked) == agrees(R["kish_deff"])
    assert effective_n(raked) == agrees(R["kish_neff"])


def test_many_columns_are_raked_as_one(raked):
    margins = [margin("stype"), margin("sch.wide")]
    both = rake_columns(np.column_stack([BASE, 3 * BASE]), margins, tolerance=1e-13)
    assert both.weights[:, 0] == agrees(R["rake_weights"])
    assert both.weights[:, 1] == agrees(R["rake_weights"])


def test_raking_to_one_joint_margin_is_poststratification():
    codes, joint = joint_cells()
    assert rake(BASE, [Margin("joint", codes, joint)]).weights == agrees(R["poststrat_weights"])


def test_linear_calibration():
    found = calibrate(BASE, indicators(), totals())
    assert found.weights == agrees(R["calib_linear_weights"])


def test_greg_with_a_number_as_auxiliary():
    matrix = np.column_stack([indicators(), SCHOOLS["api99"]])
    found = calibrate(BASE, matrix, totals(R["margins"]["api99"]))
    assert found.weights == agrees(R["calib_greg_api99_weights"])


def test_raking_calibration():
    found = calibrate(BASE, indicators(), totals(), Distance.RAKING)
    assert found.weights == agrees(R["calib_raking_weights"])


def test_logit_calibration_between_bounds():
    found = calibrate(BASE, indicators(), totals(), Distance.LOGIT, (0.5, 2.1))
    assert found.weights == agrees(R["calib_logit_bounds_0.5_2.1"])
    assert found.corrections.min() > 0.5
    assert found.corrections.max() < 2.1


def test_raking_calibration_with_bounds():
    found = calibrate(BASE, indicators(), totals(), Distance.RAKING, (0.6, 1.9))
    assert found.weights == agrees(R["calib_raking_bounds_0.6_1.9"])


@OUTCOMES
def test_standard_error_of_the_design_without_replacement(outcome):
    found = without_replacement(BASE).mean(SCHOOLS[outcome])
    assert found.estimate == agrees(R["design"]["mean"][outcome])
    assert found.std_error == agrees(R["design"]["se"][outcome])


@OUTCOMES
def test_standard_error_after_raking_without_replacement(raked, outcome):
    found = without_replacement(raked, Calibration(indicators())).mean(SCHOOLS[outcome])
    assert found.std_error == agrees(R["rake"]["se"][outcome])
    naive = without_replacement(raked).mean(SCHOOLS[outcome])
    assert naive.std_error == agrees(R["rake_naive_se_fixed_weights"]["se"][outcome])


@OUTCOMES
def test_standard_error_after_poststratification(outcome):
    codes, joint = joint_cells()
    weights = rake(BASE, [Margin("joint", codes, joint)]).weights
    calibration = Calibration(np.eye(len(joint))[codes], Residuals.CALIBRATE, BASE)
    found = without_replacement(weights, calibration).mean(SCHOOLS[outcome])
    assert found.estimate == agrees(R["poststrat"]["mean"][outcome])
    assert found.std_error == agrees(R["poststrat"]["se"][outcome])


@OUTCOMES
def test_standard_error_after_raking_uses_ols_residuals(raked, outcome):
    calibration = Calibration(indicators(), Residuals.RAKE)
    found = design_mean(SCHOOLS[outcome], raked, ONE, SCHOOLS["dnum"], calibration)
    assert found.estimate == agrees(R["rake"]["mean"][outcome])
    assert found.std_error == agrees(R["rake_nofpc"]["se"][outcome])


@OUTCOMES
def test_standard_error_with_weights_taken_as_fixed(raked, outcome):
    found = design_mean(SCHOOLS[outcome], raked, ONE, SCHOOLS["dnum"])
    assert found.std_error == agrees(R["rake_naive_nofpc"]["se"][outcome])


@OUTCOMES
def test_standard_error_after_calibrate_uses_design_weighted_residuals(outcome):
    weights = np.array(R["calib_linear_weights"])
    calibration = Calibration(indicators(), Residuals.CALIBRATE, BASE)
    found = without_replacement(weights, calibration).mean(SCHOOLS[outcome])
    assert found.estimate == agrees(R["calib_linear"]["mean"][outcome])
    assert found.std_error == agrees(R["calib_linear"]["se"][outcome])


@OUTCOMES
def test_standard_error_after_greg_with_a_number_as_auxiliary(outcome):
    matrix = np.column_stack([indicators(), SCHOOLS["api99"]])
    weights = np.array(R["calib_greg_api99_weights"])
    calibration = Calibration(matrix, Residuals.CALIBRATE, BASE)
    found = without_replacement(weights, calibration).mean(SCHOOLS[outcome])
    assert found.estimate == agrees(R["greg_api99"]["mean"][outcome])
    assert found.std_error == agrees(R["greg_api99"]["se"][outcome])


def test_design_effect_as_svymean_deff_replace():
    found = without_replacement(BASE).mean(SCHOOLS["api00"])
    assert found.deff == agrees(R["deff_clus_api00_replace"])


def test_design_effect_as_svymean_deff_true_compares_with_sampling_without_replacement():
    found = without_replacement(BASE).mean(SCHOOLS["api00"])
    size = BASE.sum()
    assert found.deff_of(size) == agrees(R["deff_clus_api00_wor"])
    finite = FinitePopulation(STRATIFIED["fpc"])
    rows = np.arange(len(STRATIFIED))
    stratified = Design.of(STRATIFIED["pw"], STRATIFIED["stype"], rows, finite=finite)
    found = stratified.mean(STRATIFIED["api00"])
    assert found.deff_of(STRATIFIED["pw"].sum()) == agrees(R["deff_strat_api00"])


def test_a_calibrated_total_of_a_margin_has_no_variance(raked):
    calibration = Calibration(indicators(), Residuals.RAKE)
    high = (SCHOOLS["stype"] == "H").astype(float)
    found = design_total(high, raked, ONE, SCHOOLS["dnum"], calibration)
    assert found.estimate == agrees(R["margins"]["stype"]["H"])
    assert found.std_error == pytest.approx(0, abs=1e-6)
