"""Missing scores of a wave, filled in many times from similar respondents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Scale
from evaluatie.methods import VariableKind, impute
from evaluatie.methods.missing.imputation import IMPUTATIONS
from evaluatie.study import Study
from evaluatie.survey.background import CATEGORIES, category_codes, decades, standardised
from evaluatie.survey.item_imputation import impute_by_item
from evaluatie.survey.weighting import WeightedPanel

Floats = NDArray[np.float64]
Column = tuple[str, VariableKind, Floats]


@dataclass(frozen=True)
class ImputedScores:
    """Scores of one wave in m completed versions.

    Attributes
    ----------
    wave : str
    scores : dict of str to ndarray of float, shape (m, n)
        Scale id -> scores of the n respondents of the wave, in the order of the panel's frame.
    missing : dict of str to int
        Scale id -> how many were missing.
    r_hat : dict of str to float
        Potential scale reduction of the chains, for scales with missing scores.
    """

    wave: str
    scores: dict[str, Floats]
    missing: dict[str, int]
    r_hat: dict[str, float]


def impute_scores(
    panel: WeightedPanel,
    study: Study,
    codebook: Codebook,
    scales: Sequence[Scale],
    wave: str,
    *,
    by_item: Collection[str] = (),
    imputations: int = IMPUTATIONS,
) -> ImputedScores:
    """Impute the scores that respondents of a wave miss because they skipped items.

    Parameters
    ----------
    panel : WeightedPanel
    study, codebook
        Areas and seed (each wave has its own stream); items.
    scales : sequence of Scale
        Scales asked in the wave that at least somebody has a score on.
    wave : str
    by_item : collection of str
        Scales of which skipped items are imputed where at least half of the items were answered.
    imputations : int
        Completed versions m.

    Returns
    -------
    ImputedScores

    Raises
    ------
    RefusedError
        As `methods.impute`: a scale without any score, too few complete respondents, a predictor
        that separates perfectly.

    Notes
    -----
    The item-missing rule of each instrument comes first (``max_missing`` of the codebook, e.g. the
    mean of the answered items up to so many missing ones); only a score that its instrument does
    not allow is imputed: by its skipped items (see `item_imputation`) or as a score. Predictors of
    a score: the other scores of the wave; sex, age and its square, mode, schooling, area; the
    weight; and of each scale the person's mean in the other waves, in standard deviations from the
    mean of each wave, 0 for who answered no other wave, with the number of other waves answered.
    Who did not answer a wave at all is not imputed: weights stand for them. Scores that are 0 or 1
    are categorical. *Assumption*: missing at random given those.

    References
    ----------
    van Buuren (2018), sections 9.1 (many columns) and 11 (longitudinal data).
    """
    rows = panel.frame[panel.frame["wave"] == wave]
    columns = [_score(rows, scale) for scale in scales]
    columns += _background(rows, [area.code for area in study.areas])
    columns += _other_waves(panel.frame, rows, scales)
    columns = [c for c in columns if np.nanmax(c[2]) > np.nanmin(c[2]) or c[0] in _names(scales)]
    names, kinds, values = zip(*columns, strict=True)
    seed = (study.seed, [w.id for w in study.waves].index(wave))
    filled = impute(np.column_stack(values), names, kinds, seed=seed, imputations=imputations)
    scores = {scale.id: filled.variable(scale.id) for scale in scales}
    areas = [area.code for area in study.areas]
    for k, scale in enumerate(scales):
        if scale.id not in by_item:
            continue
        own = (*seed, k)  # scales must not share their random numbers
        part = impute_by_item(
            rows, scale, scales, codebook, areas, seed=own, imputations=imputations
        )
        if part is not None:
            scores[scale.id][:, part.rows] = part.scores
    return ImputedScores(
        wave,
        scores,
        {scale.id: int(rows[scale.id].isna().sum()) for scale in scales},
        filled.r_hat(),
    )


def _names(scales: Sequence[Scale]) -> set[str]:
    return {scale.id for scale in scales}


def _score(rows: pd.DataFrame, scale: Scale) -> Column:
    share = scale.rule == "share_of_codes"
    kind = VariableKind.CATEGORICAL if share else VariableKind.NUMERIC
    return scale.id, kind, rows[scale.id].to_numpy(float)


def _background(rows: pd.DataFrame, areas: Sequence[str]) -> list[Column]:
    age = decades(rows)
    numeric = {"age": age, "age_squared": age**2, "log_weight": np.log(rows["weight"].to_numpy())}
    columns = [(f"({name})", VariableKind.NUMERIC, values) for name, values in numeric.items()]
    place = pd.Index(areas).get_indexer(rows["area_code"])
    codes = {name: category_codes(rows[name]) for name in CATEGORIES} | {"area": place}
    return columns + [
        (f"({name})", VariableKind.CATEGORICAL, np.asarray(values, dtype=float))
        for name, values in codes.items()
    ]


def _other_waves(frame: pd.DataFrame, rows: pd.DataFrame, scales: Sequence[Scale]) -> list[Column]:
    """Return, per scale, the respondent's mean deviation in other waves; and how many there are."""
    linked = frame[frame["person_id"].notna() & (frame["wave"] != rows["wave"].iloc[0])]
    person = pd.Index(rows["person_id"].dropna().unique())
    code = person.get_indexer(linked["person_id"])
    mine = person.get_indexer(rows["person_id"])
    wave = linked["wave"].to_numpy()
    columns: list[Column] = []
    for scale in scales:
        scores = linked[scale.id].to_numpy(float)
        deviation = scores.copy()
        for other in np.unique(wave):
            deviation[wave == other] = standardised_or_nan(scores[wave == other])
        use = (code >= 0) & ~np.isnan(deviation)
        count = np.bincount(code[use], minlength=len(person))
        total = np.bincount(code[use], deviation[use], minlength=len(person))
        mean = np.append(np.divide(total, count, out=np.zeros(len(person)), where=count > 0), 0.0)
        columns.append((f"({scale.id} elsewhere)", VariableKind.NUMERIC, mean[mine]))
    waves = np.append(np.bincount(code[code >= 0], minlength=len(person)), 0)
    return [*columns, ("(other waves)", VariableKind.NUMERIC, waves[mine].astype(float))]


def standardised_or_nan(values: Floats) -> Floats:
    """Return values in standard deviations from their mean, NaN where missing."""
    return np.asarray(np.where(np.isnan(values), np.nan, standardised(values)))
