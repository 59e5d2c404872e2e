"""From answers to scores, by the rules the data dictionary states for each scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary.codebook import Codebook
from evaluatie.dictionary.model import Item, Scale
from evaluatie.errors import DeclarationError

Floats = NDArray[np.float64]

BACKGROUND: Mapping[str, tuple[str, ...]] = {
    "residents": (
        "respondent_id",
        "person_id",
        "household_id",
        "area_code",
        "completed_on",
        "mode",
        "sex",
        "birth_year",
        "education",
    ),
    "professionals": ("respondent_id", "organisation", "discipline", "area_side"),
}
CONSTANT, ANY_ABOVE_BEST = "constant", "any_above_1"
"""Row of a value set that is subtracted once when any item has a level above 1."""


def item_column(item_id: str) -> str:
    """Return the column of an item in a scored frame; a scale may have the same id."""
    return f"item:{item_id}"


def score_waves(
    waves: Mapping[str, pd.DataFrame],
    codebook: Codebook,
    population: Literal["residents", "professionals"] = "residents",
) -> pd.DataFrame:
    """Score every questionnaire of every wave.

    Parameters
    ----------
    waves : mapping of str to pandas.DataFrame
        Wave id -> one row per respondent, item columns by item id, missing as NaN or None.
    codebook : Codebook
        Items, scales and value sets.
    population : {"residents", "professionals"}
        Whose questionnaire.

    Returns
    -------
    pandas.DataFrame
        One row per respondent x wave: background columns, ``wave``, ``year`` of completion and
        ``age_group`` (residents), one float column per scale id, and the codes of categorical
        items as ``item:<id>``.

    Notes
    -----
    A scale is NaN throughout a wave in which one of its items was not asked. Age is the calendar
    year of completion minus the year of birth: at most one year too high.
    """
    if not waves:
        raise DeclarationError("there is no wave to score")
    scored = [
        _score_wave(wave, frame.reset_index(drop=True), codebook, population)
        for wave, frame in waves.items()
        if len(frame)
    ]
    if not scored:
        raise DeclarationError("no wave has any respondent")
    return pd.concat(scored, ignore_index=True)


def score(
    frame: pd.DataFrame, scale: Scale, items: Mapping[str, Item], codebook: Codebook
) -> Floats:
    """Return one scale for every row of ``frame``.

    Parameters
    ----------
    frame : pandas.DataFrame, n rows
        Item columns by item id.
    scale : Scale
        Rule, items, reversed items, missing rule.
    items : mapping of str to Item
        The questionnaire's items.
    codebook : Codebook
        For value sets.

    Returns
    -------
    ndarray of float, shape (n,)
        In the unit of the scale; NaN where too many items are missing.

    Notes
    -----
    With x the k items after reversal and m of them missing (NaN if m > max_missing):
    ``sum``: k times the mean of the answered items; ``mean``: mean of the answered; ``single``
    and ``imported``: the item; ``share_of_codes``: 1 if the answer is a good code, else 0;
    ``count_of_codes``: number of answered items with a listed code, missing items count as none;
    ``value_set``: 1 minus the decrements of the levels, minus the constant when any level is
    above 1, NaN when any item is missing. All times ``multiply``.
    """
    if scale.rule == "share_of_codes":
        raw = _share_of_codes(frame, scale)
    elif scale.rule == "count_of_codes":
        raw = _count_of_codes(frame, scale)
    elif scale.rule == "value_set":
        raw = _value_set(frame, scale, codebook)
    else:
        raw = _summary(frame, scale, items)
    return raw * scale.multiply


def answer_codes(values: pd.Series) -> pd.Series:
    """Return answers as text codes without a decimal part, None where missing."""
    if pd.api.types.is_numeric_dtype(values):
        text = values.map("{:g}".format)
        return text.where(values.notna(), None).astype(object)
    text = values.astype(object)
    return text.where(text.notna() & (text != ""), None)


def _score_wave(
    wave: str,
    frame: pd.DataFrame,
    codebook: Codebook,
    population: Literal["residents", "professionals"],
) -> pd.DataFrame:
    items = codebook.items_for(population)
    columns: dict[str, object] = {name: frame.get(name) for name in BACKGROUND[population]}
    columns["wave"] = wave
    asked = {
        i for i, item in items.items() if i in frame and (not item.waves or wave in item.waves)
    }
    for scale in codebook.scales_for(population):
        complete = asked.issuperset(scale.items)
        columns[scale.id] = score(frame, scale, items, codebook) if complete else np.nan
    for name, item in items.items():
        if item.type == "categorical":
            columns[item_column(name)] = answer_codes(frame[name]) if name in asked else None
    scored = pd.DataFrame(columns, index=frame.index)
    return _with_age(scored, codebook) if population == "residents" else scored


def _with_age(scored: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Add year of completion (missing: the wave's most frequent year) and age group."""
    year = pd.to_datetime(scored["completed_on"]).dt.year
    common = year.mode()
    scored["year"] = year.fillna(common.iloc[0] if len(common) else np.nan).astype(float)
    scored["birth_year"] = pd.to_numeric(scored["birth_year"]).astype(float)
    scored["sex"] = answer_codes(scored["sex"])
    age = scored["year"] - scored["birth_year"]
    scored["age_group"] = age_groups(age, codebook)
    scored["household_id"] = scored["household_id"].fillna("alone:" + scored["respondent_id"])
    return scored.drop(columns="completed_on")


