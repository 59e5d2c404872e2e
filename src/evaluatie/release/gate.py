"""The gate that a request and a publication both pass: the audit of the frozen files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from evaluatie.agreement import ReportRun
from evaluatie.domain import Progress, no_progress
from evaluatie.errors import ReleaseError
from evaluatie.register import Kind, Register
from evaluatie.register.access import folder_mode, is_shared, permitted
from evaluatie.register.witnesses import REQUESTS
from evaluatie.register.writing import LOCK, open_folder
from evaluatie.reports.prepare import Prepared
from evaluatie.store import folder_digest, locked, remove_stale
from evaluatie.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evaluatie.disclosure.auditing.findings import Finding
    from evaluatie.release.audit import Audited

MOST = 10


class Audit(Protocol):
    """What attacks finished files together with all earlier releases; see `audit_files`."""

    def __call__(
        self,
        study: Study,
        prepared: Prepared,
        runs: Sequence[ReportRun],
        folder: Path | None = None,
        progress: Progress = no_progress,
    ) -> Audited:
        """Audit the files of ``runs`` below ``folder``."""
        ...


def pass_audit(
    audit: Audit | None,
    prepared: Prepared,
    runs: Sequence[ReportRun],
    folder: Path,
    progress: Progress,
) -> dict[str, int]:
    """Return the counts of an audit that found nothing; without one given, of `audit_files`.

    Raises
    ------
    ReleaseError
        How many findings, and the kind, row and reports of the first; never the number.
    """
    if audit is None:
        from evaluatie.release.audit import audit_files  # here: it loads an optimiser

        audit = audit_files
    found = audit(prepared.study, prepared, runs, folder=folder, progress=progress)
    if found.findings:
        lines = [_line(finding) for finding in found.findings[:MOST]]
        more = len(found.findings) - MOST
        lines += [f"and {more} more"] if more > 0 else []
        count = "one finding" if len(lines) == 1 else f"{len(found.findings)} findings"
        raise ReleaseError(
            f"the audit has {count}; nothing was recorded\n  " + "\n  ".join(lines),
            remedy="see 'evaluatie disclosure audit'; leave the reports out, or mend the plan and "
            "make them again.",
        )
    return {
        "findings": 0,
        "files": found.files,
        "numbers": found.numbers,
        "claims": found.claims,
        "releases": found.releases,
    }


def _line(finding: Finding) -> str:
    reports = ", ".join(finding.reports)
    what = finding.row or str(finding.cell)
    return f"{finding.kind}: {what}" + (f" (from {reports})" if reports else "")


def check_kind_of_data(register: Register, synthetic: bool) -> None:
    """Refuse a rehearsal in a register of real releases, and the other way round.

    Notes
    -----
    Numbers of synthetic persons say nothing about real ones: as knowledge of an attacker they
    would be wrong, and a plan that takes them for true protects nobody. So one register holds one
    kind.
    """
    held = {bool(e.content["synthetic"]) for e in register.of(Kind.REQUEST)}
    if held - {synthetic}:
        rehearsed = "rehearsals with synthetic data" if True in held else "releases of real data"
        asked = "synthetic" if synthetic else "real"
        remedy = (
            "move the folder releases/ with the rehearsals away; it is no part of the study."
            if True in held
            else "rehearse in a copy of the study without its folder releases/."
        )
        raise ReleaseError(
            f"the register holds {rehearsed}, and these data are {asked}; the two do not mix",
            remedy=remedy,
        )


def data_digest(study: Study) -> str:
    """Return the digest of the raw files: what an audit compares the frozen files with."""
    return folder_digest(study.raw) if study.raw.is_dir() else ""


@contextmanager
def one_at_a_time(study: Study, progress: Progress) -> Iterator[Path]:
    """Hold the lock of requests and publications; give the folder of requests, cleaned up."""
    root, folder = study.releases, study.releases / REQUESTS
    open_folder(root)
    with permitted():
        if not folder.is_dir():
            folder.mkdir(mode=0o700)
            folder.chmod(folder_mode(root, private=True))
        mode = 0o660 if is_shared(root) else 0o600
        with locked(folder / LOCK, lambda: progress("waiting for another release", 0, 1), mode):
            remove_stale(folder)
            remove_stale(root)
            yield folder
