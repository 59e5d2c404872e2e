"""The integer programme of controlled rounding: the nearest multiples of a base that add up."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.optimum.attacker import solver
from evaluatie.disclosure.planning.optimum.relations import relations

Array = NDArray[np.float64]

EXACT_CELLS = 300  # solved at once, to the optimum
BLOCK = 150  # cells of a larger system that are made whole at once
BLOCK_GAP = 0.005
NODES = 500  # of one block
_DRIFT = 1e-6


class RoundingModel:
    """min sum |base k - v|, k whole numbers, over what the relations between the cells allow.

    Each cell has k = floor(v / base) + b + up - down, with b in {0, 1} where v is no multiple of
    the base, and up and down at most 1 where it is one; ``wide``: at most 1 everywhere. The cost
    of b, up and down is linear, so that the relaxation is as tight as one cell can make it. The
    relations do not say that a table without negative numbers exists: `exclude` adds that where
    it turns out to be missing.

    Above `EXACT_CELLS` the largest are made whole first, the others staying fractions, then kept,
    and so on (relax and fix): the margins decide, and what lies between them falls apart into
    small problems. The relaxation of the first block gives a bound for the whole.

    References
    ----------
    Pochet & Wolsey (2006), Production Planning by Mixed Integer Programming, 3.6.
    """

    def __init__(
        self, matrix: sparse.csr_matrix, counts: Array, base: int, printed: Array, *, wide: bool
    ) -> None:
        self.matrix, self.counts, self.base, self.printed = matrix, counts, base, printed
        self.bound, self.stopped = 0.0, False
        self._chosen = np.zeros((3, len(counts)))  # b, up and down of the last answer
        self._floor = np.floor(counts / base)
        over = counts - base * self._floor
        self._between = over > 0
        self._reach = np.where((counts > 0) & (wide | ~self._between), 1.0, 0.0)
        size = np.diff(matrix.indptr)
        self._order = np.lexsort((np.arange(len(counts)), -size))
        additive = relations(matrix)
        rows = sparse.csr_matrix(sparse.hstack([additive, additive, -additive]))
        move = np.full(len(counts), float(base))
        cost = np.concatenate([np.where(self._between, base - 2 * over, 0.0), move, move])
        rest = -np.asarray(additive @ self._floor)
        self._model = solver(cost, np.zeros(len(cost)), np.zeros(len(cost)), rows, rest, rest)
        for option, value in (("presolve", "on"), ("solver", "choose"), ("mip_max_nodes", NODES)):
            self._model.setOptionValue(option, value)
        self._model.changeObjectiveOffset(float(over.sum()))

    def solve(self, deadline: float) -> Array | None:
        """Return the rounded counts, or None where there are none or time ran out."""
        c = len(self.counts)
        columns = np.arange(3 * c, dtype=np.int32)
        kept = np.where(np.isfinite(self.printed), self.printed / self.base, np.nan)
        whole = np.zeros(c, dtype=bool)
        k = self._floor.copy()
        block, gap = (c, 0.0) if c <= EXACT_CELLS else (BLOCK, BLOCK_GAP)
        for start in range(0, c, max(block, 1)):
            whole[self._order[start : start + block]] = True
            kind = np.full(3 * c, highspy.HighsVarType.kContinuous)
            kind[np.tile(whole, 3)] = highspy.HighsVarType.kInteger
            self._model.changeColsIntegrality(3 * c, columns, kind)
            self._model.changeColsBounds(3 * c, columns, *self._limits(kept))
            if not self._run(deadline, gap):
                return None
            if start == 0:
                found = float(self._model.getInfo().mip_dual_bound)
                self.bound = max(self.bound, found / c)
            self._chosen = np.asarray(self._model.getSolution().col_value).reshape(3, c)
            b, up, down = self._chosen
            k = self._floor + b + up - down
            kept = np.where(whole, np.rint(k), kept)
        return np.asarray(self.base * np.rint(k), dtype=float)

    def exclude(self, weights: Array) -> None:
        """Demand weights @ rounded <= 0: so for every table, but not for what was found."""
        used = np.flatnonzero(np.abs(weights) > _DRIFT)
        most = -float(weights[used] @ self._floor[used])
        self._add(used, [weights[used], weights[used], -weights[used]], -highspy.kHighsInf, most)

    def change_one(self, cells: Sequence[int]) -> bool:
        """Demand that not all of these cells are rounded as they were; False where all must be."""
        used = np.array([i for i in cells if self._may_change(i)], dtype=np.intp)
        if len(used) == 0:
            return False
        signs = [np.where(part[used] > 0.5, -1.0, 1.0) for part in self._chosen]
        already = sum(float((part[used] > 0.5).sum()) for part in self._chosen)
        self._add(used, signs, 1.0 - already, highspy.kHighsInf)
        return True

    def _may_change(self, cell: int) -> bool:
        free = bool(self._between[cell]) or self._reach[cell] > 0
        return free and not np.isfinite(self.printed[cell])

    def _add(self, used: NDArray[np.intp], parts: list[Array], low: float, high: float) -> None:
        c = len(self.counts)
        index = np.concatenate([used, c + used, 2 * c + used]).astype(np.int32)
        self._model.addRow(low, high, len(index), index, np.concatenate(parts))

    def _limits(self, kept: Array) -> tuple[Array, Array]:
        """Return bounds of b, up and down; those of a cell that is kept leave one k."""
        above = np.where(np.isfinite(kept), kept - self._floor, 0.0)
        b = np.where(self._between, np.clip(above, 0.0, 1.0), 0.0)
        only = np.concatenate([b, np.maximum(above - b, 0.0), np.maximum(b - above, 0.0)])
        most = [self._between.astype(float), self._reach, np.minimum(self._reach, self._floor)]
        free = np.tile(~np.isfinite(kept), 3)
        return np.where(free, 0.0, only), np.where(free, np.concatenate(most), only)

    def _run(self, deadline: float, gap: float) -> bool:
        """Run the programme; return whether it has an answer."""
        left = deadline - monotonic()
        if left <= 0:
            self.stopped = True
            return False
        self._model.setOptionValue("mip_rel_gap", gap)
        self._model.setOptionValue("time_limit", float(self._model.getRunTime()) + left)
        self._model.run()
        if self._model.getModelStatus() == highspy.HighsModelStatus.kTimeLimit:
            self.stopped = True
        status = self._model.getInfo().primal_solution_status
        return bool(status == highspy.SolutionStatus.kSolutionStatusFeasible)
