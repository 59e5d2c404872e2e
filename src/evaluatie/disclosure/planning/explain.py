"""Why a number is hidden: which small group it would give away, and how closely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from evaluatie.disclosure.planning.plan import DisclosurePlan
from evaluatie.disclosure.planning.primary import Reason, primary_cells
from evaluatie.disclosure.planning.protect import Task, tasks_of
from evaluatie.disclosure.planning.solve import Asked
from evaluatie.disclosure.universe.cells import ANY_OF, Cell
from evaluatie.disclosure.universe.claims import RowClaims
from evaluatie.domain import Publication

_NEAR = 1e-6
_AREAS = 4  # that are named one by one


@dataclass(frozen=True)
class Protected:
    """A small group or amount that would follow if a row were shown.

    Attributes
    ----------
    group : str
        Who, in words: cells, or how the group follows from cells.
    measure : str
    own : bool
        Whether the row states this number itself.
    value, low, high : float
        The true number, and the interval that would be left if the row were shown. Confidential.
    least, most : float
        What the interval has to reach downward and upward.
    """

    group: str
    measure: str
    own: bool
    value: float
    low: float
    high: float
    least: float
    most: float


@dataclass(frozen=True)
class Explanation:
    """Why one row is hidden, or that it is shown (no reason).

    ``protects`` are the groups that would follow if it were shown beside what is shown now;
    ``hidden_cells`` other numbers of the row, or behind it, that are hidden, in words.
    """

    row: str
    reason: Reason | None
    protects: tuple[Protected, ...]
    hidden_cells: tuple[str, ...]


def explain(row: str, asked: Asked, plan: DisclosurePlan, audience: str = "") -> Explanation:
    """Return why a row is hidden from everybody, or from one audience.

    Parameters
    ----------
    asked : Asked
        The question the plan answers, with the rules of that audience.

    Notes
    -----
    The attack is that of the plan: an interval over all additive tables of nonnegative numbers
    that have what is shown. A number can also be hidden because another number of the same group
    is: count, total and mean give one another away.
    """
    reasons = plan.reasons_for(audience)
    reason = reasons.get(row)
    shown = {name for name, found in plan.status.items() if found == Publication.SHOWN}
    claims = {each.row: each for each in asked.rows}
    if reason is None or row not in claims:
        return Explanation(row, reason, (), ())
    told = _told(claims.values(), (shown - reasons.keys()) | set(asked.earlier.where))
    own = claims[row]
    primary = primary_cells(asked.estimates, asked.rows, asked.rules)
    keys = {(claim.cell, claim.measure) for claim in own.claims}
    systems = [s for s in asked.systems if any((cell, s.measure) in keys for cell in s.cells)]
    groups = [
        found
        for task in tasks_of(systems, primary, asked.rules)
        for found in _followed(task, told | keys, keys)
    ]
    visible = {cell for cell, _ in told}
    stated = {claim.cell for each in asked.rows for claim in each.claims}
    behind = dict.fromkeys((*(claim.cell for claim in own.claims), *own.needs))
    hidden = tuple(in_words(cell) for cell in behind if cell in stated - visible)
    return Explanation(row, reason, tuple(groups), hidden)


def _told(rows: Iterable[RowClaims], visible: set[str]) -> set[tuple[Cell, str]]:
    return {
        (claim.cell, claim.measure)
        for row in rows
        if row.row in visible
        for claim in row.claims
        if not np.isnan(claim.value)
    }


def _followed(
    task: Task, told: set[tuple[Cell, str]], own: set[tuple[Cell, str]]
) -> Iterator[Protected]:
    """Yield the targets of a system that are too narrow when these numbers are told."""
    cells, measure = task.system.cells, task.system.measure
    known = [i for i, cell in enumerate(cells) if (cell, measure) in told]
    for target in task.targets:
        low, high = _interval(task.matrix, task.additive, known, target.cell)
        slack = _NEAR * max(1.0, target.high)
        if low <= target.low + slack and high >= target.high - slack:
            continue
        is_cell = target.cell < len(cells)
        yield Protected(
            group=in_words(cells[target.cell]) if is_cell else _remainder(task, target.cell),
            measure=measure,
            own=is_cell and (cells[target.cell], measure) in own,
            value=float(task.values[target.cell]) * task.unit,
            low=low * task.unit,
            high=high * task.unit,
            least=target.low * task.unit,
            most=target.high * task.unit,
        )


def _interval(
    matrix: sparse.csr_matrix, values: NDArray[np.float64], known: list[int], cell: int
) -> tuple[float, float]:
    """Return the smallest and the largest number that the known cells leave."""
    goal = matrix[[cell]].toarray()[0]
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(  # type: ignore[call-overload]
            sign * goal, A_eq=matrix[known], b_eq=values[known], bounds=(0, None), method="highs"
        )
        ends.append(sign * float(found.fun) if found.success else sign * -np.inf)
    return max(ends[0], 0.0), ends[1]


def _remainder(task: Task, row: int) -> str:
    """Return in words the cells that a group without a row lies in: the smallest of them."""
    atoms = set(task.matrix[[row]].indices.tolist())
    around = [
        (len(taken), cell)
        for i, cell in enumerate(task.system.cells)
        if atoms <= (taken := set(task.matrix[[i]].indices.tolist()))
    ]
    if not around:
        return "a group that no table shows"
    return f"a group that no table shows, within {in_words(min(around, key=lambda a: a[0])[1])}"


def in_words(cell: Cell) -> str:
    """Return whom or what a cell speaks of."""
    areas = (
        ", ".join(cell.areas[:_AREAS]) if len(cell.areas) <= _AREAS else f"{len(cell.areas)} areas"
    )
    periods = (
        cell.periods[0] if len(cell.periods) == 1 else f"{cell.periods[0]}..{cell.periods[-1]}"
    )
    choices = ", ".join(f"{name}={value}" for name, value in cell.selection)
    laws = ANY_OF.join(cell.laws)
    return "; ".join(
        part for part in (cell.family, cell.wave, periods, areas, laws, choices) if part
    )
