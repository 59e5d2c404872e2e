"""`evaluatie status`: which reports are up to date, which are not, and because of what."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from evaluatie.cli.console import console, progress_bars


def command(
    context: typer.Context,
    why: Annotated[bool, typer.Option("--why", help="Say what changed.")] = False,
    renderer: Annotated[str, typer.Option(help="As for run.")] = "auto",
) -> None:
    """List every report of the run matrix; only the estimates behind them are made."""
    from evaluatie.reports.prepare import prepare_study
    from evaluatie.reports.render import choose_renderer
    from evaluatie.reports.run import RunOptions, status
    from evaluatie.study import open_study

    study = open_study(context.obj)
    with progress_bars() as progress:
        prepared = prepare_study(study, progress)
    options = RunOptions(renderer=choose_renderer(renderer))
    found = status(study, prepared.book.run_matrix(), prepared.slices, options)
    table = Table("report", "state", *(["because of"] if why else []))
    for each in found:
        state = "up to date" if each.up_to_date else "to make"
        table.add_row(each.run.name, state, *([", ".join(each.reasons)] if why else []))
    console.print(table)
    todo = sum(not each.up_to_date for each in found)
    console.print(f"{len(found) - todo} up to date, {todo} to make")
