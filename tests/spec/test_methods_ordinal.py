"""The proportional-odds model against logistic regression, weights, and its refusals."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import cut_odds, gee, proportional_odds

RNG = np.random.default_rng(9)
N, CLUSTER = 600, np.repeat(np.arange(8), 75)
PILOT = (CLUSTER < 4).astype(float)
AGE = RNG.normal(size=N)
X, NAMES = np.column_stack([PILOT, AGE]), ("pilot", "age")
LATENT = 0.7 * PILOT - 0.4 * AGE + RNG.logistic(size=N)
ANSWER = np.digitize(LATENT, [-1.5, 0, 1.5])
WEIGHTS = RNG.uniform(0.5, 2, N)


def fit(answers=ANSWER, weights=None, categories=4):
    return proportional_odds(answers, X, NAMES, categories, weights)


def test_two_categories_are_logistic_regression():
    y = (ANSWER >= 2).astype(float)
    found = fit(y, categories=2)
    logit = gee(y, np.column_stack([np.ones(N), X]), np.arange(N), ("constant", *NAMES),
                working="independence", link="logit")  # fmt: skip
    assert found.coefficients == pytest.approx(logit.coefficients[1:])
    assert found.thresholds[0] == pytest.approx(-logit.coefficients[0])
    plain = logit.test("pilot", 3, corrected=False).std_error
    one_each = found.clustered("pilot", np.arange(N), 3, corrected=False).std_error
    assert one_each == pytest.approx(plain)


def test_frequency_weights_equal_repeated_rows():
    times = RNG.integers(1, 4, N)
    rows = np.repeat(np.arange(N), times)
    repeated = proportional_odds(ANSWER[rows], X[rows], NAMES, 4)
    weighted = fit(weights=times)
    assert weighted.coefficients == pytest.approx(repeated.coefficients)
    assert weighted.model_covariance == pytest.approx(repeated.model_covariance)


def test_the_scores_vanish_and_the_information_is_their_derivative():
    found = fit(weights=WEIGHTS)
    assert found.row_scores.sum(axis=0) == pytest.approx(np.zeros(5), abs=1e-7)
    step, base = 1e-5, np.concatenate([found.coefficients, found.thresholds])
    for j in range(5):
        ends = []
        for sign in (1, -1):
            moved = base + sign * step * np.eye(5)[j]
            ends.append(loglik(moved))
        middle = loglik(base)
        curvature = -(ends[0] - 2 * middle + ends[1]) / step**2
        assert found.information[j, j] == pytest.approx(curvature, rel=1e-3)
    assert found.loglik == pytest.approx(loglik(base))


def loglik(theta):
    eta = X @ theta[:2]
    cuts = np.concatenate([[-np.inf], theta[2:], [np.inf]])
    below = 1 / (1 + np.exp(-(cuts[:, None] - eta)))
    p = below[ANSWER + 1, np.arange(N)] - below[ANSWER, np.arange(N)]
    return WEIGHTS @ np.log(p)


def test_turning_the_answers_round_turns_the_sign():
    turned = fit(3 - ANSWER, WEIGHTS)
    assert turned.coefficients == pytest.approx(-fit(weights=WEIGHTS).coefficients)
    one = fit(weights=WEIGHTS).clustered("pilot", CLUSTER, 2)
    assert turned.clustered("pilot", CLUSTER, 2).std_error == pytest.approx(one.std_error)


def test_the_planted_odds_ratio_is_found():
    estimate = fit().coefficients[0]
    assert estimate == pytest.approx(0.7, abs=3 * np.sqrt(fit().model_covariance[0, 0]))


def test_odds_at_every_cut_scatter_around_the_common_one():
    at_cuts = cut_odds(ANSWER, X, NAMES, 4, "pilot")
    assert at_cuts.shape == (3,)
    assert at_cuts.min() < fit().coefficients[0] < at_cuts.max()


def test_a_cut_that_is_predicted_perfectly_is_left_empty():
    answers = np.where((PILOT == 1) & (ANSWER == 0), 1, ANSWER)
    assert np.isnan(cut_odds(answers, X[:, :1], NAMES[:1], 4, "pilot")[0])


def test_cluster_correction_makes_the_standard_error_larger():
    found = fit(weights=WEIGHTS)
    plain = found.clustered("pilot", CLUSTER, 2, corrected=False).std_error
    corrected = found.clustered("pilot", CLUSTER, 2)
    assert corrected.std_error > plain
    assert (corrected.df, corrected.n_clusters) == (6, 8)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(RefusedError, match="1 of 5 categories have no answers"):
        fit(categories=5)
    with pytest.raises(RefusedError, match="no place among the categories"):
        fit(ANSWER + 0.5)
    with pytest.raises(RefusedError, match="predicts the answer perfectly"):
        proportional_odds(2 * PILOT + (AGE > 0), PILOT[:, None], ["pilot"], 4)
    with pytest.raises(RefusedError, match="predicts the answer perfectly"):
        proportional_odds(PILOT, PILOT[:, None], ["pilot"], 2)
    with pytest.raises(RefusedError, match="cannot be told apart"):
        proportional_odds(ANSWER, np.ones((N, 1)), ["constant"], 4)
    with pytest.raises(RefusedError, match="missing or infinite"):
        fit(np.where(PILOT == 1, np.nan, ANSWER))
    with pytest.raises(RefusedError, match="at least two"):
        fit().clustered("pilot", np.zeros(N), 2)
    with pytest.raises(RefusedError, match="no term"):
        fit().clustered("wave", CLUSTER, 2)
