"""The additive tables of an audit, each with the small groups that no row shows."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from evaluatie.disclosure.auditing.attack import Front, fronts
from evaluatie.disclosure.auditing.demands import Key, least_of
from evaluatie.disclosure.auditing.groups import (
    Difference,
    same_differences,
    small_differences,
    with_differences,
)
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.claims import AMOUNT, Told, kind_of
from evaluatie.disclosure.universe.systems import table_of

Array = NDArray[np.float64]
Pair = tuple[Cell, Cell]
_WHOLE = 1e-6


@dataclass(frozen=True)
class Scene:
    """One additive table with its small groups below the cells.

    Attributes
    ----------
    front : Front
        Its matrix has a row for every cell, and then one for every group.
    groups : tuple of Difference
    numbers : array
        Of the cells and the groups; NaN where the auditor does not know them.
    """

    front: Front
    groups: tuple[Difference, ...]
    numbers: Array

    @property
    def measure(self) -> str:
        """Return what is counted in this table."""
        return self.front.keys[0][1]


def scenes_of(
    told: Iterable[Told],
    wanted: Collection[Key],
    values: Mapping[Key, float],
    rules: DisclosureRules,
) -> tuple[Scene, ...]:
    """Return every table that holds a wanted number or a small group.

    Parameters
    ----------
    values : mapping (Cell, measure) -> number
        NaN where the auditor does not know it: then what is told exactly counts.
    """
    told = tuple(told)
    exact = _exact(told)
    known = {key: exact.get(key, math.nan) if math.isnan(v) else v for key, v in values.items()}
    tables: dict[tuple[object, ...], dict[Key, float]] = {}
    for key, value in known.items():
        tables.setdefault(table_of(*key), {})[key] = value
    asked = {table_of(*key) for key in wanted}
    counts = {
        name
        for name, members in tables.items()
        if kind_of(str(name[0])) != AMOUNT and (name in asked or _may_differ(members, rules))
    }
    scenes = [_with_groups(*one, rules) for one in _fronts(told, tables, counts)]
    pairs = [pair for scene in scenes for pair in _pairs(scene)]
    halves = {cell for pair in pairs for cell in pair}
    amounts = {
        name
        for name, members in tables.items()
        if kind_of(str(name[0])) == AMOUNT
        and (name in asked or any(cell in halves for cell, _ in members))
    }
    scenes += [_with_amounts(*one, pairs) for one in _fronts(told, tables, amounts)]
    return tuple(scenes)


def _fronts(
    told: Iterable[Told],
    tables: Mapping[tuple[object, ...], Mapping[Key, float]],
    names: Collection[tuple[object, ...]],
) -> Iterator[tuple[Front, Array]]:
    """Yield the additive tables under some names, with their numbers."""
    known = {
        key: v for name, members in tables.items() if name in names for key, v in members.items()
    }
    own = [claim for claim in told if table_of(claim.cell, claim.measure) in names]
    for front in fronts(own, known, [key for key, v in known.items() if _fractional(key, v)]):
        yield front, np.array([known.get(key, math.nan) for key in front.keys])


def _may_differ(members: Mapping[Key, float], rules: DisclosureRules) -> bool:
    """Return whether two numbers of a table differ by a few."""
    least = least_of(next(iter(members))[1], rules)
    told = sorted(value for value in members.values() if not math.isnan(value))
    return any(_WHOLE < high - low < least for low, high in pairwise(told))


def _with_groups(front: Front, numbers: Array, rules: DisclosureRules) -> Scene:
    least = least_of(front.keys[0][1], rules)
    return _below(front, small_differences(front.matrix, numbers, least), numbers)


def _pairs(scene: Scene) -> Iterator[Pair]:
    keys = scene.front.keys
    for group in scene.groups:
        yield keys[group.outer][0], keys[group.inner][0]


def _with_amounts(front: Front, numbers: Array, pairs: Collection[Pair]) -> Scene:
    """Return a table of amounts with those of small groups of people."""
    place = {cell: row for row, (cell, _) in enumerate(front.keys)}
    return _below(front, same_differences(pairs, place, front.matrix, numbers), numbers)


def _below(front: Front, groups: Sequence[Difference], numbers: Array) -> Scene:
    """Return the scene with a row for every group below those of the cells."""
    extended = replace(front, matrix=with_differences(front.matrix, groups))
    return Scene(extended, tuple(groups), np.append(numbers, [group.value for group in groups]))


def _exact(told: Iterable[Told]) -> dict[Key, float]:
    """Return the numbers that are told exactly."""
    return {
        (claim.cell, claim.measure): claim.low
        for claim in told
        if claim.high - claim.low <= _WHOLE * max(1.0, abs(claim.low))
    }


def _fractional(key: Key, value: float) -> bool:
    """Return whether a number of people is not whole: it follows from a weighted share."""
    return kind_of(key[1]) != AMOUNT and abs(value - np.round(value)) > _WHOLE
