"""The auditor on the linked sets: yes or no, full intervals and insiders, against scipy's solver.

Run from the project root: ``python -m benchmarks.disclosure.audit``. Attacked are a safe pattern
(the plan's own optimiser, so that nothing ends early) and Gaussian suppression (the peer, that
leaves intervals too narrow). The peer in time is `scipy.optimize.linprog`, two fresh programmes per
small cell, as an auditor without warm starts would run them; all its intervals are compared with
ours. Goals: 5 s of processor time for yes or no on the largest set, 10 s for its intervals.
"""

from __future__ import annotations

import argparse
import math
from time import process_time

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from benchmarks.disclosure.gaussian import gaussian_suppression
from benchmarks.disclosure.sets import NAMES, LinkedSet, linked_set
from benchmarks.disclosure.suppression import problem_of
from evaluatie.disclosure.auditing.attack import Front
from evaluatie.disclosure.auditing.demands import small_count
from evaluatie.disclosure.auditing.insider import insights
from evaluatie.disclosure.auditing.system import SystemAttack
from evaluatie.disclosure.planning.optimum.pattern import hide
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.claims import PERSONS, Told

LEAST = 10
GOALS = (5.0, 10.0)
HEADER = "set pattern cells small hidden narrow yes/no intervals whole differ insiders learn scipy"

Mask = NDArray[np.bool_]


def patterns(linked: LinkedSet, seconds: float) -> dict[str, Mask]:
    """Return the masks of hidden cells that are attacked."""
    small = (linked.values > 0) & (linked.values < LEAST)
    return {
        "safe": hide(problem_of(linked, "T1"), seconds).hidden,
        "gaussian": gaussian_suppression(linked.matrix, linked.values, small),
    }


def attacked(linked: LinkedSet, hidden: Mask, whole: bool) -> SystemAttack:
    """Return the attack on what is shown."""
    low, high = np.where(hidden, 0.0, linked.values), np.where(hidden, math.inf, linked.values)
    return SystemAttack(linked.matrix, low, high, counts=True, whole=whole)


def by_scipy(linked: LinkedSet, hidden: Mask, targets: list[int]) -> list[tuple[float, float]]:
    """Return the intervals of the peer, rounded inward."""
    shown, found = ~hidden, []
    for target in targets:
        row = linked.matrix[[target]].toarray().ravel()
        ends = []
        for sense in (1.0, -1.0):
            done = linprog(sense * row, A_eq=linked.matrix[shown], b_eq=linked.values[shown])
            ends.append(sense * done.fun if done.status == 0 else math.inf)
        low, high = math.ceil(ends[0] - 1e-6), ends[1]
        found.append((float(low), float(math.floor(high + 1e-6)) if high < math.inf else high))
    return found


def front_of(linked: LinkedSet, hidden: Mask) -> Front:
    """Return the set as the auditor of insiders takes it."""
    cells = [Cell(str(i), "", (), (), (), ()) for i in range(len(linked.values))]
    shown = np.flatnonzero(~hidden).tolist()
    told = [Told(cells[i], PERSONS, v, v, "all") for i in shown for v in [linked.values[i]]]
    return Front(tuple((cell, PERSONS) for cell in cells), linked.matrix, tuple(told), True)


def measure(linked: LinkedSet, name: str, hidden: Mask, peer: bool) -> str:
    """Return the figures of one set and pattern."""
    values = linked.values
    targets = np.flatnonzero((values > 0) & (values < LEAST)).tolist()
    needs = {i: small_count(values[i], LEAST) for i in targets}
    times = [process_time()]
    attack = attacked(linked, hidden, whole=False)
    narrow = sum(attack.too_narrow(i, needs[i]) is not None for i in targets)
    times.append(process_time())
    attack = attacked(linked, hidden, whole=False)
    found = [attack.interval(i) for i in targets]
    times.append(process_time())
    attack = attacked(linked, hidden, whole=True)
    differ = sum(attack.interval(i) != one for i, one in zip(targets, found, strict=True))
    times.append(process_time())
    own = np.flatnonzero(values == 1).tolist()
    learn = len(list(insights(front_of(linked, hidden), own, targets, values)))
    times.append(process_time())
    used = np.diff(times)
    words = [linked.name, name, len(values), len(targets), int(hidden.sum()), narrow]
    words += [f"{_timed(used[0], GOALS[0])} {_timed(used[1], GOALS[1])} {used[2]:.1f}s", differ]
    words += [f"{used[3]:.1f}s", learn]
    if peer:
        same = by_scipy(linked, hidden, targets)
        seconds = process_time() - times[-1]
        assert same == found, "two solvers disagree"
        ratios = f"yes/no {seconds / used[0]:.0f}x intervals {seconds / used[1]:.0f}x"
        words.append(f"{seconds:.1f}s: {ratios}")
    return " ".join(map(str, words))


def _timed(seconds: float, goal: float) -> str:
    return f"{seconds:.1f}s({'met' if seconds <= goal else 'MISSED'})"


def main() -> None:
    """Print one line per set and pattern."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sets", default=",".join(NAMES))
    asked.add_argument("--seconds", type=float, default=60.0, help="for a safe pattern")
    asked.add_argument("--no-peer", action="store_true")
    chosen = asked.parse_args()
    print(HEADER)
    for name in chosen.sets.split(","):
        linked = linked_set(name)
        for pattern, hidden in patterns(linked, chosen.seconds).items():
            print(measure(linked, pattern, hidden, not chosen.no_peer), flush=True)


if __name__ == "__main__":
    main()
