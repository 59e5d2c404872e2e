"""`evaluatie doctor`: say whether machine and study are ready, and whether anything lies open."""

from __future__ import annotations

import platform
import stat
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from evaluatie.cli.console import console
from evaluatie.errors import EvaluatieError

if TYPE_CHECKING:
    from evaluatie.dictionary import Codebook
    from evaluatie.study import Study

Finding = tuple[bool, str]
PACKAGES = (
    "pandas", "numpy", "duckdb", "statsmodels", "lifelines", "papermill", "jupyterlab", "seaborn",
    "great-tables", "typst", "pypandoc-binary",
)  # fmt: skip


def command(context: typer.Context) -> None:
    """Check Python, packages, renderer, study, feeds and file permissions; change nothing."""
    findings = [*_machine(), *_study(context.obj)]
    for good, text in findings:
        console.print(f"{'[green]ok[/]  ' if good else '[yellow]look[/]'} {text}")
    if not all(good for good, _ in findings):
        raise typer.Exit(1)


def _machine() -> Iterator[Finding]:
    yield True, f"Python {platform.python_version()}"
    for package in PACKAGES:
        try:
            yield True, f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            yield False, f"{package} is not installed: run 'make setup' again"
    from evaluatie.reports.render import choose_renderer

    yield True, choose_renderer("auto").line


def _study(folder: Path | None) -> Iterator[Finding]:
    from evaluatie.agreement import load_agreements
    from evaluatie.dictionary import load_codebook
    from evaluatie.intake import MANIFEST
    from evaluatie.study import open_study

    try:
        study = open_study(folder)
        codebook = load_codebook(study)
        book = load_agreements(study, codebook)
    except EvaluatieError as error:
        yield False, str(error)
        return
    yield True, f"study '{study.id}': {len(study.waves)} waves, {len(study.areas)} areas"
    yield True, f"{len(book.questions)} questions, {len(book.agreements)} agreements"
    drawn = (study.raw / MANIFEST).is_file()
    for agreement in book.agreements.values():
        usable = agreement.status == "signed" or (agreement.status == "example" and drawn)
        yield usable, f"agreement '{agreement.id}' is {agreement.status}"
    if not study.raw.is_dir():
        yield False, f"no raw data in {study.raw}: put them there, or run 'evaluatie synth'"
        return
    open_files = [path for path in _microdata(study, codebook) if _readable_by_others(path)]
    what = "files with data of persons can be read by other users (chmod 600)"
    yield not open_files, f"{len(open_files)} {what}"
    yield not _tracked_data(study.root), "data/ and build/ are outside version control"


def _microdata(study: Study, codebook: Codebook) -> Iterator[Path]:
    from evaluatie.intake import raw_parts
    from evaluatie.reports.prepare import CACHE

    for part in raw_parts(study, codebook):
        if part.feed.questionnaire or any(column.personal for column in part.feed.columns):
            yield from (path for path in [study.raw / part.path] if path.is_file())
    yield from (path for path in (study.build / CACHE).rglob("*") if path.is_file())


def _readable_by_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def _tracked_data(root: Path) -> bool:
    """Return whether git tracks anything below data/ or build/; False where git is absent."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "data", "build"], cwd=root, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
    except OSError:
        return False
    return bool(listed.stdout.strip())
