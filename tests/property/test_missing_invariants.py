"""What must hold for any data: pooling, weighting back and imputation follow their unit."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluatie.errors import RefusedError
from evaluatie.methods import VariableKind, fit_propensity, impute, ipw_mean, pool

number = st.floats(-100, 100, allow_nan=False).map(lambda v: round(v, 3))
spread = st.floats(0.01, 50).map(lambda v: round(v, 3))
sets = st.lists(st.tuples(number, spread), min_size=2, max_size=12)


@given(sets, number, st.sampled_from([-2.0, 0.1, 3.0]), st.sampled_from([3.0, 40.0, np.inf]))
def test_pooling_follows_origin_and_unit(given_sets, shift, factor, df):
    estimates, variances = np.array(given_sets).T
    plain = pool(estimates, variances, df)
    moved = pool(shift + factor * estimates, factor**2 * variances, df)
    assert moved.estimate == pytest.approx(shift + factor * plain.estimate, abs=1e-9)
    assert moved.std_error == pytest.approx(abs(factor) * plain.std_error)
    assert moved.fmi == pytest.approx(plain.fmi, abs=1e-9)
    assert moved.df == pytest.approx(plain.df, rel=1e-6)


@given(sets, st.sampled_from([3.0, 40.0, np.inf]))
def test_missing_data_never_add_information(given_sets, df):
    estimates, variances = np.array(given_sets).T
    found = pool(estimates, variances, df)
    assert found.total >= found.within
    assert 0 <= found.lam[0] <= 1
    assert 0 <= found.fmi[0] <= 1 + 1e-9
    assert found.df[0] <= df


@settings(max_examples=30)
@given(st.integers(0, 10_000), number, st.sampled_from([-2.0, 0.1, 3.0]))
def test_a_mean_weighted_back_follows_origin_and_unit(seed, shift, factor):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(60), rng.normal(size=60)])
    response, y = rng.random(60) < 0.6, rng.normal(size=60)
    try:
        model = fit_propensity(response, X, ("constant", "x"))
    except RefusedError:
        assume(False)
    plain, moved = ipw_mean(y, model), ipw_mean(shift + factor * y, model)
    assert moved.estimate == pytest.approx(shift + factor * plain.estimate, abs=1e-8)
    assert moved.std_error == pytest.approx(abs(factor) * plain.std_error, rel=1e-6)
    # the weights give the respondents the constant of everybody
    assert ipw_mean(np.full(60, shift), model).estimate == pytest.approx(shift, abs=1e-8)


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.floats(0, 0.4))
def test_every_imputed_value_is_somebodys_and_every_observed_one_stays(seed, gone):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(50, 4)).round(1)
    values[:, 3] = rng.integers(0, 3, 50)
    values[rng.random(values.shape) < gone] = np.nan
    kinds = [VariableKind.NUMERIC] * 3 + [VariableKind.CATEGORICAL]
    found = impute(values, list("abcd"), kinds, seed=seed, imputations=2, iterations=2)
    for k in range(2):
        full, seen = found.completed(k), ~np.isnan(values)
        assert (full[seen] == values[seen]).all()
        assert all(set(full[:, j]) == set(values[seen[:, j], j]) for j in range(4))


@settings(max_examples=10)
@given(st.integers(0, 10_000))
def test_imputation_follows_the_unit_of_a_variable(seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(60, 3))
    values[rng.random(values.shape) < 0.2] = np.nan
    more = {"names": list("abc"), "kinds": [VariableKind.NUMERIC] * 3, "seed": 1, "imputations": 2}
    plain = impute(values, **more).variable("b")
    # a power of two, which rounds nothing: two equal rows tie, and rounding would part them
    scaled = impute(values * [1, 8, 1], **more).variable("b")
    assert (scaled == 8 * plain).all()
