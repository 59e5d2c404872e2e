"""The contrast by models of change: mixed model, estimating equations, ordered answers.

All three are judged by estimate and interval. None carries a verdict: with eight areas the mixed
model leans on normal area effects and the sandwich of the other two on many clusters.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary.model import Scale
from evaluatie.domain import Population, Side
from evaluatie.errors import RefusedError
from evaluatie.evaluation.sensitivity.analysis import Found, Row, Setting
from evaluatie.methods import (
    ClusterTest,
    gee,
    grouping,
    interval,
    mixed_model,
    proportional_odds,
)
from evaluatie.survey.area_waves import area_waves
from evaluatie.survey.scoring import item_column

Floats = NDArray[np.float64]
SIDES = 2  # terms between areas: the constant and the pilot label
REFUSED = "model_refused"


def by_models_of_change(setting: Setting) -> Iterator[Row]:
    """Yield the contrast of a survey question by each model; other questions yield nothing."""
    scale = setting.codebook.scales.get(setting.question.indicator)
    if scale is None or setting.products.panel is None or scale.population != "residents":
        return
    if setting.question.population is not Population.CURRENT_RESIDENTS:
        reason = f"population_not_supported:{setting.question.population}"
        for name in ("mixed_model", "gee"):
            yield setting.plain_row(f"method={name}", name, reason)
        return
    if _answered(setting, scale.id)[scale.id].nunique() < 2:
        for name in ("mixed_model", "gee"):
            yield setting.plain_row(f"method={name}", name, "constant_outcome")
        return
    yield by_mixed_model(setting, scale)
    yield by_estimating_equations(setting, scale)
    if codes := ordered_codes(setting, scale):
        yield by_ordered_answers(setting, scale, codes)


def by_mixed_model(setting: Setting, scale: Scale) -> Row:
    """Return the contrast by a mixed model of the means of all areas and waves.

    Notes
    -----
    Two stages: the means of area x wave with their design-based covariance (weights, households,
    persons in several waves), then REML with random area and area x wave effects beside that known
    covariance; fixed: side, wave, side x wave. Compared with a model of persons this keeps the
    agreed weights and the estimand, lets household and person correlation be what the design says
    rather than one number each, and takes milliseconds at any number of respondents. Areas count
    by precision, not by residents. *Assumptions*: normal effects of area x wave, independent over
    waves; sampling covariance known. Shocks that last some waves make Satterthwaite's interval too
    short (simulated: coverage 89-91%), and a variance estimated at zero (method ``reml_singular``)
    leaves only sampling with the df of thousands of persons: df are therefore at most areas - 2, as
    for the other rows of few areas (coverage 95-99%, eight areas, shocks of 0-10% of the SD).
    """
    panel = setting.products.panel
    assert panel is not None
    category, method = "method=mixed_model", "reml_satterthwaite"
    try:
        cells = area_waves(panel, scale.id, setting.study)
        pilot = setting.treated(pd.Series(cells.area)).astype(float)
        X, names = _side_by_wave(setting, pilot, cells.wave)
        patterns = {
            "area": grouping(cells.area), "area_x_wave": np.eye(len(cells.mean)),
        }  # fmt: skip
        model = mixed_model(cells.mean, X, names, patterns, known=cells.covariance)
        estimate, std_error, df = model.contrast(_term(setting.wave))
    except RefusedError:
        return setting.plain_row(category, method, REFUSED)
    if "area_x_wave" in model.singular:
        method = "reml_singular"
    areas = len(set(cells.area))
    df = min(df, areas - SIDES)
    low, high = interval(estimate, std_error, df, setting.level)
    return setting.plain_row(
        category, method, estimate=estimate, std_error=std_error, df=df, ci_low=low, ci_high=high,
        n=cells.n, n_households=cells.n_households, n_clusters=areas,
    )  # fmt: skip


def by_estimating_equations(setting: Setting, scale: Scale) -> Row:
    """Return the contrast by weighted GEE of persons, exchangeable within areas.

    Mancl-DeRouen's correction and t on areas - 2 degrees of freedom; persons count by their weight.
    """
    frame = _answered(setting, scale.id)
    category, method = "method=gee", "gee_exchangeable_mancl_derouen"
    pilot = setting.treated(frame["area_code"]).astype(float)
    X, names = _side_by_wave(setting, pilot, frame["wave"].to_numpy(str))
    try:
        fit = gee(
            frame[scale.id], X, frame["area_code"], names,
            weights=frame["weight"] / frame["weight"].mean(),
        )  # fmt: skip
        found = fit.test(_term(setting.wave), SIDES)
    except RefusedError:
        return setting.plain_row(category, method, REFUSED)
    numbers = (found.estimate, *_interval(found, setting))
    return _person_row(setting, category, method, found, numbers, frame)


def by_ordered_answers(setting: Setting, scale: Scale, codes: tuple[str, ...]) -> Row:
    """Return the contrast as odds ratio of a better answer, common to all cuts (proportional odds).

    Weighted; cluster sandwich over areas with Mancl-DeRouen's correction, t on areas - 2 df.
    """
    column = item_column(scale.items[0])
    frame = _answered(setting, column)
    category, method = "method=ordinal", "proportional_odds_mancl_derouen"
    unit = {"unit": "odds_ratio"}
    if empty := len(codes) - frame[column].nunique():
        return setting.plain_row(category, method, f"empty_category:{empty}") | unit
    place = frame[column].map({code: i for i, code in enumerate(codes)}).to_numpy(float)
    pilot = setting.treated(frame["area_code"]).astype(float)
    X, names = _side_by_wave(setting, pilot, frame["wave"].to_numpy(str))
    weights = frame["weight"] / frame["weight"].mean()
    try:
        fit = proportional_odds(place, X[:, 1:], names[1:], len(codes), weights)
        found = fit.clustered(_term(setting.wave), frame["area_code"], SIDES)
    except RefusedError:
        return setting.plain_row(category, method, REFUSED) | unit
    odds = np.exp([found.estimate, *_interval(found, setting)])
    ratio = (float(odds[0]), float(odds[1]), float(odds[2]))
    return (
        _person_row(setting, category, method, found, ratio, frame) | unit | {"std_error": np.nan}
    )


def ordered_codes(setting: Setting, scale: Scale) -> tuple[str, ...]:
    """Return the codes of a single ordinal item, worst answer first; empty for other scales.

    The dictionary lists the codes of an item in order; where the good codes come first the order is
    turned round, so that an odds ratio above one is better.
    """
    if scale.rule != "share_of_codes":
        return ()
    codes = tuple(setting.codebook.items_for(scale.population)[scale.items[0]].codes)
    good = [codes.index(code) for code in scale.good_codes]
    if len(codes) < 3:
        return ()
    if sorted(good) == list(range(len(good))):
        return codes[::-1]
    return codes if sorted(good) == list(range(len(codes) - len(good), len(codes))) else ()


def _term(wave: str) -> str:
    return f"{Side.PILOT}:{wave}"


def _side_by_wave(
    setting: Setting, pilot: Floats, wave: NDArray[np.str_]
) -> tuple[Floats, list[str]]:
    """Return constant, pilot, later waves that have rows, and pilot x each of those."""
    present = set(wave)
    later = [w.id for w in setting.study.waves[1:] if w.id in present]
    columns = {"constant": np.ones(len(wave)), str(Side.PILOT): pilot}
    columns |= {name: (wave == name).astype(float) for name in later}
    columns |= {_term(name): pilot * (wave == name) for name in later}
    return np.column_stack(list(columns.values())), list(columns)


def _answered(setting: Setting, column: str) -> pd.DataFrame:
    panel = setting.products.panel
    assert panel is not None
    return panel.frame[panel.frame[column].notna()]


def _interval(found: ClusterTest, setting: Setting) -> tuple[float, float]:
    return interval(found.estimate, found.std_error, found.df, setting.level)


def _person_row(
    setting: Setting, category: str, method: str, found: ClusterTest, numbers: Found,
    frame: pd.DataFrame,
) -> Row:  # fmt: skip
    people = frame["person_id"]
    return setting.plain_row(
        category, method, estimate=numbers[0], ci_low=numbers[1], ci_high=numbers[2],
        std_error=found.std_error, df=found.df, n=people.nunique() + people.isna().sum(),
        n_households=frame["household_id"].nunique(), n_clusters=found.n_clusters,
    )  # fmt: skip
