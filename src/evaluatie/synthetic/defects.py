"""Plant what is wrong in real deliveries, and write down what was planted.

A wrong answer replaces an answer, which becomes missing at intake. Every other wrong record is an
extra one (or an end date that was not closed), so that intake can undo it and the truth stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Column, Feed, Item
from evaluatie.errors import DeclarationError
from evaluatie.intake import RawFrames, raw_parts
from evaluatie.study import Study
from evaluatie.synthetic.coding import asked, long_categories, recode_of, texts, wide_names
from evaluatie.synthetic.population import Ints
from evaluatie.synthetic.settings import Defect
from evaluatie.synthetic.streams import stream

COLUMNS = ("feed", "file", "wave", "column", "rule", "count")
FILE_RULES = ("wrong_encoding",)  # of the file as a whole: the writer does it
OVERRUN_DAYS = 20  # a record that was not closed runs on this long into its successor
NOWHERE = "SYN-AREA-00"
WORD = "onbekend"


@dataclass(frozen=True)
class Place:
    """Where a defect is planted: one frame of one feed, with what may still be changed.

    Attributes
    ----------
    clean : array of bool
        Rows that no defect has touched yet.
    """

    study: Study
    codebook: Codebook
    feed: Feed
    wave: str
    frame: pd.DataFrame
    clean: np.ndarray

    def pick(self, rng: np.random.Generator, count: int, among: np.ndarray) -> Ints:
        """Return up to ``count`` clean rows that are also in the mask ``among``."""
        rows = np.flatnonzero(self.clean & among)
        return np.sort(rng.choice(rows, min(count, len(rows)), replace=False))

    def changed(self, rows: Ints, column: str, values: Any) -> Place:
        """Return the place with other values in some rows, which are no longer clean."""
        frame = self.frame.copy(deep=False)
        content = frame[column].to_numpy(copy=True)
        if isinstance(values, str) and content.dtype != object:
            content = frame[column].astype(object).to_numpy(copy=True)
        content[rows] = values
        frame[column] = content
        clean = self.clean.copy()
        clean[rows] = False
        return replace(self, frame=frame, clean=clean)

    def extended(self, extra: pd.DataFrame, copied: Ints) -> Place:
        """Return the place with rows added at the end; originals of copies stay as they are."""
        clean = self.clean.copy()
        clean[copied] = False
        frame = _stacked(self.frame, extra)
        return replace(self, frame=frame, clean=np.append(clean, np.zeros(len(extra), dtype=bool)))


def _stacked(frame: pd.DataFrame, extra: pd.DataFrame) -> pd.DataFrame:
    """Return the rows below one another; `concat` would drop the type of a column that is empty."""
    return pd.DataFrame(
        {c: np.concatenate([frame[c].to_numpy(), extra[c].to_numpy()]) for c in frame.columns}
    )


def plant(
    study: Study, codebook: Codebook, raw: RawFrames, defects: tuple[Defect, ...], seed: int
) -> tuple[RawFrames, pd.DataFrame]:
    """Plant every defect whose feed was drawn; return the feeds and the table of defects.

    In a wide feed one wrong record in the file becomes a wrong row per category, and is so counted.
    """
    frames = _frames(study, codebook, raw)
    files = {(part.feed.id, part.wave): part.path for part in raw_parts(study, codebook)}
    rows = []
    for defect in defects:
        key = (defect.feed, defect.wave)
        if key not in frames:
            continue
        count = defect.count
        if defect.rule not in FILE_RULES:
            rng = stream(seed, "defects", defect.feed, defect.wave, defect.column, defect.rule)
            frames[key], count = _planter(defect)(frames[key], rng, defect)
            count *= max(len(wide_names(codebook.feeds[defect.feed])), 1)
        rows.append((defect.feed, files[key], defect.wave, defect.column, defect.rule, count))
    return _gathered(raw, frames), pd.DataFrame(rows, columns=list(COLUMNS))


def _frames(study: Study, codebook: Codebook, raw: RawFrames) -> dict[tuple[str, str], Place]:
    found: dict[tuple[str, str], pd.DataFrame] = {(feed, ""): f for feed, f in raw.feeds.items()}
    for population, waves in _questionnaires(raw).items():
        feed = next((f.id for f in codebook.feeds.values() if f.questionnaire == population), "")
        found |= {(feed, wave): frame for wave, frame in waves.items()}
    return {
        (feed, wave): Place(
            study, codebook, codebook.feeds[feed], wave, frame, np.ones(len(frame), dtype=bool)
        )
        for (feed, wave), frame in found.items()
    }


def _questionnaires(raw: RawFrames) -> dict[str, Mapping[str, pd.DataFrame]]:
    return {"residents": raw.survey, "professionals": raw.professionals}


def _gathered(raw: RawFrames, places: Mapping[tuple[str, str], Place]) -> RawFrames:
    waves: dict[str, dict[str, pd.DataFrame]] = {"residents": {}, "professionals": {}}
    feeds = {}
    for (feed, wave), place in places.items():
        if place.feed.questionnaire:
            waves[place.feed.questionnaire][wave] = place.frame
        else:
            feeds[feed] = long_categories(place.frame, place.feed)
    return replace(
        raw, survey=waves["residents"], professionals=waves["professionals"], feeds=feeds
    )


Planter = Callable[[Place, np.random.Generator, Defect], tuple[Place, int]]


def _planter(defect: Defect) -> Planter:
    if defect.rule not in _PLANTERS:
        raise DeclarationError(
            f"a defect of rule '{defect.rule}' cannot be planted",
            where="defects in analysis/synthetic.yml",
            allowed=", ".join((*_PLANTERS, *FILE_RULES)),
        )
    return _PLANTERS[defect.rule]


def _wrong_value(place: Place, rng: np.random.Generator, defect: Defect) -> tuple[Place, int]:
    """Replace an answer by one outside codes or range, or by a word where a number belongs."""
    item = place.codebook.items_for(place.feed.questionnaire or "residents").get(defect.column)
    if not place.feed.questionnaire or item is None:
        return _wrong_field(place, rng, defect)
    if not asked(item, place.wave):
        return place, 0
    value = WORD if defect.rule == "wrong_type" else _impossible(place.study, item, place.wave)
    filled = place.frame[item.id].notna().to_numpy()
    given = ~place.frame[item.id].isin(_missing_values(item)).to_numpy()
    rows = place.pick(rng, defect.count, filled & given)
    return place.changed(rows, item.id, value), len(rows)


def _impossible(study: Study, item: Item, wave: str) -> Any:
    """Return a value that is no code, no missing code, or outside the range of the item."""
    if item.type == "categorical":
        used = {*item.codes, *recode_of(study, item, wave).values(), *item.missing_codes}
        return next(str(n) for n in range(len(used) + 1, 100) if str(n) not in used)
    top = item.maximum if item.maximum is not None else 0.0
    missing = {float(code) for code in item.missing_codes}
    return next(top + step for step in (12.0, 37.0, 71.0) if top + step not in missing)


def _missing_values(item: Item) -> list[Any]:
    if item.type == "categorical":
        return list(item.missing_codes)
    return [float(code) for code in item.missing_codes]


def _wrong_field(place: Place, rng: np.random.Generator, defect: Defect) -> tuple[Place, int]:
    """Write a wrong value in a column; where a value is needed the record is an extra one."""
    column = _column(place, defect)
    if column.nullable:
        rows = place.pick(rng, defect.count, place.frame[column.name].notna().to_numpy())
        return place.changed(rows, column.name, _wrong(column, defect)), len(rows)
    return _extra(place, rng, defect, {column.name: _wrong(column, defect)})


def _wrong(column: Column, defect: Defect) -> Any:
    if defect.rule == "missing_value":
        return None
    if defect.rule == "value_outside_range":
        low, high = column.minimum, column.maximum
        return high + 5 if high is not None else (low or 0) - 5
    return WORD


def _extra(
    place: Place, rng: np.random.Generator, defect: Defect, values: Mapping[str, Any]
) -> tuple[Place, int]:
    """Add copies of records under a number of their own, with other values in some columns."""
    rows = place.pick(rng, defect.count, np.ones(len(place.frame), dtype=bool))
    extra = place.frame.iloc[rows].reset_index(drop=True)
    for name in _identifiers(place.feed):
        if name not in values:
            extra[name] = texts(
                [f"SYN-X-{place.feed.id[:3]}-{defect.rule[:3]}-{n:04d}" for n in range(len(rows))]
            )
    for name, value in values.items():
        if value is None:
            extra[name] = extra[name].where(extra[name].isna())
        else:
            extra[name] = value if not isinstance(value, str) else texts([value] * len(rows))
    return place.extended(extra, np.array([], dtype=np.int64)), len(rows)


def _identifiers(feed: Feed) -> list[str]:
    """Return the id columns of a feed that must be unique: numbers of records, not of areas."""
    areas = {name for check in feed.checks if check.rule == "known_area" for name in check.columns}
    unique = [check.columns[0] for check in feed.checks if check.rule == "unique"]
    kinds = {column.name: column.type for column in feed.columns}
    return [name for name in unique if kinds.get(name) == "id" and name not in areas]


def _column(place: Place, defect: Defect) -> Column:
    for column in place.codebook.columns_of(place.feed.id):
        if column.name == defect.column:
            return column
    raise DeclarationError(
        f"feed '{defect.feed}' has no column '{defect.column}'",
        where="defects in analysis/synthetic.yml",
        allowed=", ".join(c.name for c in place.codebook.columns_of(place.feed.id)),
    )


def _duplicate(place: Place, rng: np.random.Generator, defect: Defect) -> tuple[Place, int]:
    rows = place.pick(rng, defect.count, np.ones(len(place.frame), dtype=bool))
    return place.extended(place.frame.iloc[rows], rows), len(rows)


def _unknown_area(place: Place, rng: np.random.Generator, defect: Defect) -> tuple[Place, int]:
    return _extra(place, rng, defect, {defect.column: NOWHERE})


def _outside_years(place: Place, rng: np.random.Generator, defect: Defect) -> tuple[Place, int]:
    return _extra(place, rng, defect, {defect.column: place.study.cost_years[0] - 1})


def _unmatched(place: Place, rng: np.random.Generator, defect: Defect) -> tuple[Place, int]:
    return _extra(place, rng, defect, {defect.column: f"SYN-X-{defect.column[:3]}-nowhere"})


def _end_before_start(place: Place, rng: np.random.Generator, defect: Defect) -> tuple[Place, int]:
    check = next(
        c for c in place.feed.checks if c.rule == "not_before" and c.columns[0] == defect.column
    )
    changed, count = _extra(place, rng, defect, {})
    frame = changed.frame.copy(deep=False)
    rows = np.arange(len(frame)) >= len(frame) - count
    early = frame[check.other[0]] - pd.Timedelta(days=3)
    frame[defect.column] = frame[defect.column].mask(rows, early)
    return replace(changed, frame=frame), count


def _overlap(place: Place, rng: np.random.Generator, defect: Defect) -> tuple[Place, int]:
    """Let records that were closed for a successor run on into it, as if never closed."""
    check = next(c for c in place.feed.checks if c.rule == "no_overlap")
    start, end = check.other
    frame = place.frame
    order = frame[frame[start] != frame[end]].sort_values([*check.columns, start], kind="stable")
    same = (order[list(check.columns)] == order[list(check.columns)].shift(-1)).all(axis=1)
    next_day = order[start].shift(-1) == order[end] + pd.Timedelta(days=1)
    closed = np.zeros(len(frame), dtype=bool)
    closed[order.index[same & next_day]] = True
    rows = place.pick(rng, defect.count, closed)
    late = frame[end].to_numpy()[rows] + np.timedelta64(OVERRUN_DAYS, "D")
    return place.changed(rows, end, late), len(rows)


_PLANTERS: Mapping[str, Planter] = {
    "value_outside_codes": _wrong_value,
    "value_outside_range": _wrong_value,
    "wrong_type": _wrong_value,
    "missing_value": _wrong_field,
    "duplicate": _duplicate,
    "unknown_area": _unknown_area,
    "outside_study_years": _outside_years,
    "unmatched_reference": _unmatched,
    "end_before_start": _end_before_start,
    "overlap": _overlap,
}
