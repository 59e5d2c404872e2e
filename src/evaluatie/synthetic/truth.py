"""The truth: stored contrasts of the two potential outcomes, the same people in both."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.agreement.model import Question
from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Scale
from evaluatie.domain import Population as Who
from evaluatie.domain import Weighting
from evaluatie.study import Study
from evaluatie.synthetic.answers import Answers, treated_here
from evaluatie.synthetic.instrument import ScaleModel, fit_scale, score
from evaluatie.synthetic.latent import Adults
from evaluatie.synthetic.settings import ScaleProfile

Floats = npt.NDArray[np.float64]
COLUMNS = ("indicator", "wave", "weighting", "population", "truth", "unit")


def truth_rows(
    indicator: str,
    wave: str,
    population: str,
    unit: str,
    gain: Floats,
    weight: Floats,
) -> list[dict[str, Any]]:
    """Return the truth of one indicator in one wave, weighted in both ways.

    Parameters
    ----------
    gain : array (pilot areas,)
        Mean of Y(1) - Y(0) over the residents of an area.
    weight : array (pilot areas,)
        Residents (or person-years) behind each mean.
    """
    values = {
        Weighting.RESIDENT: float(gain @ weight / weight.sum()),
        Weighting.EQUAL: float(gain.mean()),
    }
    return [
        dict(zip(COLUMNS, (indicator, wave, str(how), population, value, unit), strict=True))
        for how, value in values.items()
    ]


def question_scales(
    codebook: Codebook, questions: Sequence[Question], population: str
) -> list[Scale]:
    """Return the scales that some question is about, itself or through a group of scales."""
    asked = {question.indicator for question in questions}
    return [
        scale
        for scale in codebook.scales.values()
        if scale.population == population and (scale.id in asked or scale.group in asked)
    ]


def survey_truth(
    study: Study,
    codebook: Codebook,
    scales: Sequence[Scale],
    answers: Answers,
    adults: Adults,
    wanted: Collection[tuple[str, str]] | None = None,
) -> list[dict[str, Any]]:
    """Score every adult resident of the pilot with and without the pilot, and average.

    Notes
    -----
    Population ``current_residents``: who lives in a pilot area at the start of the wave;
    ``stayers``: of these, who lived in the same area at the start of the first wave.
    A scale that was not asked in full in a wave has no row there. Answers are complete: item
    non-response is part of what estimation has to deal with. ``wanted`` names the pairs of scale
    and wave to compute, by default all.
    """
    rows: list[dict[str, Any]] = []
    for scale in scales:
        model = scoring_model(codebook, scale)
        for index, wave in enumerate(study.waves):
            if not codebook.scale_asked(scale.id, wave.id):
                continue
            if wanted is not None and (scale.id, wave.id) not in wanted:
                continue
            here = np.flatnonzero(treated_here(study, adults, index))
            gain = score_gain(model, answers, index, here)
            area, stayed = (
                adults.area[index, here],
                adults.area[0, here] == adults.area[index, here],
            )
            for who, keep in ((Who.CURRENT_RESIDENTS, slice(None)), (Who.STAYERS, stayed)):
                mean, size = _area_means(area[keep], gain[keep])
                rows += truth_rows(scale.id, wave.id, str(who), scale.unit.en, mean, size)
    return rows


def scoring_model(codebook: Codebook, scale: Scale) -> ScaleModel:
    """Return the points of a scale's items; thresholds do not matter for scoring."""
    middle = (scale.minimum + scale.maximum) / 2
    return fit_scale(codebook, scale, ScaleProfile(mean=middle), solve=False)


def score_gain(
    model: ScaleModel, answers: Answers, wave: int, rows: npt.NDArray[np.int64]
) -> Floats:
    """Return Y(1) - Y(0) of the adults ``rows`` in one wave (scale units); shape (rows,)."""
    names = model.scale.items
    if not any(answers.items[name].gain[wave] for name in names):
        return np.zeros(len(rows))
    worlds = []
    for treated in (True, False):
        given = answers.of(names, wave, rows, np.full(len(rows), treated))
        worlds.append(score(model, _by_level(model, answers, given)))
    return np.asarray(worlds[0] - worlds[1])


def _by_level(model: ScaleModel, answers: Answers, given: dict[str, Floats]) -> dict[str, Floats]:
    """Turn answers in the order of the drawing model into the order of the scoring model."""
    turned = {}
    for item in model.items:
        drawn = answers.items[item.item.id].model
        if drawn.levels == item.levels:
            turned[item.item.id] = given[item.item.id]
            continue
        position = np.array([item.levels.index(level) for level in drawn.levels], dtype=float)
        turned[item.item.id] = position[given[item.item.id].astype(np.int64)]
    return turned


def _area_means(area: npt.NDArray[np.int64], gain: Floats) -> tuple[Floats, Floats]:
    size = np.bincount(area).astype(float)
    total = np.bincount(area, weights=gain)
    present = size > 0
    return total[present] / size[present], size[present]


def truth_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the rows as a frame with the columns ``COLUMNS``."""
    return pd.DataFrame(list(rows), columns=list(COLUMNS))
