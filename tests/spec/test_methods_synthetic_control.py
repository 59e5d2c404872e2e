"""Weighted mixes of donors, against known mixes and the conditions of an optimum."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import placebo_estimates, synthetic_control, synthetic_did
from evaluatie.methods.areas.simplex import frank_wolfe, simplex_least_squares

RNG = np.random.default_rng(11)
DONORS = RNG.normal(50, 5, (4, 1)) + RNG.normal(0, 3, (4, 12))
MIX = np.array([0.5, 0.0, 0.2, 0.3])
ARM = np.array([True, False, False, False, False])


def panel(effect=0.0, shift=0.0):
    treated = MIX @ DONORS + shift
    return np.vstack([treated + effect * (np.arange(12) >= 8), DONORS])


# ---- weights -------------------------------------------------------------------------------------


def test_two_donors_by_hand():
    # (1 - w) 0 + w 4 should be 1: w = 1/4; a ridge of 16 pulls towards 1/2
    A, b = np.array([[0.0, 4.0]]), np.array([1.0])
    np.testing.assert_allclose(simplex_least_squares(A, b), [0.75, 0.25])
    # minimise (4w - 1)^2 + 16 (w^2 + (1 - w)^2): 48 w = 20
    np.testing.assert_allclose(simplex_least_squares(A, b, 16.0), [28 / 48, 20 / 48])


def test_a_goal_outside_the_donors_gets_the_nearest_one():
    np.testing.assert_allclose(
        simplex_least_squares(np.array([[1.0, 3.0]]), np.array([9.0])), [0, 1]
    )


def test_enough_frank_wolfe_steps_reach_the_same_weights():
    A, b = DONORS.T[:8], panel()[0, :8]
    steps = frank_wolfe(A, b, 1.0, np.full(4, 0.25), 0.0, 20_000)
    np.testing.assert_allclose(steps, simplex_least_squares(A, b, 1.0), atol=5e-3)


# ---- estimates -----------------------------------------------------------------------------------


def test_synthetic_control_finds_the_mix_and_the_effect():
    found = synthetic_control(panel(effect=7.0), ARM, before=8)
    np.testing.assert_allclose(found.unit_weights, MIX, atol=1e-8)
    assert found.estimate == pytest.approx(7.0)
    assert found.misfit == pytest.approx(0, abs=1e-8)
    np.testing.assert_allclose(found.gaps, 7.0 * (np.arange(12) >= 8), atol=1e-7)


def test_a_lasting_difference_in_level_is_no_effect_to_synthetic_did():
    found = synthetic_did(panel(effect=7.0, shift=30.0), ARM, before=8)
    level = synthetic_control(panel(effect=7.0, shift=30.0), ARM, before=8)
    assert abs(found.estimate - 7.0) < 1.5  # the ridge keeps it from the exact mix
    assert level.estimate > 20
    assert found.time_weights.sum() == pytest.approx(1)
    assert found.unit_weights.sum() == pytest.approx(1)


def test_with_parallel_donors_any_weights_give_the_difference_in_differences():
    common = RNG.normal(size=10)
    table = RNG.normal(size=(6, 1)) + common
    arm = np.arange(6) < 2
    table[arm, 7:] += 3.0
    for solver in ("exact", "published"):
        assert synthetic_did(table, arm, 7, solver=solver).estimate == pytest.approx(3.0)


def test_residents_weigh_the_treated_areas():
    table = np.vstack([panel(effect=10.0), panel()[:1]])
    arm = np.array([True, False, False, False, False, True])
    found = synthetic_control(table, arm, 8, weights=[3, 1, 1, 1, 1, 1])
    assert found.estimate == pytest.approx(7.5)


def test_every_donor_has_its_turn_as_a_placebo():
    found = placebo_estimates(panel(effect=7.0), ARM, before=8)
    assert found.shape == (4,)
    alone = synthetic_did(DONORS, np.arange(4) == 2, before=8)
    # the same donor alone, with the penalty of all donors' noise: close, not equal
    assert found[2] == pytest.approx(alone.estimate, abs=1.0)
    assert placebo_estimates(DONORS, np.arange(4) < 1, 8).shape == (3,)


# ---- refusals ------------------------------------------------------------------------------------


def test_as_many_treated_areas_as_donors_have_no_placebos():
    with pytest.raises(RefusedError, match="2 donors cannot stand in for 2 treated areas"):
        placebo_estimates(DONORS, [1, 1, 0, 0], before=8)


@pytest.mark.parametrize("treated", [np.zeros(5), np.ones(5), np.arange(5) > 0])
def test_no_comparison_area_is_refused(treated):
    with pytest.raises(RefusedError, match=r"treated areas and \d donors"):
        synthetic_control(panel(), treated, before=8)


@pytest.mark.parametrize("before", [2, 12])
def test_too_few_periods_are_refused(before):
    with pytest.raises(RefusedError, match=f"{before} periods before the start"):
        synthetic_did(panel(), ARM, before=before)


def test_donors_that_never_move_and_missing_periods_are_refused():
    flat = np.vstack([panel()[0], np.ones((4, 12))])
    with pytest.raises(RefusedError, match="do not vary before the start"):
        synthetic_did(flat, ARM, before=8)
    holed = panel()
    holed[2, 3] = np.nan
    with pytest.raises(RefusedError, match="1 missing or infinite"):
        synthetic_control(holed, ARM, before=8)
