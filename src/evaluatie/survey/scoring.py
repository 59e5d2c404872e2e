"""From answers to scores, by the rules the data dictionary states for each scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

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
    *,
    with_items: bool = True,
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
    with_items : bool
        Whether to keep the answers to categorical items beside the scores.

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
    given = {wave: frame for wave, frame in waves.items() if len(frame)}
    if not given:
        raise DeclarationError("no wave has any respondent")
    items = codebook.items_for(population)
    columns: dict[str, Any] = {n: _stacked(given, n) for n in BACKGROUND[population]}
    columns["wave"] = np.repeat(np.array([*given], dtype=object), [len(f) for f in given.values()])
    answers = pd.DataFrame(
        {n: _stacked(given, n) for n in items if any(n in f for f in given.values())}
    )
    for scale in codebook.scales_for(population):
        columns[scale.id] = _score_asked(given, answers, scale, items, codebook)
    if with_items:
        columns |= _item_columns(given, answers, items)
    scored = pd.DataFrame(columns)
    return _with_age(scored, codebook) if population == "residents" else scored


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


@dataclass(frozen=True)
class _Answered:
    """Answers by their distinct values: ``index`` points into ``codes``, -1 where missing."""

    codes: tuple[str, ...]
    index: NDArray[np.intp]

    @property
    def missing(self) -> NDArray[np.bool_]:
        return self.index < 0

    def each(self, value: Callable[[str], float], missing: float = np.nan) -> Floats:
        """Return a number per answer, given one per code."""
        return np.array([*map(value, self.codes), missing], dtype=np.float64)[self.index]


def _answered(values: pd.Series) -> _Answered:
    index, distinct = pd.factorize(values)
    if pd.api.types.is_numeric_dtype(values):
        return _Answered(tuple(f"{value:g}" for value in distinct), index)
    codes = [str(code) for code in distinct]
    if "" in codes:
        index = np.where(index == codes.index(""), -1, index)
    return _Answered(tuple(codes), index)


def answer_codes(values: pd.Series) -> pd.Series:
    """Return answers as text codes without a decimal part, None where missing."""
    found = _answered(values)
    codes = np.empty(len(found.codes) + 1, dtype=object)
    codes[:-1] = found.codes
    return pd.Series(codes[found.index], index=values.index, dtype=object, name=values.name)


def _stacked(waves: Mapping[str, pd.DataFrame], name: str) -> NDArray[Any]:
    """Return a column of all waves below one another; missing in a wave that lacks it."""
    there = [frame[name] for frame in waves.values() if name in frame]
    numeric = bool(there) and all(pd.api.types.is_numeric_dtype(column) for column in there)
    gone = np.nan if numeric else None  # one None would make objects of all numbers
    return np.concatenate(
        [f[name].to_numpy() if name in f else np.full(len(f), gone) for f in waves.values()]
    )


def _rows_asked(waves: Mapping[str, pd.DataFrame], item: Item) -> NDArray[np.bool_]:
    """Return which rows are of a wave in which the item was asked."""
    asked = [item.id in f and (not item.waves or wave in item.waves) for wave, f in waves.items()]
    return np.repeat(asked, [len(frame) for frame in waves.values()])


def _score_asked(
    waves: Mapping[str, pd.DataFrame],
    answers: pd.DataFrame,
    scale: Scale,
    items: Mapping[str, Item],
    codebook: Codebook,
) -> Floats:
    """Return the scores, NaN in every wave in which an item of the scale was not asked."""
    complete = np.logical_and.reduce([_rows_asked(waves, items[name]) for name in scale.items])
    if not complete.any():
        return np.full(len(answers), np.nan)
    if complete.all():
        return score(answers, scale, items, codebook)
    result = np.full(len(answers), np.nan)
    asked = answers.loc[complete, list(scale.items)]
    result[complete] = score(asked, scale, items, codebook)
    return result


def _item_columns(
    waves: Mapping[str, pd.DataFrame], answers: pd.DataFrame, items: Mapping[str, Item]
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, item in items.items():
        if item.type == "categorical":
            asked = _rows_asked(waves, item)
            codes = np.full(len(answers), None, dtype=object)
            if asked.any():
                codes[asked] = answer_codes(answers.loc[asked, name]).to_numpy()
            columns[item_column(name)] = codes
    return columns


def _with_age(scored: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Add year of completion (missing: the wave's most frequent year) and age group."""
    year = pd.to_datetime(scored["completed_on"]).dt.year
    if year.isna().any():
        common = year.groupby(scored["wave"]).agg(lambda y: y.mode().min())
        year = year.fillna(scored["wave"].map(common))
    scored["year"] = year.astype(float)
    scored["birth_year"] = pd.to_numeric(scored["birth_year"]).astype(float)
    scored["sex"] = answer_codes(scored["sex"])
    age = scored["year"] - scored["birth_year"]
    scored["age_group"] = age_groups(age, codebook)
    if scored["household_id"].isna().any():
        scored["household_id"] = scored["household_id"].fillna("alone:" + scored["respondent_id"])
    return scored.drop(columns="completed_on")


