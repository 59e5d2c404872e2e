"""The numbers of people that a row gives away, table by table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import (
    DAY,
    ENDED_SHARE,
    OPEN_SHARE,
    WITHIN,
    Cell,
    CellReader,
    parse_category,
)
from evaluatie.results import Table

COUNT_TERMS = frozenset({"count", "respondents", "invited", "records"})
_CENSORED = ("state", "censored")
END = "end"
_EVER = (WITHIN, "0+")
Group = tuple[object, ...]


@dataclass(frozen=True)
class Count:
    """A number of people in a cell; derived where it follows from a share."""

    cell: Cell
    value: float
    derived: bool = False


@dataclass(frozen=True)
class Known:
    """Numbers of people that rows speak of without stating them.

    Attributes
    ----------
    contrasts
        (question, wave) -> n of the contrast over all areas.
    started
        Group of a curve over days -> how many it begins with: the most behind any of its rows.
    """

    contrasts: Mapping[tuple[str, str], float]
    started: Mapping[Group, float]


def counts_of(
    row: Mapping[str, Any],
    reader: CellReader,
    rules: DisclosureRules,
    known: Known,
) -> tuple[list[Count], list[Cell]]:
    """Return what a row tells about numbers of people, the main group first, and what it needs.

    Parameters
    ----------
    known
        Result of `known_numbers`.

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
        return _without_area(row, cell, reader, known.contrasts), []
    if _on_curve(row, cell):
        return _curve(row, cell, known), []
    if row["term"] == "share":
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


def _on_curve(row: Mapping[str, Any], cell: Cell) -> bool:
    """Return whether a row is a point of a curve of how many are open, or ended, after a day."""
    return row["term"] in {OPEN_SHARE, ENDED_SHARE} and WITHIN in dict(cell.selection)


def _curve(row: Mapping[str, Any], cell: Cell, known: Known) -> list[Count]:
    """Return who is still followed on a day, and whom the shares on that day are of.

    ``n`` is who is still followed; the shares are of everybody the curve starts with. Those of
    one day add up to them, and who has ended on one day has ended on the next.
    """
    n, value = row["n"], row["estimate"]
    start = max(known.started.get(_curve_of(row), n), n)
    day = dict(cell.selection)[WITHIN].removeprefix("<")
    group = cell.drop({END, WITHIN})
    followed = Count(replace(group, family=f"followed {day}:{cell.family}"), n)
    told = [followed, Count(group.select(_EVER), start, derived=True)]
    if day == "0":  # nobody has ended yet
        return told
    if row["term"] == ENDED_SHARE:
        return [*told, Count(cell, value * start, derived=True)]
    still = Count(group.select((WITHIN, f"{day}+")), value * start, derived=True)
    return [*told, still, Count(cell, (1 - value) * start, derived=True)]


def _curve_of(row: Mapping[str, Any]) -> Group:
    """Return which curve over days a row is a point of."""
    named = parse_category(str(row["category"]))
    keys = ("table", "question", "indicator", "wave", "period", "area", "law")
    return (*(row[key] for key in keys), tuple(c for c in named if c[0] not in {DAY, END}))


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


def known_numbers(records: Iterable[Mapping[str, Any]]) -> Known:
    """Return the numbers that other rows are about, as far as the table of estimates tells."""
    records = list(records)
    started: dict[Group, float] = {}
    for row in records:
        if row["table"] == Table.DURATION and row["n"] > 0:  # NaN is not
            curve = _curve_of(row)
            started[curve] = max(started.get(curve, 0.0), float(row["n"]))
    contrasts = {
        (row["question"], row["wave"]): float(row["n"])
        for row in records
        if row["table"] == Table.CONTRAST and row["term"] == "difference"
    }
    return Known(contrasts, started)
