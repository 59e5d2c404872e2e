"""The attack of somebody who is in the data himself.

A respondent in a cell of one knows that cell. With it he may work back another hidden number that
nobody else could: in a row with two hidden numbers, his own is one, and the other is the rest.

An insider needs no attack of his own for amounts: the p% rule is about the best informed of all
contributors, the second largest, who knows his own part and estimates the largest from the rest.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluatie.disclosure.auditing.attack import Front
from evaluatie.disclosure.auditing.demands import Requirement
from evaluatie.disclosure.auditing.groups import without_empty

NOT_EXACT = Requirement(math.inf, -math.inf, span=1.0)
"""Rule T0 for counts: two numbers at least must remain possible."""


@dataclass(frozen=True)
class Insight:
    """What the one person in cell ``own`` learns of ``cell``; both are places in the table."""

    own: int
    cell: int
    value: float


def insights(
    front: Front,
    own: Sequence[int],
    targets: Collection[int],
    values: NDArray[np.float64],
    reports: Collection[str] | None = None,
) -> Iterator[Insight]:
    """Yield every hidden count that follows exactly for a person in a cell of one.

    Parameters
    ----------
    own : sequence of int
        Cells of one person.
    targets : collection of int
        Hidden counts that nobody may know exactly.
    values : (C,) array
        The true numbers of all cells; NaN where they are not known.

    Notes
    -----
    What follows for everybody is no finding here. Nor is a cell of one that holds the insider's
    own cell, or lies in it: the person in it is himself. Nor is a group that is no cell, and with
    his own makes up a cell: everybody knows how many others there are in a group that is shown.
    Where what is told does not add up, nothing is certain, and no insider is more certain than
    others.
    """
    attack = front.attack(reports, open_rows=own)
    if not attack.agrees:
        return
    people = _People(front, values)
    secret = [row for row in targets if attack.too_narrow(row, NOT_EXACT) is None]
    attack.witness(values)
    for person in own:
        if attack.too_narrow(person, NOT_EXACT) is not None:
            continue
        attack.know(person, 1.0, 1.0)
        for row in secret:
            if people.apart(row, person):
                found = attack.too_narrow(row, NOT_EXACT)
                if found is not None:
                    yield Insight(person, row, found[0])
        attack.know(person, 0.0, math.inf)


class _People:
    """Who the cells consist of, atoms without anybody left out."""

    def __init__(self, front: Front, values: NDArray[np.float64]) -> None:
        matrix = without_empty(front.matrix, values)
        rows = np.split(matrix.indices, matrix.indptr[1:-1])
        self._atoms = [frozenset(row.tolist()) for row in rows]
        self._cells = set(self._atoms[: len(front.keys)])
        self._values = values

    def apart(self, row: int, person: int) -> bool:
        """Return whether a cell says anything of people other than the one who is known."""
        cell, own = self._atoms[row], self._atoms[person]
        if cell not in self._cells and cell.isdisjoint(own) and cell | own in self._cells:
            return False
        return not (self._values[row] == 1 and (cell <= own or own <= cell))