def age_groups(age: pd.Series, codebook: Codebook) -> pd.Series:
    """Return survey age groups as text, None for a missing age or a child."""
    groups = codebook.age_group(age).astype(object)
    return groups.where(groups.notna(), None)


def _share_of_codes(frame: pd.DataFrame, scale: Scale) -> Floats:
    return _answered(frame[scale.items[0]]).each(lambda code: code in scale.good_codes)


def _count_of_codes(frame: pd.DataFrame, scale: Scale) -> Floats:
    counted, missing = np.zeros(len(frame)), np.zeros(len(frame), dtype=int)
    for name in scale.items:
        answer, listed = _answered(frame[name]), scale.item_codes[name]
        counted += answer.each(listed.__contains__, 0.0)
        missing += answer.missing
    return np.where(missing > scale.max_missing, np.nan, counted)


def _value_set(frame: pd.DataFrame, scale: Scale, codebook: Codebook) -> Floats:
    decrements = codebook.value_sets[str(scale.value_set)]
    value = np.ones(len(frame))
    any_above_best = np.zeros(len(frame), dtype=bool)
    for name in scale.items:
        level, table = _answered(frame[name]), decrements[name]
        value = value - level.each(lambda code, table=table: table.get(code, np.nan))  # type: ignore[misc]
        any_above_best |= level.each(lambda code: code != "1", 0.0) > 0
    constant = decrements.get(CONSTANT, {}).get(ANY_ABOVE_BEST, 0.0)
    return np.asarray(value - constant * any_above_best)


def _summary(frame: pd.DataFrame, scale: Scale, items: Mapping[str, Item]) -> Floats:
    columns = [
        item_numbers(frame[name], items[name], name in scale.reverse) for name in scale.items
    ]
    answers = np.column_stack(columns)
    if scale.rule in ("single", "imported"):
        return np.asarray(answers[:, 0])
    answered = (~np.isnan(answers)).sum(axis=1)
    total = np.nansum(answers, axis=1)
    mean = np.divide(total, answered, out=np.full(len(frame), np.nan), where=answered > 0)
    k = len(scale.items)
    mean[k - answered > scale.max_missing] = np.nan
    return np.asarray(mean * k if scale.rule == "sum" else mean)


def _floats(values: pd.Series) -> Floats:
    return np.asarray(pd.to_numeric(values), dtype=float)


def item_numbers(values: pd.Series, item: Item, reverse: bool) -> Floats:
    """Return the answers to an item as numbers, NaN where missing, turned round if ``reverse``."""
    numbers = _answered(values).each(float) if item.codes else _floats(values)
    if not reverse:
        return numbers
    known = [float(code) for code in item.codes]
    known = known or [end for end in (item.minimum, item.maximum) if end is not None]
    if len(known) < 2:
        raise DeclarationError(
            "a reversed item needs codes, or a minimum and a maximum", where=f"item '{item.id}'"
        )
    return np.asarray(min(known) + max(known) - numbers)
