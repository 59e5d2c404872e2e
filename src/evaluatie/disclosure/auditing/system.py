"""The attack on one additive table: two programmes per number, and no more than are needed."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.auditing.demands import Requirement
from evaluatie.disclosure.auditing.programme import Programme, merged

Array = NDArray[np.float64]
Interval = tuple[float, float]

WHOLE_CELLS = 300  # largest system that is searched for whole numbers
NODES = 1_500  # of one such search; beyond, the bound that it has reached is what counts
TABLES = 1_500  # most recent tables kept as witnesses
_ROUND = 1e-6
_LARGE = 1e4  # what the largest amount is scaled to


class SystemAttack:
    """The attack on one additive table.

    Parameters
    ----------
    matrix : (C, A) sparse matrix of 0 and 1
        Which atoms of the finest cross a cell consists of.
    low, high : (C,) arrays
        What is told of every cell; 0 and infinity where nothing is. ``low > high`` says that two
        places contradict one another: everything in between is then believed.
    counts : bool
        Whether the cells are numbers of people, that are whole.
    whole : bool
        Whether to search for whole numbers in a small system of counts.
    open_rows : collection of int
        Cells that `know` will tell more of.

    Notes
    -----
    Two linear programmes per cell. Counts are rounded inward, and in systems of up to
    ``WHOLE_CELLS`` cells searched over whole numbers, so that
    linear interval >= interval of whole numbers >= the true value. The linear programme often
    ends at whole numbers by itself, and then no search is needed. Numbers are taken not to be
    whole where something told holds no whole number, as with weighted shares, or where no table
    of whole numbers agrees with it. Where no table at all agrees (people move, shares are
    weighted) the tables nearest to what is told count: least sum of |distance| / (1 + value).
    """

    def __init__(
        self,
        matrix: sparse.csr_matrix,
        low: Array,
        high: Array,
        *,
        counts: bool,
        whole: bool = True,
        open_rows: Collection[int] = (),
    ) -> None:
        low, high = np.maximum(low, 0.0), np.maximum(high, 0.0)
        agree = bool((low <= high).all())
        low, high = np.minimum(low, high), np.maximum(low, high)
        inward = np.ceil(low - _ROUND), np.floor(high + _ROUND)
        self.whole = counts and agree and bool((inward[0] <= inward[1]).all())
        self._scale = 1.0 if counts else _scale_of(low, high)
        told = inward if self.whole else (low, high)
        self._low, self._high = (end / self._scale for end in told)
        self.matrix, self._open = merged(matrix), tuple(open_rows)
        self._linear = Programme(self.matrix, self._low, self._high, open_rows=self._open)
        self.agrees = self._linear.feasible
        self._search: Programme | None = None
        self._searched = whole and matrix.shape[0] <= WHOLE_CELLS
        if not self.agrees:
            self._linear = self._nearest()
        self.whole = self.whole and self.agrees and self._whole_is_possible()
        bounded = np.asarray(self.matrix[np.isfinite(self._high)].sum(axis=0)).ravel() > 0
        self._free = np.asarray(self.matrix @ ~bounded) > 0
        self._bounds: dict[tuple[int, int], float] = {}
        self._tables: deque[Array] = deque(maxlen=TABLES)
        self._least: Array
        self._most: Array
        self._recall()

    def interval(self, row: int) -> Interval:
        """Return the smallest and largest value that agree with what is told."""
        low, high = self._outer(row)
        if self.whole and self._searched and low < high:
            return self._over_whole(row, low, high)
        return low, high

    def too_narrow(self, row: int, need: Requirement) -> Interval | None:
        """Return the interval of a cell that does not meet a requirement, else None.

        A table found for one cell is a witness for all others: where the witnesses are far enough
        apart, nothing needs to be solved.
        """
        if self._witnessed(row, need):
            return None
        for sense in (1, -1):
            self._bound(row, sense)
            if self._witnessed(row, need):
                return None
        found = self.interval(row)
        return None if need.met(*found) else found

    def know(self, row: int, low: float, high: float) -> None:
        """Tell more of an open cell, or take it back; tables that agree stay witnesses."""
        self._low[row], self._high[row] = low / self._scale, high / self._scale
        for programme in filter(None, (self._linear, self._search)):
            programme.know(row, self._low[row], self._high[row])
        self._bounds.clear()
        self._recall()

    def witness(self, table: Array) -> None:
        """Take a table (C,) of people as possible, if all of it is known and agrees."""
        if self.agrees and not np.isnan(table).any() and self._agrees(table):
            self._saw(table)

    def _agrees(self, tables: Array) -> Any:
        scaled = tables / self._scale
        slack = _ROUND * np.maximum(1.0, np.abs(scaled))
        inside = (scaled >= self._low - slack) & (scaled <= self._high + slack)
        return inside.all(axis=-1)

    def _saw(self, table: Array) -> None:
        self._tables.append(table)
        self._least = np.minimum(self._least, table)
        self._most = np.maximum(self._most, table)

    def _recall(self) -> None:
        """Take the tables that agree with what is known now as witnesses, and no others."""
        self._least = np.full(len(self._low), math.inf)
        self._most = np.where(self._free, math.inf, -math.inf)
        if self._tables:
            tables = np.array(self._tables)
            agree = tables[self._agrees(tables)]
            self._least = agree.min(axis=0, initial=math.inf)
            self._most = np.maximum(self._most, agree.max(axis=0, initial=-math.inf))

    def _witnessed(self, row: int, need: Requirement) -> bool:
        low, high = float(self._least[row]), float(self._most[row])
        return low <= high and low < math.inf and need.met(low, high)

    def _nearest(self) -> Programme:
        near = np.where(np.isfinite(self._high), (self._low + self._high) / 2, self._low)
        price = self._scale / (1.0 + self._scale * near)
        return Programme(self.matrix, self._low, self._high, open_rows=self._open, price=price)

    def _whole_is_possible(self) -> bool:
        """Return whether some table of whole numbers agrees, as far as it is searched for."""
        if not self._searched or _is_whole(self._linear.found()):
            return True
        return self._whole_programme().feasible

    def _whole_programme(self) -> Programme:
        if self._search is None:
            self._search = Programme(
                self.matrix, self._low, self._high, open_rows=self._open, whole=True, nodes=NODES
            )
        return self._search

    def _bound(self, row: int, sense: int) -> float:
        """Return the linear bound on one side of a cell."""
        if sense > 0 and self._free[row]:
            return math.inf
        if (row, sense) not in self._bounds:
            bound, y = self._linear.extreme(row, sense)
            self._bounds[row, sense] = bound * self._scale
            if y is not None and (not (self.whole and self._searched) or _is_whole(y)):
                self._saw(np.asarray(self.matrix @ y) * self._scale)
        return self._bounds[row, sense]

    def _outer(self, row: int) -> Interval:
        """Return the linear interval, of counts rounded inward."""
        high, low = self._bound(row, 1), max(self._bound(row, -1), 0.0)
        if self.whole:
            least = float(math.ceil(low - _ROUND))
            most = float(math.floor(high + _ROUND)) if math.isfinite(high) else high
            if least <= most:
                return least, most
        return min(low, high), high

    def _over_whole(self, row: int, low: float, high: float) -> Interval:
        """Narrow an interval to what tables of whole numbers reach."""
        search = self._whole_programme()
        if self._most[row] < high - _ROUND:
            high = min(high, float(math.floor(self._reached(search, row, 1) + _ROUND)))
        if self._least[row] > low + _ROUND:
            low = max(low, float(math.ceil(self._reached(search, row, -1) - _ROUND)))
        return low, high

    def _reached(self, search: Programme, row: int, sense: int) -> float:
        """Return the bound that a search over whole numbers reaches."""
        bound, y = search.extreme(row, sense)
        if y is not None:
            self._saw(np.asarray(self.matrix @ np.round(y)))
        return bound


def _scale_of(low: Array, high: Array) -> float:
    largest = float(np.append(low, high[np.isfinite(high)]).max(initial=0.0))
    return largest / _LARGE if largest > _LARGE else 1.0


def _is_whole(y: Array | None) -> bool:
    return y is not None and bool((np.abs(y - np.round(y)) < _ROUND).all())
