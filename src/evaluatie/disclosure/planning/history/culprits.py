"""Which earlier reports make it impossible to hide what must be hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evaluatie.disclosure.planning.history.earlier import Earlier
from evaluatie.disclosure.planning.history.published import Known, in_words
from evaluatie.disclosure.planning.optimum.pattern import Problem, blocking
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.errors import DisclosureError


def refuse_infeasible(
    problem: Problem, cells: Sequence[Cell], known: Known, earlier: Earlier
) -> None:
    """Refuse a system in which a target is too narrow although all that can be hidden is.

    Raises
    ------
    DisclosureError
        What was published before gives a small group or amount away; the error names the
        releases and reports in which the numbers stand that do so together.
    """
    demands = (*problem.demands, *problem.insider_demands)
    widest = problem.hidden | ~problem.fixed
    broken = problem.attacker.breaches(widest, demands, first=True)
    if broken:
        raise infeasible([cells[i] for i in blocking(problem, broken[0].demand)], known, earlier)


def infeasible(blocking: Iterable[Cell], known: Known, earlier: Earlier) -> DisclosureError:
    """Return the error that a group cannot be hidden, with the releases that tell it."""
    rows = dict.fromkeys(row for cell in blocking for row in known.cells.get(cell, ()))
    many = f"{len(rows)} rows that were published before"
    return DisclosureError(
        f"a small group or amount cannot be hidden: it follows from {many}: "
        + in_words([f"'{row}'" for row in rows]),
        where=in_words(earlier.places(rows)) or None,
        remedy="what these releases published is known for ever. Leave out of the reports now "
        "asked for what is new about these groups: the question, break, area or period that the "
        "releases named above did not show.",
    )
