"""R topic 05, ordered answers: MASS::polr on housing, ordinal::clm on wine."""

import numpy as np
from golden import agrees, table, values

from evaluatie.methods import OrdinalFit, proportional_odds

R = values("05_mixed_ordinal")
POLR_STOPS = 1e-6
"""polr stops at a relative change of the likelihood of 1e-8: coefficients are about 5e-7 off."""


def housing() -> OrdinalFit:
    data = table("housing.csv")
    dummies = {
        "InflMedium": data["Infl"] == "Medium",
        "InflHigh": data["Infl"] == "High",
        "TypeApartment": data["Type"] == "Apartment",
        "TypeAtrium": data["Type"] == "Atrium",
        "TypeTerrace": data["Type"] == "Terrace",
        "ContHigh": data["Cont"] == "High",
    }
    answer = data["Sat"].map({"Low": 0, "Medium": 1, "High": 2})
    X = np.column_stack(list(dummies.values())).astype(float)
    return proportional_odds(answer, X, list(dummies), 3, data["Freq"])


def test_weighted_model_is_that_of_polr():
    found, expected = housing(), R["polr_housing"]
    assert found.loglik == agrees(expected["loglik"])
    everything = [*found.coefficients, *found.thresholds]
    assert everything == agrees(list(expected["coef"].values()), rel=POLR_STOPS)
    std_errors = np.sqrt(np.diag(found.model_covariance))
    assert std_errors == agrees(list(expected["se"].values()), rel=POLR_STOPS)


def test_model_is_that_of_clm():
    data, expected = table("wine.csv"), R["clm_wine"]
    X = np.column_stack([data["temp"] == "warm", data["contact"] == "yes"]).astype(float)
    found = proportional_odds(data["rating"] - 1, X, ["tempwarm", "contactyes"], 5)
    assert found.loglik == agrees(expected["loglik"])
    cuts = ["1|2", "2|3", "3|4", "4|5"]
    assert found.thresholds == agrees([expected["coef"][c] for c in cuts])
    assert found.coefficients == agrees([expected["coef"][n] for n in found.names])
    std_errors = np.sqrt(np.diag(found.model_covariance))
    assert std_errors == agrees([expected["se"][n] for n in (*found.names, *cuts)])
