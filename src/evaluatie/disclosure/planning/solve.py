"""Hide what must be hidden for one group of readers: primary cells, then what protects them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from evaluatie.disclosure.planning.history.culprits import refuse_infeasible
from evaluatie.disclosure.planning.history.earlier import Earlier, read_earlier
from evaluatie.disclosure.planning.history.published import Known, known_cells, refuse_small
from evaluatie.disclosure.planning.optimum.pattern import Pattern
from evaluatie.disclosure.planning.primary import Reason, primary_cells
from evaluatie.disclosure.planning.protect import Task, problem_of, protect, settle, tasks_of
from evaluatie.disclosure.planning.rounding.rows import RoundedRows, round_rows
from evaluatie.disclosure.planning.statuses import visible_numbers
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import Cell, CellReader
from evaluatie.disclosure.universe.claims import RowClaims, read_claims
from evaluatie.disclosure.universe.systems import System, build_systems, claimed_values
from evaluatie.domain import Progress

_LEAST_SECONDS = 1.0  # for one system, when the others have used up the time


@dataclass(frozen=True)
class Asked:
    """What some readers are to see, and what they know already.

    Attributes
    ----------
    estimates : pandas.DataFrame
        The long table of the whole study.
    rows : tuple of RowClaims
        What every row claims, earlier releases included.
    systems : tuple of System
        The additive tables among all claims.
    reported : set of row ids
        What these readers are to see.
    earlier, known : what earlier releases have shown to them
    rounded : RoundedRows
        Rows of which rounded numbers are printed; exact ones nowhere.
    rules : DisclosureRules
        Those that hold for these readers.
    """

    estimates: pd.DataFrame
    rows: Sequence[RowClaims]
    systems: Sequence[System]
    reported: set[str]
    earlier: Earlier
    known: Known
    rounded: RoundedRows
    rules: DisclosureRules

    @property
    def exact(self) -> list[RowClaims]:
        """The rows that tell exact numbers where they are shown."""
        return [row for row in self.rows if row.row not in self.rounded.instead]


@dataclass(frozen=True)
class Solved:
    """What is hidden from these readers.

    Attributes
    ----------
    primary : mapping Cell -> Reason
        Cells hidden by the rules themselves.
    suppressed : set of Cell
        Primary cells, and those that readers lose to protect them.
    systems, groups, proven, out_of_time : int
        Additive tables with something to protect; hidden groups among what is protected; tables
        with a proven pattern; tables on which the clock stopped the search.
    cost, bound : float
        Rows lost to protect others, a row counting for each of its cells; and a number that no
        safe plan can be below, where the tables add up; of others, of the nearest that do.
    """

    primary: Mapping[Cell, Reason]
    suppressed: set[Cell]
    systems: int
    groups: int
    proven: int
    out_of_time: int
    cost: float
    bound: float


def ask(
    estimates: pd.DataFrame,
    reader: CellReader,
    rules: DisclosureRules,
    reported: set[str],
    earlier: Iterable[pd.DataFrame] = (),
) -> Asked:
    """Return the question of `solve`: what the rows claim, and what is known already."""
    before = read_earlier(earlier, estimates)
    gone = before.gone(estimates)
    rows = read_claims(pd.concat([estimates, gone]) if len(gone) else estimates, reader, rules)
    rounded = round_rows(estimates, rows, reader, before, rules)
    known = known_cells(rows, before, reader, rules, rounded)
    exact = [row for row in rows if row.row not in rounded.instead]
    told = {key: value for key, value in claimed_values(exact).items() if not np.isnan(value)}
    return Asked(estimates, rows, build_systems(told), reported, before, known, rounded, rules)


def solve(asked: Asked, progress: Progress) -> Solved:
    """Return the cheapest safe set of cells to hide that is found, one additive table at a time.

    Raises
    ------
    DisclosureError
        A small group was published before, or cannot be protected because of it.

    Notes
    -----
    Hiding more never narrows an interval, so the tables can be solved one after another. Tables
    that share a cell depend on one another: the bound of such a cluster is that of the tables
    that were solved before any of its cells was hidden for another table.
    """
    primary = primary_cells(asked.estimates, asked.rows, asked.rules)
    refuse_small(asked.known, primary, asked.earlier)
    exact = asked.exact
    price = _price(exact, asked.reported)
    fixed = asked.known.fixed(primary)
    tasks = tasks_of(asked.systems, primary, asked.rules)
    every = {claim.cell for row in exact for claim in row.claims}
    gone = set(primary) | {cell for cell in every if cell not in price} - fixed
    search = _Search(asked, price, fixed, frozenset(gone), set(gone))
    search.protect_all(tasks, progress)
    hidden = settle(
        [task for task in tasks if not task.exact],
        search.hidden,
        fixed,
        lambda cells: visible_numbers(
            exact,
            asked.reported,
            set(asked.earlier.where),
            primary,
            _suppressed(primary, cells, price),
        ),
    )
    return Solved(
        primary=primary,
        suppressed=_suppressed(primary, hidden, price),
        systems=len(tasks),
        groups=sum(task.groups for task in tasks),
        proven=search.proven,
        out_of_time=search.out_of_time,
        cost=float(sum(price.get(cell, 0) for cell in hidden - gone)),
        bound=search.bound(),
    )


@dataclass
class _Search:
    """The state of the search: what is hidden so far, and how good each pattern is known to be."""

    asked: Asked
    price: Mapping[Cell, int]
    fixed: set[Cell]
    first: frozenset[Cell]  # hidden in any case
    hidden: set[Cell]
    proven: int = 0
    out_of_time: int = 0
    bounds: list[tuple[set[Cell], float]] = field(default_factory=list)

    def protect_all(self, tasks: Sequence[Task], progress: Progress) -> None:
        """Hide what each system needs in turn; every one has its part of the time that is left."""
        left = np.cumsum([float(len(task.values)) for task in reversed(tasks)])[::-1]
        end = time.monotonic() + self.asked.rules.seconds
        for number, task in enumerate(tasks):
            progress("Disclosure control", number, len(tasks))
            part = len(task.values) / left[number]
            seconds = max(_LEAST_SECONDS, (end - time.monotonic()) * part)
            self._add(task, self._pattern(task, seconds))
        progress("Disclosure control", len(tasks), len(tasks))

    def _pattern(self, task: Task, seconds: float) -> Pattern:
        if any(cell in self.fixed for cell in task.system.cells):
            problem = problem_of(task, self.hidden, self.price, self.fixed)
            refuse_infeasible(problem, task.system.cells, self.asked.known, self.asked.earlier)
        return protect(task, self.hidden, self.price, self.fixed, seconds)

    def _add(self, task: Task, pattern: Pattern) -> None:
        cells = task.system.cells
        free = {cell for cell in cells if cell in self.price and cell not in self.first}
        alone = free.isdisjoint(self.hidden)
        self.bounds.append((free, float(pattern.bound) if alone else 0.0))
        self.proven += int(pattern.proven and task.exact)
        self.out_of_time += int(pattern.out_of_time)
        self.hidden |= {cells[i] for i in np.flatnonzero(pattern.hidden[: len(cells)])}

    def bound(self) -> float:
        """Return the sum over clusters of tables that share cells of their largest bound."""
        clusters: list[tuple[set[Cell], float]] = []
        for free, bound in self.bounds:
            joined = [cluster for cluster in clusters if not cluster[0].isdisjoint(free)]
            clusters = [cluster for cluster in clusters if cluster[0].isdisjoint(free)]
            cells = free.union(*(cluster[0] for cluster in joined))
            clusters.append((cells, max([bound, *(cluster[1] for cluster in joined)])))
        return float(sum(bound for _, bound in clusters))


def _suppressed(
    primary: Mapping[Cell, Reason], hidden: Iterable[Cell], price: Mapping[Cell, int]
) -> set[Cell]:
    """Return the cells that are hidden although a report would show them, and all primary ones."""
    return set(primary) | {cell for cell in hidden if cell in price}


def _price(rows: Sequence[RowClaims], reported: set[str]) -> dict[Cell, int]:
    """Return how many reported rows a reader loses when a cell is hidden."""
    price: dict[Cell, int] = {}
    for row in rows:
        for cell in dict.fromkeys(claim.cell for claim in row.claims):
            if row.row in reported:
                price[cell] = price.get(cell, 0) + 1
    return price
