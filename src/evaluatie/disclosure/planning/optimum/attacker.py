"""What the planner takes an attacker to derive: two linear programmes per hidden number.

The attacker knows which groups add up to which, that nothing is negative, and every number that
is shown. `plan.py` uses this; the auditor has an attack of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.optimum.witnesses import (
    TOLERANCE,
    Demand,
    Reach,
    Tables,
)
from evaluatie.errors import DisclosureError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
SECONDS_PER_STEP = 2.5e-8  # and row or column of the model


@dataclass(frozen=True)
class Target:
    """A hidden number: an attacker's interval must reach ``low`` and ``high``, and ``width``."""

    cell: int
    low: float
    high: float
    width: float = 0.0


@dataclass(frozen=True)
class Breach:
    """A demand that a pattern does not meet.

    ``fact`` (C,): fact @ z >= 0 holds for the cells z of every nonnegative table; with it the
    breach shows without the atoms. From the dual of the attacker's programme.
    """

    demand: Demand
    facts: tuple[Array, ...]


def solver(
    cost: Array, lower: Array, upper: Array, rows: sparse.csr_matrix, low: Array, high: Array
) -> Any:
    """Return a HiGHS model: one thread, fixed seed, simplex with warm starts."""
    model = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0),
                          ("presolve", "off"), ("solver", "simplex")):  # fmt: skip
        model.setOptionValue(option, value)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(low)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = rows.indptr.astype(np.int32)
    lp.a_matrix_.index_ = rows.indices.astype(np.int32)
    lp.a_matrix_.value_ = rows.data.astype(float)
    model.passModel(lp)
    return model


