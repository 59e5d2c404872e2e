"""What must hold for weights and design-based estimates whatever the data."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    Calibration,
    Design,
    Margin,
    effective_n,
    interval,
    logit_interval,
    rake,
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
