"""Small groups that no table shows, found by subtracting one cell from another that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.universe.cells import Cell

Array = NDArray[np.float64]
_NONE = 1e-7


@dataclass(frozen=True)
class Difference:
    """The people of cell ``outer`` who are not in cell ``inner``, by their place in a table."""

    outer: int
    inner: int
    value: float


def small_differences(
    matrix: sparse.csr_matrix, values: Array, least: int
) -> tuple[Difference, ...]:
    """Return the differences of two nested cells of 1 to ``least`` - 1 people, each group once.

    Parameters
    ----------
    matrix : (C, A) sparse matrix of 0 and 1
    values : (C,) array
        NaN where a number is not known; nothing is subtracted from it.

    Notes
    -----
    Atoms of a cell without people are empty, and left out. A difference that is a cell itself is
    left out too: what is demanded of cells is demanded of it.
    """
    peopled = without_empty(matrix, values)
    seen = {row.tobytes() for row in np.split(peopled.indices, peopled.indptr[1:-1])}
    found = []
    for outer, inner in _nested(peopled, values, least):
        taken = (peopled[outer] - peopled[inner]).tocsr()
        taken.eliminate_zeros()
        taken.sort_indices()
        if (name := taken.indices.tobytes()) not in seen:
            seen.add(name)
            found.append(Difference(outer, inner, float(values[outer] - values[inner])))
    return tuple(found)


def without_empty(matrix: sparse.csr_matrix, values: Array) -> sparse.csr_matrix:
    """Return the matrix without the atoms of cells that hold nobody, indices sorted."""
    empty = np.asarray(matrix[np.abs(values) < _NONE].sum(axis=0)).ravel() > 0
    peopled = sparse.csr_matrix(matrix[:, ~empty])
    peopled.sort_indices()
    return peopled


def _nested(matrix: sparse.csr_matrix, values: Array, least: int) -> Iterator[tuple[int, int]]:
    """Yield (outer, inner) where inner lies within outer and few people are left."""
    shared = (matrix @ matrix.T).tocoo()
    size = np.asarray(matrix.sum(axis=1)).ravel()
    inside = (shared.data == size[shared.col]) & (size[shared.col] < size[shared.row])
    outer, inner = shared.row[inside], shared.col[inside]
    with np.errstate(invalid="ignore"):
        left = np.round(values[outer] - values[inner])
        small = (left > 0) & (left < least)  # NaN is not
    order = np.lexsort((inner[small], outer[small]))
    yield from zip(outer[small][order].tolist(), inner[small][order].tolist(), strict=True)


def with_differences(
    matrix: sparse.csr_matrix, differences: Iterable[Difference]
) -> sparse.csr_matrix:
    """Return the matrix of cells with a row for every difference below it."""
    found = list(differences)
    if not found:
        return matrix
    outer, inner = ([getattr(d, end) for d in found] for end in ("outer", "inner"))
    rows = sparse.csr_matrix(matrix[outer] - matrix[inner])
    rows.eliminate_zeros()
    return sparse.csr_matrix(sparse.vstack([matrix, rows]))


def same_differences(
    pairs: Iterable[tuple[Cell, Cell]],
    place: Mapping[Cell, int],
    matrix: sparse.csr_matrix,
    values: Array,
) -> tuple[Difference, ...]:
    """Return the differences of the same cells in another table, where they are nested as well.

    An amount adds up over laws and periods too, so that its table has atoms of its own.
    """
    found = []
    for outer, inner in pairs:
        if outer in place and inner in place:
            i, j = place[outer], place[inner]
            within = (matrix[i] - matrix[j]).min() >= 0
            if within and values[i] - values[j] > 0:
                found.append(Difference(i, j, float(values[i] - values[j])))
    return tuple(found)
