"""The tables that can be asked of a ledger of any size, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import ibis.expr.types as ir
import pandas as pd

from evaluatie.costs.volume.engine import LedgerEngine
from evaluatie.costs.volume.queries import (
    Period,
    active_arrangements,
    by_period,
    cells,
    stacking_combinations,
)
from evaluatie.domain import Sensitivity
from evaluatie.errors import UserError
from evaluatie.store import write_private

Query = Callable[[ir.Table, Period, tuple[str, ...]], ir.Table]

TABLES: Mapping[str, Query] = MappingProxyType(
    {
        "cells": lambda ledger, period, _laws: cells(by_period(ledger, period)),
        "active": lambda ledger, period, _laws: active_arrangements(by_period(ledger, period)),
        "stacking": lambda ledger, _period, laws: stacking_combinations(ledger, laws),
    }
)


def ask(engine: LedgerEngine, table: str, period: str, laws: tuple[str, ...]) -> pd.DataFrame:
    """Return a table of the ledger.

    Parameters
    ----------
    engine : LedgerEngine
        An open ledger.
    table : str
        ``cells``: cents, days, persons, households, providers and concentration per area x law x
        period x basis; ``active``: arrangements with care per area x law x period; ``stacking``:
        which laws meet in a household in a month, over all areas and months.
    period : str
        ``month``, ``quarter`` or ``year``.
    laws : tuple of str
        Laws whose combinations are counted.

    Raises
    ------
    UserError
        A table or a period that does not exist.

    Notes
    -----
    Numbers of persons before any disclosure control: for those who may see the ledger, never for
    publication.
    """
    periods: dict[str, Period] = {"month": "month", "quarter": "quarter", "year": "year"}
    for what, name, known in (("table", table, TABLES), ("period", period, periods)):
        if name not in known:
            raise UserError(f"there is no {what} '{name}'", allowed=", ".join(known))
    return engine.frame(TABLES[table](engine.ledger, periods[period], laws))


def write_table(frame: pd.DataFrame, path: Path) -> Path:
    """Write a table as CSV that says it is confidential and only its owner can read."""
    labelled = frame.assign(sensitivity=str(Sensitivity.CONFIDENTIAL))
    text = labelled.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n")
    return write_private(path, text)
