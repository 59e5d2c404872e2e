"""Which inequalities a pattern, or a fraction of one, violates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluatie.disclosure.planning.optimum.attacker import unprotectable
from evaluatie.disclosure.planning.optimum.cuts import Cut, capacity_cut
from evaluatie.disclosure.planning.optimum.moves import Furthest
from evaluatie.disclosure.planning.optimum.near import Neighbourhood, Neighbourhoods
from evaluatie.disclosure.planning.optimum.problem import Problem
from evaluatie.disclosure.planning.optimum.witnesses import Demand

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

STEPS = (2, 3)  # sizes of neighbourhoods; after these the whole system
CREEP = 1e-3  # of a cell that is not hidden: makes that cuts have few cells
CREEP_CELLS = 250  # in larger systems creep makes the programmes over all cells too slow
WHOLE_CELLS = 500  # in larger systems fractional patterns are seen from neighbourhoods only
REPEATS = 3  # cuts per demand and round, over different cells
_VIOLATED = 1e-4


class Separation:
    """Finds cuts for one problem; the demands may become more."""

    def __init__(self, problem: Problem, furthest: Furthest) -> None:
        self.problem = problem
        cells = np.arange(len(problem.values))
        self.whole_system = Neighbourhood(cells, furthest, len(cells))
        self.near = [Neighbourhoods(problem.relations, problem.values, steps) for steps in STEPS]
        self.demands: Sequence[Demand] = problem.demands

    @property
    def levels(self) -> int:
        """How many sizes of neighbourhood fractional patterns are seen from."""
        return len(self.near) + (len(self.problem.values) <= WHOLE_CELLS)

    @property
    def work(self) -> float:
        """What all programmes together took."""
        return self.whole_system.programme.work + sum(near.work for near in self.near)

    def fractional(self, point: Array, level: int) -> list[Cut]:
        """Return cuts that a fractional pattern violates, seen from neighbourhoods of a size.

        Notes
        -----
        No cell needs to move further than the demand where slopes are 0 or 1; so a fraction x of
        a cell is taken to move by x times the demand, or by x times its value if that is less.
        The cut is then computed with the true capacities.
        """
        return [cut for demand in self.demands for cut in self._level(demand, point, level)]

    def whole(self, hidden: Mask, demands: Sequence[Demand] | None = None) -> list[Cut]:
        """Return cuts that a pattern violates, for some or all demands.

        There are some where it is not safe. Facts of the atoms count: the last look is at the whole
        system as the attacker knows it.
        """
        values, point = self.problem.values, hidden.astype(float)
        found: list[Cut] = []
        open_demands: list[Demand] = []
        for demand in self.demands if demands is None else demands:
            cuts = self._level(demand, point, 0)
            found += cuts
            open_demands += [] if cuts else [demand]
        down, up = np.where(hidden, values, 0.0), np.where(hidden, np.inf, 0.0)
        self.whole_system.limit(down, up)
        for demand in open_demands:
            found += self._cuts(demand, point, self.whole_system, 1)
        return found

    def _level(self, demand: Demand, point: Array, level: int) -> list[Cut]:
        """Return cuts for one demand, in its neighbourhood of a size."""
        inside = level < len(self.near)
        place = self.near[level].of(demand.cell) if inside else self.whole_system
        problem, amount = self.problem, demand.amount
        creep = CREEP if inside or len(point) <= CREEP_CELLS else 0.0
        share = np.where(problem.fixed, 0.0, np.minimum(1.0, point + creep))
        place.limit(
            np.where(problem.hidden, problem.values, np.minimum(problem.values, amount) * share),
            np.where(problem.hidden, np.inf, amount * share),
        )
        return self._cuts(demand, point, place, REPEATS)

    def _cuts(self, demand: Demand, point: Array, place: Neighbourhood, repeats: int) -> list[Cut]:
        """Return cuts over different cells: those of one cut are taken as hidden for the next."""
        found: list[Cut] = []
        before: list[tuple[NDArray[np.intp], Array, Array]] = []
        for _ in range(repeats):
            cut = self._cut(demand, point, place)
            if cut is None or cut.weights @ point[cut.cells] > 1.0 - _VIOLATED:
                break
            found.append(cut)
            own = np.searchsorted(place.cells, cut.cells)
            before.append((cut.cells, place.programme.down[own], place.programme.up[own]))
            far = np.full(len(own), demand.amount)
            place.open(cut.cells, np.minimum(self.problem.values[cut.cells], far), far)
        for cells, down, up in reversed(before):
            place.open(cells, down, up)
        return found

    def _cut(self, demand: Demand, point: Array, place: Neighbourhood) -> Cut | None:
        stops = place.stops(demand)
        if stops is None:
            return None
        if sum(stop.reached for stop in stops) >= demand.amount * (1.0 - _VIOLATED):
            return None
        problem = self.problem
        try:
            return capacity_cut(demand, stops, problem.values, problem.hidden, problem.fixed, point)
        except ValueError:
            raise unprotectable(int(problem.fixed.sum())) from None
