"""`evaluatie doctor`: say whether machine and study are ready, and whatever lies open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from evaluatie.cli.console import console
from evaluatie.errors import EvaluatieError

if TYPE_CHECKING:
    from evaluatie.agreement import AgreementBook
    from evaluatie.cli.checkup import Finding
    from evaluatie.study import Study

COLOURS = {"ok": "green", "note": "cyan", "open": "yellow"}


def command(context: typer.Context) -> None:
    """Check machine, study, permissions, version control, labels and releases; change nothing."""
    from evaluatie.cli.checkup import Level, check_machine

    findings = [*check_machine(), *_study(context.obj)]
    for finding in findings:
        _show(finding)
    found = [finding.level for finding in findings]
    opened, notes = found.count(Level.OPEN), found.count(Level.NOTE)
    console.print(f"{opened} open, {notes} to know, {found.count(Level.OK)} in order")
    if opened:
        raise typer.Exit(1)


def _show(finding: Finding) -> None:
    level = f"[{COLOURS[finding.level]}]{finding.level:<4}[/]"
    console.print(f"{level} {escape(finding.what)}", soft_wrap=True)
    if finding.where:
        console.print(f"     where: {', '.join(finding.where)}", markup=False, soft_wrap=True)
    if finding.remedy:
        console.print(f"     what to do: {finding.remedy}", markup=False, soft_wrap=True)


def _study(folder: Path | None) -> Iterator[Finding]:
    from evaluatie.agreement import load_agreements
    from evaluatie.cli.checkup import (
        Finding,
        Level,
        check_folders,
        check_leftovers,
        check_outputs,
        check_releases,
        check_rules,
        check_tracked,
    )
    from evaluatie.dictionary import load_codebook
    from evaluatie.study import open_study

    try:
        study = open_study(folder)
        codebook = load_codebook(study)
        yield from _agreed(study, load_agreements(study, codebook))
        yield from check_rules(study)
    except EvaluatieError as error:
        yield Finding(Level.OPEN, str(error))
        return
    yield from check_folders(study, codebook)
    for check in (check_tracked, check_leftovers, check_outputs, check_releases):
        yield from check(study)


def _agreed(study: Study, book: AgreementBook) -> Iterator[Finding]:
    from evaluatie.cli.checkup import Finding, Level
    from evaluatie.intake import MANIFEST

    yield Finding(
        Level.OK,
        f"study '{study.id}': {len(study.waves)} waves, {len(study.areas)} areas, "
        f"{len(book.questions)} questions, {len(book.agreements)} agreements",
    )
    drawn = (study.raw / MANIFEST).is_file()
    for agreement in book.agreements.values():
        usable = agreement.status == "signed" or (agreement.status == "example" and drawn)
        level = Level.OK if usable else Level.OPEN
        remedy = "" if usable else "let the parties sign it, and set its status."
        yield Finding(level, f"agreement '{agreement.id}' is {agreement.status}", (), remedy)
    if not study.raw.is_dir():
        remedy = "put them there, or run 'evaluatie synth'."
        yield Finding(Level.OPEN, "there are no raw data", ("data/raw",), remedy)
