"""Multiple imputation: what it never does, what it refuses, and that its intervals cover."""

import numpy as np
import pytest
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods import VariableKind, impute, pool
from evaluatie.methods.missing.imputation_checks import checked_table
from evaluatie.methods.missing.imputation_state import Chains
from evaluatie.methods.missing.predictive_mean import bayesian_draw, draw_donors, optimal_scores

NUMERIC, CATEGORICAL = VariableKind.NUMERIC, VariableKind.CATEGORICAL
NAMES, KINDS = ("x", "y", "z", "c"), (NUMERIC, NUMERIC, NUMERIC, CATEGORICAL)


def table(seed=0, n=120, missing=0.2):
    """Three related numbers and a category with three levels; x is complete."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y, z = x + rng.normal(size=n), x - rng.normal(size=n)
    c = 3.0 + np.digitize(x + rng.normal(size=n), [-0.5, 0.8])
    values = np.column_stack([x, y, z, c])
    gaps = rng.random(values.shape) < missing
    gaps[:, 0] = False
    return np.where(gaps, np.nan, values)


def test_observed_values_stay_and_imputed_values_are_somebodys():
    values = table()
    found = impute(values, NAMES, KINDS, seed=1, imputations=3)
    for k in range(found.size):
        full = found.completed(k)
        seen = ~np.isnan(values)
        assert (full[seen] == values[seen]).all()
        assert not np.isnan(full).any()
        for j in range(4):
            assert set(full[:, j]) <= set(values[seen[:, j], j])
        assert (found.variable("y")[k] == full[:, 1]).all()


def test_the_seed_decides():
    values = table()
    one, again, other = (impute(values, NAMES, KINDS, seed=s, imputations=2) for s in (1, 1, 2))
    assert (one.completed(1) == again.completed(1)).all()
    assert (one.completed(1) != other.completed(1)).any()
    assert (one.completed(0) != one.completed(1)).any()


def test_a_complete_table_comes_back():
    values = table(missing=0)
    found = impute(values, NAMES, KINDS, seed=1, imputations=2)
    assert (found.completed(1) == values).all()
    assert found.r_hat() == {}


def test_the_sums_of_products_stay_true_to_the_tables():
    values = table()
    chains = Chains.start(checked_table(values, NAMES, KINDS, 5), 2, np.random.default_rng(4))
    rng = np.random.default_rng(5)
    for _ in range(20):
        for variable in chains.incomplete:
            donors = rng.integers(0, len(variable.known), (2, variable.gaps.size))
            chains.fill(variable, donors, chains.gram_of_donors(variable))
    direct = chains.design.transpose(0, 2, 1) @ chains.design
    direct += chains.complete.T @ chains.complete
    assert chains.gram == pytest.approx(direct, abs=1e-9)


def test_the_draw_has_the_posterior_of_a_normal_regression():
    rng = np.random.default_rng(2)
    X = np.column_stack([np.ones(30), rng.normal(size=30)])
    y = X @ [1.0, 2.0] + rng.normal(size=30)
    m = 20_000
    XtX, Xty = np.tile(X.T @ X, (m, 1, 1)), np.tile(X.T @ y, (m, 1))
    fitted, drawn, residual = bayesian_draw(XtX, Xty, np.full(m, y @ y), 30, rng)
    b = np.linalg.solve(X.T @ X, X.T @ y)
    assert fitted[0] == pytest.approx(b, rel=1e-4)  # the ridge of mice
    rss = ((y - X @ b) ** 2).sum()
    assert residual[0] == pytest.approx(rss)
    # multivariate t on n - q df: variance rss/(n-q-2) (X'X)^-1
    variance = rss / 26 * np.linalg.inv(X.T @ X)
    assert np.cov(drawn.T) == pytest.approx(variance, rel=0.05)


def test_donors_are_the_nearest_and_ties_are_broken_at_random():
    rng = np.random.default_rng(0)
    observed, wanted = np.tile(np.arange(20.0), (400, 1)), np.full((400, 1), 7.1)
    assert set(draw_donors(observed, wanted, 3, rng)[:, 0]) == {6, 7, 8}
    edge = draw_donors(observed, np.full((400, 1), -5.0), 3, rng)
    assert set(edge[:, 0]) == {0, 1, 2}
    tied = np.concatenate([draw_donors(np.zeros((1, 20)), np.zeros((1, 50)), 3, rng)[0]
                           for _ in range(40)])  # fmt: skip
    assert set(tied) == set(range(20))


def test_optimal_scores_are_the_first_canonical_variate():
    rng = np.random.default_rng(8)
    x, category = rng.normal(size=(200, 2)), rng.integers(0, 4, 200)
    x[:, 0] += np.array([0.0, 2.0, -1.0, 0.7])[category]
    Y = (category[:, None] == [1, 2, 3]).astype(float)
    X = np.column_stack([np.ones(200), x])
    scores = optimal_scores(
        (Y.T @ Y)[None], (X.T @ X)[None], (X.T @ Y)[None], Y.sum(axis=0)[None], 200
    )[0]

    def explained(a):
        s = Y @ a - (Y @ a).mean()
        return ((X @ np.linalg.lstsq(X, s, rcond=None)[0]) ** 2).sum() / (s @ s)

    best = explained(scores)
    trials = rng.normal(size=(500, 3))
    assert best >= max(explained(a) for a in trials) - 1e-6


def test_chains_that_mix_have_r_hat_near_one():
    found = impute(table(n=400), NAMES, KINDS, seed=1, imputations=10, iterations=15)
    assert found.chain_means.shape == (15, 10, 3)
    assert all(0.9 < value < 1.1 for value in found.r_hat().values())


def refuse(values, message, names=NAMES, kinds=KINDS):
    with pytest.raises(RefusedError, match=message):
        impute(values, names, kinds, seed=1)


def test_what_nobody_answered_is_refused():
    values = table()
    values[:, 1] = np.nan
    refuse(values, "'y' is missing for all 120 rows")


def test_too_few_donors_are_refused():
    values = table()
    values[4:, 1] = np.nan
    values[:4, 1] = 1.0
    refuse(values, "known for 4 of 120 rows")


def test_a_predictor_that_separates_perfectly_is_refused_by_name():
    values = table()
    answered = ~np.isnan(values[:, 3])
    values[answered, 3] = (values[answered, 0] > 0) + 3.0
    refuse(values, "'x' separates the categories of 'c'")


def test_a_category_that_decides_another_is_refused():
    group = np.tile([0.0, 1.0, 2.0], 20)
    answer = np.where(np.arange(60) < 9, np.nan, (group > 1).astype(float))
    refuse(np.column_stack([group, answer]), "'g' separates", ("g", "a"), (CATEGORICAL,) * 2)


def test_a_sum_of_others_is_refused():
    values = table(missing=0)[:, :3]
    values[:, 2] = values[:, 0] + values[:, 1]
    values[:9, 2] = np.nan
    refuse(values, "determined exactly", NAMES[:3], KINDS[:3])


@pytest.mark.parametrize("variable", ["y", "c"])
def test_a_variable_with_one_answer_is_filled_with_it(variable):
    values, j = table(), NAMES.index(variable)
    values[:, j] = np.where(np.isnan(values[:, j]), np.nan, 7.0)
    found = impute(values, NAMES, KINDS, seed=1)
    assert set(found.variable(variable).ravel()) == {7.0}
    assert variable not in found.r_hat()


@pytest.mark.parametrize("bad", ["infinite", "names", "kinds"])
def test_a_malformed_table_is_refused(bad):
    values, names, kinds = table(), list(NAMES), list(KINDS)
    if bad == "infinite":
        values[0, 0] = np.inf
    elif bad == "names":
        names[1] = "x"
    else:
        kinds.pop()
    refuse(values, "table|kind|name", names, kinds)


def simulated(rng, mechanism, n=150):
    """A mean of 0 and a share of one half, half the answers missing for high x under MAR."""
    x = rng.normal(size=n)
    y = 0.7 * x + 0.7 * rng.normal(size=n)
    b = (rng.random(n) < 1 / (1 + np.exp(-1.5 * x))).astype(float)
    chance = 1 / (1 + np.exp(-1.5 * x)) if mechanism == "MAR" else np.full(n, 0.4)
    y[rng.random(n) < 0.8 * chance] = np.nan
    b[rng.random(n) < 0.8 * chance] = np.nan
    return np.column_stack([x, y, b])


@pytest.mark.parametrize("mechanism", ["MCAR", "MAR"])
def test_pooled_means_cover_the_truth(mechanism):
    """Coverage of 95% intervals over 200 sets within Monte Carlo error, without bias."""
    rng, sets, covered, found = np.random.default_rng(2024), 200, [], []
    for seed in range(sets):
        values = simulated(rng, mechanism)
        kinds = (NUMERIC, NUMERIC, CATEGORICAL)
        done = impute(values, ("x", "y", "b"), kinds, seed=seed, imputations=10)
        full = np.stack([done.variable("y"), done.variable("b")], axis=2)
        n = full.shape[1]
        pooled = pool(full.mean(axis=1), full.var(axis=1, ddof=1) / n, n - 1)
        low, high = pooled.interval()
        truth = np.array([0.0, 0.5])
        covered.append((low <= truth) & (truth <= high))
        found.append(pooled.estimate - truth)
    # binomial limits at 1 in 1,000 per side; a single imputation covers about 80%
    least, most = stats.binom.ppf([0.001, 0.999], sets, 0.95)
    assert (np.sum(covered, axis=0) >= least).all(), np.mean(covered, axis=0)
    assert (np.sum(covered, axis=0) <= most).all()
    # matching cannot go beyond the values there are: where the highest are missing, the mean is
    # 0.02 too low, with mice as well (60 sets of this kind: 0.024, standard error 0.013)
    error = np.std(found, axis=0) / sets**0.5
    assert (np.abs(np.mean(found, axis=0)) < 3 * error + 0.02).all(), np.mean(found, axis=0)
