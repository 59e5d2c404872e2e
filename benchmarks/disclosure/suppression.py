"""Suppression patterns of seven linked sets: cells hidden, certified bound, time, attack, peer.

Run from the project root: ``python -m benchmarks.disclosure.suppression [--sets I2,I5] [--seconds
120]``. Every set is protected twice. T1: counts of 1-9; what follows of one must reach 10 upward
and half of it downward. T0: it must not follow exactly (an interval of 1 wide), which is what
Gaussian elimination, the peer, promises. The attack that counts what is unsafe is scipy's, over
the atoms, and shares nothing with the optimiser. Seconds are of the processor, so that a busy
machine gives the same figures; one thread.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from time import process_time

import benchmarks.timing  # noqa: F401  isort: skip  (one thread, set before numpy is imported)

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from benchmarks.disclosure.gaussian import compare_orders
from benchmarks.disclosure.sets import NAMES, LinkedSet, linked_set
from evaluatie.disclosure.planning.optimum.attacker import Target
from evaluatie.disclosure.planning.optimum.pattern import Pattern, Problem, hide

LEAST = 10
GOALS = ((210, 10.0, 0.0), (450, 60.0, 5.0), (1300, 120.0, 10.0))  # cells, seconds, gap in %
HEADER = (
    "set rule cells small hidden bound gap% of_further% proven seconds unsafe goal "
    "gaussian gaussian_unsafe"
)

Mask = NDArray[np.bool_]


def problem_of(linked: LinkedSet, rule: str) -> Problem:
    """Return a set with the demands of rule T1 or T0; every further cell costs 1."""
    values = linked.values
    small = (values > 0) & (values < LEAST)
    targets = [
        Target(int(i), float(values[i] // 2), float(LEAST))
        if rule == "T1"
        else Target(int(i), float(values[i]), float(values[i]), width=1.0)
        for i in np.flatnonzero(small)
    ]
    price, none = np.ones(len(values)), np.zeros(len(values), dtype=bool)
    return Problem(linked.matrix, values, price, small, none, targets)


def unsafe(linked: LinkedSet, hidden: Mask, targets: Sequence[Target]) -> int:
    """Return how many targets an attacker with scipy's solver finds narrower than asked."""
    matrix, shown = linked.matrix, ~hidden
    found = 0
    for target in targets:
        row = np.asarray(matrix[[target.cell]].todense()).ravel()
        ends = []
        for sense in (1.0, -1.0):
            done = linprog(-sense * row, A_eq=matrix[shown], b_eq=linked.values[shown])
            ends.append(sense * np.inf if done.status == 3 else -sense * done.fun)
        high, low = ends
        wide = high >= target.high - 1e-6 and low <= target.low + 1e-6
        found += not (wide and high - low >= target.width - 1e-6)
    return found


def goal_line(cells: int, seconds: float, gap: float, proven: bool) -> str:
    """Return whether the goal for a set of this size is met."""
    most, limit, percent = next(goal for goal in GOALS if cells <= goal[0])
    met = seconds <= limit and (proven if percent == 0.0 else gap <= percent)
    return f"{'met' if met else 'MISSED'}({most}:{limit:g}s,{percent:g}%)"


def line(linked: LinkedSet, rule: str, seconds: float, attack: bool) -> str:
    """Return the figures of one set under one rule."""
    problem = problem_of(linked, rule)
    start = process_time()
    pattern: Pattern = hide(problem, seconds)
    used = process_time() - start
    small, cells = int(problem.hidden.sum()), len(linked.values)
    total, bound = small + pattern.cost, small + np.ceil(pattern.bound - 1e-6)
    gap = 100.0 * (total - bound) / bound
    further = 100.0 * (total - bound) / max(1.0, bound - small)
    broken = unsafe(linked, pattern.hidden, problem.targets) if attack else "-"
    words = [linked.name, rule, cells, small, f"{total:.0f}", f"{bound:.0f}", f"{gap:.1f}",
             f"{further:.1f}", "yes" if pattern.proven else "no", f"{used:.1f}", broken,
             goal_line(cells, used, gap, pattern.proven)]  # fmt: skip
    if rule == "T0":
        peer = compare_orders(linked.matrix, linked.values, problem.hidden).mask
        words.append(f"{peer.sum()}({total / peer.sum():.3f})")
        words.append(unsafe(linked, peer, problem.targets) if attack else "-")
    return " ".join(map(str, words))


def main() -> None:
    """Print one line per set and rule."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sets", default=",".join(NAMES))
    asked.add_argument("--rules", default="T1,T0")
    asked.add_argument("--seconds", type=float, default=120.0)
    asked.add_argument("--no-attack", action="store_true")
    chosen = asked.parse_args()
    print(HEADER)
    for name in chosen.sets.split(","):
        linked = linked_set(name)
        for rule in chosen.rules.split(","):
            print(line(linked, rule, chosen.seconds, not chosen.no_attack), flush=True)


if __name__ == "__main__":
    main()
