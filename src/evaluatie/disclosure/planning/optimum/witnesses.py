"""Demands on the attacker's intervals, and tables that show them to be met without a programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

TOLERANCE = 1e-6
MOST_KEPT = 500  # most recent tables kept to save programmes


@dataclass(frozen=True)
class Demand:
    """An interval must reach ``amount`` up (sense 1) or down (-1), or be that wide (0).

    ``known``: a cell that the attacker knows beside what is shown; -1: none.
    """

    cell: int
    sense: int
    amount: float
    known: int = -1

    @property
    def senses(self) -> tuple[int, ...]:
        """The programmes that decide: one, or both ends of the interval."""
        return (self.sense,) if self.sense else (1, -1)


class Tables:
    """Tables that an attacker could not exclude under some pattern, as moves from the true one."""

    def __init__(self, values: Array) -> None:
        self._moves = np.zeros((1, len(values)))
        self._next = 1

    def add(self, moves: Array) -> None:
        """Remember a table; the oldest is forgotten when there are too many."""
        if len(self._moves) < MOST_KEPT:
            self._moves = np.vstack([self._moves, moves])
        else:
            self._moves[self._next] = moves
        self._next = max(1, (self._next + 1) % MOST_KEPT)

    def possible(self, hidden: Mask) -> Array:
        """Return the tables (T, C) that move no cell but hidden ones."""
        moved = np.abs(self._moves[:, ~hidden]).max(axis=1, initial=0.0)
        return np.asarray(self._moves[moved < TOLERANCE])


class Reach:
    """How far the tables seen so far move what the demands are about."""

    def __init__(self, demands: Sequence[Demand]) -> None:
        self.cells = np.array([d.cell for d in demands], dtype=np.intp)
        self.known = np.array([d.known for d in demands], dtype=np.intp)
        self.amounts = np.array([d.amount for d in demands], dtype=float)
        senses = np.array([d.sense for d in demands], dtype=np.intp)
        self._up, self._down = senses >= 0, senses <= 0
        self.up, self.down = np.zeros(len(demands)), np.zeros(len(demands))
        self.open = self.amounts > TOLERANCE

    def widen(self, moves: Array) -> None:
        """Take note of a table."""
        far = np.where((self.known < 0) | (np.abs(moves[self.known]) < TOLERANCE), 1.0, 0.0)
        far *= moves[self.cells]
        np.maximum(self.up, far, out=self.up)
        np.maximum(self.down, -far, out=self.down)
        width = self.up * self._up + self.down * self._down
        self.open &= width < self.amounts - TOLERANCE

    def next_open(self) -> int | None:
        """Return the first demand that is neither met nor closed."""
        return int(np.argmax(self.open)) if self.open.any() else None

    def close(self, number: int) -> bool:
        """Ask no more of a demand; return whether it is met."""
        met = not self.open[number]
        self.open[number] = False
        return met
