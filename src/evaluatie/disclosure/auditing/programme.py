"""The tables that agree with everything that is told, as a linear or integer programme in HiGHS.

Only the goal changes from one question to the next, so that a table found for one is the start
of the next. The primal simplex method then goes on from a table that is feasible already; the
dual method, which HiGHS takes by itself, takes ten times as many steps.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.errors import DisclosureError

Array = NDArray[np.float64]
Index = NDArray[np.intp]
_DUAL, _PRIMAL = 1, 4
_NONZERO = 1e-7  # a price below this is none: the tolerance of the simplex method


def merged(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the matrix with atoms that no cell tells apart taken together.

    Their sum is all that any cell contains of them, so nothing that follows changes.
    """
    columns = sparse.csc_matrix(matrix)
    columns.sort_indices()
    first: dict[bytes, int] = {}
    for j, (start, end) in enumerate(itertools.pairwise(columns.indptr.tolist())):
        first.setdefault(columns.indices[start:end].tobytes(), j)
    return sparse.csr_matrix(columns[:, list(first.values())])


class Programme:
    """All y >= 0 with low <= A y <= high, asked for the largest and smallest of some cells.

    Parameters
    ----------
    matrix : (C, A) sparse matrix
    low, high : (C,) arrays
        0 and infinity where nothing is told.
    open_rows : list of int
        Cells of which nothing is told, but of which `know` will tell something.
    price : (C,) array, optional
        Where given, no table needs to agree: those nearest to what is told count, with
        sum(price x distance to the interval) as distance.
    whole : bool
        Whether y are whole numbers.
    nodes : int
        Most nodes of one search for whole numbers.
    """

    def __init__(
        self,
        matrix: sparse.csr_matrix,
        low: Array,
        high: Array,
        *,
        open_rows: Collection[int] = (),
        price: Array | None = None,
        whole: bool = False,
        nodes: int = 0,
    ) -> None:
        self.matrix, self._whole = matrix, whole
        used = (low > 0) | np.isfinite(high)
        used[[0, *open_rows]] = True  # at least one, for a model without rows is none
        told = np.flatnonzero(used)
        self._place = {int(row): i for i, row in enumerate(told)}
        rows, size = sparse.csr_matrix(matrix[told]), matrix.shape[1]
        cost = np.zeros(size)
        if price is not None:
            eye = sparse.identity(len(told), format="csr")
            rows = sparse.csr_matrix(sparse.hstack([rows, eye, -eye]))
            cost = np.concatenate([cost, price[told], price[told]])
        self._model = _model(rows, low[told], high[told], cost, whole, nodes)
        self._goal = np.empty(0, dtype=np.int32)
        self.feasible = self._run()
        if price is not None:
            self._keep_to_nearest()

    def know(self, row: int, low: float, high: float) -> None:
        """Change what is known of one cell: one that is told, or open."""
        self._model.changeRowBounds(self._place[row], low, high)

    def extreme(self, row: int, sense: int) -> tuple[float, Array | None]:
        """Return the bound on the largest (+1) or smallest (-1) value of a cell, and its y (A,).

        The bound holds whether or not a search for whole numbers came to its end; y is None where
        it found nothing. The value must have a bound: no atom of the cell may be free.

        Raises
        ------
        DisclosureError
            No table agrees.
        """
        atoms = self._atoms(row)
        self._model.changeColsCost(len(self._goal), self._goal, np.zeros(len(self._goal)))
        self._model.changeColsCost(len(atoms), atoms, np.full(len(atoms), -float(sense)))
        self._goal = atoms
        ended = self._run()
        if self._whole:
            return -sense * float(self._model.getInfo().mip_dual_bound), self.found()
        if not ended:
            raise DisclosureError("the attack on a hidden number has no solution")
        y = self.found()
        assert y is not None
        return float(y[atoms].sum()), y

    def found(self) -> Array | None:
        """Return the y (A,) that was found last, if any."""
        status = self._model.getInfo().primal_solution_status
        if status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        values = np.asarray(self._model.getSolution().col_value)[: self.matrix.shape[1]]
        return np.asarray(np.maximum(values, 0.0), dtype=float)

    def _atoms(self, row: int) -> NDArray[np.int32]:
        start, end = self.matrix.indptr[row], self.matrix.indptr[row + 1]
        return np.asarray(self.matrix.indices[start:end], dtype=np.int32)

    def _run(self) -> bool:
        self._model.run()
        if self._whole or self._solved():
            return self._solved()
        self._model.clearSolver()  # a start that leads nowhere
        self._model.setOptionValue("simplex_strategy", _DUAL)
        self._model.run()
        self._model.setOptionValue("simplex_strategy", _PRIMAL)
        return self._solved()

    def _solved(self) -> bool:
        return bool(self._model.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def _keep_to_nearest(self) -> None:
        """Allow the nearest tables only.

        They are the optimal face: by complementary slackness a variable with a reduced cost stays
        at its bound, and a row with a dual price stays where it is, in every optimum.
        """
        if not self.feasible:
            raise DisclosureError("no additive table is near what is told")
        found = self._model.getSolution()
        fixed = np.flatnonzero(np.abs(found.col_dual) > _NONZERO).astype(np.int32)
        at = np.maximum(np.asarray(found.col_value)[fixed], 0.0)
        self._model.changeColsBounds(len(fixed), fixed, at, at)
        tight = np.flatnonzero(np.abs(found.row_dual) > _NONZERO).astype(np.int32)
        at = np.asarray(found.row_value)[tight]
        self._model.changeRowsBounds(len(tight), tight, at, at)
        every = np.arange(len(found.col_value), dtype=np.int32)
        self._model.changeColsCost(len(every), every, np.zeros(len(every)))


def _model(
    rows: sparse.csr_matrix, low: Array, high: Array, cost: Array, whole: bool, nodes: int
) -> Any:
    """Return a HiGHS model: one thread, fixed seed, so that every machine finds the same."""
    model = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
    }
    if whole:
        options |= {"mip_max_nodes": nodes, "mip_rel_gap": 0.0}
    else:
        options |= {"presolve": "off", "solver": "simplex", "simplex_strategy": _PRIMAL}
    for name, value in options.items():
        model.setOptionValue(name, value)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(low)
    lp.col_cost_ = cost
    lp.col_lower_, lp.col_upper_ = np.zeros(len(cost)), np.full(len(cost), np.inf)
    lp.row_lower_, lp.row_upper_ = low.copy(), high.copy()
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = rows.indptr.astype(np.int32)
    lp.a_matrix_.index_ = rows.indices.astype(np.int32)
    lp.a_matrix_.value_ = rows.data.astype(float)
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(cost)
    model.passModel(lp)
    return model
