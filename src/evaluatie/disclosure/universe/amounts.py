"""The euros that a row gives away."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from evaluatie.disclosure.universe.cells import Cell, CellReader, is_cost

PER_HOUSEHOLD, HOUSEHOLDS = "per_household", "household_years"
RATE_TERMS = frozenset({"per_resident", "per_insured_year", "mean", PER_HOUSEHOLD})
DENOMINATOR_TERMS = frozenset({"residents", "insured_years", HOUSEHOLDS})
_QUARTERS = 4
CostCell = tuple[Cell, str, str]  # with the cost basis and the term of the rate


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
    known = residents.get((cell, reader.basis(row), str(row["term"])), math.nan)
    size = len(cell.areas) if math.isnan(known) else known
    return not math.isnan(known), _period_rate(row) * size


def denominators(records: Iterable[Mapping[str, Any]], reader: CellReader) -> dict[CostCell, float]:
    """Return what every rate of a cost cell is per, as far as the table tells, else NaN.

    Residents, insured years or household-years follow from a total beside the rate, or from a row
    that states them for the same area and period (and law, or none).
    """
    public: dict[tuple[tuple[str, ...], tuple[str, ...], str, bool], float] = {}
    totals: dict[tuple[Cell, str], float] = {}
    rates: dict[CostCell, tuple[float, str]] = {}
    for row in records:
        term = str(row["term"])
        if term in DENOMINATOR_TERMS:
            cell = reader.cell(row)
            public[cell.areas, cell.periods, row["law"], term == HOUSEHOLDS] = float(
                row["estimate"]
            )
        elif is_cost(row) and term == "total":
            totals[reader.cell(row), reader.basis(row)] = float(row["estimate"])
        elif is_cost(row) and term in RATE_TERMS:
            rates[reader.cell(row), reader.basis(row), term] = (_period_rate(row), row["law"])
    found: dict[CostCell, float] = {}
    for (cell, basis, term), (rate, law) in rates.items():
        place, households = (cell.areas, cell.periods), term == PER_HOUSEHOLD
        listed = [public.get((*place, name, households), math.nan) for name in (law, "")]
        derived = totals[cell, basis] / rate if (cell, basis) in totals and rate else math.nan
        known = [size for size in (*listed, derived) if not math.isnan(size)]
        found[cell, basis, term] = known[0] if known else math.nan
    return found


def _period_rate(row: Mapping[str, Any]) -> float:
    """Return the rate over the row's own period; a quarter may be stated as a rate per year."""
    quarterly = "-Q" in str(row["period"]) and str(row["unit"]).endswith("/year")
    return float(row["estimate"]) / (_QUARTERS if quarterly else 1)
