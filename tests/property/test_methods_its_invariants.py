"""Interrupted time series: what must not change when units, levels or seasons do."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluatie.methods import (
    SeriesSpec,
    arima_errors,
    newey_west,
    prais_winsten,
    segmented_columns,
    segmented_series,
    series_refusal,
)

SPEC = SeriesSpec(4, date(2018, 2, 10))
MONTHS = np.datetime64("2015-10", "M") + 3 * np.arange(20)
ESTIMATORS = [
    newey_west,
    lambda m: newey_west(m, small_sample=True),
    prais_winsten,
    lambda m: prais_winsten(m, small_sample=True),
    lambda m: arima_errors(m, restricted=False),
]


def series(seed):
    return 100 + np.random.default_rng(seed).normal(size=20)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([0.01, -3.0, 1e4]))
def test_units_scale_and_trends_shift(estimator, seed, scale):
    """In other euros effect and error scale; an added level, trend and season change neither."""
    columns = segmented_columns(MONTHS, SPEC)
    y = series(seed)
    added = 7 + 3 * columns["trend"] - 2 * columns["season_3"]
    one = estimator(segmented_series(MONTHS, y, SPEC)).effect_at(1.0)
    two = estimator(segmented_series(MONTHS, scale * (y + added), SPEC)).effect_at(1.0)
    assert two.estimate == pytest.approx(scale * one.estimate, rel=1e-5, abs=1e-7 * abs(scale))
    assert two.std_error == pytest.approx(abs(scale) * one.std_error, rel=1e-5)
    assert two.df == pytest.approx(one.df, rel=1e-4)


@given(
    n=st.integers(1, 40),
    start=st.dates(date(2016, 1, 1), date(2020, 1, 1)),
    event=st.none() | st.dates(date(2016, 1, 1), date(2022, 1, 1)),
)
def test_the_gate_lets_through_only_what_can_be_fitted(n, start, event):
    spec = SeriesSpec(4, start, event)
    months = np.datetime64("2015-01", "M") + 3 * np.arange(n)
    y = np.random.default_rng(n).normal(size=n)
    if series_refusal(months, y, spec):
        return
    model = segmented_series(months, y, spec)
    assert model.y.size >= 16
    assert np.isfinite(newey_west(model, small_sample=True).effect_at(1.0).std_error)
