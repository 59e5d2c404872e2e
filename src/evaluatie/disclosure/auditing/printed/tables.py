"""Hold the tables beside the reports next to what may be published."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from evaluatie.disclosure.auditing.printed.ledger import (
    HIDDEN_PRINTED,
    NOT_ITS_ROW,
    UNCLAIMED,
    Fault,
)
from evaluatie.domain import Publication
from evaluatie.results import COLUMNS, NUMBER

WRITTEN = 1e-9  # relative: tables have ten significant digits
ESTIMATES_COLUMNS = frozenset({*COLUMNS, "publication", "data", "sensitivity"})
VERDICT_WORDS = ("question", "type", "role", "wave", "verdict", "rule", "precision", "reason",
                 "margin_excluded", "data", "sensitivity")  # fmt: skip


def read_table(path: Path) -> pd.DataFrame:
    """Return `estimates.csv` or `verdicts.csv`: an empty text is an empty text, no number NaN."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return frame.apply(_numbers)


def _numbers(column: pd.Series) -> pd.Series:
    """Return a column as numbers where it holds nothing else."""
    values = pd.to_numeric(column.where(column != ""), errors="coerce")
    whole = bool((values.notna() == (column != "")).all()) and bool(values.notna().any())
    return values.astype(float) if whole or column.name in NUMBER else column


def faults_in_estimates(frame: pd.DataFrame, rows: pd.DataFrame) -> list[Fault]:
    """Return every number in the table of estimates that the publishable rows do not have.

    Parameters
    ----------
    frame : pandas.DataFrame
        Result of `read_table`.
    rows : pandas.DataFrame
        Publishable rows.
    """
    known = rows.set_index("id")
    status = frame["id"].map(known["publication"])
    faults = list(_strange_columns(frame, ESTIMATES_COLUMNS))
    for field in (column for column in NUMBER if column in frame):
        told = frame[frame[field].notna()]
        parts = (told["id"], told[field], status[told.index], told["id"].map(known[field]))
        for row_id, value, allowed, exact in zip(*parts, strict=True):
            if not isinstance(allowed, str):
                faults.append(Fault(UNCLAIMED, f"{value:g}", row_id, f"{field} of no known row"))
            elif allowed != Publication.SHOWN:
                faults.append(Fault(HIDDEN_PRINTED, f"{value:g}", row_id, f"{field} is hidden"))
            elif not _equal(value, exact):
                faults.append(Fault(NOT_ITS_ROW, f"{value:g}", row_id, f"is not {field}"))
    return faults


def faults_in_verdicts(frame: pd.DataFrame, verdicts: pd.DataFrame) -> list[Fault]:
    """Return every number in the table of verdicts that the publishable verdicts do not have."""
    faults = list(_strange_columns(frame, {*VERDICT_WORDS, *verdicts.columns}))
    known = verdicts.set_index("question")
    fields = [c for c in frame if c in known and c not in VERDICT_WORDS]
    for field in fields:
        told = frame.loc[frame[field].map(_is_number), ["question", field]]
        for question, value in told.itertuples(index=False):
            allowed = known[field].get(question, math.nan)
            if not _is_number(allowed):
                faults.append(Fault(HIDDEN_PRINTED, f"{value:g}", question, f"{field} is hidden"))
            elif not _equal(value, allowed):
                faults.append(Fault(NOT_ITS_ROW, f"{value:g}", question, f"is not {field}"))
    return faults


def _strange_columns(frame: pd.DataFrame, known: Iterable[str]) -> Iterator[Fault]:
    for column in frame.columns.difference(list(known)):
        yield Fault(UNCLAIMED, "", told=f"a column that the table does not have: {column}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _equal(value: float, exact: float) -> bool:
    return math.isclose(value, exact, rel_tol=WRITTEN, abs_tol=1e-12)
