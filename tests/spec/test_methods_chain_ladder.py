"""Chain ladder: published example, brute force, simulated coverage, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import chain_ladder, complete_amounts, lognormal_interval

# Taylor and Ashe (1983), incremental amounts as printed in Mack (1993), table 1
TAYLOR_ASHE = """
357848 766940 610542 482940 527326 574398 146342 139950 227229 67948
352118 884021 933894 1183289 445745 320996 527804 266172 425046
290507 1001799 926219 1016654 750816 146923 495992 280405
310608 1108250 776189 1562400 272482 352053 206286
443160 693190 991983 769488 504851 470639
396132 937085 847498 805037 705960
440832 847631 1131398 1063269
359480 1061648 1443370
376686 986608
344014
"""
# Mack (1993), table 3 (in thousands): reserve and standard error as a percentage of it
RESERVES = (95, 470, 710, 985, 1419, 2178, 3920, 4279, 4626)
PERCENTAGES = (80, 26, 19, 27, 29, 26, 22, 23, 29)


def triangle():
    rows = [np.cumsum([float(n) for n in line.split()]) for line in TAYLOR_ASHE.split("\n") if line]
    return np.array([np.append(row, np.full(10 - len(row), np.nan)) for row in rows])


def completed(cumulative):
    known = ~np.isnan(cumulative)
    delay = known.sum(axis=1) - 1
    return complete_amounts(
        chain_ladder(cumulative), cumulative[np.arange(len(delay)), delay], delay
    )


def test_reserve_and_standard_errors_of_the_published_example():
    found = completed(triangle())
    paid = np.nansum([row[~np.isnan(row)][-1] for row in triangle()])
    assert round(found.total - paid) == 18_680_856
    assert round(found.total_std_error) == 2_447_095
    latest = np.array([row[~np.isnan(row)][-1] for row in triangle()])
    reserve = (found.ultimate - latest)[1:]
    assert np.round(reserve / 1000).tolist() == list(RESERVES)
    assert np.round(100 * found.std_error[1:] / reserve).tolist() == list(PERCENTAGES)


def test_factors_are_ratios_of_column_sums():
    cumulative = np.array([[100.0, 150, 165], [200, 310, np.nan], [120, np.nan, np.nan]])
    found = chain_ladder(cumulative)
    np.testing.assert_allclose(found.factor, [460 / 300, 165 / 150])
    f = 460 / 300
    np.testing.assert_allclose(found.variance[0], 100 * (1.5 - f) ** 2 + 200 * (1.55 - f) ** 2)
    assert found.rows.tolist() == [2, 1]
    assert found.to_ultimate(0) == pytest.approx(460 / 300 * 1.1)
    assert found.to_ultimate(2) == 1.0


def test_parts_of_a_row_add_up_to_the_row_and_to_its_error():
    """Areas of one quarter: the same total, the same error of the sum."""
    development = chain_ladder(triangle())
    whole = complete_amounts(development, [344014.0], [0])
    parts = complete_amounts(development, [100000.0, 200000.0, 44014.0], [0, 0, 0])
    assert parts.total == pytest.approx(whole.total)
    assert parts.total_std_error == pytest.approx(whole.total_std_error)
    assert parts.std_error[2] / parts.ultimate[2] > whole.std_error[0] / whole.ultimate[0]


def test_interval_covers_what_comes_in_when_growth_is_random():
    """2,000 triangles of 24 quarters and 6 delays from Mack's own model, gamma steps."""
    rng = np.random.default_rng(11)
    growth, variance = np.array([1.9, 1.3, 1.1, 1.03, 1.01]), np.array([40.0, 9, 3, 0.6, 0.1])
    replicates, quarters = 2000, 24
    amounts = np.empty((replicates, quarters, 6))
    amounts[..., 0] = rng.uniform(900, 1100, (replicates, quarters))
    for j in range(5):
        before = amounts[..., j]
        shape = before * growth[j] ** 2 / variance[j]
        amounts[..., j + 1] = rng.gamma(shape, before * growth[j] / shape)
    hidden = np.arange(6) > (quarters - 1 - np.arange(quarters))[:, None]
    covered = np.zeros((replicates, 3))
    total = np.zeros(replicates)
    for r in range(replicates):
        found = completed(np.where(hidden, np.nan, amounts[r]))
        truth = amounts[r, :, -1]
        for k, row in enumerate((-1, -2, -3)):
            low, high = lognormal_interval(found.ultimate[row], found.std_error[row], 0.95)
            covered[r, k] = low <= truth[row] <= high
        low, high = lognormal_interval(found.total, found.total_std_error, 0.95)
        total[r] = low <= truth.sum() <= high
    shares = np.append(covered.mean(axis=0), total.mean())
    assert (shares > 0.95 - 3 * np.sqrt(0.95 * 0.05 / replicates)).all(), shares
    assert (shares < 0.97).all(), shares


def test_an_amount_of_nothing_stays_nothing():
    found = complete_amounts(chain_ladder(triangle()), [0.0, 1000.0], [0, 9])
    assert found.ultimate.tolist() == [0.0, 1000.0]
    assert found.std_error.tolist() == [0.0, 0.0]
    assert lognormal_interval(0.0, 0.0, 0.95) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("cumulative", "words"),
    [
        ([[1.0, 2.0], [1.0, np.nan]], "too small"),
        ([[1.0, 2.0], [np.nan, 2.0], [1.0, np.nan]], "holes"),
        ([[1.0, 2.0, np.nan]] * 3, "last delay"),
        ([[1.0, 2.0], [0.0, 2.0], [1.0, np.nan]], "1 of 5 cumulative amounts are zero"),
    ],
)
def test_what_cannot_be_a_triangle_is_refused(cumulative, words):
    with pytest.raises(RefusedError, match=words):
        chain_ladder(cumulative)


def test_a_delay_beyond_the_triangle_is_refused():
    with pytest.raises(RefusedError, match="0 to 9"):
        complete_amounts(chain_ladder(triangle()), [1.0], [10])
