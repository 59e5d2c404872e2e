"""R topic 05, marginal models: geepack on dietox and ohio; statsmodels as a second opinion."""

import numpy as np
import pytest
import statsmodels.api as sm
from golden import agrees, table, values

from evaluatie.methods import GeeFit, gee

R = values("05_mixed_ordinal")
TERMS = ("(Intercept)", "Time", "CuCu035", "CuCu175")
GEEPACK_STOPS = 1e-6
"""geeglm stops when coefficients move less than 1e-4; independence has nothing to iterate."""


def columns():
    data = table("dietox.csv")
    X = [np.ones(len(data)), data["Time"], data["Cu"] == "Cu035", data["Cu"] == "Cu175"]
    return data, np.column_stack(X).astype(float)


def pigs(working: str) -> GeeFit:
    data, X = columns()
    return gee(data["Weight"], X, data["Pig"], TERMS, working=working)


@pytest.mark.parametrize(
    ("working", "name", "rel"),
    [
        ("independence", "gee_gauss_ind", 1e-6),
        ("exchangeable", "gee_gauss_exch", GEEPACK_STOPS),
        ("ar1", "gee_gauss_ar1", GEEPACK_STOPS),
    ],
)
def test_gaussian_gee_is_that_of_geepack(working, name, rel):
    found, expected = pigs(working), R[name]
    std_errors = np.sqrt(np.diag(found.covariance(corrected=False)))
    assert found.coefficients == agrees([expected["coef"][t] for t in TERMS], rel=rel)
    assert std_errors == agrees([expected["se"][t] for t in TERMS], rel=rel)
    assert found.scale == agrees(expected["phi"], rel=rel)
    if working != "independence":
        assert found.correlation == agrees(expected["alpha"], rel=rel)


def test_logit_gee_is_that_of_geepack():
    data, expected = table("ohio.csv"), R["gee_logit_exch"]
    X = np.column_stack([np.ones(len(data)), data["age"], data["smoke"]])
    terms = ("(Intercept)", "age", "smoke")
    found = gee(data["resp"], X, data["id"], terms, link="logit")
    std_errors = np.sqrt(np.diag(found.covariance(corrected=False)))
    assert found.coefficients == agrees([expected["coef"][t] for t in terms], rel=GEEPACK_STOPS)
    assert std_errors == agrees([expected["se"][t] for t in terms], rel=GEEPACK_STOPS)
    assert found.correlation == agrees(expected["alpha"], rel=GEEPACK_STOPS)


def test_correction_is_that_of_statsmodels_bias_reduced():
    data, X = columns()
    model = sm.GEE(data["Weight"].to_numpy(), X, groups=data["Pig"].to_numpy())
    expected = model.fit(cov_type="bias_reduced").bse
    assert np.sqrt(np.diag(pigs("independence").covariance())) == agrees(expected)
