"""The cheapest set of cells to hide in one system so that every target stays wide enough.

Bound: cutting planes over fractional and whole patterns (`separation.py`, `cuts.py`, `master.py`).
Patterns: what cheap tables move, less what is not needed (`heuristic.py`), then whole solutions of
the master programme around the best one and everywhere (`search.py`). A pattern is safe when the
attack over the atoms says so (`attacker.py`); programmes over the cells only save time.

References
----------
Fischetti & Salazar-Gonzalez (2001), Solving the cell suppression problem on tabular data with
linear constraints; Castro (2007), A shortest-paths heuristic for statistical data protection.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluatie.disclosure.planning.optimum.problem import Pattern, Problem
from evaluatie.disclosure.planning.optimum.search import Search
from evaluatie.disclosure.planning.optimum.witnesses import Demand

Mask = NDArray[np.bool_]

SECONDS = 120.0  # of processor time; the limits on work stop the search before

__all__ = ["Pattern", "Problem", "blocking", "hide"]


def hide(problem: Problem, seconds: float = SECONDS) -> Pattern:
    """Return a safe pattern of low cost, with a bound on the cost of every other.

    Parameters
    ----------
    seconds : float
        Processor time after which the search ends. A safety net: limits on the work come first,
        so that the same input gives the same pattern on every machine.

    Raises
    ------
    DisclosureError
        A target cannot be protected because of what was published before.
    """
    if problem.safe(problem.hidden):
        return Pattern(problem.hidden, cost=0.0, bound=0.0, proven=True)
    return Search(problem, seconds).run()


def blocking(problem: Problem, demand: Demand) -> tuple[int, ...]:
    """Return a smallest set of fixed cells that together keep a demand from being met.

    Empty where the demand can be met. None of the cells can be left out of the set.
    """
    fixed = problem.fixed & ~problem.hidden
    attacker = problem.attacker
    broken = attacker.breaches(~fixed, [demand])
    if not broken:
        return ()
    while True:
        used = np.any([np.abs(fact) > 1e-7 for fact in broken[0].facts], axis=0) & fixed
        if used.sum() == fixed.sum():
            break
        again = attacker.breaches(~used, [demand])
        if not again:
            break
        fixed, broken = used, again
    for cell in np.flatnonzero(fixed):
        without = fixed.copy()
        without[cell] = False
        if attacker.breaches(~without, [demand]):
            fixed = without
    return tuple(np.flatnonzero(fixed).tolist())
