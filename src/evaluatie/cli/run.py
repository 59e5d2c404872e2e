"""`evaluatie run`: from raw feeds to rendered reports; what is up to date is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from evaluatie.cli.console import console, errors, progress_bars
from evaluatie.errors import AgreementError, DeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evaluatie.agreement import AgreementBook, ReportRun
    from evaluatie.study import Study

FORMATS = ("html", "pdf", "docx")
RENDERERS = ("auto", "quarto", "embedded")


def command(
    context: typer.Context,
    wave: Annotated[
        list[str] | None, typer.Option(help="Only this wave; default: the last.")
    ] = None,
    audience: Annotated[list[str] | None, typer.Option(help="Only this audience.")] = None,
    report: Annotated[list[str] | None, typer.Option(help="Only this kind of report.")] = None,
    area: Annotated[list[str] | None, typer.Option(help="Only this area, by code.")] = None,
    provider: Annotated[list[str] | None, typer.Option(help="Only for this provider.")] = None,
    all_waves: Annotated[bool, typer.Option("--all", help="Every report of every wave.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Reports at once.")] = 2,
    renderer: Annotated[str, typer.Option(help=", ".join(RENDERERS))] = "auto",
    to: Annotated[str, typer.Option(help="Forms, separated by commas.")] = ",".join(FORMATS),
) -> None:
    """Make the reports of the last wave, or those that the options name.

    A filter can be given more than once: any of its values will do. The filters choose which
    reports are made, never what the disclosure plan covers: that is always every report in
    reports.yml.
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
    asked = {"wave": wave, "audience": audience, "report": report, "area": area}
    filters = {name: tuple(v or ()) for name, v in {**asked, "provider": provider}.items()}
    runs = select_runs(study, declared[1], filters, every_wave=all_waves)
    chosen = choose_renderer(renderer)
    errors.print(chosen.line)
    with progress_bars() as progress:
        prepared = prepare_study(study, progress, declared)
        summary = make_reports(prepared, runs, chosen, formats, workers, progress)
    for failure in summary.failed:
        errors.print(f"[red]failed[/] {failure.run.name}: {escape(failure.message)}", markup=True)
    console.print(summary.line)
    console.print(f"Reports: {study.build / 'index.html'}")
    if summary.failed:
        console.print(f"Notebooks that failed, for you alone to read: {study.build / 'failed'}")
        raise typer.Exit(1)


def select_runs(
    study: Study,
    book: AgreementBook,
    filters: Mapping[str, Sequence[str]],
    *,
    every_wave: bool,
) -> tuple[ReportRun, ...]:
    """Return the rows of the run matrix that the filters name; without a wave, the last one.

    A run is chosen when each filter that has values has that of the run among them.

    Raises
    ------
    DeclarationError
        A filter names something that the study does not have.
    AgreementError
        Each filter is known, but no agreed report has all of them together.
    """
    _require_known(study, book, filters)
    last = () if every_wave else (study.waves[-1].id,)
    wanted = {**filters, "wave": filters.get("wave") or last}
    runs = tuple(
        run
        for run in book.run_matrix()
        if all(not values or getattr(run, name) in values for name, values in wanted.items())
    )
    if not runs:
        asked = ", ".join(f"{name} {' or '.join(v)}" for name, v in wanted.items() if v)
        raise AgreementError(
            f"no report was agreed for {asked}",
            allowed=", ".join(sorted({run.name for run in book.run_matrix()})),
            remedy="choose one of these, or agree on it first and add it to reports.yml.",
        )
    return runs


def _require_known(study: Study, book: AgreementBook, filters: Mapping[str, Sequence[str]]) -> None:
    for wave in filters.get("wave", ()):
        study.wave(wave)
    for area in filters.get("area", ()):
        study.area(area)
    for name, known in (("audience", book.agreements), ("report", book.reports)):
        for value in filters.get(name, ()):
            if value not in known:
                raise DeclarationError(f"there is no {name} '{value}'", allowed=", ".join(known))


def _formats(text: str) -> tuple[str, ...]:
    formats = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not formats or set(formats) - set(FORMATS):
        raise typer.BadParameter(f"choose from {', '.join(FORMATS)}", param_hint="--to")
    return formats
