"""Arrangements by the million: ours against pandas, polars and DuckDB, time and peak memory.

Run from the project root: ``python -m benchmarks.volume --rows 1e6 1e7 1e8`` (two cores; 100
million rows take half an hour and 5 GB of disk). Arrangements and ledger are drawn chunk by chunk
into Parquet files, which is not timed; every contender reads these files, in a process of its own
so that peaks are separate, and all answers must be the same number for number. A peer that fails,
needs more memory than ``--memory`` GiB or more than ten minutes is named as such.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from benchmarks.timing import ratio_line  # isort: skip

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.volume_contenders import AREAS, FIRST, LAST, LAWS, TASKS, households_of

CHUNK = 1_000_000
TIMEOUT_SECONDS, LONG_SECONDS, PEAK_GOAL_GIB = 600, 60, 8
PEERS = ("duckdb", "polars", "pandas")
GOALS = {"cells": 0.5, "active": 1, "most": 1}  # a sum within twice a peer's time; else ahead
WHAT = {
    "cells": "sum by area x law x month",
    "active": "active cost per month",
    "most": "most arrangements at once",
}
NAMES = {"duckdb": {"cells": "DuckDB's own scan"}}
AREA_CODES = pa.array([f"area {n}" for n in range(AREAS)])
LAW_NAMES = pa.array([f"law {n}" for n in range(LAWS)])


def draw(rows: int, folder: Path) -> None:
    """Write ``rows`` arrangements, and a ledger of as many rows, in files of ten chunks."""
    for name, chunk in (("arrangements", arrangements), ("ledger", ledger)):
        (folder / name).mkdir()
        writer = None
        for number, begin in enumerate(range(0, rows, CHUNK)):
            rng = np.random.default_rng([7, number])
            table = chunk(rng, min(CHUNK, rows - begin), rows, number)
            if writer is None or number % 10 == 0:
                if writer is not None:
                    writer.close()
                writer = pq.ParquetWriter(folder / name / f"{number:04d}.parquet", table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()


def arrangements(rng: np.random.Generator, size: int, rows: int, _number: int) -> pa.Table:
    """Return whole numbers: household, area, law, first and last day, cents per day."""
    household = rng.integers(0, households_of(rows), size)
    first = rng.integers(FIRST, LAST - 30, size)
    last = np.minimum(first + rng.geometric(1 / 240, size), LAST)
    return pa.table(
        {
            "household": household.astype(np.int32),
            "area": (household % AREAS).astype(np.int16),
            "law": rng.integers(0, LAWS, size).astype(np.int8),
            "first": first.astype(np.int32),
            "last": last.astype(np.int32),
            "rate": rng.integers(1, 9_000, size).astype(np.int32),
        }
    )


def ledger(rng: np.random.Generator, size: int, _rows: int, number: int) -> pa.Table:
    """Return rows of the ledger; the persons of a chunk are its own, some twenty rows each."""
    persons = max(size // 20, 1)
    person = rng.integers(0, persons, size)
    month = np.datetime64("2015-01", "M") + rng.integers(0, 72, size)

    def coded(codes: np.ndarray, words: pa.Array) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), words)

    def named(prefix: str, count: int) -> pa.Array:
        return pa.array([f"{prefix}{number:04d}{n:06d}" for n in range(count)])

    return pa.table(
        {
            "person_id": coded(person, named("p", persons)),
            "household_id": coded(person // 2, named("h", persons // 2 + 1)),
            "area_code": coded(person % AREAS, AREA_CODES),
            "law": coded(rng.integers(0, LAWS, size), LAW_NAMES),
            "product_code": coded(rng.integers(0, 40, size), named("x", 40)),
            "provider_id": coded(rng.integers(0, 90, size), named("v", 90)),
            "month": pa.array(month.astype("datetime64[D]")),
            "basis": coded(np.zeros(size), pa.array(["allocated"])),
            "days": rng.integers(1, 31, size),
            "cents": rng.integers(1, 90_000, size),
        }
    )


def measured(contender: str, task: str, folder: Path, rows: int, memory: int) -> dict[str, Any]:
    """Return seconds, peak in GiB and the answer of a contender, or why there is none."""
    answer = folder / "answer.npy"
    answer.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.volume_contenders", contender, task]
    command += [str(folder), str(rows), str(answer)]
    said = folder / "said.txt"
    with said.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, "POLARS_MAX_THREADS": "2"}
        )
        reason = stopped(process, memory)
    lines = said.read_text(encoding="utf-8").strip().splitlines() or ["no answer"]
    if reason or process.returncode or not answer.exists():
        return {"failed": reason or lines[-1][:120]}
    return {**json.loads(lines[-1]), "answer": np.load(answer)}


def stopped(process: subprocess.Popen[bytes], memory: int) -> str:
    """Wait for a contender; stop it at the limits, and return which one that was."""
    status, start = Path(f"/proc/{process.pid}/status"), perf_counter()
    while process.poll() is None:
        sleep(0.05)
        if perf_counter() - start > TIMEOUT_SECONDS:
            process.kill()
            process.wait()
            return f"more than {TIMEOUT_SECONDS // 60} minutes"
        with contextlib.suppress(OSError):  # it may just have ended
            used = re.search(r"VmRSS:\s+(\d+) kB", status.read_text(encoding="ascii"))
            if used and int(used[1]) > memory << 20:
                process.kill()
                process.wait()
                return f"more than {memory} GiB of memory"
    return ""


def compare(task: str, folder: Path, rows: int, memory: int, peers: list[str]) -> None:
    """Print our time and peak, and one line per peer.

    Everyone has two turns, in rounds, so that other work on the machine meets all alike; a peer
    that took more than a minute has one. Processor seconds are printed beside the time.
    """
    found: dict[str, dict[str, Any]] = {}
    for turn in range(2):
        for name in ("ours", *peers):
            if turn == 0 or found[name].get("seconds", LONG_SECONDS) < LONG_SECONDS:
                now = measured(name, task, folder, rows, memory)
                found[name] = now if turn == 0 else better(found[name], now)
    ours, what = found["ours"], f"{rows / 1e6:g} M rows, {WHAT[task]}"
    if "failed" in ours:
        sys.exit(f"{what}: ours failed: {ours['failed']}")
    verdict = "met" if ours["peak"] < PEAK_GOAL_GIB else "MISSED"
    print(f"{what}: peak {ours['peak']:.2f} GiB (goal < {PEAK_GOAL_GIB} GiB: {verdict})")
    for peer in peers:
        print(line_of(f"{what}, {NAMES.get(peer, {}).get(task, peer)}", task, ours, found[peer]))


def better(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the best time and work, and the largest peak, of two turns."""
    if "failed" in other:
        return other
    best = {key: min(one[key], other[key]) for key in ("seconds", "processor")}
    return {**one, **best, "peak": max(one["peak"], other["peak"])}


