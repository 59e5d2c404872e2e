"""Not worse and equivalent, by randomisation and by Student's t."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    complete_assignments,
    randomisation_equivalence,
    randomisation_not_worse,
    share_equivalence,
    t_equivalence,
)

ARMS = complete_assignments(np.repeat([True, False], 4))
SMALL = np.array([0.1, -0.1, 0.2, -0.2, 0.15, -0.15, 0.05, -0.05])
EQUAL = np.ones(8)


def test_small_changes_within_a_wide_margin_are_equivalent():
    found = randomisation_equivalence(SMALL, EQUAL, ARMS, -10, 10)
    assert (found.p_value, found.p_attainable) == (1 / 70, 1 / 70)
    assert -10 < found.ci_low <= found.estimate <= found.ci_high < 10


def test_the_interval_lies_within_the_margins_exactly_when_the_test_says_so():
    for margin in np.linspace(0.02, 0.4, 39):
        found = randomisation_equivalence(SMALL, EQUAL, ARMS, -margin, margin)
        within = -margin < found.ci_low and found.ci_high < margin
        assert within == (found.p_value <= 0.05)


def test_not_worse_looks_toward_better_from_the_margin():
    better = randomisation_not_worse(SMALL, EQUAL, ARMS, 1, higher_is_better=True)
    assert better.p_value == 1 / 70
    cost = randomisation_not_worse(SMALL + 5 * ARMS.treated, EQUAL, ARMS, 1, higher_is_better=False)
    assert cost.p_value == 1


def test_margins_the_wrong_way_round_are_refused():
    with pytest.raises(RefusedError, match="lower margin must lie below"):
        randomisation_equivalence(SMALL, EQUAL, ARMS, 1, -1)


def test_values_without_spread_are_refused():
    with pytest.raises(RefusedError, match="do not vary"):
        t_equivalence([1, 1, 1], [1, 1], -1, 1)


def test_equal_shares_are_equivalent_when_there_are_people_enough():
    found = share_equivalence((500, 500), (1000, 1000), -0.1, 0.1)
    assert found.p_lower == pytest.approx(found.p_upper)
    assert found.p_value < 0.001
    assert -0.1 < found.ci_low < 0 < found.ci_high < 0.1


def test_shares_that_give_no_standard_error_are_refused():
    with pytest.raises(RefusedError, match="no standard error"):
        share_equivalence((0, 20), (20, 20), -0.1, 0.1)
    with pytest.raises(RefusedError, match="successes must lie"):
        share_equivalence((30, 5), (20, 20), -0.1, 0.1)
