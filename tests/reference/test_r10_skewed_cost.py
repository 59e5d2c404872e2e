"""R topic 10: gamma and two-part models of skewed cost, and bootstrap intervals of boot."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import (
    bootstrap_intervals,
    fit_glm,
    gamma_glm,
    jackknife_influence,
    two_part,
)

R = values("10_costs")
D = table("costs.csv")
TERMS = ("(Intercept)", "pilot", "age", "hh")
X = np.column_stack([np.ones(len(D)), D[["pilot", "age", "hh"]]])
COST = D["cost"].to_numpy(float)
USERS = COST > 0


def numbers(expected):
    return [expected[term] for term in TERMS]


def test_gamma_model():
    """Coefficients looser: R stops at a change in deviance, 3e-6 standard errors from the root."""
    fit, expected = gamma_glm(COST[USERS], X[USERS], TERMS), R["gamma_log"]
    errors = np.sqrt(np.diag(fit.covariance))
    assert np.abs((fit.coefficients - numbers(expected["coef"])) / errors).max() < 5e-6
    assert errors == agrees(numbers(expected["se"]))
    assert np.sqrt(np.diag(fit.robust)) == agrees(numbers(expected["se_hc0"]))
    assert fit.dispersion == agrees(expected["dispersion"])
    assert np.abs(fit.scores.sum(axis=0)).max() < 1e-7  # the root itself


def test_two_part_model():
    fit = two_part(COST, X, TERMS)
    assert fit.any_cost.coefficients == agrees(numbers(R["logit"]["coef"]))
    assert np.sqrt(np.diag(fit.any_cost.covariance)) == agrees(numbers(R["logit"]["se"]))
    assert fit.incremental(X, "pilot") == agrees(R["two_part_incremental_cost"])


def test_quasi_poisson_of_amounts():
    fit, expected = fit_glm(COST, X, TERMS, "poisson"), R["quasipoisson"]
    assert fit.coefficients == agrees(numbers(expected["coef"]))
    assert np.sqrt(np.diag(fit.covariance)) == agrees(numbers(expected["se"]))
    assert np.sqrt(np.diag(fit.robust)) == agrees(numbers(expected["se_hc0"]))


def difference_without_each():
    """Difference of means, and the same without each person in turn."""
    pilot = D["pilot"].to_numpy() == 1
    n, total = np.bincount(pilot), np.bincount(pilot, COST)
    means = total / n
    left = (total[pilot.astype(int)] - COST) / (n[pilot.astype(int)] - 1)
    without = np.where(pilot, left - means[0], means[1] - left)
    return means[1] - means[0], without


@pytest.mark.parametrize("name", ["normal", "basic", "percentile", "bca"])
def test_bootstrap_intervals_from_the_replicates_of_r(name):
    estimate, without = difference_without_each()
    influence = jackknife_influence(estimate, without, D["pilot"])
    found = bootstrap_intervals(estimate, table("costs_boot_t.csv")["t"], influence)
    expected = R["boot"]
    assert estimate == agrees(expected["t0"])
    assert found.acceleration == agrees(expected["accel"])
    assert found.z0 == agrees(expected["z0"])
    assert getattr(found, name) == agrees(expected["perc" if name == "percentile" else name])