def line_of(name: str, task: str, ours: dict[str, Any], peer: dict[str, Any]) -> str:
    """Return one line: both times, the ratio with its goal, processor seconds, and the peak."""
    if "failed" in peer:
        return f"{name}: {ours['seconds']:.4f} s against none: {peer['failed']}"
    if not np.array_equal(ours["answer"], peer["answer"]):
        sys.exit(f"{name}: the answers are not the same")
    times = ratio_line(name, ours["seconds"], peer["seconds"], GOALS[task])
    work = f"{ours['processor']:.2f} s against {peer['processor']:.2f} s"
    return f"{times}; processor {work}; peak {peer['peak']:.2f} GiB"


def main() -> None:
    """Print times, ratios and peaks for every number of rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=float, nargs="+", default=[1e6, 1e7])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--memory", type=int, default=14, help="GiB that one contender may use")
    parser.add_argument("--folder", type=Path, help="where the files are drawn; default: /tmp")
    asked = parser.parse_args()
    for rows in map(int, asked.rows):
        folder = Path(tempfile.mkdtemp(prefix="volume-", dir=asked.folder))
        try:
            draw(rows, folder)
            os.sync()  # writing must not go on while the first contender reads
            for task in asked.tasks:
                compare(task, folder, rows, asked.memory, asked.peers)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
