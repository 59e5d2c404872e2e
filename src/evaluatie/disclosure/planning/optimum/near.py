"""Neighbourhoods of cells: the relations within a few steps of a cell, and a programme over them.

Leaving relations out gives the cells more room, so a cell that cannot move far enough in its
neighbourhood cannot move far enough at all; and the programme is smaller.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.optimum.moves import Furthest, Stop
from evaluatie.disclosure.planning.optimum.witnesses import Demand

Array = NDArray[np.float64]


@dataclass
class Neighbourhood:
    """The cells (N,) of a system that count, and the programme over them."""

    cells: NDArray[np.intp]
    programme: Furthest
    size: int

    def limit(self, down: Array, up: Array) -> None:
        """Let every cell move at most so far; arrays over the whole system (C,)."""
        self.programme.limit(down[self.cells], up[self.cells])

    def stops(self, demand: Demand) -> list[Stop] | None:
        """Return why the cell of a demand cannot move further; None where that was given up."""
        found: list[Stop] = []
        here = replace(demand, cell=self._place(demand.cell), known=self._place(demand.known))
        for sense in demand.senses:
            stop = self.programme.move(here, sense)
            if stop is None:
                return None
            found.append(
                replace(stop, moves=self._wide(stop.moves), slopes=self._wide(stop.slopes))
            )
        return found

    def open(self, cells: NDArray[np.intp], down: Array, up: Array) -> None:
        """Let some cells, of this neighbourhood, move at most so far."""
        self.programme.open(np.searchsorted(self.cells, cells), down, up)

    def _place(self, cell: int) -> int:
        at = int(np.searchsorted(self.cells, cell))
        return at if at < len(self.cells) and self.cells[at] == cell else -1

    def _wide(self, values: Array) -> Array:
        whole = np.zeros(self.size)
        whole[self.cells] = values
        return whole


class Neighbourhoods:
    """Makes neighbourhoods of a number of steps, once per cell."""

    def __init__(self, relations: sparse.csr_matrix, values: Array, steps: int) -> None:
        self.relations, self.values, self.steps = relations, values, steps
        self._touch = sparse.csr_matrix(abs(relations))
        self._touched = sparse.csr_matrix(self._touch.T)
        self._made: dict[int, Neighbourhood] = {}

    def cells(self, cell: int) -> NDArray[np.intp]:
        """Return the cells near one."""
        return self._around(cell)[1]

    def _around(self, cell: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the relations near a cell, and the cells in these."""
        near = np.zeros(len(self.values))
        near[cell] = 1.0
        rows = np.empty(0, dtype=np.intp)
        for _ in range(self.steps):
            rows = np.flatnonzero(self._touch @ near)
            touching = np.zeros(self.relations.shape[0])
            touching[rows] = 1.0
            near[np.flatnonzero(self._touched @ touching)] = 1.0
        return rows, np.flatnonzero(near)

    def of(self, cell: int) -> Neighbourhood:
        """Return the neighbourhood of a cell, with its programme."""
        if cell not in self._made:
            rows, cells = self._around(cell)
            own = sparse.csr_matrix(self.relations[rows][:, cells])
            programme = Furthest(own, self.values[cells])
            self._made[cell] = Neighbourhood(cells, programme, len(self.values))
        return self._made[cell]

    @property
    def work(self) -> float:
        """What all programmes together took."""
        return sum(made.programme.work for made in self._made.values())
