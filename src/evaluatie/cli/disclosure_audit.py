"""`evaluatie disclosure audit`: attack the finished files as somebody would who has them all."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from evaluatie.cli.console import console, errors, progress_bars

if TYPE_CHECKING:
    from evaluatie.disclosure.auditing.findings import Finding
    from evaluatie.release.audit import Audited

AUDIT_FILE = "audit.csv"
MOST = 40  # findings on the screen; all of them are in the file


def audit(
    context: typer.Context,
    wave: Annotated[list[str] | None, typer.Option(help="Only reports of this wave.")] = None,
    audience: Annotated[list[str] | None, typer.Option(help="Only for this audience.")] = None,
    report: Annotated[list[str] | None, typer.Option(help="Only this kind of report.")] = None,
) -> None:
    """Read every finished report and table, and say which hidden numbers follow from them.

    Exit code 1 where anything leaks. Findings name what leaks: they are for you alone.
    """
    from evaluatie.cli.run import select_runs
    from evaluatie.disclosure.auditing.findings import findings_frame
    from evaluatie.errors import ReleaseError
    from evaluatie.release.audit import audit_files, built_runs, outdated
    from evaluatie.reports.prepare import prepare_study
    from evaluatie.store import write_private
    from evaluatie.study import open_study

    study = open_study(context.obj)
    filters = {"wave": wave or (), "audience": audience or (), "report": report or ()}
    with progress_bars() as progress:
        prepared = prepare_study(study, progress)
        asked = select_runs(study, prepared.book, filters, every_wave=True)
        runs = [run for run in built_runs(prepared) if run in asked]
        if not runs:
            raise ReleaseError(
                "no report is made, so there is nothing to audit",
                remedy="make reports with 'evaluatie run' first.",
            )
        if stale := outdated(prepared, runs):
            errors.print(
                f"{len(stale)} reports are not up to date, the first is {stale[0]}: what they show "
                "is compared with the plan of now. Run 'evaluatie run' first."
            )
        found = audit_files(study, prepared, runs, progress=progress)
    frame = findings_frame(found.findings).assign(sensitivity="confidential")
    path = write_private(study.build / AUDIT_FILE, frame.to_csv(index=False))
    console.print(_summary(found))
    if found.findings:
        console.print(_table(found.findings[:MOST]))
        console.print(f"{len(found.findings)} findings. All of them, confidential: {path}")
        raise typer.Exit(1)
    console.print("No finding.")


def _summary(found: Audited) -> str:
    before = f" and {found.releases} earlier releases" if found.releases else ""
    return (
        f"{found.numbers} numbers read in {found.files} files{before}; {found.targets} hidden "
        f"numbers attacked with {found.claims} claims."
    )


def _table(findings: Iterable[Finding]) -> Table:
    table = Table("what", "of", "number", "interval", "allowed", "reports")
    for found in findings:
        cells = (
            str(found.kind),
            found.row or found.cell,
            found.measure,
            _interval(found.low, found.high),
            found.required,
            ", ".join(found.reports),
        )
        table.add_row(*map(escape, cells))
    return table


def _interval(low: float, high: float) -> str:
    if math.isnan(low):
        return ""
    if low == high:
        return f"{low:.10g}"
    return f"{low:.6g} to {'any' if math.isinf(high) else format(high, '.6g')}"
