"""5,000 bootstrap gamma GLMs: all replicates at once, against a loop of statsmodels and of R.

Run from the project root: ``python -m benchmarks.gamma_bootstrap [--peer 5000]``. 2,000 users, five
terms; every replicate is a full fit of the same resamples, drawing them included. The peers refit
the first ``--peer`` of them (default 250) and their time is scaled; the coefficients are compared.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.timing import best_of, ratio_line, seconds_in_r  # isort: skip

import numpy as np
import statsmodels.api as sm

from evaluatie.methods import gamma_replicates, resampled

PEOPLE, TERMS, REPLICATES, GOAL = 2_000, 5, 5_000, 20
NAMES = tuple(f"x{k}" for k in range(TERMS))
R_SCRIPT = """
d <- read.csv("data.csv"); k <- as.matrix(read.csv("draws.csv", header = FALSE)) + 1
cat(system.time(for (i in seq_len(nrow(k)))
  glm(y ~ x1 + x2 + x3 + x4, family = Gamma(link = "log"), data = d[k[i, ], ]))[["elapsed"]])
"""


def example() -> tuple[np.ndarray, np.ndarray]:
    """Return skewed amounts and a design."""
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones(PEOPLE), rng.normal(size=(PEOPLE, TERMS - 1))])
    return rng.gamma(0.7, np.exp(6 + 0.2 * X[:, 1]) / 0.7), X


def ours(y: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Draw all resamples and fit them."""
    return gamma_replicates(y, X, NAMES, resampled(len(y), REPLICATES, seed=1))


def statsmodels_loop(y: np.ndarray, X: np.ndarray, draws: list[np.ndarray]) -> np.ndarray:
    """Fit one resample after another."""
    family = sm.families.Gamma(sm.families.links.Log())
    return np.array([sm.GLM(y[i], X[i], family=family).fit().params for i in draws])


def main() -> None:
    """Print one line per peer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", type=int, default=250, help="resamples that a peer refits")
    peer = parser.parse_args().peer
    y, X = example()
    mine = best_of(lambda: ours(y, X))
    counts = resampled(len(y), REPLICATES, seed=1)[:peer].astype(int)
    draws = [np.repeat(np.arange(len(y)), row) for row in counts]
    begin = time.perf_counter()
    theirs = statsmodels_loop(y, X, draws)
    seconds = (time.perf_counter() - begin) * REPLICATES / peer
    what = f"{REPLICATES:,} bootstrap gamma GLMs, n={len(y):,}, {TERMS} terms"
    scaled = "" if peer == REPLICATES else f" ({peer} fits, scaled)"
    print(ratio_line(f"{what}, statsmodels loop{scaled}", mine, seconds, GOAL))
    apart = np.abs(gamma_replicates(y, X, NAMES, counts) - theirs).max()
    print(f"  largest difference between the coefficients of the same resamples: {apart:.1e}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = np.column_stack([y, X[:, 1:]])
        header = ",".join(["y", *NAMES[1:]])
        np.savetxt(folder / "data.csv", table, delimiter=",", header=header, comments="")
        np.savetxt(folder / "draws.csv", np.array(draws), delimiter=",", fmt="%d")
        in_r = seconds_in_r(R_SCRIPT, folder)
    if in_r is None:
        print(f"{what}: no Rscript here")
    else:
        print(ratio_line(f"{what}, R glm loop{scaled}", mine, in_r * REPLICATES / peer, GOAL))


if __name__ == "__main__":
    main()
