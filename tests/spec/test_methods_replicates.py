"""Jackknife and bootstrap weights against closed forms, loops and simulation."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    Calibration,
    Centre,
    Design,
    Margin,
    Replicates,
    bootstrap_replicates,
    design_quantile,
    design_ratio,
    jackknife_replicates,
    quantile_columns,
    rake,
    rake_columns,
    survey_regression,
)

RNG = np.random.default_rng(3)
N = 60
STRATA, CLUSTERS = np.repeat([0, 1, 2], 20), np.repeat(np.arange(30), 2)
WEIGHTS = RNG.uniform(1, 4, N)
Y, X = RNG.normal(10, 3, N) + 2 * STRATA, RNG.uniform(1, 3, N)
DESIGN = Design.of(WEIGHTS, STRATA, CLUSTERS)


def drawn(replicates=400, seed=1):
    return bootstrap_replicates(WEIGHTS, STRATA, CLUSTERS, replicates, np.random.default_rng(seed))


def test_the_jackknife_of_a_plain_mean_is_s_over_root_n():
    values = np.array([2.0, 4, 6, 12])
    plain = Design.of(np.ones(4), np.zeros(4), range(4))
    found = plain.with_replicates(jackknife_replicates(np.ones(4), np.zeros(4), range(4)))
    assert found.mean(values).std_error == pytest.approx(values.std(ddof=1) / 2)


def test_leaving_out_a_household_gives_its_weight_to_the_others_of_its_area():
    made = jackknife_replicates([1, 1, 2, 2], ["a", "a", "b", "b"], ["h1", "h2", "h1", "h2"])
    assert sorted(made.weights.T.tolist()) == [
        [0, 2, 2, 2],
        [1, 1, 0, 4],
        [1, 1, 4, 0],
        [2, 0, 2, 2],
    ]
    assert made.factors == pytest.approx([0.5] * 4)


def test_the_jackknife_of_a_total_equals_the_linearised_standard_error():
    made = DESIGN.with_replicates(jackknife_replicates(WEIGHTS, STRATA, CLUSTERS))
    assert made.total(Y).std_error == pytest.approx(DESIGN.total(Y).std_error)


def test_bootstrap_weights_keep_the_number_of_households_of_every_area():
    weights = bootstrap_replicates(np.ones(N), STRATA, CLUSTERS, 50, RNG).weights
    for stratum in range(3):
        assert weights[stratum == STRATA].sum(axis=0) == pytest.approx(20)
    assert (weights == 0).any(axis=0).all()


def test_the_bootstrap_agrees_with_the_linearised_standard_error():
    many = DESIGN.with_replicates(drawn(6000))
    for ours, theirs in [
        (many.total(Y), DESIGN.total(Y)),
        (many.mean(Y), DESIGN.mean(Y)),
        (design_ratio(many, Y, X), design_ratio(DESIGN, Y, X)),
        (many.change(Y, STRATA == 2), DESIGN.change(Y, STRATA == 2)),
    ]:
        assert ours.estimate == theirs.estimate
        assert ours.std_error == pytest.approx(theirs.std_error, rel=0.05)


def test_every_replicate_is_an_estimate_by_itself():
    made, design = drawn(25), DESIGN.with_replicates(drawn(25))
    columns = np.column_stack([np.ones(N), X])
    means, slopes, ratios = [], [], []
    for weights in made.weights.T:
        keep = weights > 0
        one = Design.of(weights[keep], STRATA[keep], CLUSTERS[keep])
        means.append(one.mean(Y[keep]).estimate)
        slopes.append(survey_regression(one, Y[keep], columns[keep]).coefficients[1])
        ratios.append(design_ratio(one, Y[keep], X[keep]).estimate)
    regression = survey_regression(design, Y, columns)
    assert design.mean(Y).std_error == pytest.approx(np.std(means, ddof=1))
    assert regression.std_errors[1] == pytest.approx(np.std(slopes, ddof=1))
    assert design_ratio(design, Y, X).std_error == pytest.approx(np.std(ratios, ddof=1))


def test_quantiles_of_all_columns_are_those_of_each():
    weights = drawn(20).weights
    each = [
        design_quantile(Design.of(w[w > 0], STRATA[w > 0], CLUSTERS[w > 0]), Y[w > 0], 0.5).estimate
        for w in weights.T
    ]
    assert quantile_columns(Y, weights, 0.5) == pytest.approx(each)


def test_the_two_conventions_differ_by_the_bias_of_the_replicates():
    made, estimates = drawn(30), np.array([[1.0], [2], [6]])
    around_mean = Replicates(made.weights[:, :3], 0.5, np.ones(3))
    around_full = Replicates(made.weights[:, :3], 0.5, np.ones(3), Centre.ESTIMATE)
    assert around_mean.covariance(estimates, np.array([2.0])) == pytest.approx(7)
    assert around_full.covariance(estimates, np.array([2.0])) == pytest.approx(8.5)


def test_raked_replicates_all_meet_the_margins_and_each_is_raked_by_itself():
    codes = [STRATA, (np.arange(N) * 7 % 4).astype(np.int64)]
    margins = [
        Margin("area", codes[0], np.array([30.0, 50, 40])),
        Margin("group", codes[1], np.array([20.0, 40, 30, 30])),
    ]
    base = drawn(10).weights
    raked = rake_columns(base, margins).weights
    for margin in margins:
        sums = np.array([np.bincount(margin.codes, column) for column in raked.T])
        assert sums == pytest.approx(np.tile(margin.totals, (10, 1)))
    for before, after in zip(base.T, raked.T, strict=True):
        keep = before > 0
        parts = [Margin(m.name, m.codes[keep], m.totals) for m in margins]
        assert after[keep] == pytest.approx(rake(before[keep], parts).weights)
        assert (after[~keep] == 0).all()


def test_raking_the_replicates_agrees_with_raking_residuals():
    margins = [Margin("area", STRATA, np.array([30.0, 50, 40]))]
    weights = rake(WEIGHTS, margins).weights
    made = drawn(6000)
    raked = Replicates(rake_columns(made.weights, margins).weights, made.scale, made.factors)
    replicated = Design.of(weights, STRATA, CLUSTERS).with_replicates(raked).mean(Y)
    taylor = Design.of(weights, STRATA, CLUSTERS, Calibration(np.eye(3)[STRATA])).mean(Y)
    assert replicated.estimate == taylor.estimate
    assert replicated.std_error == pytest.approx(taylor.std_error, rel=0.06)


def test_a_stratum_of_one_household_is_refused_with_the_number():
    for make in (
        lambda: jackknife_replicates(np.ones(3), [0, 0, 1], [0, 1, 2]),
        lambda: bootstrap_replicates(np.ones(3), [0, 0, 1], [0, 1, 2], 10, RNG),
    ):
        with pytest.raises(RefusedError, match="1 of 2 strata have one sampling unit"):
            make()


def test_a_replicate_without_anybody_in_the_domain_is_refused():
    design = DESIGN.with_replicates(jackknife_replicates(WEIGHTS, STRATA, CLUSTERS))
    with pytest.raises(RefusedError, match="1 of 30 replicates leave nobody"):
        design.mean(Y, CLUSTERS == 0)


def test_a_replicate_that_empties_a_raking_cell_is_refused():
    margins = [Margin("pair", (CLUSTERS == 0).astype(np.int64), np.array([100.0, 5]))]
    made = jackknife_replicates(WEIGHTS, STRATA, CLUSTERS)
    with pytest.raises(RefusedError, match="1 of 30 sets of weights leave a cell without"):
        rake_columns(made.weights, margins)


def test_one_replicate_has_no_spread():
    with pytest.raises(RefusedError, match="1 replicates have no spread"):
        bootstrap_replicates(WEIGHTS, STRATA, CLUSTERS, 1, RNG)
