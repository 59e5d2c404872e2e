"""`evaluatie calibrate`: the whole route on many synthetic studies with known truth."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from evaluatie.cli.console import console, progress_bars
from evaluatie.cli.synth import Scenario

SHOWN = ("truth", "bias", "coverage", "width", "improved", "favourable", "worse")


def command(
    context: typer.Context,
    scenario: Annotated[Scenario, typer.Option(help="What is planted.")] = Scenario.null,
    seeds: Annotated[int, typer.Option(min=1, help="Number of studies to draw.")] = 200,
    first_seed: Annotated[int, typer.Option(help="Seed of the first study.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes at once.")] = 2,
) -> None:
    """Print coverage, false positives, power and bias per question, with Monte Carlo error."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    from evaluatie.calibration import simulate, summarise
    from evaluatie.study import open_study

    study = open_study(context.obj)
    folder = study.build / "calibration"
    spawn = multiprocessing.get_context("spawn")
    with progress_bars() as progress, ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        wanted = range(first_seed, first_seed + seeds)
        store = folder / f"{scenario.value}.csv"
        replicates = simulate(study.root, scenario.value, wanted, pool, store, progress)
    summary = summarise(replicates)
    summary.to_csv(folder / f"{scenario.value}_summary.csv", index=False)
    table = Table("question", *SHOWN, title=f"Scenario '{scenario.value}', {seeds} studies")
    for row in summary.to_dict("records"):
        cells = [f"{row[name]:.3f}" + _error(row, name) for name in SHOWN]
        table.add_row(str(row["question"]), *cells)
    console.print(table)
    console.print(f"Behind it: {store} and {scenario.value}_summary.csv")


def _error(row: dict[str, object], name: str) -> str:
    error = row.get(f"{name}_mcse")
    return f" ±{error:.3f}" if isinstance(error, float) else ""
