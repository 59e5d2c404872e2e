"""Cells of one additive table over their finest cross: the linear system an attacker solves.

Every dimension (area, and period and law for amounts, and each further category) is cut into its
finest elements; a cell is a union of crosses of elements ("atoms"). Unions, partitions and
differences between tables and reports are then all in one matrix.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from evaluatie.disclosure.universe.cells import ANY_OF, Cell
from evaluatie.disclosure.universe.claims import AMOUNT, RowClaims, kind_of
from evaluatie.errors import DisclosureError

MOST_ATOMS = 200_000
_INTERVAL = re.compile(r"^(\d+)-(\d+)$|^(\d+)\+$|^<(\d+)$|^(\d+)$")
_REST = "\0rest"  # element for whoever has none of the values that are listed

Values = Mapping[tuple[Cell, str], float]


@dataclass(frozen=True)
class System:
    """One connected additive table.

    Attributes
    ----------
    measure : str
        persons, households or amount (with basis or variant).
    cells : tuple of Cell, length C
    values : (C,) array
        NaN where unknown to whoever built the system.
    matrix : (C, A) sparse matrix of 0 and 1
        Which atoms a cell consists of.
    """

    measure: str
    cells: tuple[Cell, ...]
    values: NDArray[np.float64]
    matrix: sparse.csr_matrix


def claimed_values(rows: Iterable[RowClaims]) -> dict[tuple[Cell, str], float]:
    """Return the value of every (cell, measure) that is claimed, NaN where only by hidden rows.

    A count is believed before a numerator derived from a share.
    """
    exact: dict[tuple[Cell, str], float] = {}
    derived: dict[tuple[Cell, str], float] = {}
    keys: dict[tuple[Cell, str], float] = {}
    for row in rows:
        for claim in row.claims:
            key = (claim.cell, claim.measure)
            keys.setdefault(key, np.nan)
            if not np.isnan(claim.value):
                (derived if claim.derived else exact).setdefault(key, claim.value)
    return keys | derived | exact


def build_systems(values: Values) -> tuple[System, ...]:
    """Return the additive tables among the claimed values, split into connected parts."""
    tables: dict[tuple[object, ...], list[tuple[Cell, str]]] = {}
    for cell, measure in values:
        tables.setdefault(table_of(cell, measure), []).append((cell, measure))
    parts: list[System] = []
    for claimed in tables.values():
        cells = [cell for cell, _ in claimed]
        numbers = np.array([values[key] for key in claimed], dtype=float)
        parts += _connected(claimed[0][1], cells, numbers)
    return tuple(parts)


def table_of(cell: Cell, measure: str) -> tuple[object, ...]:
    """Return which table a number is in: numbers of two tables never add up.

    People are counted once per law and period (someone can have care under two laws, or in two
    quarters), so counts add up over areas and categories only; amounts add up over laws and
    periods as well.
    """
    key: tuple[object, ...] = (measure, cell.family, cell.wave)
    return key if kind_of(measure) == AMOUNT else (*key, cell.periods, cell.laws)


def _connected(measure: str, cells: list[Cell], values: NDArray[np.float64]) -> list[System]:
    matrix = _incidence(cells, measure)
    total, label = connected_components(sparse.csr_matrix(matrix @ matrix.T), directed=False)
    parts = []
    for part in range(total):
        rows = np.flatnonzero(label == part)
        own = sparse.csr_matrix(matrix[rows])
        used = np.unique(own.indices)
        parts.append(
            System(measure, tuple(cells[i] for i in rows), values[rows],
                   sparse.csr_matrix(own[:, used]))
        )  # fmt: skip
    return parts


def _incidence(cells: Sequence[Cell], measure: str) -> sparse.csr_matrix:
    """Return which atoms of the finest cross every cell consists of."""
    choices = [_choices(cells, name) for name in _dimensions(cells, measure)]
    shape = tuple(int(member.shape[1]) for member in choices)
    if prod(shape) > MOST_ATOMS:
        raise DisclosureError(
            f"{len(cells)} cells cross into {prod(shape)} groups, too many to protect together",
            where=f"{cells[0].family} {cells[0].wave}".strip(),
            allowed=f"at most {MOST_ATOMS}",
            remedy="show fewer characteristics of the same indicator and wave.",
        )
    columns, pointers = [], [0]
    for i in range(len(cells)):
        selected = np.ix_(*(np.flatnonzero(member[i]) for member in choices))
        atoms = np.ravel_multi_index(selected, shape).ravel()
        columns.append(atoms)
        pointers.append(pointers[-1] + len(atoms))
    index = np.concatenate(columns)
    return sparse.csr_matrix(
        (np.ones(len(index)), index, pointers), shape=(len(cells), prod(shape))
    )


def _dimensions(cells: Sequence[Cell], measure: str) -> list[str]:
    """Return the names of the dimensions in order of appearance."""
    further = dict.fromkeys(name for cell in cells for name, _ in cell.selection)
    amounts = ["@period", "@law"] if kind_of(measure) == AMOUNT else []
    return ["@area", *amounts, *further]


def _choices(cells: Sequence[Cell], name: str) -> NDArray[np.bool_]:
    """Return, cells x elements, which elements of one dimension every cell takes."""
    sets: dict[str, Callable[[Cell], tuple[str, ...]]] = {
        "@area": lambda cell: cell.areas,
        "@period": lambda cell: cell.periods,
        "@law": lambda cell: cell.laws,
    }
    if name in sets:
        chosen = [sets[name](cell) for cell in cells]
        elements = list(dict.fromkeys(itertools.chain.from_iterable(chosen)))
    else:
        values = [dict(cell.selection).get(name) for cell in cells]
        listed = list(dict.fromkeys(value for value in values if value is not None))
        parts = elements_of(listed)
        elements = list(dict.fromkeys(itertools.chain.from_iterable(parts.values())))
        if len(listed) == 1:  # the others exist, although no row shows them
            elements.append(_REST)
        chosen = [tuple(elements) if value is None else parts[value] for value in values]
    place = {element: i for i, element in enumerate(elements)}
    member = np.zeros((len(cells), len(elements)), dtype=bool)
    for i, taken in enumerate(chosen):
        member[i, [place[element] for element in taken]] = True
    _, first = np.unique(member, axis=1, return_index=True)  # elements always taken together
    return member[:, np.sort(first)]


def elements_of(values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return value -> finest elements of a further category.

    Intervals (18-34, 75+, <18) are cut at every break. Among single numbers of things (2, 3) an
    open one (2+) is the union of those that are listed. "1 or 2" is the union of 1 and 2.
    """
    matches = [_INTERVAL.match(value) for value in values]
    if not all(matches) or all(value.isdigit() for value in values):
        return {value: tuple(value.split(ANY_OF)) for value in values}
    bounds = {v: _bounds(m) for v, m in zip(values, matches, strict=True) if m is not None}
    breaks = sorted({edge for pair in bounds.values() for edge in pair})
    pieces = list(itertools.pairwise(breaks))
    single = {float(value) for value in values if value.isdigit()}
    if breaks[-1] == float("inf") and breaks[-2] == max(single, default=-1.0) + 1:
        starts = {low for low, _ in bounds.values()}
        pieces = [piece for piece in pieces if piece[0] in starts or piece[0] < breaks[-2]]
    return {
        value: tuple(f"{a}:{b}" for a, b in pieces if low <= a and b <= high)
        for value, (low, high) in bounds.items()
    }


def in_order(values: Sequence[str]) -> list[str] | None:
    """Return intervals from low to high; None where the values are names or codes of answers."""
    matches = [_INTERVAL.match(value) for value in values]
    if not all(matches) or all(value.isdigit() for value in values):
        return None
    bounds = {v: _bounds(m) for v, m in zip(values, matches, strict=True) if m is not None}
    return sorted(bounds, key=bounds.__getitem__)


def _bounds(match: re.Match[str]) -> tuple[float, float]:
    """Return the half-open interval of whole years that a label such as 18-34 means."""
    first, last, least, below, single = match.groups()
    if single:
        return float(single), float(single) + 1
    if least:
        return float(least), float("inf")
    if below:
        return 0.0, float(below)
    return float(first), float(last) + 1
