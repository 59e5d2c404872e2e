"""Publish what was asked for, audited and approved: for ever, and once."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from typing import Any

from evaluatie.agreement import ReportRun
from evaluatie.domain import Progress, Sensitivity, no_progress
from evaluatie.errors import ReleaseError
from evaluatie.register import Entry, Kind, Register, append, digest, read_register
from evaluatie.register.access import file_mode, folder_mode, protect
from evaluatie.register.folders import FILES, MANIFEST_FILE, beside, manifest_text, problems_of
from evaluatie.register.published import ROWS_FILE
from evaluatie.release.built import labels_of
from evaluatie.release.gate import (
    Audit,
    check_kind_of_data,
    data_digest,
    one_at_a_time,
    pass_audit,
)
from evaluatie.release.history import verify_history
from evaluatie.release.people import ReleaseFile, account, load_people
from evaluatie.release.review import CHANGED, check_frozen, frozen_folder
from evaluatie.release.state import RequestState, Stage, check_unpublished, request_called
from evaluatie.reports.prepare import Prepared, prepare_study
from evaluatie.store import file_digest, in_place
from evaluatie.study import Study

KEPT = (
    "synthetic", "sensitivity", "reader", "runs", "tables", "files", "rows", "plan", "rules",
    "correction",
)  # fmt: skip


def publish(
    study: Study,
    ident: str,
    by: str,
    audit: Audit | None = None,
    progress: Progress = no_progress,
) -> Entry:
    """Publish an approved request: files, manifest and rows in `releases/`, an entry for ever.

    Parameters
    ----------
    ident : str
        Id of the request; the release has the same.
    by : str
        Who publishes, as declared in `analysis/release.yml`.
    audit : Audit, optional
        Default: `audit_files`. The audit runs again: since the request others may have been
        published, and what is known together can reveal more.

    Raises
    ------
    UserError
        History is not what it was; too few approvals; a frozen file is not what it was; the data
        changed; the audit has findings; this was published meanwhile.

    Notes
    -----
    The entry comes first, then the folder: interrupted in between, the rows count as known
    already, and the same command puts the folder in place.
    """
    people = load_people(study)
    people.person(by, "publish")
    with one_at_a_time(study, progress):
        state = request_called(read_register(study.releases), ident)
        if state.published is not None and problems_of(study.releases, state.published):
            return _finish(study, state)
        verify_history(study, progress)
        _ready(study, state, people)
        prepared = prepare_study(study, progress)
        runs = _runs(prepared, state)
        folder, known = frozen_folder(study, ident), digest(study.releases)
        labels_of(prepared, runs, folder / FILES)
        passed = pass_audit(audit, prepared, runs, folder / FILES, progress)

        def decided(register: Register) -> dict[str, Any]:
            check_kind_of_data(register, prepared.synthetic)
            _check_known(study, known)
            now = _ready(study, request_called(register, ident), people)
            now.check_account(by, account(study), people)
            check_unpublished(register, now.content)
            return _content(now, people) | {"account": account(study), "audit": passed}

        entry = append(study.releases, Kind.PUBLISH, by, decided)
        _place(study, entry)
    return entry


def _ready(study: Study, state: RequestState, people: ReleaseFile) -> RequestState:
    """Return a request that was approved and whose files are what they were, or refuse it."""
    stage, said = state.stage(people), state.approvals(people)
    if stage is Stage.PUBLISHED:
        raise ReleaseError(f"request {state.id} was already published as {state.id}")
    if stage is Stage.REJECTED:
        raise ReleaseError(f"request {state.id} was rejected", remedy="make a new request.")
    if stage is Stage.OPEN:
        raise ReleaseError(
            f"request {state.id} has {len(said)} of the {state.needed(people)} approvals it needs",
            remedy=f"let others than '{state.entry.by}' look at it: 'evaluatie release show "
            f"{state.id}', then 'evaluatie release review {state.id}'.",
        )
    _check_files(study, state)
    return state


def _check_known(study: Study, known: str) -> None:
    if digest(study.releases) != known:
        raise ReleaseError(
            "something was published during the audit, which the audit did not know",
            remedy="publish again.",
        )


def _check_files(study: Study, state: RequestState) -> None:
    check_frozen(study, state)
    rows = frozen_folder(study, state.id) / ROWS_FILE
    if not rows.is_file() or file_digest(rows) != state.content["rows"]:
        raise ReleaseError("the frozen rows are not what was requested", remedy=CHANGED)


def _runs(prepared: Prepared, state: RequestState) -> tuple[ReportRun, ...]:
    """Return the runs of the request, if they are still agreed and rest on the same data."""
    if data_digest(prepared.study) != state.content["data"]:
        raise ReleaseError(
            "the raw data changed since the request: the frozen files are about other data",
            where=f"request {state.id}",
            remedy="make the reports again and make a new request.",
        )
    known = {run.name: run for run in prepared.book.run_matrix()}
    if gone := [name for name in state.content["runs"] if name not in known]:
        raise ReleaseError(
            f"{', '.join(gone)} is no longer in analysis/reports.yml",
            where=f"request {state.id}",
            remedy="make a new request.",
        )
    runs = tuple(known[name] for name in state.content["runs"])
    for run in runs:
        prepared.check(run)
    return runs


def _content(state: RequestState, people: ReleaseFile) -> dict[str, Any]:
    told: dict[str, Any] = {name: state.content[name] for name in KEPT}
    manifest = manifest_text(state.id, told).encode()
    return {
        **told,
        "request": state.id,
        "release": state.id,
        "of": state.entry.digest,
        "manifest": hashlib.sha256(manifest).hexdigest(),
        "approved_by": list(state.approvals(people)),
    }


def _place(study: Study, entry: Entry) -> None:
    """Put the folder of a release in place, whole or not at all."""
    content: Mapping[str, Any] = entry.content
    public = content["sensitivity"] == Sensitivity.PUBLIC
    source = frozen_folder(study, content["request"])
    mode = folder_mode(study.releases, private=not public)
    with in_place(study.releases / content["release"], mode) as folder:
        shutil.copytree(source / FILES, folder / FILES)
        shutil.copyfile(source / ROWS_FILE, folder / ROWS_FILE)
        (folder / MANIFEST_FILE).write_bytes(manifest_text(content["release"], content).encode())
        for name, text in beside(entry).items():
            (folder / name).write_bytes(text)
        protect(study.releases, folder, private=not public)
        (folder / ROWS_FILE).chmod(file_mode(study.releases, private=True))


def _finish(study: Study, state: RequestState) -> Entry:
    """Put the folder of a release in place again, from the frozen files that it came from."""
    entry = state.published
    assert entry is not None
    _check_files(study, state)
    _place(study, entry)
    return entry