def solved(model: Any) -> bool:
    """Run the model; return whether an optimum was found."""
    model.run()
    return bool(model.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def work_of(model: Any) -> float:
    """Return what the last run of a model took, the same on every machine.

    Steps of the simplex method, of which one takes about as long as the model is large, and a
    little for the run itself; a unit is about a second of a processor.
    """
    steps = 20 + max(0, int(model.getInfo().simplex_iteration_count))
    return float(steps * (model.getNumRow() + model.getNumCol()) * SECONDS_PER_STEP)


def additive_values(matrix: sparse.csr_matrix, values: Array) -> Array:
    """Return the additive table nearest to ``values``: min sum |Ay - v| / (1 + v), y >= 0.

    Counts need not add up exactly (people move within a quarter, shares are weighted); the
    attacker is given the benefit of a table that does. Large cells give way before small ones.
    """
    c, a = matrix.shape
    eye = sparse.identity(c, format="csr")
    rows = sparse.csr_matrix(sparse.hstack([matrix, -eye, eye]))
    price = 1.0 / (1.0 + np.maximum(values, 0.0))
    cost = np.concatenate([np.zeros(a), price, price])
    model = solver(cost, np.zeros(len(cost)), np.full(len(cost), np.inf), rows, values, values)
    if not solved(model):
        raise DisclosureError(f"no additive table was found for {c} cells")
    atoms = np.maximum(np.asarray(model.getSolution().col_value)[:a], 0.0)
    return np.asarray(matrix @ atoms, dtype=float)


def narrowest(
    matrix: sparse.csr_matrix,
    values: Array,
    hidden: Mask,
    fixed: Mask,
    targets: list[Target],
    unit: float,
) -> int | None:
    """Return a shown cell that must be hidden too, or None where every target is wide enough.

    For tables that do not quite add up: the attacker believes every table whose distance to the
    shown numbers is the smallest possible, where a number counts 1 / (1 + number). The cell
    returned is the one that binds most. ``unit``: persons or euros per unit of ``values``.
    """
    shown = np.flatnonzero(~hidden)
    if len(shown) == 0:
        return None
    model = _loose_model(sparse.csr_matrix(matrix[shown]), values[shown], unit)
    size = matrix.shape[1] + 2 * len(shown)
    every = np.arange(size, dtype=np.int32)
    for target in targets:
        for sense, need in ((1, target.high), (-1, target.low)):
            cost = np.zeros(size)
            cost[matrix[[target.cell]].indices] = -float(sense)
            model.changeColsCost(size, every, cost)
            model.run()
            if model.getModelStatus() == highspy.HighsModelStatus.kUnbounded:
                continue
            reached = -sense * float(model.getInfo().objective_function_value)
            if sense * (need - reached) > TOLERANCE * max(1.0, abs(need)):
                dual = np.abs(np.asarray(model.getSolution().row_dual)[: len(shown)])
                order = [int(i) for i in shown[np.lexsort((values[shown], -dual))] if not fixed[i]]
                if not order:
                    raise unprotectable(int(fixed.sum()))
                return order[0]
    return None


def unprotectable(published: int) -> DisclosureError:
    """Return the error that a number cannot be hidden because of what was published before."""
    return DisclosureError(
        f"a hidden number cannot be protected: {published} cells that would have to be hidden "
        "were published before",
        remedy="leave out the rows or the report that shows the groups in question.",
    )


def _loose_model(matrix: sparse.csr_matrix, values: Array, unit: float) -> Any:
    """Return the model of all nonnegative tables at the smallest distance to ``values``."""
    c, a = matrix.shape
    eye = sparse.identity(c, format="csr")
    price = unit / (1.0 + unit * values)
    cost = np.concatenate([np.zeros(a), price, price])
    rows = sparse.csr_matrix(sparse.hstack([matrix, -eye, eye]))
    free = np.full(len(cost), np.inf)
    model = solver(cost, np.zeros(len(cost)), free, rows, values, values)
    if not solved(model):
        raise DisclosureError(f"no additive table was found for {c} cells")
    distance = float(model.getInfo().objective_function_value)
    bounded = sparse.csr_matrix(sparse.vstack([rows, sparse.csr_matrix(cost)]))
    low = np.append(values, -np.inf)
    high = np.append(values, distance * (1 + 1e-9) + 1e-9)
    return solver(np.zeros(len(cost)), np.zeros(len(cost)), free, bounded, low, high)


class Attacker:
    """The attacker's linear programme over the atoms of one system, for any pattern.

    Parameters
    ----------
    matrix : (C, A) sparse matrix
    values : (C,) array
        An additive table.
    """

    def __init__(self, matrix: sparse.csr_matrix, values: Array) -> None:
        self.matrix, self.values = sparse.csr_matrix(matrix), values
        c, a = matrix.shape
        self._rows = np.arange(c, dtype=np.int32)
        self._cost = np.empty(0, dtype=np.int32)
        self.tables = Tables(values)
        self.work = 0.0
        self._model = solver(
            np.zeros(a), np.zeros(a), np.full(a, np.inf), self.matrix, values.copy(), values.copy()
        )

    def furthest(self, hidden: Mask, demand: Demand, sense: int) -> tuple[Array, Array]:
        """Return the moves that bring a cell furthest, and the fact that no table goes further.

        The cell is not moved further than the demand asks.
        """
        free = hidden.copy()
        if demand.known >= 0:
            free[demand.known] = False
        low, high = np.where(free, 0.0, self.values), np.where(free, np.inf, self.values)
        if free[demand.cell]:
            end = self.values[demand.cell] + sense * demand.amount
            bounds = high if sense > 0 else low
            bounds[demand.cell] = max(0.0, end)
        self._model.changeRowsBounds(len(low), self._rows, low, high)
        pointers = self.matrix.indptr[demand.cell : demand.cell + 2]
        atoms = self.matrix.indices[slice(*pointers)].astype(np.int32)
        self._model.changeColsCost(len(self._cost), self._cost, np.zeros(len(self._cost)))
        self._model.changeColsCost(len(atoms), atoms, np.full(len(atoms), -float(sense)))
        self._cost = atoms
        done = solved(self._model)
        self.work += work_of(self._model)
        if not done:
            raise DisclosureError("the attack on a hidden cell has no solution")
        solution = self._model.getSolution()
        table = self.matrix @ np.maximum(np.asarray(solution.col_value), 0.0)
        fact = -np.asarray(solution.row_dual)
        fact[demand.cell] -= sense
        return table - self.values, np.where(np.abs(fact) < 1e-9, 0.0, fact)

    def breaches(
        self, hidden: Mask, demands: Sequence[Demand], *, first: bool = False
    ) -> list[Breach]:
        """Return every demand that the pattern does not meet.

        A table found for one demand is a witness for every other demand that it meets, and for
        every later pattern that hides all the cells it moves.
        """
        reach = Reach(demands)
        for moves in self.tables.possible(hidden):
            reach.widen(moves)
        found: list[Breach] = []
        while (number := reach.next_open()) is not None:
            demand, facts = demands[number], []
            for sense in demand.senses:
                moves, fact = self.furthest(hidden, demand, sense)
                self.tables.add(moves)
                reach.widen(moves)
                facts.append(fact)
            if reach.close(number):
                continue
            found.append(Breach(demand, tuple(facts)))
            if first:
                break
        return found
