"""Audit what was made: read every file as anybody can who has it, and attack all of it together.

Nothing is taken from the plan. What a file says is read from the file; what readers of earlier
releases know is read from the register; what must stay hidden follows from the private estimates.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import InvalidOperation
from pathlib import Path

import pandas as pd

from evaluatie.agreement import ReportRun
from evaluatie.disclosure import load_rules
from evaluatie.disclosure.auditing import audit_claims
from evaluatie.disclosure.auditing.demands import true_demands
from evaluatie.disclosure.auditing.findings import Finding, Kind
from evaluatie.disclosure.auditing.printed.claims import (
    TOGETHER,
    Source,
    Truth,
    table_intervals,
    told_by,
    truth_of,
)
from evaluatie.disclosure.auditing.printed.ledger import Fault
from evaluatie.disclosure.auditing.printed.numbers import plain
from evaluatie.disclosure.rules import DisclosureRules, Stricter
from evaluatie.disclosure.universe.cells import CellReader
from evaluatie.disclosure.universe.claims import Told
from evaluatie.domain import Progress, Publication, no_progress
from evaluatie.errors import ReleaseError
from evaluatie.register import published_frames
from evaluatie.release.reading import Reading, read_reports, read_tables
from evaluatie.reports.job import NUMBERS_FILE, RUN_FILE
from evaluatie.reports.prepare import Prepared, read_private
from evaluatie.store import folder_digest
from evaluatie.study import Study

REPORTS = "reports"


@dataclass(frozen=True)
class Audited:
    """What an audit looked at and found.

    Attributes
    ----------
    findings : tuple of Finding
    files, numbers : int
        How many files were read, and how many numbers in them.
    claims : int
        What they tell of groups of people and their amounts, earlier releases included.
    targets : int
        Numbers that the rules hide, each of which was attacked.
    releases : int
        Earlier releases that the attacker knows.
    """

    findings: tuple[Finding, ...]
    files: int
    numbers: int
    claims: int
    targets: int
    releases: int


def audit_outputs(
    study: Study,
    prepared: Prepared,
    runs: Sequence[ReportRun],
    folder: Path | None = None,
    progress: Progress = no_progress,
) -> tuple[Finding, ...]:
    """Return everything that leaks from the files of some runs, with all earlier releases.

    Parameters
    ----------
    runs : sequence of ReportRun
        Whose files are read.
    folder : Path, optional
        Where these files are, one folder per run with the tables beside them; default: what was
        built.

    Raises
    ------
    ReleaseError
        A run has no files there.
    """
    return audit_files(study, prepared, runs, folder, progress).findings


def audit_files(
    study: Study,
    prepared: Prepared,
    runs: Sequence[ReportRun],
    folder: Path | None = None,
    progress: Progress = no_progress,
) -> Audited:
    """Audit as `audit_outputs` does, and say how much was looked at."""
    home = folder or study.build / REPORTS
    _require_files(runs, home)
    readings = (
        *read_reports(prepared, runs, home, progress),
        *read_tables(prepared, folder or study.build),
    )
    earlier = published_frames(study.releases, synthetic=prepared.synthetic)
    rules, reader = load_rules(study), CellReader(study, prepared.codebook)
    truth = truth_of(read_private(prepared), earlier, reader, rules)
    known = _known_before(earlier)
    told = tuple(told_by([*(reading.source for reading in readings), *known], truth, reader, rules))
    attacked = (
        *audit_claims(told, truth.rows, truth.frame, rules, progress=progress),
        *_held_to_more(told, runs, truth, rules, progress),
    )
    names = {source.where for source in known}
    found = (*_faults(readings), *(_named(finding, names) for finding in attacked))
    return Audited(
        findings=tuple(dict.fromkeys(found)),
        files=sum(reading.files for reading in readings),
        numbers=sum(reading.numbers for reading in readings),
        claims=len(told),
        targets=len(true_demands(truth.rows, truth.frame, rules)),
        releases=len(earlier),
    )


def built_runs(prepared: Prepared) -> tuple[ReportRun, ...]:
    """Return the runs of which there are finished files."""
    home = prepared.study.build / REPORTS
    return tuple(run for run in prepared.book.run_matrix() if (home / run.name).is_dir())


def outdated(prepared: Prepared, runs: Iterable[ReportRun]) -> tuple[str, ...]:
    """Return the runs whose finished files show other rows than the plan allows now.

    What they leak by the plan of today may have been right by that of the day they were made.
    """
    home = prepared.study.build / REPORTS
    stale = []
    for run in runs:
        record = json.loads((home / run.name / RUN_FILE).read_text(encoding="utf-8"))
        if record["ingredients"]["slice"] != folder_digest(prepared.slices[run.name]):
            stale.append(run.name)
    return tuple(stale)


def _require_files(runs: Iterable[ReportRun], home: Path) -> None:
    absent = [run.name for run in runs if not (home / run.name / NUMBERS_FILE).is_file()]
    if absent:
        raise ReleaseError(
            f"{len(absent)} reports are not made, or have no ledger; the first is {absent[0]}",
            remedy="make them with 'evaluatie run' first.",
        )


def _known_before(earlier: Iterable[pd.DataFrame]) -> list[Source]:
    """Return what readers of every earlier release know, exactly."""
    sources = []
    for frame in earlier:
        shown = frame[frame["publication"] == Publication.SHOWN]
        sources += [
            Source(str(name), table_intervals(rows)) for name, rows in shown.groupby("release")
        ]
    return sources


def _held_to_more(
    told: Iterable[Told],
    runs: Iterable[ReportRun],
    truth: Truth,
    rules: DisclosureRules,
    progress: Progress,
) -> Iterator[Finding]:
    """Yield what leaks by the stricter rules of an audience, from its own reports."""
    runs, told = tuple(runs), tuple(told)
    for audience, stricter in rules.audiences.items():
        own = {run.name for run in runs if run.audience == audience}
        theirs = [claim for claim in told if set(claim.where.split(TOGETHER)) <= own]
        if theirs and stricter != Stricter():
            mine = rules.for_audience(audience)
            yield from audit_claims(theirs, truth.rows, truth.frame, mine, progress=progress)


def _named(finding: Finding, releases: set[str]) -> Finding:
    """Return a finding with its reports one by one, and said to be of a release where it is."""
    parts = (name for where in finding.reports for name in where.split(TOGETHER))
    reports = tuple(dict.fromkeys(parts))
    by_release = finding.kind == Kind.DERIVED and releases & set(reports)
    kind = Kind.NARROWED_BY_RELEASE if by_release else finding.kind
    return replace(finding, kind=kind, reports=reports)


def _faults(readings: Iterable[Reading]) -> Iterator[Finding]:
    """Yield what needs no attack: the file itself says what it may not."""
    for reading in readings:
        for file, fault in reading.faults:
            value = _value(fault, reading.language)
            yield Finding(
                kind=Kind(fault.kind),
                row=fault.row,
                cell=file,
                measure="number",
                low=value,
                high=value,
                required=fault.told,
                reports=(reading.source.where,),
            )


def _value(fault: Fault, language: str) -> float:
    try:
        return float(plain(fault.number, language))
    except (InvalidOperation, ValueError):  # a date, or no number at all
        return math.nan
