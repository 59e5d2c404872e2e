"""R topic 04: mice::pool and mice::D1, on the twenty completed sets that mice made."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.errors import RefusedError
from evaluatie.methods import pool, pool_wald

R = values("04_mi")
SETS = [rows for _, rows in table("nhanes2_completed_m20.csv").groupby(".imp")]


def least_squares(y, X):
    """Coefficients and covariance matrix, as lm."""
    b = np.linalg.solve(X.T @ X, X.T @ y)
    residual = y - X @ b
    return b, np.linalg.inv(X.T @ X) * (residual @ residual) / (len(y) - X.shape[1])


def logistic(y, X):
    """Coefficients and covariance matrix as R's glm, which stops at 1e-8, weights one step old."""
    p, before = (y + 0.5) / 2, np.inf
    eta = np.log(p / (1 - p))
    while True:
        w = p * (1 - p)
        b = np.linalg.solve((X.T * w) @ X, X.T @ (w * (eta + (y - p) / w)))
        eta = X @ b
        p = 1 / (1 + np.exp(-eta))
        deviance = -2 * np.log(np.where(y > 0, p, 1 - p)).sum()
        if abs(deviance - before) < 1e-8 * (deviance + 0.1):
            return b, np.linalg.inv((X.T * w) @ X)
        before = deviance


def design(rows, *columns):
    return np.column_stack([np.ones(len(rows)), *columns])


def chl(rows):
    ages = [(rows["age"] == level).to_numpy(float) for level in ("40-59", "60-99")]
    return least_squares(rows["chl"].to_numpy(float), design(rows, *ages, rows["bmi"]))


MODELS = {
    "lm_chl": (chl, R["dfcom_lm"]),
    "glm_hyp": (
        lambda rows: logistic((rows["hyp"] == "yes").to_numpy(float),
                              design(rows, rows["bmi"], rows["chl"])), 22),
    "mean_bmi": (lambda rows: least_squares(rows["bmi"].to_numpy(float), design(rows)), 24),
    "lm_chl_dfcom_inf": (
        lambda rows: least_squares(rows["chl"].to_numpy(float), design(rows, rows["bmi"])), 1e7),
}  # fmt: skip
NAMES = {
    "est": "estimate", "se": "std_error", "df": "df", "p": "p_value", "ubar": "within",
    "b": "between", "t": "total", "riv": "riv", "lambda": "lam", "fmi": "fmi",
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_rubins_rules_are_those_of_mice_pool(model):
    fit, complete_df = MODELS[model]
    fits = [fit(rows) for rows in SETS]
    pooled = pool([b for b, _ in fits], [np.diag(v) for _, v in fits], complete_df)
    low, high = pooled.interval()
    for j, expected in enumerate(R[model].values()):
        for theirs, ours in NAMES.items():
            assert getattr(pooled, ours)[j] == agrees(expected[theirs]), theirs
        if "lo" in expected:
            assert (low[j], high[j]) == (agrees(expected["lo"]), agrees(expected["hi"]))


def test_the_joint_test_is_d1_of_mice():
    fits = [chl(rows) for rows in SETS]
    tested = [1, 2]
    found = pool_wald(
        [b[tested] for b, _ in fits], [v[np.ix_(tested, tested)] for _, v in fits], R["dfcom_lm"]
    )
    expected = R["D1"]
    assert found.statistic == agrees(expected["F.value"])
    assert (found.df1, found.df2) == (expected["df1"], agrees(expected["df2"]))
    assert found.p_value == agrees(expected["P(>F)"])
    assert found.riv == agrees(expected["RIV"])


def test_three_imputations_are_too_few_for_a_small_joint_test():
    with pytest.raises(RefusedError, match="more imputations"):
        pool_wald(np.eye(3)[:, :2], [np.eye(2)] * 3, complete_df=20)
