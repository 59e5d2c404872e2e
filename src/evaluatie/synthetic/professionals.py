"""The professionals' survey: other people in every wave, on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.dictionary.model import Scale
from evaluatie.domain import Population as Who
from evaluatie.domain import Side
from evaluatie.synthetic.answers import planted_shift
from evaluatie.synthetic.coding import artificial_ids, asked, file_answers, file_frame, texts
from evaluatie.synthetic.instrument import Floats, ScaleModel, answer, latent_item, score
from evaluatie.synthetic.shocks import area_shocks
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.truth import truth_rows
from evaluatie.synthetic.world import World

Given = dict[str, Floats]


def professional_frames(
    world: World, models: Mapping[str, ScaleModel], scales: Sequence[Scale]
) -> tuple[dict[str, pd.DataFrame], list[dict[str, Any]]]:
    """Return wave id -> one row per professional, and the truth about the scales asked about."""
    frames: dict[str, pd.DataFrame] = {}
    truth: list[dict[str, Any]] = []
    own = [model for model in models.values() if model.scale.population == "professionals"]
    for index, wave in enumerate(world.study.waves):
        pilot = np.arange(world.professionals.respondents) % 2 == 0
        given: Given = {}
        for model in own:
            worlds = _worlds(world, model, index, pilot)
            given |= {name: np.where(pilot, worlds[1][name], worlds[0][name]) for name in worlds[0]}
            if model.scale.id in {scale.id for scale in scales}:
                gain = (score(model, worlds[1]) - score(model, worlds[0]))[pilot].mean()
                truth += truth_rows(
                    model.scale.id,
                    wave.id,
                    str(Who.PROFESSIONALS),
                    model.scale.unit.en,
                    np.array([gain]),
                    np.array([1.0]),
                )
        frames[wave.id] = _frame(world, own, given, index, pilot)
    return frames, truth


def _worlds(
    world: World, model: ScaleModel, wave: int, pilot: npt.NDArray[np.bool_]
) -> tuple[Given, Given]:
    """Return the answers without and with the pilot, on the same random numbers."""
    waves = world.study.waves
    rng = stream(world.seed, "professionals", model.scale.id, waves[wave].id)
    rng_sides = stream(world.seed, "professionals", model.scale.id)
    shocks = area_shocks(rng_sides, world.settings.shock, len(waves), len(Side), 1)
    latent = rng.standard_normal(len(pilot)) + shocks[wave, pilot.astype(np.int64), 0]
    gain = planted_shift(world, model)[wave]
    noise = rng.standard_normal((len(model.items), len(pilot)), dtype=np.float32)
    both: list[Given] = [{}, {}]
    for item, own in zip(model.items, noise, strict=True):
        for treated, answers in enumerate(both):
            x = latent_item(model, (latent + treated * gain).astype(np.float32), own)
            answers[item.item.id] = answer(model, item, x)
    return both[0], both[1]


def _frame(
    world: World,
    models: Sequence[ScaleModel],
    given: Given,
    wave: int,
    pilot: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    profile, wave_id, count = world.professionals, world.study.waves[wave].id, len(pilot)
    rng = stream(world.seed, "professionals", wave_id)
    share = np.array(list(profile.disciplines.values()))
    frame = file_frame(
        world.codebook.feeds["professionals"],
        {
            "respondent_id": artificial_ids(f"V{wave_id}", count),
            "wave": texts([wave_id] * count),
            "organisation": rng.choice(texts(profile.organisations), count),
            "discipline": rng.choice(
                texts(list(profile.disciplines)), count, p=share / share.sum()
            ),
            "area_side": texts([Side.COMPARISON.value, Side.PILOT.value])[pilot.astype(np.int64)],
        },
    )
    items = {}
    for model in models:
        for part in model.items:
            if asked(part.item, wave_id):
                values = given[part.item.id]
                items[part.item.id] = file_answers(
                    world.study, part.item, part.levels, values, wave_id
                )
    return pd.concat([frame, pd.DataFrame(items)], axis=1)
