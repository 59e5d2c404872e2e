"""The numbers of people that a row gives away, table by table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from evaluatie.disclosure.cells import Cell, CellReader
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.results import Table

COUNT_TERMS = frozenset({"count", "respondents", "invited", "records"})
_CENSORED = ("state", "censored")
OPEN_SHARE, ENDED_SHARE = "open_share", "ended_share"  # of those at risk, in what way or not yet
END = "end"
_OPEN = (END, "open")


@dataclass(frozen=True)
class Count:
    """A number of people in a cell; derived where it follows from a share."""

    cell: Cell
    value: float
    derived: bool = False


def counts_of(
    row: Mapping[str, Any],
    reader: CellReader,
    rules: DisclosureRules,
    totals: Mapping[tuple[str, str], float],
) -> tuple[list[Count], list[Cell]]:
    """Return what a row tells about numbers of people, the main group first, and what it needs.

    Parameters
    ----------
    totals
        Result of `contrast_totals`.

    Notes
    -----
    Who was invited but did not respond is no target: not responding is no characteristic of a
    person that a report studies.
    """
    cell, n, value = reader.cell(row), row["n"], row["estimate"]
    if row["term"] in COUNT_TERMS:
        return [Count(cell, value)], []
    if row["term"] == "censored":
        return [Count(cell.select(_CENSORED), value)], []
    if row["term"] == "response_share":
        invited = replace(cell, family="invited")
        return [Count(invited, n), Count(cell, value * n, derived=True)], []
    if row["table"] == Table.REPRESENTATIVENESS:
        everyone = Count(cell.drop({name for name, _ in cell.selection}), n)
        if row["term"] == "weighted_share":  # near the public share, far from the number of people
            return [everyone], [cell]
        return [everyone, Count(cell, value * n, derived=True)], []
    if row["table"] == Table.SENSITIVITY:
        return _without_area(row, cell, reader, totals), []
    if row["term"] == OPEN_SHARE:
        return [Count(cell, n), Count(cell.select(_OPEN), value * n, derived=True)], []
    if row["term"] == "share" or (row["term"] == ENDED_SHARE and END in dict(cell.selection)):
        return _share(row, cell, reader, rules), []
    if row["term"] in rules.share_terms:
        return _part(row, cell), []
    return [Count(cell, n)], []


def _share(
    row: Mapping[str, Any], cell: Cell, reader: CellReader, rules: DisclosureRules
) -> list[Count]:
    """Return denominator and numerator, and the rest where no other row shows it."""
    n, value = row["n"], row["estimate"]
    group = cell.drop(rules.numerator_dimensions)
    if group != cell:
        return [Count(group, n), Count(cell, value * n, derived=True)]
    yes, no = reader.answers(str(row["indicator"]))
    return [
        Count(group, n),
        Count(group.select(yes), value * n, derived=True),
        Count(group.select(no), (1 - value) * n, derived=True),
    ]


def _part(row: Mapping[str, Any], cell: Cell) -> list[Count]:
    """Return who a share with a name of its own is of, who is in it, and who is not."""
    n, value, term = row["n"], row["estimate"], str(row["term"])
    return [
        Count(cell, n),
        Count(cell.select((term, "yes")), value * n, derived=True),
        Count(cell.select((term, "no")), (1 - value) * n, derived=True),
    ]


def _without_area(
    row: Mapping[str, Any], cell: Cell, reader: CellReader, totals: Mapping[tuple[str, str], float]
) -> list[Count]:
    """Return the number without one area, and with it the number in that area."""
    dropped = reader.dropped(row)
    total = totals.get((row["question"], row["wave"]))
    if total is None or not dropped:
        return [Count(cell, row["n"])]
    alone = replace(cell, areas=dropped)
    return [Count(cell, row["n"]), Count(alone, total - row["n"], derived=True)]


def contrast_totals(records: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """Return (question, wave) -> n of the contrast over all areas."""
    return {
        (row["question"], row["wave"]): float(row["n"])
        for row in records
        if row["table"] == Table.CONTRAST and row["term"] == "difference"
    }
