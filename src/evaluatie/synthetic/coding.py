"""From answers and canonical values to what stands in the file of a wave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.dictionary.model import Feed, Item
from evaluatie.study import Study

Texts = npt.NDArray[np.object_]


def texts(values: Sequence[str] | npt.NDArray[Any]) -> Texts:
    """Return an object array of strings, which indexes faster than a list."""
    found = np.empty(len(values), dtype=object)
    found[:] = list(values)
    return found


def artificial_ids(prefix: str, count: int) -> Texts:
    """Return ids that nobody can take for real ones, e.g. ``SYN-P-000017``."""
    return texts([f"SYN-{prefix}-{number:06d}" for number in range(1, count + 1)])


def recode_of(study: Study, item: Item, wave: str) -> dict[str, str]:
    """Return code of the dictionary -> code in the file of a wave (changes of coding in force)."""
    order = [w.id for w in study.waves]
    for change in reversed(item.changes):
        if change.recode and change.wave in order and order.index(change.wave) <= order.index(wave):
            return {inside: outside for outside, inside in change.recode.items()}
    return {}


def asked(item: Item, wave: str) -> bool:
    """Return whether the item stood in the questionnaire of a wave."""
    return not item.waves or wave in item.waves


def file_answers(
    study: Study, item: Item, levels: Sequence[str], values: npt.NDArray[np.float64], wave: str
) -> Texts | npt.NDArray[np.float64]:
    """Return the answers as codes of the file of a wave, or as numbers."""
    if not levels:
        return values
    recode = recode_of(study, item, wave)
    codes = texts([recode.get(level, level) for level in levels])
    given = codes[values.astype(np.int64)]
    return given if item.type == "categorical" else given.astype(np.float64)


def with_missing(
    rng: np.random.Generator,
    item: Item,
    values: Texts | npt.NDArray[np.float64],
    open_items: npt.NDArray[np.bool_],
    coded_share: float,
) -> Texts | npt.NDArray[np.float64]:
    """Replace answers by a missing code of the item, or leave the cell empty."""
    rows = np.flatnonzero(open_items)
    values = values.copy()
    empty = None if values.dtype == object else np.nan
    values[rows] = empty
    if item.missing_codes:
        coded = rows[rng.random(len(rows)) < coded_share]
        chosen = rng.choice(list(item.missing_codes), len(coded))
        values[coded] = chosen if values.dtype == object else chosen.astype(np.float64)
    return values


def file_frame(feed: Feed, columns: dict[str, Any]) -> pd.DataFrame:
    """Return a frame with the feed's columns in order, coded columns in the codes of the file.

    Raises
    ------
    KeyError
        The generator does not know a required column of the feed.
    """
    data = {}
    for column in feed.columns:
        if column.name not in columns and not column.required:
            continue
        values = columns[column.name]
        if column.codes:
            outside = {inside: code for code, inside in column.codes.items() if inside}
            values = pd.Series(values, dtype=object).map(outside).to_numpy(dtype=object)
        data[column.name] = values
    return pd.DataFrame(data)


def days(values: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_] | None = None) -> Any:
    """Return day numbers as datetime64[ns], NaT where ``missing``."""
    found = values.astype("datetime64[D]").astype("datetime64[ns]")
    if missing is not None:
        found[missing] = np.datetime64("NaT")
    return found


def long_categories(frame: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """Return a wide frame with one row per record x category, as intake holds it in memory."""
    names = [name for name in wide_names(feed) if name in frame]
    if not names:
        return frame
    kept = [name for name in frame.columns if name not in names]
    return frame.melt(id_vars=kept, value_vars=names, var_name="category", value_name="amount_eur")


def wide_categories(frame: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """Return a long frame with one column per category again, as it stands in the file."""
    there = set(frame["category"]) if wide_names(feed) else set()
    names = [name for name in wide_names(feed) if name in there]
    if not names:
        return frame
    first = frame[frame["category"] == names[0]].drop(columns=["category", "amount_eur"])
    rows = len(first)  # categories lie below one another, each with the same records
    amounts = {
        name: frame["amount_eur"].to_numpy()[k * rows : (k + 1) * rows]
        for k, name in enumerate(names)
    }
    return first.assign(**amounts)


def wide_years(frame: pd.DataFrame, feed: Feed) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a frame of category x year with one column for each, and the header of each column."""
    header = {column.name: column.column for column in feed.columns}
    keys = [c.name for c in feed.columns if c not in feed.wide_columns]
    wide = frame[keys].drop_duplicates(ignore_index=True)
    headers = {key: header[key] for key in keys}
    for (category, year), rows in frame.groupby(["category", "year"], sort=False):
        name = f"{category} [{year}]"
        wide = wide.merge(rows[[*keys, "value"]].rename(columns={"value": name}), on=keys)
        headers[name] = f"{header[str(category)]} [{year}]"
    return wide, headers


def wide_names(feed: Feed) -> list[str]:
    """Return the columns that stand beside one another in the file and become rows."""
    return [c.name for c in feed.wide_columns] if feed.layout == "wide_categories" else []
