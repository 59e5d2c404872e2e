"""Consistency, ordered answers and estimating equations do not depend on how things are written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from evaluatie.errors import RefusedError
from evaluatie.methods import gee, one_factor, proportional_odds, reliability

SEEDS = st.integers(0, 2**32 - 1)


def scale(seed: int, k: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(80, 1)) + rng.uniform(0.5, 1.5, k) * rng.normal(size=(80, k))


@given(SEEDS, st.integers(3, 6), st.floats(0.1, 100), st.floats(-50, 50))
def test_unit_origin_and_order_of_items_do_not_matter(seed, k, unit, origin):
    items = scale(seed, k)
    order = np.random.default_rng(seed).permutation(k)
    found, other = reliability(items), reliability(unit * items[:, order] + origin)
    assert other.alpha == pytest.approx(found.alpha, abs=1e-8)
    assert other.lambda6 == pytest.approx(found.lambda6, abs=1e-8)
    assert other.item_rest == pytest.approx(found.item_rest[order], abs=1e-8)
    assert found.alpha <= 1
    assert found.ci_low <= found.alpha <= found.ci_high


@given(SEEDS, st.floats(0.1, 100))
def test_omega_does_not_depend_on_the_unit_of_all_items(seed, unit):
    items = scale(seed, 4) + 2 * np.random.default_rng(seed).normal(size=(80, 1))
    try:
        found = one_factor(items)
    except RefusedError:
        reject()  # chance made an item without variance of its own: no omega to compare
    other = one_factor(unit * items)
    assert other.omega == pytest.approx(found.omega, rel=1e-6)
    assert other.chi2 == pytest.approx(found.chi2, rel=1e-5, abs=1e-6)
    assert 0 < found.omega < 1


@given(SEEDS, st.integers(2, 5))
def test_reversed_answers_have_the_opposite_log_odds(seed, categories):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(200, 2))
    cuts = np.sort(rng.uniform(-1.5, 1.5, categories - 1))
    answers = np.digitize(X[:, 0] + rng.logistic(size=200), cuts)
    answers[:categories] = np.arange(categories)  # every answer occurs
    one = proportional_odds(answers, X, ["a", "b"], categories)
    other = proportional_odds(categories - 1 - answers, -X, ["a", "b"], categories)
    assert other.coefficients == pytest.approx(one.coefficients, abs=1e-7)
    assert other.thresholds == pytest.approx(-one.thresholds[::-1], abs=1e-7)


@given(SEEDS, st.sampled_from(["independence", "exchangeable", "ar1"]), st.floats(0.1, 10))
def test_a_contrast_follows_the_unit_of_the_outcome(seed, working, unit):
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(6), 8)
    X = np.column_stack([np.ones(48), cluster < 3, rng.normal(size=48)]).astype(float)
    y = rng.normal(size=6)[cluster] + rng.normal(size=48)
    names = ("constant", "pilot", "x")
    one = gee(y, X, cluster, names, working=working).test("pilot", 2)
    other = gee(unit * y, X, cluster, names, working=working).test("pilot", 2)
    assert other.estimate == pytest.approx(unit * one.estimate, rel=1e-6, abs=1e-9)
    assert other.std_error == pytest.approx(unit * one.std_error, rel=1e-6)
