"""500 raked replicates: all columns at once, against a loop over columns and `survey::rake`.

Run from the project root: ``python -m benchmarks.raking``. Drawn samples: one of the size of
R's example `apiclus1` (183 schools, two small margins), and one of the size of this survey (1,441
people in 8 areas and 12 age-sex cells).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.timing import best_of, ratio_line, seconds_in_r  # isort: skip

import numpy as np

from evaluatie.methods import Margin, bootstrap_replicates, rake, rake_columns

REPLICATES, GOAL, TOLERANCE = 500, 100, 1e-7
R_SCRIPT = """
suppressPackageStartupMessages(library(survey))
d <- read.csv("sample.csv"); W <- as.matrix(read.csv("replicates.csv"))
pops <- list(read.csv("first.csv"), read.csv("second.csv"))
designs <- lapply(1:ncol(W), function(i) {
  keep <- W[, i] > 0
  svydesign(id = ~1, weights = W[keep, i], data = d[keep, ])
})
# only the raking is timed, not the making of the designs
one <- function(d) rake(d, list(~first, ~second), pops, control = list(maxit = 200, epsilon = EPS))
invisible(one(designs[[1]]))
cat(system.time(for (d in designs) one(d))["elapsed"])
"""


def example(n: int, cells: tuple[int, int], clusters: int, seed: int) -> tuple[np.ndarray, list]:
    """Return bootstrap weights (n, R) and two margins that the full sample does not meet."""
    rng = np.random.default_rng(seed)
    codes = [np.sort(rng.integers(0, cells[0], n)), rng.integers(0, cells[1], n)]
    base = rng.uniform(20, 40, n)
    targets = [np.bincount(of, base * rng.uniform(0.7, 1.4, n)) for of in codes]
    total = targets[0].sum()
    margins = [
        Margin(name, of, goal * total / goal.sum())
        for name, of, goal in zip(("first", "second"), codes, targets, strict=True)
    ]
    strata = codes[0] if clusters >= n // 2 else np.zeros(n)
    cluster = rng.integers(0, clusters, n)
    drawn = bootstrap_replicates(base, strata, cluster, REPLICATES, rng)
    return drawn.weights, margins


def loop(weights: np.ndarray, margins: list) -> None:
    """Rake every column by itself, leaving out the units that were not drawn."""
    for column in weights.T:
        keep = column > 0
        parts = [Margin(m.name, m.codes[keep], m.totals) for m in margins]
        rake(column[keep], parts, TOLERANCE)


def in_r(weights: np.ndarray, margins: list) -> float | None:
    """Return the seconds R needs, or None where there is no R.

    R stops when no cell changes by more than the tolerance times the population, which is the
    looser rule: we ask that no total is off by more than the tolerance times that total.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "sample.csv", "first,second", np.column_stack([m.codes for m in margins]))
        header = ",".join(f"w{i}" for i in range(weights.shape[1]))
        _write(folder / "replicates.csv", header, weights)
        for margin in margins:
            rows = np.column_stack([np.arange(len(margin.totals)), margin.totals])
            _write(folder / f"{margin.name}.csv", f"{margin.name},Freq", rows)
        return seconds_in_r(R_SCRIPT.replace("EPS", f"{TOLERANCE:g}"), folder)


def _write(path: Path, header: str, rows: np.ndarray) -> None:
    np.savetxt(path, rows, delimiter=",", header=header, comments="", fmt="%.17g")


def main() -> None:
    """Print one line per peer and sample."""
    samples = {
        "183 schools, 3 x 2 cells": example(183, (3, 2), 120, 1),
        "1,441 people, 8 x 12 cells": example(1441, (8, 12), 1000, 2),
    }
    for name, (weights, margins) in samples.items():
        ours = best_of(lambda w=weights, m=margins: rake_columns(w, m, TOLERANCE))
        python = best_of(lambda w=weights, m=margins: loop(w, m), repeats=2)
        what = f"{REPLICATES} raked replicates of {name}"
        print(ratio_line(f"{what}, Python loop", ours, python, 1))
        r = in_r(weights, margins)
        print(f"{what}: no Rscript here" if r is None else ratio_line(
            f"{what}, survey::rake", ours, r, GOAL
        ))  # fmt: skip


if __name__ == "__main__":
    main()
