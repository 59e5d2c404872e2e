"""Predictive mean matching, m = 20, 2,000 people x 12 variables: against R mice and statsmodels.

Run from the project root: ``python -m benchmarks.imputation``. Six variables have five levels, six
are continuous; 12% is missing in all but the first. Everybody makes five sweeps with five donors.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

from benchmarks.timing import best_of, ratio_line, seconds_in_r  # isort: skip

import numpy as np
import pandas as pd
from statsmodels.imputation.mice import MICEData

from evaluatie.methods import VariableKind, impute

PEOPLE, VARIABLES, IMPUTATIONS, SWEEPS, GOAL = 2_000, 12, 20, 5, 10
R_SCRIPT = f"""
suppressPackageStartupMessages(library(mice))
d <- read.csv("data.csv")
cat(system.time(mice(d, m = {IMPUTATIONS}, maxit = {SWEEPS}, method = "pmm", donors = 5,
                     printFlag = FALSE, seed = 1))["elapsed"])
"""


def example() -> pd.DataFrame:
    """Return related variables with gaps, columns ``v0`` to ``v11``."""
    rng = np.random.default_rng(0)
    values = 0.7 * rng.normal(size=(PEOPLE, 1)) + 0.7 * rng.normal(size=(PEOPLE, VARIABLES))
    values[:, :6] = np.clip(np.round(values[:, :6] * 1.2 + 3), 1, 5)
    gaps = rng.random(values.shape) < 0.12
    gaps[:, 0] = False
    return pd.DataFrame(np.where(gaps, np.nan, values), columns=[f"v{i}" for i in range(VARIABLES)])


def ours(data: pd.DataFrame, kind: VariableKind) -> None:
    """Impute as we do, the five-level variables numeric (as the peers do) or categorical."""
    kinds = [kind] * 6 + [VariableKind.NUMERIC] * 6
    impute(data.to_numpy(), list(data), kinds, seed=1, imputations=IMPUTATIONS, iterations=SWEEPS)


def statsmodels(data: pd.DataFrame) -> None:
    """Run one chain of as many sweeps; twenty imputations take twenty such chains."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        MICEData(data, k_pmm=5).update_all(SWEEPS)


def main() -> None:
    """Print one line per peer."""
    data = example()
    what = f"PMM m={IMPUTATIONS}, n={PEOPLE:,} x {VARIABLES}, {SWEEPS} sweeps"
    time = best_of(lambda: ours(data, VariableKind.NUMERIC))
    categories = best_of(lambda: ours(data, VariableKind.CATEGORICAL))
    with tempfile.TemporaryDirectory() as name:
        data.to_csv(Path(name) / "data.csv", index=False)
        r = seconds_in_r(R_SCRIPT, Path(name))
    if r is None:
        print(f"{what}: no Rscript here")
    else:
        print(ratio_line(f"{what}, mice::mice", time, r, GOAL))
        print(ratio_line(f"{what}, ours with 6 categorical, mice numeric", categories, r, GOAL))
    chains = IMPUTATIONS * best_of(lambda: statsmodels(data), repeats=1)
    print(ratio_line(f"{what}, statsmodels MICEData (1 chain x {IMPUTATIONS})", time, chains, GOAL))


if __name__ == "__main__":
    main()
