"""Read the finished files of reports, and hold them beside their ledger and their rows."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluatie.agreement import ReportRun
from evaluatie.disclosure.auditing.findings import Kind
from evaluatie.disclosure.auditing.printed import FORMS, read_output
from evaluatie.disclosure.auditing.printed.claims import (
    Source,
    printed_intervals,
    table_intervals,
)
from evaluatie.disclosure.auditing.printed.ledger import (
    UNCLAIMED,
    Fault,
    faults_in_file,
    faults_with_rows,
    read_ledger,
)
from evaluatie.disclosure.auditing.printed.tables import (
    faults_in_estimates,
    faults_in_verdicts,
    read_table,
)
from evaluatie.domain import Progress
from evaluatie.release.labels import read_label
from evaluatie.reports.job import NUMBERS_FILE, RUN_FILE
from evaluatie.reports.prepare import Prepared, read_published
from evaluatie.reports.publish import ESTIMATES_FILE, VERDICTS_FILE
from evaluatie.reports.slice import ROWS_FILE, SLICE_FILE

WORK = "Reading what was made"


@dataclass(frozen=True)
class Reading:
    """What was read of one report, or of the tables.

    Attributes
    ----------
    source : Source
        The interval of every field that is printed.
    faults : tuple of (file name, Fault)
    files, numbers : int
        How many were read.
    language : {"nl", "en"}
        Whose decimal mark the numbers have.
    """

    source: Source
    faults: tuple[tuple[str, Fault], ...]
    files: int
    numbers: int
    language: str = "en"


def read_reports(
    prepared: Prepared, runs: Iterable[ReportRun], home: Path, progress: Progress
) -> Iterator[Reading]:
    """Yield what the files of every run say; a PDF takes seconds.

    Parameters
    ----------
    home : Path
        Folder with one folder per run.
    """
    runs = tuple(runs)
    total = sum(len(_outputs(home / run.name)) for run in runs)
    done = 0
    progress(WORK, done, total)
    for run in runs:
        reading = _read_run(prepared, run, home / run.name, progress, done, total)
        done += len(_outputs(home / run.name))
        yield reading


def _read_run(
    prepared: Prepared, run: ReportRun, folder: Path, progress: Progress, done: int, total: int
) -> Reading:
    cut = prepared.slices[run.name]
    rows = pd.read_parquet(cut / ROWS_FILE)
    texts = json.loads((cut / SLICE_FILE).read_text(encoding="utf-8"))
    ledger = read_ledger(folder / NUMBERS_FILE)
    faults = [(NUMBERS_FILE, f) for f in faults_with_rows(ledger, rows, texts, run.language)]
    numbers = len(ledger)
    outputs = _outputs(folder)
    for number, path in enumerate(outputs, start=1):
        printed = read_output(path, texts["label"])
        faults += [(path.name, fault) for fault in faults_in_file(printed, ledger, run.language)]
        numbers += printed.numbers(run.language)
        progress(WORK, done + number, total)
    faults += _of_files(folder, {NUMBERS_FILE, RUN_FILE, *(path.name for path in outputs)})
    source = Source(run.name, printed_intervals(ledger, rows, run.language))
    return Reading(source, tuple(faults), len(outputs) + 1, numbers, run.language)


def _of_files(folder: Path, known: Collection[str]) -> Iterator[tuple[str, Fault]]:
    """Yield files that do not say how sensitive they are, and files that cannot be read."""
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            yield path.name, Fault(UNCLAIMED, "", told="no file that can be read")
        else:
            yield from ((path.name, fault) for fault in _unlabelled(path))


def _unlabelled(path: Path) -> Iterator[Fault]:
    if read_label(path) is None:
        yield Fault(Kind.UNLABELLED, "", told="a file says how sensitive it is")


def _outputs(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.removeprefix(".") in FORMS)


def read_tables(prepared: Prepared, home: Path) -> Iterator[Reading]:
    """Yield what the tables of estimates and verdicts in ``home`` say, where they are there."""
    published = read_published(prepared.published)
    if (path := home / ESTIMATES_FILE).is_file():
        table = read_table(path)
        faults = faults_in_estimates(table, published.estimates)
        source = Source(path.name, table_intervals(table))
        yield _of_table(path, source, faults, len(source.told))
    if (path := home / VERDICTS_FILE).is_file():
        table = read_table(path)
        faults = faults_in_verdicts(table, published.verdicts)
        numbers = int(table.select_dtypes("number").notna().sum().sum())
        yield _of_table(path, Source(path.name, {}), faults, numbers)


def _of_table(path: Path, source: Source, faults: Iterable[Fault], numbers: int) -> Reading:
    told = [*faults, *_unlabelled(path)]
    return Reading(source, tuple((path.name, fault) for fault in told), 1, numbers)
