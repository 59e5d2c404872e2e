"""R topic 14: response propensity by glm, inverse probability weights, selectivity."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import Design, design_mean, fit_propensity, ipw_mean, survey_regression

R = values("14_attrition")
PANEL = table("panel_attrition.csv")
X = np.column_stack(
    [np.ones(len(PANEL)), PANEL["age"], PANEL["female"], PANEL["srh1"]]
    + [PANEL["hood"] == h for h in (2, 3, 4)]
).astype(float)
NAMES = tuple(R["propensity"]["coef"])
RESPONSE = PANEL["resp2"] == 1


@pytest.fixture(scope="module")
def model():
    return fit_propensity(RESPONSE, X, NAMES)


def test_propensity_is_that_of_glm(model):
    assert model.coefficients == agrees(list(R["propensity"]["coef"].values()))
    assert model.std_errors == agrees(list(R["propensity"]["se"].values()))


def test_weighted_propensity_is_that_of_glm():
    weighted = fit_propensity(RESPONSE, X, NAMES, PANEL["bw"])
    assert weighted.coefficients == agrees(list(R["propensity_weighted_coef"].values()))


def test_weights_are_inverse_chances(model):
    inverse = 1 / model.chance[RESPONSE]
    assert inverse[:5] == agrees(R["ipw_first5"])
    assert inverse.sum() == agrees(R["ipw_sum"])


def test_mean_and_m_estimation_standard_error(model):
    found = ipw_mean(PANEL["y2"], model)
    assert found.estimate == agrees(R["ipw_mean_hajek"])
    assert found.std_error == agrees(R["se_ipw_estimated_ps"])
    assert found.std_error_known == agrees(R["se_ipw_ps_known"])
    assert found.n == int(RESPONSE.sum())


def test_response_rates_in_fifths_of_the_chance(model):
    cut = np.quantile(model.chance, [0.2, 0.4, 0.6, 0.8])
    fifth = np.searchsorted(cut, model.chance)  # right-closed, as R's cut
    rates = np.bincount(fifth, RESPONSE) / np.bincount(fifth)
    assert rates == agrees(list(R["cell_rates"].values()))


def test_with_base_weights_it_is_svymean(model):
    found = ipw_mean(PANEL["y2"], model, PANEL["bw"])
    w = (PANEL["bw"] / model.chance)[RESPONSE]
    one, everyone = np.zeros(w.size), np.arange(w.size)
    known = design_mean(PANEL["y2"][RESPONSE], w, one, everyone)
    assert found.estimate == agrees(R["ipw_bw_svymean"]["est"])
    assert known.std_error == agrees(R["ipw_bw_svymean"]["se"])
    # svymean multiplies the same sum of squares by n / (n - 1)
    assert found.std_error_known * (w.size / (w.size - 1)) ** 0.5 == agrees(known.std_error)
    assert found.effective_n == agrees(R["neff"])


def test_regression_among_those_who_stayed_is_svyglm(model):
    stayed = PANEL[RESPONSE]
    w = (PANEL["bw"] / model.chance)[RESPONSE]
    design = Design.of(w, np.zeros(w.size), np.arange(w.size))
    predictors = np.column_stack([np.ones(w.size), stayed["y1"], stayed["female"]])
    found = survey_regression(design, stayed["y2"], predictors)
    assert found.coefficients == agrees(list(R["svyglm"]["coef"].values()))
    assert found.std_errors == agrees(list(R["svyglm"]["se"].values()))


def test_selectivity(model):
    assert model.mcfadden == agrees(R["mcfadden"])
    assert model.auc == agrees(R["auc"])
    assert model.r_indicator == agrees(R["R_indicator"])
