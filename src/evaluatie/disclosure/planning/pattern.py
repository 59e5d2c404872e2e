"""The cheapest set of cells to hide in one system so that every target stays wide enough.

Heuristic: one linear programme per target finds a table that the attacker cannot exclude and
that moves the target far enough; the cells it moves are hidden (Castro 2007); then every hidden
cell that turns out not to be needed is shown again. Small systems are solved to the proven
optimum by cutting planes (Fischetti & Salazar-Gonzalez 2001). No time limits: the same input
gives the same pattern on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.attacker import (
    TOLERANCE,
    Attacker,
    Breach,
    Target,
    solved,
    solver,
    unprotectable,
)

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

EXACT_CELLS = 100
RESTARTS = 6  # of the heuristic, in other orders and with other prices; for larger systems
EXACT_ROUNDS = 60
EXACT_NODES = 2_000
_MOVED = 1e-6


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
    targets : list of Target
    """

    matrix: sparse.csr_matrix
    values: Array
    price: Array
    hidden: Mask
    fixed: Mask
    targets: list[Target]
    attacker: Attacker = field(init=False)

    def __post_init__(self) -> None:
        reach = max([float(self.values.max()), *(target.high for target in self.targets)])
        attacker = Attacker(self.matrix, self.values, ceiling=2.0 * reach + 1.0)
        object.__setattr__(self, "attacker", attacker)

    def safe(self, hidden: Mask) -> bool:
        """Return whether no target is too narrow under this pattern."""
        return not self.attacker.breaches(hidden, self.targets, first=True)

    def cost(self, hidden: Mask) -> float:
        """Return the number of rows hidden beyond what is hidden in any case."""
        return float(self.price[hidden & ~self.hidden].sum())


@dataclass(frozen=True)
class Pattern:
    """Cells to hide, and whether fewer are proven impossible."""

    hidden: Mask
    proven: bool


def hide(problem: Problem) -> Pattern:
    """Return a safe pattern of least cost, proven for small systems.

    Raises
    ------
    DisclosureError
        A target cannot be protected because of what was published before.
    """
    if problem.safe(problem.hidden):
        return Pattern(problem.hidden, proven=True)
    even = np.ones(len(problem.values))
    best = clean(problem, _move_cells(problem, range(len(problem.targets)), even))
    if len(problem.values) <= EXACT_CELLS:
        return _improve(problem, best)
    chance = np.random.default_rng(0)
    for _ in range(RESTARTS):
        order = chance.permutation(len(problem.targets)).tolist()
        found = clean(problem, _move_cells(problem, order, chance.uniform(1.0, 1.6, len(even))))
        best = found if problem.cost(found) < problem.cost(best) else best
    return Pattern(best, proven=False)


def clean(problem: Problem, hidden: Mask) -> Mask:
    """Show again, dearest first, every cell that need not be hidden."""
    kept = hidden.copy()
    extra = np.flatnonzero(kept & ~problem.hidden)
    targets = list(problem.targets)
    order = extra[np.lexsort((extra, -problem.values[extra], -problem.price[extra]))]
    for cell in order:
        kept[cell] = False
        broken = problem.attacker.breaches(kept, targets, first=True)
        if broken:
            kept[cell] = True
            targets.remove(broken[0].target)
            targets.insert(0, broken[0].target)  # what broke once is likely to break again
    return kept


def _move_cells(problem: Problem, order: Iterable[int], factor: Array) -> Mask:
    """Hide the cells that some admissible table moves for each target in turn."""
    c, a = problem.matrix.shape
    eye = sparse.identity(c, format="csr")
    rows = sparse.csr_matrix(sparse.hstack([problem.matrix, -eye, eye]))
    size = a + 2 * c
    model = solver(
        np.zeros(size), np.zeros(size), np.full(size, np.inf), rows, problem.values, problem.values
    )
    hidden = problem.hidden.copy()
    done: set[tuple[int, int]] = set()
    moves = np.arange(a, size, dtype=np.int32)
    for index in order:
        target = problem.targets[index]
        value = problem.values[target.cell]
        for sense, far in ((1, target.high - value), (-1, value - target.low)):
            if far <= TOLERANCE or (index, sense) in done:
                continue
            price = np.where(hidden, 0.0, factor * problem.price / max(far, 1.0))
            model.changeColsCost(2 * c, moves, np.concatenate([price, price]))
            model.changeColsBounds(2 * c, moves, *_forced(problem, target.cell, sense, far))
            if not solved(model):
                raise unprotectable(int(problem.fixed.sum()))
            table = problem.matrix @ np.asarray(model.getSolution().col_value)[:a]
            hidden |= np.abs(table - problem.values) > _MOVED
            for other, reached in enumerate(problem.targets):
                if table[reached.cell] >= reached.high - TOLERANCE:
                    done.add((other, 1))
                if table[reached.cell] <= reached.low + TOLERANCE:
                    done.add((other, -1))
    return hidden


def _forced(problem: Problem, cell: int, sense: int, far: float) -> tuple[Array, Array]:
    """Return bounds of the moves up and down that make ``cell`` move ``far``."""
    c = len(problem.values)
    free = np.where(problem.fixed, 0.0, np.inf)
    low, high = np.zeros(2 * c), np.concatenate([free, free])
    with_it, against = (cell, c + cell) if sense > 0 else (c + cell, cell)
    low[with_it], high[with_it], high[against] = far, max(far, float(high[with_it])), 0.0
    return low, high


def _improve(problem: Problem, best: Mask) -> Pattern:
    """Replace a safe pattern by a proven cheapest one, within fixed numbers of rounds and nodes."""
    c = len(problem.values)
    always = problem.hidden
    master = solver(
        problem.price, always.astype(float), np.where(problem.fixed, 0.0, 1.0),
        sparse.csr_matrix((0, c)), np.empty(0), np.empty(0),
    )  # fmt: skip
    columns = np.arange(c, dtype=np.int32)
    master.changeColsIntegrality(c, columns, np.full(c, highspy.HighsVarType.kInteger))
    master.setOptionValue("presolve", "on")
    master.setOptionValue("solver", "choose")
    master.setOptionValue("mip_rel_gap", 0.0)
    master.setOptionValue("mip_max_nodes", EXACT_NODES)
    for _ in range(EXACT_ROUNDS):
        if not solved(master):
            return Pattern(best, proven=False)
        hidden = np.asarray(master.getSolution().col_value) > 0.5
        if problem.cost(hidden) >= problem.cost(best) - 1e-9:
            return Pattern(best, proven=True)
        broken = problem.attacker.breaches(hidden, problem.targets)
        if not broken:
            return Pattern(hidden, proven=True)
        for breach in broken:
            _add_cut(master, problem, breach)
    return Pattern(best, proven=False)


def _add_cut(master: Any, problem: Problem, breach: Breach) -> None:
    """Add weights @ x >= bound, tightened: no weight counts for more than what is missing."""
    weights = np.minimum(breach.weights, breach.bound) / breach.bound
    missing = 1.0 - float(weights[problem.hidden].sum())
    choosable = ~(problem.hidden | problem.fixed)
    tight = np.where(choosable, np.minimum(weights, missing), 0.0) / missing
    used = np.flatnonzero(tight > 1e-7)
    if len(used) == 0:
        raise unprotectable(int(problem.fixed.sum()))
    master.addRow(1.0, highspy.kHighsInf, len(used), used.astype(np.int32), tight[used])
