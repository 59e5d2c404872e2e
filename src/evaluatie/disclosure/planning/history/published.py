"""What was published before: known for ever, whatever is hidden now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluatie.disclosure.planning.history.earlier import Earlier
from evaluatie.disclosure.planning.primary import Reason
from evaluatie.disclosure.planning.rounding.rows import RoundedRows
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import Cell, CellReader
from evaluatie.disclosure.universe.claims import (
    AMOUNT,
    HOUSEHOLDS,
    Claim,
    RowClaims,
    kind_of,
    read_claims,
)
from evaluatie.errors import DisclosureError

_NAMED = 5  # releases and reports that an error names


@dataclass(frozen=True)
class Known:
    """Cells that earlier releases have fixed, and the rows whose counts were corrected since.

    Attributes
    ----------
    cells : mapping Cell -> row ids
        Cells that were shown, with the rows that showed them.
    same : collection of Cell
        Those of them whose counts are what they were.
    corrected : tuple of row ids
        Rows with a number of persons or households that differs from the published one by fewer
        than may be shown: the difference is a small group.
    """

    cells: Mapping[Cell, tuple[str, ...]]
    same: Collection[Cell]
    corrected: tuple[str, ...]

    def fixed(self, primary: Mapping[Cell, Reason]) -> set[Cell]:
        """Return the cells that can no longer be hidden: a corrected one that is small now can."""
        return {cell for cell in self.cells if cell in self.same or cell not in primary}


def known_cells(
    rows: Sequence[RowClaims],
    earlier: Earlier,
    reader: CellReader,
    rules: DisclosureRules,
    rounded: RoundedRows,
) -> Known:
    """Return what earlier releases say about the cells of today.

    A cell whose number of people has changed altogether, by as many as may be shown or more, is
    not known: the published number is one of other data. One that was corrected by a few is taken
    to be known as well: near enough for an attacker.
    """
    before = {row.row: row for row in read_claims(earlier.rows, reader, rules)}
    cells: dict[Cell, dict[str, None]] = {}
    same: set[Cell] = set()
    corrected = []
    for row in rows:
        if row.row not in before or row.row in rounded.instead:
            continue  # what was rounded is known to its base, and is rounded to the same again
        as_printed = row.row in rounded.numbers
        changes = [] if as_printed else _changes(before[row.row].claims, row.claims)
        if any(0 < change < _least(claim, rules) for claim, change in changes):
            corrected.append(row.row)
        if all(change < _least(claim, rules) for claim, change in changes):
            for claim in row.claims:
                cells.setdefault(claim.cell, {})[row.row] = None
        if not any(change for _, change in changes):
            same |= {claim.cell for claim in row.claims}
    told = {cell: tuple(names) for cell, names in cells.items()}
    return Known(told, frozenset(same), tuple(corrected))


def _changes(before: Sequence[Claim], now: Sequence[Claim]) -> list[tuple[Claim, float]]:
    """Return by how many persons or households each count of a row has changed.

    Numbers that follow from weighted shares move when weights are made again, and are left out.
    """
    if len(before) != len(now):
        return []
    return [
        (new, float(abs(round(new.value) - round(old.value))))
        for old, new in zip(before, now, strict=True)
        if kind_of(new.measure) != AMOUNT
        and not (new.derived or np.isnan(new.value) or np.isnan(old.value))
    ]


def _least(claim: Claim, rules: DisclosureRules) -> int:
    households = kind_of(claim.measure) == HOUSEHOLDS
    return (rules.households if households else rules.threshold).value


def refuse_corrected(corrected: Collection[str], earlier: Earlier) -> None:
    """Refuse to show a count that differs by a few from the one that was published."""
    if not corrected:
        return
    raise DisclosureError(
        f"{_counted(len(corrected), 'row')} to be shown: a count differs from the published one "
        "by so few that the difference is itself a small group; the first row is "
        f"'{next(iter(corrected))}'",
        where=in_words(earlier.places(corrected)),
        allowed="the published count, or one that differs from it by as many as may be shown",
        remedy="leave these rows out of every report, or publish them with data as they were; "
        "gather small corrections until the next full delivery of the data.",
    )


def refuse_small(known: Known, primary: Mapping[Cell, Reason], earlier: Earlier) -> None:
    """Refuse a plan under which a cell must be hidden that was published before."""
    small = [cell for cell in known.cells if cell in primary and cell in known.same]
    if not small:
        return
    rows = dict.fromkeys(row for cell in small for row in known.cells[cell])
    raise DisclosureError(
        f"{_counted(len(small), 'cell')} must be hidden but was published before, in "
        f"{_counted(len(rows), 'row')}; the first row is '{next(iter(rows))}'",
        where=in_words(earlier.places(rows)),
        remedy="what was published cannot be hidden again: keep the rules of that release for "
        "these rows, or leave out of the agreements what shows them and withdraw that release.",
    )


def in_words(places: Sequence[str]) -> str:
    """Return the first few places, and how many more there are."""
    more = len(places) - _NAMED
    return ", ".join(places[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
