"""`evaluatie check`: read every feed against the dictionary and list all problems at once."""

from __future__ import annotations

import typer
from rich.table import Table

from evaluatie.cli.console import console, progress_bars
from evaluatie.domain import Severity


def command(context: typer.Context) -> None:
    """Check all raw feeds; problems go to the terminal, build/issues.csv and build/issues.html."""
    from evaluatie.dictionary import load_codebook
    from evaluatie.intake import read_study, write_issues_csv, write_issues_html
    from evaluatie.study import open_study

    study = open_study(context.obj)
    with progress_bars() as progress:
        data = read_study(study, load_codebook(study), progress)
    study.build.mkdir(exist_ok=True)
    write_issues_csv(data.issues, study.build / "issues.csv")
    write_issues_html(data.issues, study.build / "issues.html", study.language)
    table = Table("feed", "column", "rule", "rows", "severity")
    for issue in data.issues.itertuples():
        table.add_row(issue.feed, issue.column, issue.rule, str(issue.count), issue.severity)
    if len(data.issues):
        console.print(table)
    for issue in data.issues[data.issues["severity"] == Severity.BLOCK].itertuples():
        console.print(f"[red]{issue.file}[/] {issue.column} {issue.rule}: {issue.remedy}")
    for feed, reason in data.unavailable.items():
        console.print(f"Not available: {feed} - {reason}")
    blocking = int((data.issues["severity"] == Severity.BLOCK).sum())
    console.print(
        f"{len(data.sources)} files read, {len(data.issues)} problems, {blocking} blocking. "
        f"With what is allowed and what to do: {study.build / 'issues.html'} and issues.csv"
    )
    console.print("Sensitivity: confidential. Counts before disclosure control; do not pass on.")
    if blocking:
        raise typer.Exit(1)
