"""What readers can derive from rounded counts: which small counts are all but told."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.optimum.attacker import solved, solver
from evaluatie.errors import DisclosureError

Array = NDArray[np.float64]
Known = tuple[Array, Array]

TOLERANCE = 1e-6
NODES = 500  # of the search for a table of whole numbers
NARROW = 2  # an interval no wider than this pins a count to within one


def table_of(
    matrix: sparse.csr_matrix, rounded: Array, base: int
) -> tuple[Array | None, Array | None]:
    """Return (atoms, None) of a table with these values, or (None, weights) where there is none.

    Parameters
    ----------
    matrix : (C, A) sparse matrix
    rounded : (C,) array
        Multiples of ``base``.

    Returns
    -------
    atoms : (A,) array
        None negative, matrix @ atoms = rounded; multiples of the base where these were found.
    weights : (C,) array
        weights @ rounded > 0, while weights @ (matrix @ y) <= 0 for every y >= 0 (Farkas).
    """
    atoms = _whole_table(matrix, rounded / base)
    return (atoms * base, None) if atoms is not None else _any_table(matrix, rounded)


def _whole_table(matrix: sparse.csr_matrix, values: Array) -> Array | None:
    """Return whole atoms with these values, or None where a short search finds none."""
    a = matrix.shape[1]
    model = solver(np.zeros(a), np.zeros(a), np.full(a, np.inf), matrix, values, values)
    whole = np.full(a, highspy.HighsVarType.kInteger)
    model.changeColsIntegrality(a, np.arange(a, dtype=np.int32), whole)
    for option, value in (("presolve", "on"), ("solver", "choose"), ("mip_max_nodes", NODES)):
        model.setOptionValue(option, value)
    if not solved(model):
        return None
    atoms: Array = np.maximum(np.rint(np.asarray(model.getSolution().col_value)), 0.0)
    return atoms


def _any_table(matrix: sparse.csr_matrix, values: Array) -> tuple[Array | None, Array | None]:
    """Return what `table_of` does, of atoms that need not be whole."""
    c, a = matrix.shape
    eye = sparse.identity(c, format="csr")
    rows = sparse.csr_matrix(sparse.hstack([matrix, eye, -eye]))
    cost = np.concatenate([np.zeros(a), np.ones(2 * c)])
    model = solver(cost, np.zeros(len(cost)), np.full(len(cost), np.inf), rows, values, values)
    if not solved(model):
        raise DisclosureError(f"no additive table was found for {c} cells")
    solution = model.getSolution()
    if float(model.getInfo().objective_function_value) > TOLERANCE * max(1, c):
        return None, np.asarray(solution.row_dual)
    return np.maximum(np.asarray(solution.col_value)[:a], 0.0), None


def pinned_cells(
    matrix: sparse.csr_matrix,
    rounded: Array,
    reach: float,
    watched: Iterable[int],
    known: Known | None = None,
    witness: Array | None = None,
) -> dict[int, tuple[int, ...]]:
    """Return the watched cells that are told to within one, each with the cells that tell it.

    Parameters
    ----------
    rounded : (C,) array
        Every reader knows that a count differs by at most ``reach`` from this, and is not negative.
    watched : cells
    known : (low, high), two (C,) arrays, optional
        What readers know of the counts besides.
    witness : (A,) array, optional
        A table with exactly the rounded counts. One of whole numbers settles the matter where
        nothing else is known: a person more, up to ``reach`` of them, at any atom is possible.
    """
    whole = witness is not None and np.allclose(witness, np.rint(witness), atol=TOLERANCE)
    if known is None and whole and reach > NARROW:
        return {}
    low, high = np.maximum(rounded - reach, 0.0), rounded + reach
    if known is not None:
        low, high = np.maximum(low, known[0]), np.minimum(high, known[1])
    a = matrix.shape[1]
    if np.any(low > high):
        return dict.fromkeys(watched, ())  # what is known contradicts itself: nothing is safe
    model = solver(np.zeros(a), np.zeros(a), np.full(a, np.inf), matrix, low, high)
    found: dict[int, tuple[int, ...]] = {}
    for cell in watched:
        least, below = _extreme(model, matrix, cell, -1)
        most, above = _extreme(model, matrix, cell, 1)
        if floor(most + TOLERANCE) - ceil(least - TOLERANCE) <= NARROW:
            found[cell] = tuple(sorted({*below, *above}))
    return found


def _extreme(
    model: Any, matrix: sparse.csr_matrix, cell: int, sense: int
) -> tuple[float, list[int]]:
    """Return the smallest (-1) or largest (+1) value of a cell, and the cells that bind it."""
    a = matrix.shape[1]
    cost = np.zeros(a)
    cost[matrix.indices[matrix.indptr[cell] : matrix.indptr[cell + 1]]] = -float(sense)
    model.changeColsCost(a, np.arange(a, dtype=np.int32), cost)
    if not solved(model):
        if model.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return 0.0, []  # as above
        raise DisclosureError("the attack on a rounded count has no solution")
    binding = np.flatnonzero(np.abs(np.asarray(model.getSolution().row_dual)) > TOLERANCE)
    return -sense * float(model.getInfo().objective_function_value), binding.tolist()
