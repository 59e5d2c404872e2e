"""The contrast with other weights for the same people."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evaluatie.domain import Population
from evaluatie.errors import RefusedError
from evaluatie.evaluation.sensitivity.analysis import NOTHING, Floats, Row, Setting
from evaluatie.methods import Margin, calibrate, rake
from evaluatie.survey import SurveyDesign, WeightedPanel

CORRECTIONS = (0.2, 5.0)
"""Bounds on what linear calibration may do to a base weight."""
REDUCED, CALIBRATED = "no_base", "linear"


def by_weights(setting: Setting) -> Iterator[Row]:
    """Yield the contrast of a survey question with weights made in two other ways.

    ``weights=no_base``: raked without the correction for panel members who do not answer again.
    ``weights=linear``: base weights calibrated to the same margins by the bounded regression
    estimator (GREG) and not by raking. Interval: CR2. Unweighted is among the analyses of missing
    data.
    """
    panel, question = setting.products.panel, setting.question
    if panel is None or question.indicator not in setting.codebook.scales:
        return
    if question.population is Population.STAYERS:
        return
    for name in (REDUCED, CALIBRATED):
        category = f"weights={name}"
        try:
            changes = setting.changes.assign(change=_changes(setting, panel, name))
            found = NOTHING if changes["change"].isna().any() else setting.robust(changes)
        except RefusedError:
            yield setting.plain_row(category, "cr2", reason="weights_not_calibrated")
            continue
        yield setting.row(category, found, "cr2", changes)


def _changes(setting: Setting, panel: WeightedPanel, name: str) -> Floats:
    """Return the change of each area of the contrast, under other weights."""
    study, waves = setting.study, [setting.study.baseline.id, setting.wave]
    survey = setting.products.once(
        ("other weights", name, setting.wave),
        lambda: _reweighted(SurveyDesign.of(panel, study, waves), name),
    )
    means = survey.area_means(survey.frame[setting.question.indicator].to_numpy(float))
    codes = [area.code for area in study.areas]
    order = [codes.index(code) for code in setting.changes["area"]]
    return np.asarray((means[:, 1] - means[:, 0])[order])


def _reweighted(survey: SurveyDesign, name: str) -> SurveyDesign:
    weights = np.empty(len(survey.frame))
    for position in range(len(survey.waves)):
        rows = survey.wave_position == position
        weights[rows] = _weights(survey.frame[rows], name)
    return survey.with_weights(weights)


def _weights(people: pd.DataFrame, name: str) -> Floats:
    """Return weights of one wave that reproduce the margins that its weights reproduce."""
    weight = people["weight"].to_numpy(float)
    cells = [pd.factorize(people[by], sort=True)[0] for by in ("area_code", "cell")]
    margins = [
        Margin(by, of.astype(np.int64), np.bincount(of, weight).astype(float))
        for by, of in zip(("area", "age group and sex"), cells, strict=True)
    ]
    if name == REDUCED:
        return rake(np.ones(len(people)), margins).weights
    matrix = np.hstack([np.eye(len(part.totals))[part.codes] for part in margins])
    base = people["base_weight"].to_numpy(float)
    base = base * weight.sum() / base.sum()
    totals = np.concatenate([part.totals for part in margins])
    return calibrate(base, matrix, totals, bounds=CORRECTIONS).weights
