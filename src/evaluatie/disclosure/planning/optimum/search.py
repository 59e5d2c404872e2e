"""The search for one system: bound from below, patterns from above, until they meet."""

from __future__ import annotations

from dataclasses import dataclass
from time import process_time

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.optimum.heuristic import Builder, Witnesses
from evaluatie.disclosure.planning.optimum.master import Master
from evaluatie.disclosure.planning.optimum.moves import Furthest
from evaluatie.disclosure.planning.optimum.problem import Pattern, Problem
from evaluatie.disclosure.planning.optimum.separation import Separation

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROUNDS = 100  # of cutting planes over fractional patterns
STALLED = 4  # rounds without a better bound, per size of neighbourhood
PHASES = 24  # of patterns around the best one, and whole solutions of the master programme
REGIONS = 8  # parts of the best pattern looked at per phase
ATTEMPTS = 12  # patterns tried in one region
MOST_SEEDS = 8  # neighbourhoods in one region
MOST_STUCK = 10  # phases without a better pattern or bound
NODES, REGION_NODES = 1_000, 300  # of the programmes with whole cells
FIRST_NODES = 20  # of the first such programme in a large system; twice as many for the next
WORK, LARGE_WORK = 40.0, 80.0  # in all, in seconds of a processor as `work_of` counts them
LARGE = 500  # cells
LEAST_PRICE = 0.02  # share of its price that a cell keeps which the relaxation hides


@dataclass(frozen=True)
class Best:
    """A safe pattern, with a witness per demand."""

    hidden: Mask
    cost: float
    witnesses: Witnesses


