"""The master programme: the cheapest set of cells that satisfies all inequalities found so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.optimum.attacker import solved, solver, work_of
from evaluatie.disclosure.planning.optimum.cuts import Cut

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_WHOLE = 1e-6
_SLACK = 1e-6
_WHOLE_WORK = 6.0  # what whole cells take beside the simplex steps: presolve, cuts, heuristics


@dataclass(frozen=True)
class Relaxed:
    """A fractional pattern (C,), its cost, and what each cell would add to that cost (C,)."""

    point: Array
    bound: float
    reduced: Array


@dataclass(frozen=True)
class Chosen:
    """A pattern (C,) of whole cells, or None; a bound on all; whether the search was finished."""

    hidden: Mask | None
    bound: float
    finished: bool


def price_step(price: Array) -> float:
    """Return the largest number of which every price is a multiple, or 0 where there is none."""
    whole = np.round(price)
    if len(price) == 0 or np.abs(price - whole).max() > _WHOLE:
        return 0.0
    return float(np.gcd.reduce(whole.astype(np.int64)))


class Master:
    """Inequalities over the cells, and the programmes over them."""

    def __init__(self, price: Array, hidden: Mask, fixed: Mask) -> None:
        c = len(price)
        self.price = np.where(hidden, 0.0, price)
        self.low, self.high = hidden.astype(float), np.where(fixed & ~hidden, 0.0, 1.0)
        self.step = price_step(self.price[self.low < self.high])
        self.cuts: list[Cut] = []
        self._known: set[tuple[bytes, bytes]] = set()
        empty = sparse.csr_matrix((0, c))
        self._model = solver(self.price, self.low, self.high, empty, np.empty(0), np.empty(0))
        self._cells = np.arange(c, dtype=np.int32)
        self.work = 0.0

    def add(self, cuts: Iterable[Cut]) -> int:
        """Add the cuts that are new; return how many."""
        new = 0
        for cut in cuts:
            if cut.key in self._known:
                continue
            self._known.add(cut.key)
            self.cuts.append(cut)
            cells = cut.cells.astype(np.int32)
            self._model.addRow(1.0, highspy.kHighsInf, len(cells), cells, cut.weights)
            new += 1
        return new

    def rounded_up(self, bound: float) -> float:
        """Return the smallest possible cost that is not below a bound."""
        if self.step <= 0.0:
            return bound
        return self.step * float(np.ceil(bound / self.step - _WHOLE))

    def relax(self) -> Relaxed:
        """Solve without asking for whole cells."""
        solved(self._model)
        self.work += work_of(self._model)
        solution = self._model.getSolution()
        point = np.clip(np.array(solution.col_value), 0.0, 1.0)
        bound = float(self._model.getInfo().objective_function_value)
        return Relaxed(point, bound, np.array(solution.col_dual))

    def settle(self, relaxed: Relaxed, cost: float) -> int:
        """Fix every cell of which the other choice costs at least ``cost``; return how many."""
        room = (cost - max(self.step, 1e-9) * (1 - _WHOLE)) - relaxed.bound
        open_cells = self.low < self.high
        off = open_cells & (relaxed.point < _WHOLE) & (relaxed.reduced > room + _SLACK)
        on = open_cells & (relaxed.point > 1 - _WHOLE) & (-relaxed.reduced > room + _SLACK)
        self.high[off], self.low[on] = 0.0, 1.0
        self._model.changeColsBounds(len(self._cells), self._cells, self.low, self.high)
        return int(off.sum() + on.sum())

    def matrix(self) -> sparse.csr_matrix:
        """Return the cuts as rows over the cells."""
        pointers = np.cumsum([0, *(len(cut.cells) for cut in self.cuts)])
        columns = np.concatenate([np.empty(0, np.intp), *(cut.cells for cut in self.cuts)])
        weights = np.concatenate([np.empty(0), *(cut.weights for cut in self.cuts)])
        shape = (len(self.cuts), len(self.price))
        return sparse.csr_matrix((weights, columns, pointers), shape=shape)

    def choose(
        self,
        cost: float,
        nodes: int,
        seconds: float,
        low: Array | None = None,
        high: Array | None = None,
    ) -> Chosen:
        """Search whole cells that cost less than ``cost``, within a number of nodes.

        ``low`` and ``high`` narrow the search to a neighbourhood; the bound then holds there only.
        """
        low, high = self.low if low is None else low, self.high if high is None else high
        c = len(self.price)
        rows = sparse.csr_matrix(sparse.vstack([self.matrix(), sparse.csr_matrix(self.price)]))
        most = cost - (self.step * 0.5 if self.step > 0 else 1e-7 * max(1.0, cost))
        count = len(self.cuts)
        model = solver(
            self.price, low, high, rows,
            np.append(np.ones(count), -np.inf), np.append(np.full(count, np.inf), most),
        )  # fmt: skip
        model.changeColsIntegrality(c, self._cells, np.full(c, highspy.HighsVarType.kInteger))
        model.setOptionValue("presolve", "on")
        model.setOptionValue("solver", "choose")
        model.setOptionValue("mip_rel_gap", 0.0)
        model.setOptionValue("mip_max_nodes", nodes)
        model.setOptionValue("time_limit", seconds)
        model.run()
        self.work += _WHOLE_WORK * work_of(model)
        status, info = model.getModelStatus(), model.getInfo()
        if status == highspy.HighsModelStatus.kInfeasible:
            return Chosen(None, cost, True)
        finished = status == highspy.HighsModelStatus.kOptimal
        bound = min(cost, float(info.mip_dual_bound)) if np.isfinite(info.mip_dual_bound) else 0.0
        point = np.array(model.getSolution().col_value)
        if info.primal_solution_status != 2 or len(point) != c:
            return Chosen(None, bound, finished)
        return Chosen(point > 0.5, bound, finished)
