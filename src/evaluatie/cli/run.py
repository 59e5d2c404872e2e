"""`evaluatie run`: from raw feeds to rendered reports; what is up to date is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from evaluatie.cli.console import console, errors, progress_bars
from evaluatie.errors import AgreementError, DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evaluatie.agreement import AgreementBook, ReportRun
    from evaluatie.study import Study

FORMATS = ("html", "pdf", "docx")
RENDERERS = ("auto", "quarto", "embedded")


def command(
    context: typer.Context,
    wave: Annotated[str | None, typer.Option(help="Only this wave; default: the last.")] = None,
    audience: Annotated[str | None, typer.Option(help="Only this audience.")] = None,
    report: Annotated[str | None, typer.Option(help="Only this kind of report.")] = None,
    area: Annotated[str | None, typer.Option(help="Only this area, by code.")] = None,
    provider: Annotated[str | None, typer.Option(help="Only for this provider.")] = None,
    all_waves: Annotated[bool, typer.Option("--all", help="Every report of every wave.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Reports at once.")] = 2,
    renderer: Annotated[str, typer.Option(help=", ".join(RENDERERS))] = "auto",
    to: Annotated[str, typer.Option(help="Forms, separated by commas.")] = ",".join(FORMATS),
) -> None:
    """Make the reports of the last wave, or those that the options name.

    The filters choose which reports are made, never what the disclosure plan covers: that is
    always every report in reports.yml.
    """
    from evaluatie.reports.prepare import prepare_study, read_declarations
    from evaluatie.reports.publish import make_reports
    from evaluatie.reports.render import choose_renderer
    from evaluatie.study import open_study

    study = open_study(context.obj)
    declared = read_declarations(study)
    formats = _formats(to)
    if renderer not in RENDERERS:
        raise typer.BadParameter(", ".join(RENDERERS), param_hint="--renderer")
    filters = {"wave": wave, "audience": audience, "report": report, "area": area}
    filters["provider"] = provider
    runs = select_runs(study, declared[1], filters, every_wave=all_waves)
    chosen = choose_renderer(renderer)
    errors.print(chosen.line)
    with progress_bars() as progress:
        prepared = prepare_study(study, progress, declared)
        summary = make_reports(prepared, runs, chosen, formats, workers, progress)
    for failure in summary.failed:
        errors.print(f"[red]failed[/] {failure.run.name}: {failure.message}", markup=True)
    console.print(summary.line)
    console.print(f"Reports: {study.build / 'index.html'}")
    if summary.failed:
        raise typer.Exit(1)


def select_runs(
    study: Study,
    book: AgreementBook,
    filters: Mapping[str, str | None],
    *,
    every_wave: bool,
) -> tuple[ReportRun, ...]:
    """Return the rows of the run matrix that the filters name; without a wave, the last one.

    Raises
    ------
    DeclarationError
        A filter names something that the study does not have.
    AgreementError
        Each filter is known, but no agreed report has all of them together.
    """
    if wave := filters.get("wave"):
        study.wave(wave)
    if area := filters.get("area"):
        study.area(area)
    for name, known in (("audience", book.agreements), ("report", book.reports)):
        value = filters.get(name)
        if value is not None and value not in known:
            raise DeclarationError(f"there is no {name} '{value}'", allowed=", ".join(known))
    wanted = {**filters, "wave": wave or (None if every_wave else study.waves[-1].id)}
    runs = tuple(
        run
        for run in book.run_matrix()
        if all(value is None or getattr(run, name) == value for name, value in wanted.items())
    )
    if not runs:
        asked = ", ".join(f"{name} {value}" for name, value in wanted.items() if value)
        raise AgreementError(
            f"no report was agreed for {asked}",
            allowed=", ".join(sorted({run.name for run in book.run_matrix()})),
            remedy="choose one of these, or agree on it first and add it to reports.yml.",
        )
    return runs


def _formats(text: str) -> tuple[str, ...]:
    formats = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not formats or set(formats) - set(FORMATS):
        raise typer.BadParameter(f"choose from {', '.join(FORMATS)}", param_hint="--to")
    return formats
