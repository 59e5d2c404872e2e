"""Cluster-robust tests against the long way round."""

import itertools

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    cr1,
    cr2,
    fit_clustered,
    jackknife,
    wild_bootstrap,
    wild_interval,
)

RNG = np.random.default_rng(3)
CLUSTER = np.repeat(np.arange(5), [3, 4, 5, 4, 6])
X = np.column_stack([np.ones(22), CLUSTER < 2, RNG.normal(size=22)]).astype(float)
Y = RNG.normal(size=22) + RNG.normal(size=5)[CLUSTER]
WEIGHTS = RNG.uniform(0.5, 2, 22)
NAMES = ("constant", "pilot", "age")


def fit(y=Y, weights=None):
    return fit_clustered(y, X, CLUSTER, NAMES, weights)


def test_terms_are_matched_by_name_whatever_their_place():
    turned = fit_clustered(Y, X[:, [2, 1, 0]], CLUSTER, ("age", "pilot", "constant"))
    for method in (cr1, cr2, jackknife, wild_bootstrap):
        one, other = method(fit(), "pilot"), method(turned, "pilot")
        assert one.p_value == pytest.approx(other.p_value)
        assert one.estimate == pytest.approx(other.estimate)


@pytest.mark.parametrize("null", [0.0, 0.7])
def test_wild_bootstrap_equals_one_regression_per_sign_vector(null):
    def t_of(y):
        test = cr1(fit(y), "pilot")
        return (test.estimate - null) / test.std_error

    others = X[:, [0, 2]]
    shifted = Y - null * X[:, 1]
    fitted = others @ np.linalg.lstsq(others, shifted, rcond=None)[0]
    residual = shifted - fitted
    draws = [
        abs(t_of(fitted + null * X[:, 1] + residual * np.array(signs)[CLUSTER]))
        for signs in itertools.product([-1, 1], repeat=5)
    ]
    found = wild_bootstrap(fit(), "pilot", null)
    assert found.t == pytest.approx(t_of(Y))
    assert found.p_value == np.mean(np.array(draws) >= abs(found.t) - 1e-9)
    assert found.p_attainable == 2 / 32 <= found.p_value


def test_weighted_cr2_equals_the_formula_on_whole_matrices():
    root = np.sqrt(WEIGHTS)
    Z, y = X * root[:, None], Y * root
    bread = np.linalg.inv(Z.T @ Z)
    hat = Z @ bread @ Z.T
    residual = y - hat @ y
    rows, scores = [], []
    for g in range(5):
        inside = np.equal(CLUSTER, g)
        values, vectors = np.linalg.eigh(np.eye(inside.sum()) - hat[np.ix_(inside, inside)])
        adjust = vectors @ np.diag(values**-0.5) @ vectors.T
        a = adjust @ Z[inside] @ bread[1]
        scores.append(a @ residual[inside])
        rows.append((np.eye(22) - hat)[:, inside] @ a)
    gram = np.array(rows) @ np.array(rows).T
    found = cr2(fit(weights=WEIGHTS), "pilot")
    assert found.std_error == pytest.approx(np.linalg.norm(scores))
    assert found.df == pytest.approx(np.trace(gram) ** 2 / (gram**2).sum())


def test_jackknife_refuses_a_term_that_rests_on_one_cluster():
    pilot = (CLUSTER == 0).astype(float)
    lonely = fit_clustered(Y, np.column_stack([np.ones(22), pilot]), CLUSTER, ("constant", "pilot"))
    with pytest.raises(RefusedError, match="'pilot' rests on one cluster only"):
        jackknife(lonely, "pilot")


def test_terms_that_cannot_be_told_apart_are_refused():
    with pytest.raises(RefusedError, match="cannot be told apart"):
        fit_clustered(Y, np.column_stack([X, X[:, 1]]), CLUSTER, (*NAMES, "again"))


def test_an_unknown_term_is_refused_with_the_terms_there_are():
    with pytest.raises(RefusedError, match="no term 'effect'\nAllowed: constant, pilot, age"):
        cr1(fit(), "effect")


def test_one_cluster_is_refused():
    with pytest.raises(RefusedError, match="at least two"):
        fit_clustered(Y, X, np.zeros(22), NAMES)


def test_a_constant_outcome_is_refused():
    with pytest.raises(RefusedError, match=r"do(es)? not vary"):
        wild_bootstrap(fit(np.full(22, 3.0)), "pilot")


def test_seventeen_clusters_are_too_many_sign_vectors():
    y, cluster = RNG.normal(size=34), np.repeat(np.arange(17), 2)
    many = fit_clustered(y, np.ones((34, 1)), cluster, ("constant",))
    with pytest.raises(RefusedError, match="131,072 sign vectors"):
        wild_bootstrap(many, "constant")


def test_the_wild_interval_ends_where_the_test_starts_to_reject():
    model, level = fit(), 0.9
    for end, outward in zip(wild_interval(model, "age", level), (-1, 1), strict=True):
        step = outward * 1e-6
        assert wild_bootstrap(model, "age", end + step).p_value <= 1 - level
        assert wild_bootstrap(model, "age", end - step).p_value > 1 - level


def test_the_wild_interval_is_unbounded_below_the_attainable_p():
    assert wild_interval(fit(), "pilot", 0.95) == (-np.inf, np.inf)  # 2 / 32 > 0.05
