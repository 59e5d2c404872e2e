"""What must hold for weights and design-based estimates whatever the data."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    Calibration,
    Design,
    Distance,
    Margin,
    bootstrap_replicates,
    calibrate,
    design_quantile,
    design_ratio,
    effective_n,
    interval,
    jackknife_replicates,
    logit_interval,
    rake,
    rake_columns,
    share_interval,
    survey_regression,
    trim,
)


@st.composite
def samples(draw):
    n = draw(st.integers(6, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    data = {
        "values": np.where(rng.random(n) < 0.1, np.nan, rng.normal(5, 2, n)),
        "weights": rng.uniform(0.5, 4, n),
        "strata": rng.integers(0, 3, n),
        "clusters": rng.integers(0, n, n),
        "later": rng.random(n) < 0.5,
        "margin": rng.integers(0, 3, n),
    }
    answered = ~np.isnan(data["values"])
    assume(answered[data["later"]].any() and answered[~data["later"]].any())
    return data


def design_of(data, order=slice(None), calibrated=True):
    matrix = np.eye(3)[data["margin"]][order]
    columns = (data[name][order] for name in ("weights", "strata", "clusters"))
    return Design.of(*columns, Calibration(matrix) if calibrated else None)


def mean_or_assume(design, *arguments):
    try:
        return design.mean(*arguments)
    except RefusedError:
        assume(False)


@settings(deadline=None)
@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(data, random):
    order = list(range(len(data["values"])))
    random.shuffle(order)
    one = mean_or_assume(design_of(data), data["values"])
    other = design_of(data, order).mean(data["values"][order])
    assert other.estimate == pytest.approx(one.estimate)
    assert other.std_error == pytest.approx(one.std_error, abs=1e-9)
    assert (other.df, other.n, other.n_clusters) == (one.df, one.n, one.n_clusters)


@settings(deadline=None)
@given(samples(), st.floats(-5, 5), st.sampled_from([0.1, 2.0, 100.0]))
def test_a_mean_moves_with_its_unit(data, shift, unit):
    design = design_of(data)
    one = mean_or_assume(design, data["values"])
    other = design.mean(unit * data["values"] + shift)
    assert other.estimate == pytest.approx(unit * one.estimate + shift)
    assert other.std_error == pytest.approx(unit * one.std_error, abs=1e-9 * unit)


@settings(deadline=None)
@given(samples())
def test_all_weights_times_ten_change_no_mean(data):
    one = mean_or_assume(design_of(data), data["values"])
    other = design_of({**data, "weights": 10 * data["weights"]}).mean(data["values"])
    assert other.estimate == pytest.approx(one.estimate)
    assert other.std_error == pytest.approx(one.std_error, abs=1e-9)


@settings(deadline=None)
@given(samples())
def test_domains_that_split_the_sample_average_to_the_whole(data):
    design, first = design_of(data, calibrated=False), data["later"]
    whole = mean_or_assume(design, data["values"])
    parts = [mean_or_assume(design, data["values"], part) for part in (first, ~first)]
    answered = ~np.isnan(data["values"])
    sizes = [data["weights"][part & answered].sum() for part in (first, ~first)]
    assert np.average([p.estimate for p in parts], weights=sizes) == pytest.approx(whole.estimate)
    assert sum(p.n for p in parts) == whole.n


@settings(deadline=None)
@given(samples())
def test_a_change_is_the_difference_of_two_domain_means(data):
    design = design_of(data)
    mean_or_assume(design, data["values"])
    change = design.change(data["values"], data["later"])
    before, after = (
        mean_or_assume(design, data["values"], part) for part in (~data["later"], data["later"])
    )
    assert change.estimate == pytest.approx(after.estimate - before.estimate, abs=1e-9)
    assert change.std_error <= before.std_error + after.std_error + 1e-9


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.floats(1e-4, 0.3), st.integers(1, 500))
def test_intervals_contain_their_estimate(share, std_error, df):
    low, high = logit_interval(share, std_error, df, 0.95, 30)
    assert 0 <= low <= share + 1e-12
    assert share <= high + 1e-12
    assert high <= 1
    low, high = interval(share, std_error, df, 0.95)
    assert low <= share <= high


@settings(deadline=None)
@given(st.lists(st.floats(0.1, 50), min_size=2, max_size=30), st.floats(1.05, 4))
def test_trimming_keeps_the_sum_and_respects_the_cap(weights, times):
    cap = times * float(np.mean(weights))
    trimmed = trim(weights, cap)
    assert trimmed.sum() == pytest.approx(sum(weights))
    assert trimmed.max() <= cap * (1 + 1e-9)
    assert effective_n(trimmed) >= effective_n(weights) - 1e-9


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_raking_reproduces_margins_and_ignores_a_common_factor(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 3, 60), rng.integers(0, 2, 60)
    assume(np.unique(first * 2 + second).size == 6)
    margins = [
        Margin("first", first, np.array([100.0, 250, 650])),
        Margin("second", second, np.array([400.0, 600])),
    ]
    base = rng.uniform(1, 3, 60)
    weights = rake(base, margins).weights
    assert np.bincount(first, weights) == pytest.approx(margins[0].totals)
    assert np.bincount(second, weights) == pytest.approx(margins[1].totals)
    assert rake(base * 17, margins).weights == pytest.approx(weights)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_columns_raked_together_are_raked_as_if_alone(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 3, 60), rng.integers(0, 2, 60)
    assume(np.unique(first * 2 + second).size == 6)
    margins = [
        Margin("first", first, np.array([100.0, 250, 650])),
        Margin("second", second, np.array([400.0, 600])),
    ]
    base = rng.uniform(1, 3, (60, 4))
    together = rake_columns(base, margins).weights
    alone = [rake(column, margins).weights for column in base.T]
    assert together == pytest.approx(np.column_stack(alone), rel=1e-7)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(list(Distance)))
def test_calibrated_weights_reproduce_the_totals_within_their_bounds(seed, distance):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(50), rng.normal(size=(50, 2)), rng.integers(0, 2, 50)])
    base = rng.uniform(1, 3, 50)
    totals = (base * rng.uniform(0.8, 1.25, 50)) @ X  # some weights within the bounds have these
    found = calibrate(base, X, totals, distance, (0.5, 2.0))
    assert found.weights @ X == pytest.approx(totals, rel=1e-9, abs=1e-9)
    assert found.corrections.min() >= 0.5 - 1e-12
    assert found.corrections.max() <= 2 + 1e-12


@settings(deadline=None)
@given(samples(), st.integers(0, 1000))
def test_replicate_weights_keep_the_expected_weight_of_every_household(data, seed):
    columns = [data[name] for name in ("weights", "strata", "clusters")]
    try:
        jack = jackknife_replicates(*columns)
    except RefusedError:
        assume(False)
    # averaged with the factors of the jackknife the replicates add up to the weights themselves
    boot = bootstrap_replicates(*columns, 3000, np.random.default_rng(seed))
    assert boot.weights.mean(axis=1) == pytest.approx(data["weights"], rel=0.35)
    strata = np.unique(data["strata"])
    for stratum in strata:
        inside = data["strata"] == stratum
        own = (jack.weights[inside] == 0).any(axis=0)
        assert jack.weights[inside][:, own].mean(axis=1) == pytest.approx(data["weights"][inside])


@settings(deadline=None)
@given(samples(), st.sampled_from([0.1, 2.0, 100.0]))
def test_a_ratio_and_a_slope_move_with_their_unit(data, unit):
    design = design_of(data)
    mean_or_assume(design, data["values"])
    size = 1 + np.abs(np.nan_to_num(data["values"]))
    one, other = (design_ratio(design, k * data["values"], size) for k in (1, unit))
    assert other.estimate == pytest.approx(unit * one.estimate)
    assert other.std_error == pytest.approx(unit * one.std_error)
    X = np.column_stack([np.ones(len(size)), data["weights"]])
    try:
        slopes = [survey_regression(design, k * data["values"], X) for k in (1, unit)]
    except RefusedError:
        assume(False)
    assert slopes[1].coefficients == pytest.approx(unit * slopes[0].coefficients)
    assert slopes[1].std_errors == pytest.approx(unit * slopes[0].std_errors, abs=1e-9)


@settings(deadline=None)
@given(samples(), st.floats(0.2, 0.8))
def test_a_quantile_is_a_value_and_lies_in_its_interval(data, p):
    design = design_of(data, calibrated=False)
    try:
        found = design_quantile(design, data["values"], p)
    except RefusedError:
        assume(False)
    known = data["values"][~np.isnan(data["values"])]
    assert {found.estimate, found.ci_low, found.ci_high} <= set(known)
    assert found.ci_low <= found.estimate <= found.ci_high


@settings(deadline=None)
@given(st.floats(0.01, 0.99), st.floats(1e-3, 0.2), st.sampled_from(["beta", "asin"]))
def test_every_share_interval_contains_its_share(share, std_error, method):
    low, high = share_interval(share, std_error, 30, 0.95, 200, method=method)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1
