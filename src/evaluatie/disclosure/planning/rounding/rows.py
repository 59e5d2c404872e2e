"""Rounding instead of hiding: the counts of listed tables, and whatever would undo it.

A count is rounded with everything that adds up with it. The same people are behind other numbers
too: the n beside a mean of the same wave is rounded as well, a share of two rounded counts is made
again from them, and the number of households, which adds up in no table, is left out.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.disclosure.planning.history.earlier import Earlier
from evaluatie.disclosure.planning.rounding.controlled import round_counts
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import Cell, CellReader
from evaluatie.disclosure.universe.claims import PERSONS, Claim, RowClaims, kind_of
from evaluatie.disclosure.universe.counts import COUNT_TERMS
from evaluatie.disclosure.universe.systems import System, build_systems, claimed_values
from evaluatie.results import NUMBER

Numbers = Mapping[str, float]  # column -> what is printed instead; NaN: nothing


@dataclass(frozen=True)
class RoundedRows:
    """What is printed instead of the exact numbers.

    Attributes
    ----------
    numbers : mapping row id -> column -> number
        Of every row with a rounded number.
    instead : frozenset of row ids
        Rows of which every number is rounded: they are shown, however small their counts.
    """

    numbers: Mapping[str, Numbers] = field(default_factory=dict)
    instead: frozenset[str] = frozenset()


def round_rows(
    estimates: pd.DataFrame,
    rows: Sequence[RowClaims],
    reader: CellReader,
    earlier: Earlier,
    rules: DisclosureRules,
) -> RoundedRows:
    """Return the rounded numbers of the tables that the rules list; none without such rules.

    Notes
    -----
    A system that cannot be rounded without pinning a small count keeps its exact numbers, and is
    hidden as others are. A count of more people than the same people of the rounded tables is
    never printed, so that two roundings of one wave do not narrow one another down.
    """
    if rules.rounding is None:
        return RoundedRows()
    base, records = rules.rounding.base, estimates.set_index("id")
    listed = set(records.index[records["table"].isin(rules.rounding.tables)])
    printed = _rounded_cells(rows, listed, base, _printed_before(rows, earlier))
    times = {(cell.wave, cell.periods) for cell in printed if cell.wave}
    people = {_people(cell): value for cell, value in printed.items()}
    numbers: dict[str, Numbers] = {}
    instead: set[str] = set()
    for row in rows:
        if row.row not in records.index:
            continue
        record = records.loc[row.row]
        told = [claim for claim in row.claims if kind_of(claim.measure) == PERSONS]
        if told[0].cell in printed:
            numbers[row.row] = _within(record, told, printed)
            if _all_rounded(record, told, printed):
                instead.add(row.row)
        elif _time(told[0].cell) in times and reader.surveyed(record.to_dict()):
            numbers[row.row] = _beside(record, told[0].cell, people, base)
    return RoundedRows(numbers, frozenset(instead))


def _rounded_cells(
    rows: Sequence[RowClaims],
    listed: Collection[str],
    base: int,
    before: Mapping[Cell, float],
) -> dict[Cell, float]:
    """Return the rounded number of every cell that adds up with a count of the listed tables."""
    families = {
        _family(claim)
        for row in rows
        if row.row in listed
        for claim in row.claims
        if kind_of(claim.measure) == PERSONS and not claim.derived
    }
    values = {
        key: value
        for key, value in claimed_values(rows).items()
        if not math.isnan(value) and (key[1], key[0].family, key[0].wave) in families
    }
    printed: dict[Cell, float] = {}
    for system in build_systems(values):
        fixed = np.array([before.get(cell, np.nan) for cell in system.cells])
        found = _rounded(system, base, fixed)
        printed |= dict(zip(system.cells, found, strict=True)) if found is not None else {}
    return printed


def _rounded(system: System, base: int, fixed: NDArray[np.float64]) -> list[float] | None:
    found = round_counts(system.matrix, system.values, base, fixed)
    return None if found.pinned else np.asarray(found.values, dtype=float).tolist()


def _family(claim: Claim) -> tuple[str, str, str]:
    return claim.measure, claim.cell.family, claim.cell.wave


def _printed_before(rows: Iterable[RowClaims], earlier: Earlier) -> dict[Cell, float]:
    """Return the counts of earlier releases, which stood there rounded."""
    before = earlier.rows.set_index("id")
    return {
        row.claims[0].cell: float(before.loc[row.row, "estimate"])
        for row in rows
        if row.row in before.index and before.loc[row.row, "term"] in COUNT_TERMS
    }


def _within(
    record: pd.Series, told: Sequence[Claim], printed: Mapping[Cell, float]
) -> dict[str, float]:
    """Return the rounded numbers of a row about rounded cells."""
    whole = printed[told[0].cell]
    changed = {"n_households": math.nan}
    if not math.isnan(record["n"]):
        changed["n"] = whole
    if record["term"] in COUNT_TERMS:
        return {**dict.fromkeys(NUMBER, math.nan), **changed, "estimate": whole}
    if _is_share(record, told, printed):
        share = printed[told[1].cell] / whole if whole else math.nan
        return {**dict.fromkeys(NUMBER, math.nan), **changed, "estimate": share}
    return changed


def _is_share(record: pd.Series, told: Sequence[Claim], printed: Mapping[Cell, float]) -> bool:
    """Return whether a row is a share of two rounded counts, without weights."""
    return (
        len(told) == 2
        and told[1].derived
        and told[1].cell in printed
        and math.isclose(record["estimate"] * record["n"], round(told[1].value), abs_tol=1e-6)
    )


def _all_rounded(record: pd.Series, told: Sequence[Claim], printed: Mapping[Cell, float]) -> bool:
    """Return whether no exact number about people is left in the row."""
    whole = printed[told[0].cell]
    return record["term"] in COUNT_TERMS or (whole > 0 and _is_share(record, told, printed))


def _beside(
    record: pd.Series, cell: Cell, people: Mapping[tuple[object, ...], float], base: int
) -> dict[str, float]:
    """Return the rounded n of a row about people of the same wave: never more than there are."""
    changed = {"n_households": math.nan}
    if not math.isnan(record["n"]):
        nearest = base * math.floor(record["n"] / base + 0.5)
        changed["n"] = min(nearest, people.get(_people(cell), math.inf))
        if record["term"] in COUNT_TERMS:
            changed["estimate"] = changed["n"]
    return changed


def _time(cell: Cell) -> tuple[str, tuple[str, ...]]:
    return cell.wave, cell.periods


def _people(cell: Cell) -> tuple[object, ...]:
    """Return who could be behind a cell at most, whatever they were asked."""
    return cell.wave, cell.periods, cell.areas, cell.selection
