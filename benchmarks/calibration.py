"""One calibration replicate of the four-wave study: seconds by part, and against raw files.

Run with ``python -m benchmarks.calibration [STUDY]``. The goal is a replicate under one second; the
peer is the same replicate through raw files, validation and every product with all its tables,
which gives the same rows (tests/end_to_end/test_calibration_slice.py). Seconds are processor time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import benchmarks.timing  # noqa: F401  one thread: before numpy
from evaluatie.calibration import lean
from evaluatie.calibration.replicates import Context, load_context, replicate, replicate_chunk
from evaluatie.evaluation.contrast_rows import estimate_contrasts
from evaluatie.evaluation.verdict_rows import verdict_table
from evaluatie.synthetic.direct import draw_direct

ROOT = Path(__file__).parents[1]
SEEDS = (1, 2, 3, 4, 5)
GOAL = 1.0


def main(root: Path) -> None:
    """Print seconds per replicate, by part, alone and with other scenarios, and by the long way."""
    start = process_time()
    context = load_context(root)
    print(f"reading and preparing the study, once per process: {process_time() - start:.2f} s")
    scenarios = tuple(context.plan.settings.scenarios)
    parts = [_parts(context, scenarios[0], seed) for seed in SEEDS]
    for name in parts[0]:
        print(f"  {name}: {min(part[name] for part in parts):.3f} s")
    alone = min(_seconds(lambda s=seed: replicate(root, scenarios[0], s)) for seed in SEEDS)
    together = min(
        _seconds(lambda s=seed: replicate_chunk(root, [(s, scenarios)])) for seed in SEEDS[:3]
    ) / len(scenarios)
    long_way = _seconds(lambda: replicate(root, scenarios[0], SEEDS[0], through_intake=True))
    _line("one replicate", alone, long_way)
    _line(f"one replicate of {len(scenarios)} scenarios that share a seed", together, long_way)
    print(f"{together * 10_000 / 2 / 60:.0f} minutes for 10,000 replicates on two processors")


def _parts(context: Context, scenario: str, seed: int) -> dict[str, float]:
    """Return the seconds of each step of one replicate."""
    declared = (context.study, context.codebook, context.book)
    questions = [q for q in context.book.questions.values() if q.verdict_wave and q.indicator]
    found: dict[str, Any] = {}
    times = {}

    def step(name: str, work: Callable[[], object]) -> None:
        start = process_time()
        found[name] = work()
        times[name] = process_time() - start

    step("draw", lambda: draw_direct(context.plan, seed, scenario)[0])
    data = found["draw"]
    step("score and weight", lambda: lean.lean_panel(*declared[:2], data))
    step("ledger and cells", lambda: lean.lean_cells(*declared[:2], questions, data))
    step("insured cost", lambda: lean.lean_insured(*declared[:2], questions, data))
    products = lean.lean_products(*declared, data)
    step("contrasts", lambda: estimate_contrasts(*declared, products, without=context.without))
    step("verdicts", lambda: verdict_table(*declared, found["contrasts"]))
    return times


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def _line(what: str, ours: float, peer: float) -> None:
    verdict = "met" if ours < GOAL else "MISSED"
    print(
        f"{what}: {ours:.3f} s (goal under {GOAL:g} s: {verdict}) against {peer:.1f} s through raw "
        f"files and intake = {peer / ours:.0f}x"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
