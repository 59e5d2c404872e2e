"""Write one raw file as its owner would: headers, codes, decimal comma, encoding, SPSS labels."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Column, Feed, Item
from evaluatie.errors import UserError
from evaluatie.study import Study
from evaluatie.synthetic.coding import recode_of, wide_categories, wide_years

SAV_CREATED = slice(
    92, 109
)  # date (9 bytes) and time (8 bytes) of creation in the header of a .sav
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def headers(codebook: Codebook, feed: Feed) -> dict[str, str]:
    """Return canonical name -> header in the file."""
    named = {column.name: column.column for column in feed.columns}
    if feed.questionnaire:
        items = codebook.items_for(feed.questionnaire)
        named |= {name: item.column for name, item in items.items()}
    return named


def csv_bytes(codebook: Codebook, feed: Feed, frame: pd.DataFrame, encoding: str) -> bytes:
    """Return a feed as CSV: one header line, no index, empty cells for missing values."""
    if feed.layout == "wide_years":
        return _by_year(feed, frame, encoding)
    inside = [column.name for column in feed.columns if column.from_path]
    wide = wide_categories(frame, feed).drop(columns=inside)
    types: dict[str, str] = {column.name: column.type for column in feed.columns}
    if feed.questionnaire:
        items = codebook.items_for(feed.questionnaire)
        types |= {name: item.type for name, item in items.items()}
    names = headers(codebook, feed)
    columns = {names[c]: _text(wide[c], types[c], feed.decimal) for c in wide.columns}
    text: str = pd.DataFrame(columns).to_csv(sep=feed.delimiter, index=False, lineterminator="\n")
    return text.encode(encoding)


def _by_year(feed: Feed, frame: pd.DataFrame, encoding: str) -> bytes:
    """Return a file with the year of every number in its header."""
    wide, names = wide_years(frame, feed)
    types: dict[str, str] = {column.name: column.type for column in feed.columns}
    columns = {
        names[str(name)]: _text(wide[name], _kind(types, str(name)), feed.decimal)
        for name in wide.columns
    }
    text: str = pd.DataFrame(columns).to_csv(sep=feed.delimiter, index=False, lineterminator="\n")
    return text.encode(encoding)


def _kind(types: dict[str, str], name: str) -> str:
    kind = types[name.partition(" [")[0]]
    return "integer" if kind == "eur" else kind  # published totals are whole euros


def _text(values: pd.Series, kind: str, decimal: str) -> Any:
    """Return a column as the text that stands in a CSV file."""
    if pd.api.types.is_datetime64_any_dtype(values):
        codes, days = pd.factorize(values)  # few distinct days: write each once
        shown = pd.DatetimeIndex(days).strftime("%Y-%m" if kind == "month" else "%Y-%m-%d")
        return np.array([*shown, ""], dtype=object)[codes]
    if pd.api.types.is_integer_dtype(values):
        return values
    codes, distinct = pd.factorize(values.astype(object))
    written = np.array([*(_cell(v, kind, decimal) for v in distinct), ""], dtype=object)
    return written[codes]


def _cell(value: Any, kind: str, decimal: str) -> str:
    if isinstance(value, str):
        return value
    if kind == "eur":
        return f"{value:.2f}".replace(".", decimal)
    number = float(value)
    if number.is_integer():
        return str(int(number))
    return repr(round(number, 6)).replace(".", decimal)


def sav_bytes(
    study: Study, codebook: Codebook, feed: Feed, frame: pd.DataFrame, wave: str
) -> bytes:
    """Return a questionnaire as SPSS file with variable and value labels.

    The date of creation in the header is that of the wave, so that the same study gives the same
    bytes.
    """
    columns: dict[str, Any] = {}
    labels: dict[str, str | None] = {}
    values: dict[str, dict[int | float, str]] = {}
    items = codebook.items_for(feed.questionnaire or "residents")
    fields = {column.name: column for column in feed.columns}
    for name in frame.columns:
        thing = items[name] if name in items else fields[name]
        header = thing.column
        columns[header] = _numeric(frame[name], thing)
        labels[header] = items[name].label.nl if name in items else name
        if coded := _value_labels(study, thing, wave):
            values[header] = coded
    written = _write_sav(pd.DataFrame(columns), labels, values)
    day = study.wave(wave).start
    stamp = f"{day.day:02d} {MONTHS[day.month - 1]} {day.year % 100:02d}00:00:00"
    content = bytearray(written)
    content[SAV_CREATED] = stamp.encode("ascii")
    return bytes(content)


def _write_sav(
    frame: pd.DataFrame,
    labels: dict[str, str | None],
    values: dict[str, dict[int | float, str]],
) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wave.sav"
        path.touch(mode=0o600)
        pyreadstat.write_sav(frame, str(path), column_labels=labels, variable_value_labels=values)
        return path.read_bytes()


def _numeric(values: pd.Series, thing: Column | Item) -> Any:
    """Return codes as numbers where all codes are numbers: so SPSS holds a coded question."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(day) else _date(day) for day in values]
    if values.dtype == object and thing.codes and all(code.isdigit() for code in thing.codes):
        return pd.to_numeric(values).astype("float64")
    return values


def _date(day: pd.Timestamp) -> date:
    return date(day.year, day.month, day.day)


def _value_labels(study: Study, thing: Column | Item, wave: str) -> dict[int | float, str]:
    if isinstance(thing, Column):
        coded = {code: inside for code, inside in thing.codes.items() if code.isdigit()}
        return {float(code): inside or "onbekend" for code, inside in coded.items()}
    recode = recode_of(study, thing, wave)
    found = {recode.get(code, code): label.nl for code, label in thing.codes.items()}
    found |= {code: label.nl for code, label in thing.missing_codes.items()}
    if letters := sorted(code for code in found if not code.lstrip("-").isdigit()):
        raise UserError(
            f"{len(letters)} codes of item '{thing.id}' are not numbers, as SPSS needs",
            where="items of the data dictionary",
            remedy="give the item numeric codes, or let the wave be a CSV file.",
        )
    return {float(code): text for code, text in found.items()}
