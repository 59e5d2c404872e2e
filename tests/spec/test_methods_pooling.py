"""Rubin's rules by hand, at their edges, and what they refuse."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import pool, pool_wald


def test_rubins_rules_by_hand():
    pooled = pool([1.0, 2.0, 3.0], [0.5, 0.5, 0.5])
    # within 0.5, between 1, total 0.5 + 4/3
    assert pooled.estimate[0] == 2
    assert pooled.std_error[0] == pytest.approx((0.5 + 4 / 3) ** 0.5)
    assert pooled.lam[0] == pytest.approx(4 / 3 / (0.5 + 4 / 3))
    assert pooled.df[0] == pytest.approx(2 / pooled.lam[0] ** 2)
    assert pooled.riv[0] == pytest.approx(8 / 3)
    low, high = pooled.interval(0.95)
    assert (low[0] + high[0]) / 2 == pytest.approx(2)


def test_without_missing_data_the_complete_analysis_comes_back():
    pooled = pool([2.0, 2.0], [0.25, 0.25], complete_df=10)
    assert pooled.std_error[0] == 0.5
    assert pooled.lam[0] == 0
    # v_obs of Barnard & Rubin keeps a little less than the complete df
    assert pooled.df[0] == pytest.approx(11 / 13 * 10, rel=1e-4)


def test_degrees_of_freedom_stay_below_those_of_complete_data():
    estimates, variances = [1.0, 1.1, 1.3], [1.0, 1.0, 1.0]
    free = pool(estimates, variances).df[0]
    few = pool(estimates, variances, complete_df=5).df[0]
    assert few < 5 < free


def test_a_term_without_any_variance_has_no_p_but_an_estimate():
    pooled = pool([1.0, 1.0], [0.0, 0.0])
    assert pooled.estimate[0] == 1
    assert pooled.std_error[0] == 0
    assert np.isnan(pooled.p_value[0])


def test_d1_of_one_term_is_the_square_of_the_t_statistic():
    estimates, variances = np.array([[1.0], [1.4], [0.9], [1.2], [1.6]]), np.full((5, 1), 0.2)
    single, joint = pool(estimates, variances), pool_wald(estimates, variances[:, :, None])
    t = single.estimate[0] / single.std_error[0]
    assert joint.statistic == pytest.approx(t**2)


def test_d1_is_invariant_to_linear_recoding():
    rng = np.random.default_rng(3)
    Q, A = rng.normal(1, 0.3, (20, 2)), np.array([[2.0, 1.0], [0.5, -1.0]])
    U = np.array([np.diag([0.1, 0.2])] * 20)
    plain, recoded = pool_wald(Q, U, 50), pool_wald(Q @ A.T, A @ U @ A.T, 50)
    assert recoded.statistic == pytest.approx(plain.statistic)
    assert recoded.df2 == pytest.approx(plain.df2)


def test_d1_against_another_null():
    Q, U = np.array([[1.0, 2.0], [1.2, 1.8], [0.8, 2.2]]), np.array([np.eye(2)] * 3)
    assert pool_wald(Q, U, null=Q.mean(axis=0)).statistic == 0


@pytest.mark.parametrize(
    ("estimates", "variances", "message"),
    [
        ([1.0], [1.0], "two sets"),
        ([1.0, np.nan], [1.0, 1.0], "1 entries over 2"),
        ([1.0, 2.0], [1.0, -1.0], "negative"),
        ([[1.0, 2.0]] * 3, [1.0] * 3, "one variance per estimate"),
    ],
)
def test_what_cannot_be_pooled(estimates, variances, message):
    with pytest.raises(RefusedError, match=message):
        pool(estimates, variances)


def test_terms_that_cannot_be_told_apart_are_not_tested_together():
    with pytest.raises(RefusedError, match="singular"):
        pool_wald(np.ones((4, 2)), [np.ones((2, 2))] * 4)


def test_complete_data_have_degrees_of_freedom():
    with pytest.raises(RefusedError, match="above zero"):
        pool([1.0, 2.0], [1.0, 1.0], complete_df=0)
