"""Difference arrays: + where a stretch begins, - where it is over, and one running total.

A stretch of any length costs two additions, so that no arrangement is ever multiplied into its
months (a range join does that). Everything is a whole number: the order of the stretches, and how
they are divided into chunks, cannot change a result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluatie.costs.booking.valuation import Ints
from evaluatie.errors import RefusedError

_REACH = 2**62  # sums below it cannot leave 64 bits


@dataclass
class Differences:
    """What begins and ends per cell and period; grows with every chunk that is added.

    Attributes
    ----------
    steps : array of int, shape (cells, periods + 1)
        Sum of the amounts that begin in a period less those that were over when it began. The
        last column holds what outlasts the window.
    opening : int
        Number of the first period of the window.
    reach : int
        Bound on the size of any running total, so that an overflow is refused and not silent.
    """

    steps: Ints
    opening: int
    reach: int = 0

    @classmethod
    def over(cls, cells: int, opening: int, closing: int) -> Differences:
        """Return empty difference arrays for the periods ``opening``..``closing``."""
        return cls(np.zeros((cells, closing - opening + 2), dtype=np.int64), opening)

    def add(self, cell: Ints, first: Ints, last: Ints, amount: Ints) -> None:
        """Add stretches: an amount in each of the periods ``first``..``last``, both included.

        Parameters
        ----------
        cell : array of int, shape (n,)
            From 0 up to the number of cells.
        first, last : array of int, shape (n,)
            What lies outside the window is left out; a stretch without periods (``last < first``)
            adds nothing.
        amount : array of int, shape (n,)
            Per period; may be negative.

        Raises
        ------
        RefusedError
            A cell that does not exist, or totals that could leave 64 bits.
        """
        if not len(cell):
            return
        cells, columns = self.steps.shape
        if cell.min() < 0 or cell.max() >= cells:
            raise RefusedError(
                f"{int(((cell < 0) | (cell >= cells)).sum())} stretches have a cell that does not "
                "exist",
                where="difference arrays",
                allowed=f"numbers from 0 to {cells - 1}",
            )
        self._refuse_overflow(amount, columns)
        first, last = self._within(first, last)
        at = cell.astype(np.int64)
        at *= columns
        at -= self.opening
        amounts = amount.astype(np.int64, copy=False)
        flat = self.steps.reshape(-1)
        np.add.at(flat, at + first, amounts)
        at += 1  # over on the period after the last
        np.subtract.at(flat, at + last, amounts)

    def _within(self, first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """Return stretches cut to the window; nothing is copied where all lie in it."""
        closing = self.opening + self.steps.shape[1] - 2
        if first.min() >= self.opening and last.max() <= closing and (first <= last).all():
            return first, last
        begin = first.astype(np.int64).clip(self.opening, closing + 1)
        return begin, last.astype(np.int64).clip(begin - 1, closing)

    def running(self) -> Ints:
        """Return the total that is active in each period, shape (cells, periods)."""
        total: Ints = np.cumsum(self.steps, axis=1)[:, :-1]
        return total

    def _refuse_overflow(self, amount: Ints, columns: int) -> None:
        largest = max(abs(int(amount.max())), abs(int(amount.min())))
        self.reach += largest * len(amount)
        if self.reach * columns > _REACH:
            raise RefusedError(
                "the amounts together could exceed what a 64-bit number holds",
                where="difference arrays",
                remedy="give the amounts in a larger unit, or divide the cells over several runs.",
            )
