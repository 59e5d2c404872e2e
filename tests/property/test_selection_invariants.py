"""What holds for every comparison of chosen units with equally selected ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluatie.methods import (
    Followed,
    equally_selected,
    expected_level,
    household_months,
    selected_change,
)

seeds = st.integers(0, 10_000)


def example(seed: int):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(0.5, 1, (20, 2)), rng.normal(0, 1, (200, 2))
    weights = equally_selected(x, z, rng.uniform(0.5, 2, 200), np.arange(200) // 2, ("a", "b"))
    cost, other = np.exp(x[:, 0] + rng.normal(size=20)), np.exp(z[:, 0] + rng.normal(size=200))
    months, seen = rng.integers(1, 13, 20), rng.integers(1, 13, 200)
    mine = Followed(x[:, 0] + 9, cost * months, months.astype(float))
    theirs = Followed(z[:, 0] + 9, other * seen, seen.astype(float))
    return weights, mine, theirs, np.arange(20) % 4, 4 + np.arange(200) % 4


def scaled(units: Followed, factor: float) -> Followed:
    return Followed(units.before * factor, units.cost * factor, units.months)


@settings(max_examples=15)
@given(seeds, st.floats(0.1, 1000))
def test_amounts_in_another_currency_scale_everything(seed, factor):
    weights, mine, theirs, *areas = example(seed)
    one = selected_change(mine, theirs, weights, *areas)
    other = selected_change(scaled(mine, factor), scaled(theirs, factor), weights, *areas)
    for name in ("change", "expected_change", "difference", "difference_areas"):
        a, b = getattr(one, name), getattr(other, name)
        assert b.estimate == pytest.approx(factor * a.estimate, rel=1e-6, abs=1e-9 * factor)
        assert b.std_error == pytest.approx(factor * a.std_error, rel=1e-6)


@settings(max_examples=15)
@given(seeds)
def test_difference_is_change_minus_expected_and_before_is_equal(seed):
    weights, mine, theirs, *areas = example(seed)
    found = selected_change(mine, theirs, weights, *areas)
    assert found.before.estimate == pytest.approx(found.expected_before.estimate)
    assert found.difference.estimate == pytest.approx(
        found.change.estimate - found.expected_change.estimate
    )
    assert found.difference_areas.estimate == found.difference.estimate
    level = expected_level(weights, theirs.cost, theirs.months)
    assert level.estimate == pytest.approx(found.expected_after.estimate)


@settings(max_examples=15)
@given(seeds)
def test_order_of_comparators_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(0.5, 1, (20, 2)), rng.normal(0, 1, (200, 2))
    order = rng.permutation(200)
    one = equally_selected(x, z, np.ones(200), np.arange(200), ("a", "b"))
    other = equally_selected(x, z[order], np.ones(200), np.arange(200)[order], ("a", "b"))
    assert other.weights == pytest.approx(one.weights[order], rel=1e-6, abs=1e-12)


@settings(max_examples=30)
@given(seeds, st.integers(-15, 15), st.integers(0, 12))
def test_sums_over_a_stretch_are_those_of_its_months(seed, first, length):
    rng = np.random.default_rng(seed)
    cost, seen = rng.exponential(100, (3, 24)), rng.random((3, 24)) < 0.8
    panel = household_months(cost, seen)
    amount, months = panel.between(np.array([1]), np.array([12]), first, first + length)
    columns = [c for c in range(12 + first, 12 + first + length + 1) if 0 <= c < 24]
    assert amount[0] == pytest.approx((cost * seen)[1, columns].sum())
    assert months[0] == seen[1, columns].sum()
