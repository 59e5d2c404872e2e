"""What the optimiser is given and gives back: one system, what it must keep hidden, a pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.optimum.attacker import Attacker, Target
from evaluatie.disclosure.planning.optimum.relations import relations
from evaluatie.disclosure.planning.optimum.witnesses import TOLERANCE, Demand

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

INSIDER_WIDTH = 1.0  # persons: an interval of this width holds two whole numbers or more


@dataclass(frozen=True)
class Problem:
    """One system with what must be protected.

    Attributes
    ----------
    matrix : (C, A) sparse matrix
    values : (C,) array
        An additive table.
    price : (C,) array
        Rows that a reader loses when the cell is hidden.
    hidden : (C,) mask
        Cells that are hidden in any case.
    fixed : (C,) mask
        Cells that were published before and stay known.
    targets : sequence of Target
    insiders : sequence of int
        Cells of one person, who knows that they are: with such a cell known, no other target may
        be determined exactly. For counts only.
    """

    matrix: sparse.csr_matrix
    values: Array
    price: Array
    hidden: Mask
    fixed: Mask
    targets: Sequence[Target]
    insiders: Sequence[int] = ()

    @cached_property
    def attacker(self) -> Attacker:
        """The attack over the atoms: what decides whether a pattern is safe."""
        return Attacker(self.matrix, self.values)

    @cached_property
    def relations(self) -> sparse.csr_matrix:
        """Cells that add up to others (R, C)."""
        return relations(self.matrix)

    @cached_property
    def demands(self) -> tuple[Demand, ...]:
        """What every interval must reach, for those who know nothing but what is shown."""
        found = []
        for target in self.targets:
            value = float(self.values[target.cell])
            ends = ((1, target.high - value), (-1, value - target.low), (0, target.width))
            found += [
                Demand(target.cell, sense, amount) for sense, amount in ends if amount > TOLERANCE
            ]
        return tuple(sorted(found, key=lambda d: (d.amount, d.cell, -d.sense)))

    @cached_property
    def insider_demands(self) -> tuple[Demand, ...]:
        """What every interval must keep for a respondent who knows a cell of one person."""
        twins = _twins(self.matrix)
        return tuple(
            Demand(target.cell, 0, INSIDER_WIDTH, known)
            for known in sorted(set(self.insiders))
            for target in self.targets
            if twins[target.cell] != twins[known]
        )

    def safe(self, hidden: Mask) -> bool:
        """Return whether no target is too narrow under this pattern."""
        every = (*self.demands, *self.insider_demands)
        return not self.attacker.breaches(hidden, every, first=True)

    def cost(self, hidden: Mask) -> float:
        """Return the number of rows hidden beyond what is hidden in any case."""
        return float(self.price[hidden & ~self.hidden].sum())


@dataclass(frozen=True)
class Pattern:
    """Cells to hide, and how much cheaper another pattern could at most be.

    Attributes
    ----------
    hidden : (C,) mask
    cost, bound : float
        Rows hidden beyond what is hidden in any case; no safe pattern hides fewer than the bound.
    proven : bool
        No safe pattern is cheaper.
    out_of_time : bool
        The clock stopped the search: another machine may find another pattern.
    """

    hidden: Mask
    cost: float
    bound: float
    proven: bool
    out_of_time: bool = False

    @property
    def gap(self) -> float:
        """Share by which the cost may lie above the least possible (0 where proven)."""
        return 0.0 if self.proven else (self.cost - self.bound) / max(self.bound, TOLERANCE)


def _twins(matrix: sparse.csr_matrix) -> list[bytes]:
    """Return a key per cell that cells of the same atoms have in common."""
    return [np.sort(matrix.indices[a:b]).tobytes() for a, b in pairwise(matrix.indptr)]
