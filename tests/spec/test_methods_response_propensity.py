"""Response propensity and weighting back: brute force where R has no ready answer, and refusals."""

import numpy as np
import pytest
from scipy.special import expit

from evaluatie.errors import RefusedError
from evaluatie.methods import fit_propensity, ipw_mean

NAMES = ("constant", "x", "woman")


def persons(n=300, seed=1):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=n), rng.integers(0, 2, n)]).astype(float)
    response = rng.random(n) < expit(X @ [0.2, 0.6, -0.3])
    y = np.where(response, X[:, 1] + rng.normal(size=n), np.nan)
    return X, response, y, rng.uniform(0.5, 2, n), rng.integers(0, n // 2, n)


def stacked(theta, X, response, y, w, v):
    """Estimating functions of the mean and of the model, one row per person; w for the mean."""
    mu, p = theta[0], expit(X @ theta[1:])
    own = np.where(response, w * (np.where(response, y, 0) - mu) / p, 0)
    return np.column_stack([own, X * (v * (response - p))[:, None]])


def sandwich(theta, cluster, *data):
    """Standard error of the mean by numerical derivatives of the stacked equations."""
    step = 1e-6
    derivative = np.column_stack(
        [
            (stacked(theta + e, *data).sum(axis=0) - stacked(theta - e, *data).sum(axis=0))
            / (2 * step)
            for e in np.eye(len(theta)) * step
        ]
    )
    totals = np.stack([stacked(theta, *data)[cluster == c].sum(axis=0) for c in np.unique(cluster)])
    bread = np.linalg.inv(derivative)
    return float(np.sqrt((bread @ (totals.T @ totals) @ bread.T)[0, 0]))


@pytest.mark.parametrize("weighted_model", [False, True])
def test_m_estimation_with_weights_and_households_is_the_brute_force_sandwich(weighted_model):
    X, response, y, w, household = persons()
    v = w if weighted_model else np.ones(len(w))
    model = fit_propensity(response, X, NAMES, v)
    found = ipw_mean(y, model, w, household)
    theta = np.append(found.estimate, model.coefficients)
    brute = sandwich(theta, household, X, response, y, w, v)
    assert found.std_error == pytest.approx(brute, rel=1e-6)
    assert found.n_clusters == len(np.unique(household))


def test_a_domain_is_a_mean_over_its_respondents():
    X, response, y, w, household = persons()
    y[np.flatnonzero(response)[:20]] = np.nan
    model = fit_propensity(response, X, NAMES, w)
    found = ipw_mean(y, model, w, household, ~np.isnan(y))
    factor = np.where(np.isnan(y), 0, w / model.chance)
    assert found.estimate == pytest.approx((factor * np.nan_to_num(y)).sum() / factor.sum())
    theta = np.append(found.estimate, model.coefficients)
    known = w * ~np.isnan(y)
    brute = sandwich(theta, household, X, response, np.nan_to_num(y), known, w)
    assert found.std_error == pytest.approx(brute, rel=1e-6)
    with pytest.raises(RefusedError, match=r"20 of \d+ respondents have no value"):
        ipw_mean(y, model, w, household)


def test_a_saturated_model_weights_by_the_inverse_response_rate():
    group = np.repeat([0.0, 1.0], [40, 60])
    response = np.r_[np.arange(40) < 10, np.arange(60) < 45]
    model = fit_propensity(response, np.column_stack([np.ones(100), group]), ("constant", "g"))
    assert model.chance == pytest.approx(np.where(group > 0, 0.75, 0.25))
    # weighted back, the mean of the group is that of everybody
    assert ipw_mean(group, model).estimate == pytest.approx(0.6)
    assert model.auc == pytest.approx((10 * 30 / 2 + 45 * 30 + 45 * 15 / 2) / (55 * 45))
    spread = np.std(model.chance, ddof=1)
    assert model.r_indicator == pytest.approx(1 - 2 * spread)


def test_random_response_is_representative():
    response = np.tile([True, False], 50)
    model = fit_propensity(response, np.ones((100, 1)), ("constant",))
    assert (model.r_indicator, model.auc) == (pytest.approx(1), pytest.approx(0.5))
    assert model.mcfadden == pytest.approx(0)


def refuse(message, response, X, names=NAMES, weights=None):
    with pytest.raises(RefusedError, match=message):
        fit_propensity(response, X, names, weights)


def test_separation_is_refused_by_name():
    X, _, _, _, _ = persons()
    refuse("separated perfectly by 'x'", X[:, 1] > 0.3, X)


def test_a_category_in_which_everybody_answered_is_refused_by_name():
    X, response, _, _, _ = persons()
    refuse("separated perfectly by 'woman'", response | (X[:, 2] > 0), X)


def test_separation_by_a_combination_of_terms_is_refused():
    X, _, _, _, _ = persons()
    refuse("separated perfectly: some", X[:, 1] + 2 * X[:, 2] > 1, X)


def test_what_cannot_be_modelled():
    X, response, _, w, _ = persons()
    refuse("300 of 300 persons responded", np.ones(300, bool), X)
    refuse("0 of 300 persons responded", np.zeros(300, bool), X)
    refuse("cannot be told apart", response, np.column_stack([X[:, :2], X[:, 1]]))
    refuse("zero or negative", response, X, weights=np.r_[0, w[1:]])
    refuse("one name per column", response, X, ("constant",))
    X[0, 1] = np.nan
    refuse("1 missing", response, X)


def test_one_household_gives_no_variance():
    X, response, y, _, _ = persons()
    with pytest.raises(RefusedError, match="one cluster"):
        ipw_mean(y, fit_propensity(response, X, NAMES), clusters=np.zeros(300))
