"""The euros that a row gives away."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from evaluatie.disclosure.cells import COST_TABLES, Cell, CellReader

RATE_TERMS = frozenset({"per_resident", "per_insured_year", "mean"})
DENOMINATOR_TERMS = frozenset({"residents", "insured_years"})
_QUARTERS = 4
CostCell = tuple[Cell, str]  # with the cost basis


def amount_of(
    row: Mapping[str, Any], reader: CellReader, residents: Mapping[CostCell, float]
) -> tuple[bool, float] | None:
    """Return (whether in euros of the whole cell, amount), or None where the row has no amount.

    Where the table does not tell the residents, areas are taken to be equally large: the rates
    of a side then add up nearly over its areas, and exactly over laws and quarters.
    """
    if row["term"] == "total":
        return True, float(row["estimate"])
    if row["term"] not in RATE_TERMS:
        return None
    cell = reader.cell(row)
    known = residents.get((cell, reader.basis(row)), math.nan)
    size = len(cell.areas) if math.isnan(known) else known
    return not math.isnan(known), _period_rate(row) * size


def denominators(records: Iterable[Mapping[str, Any]], reader: CellReader) -> dict[CostCell, float]:
    """Return residents (or insured years) per cost cell, as far as the table tells, else NaN.

    They follow from a total beside an amount per resident, or from a row of term ``residents``
    or ``insured_years`` with the same area and period (and law, or none).
    """
    public: dict[tuple[tuple[str, ...], tuple[str, ...], str], float] = {}
    totals: dict[CostCell, float] = {}
    rates: dict[CostCell, tuple[float, str]] = {}
    for row in records:
        if row["term"] in DENOMINATOR_TERMS:
            cell = reader.cell(row)
            public[cell.areas, cell.periods, row["law"]] = float(row["estimate"])
        elif row["table"] in COST_TABLES and row["term"] == "total":
            totals[reader.cell(row), reader.basis(row)] = float(row["estimate"])
        elif row["table"] in COST_TABLES and row["term"] in RATE_TERMS:
            rates[reader.cell(row), reader.basis(row)] = (_period_rate(row), row["law"])
    found: dict[CostCell, float] = {}
    for key, (rate, law) in rates.items():
        place = (key[0].areas, key[0].periods)
        listed = public.get((*place, law), public.get((*place, ""), math.nan))
        derived = totals[key] / rate if key in totals and rate else math.nan
        found[key] = derived if math.isnan(listed) else listed
    return found


def _period_rate(row: Mapping[str, Any]) -> float:
    """Return the rate over the row's own period; a quarter may be stated as a rate per year."""
    quarterly = "-Q" in str(row["period"]) and str(row["unit"]).endswith("/year")
    return float(row["estimate"]) / (_QUARTERS if quarterly else 1)
