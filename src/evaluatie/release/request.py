"""Ask for a release: freeze the finished files, audit them, and record what they are."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evaluatie import __version__
from evaluatie.agreement import ReportRun
from evaluatie.disclosure import load_rules
from evaluatie.domain import Progress, Sensitivity, no_progress
from evaluatie.errors import ReleaseError
from evaluatie.register import Entry, Kind, Register, append, digest, write_rows
from evaluatie.register.access import file_mode, protect
from evaluatie.register.folders import FILES
from evaluatie.register.published import ROWS_FILE
from evaluatie.register.witnesses import witness_name, witness_text
from evaluatie.register.writing import write_whole
from evaluatie.release.built import Built, built_files, labels_of, reader_of, rows_behind
from evaluatie.release.gate import (
    Audit,
    check_kind_of_data,
    data_digest,
    one_at_a_time,
    pass_audit,
)
from evaluatie.release.history import verify_history
from evaluatie.release.labels import strictest
from evaluatie.release.people import account, load_people
from evaluatie.release.state import check_unpublished, requests_of
from evaluatie.reports.prepare import Prepared, prepare_study
from evaluatie.reports.publish import put_tables
from evaluatie.reports.render import Renderer
from evaluatie.store import (
    TEMPORARY,
    content_key,
    environment_digest,
    file_digest,
    package_digest,
)
from evaluatie.study import Study


def request(
    study: Study,
    runs: Sequence[ReportRun],
    by: str,
    renderer: Renderer,
    *,
    tables: bool = False,
    correction: str = "",
    audit: Audit | None = None,
    progress: Progress = no_progress,
) -> Entry:
    """Freeze the finished files of some runs, audit them and record the request.

    Parameters
    ----------
    runs : sequence of ReportRun
        Reports that are made and up to date.
    by : str
        Who asks, as declared in `analysis/release.yml`.
    renderer : Renderer
        The one the reports were made with; see `Job.ingredients`.
    tables : bool
        The tables of estimates and verdicts as well.
    correction : str
        Why something that was published before is published again with another content.
    audit : Audit, optional
        Default: `audit_files`, which attacks the frozen files and all earlier releases.

    Returns
    -------
    Entry
        The entry of the register; ``content["request"]`` is the id of the request.

    Raises
    ------
    UserError
        History is not what it was, a report is not up to date, a file has no label or is
        confidential, the audit has findings, or this was published before.
    """
    people = load_people(study)
    people.person(by, "request")
    verify_history(study, progress)
    with one_at_a_time(study, progress) as home:
        prepared = prepare_study(study, progress)
        built = built_files(prepared, runs, renderer, tables=tables)
        known = digest(study.releases)
        with _draft(home) as draft:
            content = _frozen(prepared, built, draft, progress)
            content |= {
                "account": account(study),
                "reviews": people.reviews,
                "people": content_key(people.model_dump(mode="json")),
                "correction": {"why": correction} if correction else {},
            }
            content["audit"] = pass_audit(audit, prepared, runs, draft / FILES, progress)
            entry = append(
                study.releases,
                Kind.REQUEST,
                by,
                lambda register: _recorded(register, content, known, study.releases),
            )
            _keep(draft, home, entry)
    return entry


@contextmanager
def _draft(home: Path) -> Iterator[Path]:
    draft = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}request-", dir=home))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _frozen(prepared: Prepared, built: Built, draft: Path, progress: Progress) -> dict[str, Any]:
    """Copy everything into the draft and return what the register says of it."""
    study, folder = prepared.study, draft / FILES
    _copy(prepared, built, folder, progress)
    labels = labels_of(prepared, built.runs, folder)
    sensitivity = strictest(labels.values())
    reader = reader_of(built, sensitivity)
    write_rows(rows_behind(prepared, built), draft / ROWS_FILE, sensitivity)
    protect(study.releases, draft, private=True)
    return {
        "synthetic": prepared.synthetic,
        "sensitivity": str(sensitivity),
        "reader": reader,
        "runs": [run.name for run in built.runs],
        "tables": built.tables,
        "files": notes_of(folder, labels),
        "rows": file_digest(draft / ROWS_FILE),
        "plan": list(built.plan),
        "rules": content_key(load_rules(study).model_dump(mode="json")),
        "data": data_digest(study),
        "versions": {
            "package": __version__,
            "code": package_digest(),
            "environment": environment_digest(),
        },
    }


def _copy(prepared: Prepared, built: Built, folder: Path, progress: Progress) -> None:
    folder.mkdir()
    for done, (name, path) in enumerate(built.files.items(), start=1):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(path, folder / name)
        progress("Freezing", done, len(built.files))
    if built.tables:
        put_tables(prepared, folder)


def notes_of(folder: Path, labels: Mapping[str, Sensitivity]) -> dict[str, dict[str, Any]]:
    """Return digest, size and label of every file, by its name within the release."""
    return {
        name: {
            "sha256": file_digest(folder / name),
            "size": (folder / name).stat().st_size,
            "label": str(label),
        }
        for name, label in sorted(labels.items())
    }


def _recorded(
    register: Register, content: Mapping[str, Any], known: str, folder: Path
) -> dict[str, Any]:
    """Return the content of the entry, decided while nobody else can write."""
    check_kind_of_data(register, bool(content["synthetic"]))
    if digest(folder) != known:
        raise ReleaseError(
            "something was published during the audit, which the audit did not know",
            remedy="request again.",
        )
    corrected = check_unpublished(register, content)
    correction = {**content["correction"], "of": list(corrected)} if corrected else {}
    ident = f"r{len(requests_of(register)) + 1:04d}"
    return {**content, "request": ident, "correction": correction}


def _keep(draft: Path, home: Path, entry: Entry) -> None:
    """Move the frozen files to the place of the request, with a witness of its entry."""
    mode = file_mode(home.parent, private=True)
    write_whole(draft / witness_name(entry), witness_text(entry), mode)
    draft.rename(home / entry.content["request"])
