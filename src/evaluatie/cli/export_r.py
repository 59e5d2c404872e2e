"""`evaluatie export-r`: data and R scripts with which a reviewer makes our numbers again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evaluatie.cli.console import console, progress_bars


def command(
    context: typer.Context,
    question: Annotated[
        str | None, typer.Option(help="Only this question; default: every one with a verdict.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where to write; default: build/export-r."),
    ] = None,
) -> None:
    """Write a folder per question that a reviewer can run in R; it holds answers of persons."""
    from evaluatie.export import export_for_r
    from evaluatie.study import open_study

    study = open_study(context.obj)
    with progress_bars() as progress:
        exported = export_for_r(study, question, to, progress)
    for name, reason in exported.left_out.items():
        console.print(f"Left out: {name} - {reason}", markup=False)
    script = "all_questions.R" if question is None else f"questions/{question}/analysis.R"
    console.print(f"{len(exported.questions)} questions for R in {exported.folder}", markup=False)
    console.print(f"Run there: Rscript {script}", markup=False)
    if exported.synthetic:
        console.print("Synthetic data - example.")
    else:
        console.print(
            "It holds answers of persons: only for the reviewing university, under the data "
            "agreement."
        )
