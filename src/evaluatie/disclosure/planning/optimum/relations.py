"""Which cells add up to which: partitions of a cell by smaller cells, found in the matrix.

A system has fewer cells than atoms matter to, so programmes over the cells are smaller and faster
than over the atoms. They know less: what they miss is found by the attack over the atoms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

MOST_PARTITIONS = 12  # of one cell
MOST_STEPS = 3_000  # of the search for the partitions of one cell


def relations(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return rows over the cells, +1 for a whole and -1 for its parts, that sum to zero.

    Parameters
    ----------
    matrix : (C, A) sparse matrix of 0 and 1
        Which atoms a cell consists of.

    Returns
    -------
    (R, C) sparse matrix

    Notes
    -----
    A whole is only cut into largest parts: cells inside it that lie in no other cell inside it.
    Finer partitions follow from these.
    """
    matrix = sparse.csr_matrix(matrix)
    sizes = np.diff(matrix.indptr)
    atoms = [_bits(matrix.indices[a:b]) for a, b in pairwise(matrix.indptr)]
    common = sparse.csr_matrix(matrix @ matrix.T)
    found: dict[tuple[int, tuple[int, ...]], None] = {}
    for whole in range(matrix.shape[0]):
        others = common.indices[common.indptr[whole] : common.indptr[whole + 1]]
        shared = common.data[common.indptr[whole] : common.indptr[whole + 1]]
        inside = others[(shared == sizes[others]) & (others != whole)]
        twins = inside[sizes[inside] == sizes[whole]].tolist()
        for twin in twins:
            found[min(whole, twin), (max(whole, twin),)] = None
        smaller = inside[sizes[inside] < sizes[whole]]
        largest = _largest(smaller[np.lexsort((smaller, -sizes[smaller]))].tolist(), atoms)
        for parts in _partitions(atoms[whole], largest, atoms):
            found[whole, tuple(sorted(parts))] = None
    return _rows(list(found), matrix.shape[0])


def _bits(atoms: NDArray[np.int32]) -> int:
    """Return a set of atoms as the bits of one whole number."""
    flags = np.zeros(int(atoms.max(initial=0)) + 1, dtype=np.uint8)
    flags[atoms] = 1
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


def _largest(cells: Sequence[int], atoms: Sequence[int]) -> list[int]:
    """Return the cells, given from large to small, that lie in none of the others."""
    kept: dict[int, int] = {}  # set of atoms -> cell; of twins one is enough
    for cell in cells:
        if not any(atoms[cell] | other == other for other in kept):
            kept[atoms[cell]] = cell
    return list(kept.values())


def _partitions(whole: int, cells: Sequence[int], atoms: Sequence[int]) -> Iterator[list[int]]:
    """Yield ways to cut ``whole`` into disjoint cells, within a fixed number of steps."""
    found, steps = 0, 0
    open_ends: list[tuple[int, list[int]]] = [(whole, [])]
    while open_ends and steps < MOST_STEPS and found < MOST_PARTITIONS:
        rest, chosen = open_ends.pop()
        steps += 1
        if not rest:
            found += 1
            yield chosen
            continue
        atom = rest & -rest
        fitting = [c for c in cells if atoms[c] & atom and atoms[c] | rest == rest]
        open_ends += [(rest ^ atoms[c], [*chosen, c]) for c in reversed(fitting)]


def _rows(found: Sequence[tuple[int, tuple[int, ...]]], cells: int) -> sparse.csr_matrix:
    """Return one row of +1 and -1 per relation."""
    row, column, sign = [], [], []
    for number, (whole, parts) in enumerate(found):
        row += [number] * (1 + len(parts))
        column += [whole, *parts]
        sign += [1.0] + [-1.0] * len(parts)
    return sparse.csr_matrix((sign, (row, column)), shape=(len(found), cells))
