"""`evaluatie calibrate`: the whole route on many synthetic studies with known truth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from evaluatie.cli.console import console, progress_bars
from evaluatie.domain import Sensitivity

if TYPE_CHECKING:
    import pandas as pd

    from evaluatie.agreement import AgreementBook
    from evaluatie.calibration import Stamp
    from evaluatie.study import Study
    from evaluatie.synthetic import SyntheticSettings

SHOWN = ("truth", "bias", "coverage", "width", "rejected", "improved", "worse", "false_claims")
ALL, DEFAULT = "all", ("null",)


def command(
    context: typer.Context,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="A scenario of analysis/synthetic.yml, more than one, or 'all'."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Number of studies to draw.")] = 200,
    first_seed: Annotated[int, typer.Option(help="Seed of the first study.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes at once.")] = 2,
    record: Annotated[
        bool,
        typer.Option(help="Write all stored studies to analysis/calibration.yml and docs/."),
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Draw nothing; record the studies in this folder, made with the code and "
            "declarations named in their first lines.",
        ),
    ] = None,
) -> None:
    """Print coverage, false positives, power and bias per question, with Monte Carlo error."""
    from evaluatie.study import open_study

    study = open_study(context.obj)
    if source is None:
        _simulate(study, scenario, range(first_seed, first_seed + seeds), workers)
    if record or source is not None:
        for path in _record(study, source):
            console.print(f"Written: {path}")


def _simulate(study: Study, scenario: list[str] | None, seeds: range, workers: int) -> None:
    import multiprocessing
    import os
    from concurrent.futures import ProcessPoolExecutor

    from evaluatie.calibration import simulate, stamp_of

    settings, book = _declared(study)
    names = _chosen(scenario, tuple(settings.scenarios))
    folder = study.build / "calibration"
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread per process, not per matrix
    spawn = multiprocessing.get_context("spawn")
    with progress_bars() as progress, ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        replicates = simulate(study.root, names, seeds, pool, folder, progress)
    for name, summary in _summaries(study, settings, book, replicates).items():
        labelled = summary.assign(sensitivity=str(Sensitivity.PUBLIC))  # drawn by a computer
        labelled.to_csv(folder / f"{name}_summary.csv", index=False)
        console.print(_table(name, len(seeds), summary))
    console.print(f"Behind it: {stamp_of(study.root).path(folder, names[0]).parent}")


def _chosen(scenario: list[str] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    from evaluatie.errors import UserError

    asked = tuple(dict.fromkeys(scenario or DEFAULT))
    for name in asked:
        if name not in (ALL, *known):
            raise UserError(f"there is no scenario '{name}'", allowed=", ".join((ALL, *known)))
    return known if ALL in asked else asked


def _declared(study: Study) -> tuple[SyntheticSettings, AgreementBook]:
    from evaluatie.agreement import load_agreements
    from evaluatie.dictionary import load_codebook
    from evaluatie.synthetic import load_settings

    codebook = load_codebook(study)
    return load_settings(study, codebook), load_agreements(study, codebook)


def _summaries(
    study: Study,
    settings: SyntheticSettings,
    book: AgreementBook,
    replicates: Mapping[str, pd.DataFrame],
) -> dict[str, pd.DataFrame]:
    from evaluatie.calibration import kind_of, summarise

    combines, alpha = _combines(book), study.design.alpha
    return {
        name: summarise(table, kind_of(settings, name), alpha, combines)
        for name, table in replicates.items()
    }


def _combines(book: AgreementBook) -> dict[str, tuple[str, ...]]:
    return {q.id: q.combines for q in book.questions.values() if q.combines}


def _record(study: Study, source: Path | None) -> list[str]:
    """Write what the parties and the decision rules read of a calibration: all that is stored."""
    from evaluatie.calibration import any_false_claim, calibration_file, document, kind_of, to_yaml

    settings, book = _declared(study)
    stamp, replicates = _stored(study, tuple(settings.scenarios), source)
    kinds = {name: kind_of(settings, name) for name in replicates}
    summaries = _summaries(study, settings, book, replicates)
    roles = {question: book.role(question) for question in book.questions}
    families = {
        name: any_false_claim(table, kinds[name], roles, _combines(book))
        for name, table in replicates.items()
    }
    file = calibration_file(study, stamp, replicates, summaries, kinds)
    text = document(study, settings, file, stamp.declarations, summaries, kinds, families)
    written = {
        study.analysis / "calibration.yml": to_yaml(file),
        study.root / "docs" / "calibration.md": text,
    }
    for path, content in written.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return [str(path.relative_to(study.root)) for path in written]


def _stored(
    study: Study, scenarios: tuple[str, ...], source: Path | None
) -> tuple[Stamp, dict[str, pd.DataFrame]]:
    from evaluatie.calibration import recorded_in, stamp_of, stored

    if source is not None:
        stamp, found = recorded_in(source, scenarios)
        if other := stamp.differences(stamp_of(study.root)):
            console.print(f"[yellow]Warning[/] these studies were made with {', '.join(other)}.")
        return stamp, found
    return stamp_of(study.root), stored(study.root, scenarios, study.build / "calibration")


def _table(scenario: str, seeds: int, summary: pd.DataFrame) -> Table:
    title = f"Scenario '{scenario}', {seeds} studies"
    table = Table("question", "test", *SHOWN, "meets", title=title)
    for row in summary.to_dict("records"):
        cells = [f"{row[name]:.3f}{_error(row, name)}" for name in SHOWN]
        meets = "" if row["meets"] is None else "yes" if row["meets"] else "NO"
        table.add_row(str(row["question"]), str(row["test"]), *cells, meets)
    return table


def _error(row: Mapping[object, object], name: str) -> str:
    error = row.get(f"{name}_mcse")
    return f" ±{error:.3f}" if isinstance(error, float) else ""
