"""Latent scores become answers whose scale has the asked mean, spread and shift."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluatie.dictionary import Codebook, load_codebook
from evaluatie.errors import DeclarationError
from evaluatie.study import Study, open_study
from evaluatie.survey.scoring import score_waves
from evaluatie.synthetic.answers import fit_instruments
from evaluatie.synthetic.coding import asked, file_answers
from evaluatie.synthetic.instrument import (
    ScaleModel,
    answer,
    expected_score,
    latent_item,
    latent_shift,
    score,
)
from evaluatie.synthetic.settings import SyntheticSettings, load_settings
from evaluatie.synthetic.truth import scoring_model

ROOT = Path(__file__).parents[2]
PEOPLE = 40_000


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(ROOT)


@pytest.fixture(scope="module")
def codebook(study: Study) -> Codebook:
    return load_codebook(study)


@pytest.fixture(scope="module")
def settings(study: Study, codebook: Codebook) -> SyntheticSettings:
    return load_settings(study, codebook)


@pytest.fixture(scope="module")
def models(codebook: Codebook, settings: SyntheticSettings) -> dict[str, ScaleModel]:
    return fit_instruments(codebook, settings)


def simulated(model: ScaleModel, shift: float = 0.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    latent = (rng.standard_normal(PEOPLE) + shift).astype(np.float32)
    return {
        item.item.id: answer(
            model,
            item,
            latent_item(model, latent, rng.standard_normal(PEOPLE).astype(np.float32)),
        )
        for item in model.items
    }


def test_every_scale_gets_the_mean_and_spread_of_the_settings(
    models: dict[str, ScaleModel], settings: SyntheticSettings
) -> None:
    for name, profile in settings.scales.items():
        mean, sd = expected_score(models[name])
        assert mean == pytest.approx(profile.mean, rel=0.01), name
        if profile.sd is not None:
            assert sd == pytest.approx(profile.sd, rel=0.02), name


def test_the_expected_score_is_what_a_simulation_gives(models: dict[str, ScaleModel]) -> None:
    for name, model in models.items():
        scores = score(model, simulated(model))
        mean, sd = expected_score(model)
        # a number is cut off at the ends of its range, which the expectation leaves out
        cut_off = 0.01 * mean if model.items[0].numeric else 0.0
        assert abs(scores.mean() - mean) < 4 * sd / np.sqrt(PEOPLE) + cut_off, name


@pytest.mark.parametrize(
    ("scale", "size"), [("sf12_mcs", 3.5), ("eq5d_index", 0.02), ("loneliness", -0.3)]
)
def test_a_planted_size_reaches_the_scale_in_its_own_unit(
    models: dict[str, ScaleModel], scale: str, size: float
) -> None:
    model = models[scale]
    shift = latent_shift(model, size)
    gain = score(model, simulated(model, shift)) - score(model, simulated(model))
    assert gain.mean() == pytest.approx(size, rel=0.05)
    assert latent_shift(model, 0.0) == 0.0


def test_a_size_out_of_reach_is_refused(models: dict[str, ScaleModel]) -> None:
    with pytest.raises(DeclarationError, match=r"'loneliness' is out of reach[\s\S]*between"):
        latent_shift(models["loneliness"], 5.0)


def test_scores_are_those_of_the_survey_layer(
    models: dict[str, ScaleModel], study: Study, codebook: Codebook
) -> None:
    """The truth is scored as answers are scored: item by item, every scale of both surveys."""
    wave = study.waves[0].id
    for population in ("residents", "professionals"):
        frame, drawn = {}, {}
        for model in models.values():
            if model.scale.population != population:
                continue
            given = {name: values[:500] for name, values in simulated(model).items()}
            for item in model.items:
                if asked(item.item, wave):
                    values = given[item.item.id]
                    frame[item.item.id] = file_answers(study, item.item, item.levels, values, wave)
                    drawn[item.item.id] = (item.levels, values)
        background = _background(codebook, population, wave)
        waves = {wave: pd.DataFrame(background | frame)}
        scored = score_waves(waves, codebook, population)  # type: ignore[arg-type]
        for scale in codebook.scales_for(population):  # type: ignore[arg-type]
            own = scoring_model(codebook, scale)
            answers = {
                item.item.id: _reordered(item.levels, *drawn[item.item.id]) for item in own.items
            }
            expected = scored[scale.id].to_numpy(dtype=float)
            np.testing.assert_allclose(score(own, answers), expected, atol=1e-9, err_msg=scale.id)


def _reordered(levels: tuple[str, ...], drawn: tuple[str, ...], values: np.ndarray) -> np.ndarray:
    if not levels:
        return values
    return np.array([levels.index(drawn[int(v)]) for v in values], dtype=float)


def _background(codebook: Codebook, population: str, wave: str) -> dict[str, object]:
    feed = codebook.questionnaire_feed(population)  # type: ignore[arg-type]
    assert feed is not None
    columns: dict[str, object] = {c.name: [None] * 500 for c in feed.columns}
    columns["respondent_id"] = [f"SYN-R-{n}" for n in range(500)]
    columns["wave"] = [wave] * 500
    columns["birth_year"] = [1970.0] * 500
    columns["completed_on"] = [pd.Timestamp("2017-08-01")] * 500
    return columns
