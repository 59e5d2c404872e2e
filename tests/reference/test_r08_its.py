"""R topic 08: interrupted time series on the British drivers of `datasets::Seatbelts`."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import (
    arima_errors,
    arma_errors,
    breusch_godfrey,
    controlled_outcome,
    durbin_watson,
    interaction,
    ljung_box,
    newey_west,
    prais_winsten,
    quasi_poisson,
    time_regression,
)
from evaluatie.methods.series.arima_errors import log_likelihood
from evaluatie.methods.series.segmented import automatic_bandwidth

R, OWN = values("08_its"), values("own_08_counts")
D = table("seatbelts.csv")
T = D["t"].to_numpy(float)
BASE = {"(Intercept)": np.ones(len(D)), "t": T, "law": D["law"], "after": D["after"]}
MONTHS = {f"month{m}": (D["month"] == m).astype(float) for m in range(2, 13)}
PETROL = {"log(PetrolPrice)": np.log(D["PetrolPrice"])}
WAVES = {
    f"{name}({k} * pi * t/12)": function(k * np.pi * T / 12)
    for k in (2, 4)
    for name, function in (("sin", np.sin), ("cos", np.cos))
}
MODEL = time_regression(D["ldrivers"], BASE | MONTHS | PETROL)


def numbers(expected, terms=MODEL.terms):
    """Return R's numbers by the names of our terms; R's arima calls the constant intercept."""
    return [expected[t if t in expected else "intercept"] for t in terms]


def errors(fit):
    return np.sqrt(np.diag(fit.covariance))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("nw12", {"lags": 12, "adjust": False}),
        ("nw12_adjust", {"lags": 12}),
        ("nw12_prewhite", {"lags": 12, "adjust": False, "prewhite": True}),
        ("nw_auto", {"lags": "automatic", "adjust": False}),
    ],
)
def test_newey_west(name, options):
    fit = newey_west(MODEL, **options)
    assert fit.coefficients == agrees(numbers(R["ols"]["coef"]))
    assert errors(fit) == agrees(numbers(R[name]))


def test_automatic_bandwidth():
    scores = MODEL.X * newey_west(MODEL).residuals[:, None]
    weights = np.array([0.0] + [1.0] * (len(MODEL.terms) - 1))
    assert automatic_bandwidth(scores, weights) == agrees(R["nw_auto_bw"])


def test_prais_winsten():
    fit, expected = prais_winsten(MODEL), R["prais_winsten"]
    assert fit.autocorrelation == agrees(expected["rho"])
    assert fit.coefficients == agrees(numbers(expected["coef"]))
    assert errors(fit) == agrees(numbers(expected["se"]))


def test_restricted_likelihood():
    fit, expected = arima_errors(MODEL), R["gls_ar1_reml"]
    assert fit.autocorrelation == agrees(expected["phi"])
    assert fit.coefficients == agrees(numbers(expected["coef"]))
    assert errors(fit) == agrees(numbers(expected["se"]))


def test_maximum_likelihood_agrees_with_gls():
    fit, expected = arima_errors(MODEL, restricted=False), R["gls_ar1_ml"]
    assert fit.autocorrelation == agrees(expected["phi"])
    assert fit.coefficients == agrees(numbers(expected["coef"]))
    at_ours = log_likelihood(MODEL, fit.autocorrelation, restricted=False)
    assert at_ours == agrees(expected["loglik"])
    assert at_ours >= expected["loglik"] - 1e-10


def test_maximum_likelihood_agrees_with_arima_to_its_optimiser():
    """Looser: R's arima stopped 3.5e-7 below the maximum and differentiates numerically.

    Its likelihood is lower than ours, its coefficients differ by at most 3e-4 standard errors,
    and the standard error of t, whose coefficient is tiny, by 6%.
    """
    fit, expected = arima_errors(MODEL, restricted=False), R["arima100"]
    assert log_likelihood(MODEL, fit.autocorrelation, restricted=False) > expected["loglik"]
    assert fit.autocorrelation == agrees(expected["coef"]["ar1"], rel=1e-4)
    apart = (fit.coefficients - numbers(expected["coef"])) / errors(fit)
    assert np.abs(apart).max() < 5e-4
    others = [k for k, term in enumerate(MODEL.terms) if term != "t"]
    assert errors(fit)[others] == agrees(np.array(numbers(expected["se"]))[others], rel=5e-4)


def test_seasonal_arma_errors_agree_to_the_optimisers():
    """Looser: two numerical optimisers, and numerical second derivatives in R."""
    columns = {"intercept": BASE["(Intercept)"], "law": D["law"], "lp": np.log(D["PetrolPrice"])}
    model = time_regression(D["ldrivers"], columns)
    fit, expected = arma_errors(model, (1, 0, 0), (1, 0, 0, 12)), R["sarima100_100"]
    assert fit.autocorrelation == agrees(expected["coef"]["ar1"], rel=1e-3)
    assert fit.coefficients == agrees(numbers(expected["coef"], model.terms), rel=1e-4)
    assert errors(fit) == agrees(numbers(expected["se"], model.terms), rel=5e-3)


def test_arma_errors_of_order_one_agree_with_the_exact_likelihood():
    """Looser: statsmodels optimises and differentiates numerically; ours is exact."""
    exact, found = arima_errors(MODEL, restricted=False), arma_errors(MODEL, (1, 0, 0))
    assert found.autocorrelation == agrees(exact.autocorrelation, rel=1e-3)
    assert found.coefficients == agrees(exact.coefficients, rel=1e-3)
    assert errors(found) == agrees(errors(exact), rel=5e-3)


def test_quasi_poisson():
    model = time_regression(D["DriversKilled"], BASE | WAVES)
    fit, expected = quasi_poisson(model), R["quasipoisson"]
    assert fit.coefficients == agrees(numbers(expected["coef"], model.terms))
    assert errors(fit) == agrees(numbers(expected["se"], model.terms))
    assert fit.dispersion == agrees(expected["disp"])


def test_quasi_poisson_with_newey_west_and_people_at_risk():
    model = time_regression(D["DriversKilled"], BASE | WAVES)
    plain = quasi_poisson(model, D["kms"])
    assert plain.coefficients == agrees(numbers(OWN["coef"], model.terms))
    assert errors(plain) == agrees(numbers(OWN["se"], model.terms))
    assert plain.dispersion == agrees(OWN["dispersion"])
    for name, lags in (("nw12", 12), ("nw_auto", "automatic")):
        fit = quasi_poisson(model, D["kms"], lags)
        assert errors(fit) == agrees(numbers(OWN[name], model.terms))


def test_controlled_series_in_one_model():
    shared = tuple(MONTHS)
    fit = interaction(np.log(D["front"]), np.log(D["rear"]), BASE | MONTHS, shared, lags=None)
    expected = R["cits_stacked"]
    for term, name in (("(Intercept)", "g"), ("t", "g:t"), ("law", "g:law"), ("after", "g:after")):
        assert fit.of(term).estimate == agrees(expected["coef"][name])
        assert fit.of(term).std_error == agrees(expected["se"][name])


def test_controlled_series_by_difference():
    apart = controlled_outcome(D["front"], D["rear"], "log_ratio")
    model = time_regression(apart, BASE | MONTHS)
    fit, expected = newey_west(model, 12, adjust=False), R["cits_diff"]
    assert fit.coefficients == agrees(numbers(expected["coef"], model.terms))
    assert errors(fit) == agrees(numbers(expected["nw12"], model.terms))


def test_diagnostics():
    residuals = newey_west(MODEL).residuals
    assert durbin_watson(residuals) == agrees(R["dw"])
    godfrey, box = breusch_godfrey(MODEL, 12), ljung_box(residuals, 12)
    assert (godfrey.statistic, godfrey.p_value) == agrees((R["bg12"]["stat"], R["bg12"]["p"]))
    assert box.statistic == agrees(R["ljung12"]["stat"])
    assert box.p_value == pytest.approx(R["ljung12"]["p"], abs=1e-15)  # R rounds at 1 - p
