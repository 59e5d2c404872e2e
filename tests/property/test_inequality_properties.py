"""Whatever the amounts: measures of inequality obey their axioms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluatie.methods import gini, lorenz, top_share

AMOUNTS = arrays(float, st.integers(2, 30), elements=st.integers(0, 10_000).map(float)).filter(
    lambda x: x.sum() > 0
)


@settings(max_examples=80, deadline=None)
@given(AMOUNTS, st.integers(2, 4), st.sampled_from([0.01, 3.0, 1e6]), st.randoms())
def test_gini_lies_between_zero_and_one_whatever_scale_copies_or_order(x, copies, scale, random):
    g = gini(x).estimate
    assert -1e-12 <= g <= 1 - 1 / x.size + 1e-12
    shuffled = x.copy()
    random.shuffle(shuffled)
    for other in (x * scale, np.tile(x, copies), shuffled):
        assert gini(other).estimate == pytest.approx(g, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(AMOUNTS, st.sampled_from([0.1, 0.25, 0.5]))
def test_top_share_is_at_least_the_top_and_grows_with_it(x, top):
    if top * x.size < 1:
        return
    share, more = top_share(x, top).estimate, top_share(x, top + 0.2).estimate
    assert top - 1e-12 <= share <= more + 1e-12 <= 1 + 1e-9
    assert top_share(np.tile(x, 3), top).estimate == pytest.approx(share)


@settings(max_examples=60, deadline=None)
@given(AMOUNTS)
def test_lorenz_curve_is_convex_and_below_equality(x):
    parts = np.linspace(0, 1, 41)
    curve = lorenz(x, parts)
    assert (curve <= parts + 1e-12).all()
    assert (np.diff(curve, 2) >= -1e-12).all()


@settings(max_examples=60, deadline=None)
@given(AMOUNTS, st.data())
def test_giving_from_rich_to_poor_never_raises_the_gini(x, data):
    rich, poor = int(np.argmax(x)), int(np.argmin(x))
    gap = (x[rich] - x[poor]) / 2
    gift = data.draw(st.floats(0, 1)) * gap
    after = x.copy()
    after[rich] -= gift
    after[poor] += gift
    assert gini(after).estimate <= gini(x).estimate + 1e-9