class Search:
    """All there is to one search; made once and run once."""

    def __init__(self, problem: Problem, seconds: float) -> None:
        self.problem = problem
        self.end = process_time() + seconds
        self.furthest = Furthest(problem.relations, problem.values)
        self.builder = Builder(problem)
        self.master = Master(problem.price, problem.hidden, problem.fixed)
        self.separation = Separation(problem, self.furthest)
        self.chance = np.random.default_rng(0)
        self.bound = 0.0
        self.seeds = 1  # of a region; more once smaller regions hold nothing better
        self.late = False
        large = len(problem.values) > LARGE
        self.most_work = LARGE_WORK if large else WORK
        self.nodes = FIRST_NODES if large else NODES
        self.last_choice = 0.0  # work that the last whole solution took

    def run(self) -> Pattern:
        """Return the best pattern found and the best bound."""
        self.best = self.sure = self._secured(*self._built(self.problem.hidden, self.problem.price))
        point = self._relax()
        if not self._done():
            price = self.problem.price * np.maximum(1.0 - point, LEAST_PRICE)
            self._polish(*self._built(self.problem.hidden, price))
        self._verify()
        self._alternate()
        self._verify()
        best, proven = self.sure, self._done()
        bound = best.cost if proven else min(best.cost, self.master.rounded_up(self.bound))
        return Pattern(best.hidden, best.cost, bound, proven, self.late and not proven)

    def _done(self) -> bool:
        """Whether no cheaper pattern can exist."""
        return self.master.rounded_up(self.bound) >= self.sure.cost - 1e-6

    def _stop(self) -> bool:
        """Whether there is nothing more to find, or no time to find it."""
        self.late |= process_time() > self.end
        return self.late or self._done() or self._work() > self.most_work

    def _work(self) -> float:
        parts = (self.master, self.separation, self.builder, self.problem.attacker)
        return sum(part.work for part in parts)

    def _relax(self) -> Array:
        """Raise the bound by cutting planes over fractional patterns; return the last of these."""
        stalled, last, level = 0, 0.0, 0
        relaxed = self.master.relax()
        for _ in range(ROUNDS):
            new = self.master.add(self.separation.fractional(relaxed.point, level))
            relaxed = self.master.relax()
            self.bound = max(self.bound, relaxed.bound)
            if self._stop():
                break
            self.master.settle(relaxed, self.best.cost)
            stalled = 0 if relaxed.bound > last + 1e-3 * max(1.0, last) else stalled + 1
            last = max(last, relaxed.bound)
            if new == 0 or stalled >= STALLED:
                level, stalled = level + 1, 0
                if level == self.separation.levels:
                    break
        return relaxed.point

    def _alternate(self) -> None:
        """Alternate patterns around the best one with whole solutions of the master programme."""
        stuck = 0
        for _ in range(PHASES):
            if self._stop() or stuck >= MOST_STUCK:
                return
            before, bound = self.sure.cost, self.bound
            for _ in range(REGIONS):
                if not self._stop():
                    self._search_region(self._region())
            self._verify()
            self._choose()
            self._verify()
            if self.sure.cost == before:
                self.seeds = min(self.seeds + 1, MOST_SEEDS)
            stuck = 0 if self.sure.cost < before or self.bound > bound else stuck + 1

    def _choose(self) -> None:
        """Take a cheapest pattern that satisfies all cuts; cut it off, or make it safe."""
        if self._stop() or self._work() + self.last_choice > self.most_work:
            return
        before = self.master.work
        chosen = self.master.choose(self.best.cost, self.nodes, self._left())
        self.last_choice = self.master.work - before
        self.nodes = min(NODES, 2 * self.nodes)
        self.bound = max(self.bound, chosen.bound)
        if chosen.hidden is None or self._done():
            return
        cuts = self.separation.whole(chosen.hidden)
        self.master.add(cuts)
        if cuts:
            self._polish(*self._built(chosen.hidden, self.problem.price))
        else:
            self._take(chosen.hidden)

    def _left(self) -> float:
        return max(0.1, self.end - process_time())

    def _region(self) -> Mask:
        """Return cells around one that is hidden without having to be."""
        extra = self.best.hidden & ~self.problem.hidden
        near = np.zeros(len(self.problem.values), dtype=bool)
        for number in range(self.seeds):
            choice = np.flatnonzero(extra & near) if number else np.flatnonzero(extra)
            seed = int(self.chance.choice(choice))
            near[self.separation.near[0].cells(seed)] = True
        return near

    def _search_region(self, region: Mask) -> None:
        """Look for a cheaper pattern that differs from the best one in a region only."""
        now = self.best.hidden.astype(float)
        low = np.where(region, self.master.low, now)
        high = np.where(region, self.master.high, now)
        for _ in range(ATTEMPTS):
            chosen = self.master.choose(self.best.cost, REGION_NODES, self._left(), low, high)
            if chosen.hidden is None or self._stop():
                return
            if self._take(chosen.hidden):
                return

    def _take(self, hidden: Mask) -> bool:
        """Keep a cheaper pattern if it is safe, else add cuts; return whether to stop here."""
        witnesses, broken = self.builder.check(hidden, self.best.witnesses)
        if broken:
            demands = [self.builder.demands[number] for number in broken]
            return self.master.add(self.separation.whole(hidden, demands)) == 0
        self._keep(Best(hidden, self.problem.cost(hidden), witnesses))
        return True

    def _built(self, hidden: Mask, price: Array) -> tuple[Mask, Witnesses]:
        return self.builder.build(hidden, range(len(self.builder.demands)), price)

    def _secured(self, hidden: Mask, witnesses: Witnesses) -> Best:
        """Return a pattern with what it takes to withstand the attack over the atoms."""
        while self._learn(hidden, witnesses):
            demands = range(len(self.builder.demands))
            missing = [number for number in demands if number not in witnesses]
            hidden, new = self.builder.build(hidden, missing, self.problem.price)
            witnesses = witnesses | new
        return Best(hidden, self.problem.cost(hidden), witnesses)

    def _polish(self, hidden: Mask, witnesses: Witnesses) -> None:
        """Keep a pattern without what it does not need, if it is cheaper and safe."""
        cuts = sparse.csc_matrix(self.master.matrix())
        extra = np.flatnonzero(hidden & ~self.problem.hidden)
        order = self.builder.dearest_first(extra)
        hidden, witnesses = self.builder.clean(hidden, witnesses, order, cuts)
        self._keep(Best(hidden, self.problem.cost(hidden), witnesses))

    def _verify(self) -> None:
        """Attack the best pattern over the atoms; what it lacks makes it dearer.

        Bounds and proofs compare with patterns that have withstood this.
        """
        if self.best is not self.sure:
            found = self._secured(self.best.hidden, dict(self.best.witnesses))
            self.sure = found if found.cost < self.sure.cost - 1e-9 else self.sure
            self.best = self.sure

    def _keep(self, found: Best) -> None:
        if found.cost < self.best.cost - 1e-9:
            self.best = found

    def _learn(self, hidden: Mask, witnesses: Witnesses) -> bool:
        """Attack a pattern over the atoms; return whether there was something to learn.

        Facts that the relations miss are added to the programmes, insiders' demands to the demands.
        """
        problem, demands = self.problem, self.builder.demands
        known = set(demands)
        every = [*demands, *(d for d in problem.insider_demands if d not in known)]
        broken = problem.attacker.breaches(hidden, every)
        for breach in broken:
            if breach.demand not in known:
                demands.append(breach.demand)
            for fact in breach.facts:
                self.furthest.learn(fact)
                self.builder.learn(fact)
            witnesses.pop(demands.index(breach.demand), None)
        self.separation.demands = demands
        return bool(broken)
