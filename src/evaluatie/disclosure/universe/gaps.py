"""Groups that no table shows, but that the tables give away all the same.

One report stops an age group at 64 and another one at 66: whoever reads both subtracts the people
of 65 and 66, a group without a row of its own. Such a group is as small, and as secret, as a cell.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.systems import System

Array = NDArray[np.float64]
_RANK = 1e-9  # of the largest eigenvalue: what counts as none
_EXACT = 1e-7


@dataclass(frozen=True)
class HiddenGroup:
    """A group that follows from cells by adding and subtracting, and is no cell itself.

    Attributes
    ----------
    recipe : mapping Cell -> weight
        The group is the sum of weight x cell; a difference of two has the weights 1 and -1.
    atoms : array of int
        Which atoms of its system the group consists of.
    value : float
        How many persons or households follow from the cells.
    """

    recipe: Mapping[Cell, float]
    atoms: NDArray[np.intp]
    value: float

    def within(self, system: System) -> tuple[NDArray[np.intp], float] | None:
        """Return atoms and number of the group in another system, or None where cells are missing.

        Counts and amounts of the same cells have atoms of their own: amounts add up over laws and
        periods as well.
        """
        place = {cell: i for i, cell in enumerate(system.cells)}
        if not self.recipe.keys() <= place.keys():
            return None
        rows = [place[cell] for cell in self.recipe]
        weights = np.array(list(self.recipe.values()))
        taken = np.round(weights @ system.matrix[rows].toarray(), 6)
        if not set(np.unique(taken)) <= {0.0, 1.0}:
            return None
        return np.flatnonzero(taken), float(weights @ system.values[rows])


def hidden_groups(system: System, least: int) -> tuple[HiddenGroup, ...]:
    """Return the groups of 1 to ``least`` - 1 that follow from a count system and are no cell.

    Parameters
    ----------
    system : System
        Of persons or households, with a value for every cell.
    least : int
        The smallest number that may be published.

    Returns
    -------
    tuple of HiddenGroup
        Every group once, in the order of the cells it follows from.

    Notes
    -----
    Looked for are (1) every difference of two nested cells, the rest of a whole beside one of its
    parts included, and (2) every finest group (people whom all cells take or leave together) that
    the cells determine: with B the matrix of cells x finest groups and P = B+ B the projection on
    its rows, finest group j is determined if and only if P_jj = 1 (its unit vector is a row
    combination), and then its number is (B+ v)_j. The finest groups of a cell of zero are empty and
    are left out first.

    Numbers that follow from shares count like any other. They are approximate where shares are
    weighted, as the claims on a cell by a share are, but a curve or share without weights gives
    the exact number, and nothing tells a reader which of the two it is. Where the difference
    rounds to none, there is no group.
    """
    if len(system.cells) < 2:
        return ()
    finest, atoms = _finest(system)
    known = {np.flatnonzero(row).tobytes() for row in finest}
    found: dict[bytes, HiddenGroup] = {}
    for members, recipe, value in (
        *_differences(finest, system.values, least),
        *_determined(finest, system.values, least),
    ):
        key = members.tobytes()
        if key not in known and key not in found:
            told = {system.cells[i]: weight for i, weight in recipe.items()}
            found[key] = HiddenGroup(told, np.concatenate([atoms[j] for j in members]), value)
    return tuple(found.values())


Found = Iterator[tuple[NDArray[np.intp], dict[int, float], float]]


def _finest(system: System) -> tuple[Array, list[NDArray[np.intp]]]:
    """Return cells x finest groups that are not known to be empty, and the atoms each one joins."""
    columns = system.matrix.tocsc()
    columns.sort_indices()
    empty = set(np.flatnonzero(np.abs(system.values) < _EXACT).tolist())
    joined: dict[tuple[int, ...], list[int]] = {}
    cells, edges = columns.indices.tolist(), columns.indptr.tolist()
    for j, (start, end) in enumerate(itertools.pairwise(edges)):
        taken = tuple(cells[start:end])
        if empty.isdisjoint(taken):
            joined.setdefault(taken, []).append(j)
    finest = np.zeros((len(system.cells), len(joined)))
    for j, taken in enumerate(joined):
        finest[list(taken), j] = 1.0
    return finest, [np.array(atoms, dtype=np.intp) for atoms in joined.values()]


def _differences(finest: Array, values: Array, least: int) -> Found:
    """Yield (finest groups, recipe, number) of small differences between nested cells."""
    shared = finest @ finest.T
    size = np.diag(shared)
    left = values[None, :] - values[:, None]  # of the larger (column) beside the smaller (row)
    small = (np.round(left) > 0) & (np.round(left) < least)
    nested = small & (shared == size[:, None]) & (size[:, None] < size[None, :])
    for part, whole in zip(*(found.tolist() for found in np.nonzero(nested)), strict=True):
        members = np.flatnonzero(finest[whole] > finest[part])
        yield members, {whole: 1.0, part: -1.0}, float(left[part, whole])


def _determined(finest: Array, values: Array, least: int) -> Found:
    """Yield (finest group, recipe, number) of the small finest groups that the cells determine."""
    if finest.shape[1] == 0:
        return
    size, basis = np.linalg.eigh(finest @ finest.T)
    used = size > _RANK * size[-1]
    recipes = (basis[:, used] / size[used]) @ (basis[:, used].T @ finest)
    sure = np.abs((finest * recipes).sum(axis=0) - 1.0) < _EXACT
    numbers = recipes.T @ values
    small = (np.round(numbers) > 0) & (np.round(numbers) < least)
    for j in np.flatnonzero(sure & small):
        weights = recipes[:, j]
        told = {int(i): float(weights[i]) for i in np.flatnonzero(np.abs(weights) > _EXACT)}
        yield np.array([j]), told, float(numbers[j])
