"""Levels and changes of a score per area and side, with standard errors from the design.

Areas are strata and households the sampling units, also across waves: people of one household and
people who answered twice are not independent, and the standard errors know it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary.model import Item, Scale
from evaluatie.domain import Side, Status
from evaluatie.methods import (
    DesignEstimate,
    design_mean,
    interval,
    logit_interval,
)
from evaluatie.study import Study
from evaluatie.survey.design import SurveyDesign
from evaluatie.survey.scoring import item_column
from evaluatie.survey.weighting import WeightedPanel

LEVEL_COLUMNS = (
    "wave",
    "area",
    "category",
    "term",
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "df",
    "deff",
    "n",
    "n_households",
    "n_both",
    "status",
    "reason",
)

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


def area_levels(panel: WeightedPanel, scale: Scale, study: Study) -> pd.DataFrame:
    """Estimate the level of a scale per wave, for each area, each side and all areas.

    Parameters
    ----------
    panel : WeightedPanel
        Weighted respondents.
    scale : Scale
        The scale; one of rule ``share_of_codes`` gives shares (0-1) with logit intervals.
    study : Study
        Waves, areas, confidence level (1 - alpha).

    Returns
    -------
    pandas.DataFrame
        One row per wave x area, columns ``LEVEL_COLUMNS``; ``area`` is a code, a side or ``all``;
        ``n`` respondents with a score. A level that cannot be estimated has status
        ``not_estimable`` and a reason: ``no_respondents``, ``no_answers``, ``one_household``.

    Notes
    -----
    Respondents without a score leave the domain, not the design. Weights count as raked (residuals
    as ``survey::rake``), trimming as if it were part of the base weights.
    """
    is_share = _is_share(scale)
    rows: list[dict[str, object]] = []
    for wave in study.waves:
        survey = SurveyDesign.of(panel, study, [wave.id])
        values = survey.frame[scale.id].to_numpy(float)
        for area, inside in survey.domains():
            row = _row(wave.id, area, "share" if is_share else "mean")
            rows.append(row | _level(survey, values, inside, is_share, study))
    return pd.DataFrame(rows, columns=list(LEVEL_COLUMNS))


def area_changes(panel: WeightedPanel, scale: Scale, study: Study) -> pd.DataFrame:
    """Estimate the change of a scale since the first wave, for each area, each side and all.

    Parameters
    ----------
    panel, scale, study
        As in `area_levels`.

    Returns
    -------
    pandas.DataFrame
        One row per later wave x area, columns ``LEVEL_COLUMNS``, term ``change``; ``n`` and
        ``n_households`` are those of the wave with fewest, ``n_both`` persons with a score in both
        waves. Estimand: current residents at each wave, each wave with its own weights.

    Notes
    -----
    Panel overlap is in the standard error: see `methods.design_change`.
    """
    first = study.baseline.id
    rows: list[dict[str, object]] = []
    for wave in study.waves[1:]:
        survey = SurveyDesign.of(panel, study, [first, wave.id])
        values = survey.frame[scale.id].to_numpy(float)
        later = (survey.frame["wave"] == wave.id).to_numpy()
        for area, inside in survey.domains():
            row = _row(wave.id, area, "change")
            rows.append(row | _change(survey, values, later, inside, study))
    return pd.DataFrame(rows, columns=list(LEVEL_COLUMNS))


def distribution(panel: WeightedPanel, item: Item, study: Study) -> pd.DataFrame:
    """Estimate the share of each answer category of an item, per wave and area.

    Parameters
    ----------
    panel, study
        As in `area_levels`.
    item : Item
        A categorical item of the residents' questionnaire.

    Returns
    -------
    pandas.DataFrame
        One row per wave x area x code, columns ``LEVEL_COLUMNS``, category ``answer=<code>``, term
        ``share``; ``n`` counts respondents with any answer, so shares of an area add up to 1.
    """
    rows: list[dict[str, object]] = []
    for wave in study.waves:
        survey = SurveyDesign.of(panel, study, [wave.id])
        answers = survey.frame[item_column(item.id)]
        for code in item.codes:
            values = np.where(answers.isna(), np.nan, answers.eq(code).to_numpy(float))
            for area, inside in survey.domains():
                row = _row(wave.id, area, "share", f"answer={code}")
                rows.append(row | _level(survey, values, inside, True, study))
    return pd.DataFrame(rows, columns=list(LEVEL_COLUMNS))


def professional_levels(scored: pd.DataFrame, scale: Scale, study: Study) -> pd.DataFrame:
    """Estimate the mean of a professionals' scale per wave and side, every answer counting once.

    Parameters
    ----------
    scored : pandas.DataFrame
        Result of `score_waves` for professionals.
    scale, study
        As in `area_levels`.

    Returns
    -------
    pandas.DataFrame
        Columns ``LEVEL_COLUMNS``; ``area`` is a side; ``n_households`` is NaN. Unweighted: all
        professionals were invited; the standard error takes them as independent.
    """
    rows: list[dict[str, object]] = []
    for wave in study.waves:
        of_wave = scored[scored["wave"] == wave.id]
        for side in Side:
            values = of_wave.loc[of_wave["area_side"] == side, scale.id].dropna().to_numpy(float)
            row = _row(wave.id, str(side), "share" if _is_share(scale) else "mean")
            if len(values) < 2:
                rows.append(
                    row | _absent("no_respondents" if not len(values) else "one_respondent")
                )
                continue
            ones, unit = np.ones(len(values)), np.arange(len(values))
            found = design_mean(values, ones, ones, unit)
            numbers = _numbers(found, _is_share(scale), study)
            rows.append(row | numbers | {"n_households": np.nan})
    return pd.DataFrame(rows, columns=list(LEVEL_COLUMNS))


def _is_share(scale: Scale) -> bool:
    return scale.rule == "share_of_codes" and scale.multiply == 1


def _row(wave: str, area: str, term: str, category: str = "") -> dict[str, object]:
    return {"wave": wave, "area": area, "term": term, "category": category}


def _level(
    survey: SurveyDesign, values: Floats, inside: Booleans, is_share: bool, study: Study
) -> dict[str, object]:
    answered = inside & ~np.isnan(values)
    if reason := _reason(survey, inside, answered):
        return _absent(reason)
    return _numbers(survey.mean(values, inside), is_share, study)


def _change(
    survey: SurveyDesign, values: Floats, later: Booleans, inside: Booleans, study: Study
) -> dict[str, object]:
    answered = inside & ~np.isnan(values)
    parts = (~later, later)
    for part in parts:
        if reason := _reason(survey, inside & part, answered & part):
            return _absent(reason)
    found = survey.change(later, values, inside)
    return _numbers(found, False, study) | {
        "n": min(int((answered & part).sum()) for part in parts),
        "n_households": min(survey.declared.clusters(answered & part) for part in parts),
        "n_both": survey.persons_in_both(answered & parts[0], answered & parts[1]),
    }


def _reason(survey: SurveyDesign, inside: Booleans, answered: Booleans) -> str:
    if not inside.any():
        return "no_respondents"
    if not answered.any():
        return "no_answers"
    return "" if survey.declared.df(answered) > 0 else "one_household"


def _absent(reason: str) -> dict[str, object]:
    numbers = dict.fromkeys(LEVEL_COLUMNS[4:13], np.nan)
    return {**numbers, "n": 0, "status": str(Status.NOT_ESTIMABLE), "reason": reason}


def _numbers(found: DesignEstimate, is_share: bool, study: Study) -> dict[str, object]:
    level = 1 - study.design.alpha
    at = (found.estimate, found.std_error, found.df, level)
    low, high = logit_interval(*at, found.n_clusters) if is_share else interval(*at)
    return {
        "estimate": found.estimate,
        "std_error": found.std_error,
        "ci_low": low,
        "ci_high": high,
        "df": found.df,
        "deff": found.deff,
        "n": found.n,
        "n_households": found.n_clusters,
        "n_both": np.nan,
        "status": str(Status.ESTIMATED),
        "reason": "",
    }
