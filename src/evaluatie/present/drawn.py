"""Which numbers a picture draws: its coordinates tell them to anyone who opens the file."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from numbers import Real
from typing import Any

import pandas as pd

from evaluatie.present.numbers import Row, is_shown
from evaluatie.present.phrase import NumberRef
from evaluatie.present.rows import records

SIGNIFICANT = 6  # digits: more than can be read off the coordinates that `canvas` leaves
LEVEL = ("estimate",)
MEASURED = ("estimate", "ci_low", "ci_high")


def draws(rows: pd.DataFrame | Iterable[Row | None], *fields: str) -> tuple[NumberRef, ...]:
    """Return one claim per field of every row that a figure draws.

    Parameters
    ----------
    rows : DataFrame or iterable of row or None
        Rows of the publishable table; None and rows that may not be shown are gaps in the figure.
    fields : str
        Columns that have a place in the figure; without any, the estimate.

    Notes
    -----
    A field without a finite value draws nothing.
    """
    found = records(rows) if isinstance(rows, pd.DataFrame) else [r for r in rows if r is not None]
    return tuple(
        NumberRef(significant(row[field]), str(row["id"]), field, "drawn")
        for row in found
        if is_shown(row)
        for field in fields or LEVEL
        if _finite(row[field])
    )


def significant(value: float) -> str:
    """Return a number in six significant digits: ``0.123457``, ``37.0000``, ``1.23457E+6``.

    Notes
    -----
    All six are written, so that the last one says how precisely the number can be read.
    """
    exact = Decimal(repr(float(value)))
    rounded = round(exact, SIGNIFICANT - 1 - (exact.adjusted() if exact else 0))
    return str(rounded) if rounded.adjusted() >= SIGNIFICANT else f"{rounded:f}"


def _finite(value: Any) -> bool:
    return isinstance(value, Real) and math.isfinite(value)
