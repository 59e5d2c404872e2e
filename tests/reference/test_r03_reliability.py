"""R topic 03: psych::alpha and lavaan::cfa on psych::bfi."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import one_factor, reliability

R = values("03_reliability")
LAVAAN_STOPS = 2e-6
"""nlminb leaves the fourth loading 1.2e-6 from where the score vanishes; fit and omega agree."""
ITEMS = ["N1", "N2", "N3", "N4", "N5"]


@pytest.fixture(scope="module")
def answers():
    return table("bfi.csv")[ITEMS].to_numpy(float)


def by_item(name: str) -> list[float]:
    return [R[name][item] for item in ITEMS]


def test_alpha_is_that_of_psych(answers):
    found = reliability(answers)
    assert found.n == R["n"]
    assert found.alpha == agrees(R["alpha_raw"])
    assert found.alpha_standardised == agrees(R["alpha_std"])
    assert found.average_r == agrees(R["avg_r"])
    assert found.lambda6 == agrees(R["guttman6"])
    assert found.std_error == agrees(R["alpha_se"])


def test_feldt_interval_of_alpha(answers):
    found = reliability(answers)
    assert found.ci_low == agrees(R["feldt"]["lower"])
    assert found.ci_high == agrees(R["feldt"]["upper"])


def test_items_one_by_one(answers):
    found = reliability(answers)
    assert found.item_rest == agrees(by_item("item_rest"))
    assert found.alpha_dropped == agrees(by_item("alpha_drop"))


def test_alpha_with_pairwise_covariances(answers):
    assert reliability(answers, pairwise=True).alpha == agrees(R["alpha_pairwise_missing"])


def test_one_factor_is_that_of_lavaan(answers):
    found = one_factor(answers)
    assert found.loadings == agrees(by_item("cfa_loadings"), rel=LAVAAN_STOPS)
    assert found.loading_errors == agrees(by_item("cfa_loading_se"))
    standardised = found.loadings / np.sqrt(found.loadings**2 + found.uniquenesses)
    assert standardised == agrees(by_item("cfa_std_loadings"), rel=LAVAAN_STOPS)
    assert found.omega == agrees(R["omega_cfa_ml"])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("chi2", "chisq"),
        ("df", "df"),
        ("cfi", "cfi"),
        ("tli", "tli"),
        ("rmsea", "rmsea"),
        ("rmsea_low", "rmsea.ci.lower"),
        ("rmsea_high", "rmsea.ci.upper"),
        ("srmr", "srmr"),
    ],
)
def test_fit_of_one_factor_is_that_of_lavaan(answers, ours, theirs):
    assert getattr(one_factor(answers), ours) == agrees(R["cfa_fit"][theirs])


def test_loadings_agree_with_psych_maximum_likelihood(answers):
    """psych stops earlier than lavaan: 1e-5."""
    found = one_factor(answers)
    standardised = found.loadings / np.sqrt(found.loadings**2 + found.uniquenesses)
    assert standardised == agrees(by_item("efa1_ml_loadings"), rel=1e-5)
