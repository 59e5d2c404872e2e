"""What we impute against what mice imputes, as distributions: means and spread over imputations.

Monte Carlo on both sides, so the comparison is not to 1e-6: two means over m imputations must agree
within four standard errors, two variances within an F limit.
"""

import numpy as np
import pytest
from golden import table, values
from scipy import stats

from evaluatie.methods import VariableKind, impute

R = values("own_04_mice")
OURS = 1000
NUMERIC, CATEGORICAL = VariableKind.NUMERIC, VariableKind.CATEGORICAL


def slope(y, x):
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    return (x * y).sum(axis=1) / (x * x).sum(axis=1)


@pytest.fixture(scope="module")
def ours():
    data = table("own_04_mice.csv")
    kinds = [NUMERIC, CATEGORICAL, NUMERIC, NUMERIC, CATEGORICAL]
    done = impute(data.to_numpy(float), list(data), kinds, seed=3, imputations=OURS)
    x, y, z, b = (done.variable(name) for name in ("x", "y", "z", "b"))
    return {
        "mean_y": y.mean(axis=1), "mean_z": z.mean(axis=1), "share_b": b.mean(axis=1),
        "sd_y": y.std(axis=1, ddof=1), "slope_yx": slope(y, x), "slope_zy": slope(z, y),
    }  # fmt: skip


@pytest.mark.parametrize("statistic", R["pmm"]["mean"])
def test_imputations_are_distributed_as_those_of_mice_pmm(ours, statistic):
    found, mean, variance = ours[statistic], R["pmm"]["mean"][statistic], R["pmm"]["variance"]
    error = (found.var(ddof=1) / OURS + variance[statistic] / 1000) ** 0.5
    assert abs(found.mean() - mean) < 4 * error
    # F limits at 1e-4; the sd over imputations has tails a little heavier than normal
    ratio = found.var(ddof=1) / variance[statistic]
    assert 1 / 1.3 < ratio < 1.3
    assert stats.f.ppf(1 - 1e-4, OURS - 1, 999) < 1.3


def test_a_category_is_distributed_as_by_logistic_regression(ours):
    """mice's default for two levels draws from a logistic model; matching agrees in the mean."""
    found, R_mean = ours["share_b"], R["logreg"]["mean"]["share_b"]
    spread = np.sqrt(R["logreg"]["variance"]["share_b"])
    assert abs(found.mean() - R_mean) < 0.25 * spread
    assert found.std(ddof=1) / spread == pytest.approx(1, abs=0.15)
