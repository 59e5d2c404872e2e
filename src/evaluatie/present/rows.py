"""Choose rows of the publishable long table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from evaluatie.domain import Publication
from evaluatie.present.numbers import Row
from evaluatie.results import Table

UNKNOWN = "unknown"


def select(rows: pd.DataFrame, table: Table | None = None, **where: Any) -> pd.DataFrame:
    """Return the rows of ``table`` whose columns equal the values given (a list: one of them)."""
    keep = pd.Series(True, index=rows.index)
    if table is not None:
        keep &= rows["table"] == str(table)
    for column, wanted in where.items():
        many = isinstance(wanted, (list, tuple, set, frozenset))
        keep &= rows[column].isin(list(wanted)) if many else rows[column] == wanted
    return rows[keep]


def first(rows: pd.DataFrame, table: Table | None = None, **where: Any) -> Row | None:
    """Return the one row that is asked for, or None."""
    found = select(rows, table, **where)
    return None if found.empty else found.iloc[0].to_dict()


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as mappings, in order."""
    return [{str(k): v for k, v in record.items()} for record in rows.to_dict("records")]


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose numbers may be drawn."""
    return rows[rows["publication"] == str(Publication.SHOWN)]


def parts(category: str) -> dict[str, str]:
    """Return ``sex=v|age=18-34`` as a mapping; a part without ``=`` is keyed by itself.

    An empty value is ``unknown``.
    """
    pairs = (part.partition("=") for part in category.split("|") if part)
    return {key: value or (UNKNOWN if sign else key) for key, sign, value in pairs}


def ordered(values: Iterable[str], order: Iterable[str]) -> list[str]:
    """Return the distinct values in the given order, unknown ones behind in order of appearance."""
    seen, ranks = list(dict.fromkeys(values)), {name: i for i, name in enumerate(order)}
    return sorted(seen, key=lambda value: (ranks.get(value, len(ranks)), seen.index(value)))
