"""Controlled rounding beside rounding to the nearest 5, on the linked sets.

Run from the project root: ``python -m benchmarks.disclosure.rounding [I2,I6,...]``. Per set:
cells, seconds, whether all relations hold, mean and largest difference, the certified bound of the
mean, and how many small counts (1-9) readers can tell exactly or to within one. They know every
rounded number and by how much a number may differ from it, see `derived`: two linear programmes
per small count over the finest cross, so that nothing the method says of itself is believed. The
goal is judged on the seconds of one processor: other work on the machine does not count.
"""

from __future__ import annotations

import sys
from math import ceil, floor
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.disclosure.sets import NAMES, LinkedSet, linked_set
from evaluatie.disclosure.planning.optimum.attacker import solved, solver
from evaluatie.disclosure.planning.optimum.relations import relations
from evaluatie.disclosure.planning.rounding.controlled import round_counts

BASE, THRESHOLD, PINNED, EDGE = 5, 10, 2, 1e-6
GOAL_SECONDS, GOAL_ERROR, GOAL_CELLS = 10, 1.5, 920

Array = NDArray[np.float64]


def nearest(values: Array, base: int = BASE) -> Array:
    """Return the nearest multiples of an odd base."""
    return base * np.floor(values / base + 0.5)


def derived(
    matrix: sparse.csr_matrix, rounded: Array, reach: float, cells: NDArray[np.intp]
) -> Array:
    """Return (K, 2): from where to where a reader knows each of the counts to lie.

    The reader knows that every count is within ``reach`` of its rounded number. Empty (NaN) where
    no table fits.
    """
    low, high = np.maximum(rounded - reach, 0.0), rounded + reach
    a = matrix.shape[1]
    model = solver(np.zeros(a), np.zeros(a), np.full(a, np.inf), matrix, low, high)
    ends = np.full((len(cells), 2), np.nan)
    for i, cell in enumerate(cells):
        for side, sense in enumerate((1.0, -1.0)):
            cost = np.zeros(a)
            cost[matrix[[cell]].indices] = sense
            model.changeColsCost(a, np.arange(a, dtype=np.int32), cost)
            if solved(model):
                found = sense * float(model.getInfo().objective_function_value)
                ends[i, side] = floor(found + EDGE) if side else ceil(found - EDGE)
    return ends


def not_additive(data: LinkedSet, rounded: Array) -> int:
    """Return how many relations between the cells do not hold."""
    return int((np.abs(relations(data.matrix) @ rounded) > EDGE).sum())


def _line(data: LinkedSet, what: str, rounded: Array, reach: float, told: str) -> str:
    small = np.flatnonzero((data.values > 0) & (data.values < THRESHOLD))
    width = np.diff(derived(data.matrix, rounded, reach, small), axis=1)
    error = np.abs(rounded - data.values)
    return (
        f"{data.name} {len(error)} cells, {what}: {told}{not_additive(data, rounded)} relations "
        f"do not hold; differs {error.mean():.3f} on average, {error.max():.0f} at most; of "
        f"{len(small)} small counts {int((width == 0).sum())} told exactly, "
        f"{int((width <= PINNED).sum())} within one"
    )


def measure(data: LinkedSet) -> None:
    """Print one line for either way of rounding."""
    start, busy = perf_counter(), process_time()
    found = round_counts(data.matrix, data.values, BASE)
    seconds, busy = perf_counter() - start, process_time() - busy
    told = (
        f"{seconds:.1f} s ({busy:.1f} s of one processor), bound of the mean {found.bound:.3f}"
        f"{' (proven least)' if found.proven else ''}; "
    )
    reach = max(BASE - 1, found.largest)
    print(_line(data, "controlled", found.values.astype(float), reach, told), flush=True)
    plain = nearest(data.values)
    print(_line(data, f"nearest {BASE}", plain, BASE // 2, ""), flush=True)
    if len(data.values) <= GOAL_CELLS:
        met = busy <= GOAL_SECONDS and found.error <= GOAL_ERROR and found.additive
        print(f"  goal ({GOAL_SECONDS} s, {GOAL_ERROR:g}): {'met' if met else 'MISSED'}")


def main() -> None:
    """Measure the sets that are named, or all of them."""
    chosen = sys.argv[1].split(",") if len(sys.argv) > 1 else NAMES
    for name in chosen:
        measure(linked_set(name))


if __name__ == "__main__":
    main()
