"""Many replicates of some scenarios: resumable, on any executor."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, as_completed
from pathlib import Path

import pandas as pd

from evaluatie.calibration.replicates import Task, replicate_chunk
from evaluatie.calibration.stamp import Stamp, stamp_of
from evaluatie.calibration.store import Store, stores_in
from evaluatie.domain import Progress, no_progress

CHUNK = 10  # seeds per task: seconds of work against milliseconds of overhead


def simulate(
    root: Path,
    scenarios: Sequence[str],
    seeds: Sequence[int],
    executor: Executor,
    folder: Path,
    progress: Progress = no_progress,
    chunk: int = CHUNK,
) -> dict[str, pd.DataFrame]:
    """Return scenario -> replicates of ``seeds``, drawing only those that are not stored yet.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Any; with processes each of them reads the study once.
    folder : pathlib.Path
        Where each scenario has its store, a CSV named after the digests of the declarations and
        of the code: replicates of other declarations or other code are never mixed.
    chunk : int
        Seeds per task. A task draws a seed in all its scenarios, which share what does not differ.
    """
    stamp = stamp_of(root)
    stores = {name: Store.open(folder, name, stamp) for name in scenarios}
    there = {name: set(store.read()["seed"]) for name, store in stores.items()}
    tasks: list[Task] = []
    for seed in seeds:
        missing = tuple(name for name in scenarios if seed not in there[name])
        tasks += [(seed, missing)] if missing else []
    what, total = "Simulating " + ", ".join(scenarios), len(seeds) * len(scenarios)
    done = total - sum(len(names) for _, names in tasks)
    progress(what, done, total)
    blocks = [tasks[start : start + chunk] for start in range(0, len(tasks), chunk)]
    pending = {executor.submit(replicate_chunk, root, block): block for block in blocks}
    try:
        for future in as_completed(pending):
            rows = future.result()
            for name, store in stores.items():
                store.append([row for row in rows if row["scenario"] == name])
            done += sum(len(names) for _, names in pending[future])
            progress(what, done, total)
    finally:
        for future in pending:
            future.cancel()
    return {name: _chosen(store, seeds) for name, store in stores.items()}


def stored(root: Path, scenarios: Sequence[str], folder: Path) -> dict[str, pd.DataFrame]:
    """Return scenario -> every replicate there is, for the scenarios of which there are any."""
    stamp = stamp_of(root)
    found = {name: Store(stamp.path(folder, name)) for name in scenarios}
    tables = {name: store.read() for name, store in found.items() if store.path.exists()}
    return {name: _sorted(table) for name, table in tables.items() if len(table)}


def recorded_in(folder: Path, scenarios: Sequence[str]) -> tuple[Stamp, dict[str, pd.DataFrame]]:
    """Return what the replicates in a folder were made with, and all of them by scenario.

    They may be of other code or declarations than those of now, as long as all are of the same.
    """
    stores = stores_in(folder, scenarios)
    tables = {name: store.read() for name, store in stores.items()}
    stamp = next(iter(stores.values())).stamp()
    return stamp, {name: _sorted(table) for name, table in tables.items() if len(table)}


def _chosen(store: Store, seeds: Sequence[int]) -> pd.DataFrame:
    table = store.read()
    return _sorted(table[table["seed"].isin(set(seeds))])


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["seed", "question", "test"], ignore_index=True)
