"""What every row claims: the counts and amounts that a reader learns from it.

A count claims itself; a mean claims the n beside it; a share claims its denominator, its
numerator and, where there is only one answer, the rest; an amount claims the amount of its cell.
An attacker needs no more than these, and the cells they are about.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.amounts import CostCell, amount_of, denominators
from evaluatie.disclosure.universe.cells import Cell, CellReader, is_cost
from evaluatie.disclosure.universe.counts import Known, counts_of, known_numbers
from evaluatie.domain import Status

PERSONS, HOUSEHOLDS, AMOUNT = "persons", "households", "amount"


@dataclass(frozen=True)
class Claim:
    """One number about one cell.

    ``measure`` is persons, households or amount, followed by a cost basis or a variant where two
    sources count differently; ``value`` is NaN where the row is hidden. ``derived`` claims are
    approximate: shares are weighted.
    """

    row: str
    cell: Cell
    measure: str
    value: float
    derived: bool = False


@dataclass(frozen=True)
class Told:
    """What a reader can read somewhere of a cell: a number between ``low`` and ``high``.

    A rounded number is an interval; an exact one has ``low == high``. ``where`` is the report, file
    or release that says so.
    """

    cell: Cell
    measure: str
    low: float
    high: float
    where: str


@dataclass(frozen=True)
class RowClaims:
    """Everything one row claims, and which other cells must be shown for it to be shown."""

    row: str
    claims: tuple[Claim, ...]
    needs: tuple[Cell, ...]
    source: tuple[str, ...]  # rows of one source count the same people


def is_part(claim: Claim) -> bool:
    """Return whether a claim is about a part of a whole, and no amount of the cost tables."""
    return kind_of(claim.measure) == AMOUNT and claim.cell.family != "cost"


def kind_of(measure: str) -> str:
    """Return persons, households or amount."""
    return measure.partition(":")[0].partition("#")[0]


def exempt(row: Mapping[str, Any], rules: DisclosureRules) -> bool:
    """Return whether the rules say that the row is not about persons."""
    listed = rules.exempt
    return (
        row["table"] in listed.tables
        or row["indicator"] in listed.indicators
        or row["term"] in listed.terms
    )


def read_claims(
    estimates: pd.DataFrame,
    reader: CellReader,
    rules: DisclosureRules,
    sizes: Mapping[CostCell, float] | None = None,
) -> tuple[RowClaims, ...]:
    """Return the claims of every estimated row that the rules do not exempt, in row order.

    Parameters
    ----------
    sizes
        Residents, insured years or household-years of cost cells, where the table itself does not
        tell them: public numbers, that everybody can look up. See `amounts.denominators`.

    Notes
    -----
    Sources that give different counts for the same cell speak of different people and get cells
    (survey) or measures (cost, where one cell keeps one status) of their own.
    """
    records = [{str(k): v for k, v in row.items()} for row in estimates.to_dict("records")]
    residents = {**denominators(records, reader), **(sizes or {})}
    known = known_numbers(records)
    told = [r for r in records if r["status"] == Status.ESTIMATED and not exempt(r, rules)]
    parts = _parts_of_wholes(told, reader, rules)
    within = _sizes_of_parts(told, reader, rules)
    claimed = [
        _row_claims(record, reader, rules, residents, known, parts, within) for record in told
    ]
    return _separate_variants(claimed)


def _row_claims(
    row: Mapping[str, Any],
    reader: CellReader,
    rules: DisclosureRules,
    residents: Mapping[CostCell, float],
    known: Known,
    parts: Mapping[Cell, Collection[Cell]],
    sizes: Mapping[tuple[Cell, str], float],
) -> RowClaims:
    name, cost = row["id"], is_cost(row)
    suffix = f":{reader.basis(row)}" if cost else ""
    counts, needs = counts_of(row, reader, rules, known)
    claims = [
        Claim(name, count.cell, PERSONS + suffix, count.value, count.derived) for count in counts
    ]
    claims.append(Claim(name, counts[0].cell, HOUSEHOLDS + suffix, row["n_households"]))
    if cost and (amount := amount_of(row, reader, residents)) is not None:
        in_euros, value = amount
        measure = AMOUNT + suffix + ("" if in_euros else ":rate")
        claims.append(Claim(name, counts[0].cell, measure, value))
    claims += _divided(row, reader, rules)
    claims += _amount_of_part(row, reader, rules, sizes)
    weighed = parts.get(_whole(row, reader, rules), ()) if _weighs(row, rules) else ()
    told = (str(row[key]) for key in ("table", "term", "question", "unit"))
    source = (counts[0].cell.family, suffix, *told)
    return RowClaims(name, tuple(claims), (*reader.level_cells(row), *needs, *weighed), source)


def _divided(row: Mapping[str, Any], reader: CellReader, rules: DisclosureRules) -> list[Claim]:
    """Return the part of a whole that a row states: its siblings add up to the rest of it.

    People can be in several parts (one household uses different sets of laws in one year), so that
    their number does not add up; what is divided among the parts does.
    """
    dimensions = rules.divided_terms.get(str(row["term"]))
    if dimensions is None:
        return []
    part, measure = reader.part(row, dimensions), f"{AMOUNT}:{row['term']}"
    claims = [Claim(row["id"], part, measure, float(row["estimate"]))]
    if row["unit"] == "share":  # everybody knows that shares add up to one
        claims.append(Claim(row["id"], part.drop(dimensions), measure, 1.0))
    return claims


def _amount_of_part(
    row: Mapping[str, Any],
    reader: CellReader,
    rules: DisclosureRules,
    sizes: Mapping[tuple[Cell, str], float],
) -> list[Claim]:
    """Return the amount of a part of a whole: its rate times its size, where that is a row."""
    term = rules.rates_of_parts.get(str(row["term"]))
    if term is None:
        return []
    part = reader.part(row, rules.divided_terms[term])
    size = sizes.get((part, term))
    if size is None:
        return []
    return [Claim(row["id"], part, f"{AMOUNT}:{row['term']}", float(row["estimate"]) * size)]


def _sizes_of_parts(
    told: Iterable[Mapping[str, Any]], reader: CellReader, rules: DisclosureRules
) -> dict[tuple[Cell, str], float]:
    """Return how large the parts are that rates are of."""
    wanted = set(rules.rates_of_parts.values())
    return {
        (reader.part(row, rules.divided_terms[row["term"]]), str(row["term"])): row["estimate"]
        for row in told
        if row["term"] in wanted
    }


def _weighs(row: Mapping[str, Any], rules: DisclosureRules) -> bool:
    return str(row["term"]) in rules.means_of_parts


def _whole(row: Mapping[str, Any], reader: CellReader, rules: DisclosureRules) -> Cell:
    """Return the divided whole that a row is about, or is a part of."""
    term = str(row["term"])
    dimensions = rules.divided_terms[rules.means_of_parts.get(term, term)]
    return reader.part(row, dimensions).drop(dimensions)


def _parts_of_wholes(
    told: Iterable[Mapping[str, Any]], reader: CellReader, rules: DisclosureRules
) -> dict[Cell, dict[Cell, None]]:
    """Return the parts of every divided whole.

    A mean over the parts (how many at once, on average) is one more equation about them: beside
    it, two hidden parts follow from the others. So it is shown only where every part is.
    """
    parts: dict[Cell, dict[Cell, None]] = {}
    for row in told:
        dimensions = rules.divided_terms.get(str(row["term"]))
        if dimensions is not None:
            whole = parts.setdefault(_whole(row, reader, rules), {})
            whole[reader.part(row, dimensions)] = None
    return parts


def _separate_variants(rows: list[RowClaims]) -> tuple[RowClaims, ...]:
    """Give sources that contradict one another populations of their own, in row order."""
    by_source: dict[tuple[str, ...], list[RowClaims]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    known: dict[tuple[str, str, int], dict[tuple[Cell, str], float]] = {}
    variant: dict[tuple[str, ...], int] = {}
    for source, members in by_source.items():
        told = _exact(members)
        number = 0
        while not _agree(known.setdefault((source[0], source[1], number), {}), told):
            number += 1
        known[source[0], source[1], number] |= told
        variant[source] = number
    return tuple(_in_variant(row, variant[row.source]) for row in rows)


def _exact(rows: list[RowClaims]) -> dict[tuple[Cell, str], float]:
    return {
        (claim.cell, claim.measure): claim.value
        for row in rows
        for claim in row.claims
        if kind_of(claim.measure) != AMOUNT and not (claim.derived or math.isnan(claim.value))
    }


def _agree(
    known: Mapping[tuple[Cell, str], float], found: Mapping[tuple[Cell, str], float]
) -> bool:
    common = known.keys() & found.keys()
    return all(math.isclose(known[key], found[key], abs_tol=1e-6) for key in common)


def _in_variant(row: RowClaims, number: int) -> RowClaims:
    return row if number == 0 else replace(row, claims=tuple(_moved(c, number) for c in row.claims))


def _moved(claim: Claim, number: int) -> Claim:
    if kind_of(claim.measure) == AMOUNT:
        return claim
    if claim.cell.family == "cost":
        return replace(claim, measure=f"{claim.measure}#{number}")
    family = f"{claim.cell.family}#{number}"
    return replace(claim, cell=replace(claim.cell, family=family))
