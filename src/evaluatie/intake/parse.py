"""Turn the loose values of a raw column into one type; say which were empty and which wrong.

Each distinct value is parsed once, so a column of many rows costs little.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evaluatie.dictionary.model import Column

OPEN_END = "9999"  # registers write an open end as this year
NUMBER = {
    ",": re.compile(r"[+-]?\d+(,\d+)?"),
    ".": re.compile(r"[+-]?\d+(\.\d+)?"),
}
THOUSANDS = {
    ",": re.compile(r"[+-]?[1-9]\d{0,2},\d{3}"),
    ".": re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}"),
}
CENTS = {",": re.compile(r"[+-]?\d+,\d{1,2}"), ".": re.compile(r"[+-]?\d+\.\d{1,2}")}
DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{2})-(\d{2})-(\d{4})|(\d{4})(\d{2})(\d{2})")
MONTH = re.compile(r"(\d{4})-?(\d{2})")
DATES = "YYYY-MM-DD, DD-MM-YYYY, YYYYMMDD"


@dataclass(frozen=True)
class Parsed:
    """A column after parsing, n rows.

    Attributes
    ----------
    cells : pandas.Series
        Parsed values, missing where empty or wrong.
    empty, wrong : numpy.ndarray of bool, shape (n,)
        Nothing was filled in; what was filled in is not of this type.
    """

    cells: pd.Series
    empty: np.ndarray
    wrong: np.ndarray


class Wrong:
    """Marks a value that is not of the type."""


WRONG = Wrong()


def text_of(value: Any) -> str:
    """Return a raw value as trimmed text; whole numbers without decimals, nothing as ''."""
    if isinstance(value, str):
        return value.strip()
    if value is None or value is pd.NaT:
        return ""
    if isinstance(value, (datetime.date, pd.Timestamp)):
        return value.isoformat()[:10]
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return str(int(value))
    number = float(value)
    if np.isnan(number):
        return ""
    return str(int(number)) if number.is_integer() else repr(number)


def _number(value: Any, decimal: str) -> Any:
    if not isinstance(value, str):
        text = text_of(value)
        return float(text) if NUMBER["."].fullmatch(text) else (WRONG if text else None)
    text = value.strip()
    if not text:
        return None
    if not NUMBER[decimal].fullmatch(text):
        return WRONG
    return float(text.replace(decimal, "."))


def _integer(value: Any, decimal: str) -> Any:
    number = _number(value, decimal)
    return number if number is None or number is WRONG or number.is_integer() else WRONG


def _date(value: Any, decimal: str) -> Any:  # noqa: ARG001 - one signature for all parsers
    text = text_of(value).removesuffix(" 00:00:00")
    if not text or OPEN_END in text:
        return None
    found = DATE.fullmatch(text)
    if not found:
        return WRONG
    parts = [int(p) for p in found.groups() if p is not None]
    year, month, day = parts if found[4] is None else parts[::-1]
    try:
        return np.datetime64(datetime.date(year, month, day), "ns")
    except ValueError:
        return WRONG


def _month(value: Any, decimal: str) -> Any:
    text = text_of(value)
    if found := MONTH.fullmatch(text):
        return _date(f"{found[1]}-{found[2]}-01", decimal)
    day = _date(value, decimal)
    return day if day is None or day is WRONG else day.astype("datetime64[M]").astype("<M8[ns]")


def _text(value: Any, decimal: str) -> Any:  # noqa: ARG001 - one signature for all parsers
    return text_of(value) or None


PARSERS: Mapping[str, Callable[[Any, str], Any]] = {
    "id": _text,
    "code": _text,
    "text": _text,
    "integer": _integer,
    "number": _number,
    "eur": _number,
    "date": _date,
    "month": _month,
}
DTYPES = {"integer": "float64", "number": "float64", "eur": "float64"}
DTYPES |= {"date": "datetime64[ns]", "month": "datetime64[ns]"}


def parse(raw: pd.Series, kind: str, decimal: str = ",") -> Parsed:
    """Parse a raw column of shape (n,) as a column type of the dictionary.

    Numbers are float64, dates and months datetime64[ns] (a month is its first day), the rest text.
    A number with a thousands separator or the other decimal mark is wrong, not guessed at. An
    amount such as 1,234 in a column of amounts with cents could be either; it is wrong as well.
    """
    if (typed := _as_typed(raw, kind)) is not None:
        return typed
    codes, distinct = pd.factorize(raw.astype("object"), use_na_sentinel=True)
    parser = PARSERS[kind]
    found = [parser(value, decimal) for value in distinct]
    if kind == "eur":
        found = _without_thousands(list(distinct), found, decimal)
    wrong = np.array([value is WRONG for value in found] + [False], dtype=bool)
    empty = np.array([value is None for value in found] + [True], dtype=bool)
    clean = [None if value is WRONG else value for value in found] + [None]
    values = pd.Series(clean, dtype=DTYPES.get(kind, "object")).to_numpy()[codes]
    return Parsed(pd.Series(values, index=raw.index, name=raw.name), empty[codes], wrong[codes])


def _without_thousands(raw: list[Any], found: list[Any], decimal: str) -> list[Any]:
    """Return what was found, but wrong where the mark may stand for thousands.

    That is where some values have cents and others exactly three digits behind the mark, and none
    has more or begins with a zero (a rate of less than one euro): then two notations are mixed.
    """
    texts = [value.strip() if isinstance(value, str) else "" for value in raw]
    marked = [text for text in texts if decimal in text]
    doubtful = [bool(THOUSANDS[decimal].fullmatch(text)) for text in texts]
    cents = sum(bool(CENTS[decimal].fullmatch(text)) for text in marked)
    if not cents or cents + sum(doubtful) < len(marked):
        return found
    return [WRONG if doubt else value for doubt, value in zip(doubtful, found, strict=True)]


def _as_typed(raw: pd.Series, kind: str) -> Parsed | None:
    """Parse a column whose values all have one type already; None where that is not so."""
    nothing = np.zeros(len(raw), dtype=bool)
    if kind in ("number", "eur") and pd.api.types.is_float_dtype(raw.dtype):
        numbers = raw.astype("float64")
        infinite = np.asarray(np.isinf(numbers))
        return Parsed(numbers.mask(infinite), np.asarray(numbers.isna()), infinite)
    if kind in ("date", "month") and pd.api.types.is_datetime64_dtype(raw.dtype):
        unit = "datetime64[D]" if kind == "date" else "datetime64[M]"
        first = raw.to_numpy().astype(unit).astype("datetime64[ns]")
        days = pd.Series(first, index=raw.index, name=raw.name)
        return Parsed(days, np.asarray(days.isna()), nothing)
    if kind == "id" and raw.dtype == object:
        try:
            texts = pc.utf8_trim_whitespace(pa.array(raw, type=pa.string(), from_pandas=True))
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # not only text
            return None
        cells = texts.to_pandas().set_axis(raw.index).rename(raw.name).astype("object")
        cells = cells.where(cells != "", None)
        return Parsed(cells, np.asarray(cells.isna()), nothing)
    return None


def allowed_type(column: Column, decimal: str) -> str:
    """Return in words what a column type accepts."""
    if column.type in ("date", "month"):
        return DATES if column.type == "date" else f"YYYY-MM, {DATES}"
    mark = "decimal comma" if decimal == "," else "decimal point"
    return "a whole number" if column.type == "integer" else f"a number with a {mark}"
