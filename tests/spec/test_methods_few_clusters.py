"""Cluster-robust tests against the long way round."""

import itertools

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    cr0,
    cr1,
    cr2,
    cr3,
    fit_clustered,
    jackknife,
    jackknife_of,
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
    for method in (cr0, cr1, cr2, cr3, jackknife, wild_bootstrap):
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


# ---- CR3 and the jackknife of any estimate -------------------------------------------------------


def without_each_cluster():
    kept = [np.not_equal(CLUSTER, g) for g in range(5)]
    fits = [fit_clustered(Y[k], X[k], CLUSTER[k], NAMES) for k in kept]
    return np.array([f.coefficients[f.position("age")] for f in fits])


def test_cr3_is_the_spread_of_estimates_without_each_cluster():
    spread = without_each_cluster() - cr3(fit(), "age").estimate
    assert cr3(fit(), "age").std_error == pytest.approx(np.sqrt((spread**2).sum()))
    assert jackknife(fit(), "age").std_error == pytest.approx(np.sqrt(4 / 5 * (spread**2).sum()))


def test_the_standard_errors_stand_in_their_order():
    errors = [method(fit(), "age").std_error for method in (cr0, cr2, cr3)]
    assert errors == sorted(errors)
    assert cr1(fit(), "age").std_error == pytest.approx(errors[0] * np.sqrt(5 / 4 * 21 / 19))


def test_the_jackknife_of_any_estimate_is_that_of_the_regression():
    def estimate(keep):
        part = fit_clustered(Y[keep], X[keep], CLUSTER[keep], NAMES)
        return float(part.coefficients[part.position("age")])

    one, other = jackknife_of(estimate, CLUSTER), jackknife(fit(), "age")
    assert one.std_error == pytest.approx(other.std_error)
    assert one.p_value == pytest.approx(other.p_value)
    assert jackknife_of(estimate, CLUSTER, df=2.5).df == 2.5


def test_the_jackknife_of_one_cluster_is_refused():
    with pytest.raises(RefusedError, match="one cluster gives no variance"):
        jackknife_of(lambda keep: Y[keep].mean(), np.zeros(22))


# ---- Webb's six points, and drawn vectors --------------------------------------------------------


def test_webbs_points_equal_one_regression_per_vector():
    values = np.sqrt([0.5, 1.0, 1.5])
    keep = CLUSTER < 4
    small = fit_clustered(Y[keep], X[keep], CLUSTER[keep], NAMES)
    others = X[keep][:, [0, 2]]
    fitted = others @ np.linalg.lstsq(others, Y[keep], rcond=None)[0]
    residual = Y[keep] - fitted

    def t_of(vector):
        y = fitted + residual * np.array(vector)[CLUSTER[keep]]
        test = cr1(fit_clustered(y, X[keep], CLUSTER[keep], NAMES), "pilot")
        return abs(test.estimate / test.std_error)

    draws = [t_of(v) for v in itertools.product([*values, *-values], repeat=4)]
    found = wild_bootstrap(small, "pilot", points="webb")
    assert found.draws == 6**4
    assert found.p_value == np.mean(np.array(draws) >= abs(found.t) - 1e-9)
    assert found.p_attainable == pytest.approx(6 / 6**4)


def test_drawn_vectors_come_near_all_of_them_and_never_give_zero():
    every = wild_bootstrap(fit(), "age", points="webb")
    drawn = wild_bootstrap(fit(), "age", points="webb", draws=40_000, seed=5)
    error = np.sqrt(every.p_value * (1 - every.p_value) / 40_000)
    assert abs(drawn.p_value - every.p_value) < 4 * error
    assert drawn.draws == 40_000
    planted = fit(Y + 40 * X[:, 2])
    assert wild_bootstrap(planted, "age", draws=99, seed=1).p_attainable == 2 / 32
    assert wild_bootstrap(planted, "age", points="webb", draws=99, seed=1).p_value >= 1 / 100


def test_the_same_seed_draws_the_same_vectors():
    p = [wild_bootstrap(fit(), "pilot", draws=999, seed=s).p_value for s in (3, 3, 4)]
    assert p[0] == p[1] != p[2]


def test_draws_without_a_seed_are_refused():
    with pytest.raises(RefusedError, match="draws need a number above zero and a seed"):
        wild_bootstrap(fit(), "pilot", draws=999)


def test_eight_clusters_are_too_many_for_all_of_webbs_vectors():
    y, cluster = RNG.normal(size=16), np.repeat(np.arange(8), 2)
    many = fit_clustered(y, np.ones((16, 1)), cluster, ("constant",))
    with pytest.raises(RefusedError, match=r"1,679,616 vectors of Webb's points.*\n.*at most 6"):
        wild_bootstrap(many, "constant", points="webb")


def test_the_interval_of_webbs_points_ends_where_its_test_rejects():
    low, high = wild_interval(fit(), "age", 0.9, points="webb")
    assert wild_bootstrap(fit(), "age", high + 1e-6, points="webb").p_value <= 0.1
    assert wild_bootstrap(fit(), "age", high - 1e-6, points="webb").p_value > 0.1
    assert low < cr1(fit(), "age").estimate < high
