"""Linked sets of tables on which disclosure control is measured: seven releases of one survey.

Four neighbourhoods, five answers, two sexes, four ages and one or four waves of (by default) 1,000
drawn respondents. Every set is a number of tables with all their margins; a cell that occurs in
two tables is one cell. Numbers are drawn, nobody is in them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

NAMES = ("I2", "I3", "I5", "I6", "I7", "I8", "I9")
SIZES = {"place": 4, "wave": 4, "answer": 5, "sex": 2, "age": 4}
PLACES = np.array([0.4, 0.3, 0.2, 0.1])
AGES = np.array([0.35, 0.33, 0.2, 0.12])
ANSWERS = np.array([0.10, 0.38, 0.34, 0.14, 0.04])

Part = tuple[int, ...]
Selection = tuple[tuple[str, Part], ...]


@dataclass(frozen=True)
class Table:
    """A crossing with all its margins, inside a selection, of categories or unions of them."""

    name: str
    dimensions: tuple[str, ...]
    inside: Mapping[str, int] = field(default_factory=dict)
    unions: Mapping[str, Sequence[Part]] = field(default_factory=dict)


@dataclass(frozen=True)
class LinkedSet:
    """Cells of several tables over the finest cross of all categories.

    Attributes
    ----------
    name : str
    cells : tuple of selections, length C
        Dimension and categories; a dimension that is not named is summed over.
    matrix : (C, A) sparse matrix of 0 and 1
        Which atoms a cell consists of.
    values : (C,) array, persons
    atoms : (A,) array, persons
    tables : mapping table name -> indices of its cells
    """

    name: str
    cells: tuple[Selection, ...]
    matrix: sparse.csr_matrix
    values: NDArray[np.float64]
    atoms: NDArray[np.float64]
    tables: Mapping[str, tuple[int, ...]]


def linked_set(name: str, persons: int = 1000, seed: int = 1) -> LinkedSet:
    """Return one of the sets ``NAMES``, with ``persons`` respondents per wave."""
    waves = 1 if name in ("I2", "I3", "I8") else SIZES["wave"]
    shape = tuple(waves if d == "wave" else size for d, size in SIZES.items())
    index = np.arange(int(np.prod(shape))).reshape(shape)
    known: dict[bytes, int] = {}
    cells: list[Selection] = []
    rows: list[NDArray[np.intp]] = []
    tables: dict[str, tuple[int, ...]] = {}
    for table in _tables(name):
        own = []
        for selection in _cells(table, dict(zip(SIZES, shape, strict=True))):
            chosen = dict(selection)
            parts = [chosen.get(d, tuple(range(n))) for d, n in zip(SIZES, shape, strict=True)]
            atoms = np.sort(index[np.ix_(*parts)].ravel())
            if atoms.tobytes() not in known:
                known[atoms.tobytes()] = len(cells)
                cells.append(selection)
                rows.append(atoms)
            own.append(known[atoms.tobytes()])
        tables[table.name] = tuple(own)
    pointers = np.cumsum([0, *map(len, rows)])
    columns = np.concatenate(rows)
    matrix = sparse.csr_matrix(
        (np.ones(len(columns)), columns, pointers), shape=(len(rows), index.size)
    )
    drawn = _respondents(persons, waves, seed).ravel()
    return LinkedSet(name, tuple(cells), matrix, matrix @ drawn, drawn, tables)


def _respondents(persons: int, waves: int, seed: int) -> NDArray[np.float64]:
    """Return drawn respondents: place x wave x answer x sex x age."""
    rng = np.random.default_rng(seed)
    answer, place, age = np.arange(5), np.arange(4), np.arange(4)
    slope = 0.18 * age[None, :] + 0.08 * place[:, None] - 0.3
    share = ANSWERS[:, None, None] * np.exp(answer[:, None, None] * slope)
    share /= share.sum(axis=0)  # answer x place x age
    cross = np.einsum("apg,p,g->pag", share, PLACES, AGES)
    chance = np.repeat(cross[:, :, None, :], 2, axis=2) / 2  # place x answer x sex x age
    chance /= chance.sum()
    drawn = [rng.multinomial(persons, chance.ravel()).reshape(chance.shape) for _ in range(waves)]
    return np.stack(drawn, axis=1).astype(float)


def _cells(table: Table, sizes: Mapping[str, int]) -> Iterator[Selection]:
    """Yield the inner cells and all margins of a table."""
    inside = tuple((name, (category,)) for name, category in table.inside.items())
    choices: list[list[Part | None]] = []
    for name in table.dimensions:
        single = [(category,) for category in range(sizes[name])]
        choices.append([None, *table.unions.get(name, single)])
    for parts in itertools.product(*choices):
        crossed = zip(table.dimensions, parts, strict=True)
        yield (*inside, *((name, part) for name, part in crossed if part is not None))


def _tables(name: str) -> list[Table]:
    return {
        "I2": _two_linked, "I3": _one_large, "I5": _four_clients, "I6": _four_deeper,
        "I7": _many_small, "I8": _breaks, "I9": _breaks_in_waves,
    }[name]()  # fmt: skip


def _two_linked() -> list[Table]:
    return [Table("one", ("place", "answer", "sex")), Table("two", ("place", "age", "answer"))]


def _one_large() -> list[Table]:
    return [Table("one", ("place", "answer", "sex", "age"))]


def _four_clients() -> list[Table]:
    return [
        Table("municipality", ("wave", "place", "answer")),
        Table("insurer", ("wave", "age", "answer")),
        Table("province", ("wave", "sex", "answer")),
        Table("housing", ("wave", "place", "age")),
    ]


def _four_deeper() -> list[Table]:
    return [
        Table("municipality", ("wave", "place", "answer", "sex")),
        Table("insurer", ("wave", "age", "answer")),
        Table("housing", ("wave", "place", "age", "sex")),
        Table("province", ("place", "age", "answer"), unions={"age": [(0,), (1, 2), (3,)]}),
    ]


def _many_small() -> list[Table]:
    tables = []
    for place, wave in itertools.product(range(4), range(4)):
        at = {"place": place, "wave": wave}
        tables.append(Table(f"age in {place}, wave {wave}", ("answer", "age"), at))
        tables.append(Table(f"sex in {place}, wave {wave}", ("answer", "sex"), at))
    tables.append(Table("city by age", ("wave", "answer", "age")))
    tables.append(Table("city by sex", ("wave", "answer", "sex")))
    return tables


def _breaks(inside: Mapping[str, int] | None = None, mark: str = "") -> list[Table]:
    """Four clients who break ages, answers and places differently."""
    at = inside or {}
    return [
        Table(f"municipality{mark}", ("place", "answer", "age"), at),
        Table(
            f"insurer{mark}", ("place", "answer", "age"), at,
            {"age": [(0, 1), (2, 3)], "answer": [(0, 1), (2,), (3, 4)]},
        ),
        Table(
            f"housing{mark}", ("place", "answer", "sex"), at,
            {"place": [(0, 1), (2,), (3,)], "answer": [(0, 1, 2), (3, 4)]},
        ),
        Table(
            f"province{mark}", ("answer", "age", "sex"), at, {"age": [(0,), (1, 2), (3,)]},
        ),
    ]  # fmt: skip


def _breaks_in_waves() -> list[Table]:
    tables = [table for wave in range(4) for table in _breaks({"wave": wave}, f" {wave}")]
    tables.append(Table("pooled", ("place", "answer", "age")))
    tables.append(Table("trend", ("wave", "place", "answer")))
    return tables
