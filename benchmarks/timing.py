"""Time two ways of doing the same and print their ratio; no number here is a test."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # before numpy is imported: one thread against one


def best_of(function: Callable[[], object], repeats: int = 5) -> float:
    """Return the shortest of ``repeats`` runs, in seconds."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return min(times)


def ratio_line(what: str, ours: float, peer: float, goal: float) -> str:
    """Return one line: both times in seconds, how many times faster, and the goal."""
    ratio = peer / ours
    verdict = "met" if ratio >= goal else "MISSED"
    times = f"{ratio:.0f}x" if ratio >= 10 else f"{ratio:.1f}x"
    return f"{what}: {ours:.4f} s against {peer:.4f} s = {times} (goal {goal:g}x: {verdict})"


def seconds_in_r(script: str, folder: Path) -> float | None:
    """Return the number that an R script prints last, or None where there is no Rscript."""
    if shutil.which("Rscript") is None:
        return None
    (folder / "peer.R").write_text(script, encoding="utf-8")
    done = subprocess.run(
        ["Rscript", "peer.R"], cwd=folder, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])
