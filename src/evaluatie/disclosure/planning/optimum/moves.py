"""How far cells can move, and at what price: linear programmes over the cells of one system.

The variables are moves of cells away from the true table; relations between cells hold them
together. What the relations miss (no atom is negative) is added as facts, when the attack over the
atoms comes across it.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.optimum.attacker import solved, solver, work_of
from evaluatie.disclosure.planning.optimum.witnesses import Demand

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_ZERO = 1e-9
_DUAL, _PRIMAL = 1, 4  # simplex strategies of HiGHS
_ITERATIONS = 20_000


@dataclass(frozen=True)
class Stop:
    """Why a cell cannot move further: move <= slopes @ moves + constant in every table.

    ``moves`` (C,) of the table that moves it furthest, ``reached`` in the sense asked for.
    """

    reached: float
    moves: Array
    slopes: Array
    constant: float


class Furthest:
    """The largest move of a cell when the other cells may move within given limits.

    ``primal``: quicker where cells move freely or not at all; else the dual simplex is.
    """

    def __init__(
        self, relations: sparse.csr_matrix, values: Array, *, primal: bool = False
    ) -> None:
        c, none = len(values), np.zeros(relations.shape[0])
        self.values = values
        self._model = solver(np.zeros(c), np.zeros(c), np.zeros(c), relations, none, none)
        self._model.setOptionValue("simplex_strategy", _PRIMAL if primal else _DUAL)
        self._model.setOptionValue("simplex_iteration_limit", _ITERATIONS)
        self._cells = np.arange(c, dtype=np.int32)
        self._last = 0
        self.down, self.up = np.zeros(c), np.zeros(c)
        self.work = 0.0

    def learn(self, fact: Array) -> None:
        """Keep to fact @ (values + moves) >= 0."""
        used = np.flatnonzero(fact).astype(np.int32)
        low = -max(0.0, float(fact @ self.values))
        self._model.addRow(low, highspy.kHighsInf, len(used), used, fact[used])

    def limit(self, down: Array, up: Array) -> None:
        """Let every cell move at most so far."""
        self.down, self.up = down.copy(), up.copy()
        self._model.changeColsBounds(len(down), self._cells, -down, up)

    def open(self, cells: NDArray[np.intp], down: Array, up: Array) -> None:
        """Let some cells move at most so far."""
        self.down[cells], self.up[cells] = down, up
        self._model.changeColsBounds(len(cells), cells.astype(np.int32), -down, up)

    def move(self, demand: Demand, sense: int) -> Stop | None:
        """Return how far the cell of a demand moves, at most as far as the demand asks.

        None where the programme was given up.
        """
        cell, model = demand.cell, self._model
        model.changeColCost(self._last, 0.0)
        model.changeColCost(cell, -float(sense))
        self._last = cell
        ends = (0.0, demand.amount) if sense > 0 else (-demand.amount, 0.0)
        model.changeColBounds(cell, *ends)
        if demand.known >= 0:
            model.changeColBounds(demand.known, 0.0, 0.0)
        done = solved(model)
        if not done:
            model.clearSolver()
            done = solved(model)
        self.work += work_of(model)
        stop = self._read(demand, sense) if done else None
        for used in {cell, demand.known} - {-1}:
            model.changeColBounds(used, -float(self.down[used]), float(self.up[used]))
        return stop

    def _read(self, demand: Demand, sense: int) -> Stop:
        solution = self._model.getSolution()
        moves = np.array(solution.col_value)
        slopes = -np.array(solution.col_dual)
        slopes /= 1.0 + abs(slopes[demand.cell])  # the cell may itself be held at no move at all
        slopes[np.abs(slopes) < _ZERO] = 0.0
        slopes[demand.cell] = 0.0
        reached = sense * float(moves[demand.cell])
        if demand.known >= 0:
            slopes[demand.known] = 0.0
        return Stop(reached, moves, slopes, reached - float(slopes @ moves))


class Cheapest:
    """The cheapest table that moves a cell as far as a demand asks; a move costs by its length."""

    def __init__(self, relations: sparse.csr_matrix, values: Array) -> None:
        c, none = len(values), np.zeros(relations.shape[0])
        both = sparse.csr_matrix(sparse.hstack([relations, -relations]))
        self.values = values
        self._model = solver(np.zeros(2 * c), np.zeros(2 * c), np.zeros(2 * c), both, none, none)
        self._columns = np.arange(2 * c, dtype=np.int32)
        self.work = 0.0

    def learn(self, fact: Array) -> None:
        """Keep to fact @ (values + moves) >= 0."""
        c, used = len(fact), np.flatnonzero(fact)
        columns = np.concatenate([used, used + c]).astype(np.int32)
        low = -max(0.0, float(fact @ self.values))
        weights = np.concatenate([fact[used], -fact[used]])
        self._model.addRow(low, highspy.kHighsInf, len(columns), columns, weights)

    def move(
        self, demand: Demand, sense: int, price: Array, still: Mask
    ) -> tuple[float, Array] | None:
        """Return the cost and the moves (C,), or None where the cells of ``still`` forbid it."""
        c, cell = len(price), demand.cell
        high = np.concatenate([np.where(still, 0.0, np.inf), np.where(still, 0.0, self.values)])
        if demand.known >= 0:
            high[[demand.known, c + demand.known]] = 0.0
        with_it, against = (cell, c + cell) if sense > 0 else (c + cell, cell)
        if high[with_it] < demand.amount - _ZERO:
            return None
        low = np.zeros(2 * c)
        low[with_it] = demand.amount
        high[with_it], high[against] = max(high[with_it], demand.amount), 0.0
        self._model.changeColsCost(2 * c, self._columns, np.concatenate([price, price]))
        self._model.changeColsBounds(2 * c, self._columns, low, high)
        self._model.clearSolver()  # from no moves at all the dual simplex is far quicker
        done = solved(self._model)
        self.work += work_of(self._model)
        if not done:
            return None
        solution = np.array(self._model.getSolution().col_value)
        return float(self._model.getInfo().objective_function_value), solution[:c] - solution[c:]
