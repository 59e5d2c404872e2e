"""`evaluatie release`: ask for a release, let others look at it, publish it, check history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from evaluatie.cli.console import console, errors, progress_bars

if TYPE_CHECKING:
    from evaluatie.agreement import ReportRun
    from evaluatie.register import Entry
    from evaluatie.release.people import ReleaseFile
    from evaluatie.release.state import RequestState
    from evaluatie.study import Study

app = typer.Typer(
    help="Let results leave: audited, seen by two others, recorded for ever.", no_args_is_help=True
)

By = Annotated[str, typer.Option("--by", metavar="ID", help="Who you are in release.yml.")]
Ident = Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request, as in list.")]
LOOK_AT = (
    "Open every file as its reader would: text, tables, figures, tooltips, properties.",
    "Is every number agreed with this audience, and none about a group you could recognise?",
    "Does what this audience already has, or could get elsewhere, make a number reveal more?",
    "Do the words say no more than the numbers, and does any text name a person?",
)
DIGITS = 12


@app.command("request")
def request(
    context: typer.Context,
    by: By,
    wave: Annotated[
        list[str] | None, typer.Option(help="Only this wave; default: the last.")
    ] = None,
    audience: Annotated[list[str] | None, typer.Option(help="Only this audience.")] = None,
    report: Annotated[list[str] | None, typer.Option(help="Only this kind of report.")] = None,
    area: Annotated[list[str] | None, typer.Option(help="Only this area, by code.")] = None,
    provider: Annotated[list[str] | None, typer.Option(help="Only for this provider.")] = None,
    all_waves: Annotated[bool, typer.Option("--all", help="Every report of every wave.")] = False,
    tables: Annotated[
        bool,
        typer.Option("--tables", help="The tables of estimates and verdicts; alone, only those."),
    ] = False,
    correction: Annotated[
        str, typer.Option(help="Why something published before is published again, changed.")
    ] = "",
    renderer: Annotated[str, typer.Option(help="As for run.")] = "auto",
) -> None:
    """Freeze the finished reports that the options name, audit them and ask for their release."""
    from evaluatie.release.request import request as ask
    from evaluatie.reports.render import choose_renderer
    from evaluatie.study import open_study

    study = open_study(context.obj)
    asked = {"wave": wave, "audience": audience, "report": report, "area": area}
    filters = {name: tuple(v or ()) for name, v in {**asked, "provider": provider}.items()}
    alone = tables and not all_waves and not any(filters.values())
    runs = () if alone else _runs(study, filters, every_wave=all_waves)
    with progress_bars() as progress:
        entry = ask(
            study,
            runs,
            by,
            choose_renderer(renderer),
            tables=tables,
            correction=correction,
            progress=progress,
        )
    ident = entry.content["request"]
    console.print(
        f"Request {ident}: {_count(len(entry.content['files']), 'file')} frozen, audited, "
        f"recorded as entry {entry.number}.{_rehearsal(entry)}"
    )
    console.print(
        f"It needs {entry.content['reviews']} approvals by others than '{by}': 'evaluatie release "
        f"show {ident}', then 'evaluatie release review {ident} --by ID --approve'."
    )


@app.command("list")
def list_all(context: typer.Context) -> None:
    """List every request and release, and how far it is."""
    from evaluatie.register import read_register
    from evaluatie.release.people import load_people
    from evaluatie.release.state import requests_of
    from evaluatie.study import open_study

    study = open_study(context.obj)
    people, found = load_people(study), requests_of(read_register(study.releases))
    if not found:
        console.print("Nothing was requested, and nothing was published.")
        return
    table = Table("id", "stage", "asked by", "approved by", "for", "files", "what")
    for ident, state in found.items():
        table.add_row(
            ident,
            _stage(state, people),
            state.entry.by,
            ", ".join(state.approvals(people)),
            _whom(state),
            str(len(state.content["files"])),
            _what(state),
        )
    console.print(table)


@app.command("show")
def show(context: typer.Context, ident: Ident) -> None:
    """List the frozen files of a request with label and digest, and what to look at."""
    from evaluatie.register import read_register
    from evaluatie.register.access import permitted
    from evaluatie.register.folders import FILES, differences
    from evaluatie.release.people import load_people
    from evaluatie.release.review import frozen_folder
    from evaluatie.release.state import request_called
    from evaluatie.study import open_study

    study = open_study(context.obj)
    people, state = load_people(study), request_called(read_register(study.releases), ident)
    folder = frozen_folder(study, ident) / FILES
    with permitted():
        wrong = differences(folder, state.content["files"])
    table = Table("file", "bytes", "label", f"sha256 (first {DIGITS})")
    for name, note in state.content["files"].items():
        table.add_row(name, f"{note['size']:,}", note["label"], note["sha256"][:DIGITS])
    console.print(table)
    _tell(state, people)
    if wrong:
        errors.print(f"[red]Not what was frozen[/]: {', '.join(wrong)}")
        raise typer.Exit(1)
    console.print(f"The files are as they were frozen, in {folder}", soft_wrap=True)
    console.print("What to look at:")
    for line in LOOK_AT:
        console.print(f"  - {line}")


@app.command("review")
def review(
    context: typer.Context,
    ident: Ident,
    by: By,
    approve: Annotated[
        bool | None, typer.Option("--approve/--reject", help="What you decide.")
    ] = None,
    note: Annotated[str, typer.Option(help="Why; a rejection needs it. Names no person.")] = "",
) -> None:
    """Approve or reject a request that somebody else made; once, and for ever on record."""
    from evaluatie.release.people import load_people
    from evaluatie.release.review import review as record
    from evaluatie.release.state import Decision, request_called
    from evaluatie.study import open_study

    if approve is None:
        raise typer.BadParameter("give --approve or --reject", param_hint="--approve/--reject")
    study = open_study(context.obj)
    decision = Decision.APPROVE if approve else Decision.REJECT
    with progress_bars() as progress:
        entry = record(study, ident, by, decision, note, progress)
    console.print(f"Recorded as entry {entry.number}: '{by}' says {decision} to request {ident}.")
    from evaluatie.register import read_register

    state, people = request_called(read_register(study.releases), ident), load_people(study)
    console.print(f"Request {ident} is {_stage(state, people)}.")


@app.command("publish")
def publish(context: typer.Context, ident: Ident, by: By) -> None:
    """Audit an approved request again and publish it, for ever."""
    from evaluatie.release.publish import publish as let_go
    from evaluatie.study import open_study

    study = open_study(context.obj)
    with progress_bars() as progress:
        entry = let_go(study, ident, by, progress=progress)
    release = entry.content["release"]
    console.print(
        f"Published as {release}, entry {entry.number}.{_rehearsal(entry)} "
        f"Files: {study.releases / release}",
        soft_wrap=True,
    )
    console.print(
        f"Deposit this head with somebody who has no part in the study: {entry.digest}",
        soft_wrap=True,
    )


@app.command("verify")
def verify(context: typer.Context) -> None:
    """Check the whole register and every file that was ever published; print the head."""
    from evaluatie.register import Kind
    from evaluatie.release.history import verify_history
    from evaluatie.study import open_study

    study = open_study(context.obj)
    with progress_bars() as progress:
        register = verify_history(study, progress)
    published = register.of(Kind.PUBLISH)
    files = sum(len(entry.content["files"]) for entry in published)
    console.print(
        f"{_count(len(register.entries), 'entry')}, {_count(len(published), 'release')}, "
        f"{_count(files, 'file')}: all as recorded."
    )
    if register.entries:
        console.print(f"Head: entry {len(register.entries)}, {register.head}", soft_wrap=True)
        console.print(
            "A folder replaced as a whole looks like this too: compare the head with the one that "
            "was deposited, or with version control."
        )


def _runs(
    study: Study, filters: dict[str, tuple[str, ...]], *, every_wave: bool
) -> tuple[ReportRun, ...]:
    from evaluatie.cli.run import select_runs
    from evaluatie.reports.prepare import read_declarations

    return select_runs(study, read_declarations(study)[1], filters, every_wave=every_wave)


def _tell(state: RequestState, people: ReleaseFile) -> None:
    """Print what the register says of a request, apart from its files."""
    told = state.content
    console.print(
        f"Request {state.id}, by '{state.entry.by}' on {state.entry.at}: {_stage(state, people)}, "
        f"for {_whom(state)}.{_rehearsal(state.entry)}"
    )
    audit = told["audit"]
    console.print(
        f"Audit: {_count(audit['findings'], 'finding')} in {_count(audit['files'], 'file')} with "
        f"{audit['numbers']:,} numbers, beside {_count(audit['releases'], 'earlier release')}."
    )
    if told["correction"]:
        of, why = ", ".join(told["correction"]["of"]), told["correction"]["why"]
        console.print(f"Correction of {of}: {why}", markup=False)
    for entry in state.reviews:
        note = f": {entry.content['note']}" if entry.content["note"] else ""
        console.print(f"'{entry.by}' {entry.at}: {entry.content['decision']}{note}", markup=False)


def _stage(state: RequestState, people: ReleaseFile) -> str:
    stage = str(state.stage(people))
    if stage != "open":
        return stage
    return f"open, {len(state.approvals(people))} of {state.needed(people)} approvals"


def _whom(state: RequestState) -> str:
    return f"{state.content['reader']} alone" if state.content["reader"] else "everybody"


def _what(state: RequestState) -> str:
    names = [*state.content["runs"], *(["tables"] if state.content["tables"] else [])]
    kind = " (synthetic)" if state.content["synthetic"] else ""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") + kind


def _rehearsal(entry: Entry) -> str:
    return " A rehearsal: the data are synthetic." if entry.content["synthetic"] else ""


def _count(number: int, noun: str) -> str:
    plural = "entries" if noun == "entry" else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
