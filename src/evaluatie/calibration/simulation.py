"""Many replicates: resumable, on any executor, one finished seed per appended block."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from concurrent.futures import Executor, as_completed
from pathlib import Path

import pandas as pd

from evaluatie.calibration.replicates import REPLICATE_COLUMNS, replicate
from evaluatie.domain import Progress, no_progress


def simulate(
    root: Path,
    scenario: str,
    seeds: Sequence[int],
    executor: Executor,
    store: Path,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Return the replicates of ``seeds``, drawing only those that ``store`` does not hold yet.

    Parameters
    ----------
    store : pathlib.Path
        CSV with one row per seed and question; its first line names the declarations it was made
        with, and a store made with other declarations is started anew.
    """
    stamp = f"# declarations {declarations_digest(root)}"
    done = _resume(store, stamp)
    finished = set(done["seed"]) if len(done) else set()
    todo = [seed for seed in seeds if seed not in finished]
    what = f"Simulating '{scenario}'"
    progress(what, len(seeds) - len(todo), len(seeds))
    pending = {executor.submit(replicate, root, scenario, seed) for seed in todo}
    try:
        for number, future in enumerate(as_completed(pending), 1):
            with store.open("a", newline="", encoding="utf-8") as file:
                csv.DictWriter(file, REPLICATE_COLUMNS).writerows(future.result())
            progress(what, len(seeds) - len(todo) + number, len(seeds))
    finally:
        for future in pending:
            future.cancel()
    table = _read(store)
    return table[table["seed"].isin(set(seeds))].sort_values(["seed", "question"])


def declarations_digest(root: Path) -> str:
    """Return a digest of everything declared that a replicate depends on."""
    digest = hashlib.sha256()
    for folder in ("analysis", "data_dictionary"):
        for path in sorted((root / folder).rglob("*.y*ml")):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _resume(store: Path, stamp: str) -> pd.DataFrame:
    if store.exists() and store.read_text(encoding="utf-8").startswith(stamp):
        return _read(store)
    store.parent.mkdir(parents=True, exist_ok=True)
    store.write_text(f"{stamp}\n{','.join(REPLICATE_COLUMNS)}\n", encoding="utf-8")
    return pd.DataFrame(columns=list(REPLICATE_COLUMNS))


def _read(store: Path) -> pd.DataFrame:
    """Read the replicates; a scenario may be called ``null``, which pandas takes for missing."""
    return pd.read_csv(store, comment="#", keep_default_na=False, na_values=[""])