def age_groups(age: pd.Series, codebook: Codebook) -> pd.Series:
    """Return survey age groups as text, None for a missing age or a child."""
    groups = codebook.age_group(age).astype(object)
    return groups.where(groups.notna(), None)


def _share_of_codes(frame: pd.DataFrame, scale: Scale) -> Floats:
    answer = answer_codes(frame[scale.items[0]])
    good = answer.isin(scale.good_codes).to_numpy(float)
    return np.where(answer.isna(), np.nan, good)


def _count_of_codes(frame: pd.DataFrame, scale: Scale) -> Floats:
    answers = {name: answer_codes(frame[name]) for name in scale.items}
    counted = sum(
        answers[name].isin(scale.item_codes[name]).to_numpy(float) for name in scale.items
    )
    missing = sum(answers[name].isna().to_numpy(int) for name in scale.items)
    return np.where(missing > scale.max_missing, np.nan, counted)


def _value_set(frame: pd.DataFrame, scale: Scale, codebook: Codebook) -> Floats:
    decrements = codebook.value_sets[str(scale.value_set)]
    value = np.ones(len(frame))
    any_above_best = np.zeros(len(frame), dtype=bool)
    for name in scale.items:
        levels = answer_codes(frame[name])
        value = value - levels.map(decrements[name]).to_numpy(float)
        any_above_best |= (levels.notna() & (levels != "1")).to_numpy()
    constant = decrements.get(CONSTANT, {}).get(ANY_ABOVE_BEST, 0.0)
    return np.asarray(value - constant * any_above_best)


def _summary(frame: pd.DataFrame, scale: Scale, items: Mapping[str, Item]) -> Floats:
    columns = [_numeric(frame[name], items[name], name in scale.reverse) for name in scale.items]
    answers = np.column_stack(columns)
    if scale.rule in ("single", "imported"):
        return np.asarray(answers[:, 0])
    answered = (~np.isnan(answers)).sum(axis=1)
    total = np.nansum(answers, axis=1)
    mean = np.divide(total, answered, out=np.full(len(frame), np.nan), where=answered > 0)
    k = len(scale.items)
    mean[k - answered > scale.max_missing] = np.nan
    return np.asarray(mean * k if scale.rule == "sum" else mean)


def _numeric(values: pd.Series, item: Item, reverse: bool) -> Floats:
    answers = pd.to_numeric(answer_codes(values) if item.codes else values)
    numbers = np.asarray(answers, dtype=float)
    if not reverse:
        return numbers
    known = [float(code) for code in item.codes]
    known = known or [end for end in (item.minimum, item.maximum) if end is not None]
    if len(known) < 2:
        raise DeclarationError(
            "a reversed item needs codes, or a minimum and a maximum", where=f"item '{item.id}'"
        )
    return np.asarray(min(known) + max(known) - numbers)
