"""The files of the residents' survey: sample, and one frame per wave."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.synthetic.answers import Answers, treated_here
from evaluatie.synthetic.coding import (
    Texts,
    asked,
    days,
    file_answers,
    texts,
    with_missing,
)
from evaluatie.synthetic.latent import Adults
from evaluatie.synthetic.population import Ints, day_number
from evaluatie.synthetic.response import WaveSample
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.world import World


def survey_frames(
    world: World, adults: Adults, samples: tuple[WaveSample, ...], answers: Answers
) -> dict[str, pd.DataFrame]:
    """Return wave id -> one row per completed questionnaire, as in the file of that wave."""
    frames = {}
    feed = world.codebook.feeds["survey"]
    education = education_levels(world, adults)
    for index, wave in enumerate(world.study.waves):
        rng = stream(world.seed, "survey", "file", wave.id)
        rows = samples[index].answered
        who = background(world, adults, index, rows)
        head = (
            who
            | completion(world, adults, index, rows, rng)
            | {
                "respondent_id": world.numbers(f"R{wave.id}", len(rows)),
                "education": education[rows],
            }
        )
        items = _item_columns(world, adults, answers, index, rows, rng)
        frame = world.frame(feed.id, head)
        frames[wave.id] = pd.concat([frame, pd.DataFrame(items)], axis=1)
    return frames


def sample_frame(world: World, adults: Adults, samples: tuple[WaveSample, ...]) -> pd.DataFrame:
    """Return one row per invited person per wave."""
    parts = []
    for index, wave in enumerate(world.study.waves):
        sample = samples[index]
        who = background(world, adults, index, sample.invited)
        invited = np.full(len(sample.invited), day_number(wave.start))
        more = {"panel": sample.panel.astype(np.int64), "invited_on": days(invited)}
        parts.append(world.frame("sample", who | more))
    return pd.concat(parts, ignore_index=True)


def background(world: World, adults: Adults, wave: int, rows: Ints) -> dict[str, Any]:
    """Return who the adults ``rows`` are, as columns of survey and sample."""
    person, people = adults.person[rows], world.people
    return {
        "person_id": world.person_ids[person],
        "household_id": world.household_ids[people.household[person]],
        "area_code": world.area_codes(adults.area[wave, rows]),
        "wave": texts([world.study.waves[wave].id] * len(rows)),
        "sex": texts(["m", "v"])[people.woman[person]],
        "birth_year": people.birth_year[person],
    }


def completion(
    world: World, adults: Adults, wave: int, rows: Ints, rng: np.random.Generator
) -> dict[str, Any]:
    """Return when and how the questionnaire was completed; online falls with age."""
    first, last = (
        day_number(d) for d in (world.study.waves[wave].start, world.study.waves[wave].end)
    )
    share = world.settings.response.online_share - 0.1 * (adults.age[wave, rows] - 50) / 10
    online = rng.random(len(rows)) < np.clip(share, 0.05, 0.95)
    day = first + ((last - first) * rng.beta(1.5, 4.0, len(rows))).astype(np.int64)
    return {"completed_on": days(day), "mode": texts(["post", "online"])[online.astype(np.int64)]}


def education_levels(world: World, adults: Adults) -> Texts:
    """Return a level of education per adult, the same in every wave, related to health."""
    rng, levels = stream(world.seed, "survey", "education"), world.settings.response.education
    shares = np.array(list(levels.values()))
    score = 0.4 * adults.health[0] + np.sqrt(1 - 0.4**2) * rng.standard_normal(len(adults.person))
    cuts = np.quantile(score, np.cumsum(shares / shares.sum())[:-1])
    return np.asarray(texts(list(levels))[np.searchsorted(cuts, score)])


def _item_columns(
    world: World,
    adults: Adults,
    answers: Answers,
    wave: int,
    rows: Ints,
    rng: np.random.Generator,
) -> dict[str, Any]:
    wave_id, profile = world.study.waves[wave].id, world.settings.response
    open_items = left_open(world, wave, len(rows), rng)
    treated = treated_here(world.study, adults, wave)[rows]
    columns: dict[str, Texts | npt.NDArray[np.float64]] = {}
    for name, skipped in open_items.items():
        item, drawn = world.codebook.items[name], answers.items[name]
        values = drawn.values(wave, rows, treated)
        given = file_answers(world.study, item, drawn.model.levels, values, wave_id)
        columns[item.id] = with_missing(rng, item, given, skipped, profile.coded_missing)
    return columns


def left_open(
    world: World, wave: int, respondents: int, rng: np.random.Generator
) -> dict[str, npt.NDArray[np.bool_]]:
    """Return, per item asked in a wave, which respondents left it open."""
    profile, wave_id = world.settings.response, world.study.waves[wave].id
    items = [item.id for item in world.codebook.items.values() if asked(item, wave_id)]
    incomplete = rng.random(respondents) < profile.incomplete_share
    skipped = rng.random((len(items), respondents)) < profile.item_missing
    return dict(zip(items, skipped & incomplete, strict=True))
