"""What base weights do to bias and effective n, against everybody in the synthetic population.

Run from the project root: ``python -m benchmarks.base_weights [studies]``. No clock: the peers are
other base weights. Every study is drawn without an effect and passes through validation and
scoring; the estimates are laid beside the mean of all adults, answered or not. The table in
docs/weights.md is this script's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import benchmarks.timing  # noqa: F401  (sets the number of threads)
from evaluatie.agreement import load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.dictionary.model import Scale
from evaluatie.domain import Direction, Side
from evaluatie.intake import RawFrames, validate_frames
from evaluatie.methods import Margin, effective_n, rake, trim
from evaluatie.study import open_study
from evaluatie.survey import WeightedPanel, score_waves, weigh_panel
from evaluatie.synthetic.answers import Answers, draw_answers, fit_instruments
from evaluatie.synthetic.defects import plant
from evaluatie.synthetic.draw import draw_population
from evaluatie.synthetic.instrument import score
from evaluatie.synthetic.latent import Adults, draw_adults
from evaluatie.synthetic.questionnaire import sample_frame, survey_frames
from evaluatie.synthetic.register import population_frames
from evaluatie.synthetic.response import draw_samples
from evaluatie.synthetic.settings import load_settings
from evaluatie.synthetic.truth import scoring_model
from evaluatie.synthetic.world import World

STUDY = open_study(Path(__file__).parents[1])
BOOK = load_codebook(STUDY)
AGREED = load_agreements(STUDY, BOOK)
SETTINGS = load_settings(STUDY, BOOK)
WAVES, AREAS = [wave.id for wave in STUDY.waves], [area.code for area in STUDY.areas]
PILOT = np.array([area.side is Side.PILOT for area in STUDY.areas])
SCALES = [
    scale
    for scale in BOOK.scales_for("residents")
    if all(BOOK.scale_asked(scale.id, wave) for wave in WAVES)
    and scale.rule in ("sum", "single", "share_of_codes", "count_of_codes")
]


def study(seed: int) -> list[dict[str, object]]:
    """Return one row per weighting, scale and later wave; errors in SD, up is better."""
    people = draw_population(STUDY, SETTINGS, seed)
    world = World(STUDY, BOOK, SETTINGS, AGREED, people, "null", seed)
    adults = draw_adults(world)
    samples = draw_samples(world, adults)
    answers = draw_answers(world, fit_instruments(BOOK, SETTINGS), adults)
    feeds = {"sample": sample_frame(world, adults, samples)} | population_frames(world).feeds
    raw = RawFrames(survey_frames(world, adults, samples, answers), {}, feeds, synthetic=True)
    data = validate_frames(STUDY, BOOK, plant(STUDY, BOOK, raw, SETTINGS.defects, seed)[0])
    population, sample = data.feeds["population_age_sex"], data.feeds["sample"]
    scored = score_waves(data.survey, BOOK)
    panel = weigh_panel(scored, population, STUDY, BOOK)
    cells = weigh_panel(scored, population, STUDY, BOOK, sample)
    weights = {"none": panel.frame["weight"], "well-being cells": cells.frame["weight"]}
    weights["response rates"] = again(panel, sample, rates=True)
    weights["invitation chances"] = again(panel, sample, rates=False)
    rows: list[dict[str, object]] = []
    for scale in SCALES:
        truth, spread = everybody(scale, answers, adults)
        for name, weight in weights.items():
            rows += errors(panel.frame, weight.to_numpy(), scale, truth, spread, {"weights": name})
    return [{"seed": seed, **row} for row in rows]


def again(panel: WeightedPanel, sample: pd.DataFrame, *, rates: bool) -> pd.Series:
    """Rake from inverse response rates of area x panel status, or from all chances to be in."""
    frame = panel.frame
    weight = frame["weight"].copy()
    known = sample.groupby(["wave", "area_code", "panel"]).size()
    answered = frame.assign(panel=(frame["panel_status"] == "panel").astype(int))
    for wave in WAVES[1:]:
        rows = answered[answered["wave"] == wave]
        keys = pd.MultiIndex.from_frame(rows[["wave", "area_code", "panel"]])
        there = known.astype(float)
        if not rates:  # newcomers stand for everybody who was never in the panel
            adults = frame[frame["wave"] == wave].groupby("area_code")["weight"].sum()
            for area in AREAS:
                there[wave, area, 0] = adults[area] - known[wave, area, 1]
        responded = rows.groupby(["wave", "area_code", "panel"]).size()
        base = (there.reindex(keys) / responded.reindex(keys)).to_numpy(float)
        margins = [_margin(rows, column) for column in ("area_code", "cell")]
        weight[rows.index] = _trimmed(base, margins)
    return weight


def _margin(rows: pd.DataFrame, column: str) -> Margin:
    codes = pd.factorize(rows[column])[0].astype(np.int64)
    return Margin(column, codes, np.bincount(codes, rows["weight"]))


def _trimmed(base: np.ndarray, margins: list[Margin]) -> np.ndarray:
    weights = rake(base, margins).weights
    cap = STUDY.weights_trim * weights.mean()
    for _ in range(20):
        if weights.max() <= cap * (1 + 1e-6):
            break
        weights = rake(trim(weights, cap), margins).weights
    return weights


def everybody(scale: Scale, answers: Answers, adults: Adults) -> tuple[np.ndarray, float]:
    """Return the mean of all adults per area x wave, and the SD at the first wave."""
    model, means, spread = scoring_model(BOOK, scale), [], 1.0
    for wave in range(len(WAVES)):
        here = np.flatnonzero(adults.area[wave] >= 0)
        given = answers.of(scale.items, wave, here, np.zeros(len(here), dtype=bool))
        values, area = score(model, given), adults.area[wave, here]
        means.append(np.bincount(area, values) / np.bincount(area))
        spread = float(values.std()) if wave == 0 else spread
    return np.array(means).T, spread


def errors(
    frame: pd.DataFrame,
    weight: np.ndarray,
    scale: Scale,
    truth: np.ndarray,
    spread: float,
    where: dict[str, object],
) -> list[dict[str, object]]:
    """Return the error in change, mean of the areas, and in the contrast, per later wave."""
    known = frame[scale.id].notna().to_numpy()
    keys = [frame["wave"][known], frame["area_code"][known]]
    size = pd.Series(weight[known], index=keys[0].index)
    sums = (size * frame[scale.id][known]).groupby(keys).sum() / size.groupby(keys).sum()
    found = np.array([[sums[wave, area] for wave in WAVES] for area in AREAS])
    error = (found - truth) / spread * (1 if scale.direction is Direction.HIGHER else -1)
    rows = []
    for wave in range(1, len(WAVES)):
        change = error[:, wave] - error[:, 0]
        n = effective_n(weight[(frame["wave"] == WAVES[wave]).to_numpy()])
        contrast = change[PILOT].mean() - change[~PILOT].mean()
        rows.append({**where, "wave": WAVES[wave], "change": change.mean(), "contrast": contrast,
                     "effective_n": n})  # fmt: skip
    return rows


def main() -> None:
    """Print bias, Monte Carlo error, root mean square error and effective n."""
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 24
    table = pd.DataFrame([row for seed in range(1, studies + 1) for row in study(seed)])
    per_study = table.groupby(["wave", "weights", "seed"], sort=False).mean(numeric_only=True)
    by = per_study.groupby(["wave", "weights"], sort=False)
    square = (table[["change", "contrast"]] ** 2).groupby([table["wave"], table["weights"]]).mean()
    found = pd.DataFrame({"effective_n": by["effective_n"].mean().round()})
    for name in ("change", "contrast"):
        found[f"{name}_bias"] = by[name].mean()
        found[f"{name}_mc_error"] = by[name].sem()
        found[f"{name}_rmse"] = np.sqrt(square[name])
    print(f"{studies} studies, {len(SCALES)} scales, errors in SD of the scale")
    print(found.round(4).to_string())


if __name__ == "__main__":
    main()
