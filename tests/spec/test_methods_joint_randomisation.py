"""A sum of contrasts with denominators of their own: inversion by enumeration, exact at zero."""

from __future__ import annotations

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import joint_contrast, randomisation_interval
from evaluatie.methods.areas.randomisation import (
    Assignments,
    complete_assignments,
    difference,
    paired_assignments,
)

TREATED = np.repeat([True, False], 4)
ALL = complete_assignments(TREATED)


def drawn(seed: int, parts: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    changes = rng.normal(0, 50, (parts, 8)) + rng.normal(0, 80, 8)
    weights = rng.uniform(500, 5000, (parts, 8))
    return changes, weights, weights[:, TREATED].sum(axis=1)


def test_one_part_has_the_interval_of_its_own_contrast_times_its_size() -> None:
    changes, weights, sizes = drawn(1, 1)
    found = joint_contrast(changes, weights, sizes, [1], ALL, 0.95)
    low, high = randomisation_interval(changes[0], weights[0], ALL, 0.95)
    assert (found.low, found.high) == pytest.approx((low * sizes[0], high * sizes[0]), rel=1e-12)
    assert found.estimate == pytest.approx(
        sizes[0] * difference(changes[0], weights[0], ALL)[ALL.observed]
    )


@pytest.mark.parametrize("shares", [[1, 1, 1], [0.7, 0, 0.3]])
def test_with_one_denominator_the_sum_of_changes_has_the_same_interval(shares) -> None:
    changes, weights, _ = drawn(2)
    same = np.tile(weights[0], (3, 1))
    size = np.repeat(weights[0, TREATED].sum(), 3)
    found = joint_contrast(changes, same, size, shares, ALL, 0.95)
    low, high = randomisation_interval(changes.sum(axis=0), weights[0], ALL, 0.95)
    assert (found.low, found.high) == pytest.approx((low * size[0], high * size[0]), rel=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_ends_are_where_enumeration_starts_to_reject(seed: int) -> None:
    changes, weights, sizes = drawn(seed)
    shares = np.array([0.5, 0.3, 0.2])
    found = joint_contrast(changes, weights, sizes, shares, ALL, 0.95)

    def p_value(effect: float) -> float:
        """Take the hypothesised effect away from every treated area, part by part."""
        left = changes - np.outer(shares * effect / sizes, TREATED)
        rows = [n * difference(y, w, ALL) for n, y, w in zip(sizes, left, weights, strict=True)]
        sums = np.abs(np.sum(rows, axis=0))
        return float(np.mean(sums >= sums[ALL.observed] - 1e-9 * sums.max()))

    step = 1e-6 * (found.high - found.low)
    assert min(p_value(found.low + step), p_value(found.high - step)) > 0.05
    assert max(p_value(found.low - step), p_value(found.high + step)) <= 0.05


def test_without_an_effect_at_most_alpha_of_the_assignments_leave_zero_out() -> None:
    changes, weights, _ = drawn(5)
    missed = 0
    for row in range(len(ALL.matrix)):
        observed = Assignments(ALL.matrix, row)
        sizes = weights[:, observed.treated].sum(axis=1)
        # the scale of a part may not depend on who is treated: the statistic is then exchangeable
        found = joint_contrast(
            changes, weights, np.ones(3) * sizes.mean(), [1, 1, 1], observed, 0.95
        )
        missed += not found.low <= 0 <= found.high
    assert missed / len(ALL.matrix) <= 0.05


def test_too_few_areas_for_the_level_give_no_ends() -> None:
    pairs = paired_assignments([True, False, True, False], [0, 0, 1, 1])
    found = joint_contrast([[1.0, 2, 3, 5]], [[1.0, 1, 1, 1]], [10], [1], pairs, 0.95)
    assert (found.low, found.high) == (-np.inf, np.inf)


def test_shapes_and_negative_shares_are_refused() -> None:
    changes, weights, sizes = drawn(6)
    with pytest.raises(RefusedError, match="the weights have shape"):
        joint_contrast(changes, weights[:2], sizes, [1, 1, 1], ALL, 0.95)
    with pytest.raises(RefusedError, match="below 0"):
        joint_contrast(changes, weights, sizes, [1, 1, -1], ALL, 0.95)
    changes[0, 0] = np.nan
    with pytest.raises(RefusedError):
        joint_contrast(changes, weights, sizes, [1, 1, 1], ALL, 0.95)
