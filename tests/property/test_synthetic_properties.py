"""What must hold for every seed, shift and shock."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluatie.dictionary import load_codebook
from evaluatie.dictionary.model import Feed
from evaluatie.study import open_study
from evaluatie.synthetic.coding import long_categories, wide_categories
from evaluatie.synthetic.instrument import expected_score, fit_scale, latent_shift
from evaluatie.synthetic.settings import ScaleProfile, ShockProfile
from evaluatie.synthetic.shocks import area_shocks, autoregressive
from evaluatie.synthetic.streams import stream

STUDY = open_study(Path(__file__).parents[2])
CODEBOOK = load_codebook(STUDY)


@given(st.integers(0, 2**31), st.text(max_size=8), st.text(max_size=8))
def test_a_stream_is_repeatable_and_its_name_matters(seed: int, one: str, other: str) -> None:
    first = stream(seed, "part", one).random(4)
    assert (first == stream(seed, "part", one).random(4)).all()
    if one != other:
        assert (first != stream(seed, "part", other).random(4)).any()


@given(st.floats(0, 0.95))
@settings(max_examples=10)
def test_a_series_has_unit_variance_and_the_asked_serial_correlation(serial: float) -> None:
    series = autoregressive(np.random.default_rng(1), 4, (40_000,), serial)
    assert series.std(axis=1) == pytest.approx(np.ones(4), abs=0.02)
    assert np.corrcoef(series[1], series[2])[0, 1] == pytest.approx(serial, abs=0.02)


@given(st.floats(0, 0.2), st.floats(0, 0.9), st.floats(0, 1))
@settings(max_examples=10)
def test_shocks_have_the_asked_size_and_share(sd: float, serial: float, common: float) -> None:
    profile = ShockProfile(sd_share=sd, serial=serial, common=common)
    shocks = area_shocks(np.random.default_rng(2), profile, 3, 20_000, 2)
    assert shocks.std() == pytest.approx(sd, rel=0.03, abs=1e-12)
    if sd > 0.01:
        together = np.corrcoef(shocks[1, :, 0], shocks[1, :, 1])[0, 1]
        assert together == pytest.approx(common, abs=0.03)


@given(st.sampled_from(sorted(CODEBOOK.scales)), st.floats(-0.05, 0.05))
@settings(max_examples=30, deadline=None)
def test_a_latent_shift_moves_the_expected_score_by_the_asked_size(name: str, share: float) -> None:
    scale = CODEBOOK.scales[name]
    width = scale.maximum - scale.minimum
    model = fit_scale(CODEBOOK, scale, ScaleProfile(mean=scale.minimum + 0.55 * width))
    shift = latent_shift(model, share * width)
    moved = expected_score(model, shift)[0] - expected_score(model)[0]
    assert moved == pytest.approx(share * width, abs=1e-4 * width)
    if abs(share) > 1e-4:
        assert np.sign(shift) == np.sign(share)


@given(st.integers(1, 5), st.integers(0, 100))
def test_a_wide_feed_survives_the_way_to_rows_and_back(rows: int, seed: int) -> None:
    feed = next(f for f in CODEBOOK.feeds.values() if f.layout != "long")
    frame = _wide_frame(feed, rows, seed)
    back = wide_categories(long_categories(frame, feed), feed)
    assert list(back.columns) == list(frame.columns)
    assert (back.to_numpy() == frame.to_numpy()).all()


def _wide_frame(feed: Feed, rows: int, seed: int) -> object:
    import pandas as pd

    numbers = np.random.default_rng(seed).integers(0, 9, (rows, len(feed.columns)))
    return pd.DataFrame(numbers, columns=[column.name for column in feed.columns])


def test_a_model_is_a_value() -> None:
    """Nothing that is drawn can change a model in place."""
    scale = next(iter(CODEBOOK.scales.values()))
    model = fit_scale(CODEBOOK, scale, ScaleProfile(mean=(scale.minimum + scale.maximum) / 2))
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.location = 1.0  # type: ignore[misc]
