"""Weights on a simplex, and differences in differences, on whatever numbers there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluatie.methods import EFFECT, synthetic_did, two_by_two, wild_bootstrap
from evaluatie.methods.areas.simplex import simplex_least_squares

SMALL = st.floats(-10, 10, width=16)


@given(
    A=arrays(float, (6, 4), elements=st.floats(-10, 10, width=16)),
    b=arrays(float, 6, elements=st.floats(-10, 10, width=16)),
    penalty=st.sampled_from([0.0, 0.1, 10.0]),
)
def test_no_other_weights_fit_better(A, b, penalty):
    """Karush-Kuhn-Tucker: in no direction within the simplex does the fit improve."""
    w = simplex_least_squares(A, b, penalty)
    assert w.sum() == pytest.approx(1)
    assert w.min() >= 0
    slope = A.T @ (A @ w - b) + penalty * w
    size = max(1.0, np.abs(A.T @ A).max(), np.abs(A.T @ b).max())
    assert slope.min() >= slope @ w - 1e-7 * size


@given(arrays(float, 24, elements=SMALL), st.floats(-5, 5), st.floats(0.1, 10))
def test_shift_and_scale_move_the_effect_and_leave_the_p(noise, shift, scale):
    area = np.repeat(np.arange(6), 4)
    pilot, post = area < 3, np.arange(24) % 2 == 1
    y = noise + np.sin(np.arange(24))  # never constant
    one = two_by_two(y, pilot, post, area)
    other = two_by_two(scale * (y + shift * (pilot & post)) + 3 * area, pilot, post, area)
    effects = [fit.coefficients[fit.position(EFFECT)] for fit in (one, other)]
    assert effects[1] == pytest.approx(scale * (effects[0] + shift), abs=1e-6)
    p = wild_bootstrap(one, EFFECT).p_value
    assert p >= 2 / 2**6
    again = two_by_two(scale * y, pilot, post, area)
    assert wild_bootstrap(again, EFFECT).p_value == p


@given(arrays(float, (5, 8), elements=SMALL), st.floats(-5, 5))
def test_synthetic_did_ignores_levels_of_areas_and_adds_up_effects(noise, effect):
    table = noise + np.cos(np.arange(40)).reshape(5, 8) * 3
    arm = np.arange(5) < 1
    planted = table + effect * arm[:, None] * (np.arange(8) >= 5)
    levels = table + np.arange(5)[:, None] * 7.0
    one = synthetic_did(table, arm, 5).estimate
    assert synthetic_did(planted, arm, 5).estimate == pytest.approx(one + effect, abs=1e-6)
    assert synthetic_did(levels, arm, 5).estimate == pytest.approx(one, abs=1e-6)
