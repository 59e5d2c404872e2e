"""99,999 wild cluster bootstrap p: sums per cluster, against `wildboottest`.

Run from the project root: ``python -m benchmarks.wild_bootstrap``. Eight areas of 500 people over
four waves, constants of areas and waves and a covariate, Webb's six points, null imposed. The peer
is no dependency; where it is not installed the line says absent, and the peer is one regression
per draw from the same matrices (a loop of 999 draws, times 100). Fit included on our side.
"""

from __future__ import annotations

import importlib
import warnings

from benchmarks.timing import best_of, ratio_line  # isort: skip

import numpy as np
import pandas as pd
from statsmodels.api import OLS

from evaluatie.methods import fit_clustered, wild_bootstrap

AREAS, WAVES, PEOPLE, DRAWS, GOAL, TERM = 8, 4, 500, 99_999, 50, "effect"


def example(seed: int = 3) -> tuple[pd.DataFrame, np.ndarray]:
    """Return columns of the model with their names, and the outcome; one row per person."""
    rng = np.random.default_rng(seed)
    n = AREAS * PEOPLE
    area, wave = np.repeat(np.arange(AREAS), PEOPLE), np.arange(n) % WAVES
    columns = {"constant": np.ones(n), TERM: (area < AREAS // 2) * (wave > 0)}
    columns |= {f"area{g}": area == g for g in range(1, AREAS)}
    columns |= {f"wave{w}": wave == w for w in range(1, WAVES)}
    columns["x"] = rng.normal(size=n)
    shock = rng.normal(0, 0.25, (AREAS, WAVES))[area, wave]
    y = 50 + rng.normal(0, 0.6, AREAS)[area] + shock + 0.5 * columns["x"] + rng.normal(0, 3, n)
    return pd.DataFrame(columns).astype(float).assign(area=area), y


def ours(table: pd.DataFrame, y: np.ndarray, draws: int | None = DRAWS) -> float:
    """Fit and test; without ``draws`` over all 256 sign vectors."""
    names = [name for name in table if name != "area"]
    fit = fit_clustered(y, table[names].to_numpy(), table["area"].to_numpy(), names)
    if draws is None:
        return wild_bootstrap(fit, TERM).p_value
    return wild_bootstrap(fit, TERM, points="webb", draws=draws, seed=1).p_value


def wildboottest_p(table: pd.DataFrame, y: np.ndarray) -> float:
    """Return the p of the peer."""
    peer = importlib.import_module("wildboottest.wildboottest")
    model = OLS(y, table.drop(columns="area"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = peer.wildboottest(
            model, B=DRAWS, cluster=table["area"], param=TERM, weights_type="webb",
            bootstrap_type="11", show=False, seed=1,
        )  # fmt: skip
    return float(found["p-value"].iloc[0])


def loop_p(table: pd.DataFrame, y: np.ndarray, draws: int = 999) -> float:
    """Return p from one regression per draw."""
    names = [name for name in table if name != "area"]
    X, cluster = table[names].to_numpy(), table["area"].to_numpy()
    fit = fit_clustered(y, X, cluster, names)
    j, others = fit.position(TERM), np.delete(X, fit.position(TERM), axis=1)
    fitted = others @ np.linalg.lstsq(others, y, rcond=None)[0]
    points = np.sqrt([0.5, 1.0, 1.5])
    points = np.concatenate([points, -points])
    rng = np.random.default_rng(1)

    def t(outcome: np.ndarray) -> float:
        coefficients = fit.bread @ (X.T @ outcome)
        residuals = outcome - X @ coefficients
        scores = np.array([X[m].T @ residuals[m] for m in fit.members]) @ fit.bread[j]
        return abs(float(coefficients[j] / np.sqrt(fit.cr1_factor * (scores**2).sum())))

    drawn = [t(fitted + (y - fitted) * rng.choice(points, AREAS)[cluster]) for _ in range(draws)]
    return float(np.mean(np.array(drawn) >= t(y)))


def main() -> None:
    """Print the ratios."""
    table, y = example()
    seconds = best_of(lambda: ours(table, y), 20)
    what = f"{DRAWS:,} wild draws, {AREAS} clusters, n = {len(y):,}"
    print(f"p by us {ours(table, y):.4f}; over all 256 sign vectors {ours(table, y, None):.4f}")
    try:
        print(f"p by wildboottest {wildboottest_p(table, y):.4f}")
        peer = best_of(lambda: wildboottest_p(table, y), 3)
        print(ratio_line(f"{what}, wildboottest", seconds, peer, GOAL))
    except ImportError:
        print("wildboottest: absent")
    peer = best_of(lambda: loop_p(table, y), 1) * DRAWS / 999
    print(ratio_line(f"{what}, a regression per draw", seconds, peer, GOAL))


if __name__ == "__main__":
    main()
