"""Gamma models, their bootstrap in one go, and intervals from replicates."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    bootstrap_intervals,
    fit_glm,
    gamma_glm,
    gamma_replicates,
    jackknife_influence,
    resampled,
    two_part,
)

TERMS = ("one", "pilot", "age")


def example(n=300, seed=0):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), np.arange(n) % 2, rng.normal(size=n)])
    return rng.gamma(0.7, np.exp(6 - 0.2 * X[:, 1] + 0.1 * X[:, 2]) / 0.7), X


def test_without_covariates_a_gamma_model_is_the_ratio_of_means():
    y, X = example()
    fit = gamma_glm(y, X[:, :2], TERMS[:2])
    means = [y[X[:, 1] == g].mean() for g in (0, 1)]
    assert fit.coefficients == pytest.approx([np.log(means[0]), np.log(means[1] / means[0])])


def test_every_replicate_is_the_full_fit_of_its_sample():
    y, X = example()
    counts = resampled(len(y), 20, seed=3)
    found = gamma_replicates(y, X, TERMS, counts)
    for row, weight in zip(found, counts.astype(int), strict=True):
        drawn = np.repeat(np.arange(len(y)), weight)
        assert row == pytest.approx(gamma_glm(y[drawn], X[drawn], TERMS).coefficients, abs=1e-9)


def test_blocks_do_not_change_a_replicate():
    y, X = example(2000)
    counts = resampled(len(y), 300, seed=3)  # more than one block
    whole = gamma_replicates(y, X, TERMS, counts)
    assert whole[-1] == pytest.approx(gamma_replicates(y, X, TERMS, counts[-1:])[0], abs=1e-12)


def test_a_replicate_without_a_group_is_nan():
    y, X = example()
    weights = np.ones((2, len(y)))
    weights[1] = X[:, 1] == 0  # nobody of the pilot is drawn
    found = gamma_replicates(y, X, TERMS, weights)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()


def test_many_correlated_terms_are_no_dependent_terms():
    rng = np.random.default_rng(1)
    cell = rng.integers(0, 20, 2000)
    base = rng.normal(size=(2000, 1))
    X = np.column_stack([np.eye(20)[cell], base + 0.05 * rng.normal(size=(2000, 8))])
    y = rng.gamma(1.0, 100.0, 2000)
    names = [f"x{k}" for k in range(28)]
    counts = resampled(2000, 3, seed=3)
    found = gamma_replicates(y, X, names, counts)
    drawn = np.repeat(np.arange(2000), counts[2].astype(int))
    assert found[2] == pytest.approx(gamma_glm(y[drawn], X[drawn], names).coefficients, abs=1e-8)


def test_weights_must_fit():
    y, X = example()
    with pytest.raises(RefusedError, match="the weights have shape"):
        gamma_replicates(y, X, TERMS, np.ones(len(y)))


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.r_[0.0, np.arange(1.0, 20.0)], "1 outcomes do not fit a gamma model"),
        (np.ones(20), "all 20 outcomes are equal"),
    ],
)
def test_amounts_that_no_gamma_model_has(y, words):
    with pytest.raises(RefusedError, match=words):
        gamma_glm(y, np.ones((20, 1)), ["one"])


def test_terms_that_depend_on_one_another_are_refused():
    y, X = example()
    with pytest.raises(RefusedError, match="not independent"):
        gamma_glm(y, np.column_stack([X, X[:, 1]]), [*TERMS, "again"])


def test_perfect_separation_is_refused():
    X = np.column_stack([np.ones(20), np.repeat([0.0, 1.0], 10)])
    with pytest.raises(RefusedError, match="run to infinity"):
        fit_glm(X[:, 1], X, ["one", "group"], "binomial")


def test_two_parts_multiply_to_the_mean():
    """Saturated in one group: share of users times their mean cost is the mean of the group."""
    y, X = example()
    y[::3] = 0.0
    design, pilot = X[:, :2], X[:, 1] == 1
    fit = two_part(y, design, TERMS[:2])
    assert fit.mean(design[pilot]) == pytest.approx(y[pilot].mean())
    expected = y[pilot].mean() - y[~pilot].mean()
    assert fit.incremental(design, "pilot") == pytest.approx(expected)
    with pytest.raises(RefusedError, match="negative"):
        two_part(y - 1, design, TERMS[:2])


def test_whole_clusters_are_drawn_within_their_stratum():
    clusters = np.array([0, 0, 1, 2, 2, 2, 3, 4])
    strata = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    counts = resampled(8, 200, 1, strata, clusters)
    assert (counts[:, 0] == counts[:, 1]).all()
    assert (counts[:, 3] == counts[:, 5]).all()
    assert (counts[:, [0, 2, 3]].sum(axis=1) == 3).all()
    assert (counts[:, [6, 7]].sum(axis=1) == 2).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(8), abs=0.25)


def test_draws_that_cannot_be_made():
    with pytest.raises(RefusedError, match="more than one stratum"):
        resampled(4, 10, 1, [0, 1, 1, 1], [0, 0, 1, 2])
    with pytest.raises(RefusedError, match="one unit to draw from"):
        resampled(3, 10, 1, [0, 1, 1])


def test_the_same_seed_draws_the_same_samples():
    assert (resampled(50, 5, 7) == resampled(50, 5, 7)).all()
    assert (resampled(50, 5, 7) != resampled(50, 5, 8)).any()


def test_bca_covers_a_skewed_mean_better_than_percentile():
    rng, truth, hits = np.random.default_rng(5), 1.0, np.zeros(2)
    counts = resampled(25, 1000, 1)
    for _ in range(300):
        y = rng.lognormal(-0.5, 1.0, 25)
        mean = y.mean()
        influence = jackknife_influence(mean, (y.sum() - y) / 24)
        found = bootstrap_intervals(mean, counts @ y / 25, influence)
        hits += [lo <= truth <= hi for lo, hi in (found.percentile, found.bca)]
    assert hits[1] >= hits[0]
    assert hits[1] / 300 > 0.84


@pytest.mark.parametrize(
    ("replicates", "words"),
    [
        (np.arange(10.0), "10 replicates"),
        (np.ones(999), "without spread"),
        (np.arange(999.0) + 100, "one side"),
        (np.r_[np.nan, np.arange(999.0)], "missing"),
    ],
)
def test_replicates_without_an_interval(replicates, words):
    with pytest.raises(RefusedError, match=words):
        bootstrap_intervals(50.0, replicates, np.array([1.0, -1.0]))
