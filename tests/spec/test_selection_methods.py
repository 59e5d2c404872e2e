"""Households chosen for high cost: windows, balance, closed forms, and a null without effect."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    Followed,
    TwoMeasurements,
    equally_selected,
    expected_change_lognormal,
    expected_change_normal,
    followed,
    has_neighbours,
    histories,
    household_months,
    selected_change,
    threshold_effect,
)

WORLD = Path(__file__).parents[2] / "benchmarks" / "selected_households.py"


@pytest.fixture(scope="module")
def world():
    spec = importlib.util.spec_from_file_location("selected_households", WORLD)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def null(world):
    """A slice of the studies in the document: nobody is helped."""
    found = {}
    for how in ("threshold", "nomination"):
        rows = []
        for seed in range(25):
            rng = np.random.default_rng([seed, 11])
            study, _ = world.simulate(rng, how)
            rows.append(study.compare()[1])
        found[how] = rows
    return found


@pytest.mark.parametrize("how", ["threshold", "nomination"])
def test_before_and_after_alone_shows_a_large_false_saving(null, how):
    before = np.mean([found.before.estimate for found in null[how]])
    naive = np.array([found.change.estimate for found in null[how]])
    assert naive.mean() < -0.1 * before
    assert naive.mean() / (naive.std(ddof=1) / np.sqrt(len(naive))) < -4


@pytest.mark.parametrize("how", ["threshold", "nomination"])
def test_difference_with_equally_selected_households_is_zero_where_nothing_happened(null, how):
    difference = np.array([found.difference.estimate for found in null[how]])
    mcse = difference.std(ddof=1) / np.sqrt(len(difference))
    assert abs(difference.mean()) < 3 * mcse
    covered = np.mean([f.difference.ci_low <= 0 <= f.difference.ci_high for f in null[how]])
    assert covered >= 0.95 - 2 * np.sqrt(0.95 * 0.05 / len(difference))


def test_planted_effect_is_found(world):
    errors, truths = [], []
    for seed in range(20):
        rng = np.random.default_rng([seed, 12])
        study, truth = world.simulate(rng, "threshold", effect=0.4, households=2000, chosen=40)
        errors.append(study.compare()[1].difference.estimate - truth)
        truths.append(truth)
    assert abs(np.mean(errors)) < 3 * np.std(errors, ddof=1) / np.sqrt(len(errors))
    assert abs(np.mean(errors)) < 0.3 * abs(np.mean(truths))


def test_refuses_where_nobody_elsewhere_is_as_expensive(world):
    study, _ = world.simulate(np.random.default_rng(1), "unmatched", households=2000, chosen=40)
    with pytest.raises(RefusedError, match="of 40 chosen households can be followed and compared"):
        study.compare()


def test_who_leaves_counts_for_the_months_until_then():
    cost = np.full((2, 40), 100.0)
    seen = np.ones((2, 40), dtype=bool)
    seen[1, 33:] = False
    cost[1, 33:] = np.nan
    panel = household_months(cost, seen)
    who = histories(panel, [0, 1], [27, 27])
    after = followed(panel, who, 1, 12)
    assert after.months.tolist() == [12, 5]
    assert after.cost.tolist() == [1200, 500]
    assert who.window.tolist() == [1200, 1200]


def test_history_needs_the_whole_window_and_half_of_the_year_before():
    seen = np.ones((3, 30), dtype=bool)
    seen[1, 24] = False  # within the window
    seen[2, 2:12] = False  # five months left of the year before
    panel = household_months(np.ones((3, 30)), seen)
    assert histories(panel, [0, 1, 2], [26, 26, 26]).complete.tolist() == [True, False, False]
    assert not histories(panel, [0], [23]).complete[0]  # the calendar begins too late


def test_observed_month_without_amount_is_refused():
    with pytest.raises(RefusedError, match="1 observed months have no amount"):
        household_months([[1.0, np.nan]], [[True, True]])


def test_weights_make_the_means_equal_and_sum_to_the_chosen():
    rng = np.random.default_rng(3)
    chosen, others = rng.normal(0.8, 1, (25, 3)), rng.normal(0, 1, (400, 3))
    found = equally_selected(chosen, others, np.ones(400), np.arange(400), ("a", "b", "c"))
    assert found.weights.sum() == pytest.approx(25)
    assert found.weights @ others / 25 == pytest.approx(chosen.mean(axis=0))
    assert np.abs(found.weighted).max() < 1e-9 < np.abs(found.unweighted).min()
    assert found.weights.min() > 0


def test_a_household_that_occurs_twice_counts_once_in_the_effective_number():
    rng = np.random.default_rng(4)
    chosen, others = rng.normal(0, 1, (20, 1)), rng.normal(0, 1, (100, 1))
    once = equally_selected(chosen, others, np.ones(100), np.arange(100), ("a",))
    twice = equally_selected(
        chosen, np.repeat(others, 2, axis=0), np.ones(200), np.repeat(np.arange(100), 2), ("a",)
    )
    assert twice.effective_n == pytest.approx(once.effective_n)


def test_few_chosen_or_weights_worth_few_households_are_refused():
    rng = np.random.default_rng(5)
    with pytest.raises(RefusedError, match="9 chosen units can be followed"):
        equally_selected(np.ones((9, 1)), np.ones((50, 1)), np.ones(50), np.arange(50), ("a",))
    far = np.r_[rng.normal(0, 1, 60), 5.0, 5.1][:, None]
    with pytest.raises(RefusedError, match="the weights are worth"):
        equally_selected(rng.normal(5, 0.01, (20, 1)), far, np.ones(62), np.arange(62), ("a",))


def test_neighbours_must_be_close_on_every_scale_and_different_households():
    others = np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.1], [0.0, 3.0]])
    chosen = [[0.0, 0.0], [0.0, 3.0], [9.0, 0.0]]
    assert has_neighbours(chosen, others, [1, 2, 3, 4]).tolist() == [True, False, False]
    assert not has_neighbours(chosen, others, [1, 1, 3, 4]).any()


def test_interval_agrees_with_a_bootstrap_of_households_that_estimates_the_weights_anew():
    rng = np.random.default_rng(6)
    n, m = 60, 500

    def drawn(size, shift):
        x = rng.normal(shift, 1, size)
        return x[:, None], np.exp(x + rng.normal(0, 0.5, size)), rng.integers(6, 13, size)

    parts = drawn(n, 0.6), drawn(m, 0.0)

    def estimate(a, b):
        (x, cost, months), (z, other, seen) = (
            [v[rows] for v in part] for part, rows in zip(parts, (a, b), strict=True)
        )
        weights = equally_selected(x, z, np.ones(m), np.arange(m), ("x",))
        followed_up = Followed(cost, cost * months, months), Followed(other, other * seen, seen)
        places = np.arange(n) % 2, 2 + np.arange(m) % 2
        return selected_change(*followed_up, weights, *places)

    found = estimate(np.arange(n), np.arange(m))
    again = [estimate(rng.integers(0, n, n), rng.integers(0, m, m)) for _ in range(150)]
    spread = np.std([f.difference.estimate for f in again], ddof=1)
    assert found.difference.std_error == pytest.approx(spread, rel=0.2)
    _, cost, months = parts[0]
    assert found.after.estimate == pytest.approx(12 * (cost * months).sum() / months.sum())
    assert found.difference.estimate == pytest.approx(
        found.change.estimate - found.expected_change.estimate
    )


def test_closed_form_of_a_threshold_is_the_integral_over_the_tail():
    pair = TwoMeasurements(10, 10, 3, 3, 0.6)

    def fall(x):
        return (x - (10 + 0.6 * (x - 10))) * stats.norm.pdf(x, 10, 3)

    tail = stats.norm.sf(14, 10, 3)
    expected = integrate.quad(fall, 14, 60)[0] / tail
    assert threshold_effect(pair, 14) == pytest.approx(expected, rel=1e-8)


def test_normal_form_with_equal_moments_is_one_minus_rho_times_the_distance():
    rng = np.random.default_rng(7)
    x = rng.standard_normal(500)
    x = (x - x.mean()) / x.std()
    e = rng.standard_normal(500)
    e = e - e.mean() - (e @ x) / (x @ x) * x
    y = 0.6 * x + 0.8 * e / e.std()
    found = expected_change_normal([2.0, 3.0], x, y, np.arange(500))
    assert found.rho == pytest.approx(0.6)
    assert found.change == pytest.approx((1 - 0.6) * (0 - 2.5))
    assert found.rho_low < 0.6 < found.rho_high


def test_lognormal_form_is_the_mean_of_the_conditional_distribution():
    rng = np.random.default_rng(8)
    x = rng.standard_normal(400)
    x = (x - x.mean()) / x.std()
    e = rng.standard_normal(400)
    e = e - e.mean() - (e @ x) / (x @ x) * x
    y = 0.5 * x + np.sqrt(0.75) * e / e.std()
    first, second = np.exp(x), np.exp(y)
    chosen = np.exp(2.0)
    expected = stats.lognorm.mean(np.sqrt(0.75), scale=np.exp(0.5 * 2.0)) - chosen
    found = expected_change_lognormal([chosen], first, second, np.arange(400))
    assert found.change == pytest.approx(expected)


def test_zeros_stand_apart_in_the_lognormal_form():
    first = np.r_[np.exp(np.linspace(-1, 1, 60)), np.zeros(20)]
    second = np.r_[np.exp(np.linspace(-1, 1, 60))[::-1], np.full(20, 4.0)]
    second[:30] = np.where(np.arange(30) % 2, second[:30], 0.0)
    found = expected_change_lognormal([0.0], first, second, np.arange(80))
    assert found.change == pytest.approx(4.0)
    assert found.units == 45
