"""Estimating equations against closed forms, and their small-sample sandwich."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import fit_clustered, gee, jackknife

RNG = np.random.default_rng(5)
SIZES = (30, 20, 25, 40, 35, 22, 28, 31)
CLUSTER = np.repeat(np.arange(8), SIZES)
PILOT = (CLUSTER < 4).astype(float)
LATER = RNG.integers(0, 2, len(CLUSTER)).astype(float)
X = np.column_stack([np.ones(len(CLUSTER)), PILOT, LATER, PILOT * LATER])
NAMES = ("constant", "pilot", "later", "pilot:later")
Y = X @ [1, 0.5, 0.3, 0.8] + RNG.normal(size=8)[CLUSTER] + RNG.normal(size=len(CLUSTER))
WEIGHTS = RNG.uniform(0.5, 2, len(CLUSTER))


def test_independence_is_weighted_least_squares():
    found = gee(Y, X, CLUSTER, NAMES, working="independence", weights=WEIGHTS)
    assert found.coefficients == pytest.approx(
        fit_clustered(Y, X, CLUSTER, NAMES, WEIGHTS).coefficients
    )
    assert found.scores.sum(axis=0) == pytest.approx(np.zeros(4), abs=1e-8)


def test_corrected_sandwich_under_independence_is_the_jackknife():
    """(I - K B)^-1 s is G / (G - 1) times the leave-one-out change: CV3 without its factor."""
    found = gee(Y, X, CLUSTER, NAMES, working="independence").test("pilot:later", 2)
    deleted = jackknife(fit_clustered(Y, X, CLUSTER, NAMES), "pilot:later")
    assert found.std_error == pytest.approx(deleted.std_error * np.sqrt(8 / 7))
    assert found.df == 6


def test_exchangeable_solves_the_equations_of_the_dense_matrix():
    found = gee(Y, X, CLUSTER, NAMES, weights=WEIGHTS)
    gram, moment = np.zeros((4, 4)), np.zeros(4)
    for g, n in enumerate(SIZES):
        rows = np.flatnonzero(g == CLUSTER)
        R = np.full((n, n), found.correlation) + (1 - found.correlation) * np.eye(n)
        root = np.sqrt(np.diag(WEIGHTS[rows]))
        inverse = root @ np.linalg.inv(R) @ root
        gram += X[rows].T @ inverse @ X[rows]
        moment += X[rows].T @ inverse @ Y[rows]
    assert found.coefficients == pytest.approx(np.linalg.solve(gram, moment))
    assert found.bread == pytest.approx(np.linalg.inv(gram))


def test_rows_may_stand_in_any_order():
    order = RNG.permutation(len(Y))
    one, other = (
        gee(Y[o], X[o], CLUSTER[o], NAMES).test("pilot:later", 2)
        for o in (np.arange(len(Y)), order)
    )
    assert one.std_error == pytest.approx(other.std_error)


def test_the_correction_makes_the_standard_error_larger():
    fit = gee(Y, X, CLUSTER, NAMES)
    plain = fit.test("pilot:later", 2, corrected=False).std_error
    assert fit.test("pilot:later", 2).std_error > plain


def test_false_positives_with_eight_clusters():
    """Null with cluster x wave shocks: the plain sandwich rejects too often, the other does not.

    400 draws, Monte Carlo error about 1.1%.
    """
    rng, plain, corrected = np.random.default_rng(8), 0, 0
    cell = CLUSTER * 2 + LATER.astype(int)
    for _ in range(400):
        y = rng.normal(size=16)[cell] + rng.normal(size=len(CLUSTER))
        fit = gee(y, X, CLUSTER, NAMES, working="independence")
        plain += fit.test("pilot:later", 2, corrected=False).p_value <= 0.05
        corrected += fit.test("pilot:later", 2).p_value <= 0.05
    assert plain / 400 > 0.06
    assert corrected / 400 <= 0.05 + 2 * 0.011


def test_logit_of_a_single_share_is_the_log_odds():
    y = np.array([1, 0, 0, 1, 1, 1, 0, 1.0])
    found = gee(y, np.ones((8, 1)), np.repeat(np.arange(4), 2), ["constant"], link="logit",
                working="independence")  # fmt: skip
    assert found.coefficients[0] == pytest.approx(np.log(5 / 3))


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(RefusedError, match="one cluster"):
        gee(Y, X, np.zeros(len(Y)), NAMES)
    with pytest.raises(RefusedError, match="cannot be told apart"):
        gee(Y, X[:, [0, 1, 1]], CLUSTER, NAMES[:3])
    with pytest.raises(RefusedError, match="between 0 and 1"):
        gee(Y, X, CLUSTER, NAMES, link="logit")
    with pytest.raises(RefusedError, match="predicts the outcome perfectly"):
        gee(PILOT, X[:, :2], CLUSTER, NAMES[:2], link="logit")
    alone = (CLUSTER == 0).astype(float)
    fit = gee(Y, np.column_stack([np.ones(len(Y)), alone]), CLUSTER, ("constant", "alone"))
    with pytest.raises(RefusedError, match="one cluster alone"):
        fit.test("alone", 2)
    with pytest.raises(RefusedError, match="no term 'x'"):
        fit.test("x", 2)


def test_a_negative_working_correlation_is_set_to_zero():
    """Means of clusters more alike than chance: close to -1 / (n - 1) the equations would cycle."""
    y = Y.copy()
    for g in range(8):
        rows = g == CLUSTER
        y[rows] -= y[rows].mean()
    found = gee(y, X[:, :1], CLUSTER, NAMES[:1])
    assert found.correlation == 0
    plain = gee(y, X[:, :1], CLUSTER, NAMES[:1], working="independence")
    assert found.coefficients == pytest.approx(plain.coefficients, abs=1e-12)
