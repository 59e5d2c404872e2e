"""Advice to merge categories: a table that is mostly small groups is redesigned, not blanked.

`merge_advice(systems, least, share)` returns, table by table, which categories of which dimension
to take together so that at most ``share`` of its cells is small, losing as few as possible. It
changes nothing by itself: categories are declared, and only people decide that 65-74 and 75+ are
one group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluatie.disclosure.planning.redesign.partitions import (
    Groups,
    best_groups,
    chain,
    names,
    neighbours,
)
from evaluatie.disclosure.universe.cells import ANY_OF, Cell
from evaluatie.disclosure.universe.claims import AMOUNT, kind_of
from evaluatie.disclosure.universe.systems import System, elements_of, in_order

AREA = "@area"
Areas = tuple[str, ...]


@dataclass(frozen=True)
class MergeAdvice:
    """Which categories of one dimension of one table to take together.

    Attributes
    ----------
    family, measure : str
        Whose table, see `Cell.family`; persons or households.
    crossed : tuple of str
        The dimensions of the table; ``@area`` stands for areas or sides.
    dimension : str
        The one of which categories are merged.
    merged : tuple of tuples of str
        Every group of two or more values that becomes one category. All values in one group: the
        dimension is left out.
    small_before, cells_before, small_after, cells_after : int
        Cells from 1 up to the threshold, and all cells, over all waves and periods of the table.
    """

    family: str
    measure: str
    crossed: tuple[str, ...]
    dimension: str
    merged: tuple[tuple[str, ...], ...]
    small_before: int
    cells_before: int
    small_after: int
    cells_after: int


@dataclass(frozen=True)
class CrossTable:
    """One crossing of a family, all waves and periods together.

    Attributes
    ----------
    family, measure : str
    crossed : tuple of str
        Dimensions beside the wave and period.
    values : tuple of tuples of str
        The categories of each dimension, in order of appearance.
    counts : (W, ...) array
        Waves and periods x categories of each dimension; NaN where there is no such cell.
    wider : tuple of Areas
        Unions of areas (a side) that other tables of the family show.
    """

    family: str
    measure: str
    crossed: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    counts: np.ndarray
    wider: tuple[Areas, ...]

    def small(self, least: int) -> int:
        """Return the number of cells from 1 up to ``least`` - 1."""
        return _small(self.counts, least)

    @property
    def cells(self) -> int:
        """Return the number of cells."""
        return int(np.isfinite(self.counts).sum())

    def merge(self, axis: int, groups: Groups) -> CrossTable:
        """Return the table with the categories of one dimension taken together."""
        old = self.values[axis]
        new = tuple(ANY_OF.join(old[i] for i in group) for group in groups)
        counts = np.stack([_total(self.counts, axis, group) for group in groups], axis=1 + axis)
        values = (*self.values[:axis], new, *self.values[axis + 1 :])
        return replace(self, values=values, counts=counts)


def merge_advice(systems: Sequence[System], least: int, share: float) -> tuple[MergeAdvice, ...]:
    """Return which categories to merge in the tables of which too many cells are small.

    Parameters
    ----------
    systems : sequence of System
        Result of `build_systems`; those of amounts are left out.
    least : int
        The smallest number that may be published (``rules.threshold.value``).
    share : float
        The largest share of small cells (``rules.redesign.small_share``).

    Returns
    -------
    tuple of MergeAdvice
        In order of the systems. One per table where merging in one dimension is enough: in the
        dimension that loses the fewest categories, then keeps the most cells. Otherwise one per
        dimension, in order, the last one possibly leaving more than ``share``.

    Notes
    -----
    A table is the cells of a family with the same dimensions and areas of the same level, over all
    waves and periods: what is merged in one wave has to be merged in all of them. Unions ("1 or
    2" beside 1 and 2) are no categories of their own. Neighbouring intervals are merged, any
    other categories may be; areas become the sides that the family shows elsewhere, then nothing.
    """
    found: list[MergeAdvice] = []
    for table in cross_tables(systems):
        found += _advise(table, least, share)
    return tuple(found)


def _advise(table: CrossTable, least: int, share: float) -> list[MergeAdvice]:
    steps: list[MergeAdvice] = []
    while table.small(least) > share * table.cells:
        options = [
            (axis, groups, table.merge(axis, groups))
            for axis in range(len(table.crossed))
            if len(groups := _groups(table, axis, least, share)) < len(table.values[axis])
        ]
        if not options:
            return steps
        axis, groups, after = min(options, key=lambda o: _loss(table, o[0], o[2], least, share))
        merged = tuple(tuple(table.values[axis][i] for i in g) for g in groups if len(g) > 1)
        steps.append(
            MergeAdvice(
                table.family, table.measure, table.crossed, table.crossed[axis], merged,
                table.small(least), table.cells, after.small(least), after.cells,
            )
        )  # fmt: skip
        table = after
    return steps


def _loss(
    table: CrossTable, axis: int, after: CrossTable, least: int, share: float
) -> tuple[float, ...]:
    """Return what a merger costs: not enough, share left, categories lost, cells lost, place."""
    left = after.small(least) / max(after.cells, 1)
    lost = len(table.values[axis]) - len(after.values[axis])
    enough = left <= share
    return (not enough, 0.0 if enough else left, lost, table.cells - after.cells, axis)


def _groups(table: CrossTable, axis: int, least: int, share: float) -> Groups:
    """Return the groups of categories that lose the fewest and leave few enough cells small."""
    values = table.values[axis]
    flat = np.moveaxis(table.counts, 1 + axis, -1).reshape(-1, len(values))

    def small_share(groups: Groups) -> float:
        sums = np.stack([_total(flat, 0, group) for group in groups], axis=1)
        return _small(sums, least) / max(int(np.isfinite(sums).sum()), 1)

    if table.crossed[axis] == AREA:
        candidates = chain([value.split(ANY_OF) for value in values], table.wider)
        return next((g for g in candidates if small_share(g) <= share), candidates[-1])
    ordered = in_order([value.split(ANY_OF)[0] for value in values]) is not None
    shapes = neighbours if ordered else names
    return best_groups(shapes, np.nansum(flat, axis=0), small_share, share)


def cross_tables(systems: Iterable[System]) -> list[CrossTable]:
    """Return the tables of count systems, in order of appearance; totals are no table."""
    cells: dict[tuple[str, str], list[tuple[Cell, float]]] = {}
    for system in systems:
        if kind_of(system.measure) != AMOUNT:
            for cell, value in zip(system.cells, system.values, strict=True):
                cells.setdefault((cell.family, system.measure), []).append((cell, float(value)))
    found = []
    for (family, measure), own in cells.items():
        level = _levels({cell.areas for cell, _ in own})
        parts: dict[tuple[tuple[str, ...], int], list[tuple[Cell, float]]] = {}
        for cell, value in own:
            crossed = tuple(name for name, _ in cell.selection)
            parts.setdefault((crossed, level[cell.areas]), []).append((cell, value))
        for (crossed, _), members in parts.items():
            table = _cross_table(family, measure, crossed, members, tuple(level))
            found += [table] if table is not None else []
    return found


def _cross_table(
    family: str,
    measure: str,
    crossed: tuple[str, ...],
    members: Sequence[tuple[Cell, float]],
    areas: tuple[Areas, ...],
) -> CrossTable | None:
    """Return the crossing of these cells, or None where they are totals or overlap."""
    own = {cell.areas for cell, _ in members}
    if sum(map(len, own)) > len(set().union(*own)):
        return None
    dimensions = (*crossed, *([AREA] if len(own) > 1 else []))
    values: list[tuple[str, ...]] = []
    for name in crossed:
        parts = _without_unions([dict(cell.selection)[name] for cell, _ in members])
        if parts is None:
            return None
        values.append(parts)
    if len(own) > 1:
        listed = dict.fromkeys(ANY_OF.join(cell.areas) for cell, _ in members)
        values.append(tuple(listed))
    if not dimensions:
        return None
    place = [{value: i for i, value in enumerate(listed)} for listed in values]
    times = {t: i for i, t in enumerate(dict.fromkeys(_time(cell) for cell, _ in members))}
    counts = np.full((len(times), *map(len, values)), np.nan)
    for cell, value in members:
        chosen = [v for _, v in cell.selection] + [ANY_OF.join(cell.areas)] * (len(own) > 1)
        if all(v in known for v, known in zip(chosen, place, strict=True)):
            at = tuple(known[v] for v, known in zip(chosen, place, strict=True))
            counts[(times[_time(cell)], *at)] = value
    wider = tuple(sorted((a for a in areas if any(set(a) > set(o) for o in own)), key=len))
    return CrossTable(family, measure, dimensions, tuple(values), counts, wider)


def _without_unions(values: Sequence[str]) -> tuple[str, ...] | None:
    """Return the categories that are no union of others, or None where these overlap.

    Intervals are put in order.
    """
    listed = list(dict.fromkeys(values))
    elements = {value: set(parts) for value, parts in elements_of(listed).items()}
    finest = [
        v for v in listed if elements[v] != set().union(
            *(elements[o] for o in listed if elements[o] < elements[v])
        )
    ]  # fmt: skip
    if sum(len(elements[v]) for v in finest) > len(set().union(*(elements[v] for v in finest))):
        return None
    return tuple(in_order(finest) or finest)


def _time(cell: Cell) -> tuple[object, ...]:
    return cell.wave, cell.periods, cell.laws


def _levels(areas: Iterable[Areas]) -> dict[Areas, int]:
    """Return how many other sets of areas, one within the other, lie around each."""
    level: dict[Areas, int] = {}
    for own in sorted(areas, key=lambda a: (-len(a), a)):
        level[own] = 1 + max((level[o] for o in level if set(o) > set(own)), default=-1)
    return level


def _total(counts: np.ndarray, axis: int, group: Sequence[int]) -> np.ndarray:
    """Return the sum over some categories; NaN where none of them has a cell."""
    taken = np.take(counts, group, axis=1 + axis)
    summed: np.ndarray = np.nansum(taken, axis=1 + axis)
    return np.where(np.isfinite(taken).any(axis=1 + axis), summed, np.nan)


def _small(counts: np.ndarray, least: int) -> int:
    whole = np.rint(counts)
    return int(((whole > 0) & (whole < least)).sum())
