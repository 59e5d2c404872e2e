"""Safe patterns that are cheap: hide what cheap tables move, then show what is not needed.

Every demand keeps a witness: the cells that some table moves which meets it. A cell that no
witness moves is shown again, and a pattern that hides all witnesses needs no further programmes
(Castro 2007 for the construction).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.optimum.attacker import unprotectable
from evaluatie.disclosure.planning.optimum.moves import Cheapest, Furthest
from evaluatie.disclosure.planning.optimum.problem import Problem
from evaluatie.disclosure.planning.optimum.witnesses import TOLERANCE, Demand, Reach

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Witnesses = dict[int, Mask]
"""Demand (by number) -> cells that its witness moves."""

_MOVED = 1e-6
_NEARLY_FREE = 1e-4  # price of moving a cell that is hidden already


class Builder:
    """Makes and improves patterns that meet demands, by programmes over the cells."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.demands: list[Demand] = list(problem.demands)
        self.furthest = Furthest(problem.relations, problem.values, primal=True)
        self.cheapest = Cheapest(problem.relations, problem.values)

    @property
    def work(self) -> float:
        """What all programmes together took."""
        return self.furthest.work + self.cheapest.work

    def learn(self, fact: Array) -> None:
        """Keep to fact @ cells >= 0, which holds for every table but not by the relations."""
        self.furthest.learn(fact)
        self.cheapest.learn(fact)

    def build(self, hidden: Mask, numbers: Iterable[int], price: Array) -> tuple[Mask, Witnesses]:
        """Hide, for one demand after another, what the cheapest table moves that meets it."""
        hidden, witnesses = hidden.copy(), {}
        todo = dict.fromkeys(numbers)
        asked = list(todo)
        for number in asked:
            if number not in todo:
                continue
            demand = self.demands[number]
            moves = self._cheapest(demand, hidden, price)
            moved = np.abs(moves) > _MOVED
            hidden |= moved
            rest = list(todo)
            reach = Reach([self.demands[i] for i in rest])
            reach.widen(moves)
            for met in np.flatnonzero(~reach.open):
                witnesses[rest[met]] = moved
                del todo[rest[met]]
            if number in todo:  # met as well as the solver can tell
                witnesses[number] = moved
                del todo[number]
        return hidden, witnesses

    def _cheapest(self, demand: Demand, hidden: Mask, price: Array) -> Array:
        per_move = np.where(hidden, _NEARLY_FREE, price) / max(demand.amount, 1.0)
        fixed = self.problem.fixed & ~self.problem.hidden
        found = [
            move
            for sense in demand.senses
            if (move := self.cheapest.move(demand, sense, per_move, fixed)) is not None
        ]
        if not found:
            raise unprotectable(int(fixed.sum()))
        return min(found, key=lambda move: move[0])[1]

    def witness(self, number: int, hidden: Mask) -> Mask | None:
        """Return the cells of some table within a pattern that meets a demand, or None.

        Both ends of an interval may be needed for a demand on its width.
        """
        demand = self.demands[number]
        moved, reached = np.zeros(len(hidden), dtype=bool), 0.0
        for sense in demand.senses:
            stop = self.furthest.move(demand, sense)
            if stop is None:
                return None
            moved |= np.abs(stop.moves) > _MOVED
            reached += stop.reached
            if reached >= demand.amount - TOLERANCE:
                return moved
        return None

    def check(self, hidden: Mask, witnesses: Witnesses) -> tuple[Witnesses, list[int]]:
        """Return a witness for every demand that a pattern meets, and the demands that it does not.

        ``witnesses`` of another pattern save programmes.
        """
        values = self.problem.values
        self.furthest.limit(np.where(hidden, values, 0.0), np.where(hidden, np.inf, 0.0))
        found: Witnesses = {}
        broken = []
        for number in range(len(self.demands)):
            moved = witnesses.get(number)
            if moved is None or np.any(moved & ~hidden):
                moved = self.witness(number, hidden)
            if moved is None:
                broken.append(number)
            else:
                found[number] = moved
        return found, broken

    def clean(
        self, hidden: Mask, witnesses: Witnesses, cells: Sequence[int], cuts: sparse.csc_matrix
    ) -> tuple[Mask, Witnesses]:
        """Show cells again, in the order given, that need not be hidden.

        ``cuts``: rows that every safe pattern satisfies with at least 1; they save programmes.
        """
        problem, hidden, witnesses = self.problem, hidden.copy(), dict(witnesses)
        values = problem.values
        self.furthest.limit(np.where(hidden, values, 0.0), np.where(hidden, np.inf, 0.0))
        room = cuts @ hidden.astype(float) - 1.0 + TOLERANCE
        for cell in cells:
            rows = slice(cuts.indptr[cell], cuts.indptr[cell + 1])
            if np.any(cuts.data[rows] > room[cuts.indices[rows]]):
                continue
            hidden[cell] = False
            one = np.array([cell])
            self.furthest.open(one, np.zeros(1), np.zeros(1))
            new = self._without(cell, hidden, witnesses)
            if new is None:
                hidden[cell] = True
                self.furthest.open(one, values[one], np.array([np.inf]))
            else:
                witnesses |= new
                room[cuts.indices[rows]] -= cuts.data[rows]
        return hidden, witnesses

    def _without(self, cell: int, hidden: Mask, witnesses: Witnesses) -> Witnesses | None:
        """Return new witnesses for the demands whose witness moves a cell, or None."""
        new: Witnesses = {}
        for number, moved in witnesses.items():
            if moved[cell]:
                found = self.witness(number, hidden)
                if found is None:
                    return None
                new[number] = found
        return new

    def dearest_first(self, cells: NDArray[np.intp]) -> list[int]:
        """Return cells in the order in which they should be shown again."""
        order = np.lexsort((cells, -self.problem.values[cells], -self.problem.price[cells]))
        return [int(cell) for cell in cells[order]]
