"""Which finished files a release takes: of reports that are up to date, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluatie.agreement import ReportRun
from evaluatie.domain import Sensitivity
from evaluatie.errors import ReleaseError
from evaluatie.register.published import ROW_COLUMNS
from evaluatie.release.labels import read_label, strictest
from evaluatie.reports.job import RUN_FILE, Job
from evaluatie.reports.notebook import is_exploration, read_notebook
from evaluatie.reports.prepare import Prepared, read_published
from evaluatie.reports.publish import tabled
from evaluatie.reports.render import Renderer
from evaluatie.reports.run import RunOptions, jobs_of
from evaluatie.reports.slice import read_slice

TABLES = "tables"  # stands where the name of a run stands, for rows of the tables beside reports
MOST = 10


@dataclass(frozen=True)
class Built:
    """What a request takes.

    Attributes
    ----------
    runs : tuple of ReportRun
    tables : bool
        Whether the tables beside the reports go too.
    files : dict of str to Path
        Name within the release -> finished file of a report. Tables are written anew.
    plan : tuple of str
        Digests of the disclosure plan behind them.
    """

    runs: tuple[ReportRun, ...]
    tables: bool
    files: dict[str, Path]
    plan: tuple[str, ...]


def built_files(
    prepared: Prepared, runs: Sequence[ReportRun], renderer: Renderer, *, tables: bool
) -> Built:
    """Return the finished files of some runs.

    Raises
    ------
    AgreementError
        A run was not agreed, not signed, or comes too early.
    ReleaseError
        A report is not made, or not up to date; or its notebook is an exploration.
    """
    for run in runs:
        prepared.check(run)
    jobs = jobs_of(prepared.study, runs, prepared.slices, RunOptions(renderer, formats=()))
    _require_current(jobs)
    files = {f"{job.run.name}/{name}": job.target / name for job in jobs for name in _names(job)}
    if not files and not tables:
        raise ReleaseError("nothing was asked for", remedy="name reports, or give --tables.")
    plan = {read_slice(prepared.slices[run.name]).plan for run in runs}
    plan |= {read_published(prepared.published).plan} if tables else set()
    return Built(tuple(runs), tables, files, tuple(sorted(plan)))


def _names(job: Job) -> list[str]:
    record = job.record()
    return [*sorted(record["outputs"]), RUN_FILE] if record else []


def _require_current(jobs: Sequence[Job]) -> None:
    stale = []
    for job in jobs:
        if is_exploration(read_notebook(job.notebook)):
            raise ReleaseError(
                "this notebook is an exploration: it can use data that no audience may see",
                where=job.notebook.name,
                remedy="release a report that opens its slice with open_report(...).",
            )
        if reasons := job.reasons():
            stale.append(f"{job.run.name} ({', '.join(reasons)})")
    if stale:
        more = f" and {len(stale) - MOST} more" if len(stale) > MOST else ""
        count = "one report is" if len(stale) == 1 else f"{len(stale)} reports are"
        raise ReleaseError(
            f"{count} not up to date: {', '.join(stale[:MOST])}{more}",
            remedy="make them with 'evaluatie run' and the same options, then request again.",
        )


def labels_of(
    prepared: Prepared, runs: Sequence[ReportRun], folder: Path
) -> dict[str, Sensitivity]:
    """Return the label of every frozen file in ``folder``, after checking that it may leave.

    Raises
    ------
    ReleaseError
        A file without a label, one that is confidential, or one that is less strict than its run.
    """
    specs = prepared.book.reports
    least = {run.name: Sensitivity(specs[run.report].sensitivity) for run in runs}
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    found = {name: read_label(folder / name) for name in names}
    if silent := [name for name, label in found.items() if label is None]:
        raise _refused(silent, "states no sensitivity", "state no sensitivity")
    known = {name: label for name, label in found.items() if label is not None}
    closed = [name for name, label in known.items() if label is Sensitivity.CONFIDENTIAL]
    if closed:
        raise _refused(closed, "is confidential", "are confidential")
    loose = [
        name
        for name, label in known.items()
        if strictest([label, least.get(name.split("/")[0], label)]) is not label
    ]
    if loose:
        what = "states a lower sensitivity than its report has in analysis/reports.yml"
        raise _refused(loose, what, what.replace("states", "state").replace("its", "their"))
    return known


def _refused(names: Sequence[str], one: str, several: str) -> ReleaseError:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    which = ", ".join(names[:MOST]) + more
    return ReleaseError(
        f"{which} {one}" if len(names) == 1 else f"{len(names)} files {several}: {which}",
        allowed=f"files that state '{Sensitivity.PUBLIC}', or '{Sensitivity.RESTRICTED}' for one "
        "reader",
        remedy="make the report again with 'evaluatie run', or leave it out.",
    )


def reader_of(built: Built, sensitivity: Sensitivity) -> str:
    """Return for whom alone a restricted release is; empty for a public one.

    Raises
    ------
    ReleaseError
        A restricted release with reports for more than one reader, or with tables.
    """
    if sensitivity is Sensitivity.PUBLIC:
        return ""
    readers = {" ".join(filter(None, (run.audience, run.provider))) for run in built.runs}
    if len(readers) > 1 or built.tables:
        raise ReleaseError(
            "a restricted report goes to its own reader alone, and this request is for "
            + ", ".join([*sorted(readers), *(["everybody (tables)"] if built.tables else [])]),
            remedy="make one request per reader: --audience, --provider.",
        )
    return readers.pop()


def rows_behind(prepared: Prepared, built: Built) -> pd.DataFrame:
    """Return every row that readers of a release may know, with exact values; one per run."""
    parts = [
        read_slice(prepared.slices[run.name]).estimates.assign(run=run.name) for run in built.runs
    ]
    if built.tables:
        parts.append(tabled(prepared).assign(run=TABLES))
    return pd.concat(parts, ignore_index=True)[list(ROW_COLUMNS)]
