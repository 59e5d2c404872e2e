"""A desk at which reports are released: a tiny study, finished reports that state a label."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import yaml
from tiny_study import STUDY, write_study

from evaluatie.agreement import ReportRun
from evaluatie.disclosure.auditing.findings import Finding, Kind
from evaluatie.register import Entry
from evaluatie.release import publish as publish_module
from evaluatie.release import request as request_module
from evaluatie.release.built import Built
from evaluatie.release.publish import publish
from evaluatie.release.request import request
from evaluatie.release.review import review
from evaluatie.release.state import Decision
from evaluatie.reports.slice import ReportSlice, write_slice
from evaluatie.results import Table, estimate_row, estimates_frame
from evaluatie.study import Study

RELEASE: dict[str, Any] = {
    "people": [
        {"id": name, "role": {"nl": "x", "en": "x"}, "organisation": {"nl": "x", "en": "x"},
         "may": may}
        for name, may in (
            ("ann", ["request", "review", "publish"]), ("bob", ["request", "review"]),
            ("cas", ["review"]), ("dot", ["review", "publish"]),
        )
    ]
}  # fmt: skip
SPECS = {"letter": "public", "secret": "restricted"}


def run_of(report: str = "letter", audience: str = "town", provider: str = "") -> ReportRun:
    return ReportRun(report=report, audience=audience, wave="w1", provider=provider)


def html(text: str, label: str | None) -> str:
    meta = "" if label is None else f'<meta name="sensitivity" content="{label}">'
    return f"<html><head>{meta}</head><body>{text}</body></html>"


def finding(row: str = "score/a") -> Finding:
    return Finding(Kind.DERIVED, row, "cell", "n", 1, 2, ">= 10", ("letter-town-w1-nl",))


@dataclass
class Desk:
    """What the people at the desk do; ``account`` is who is logged in.

    ``findings`` is what the next audit finds; ``audited`` the folders that were audited.
    """

    study: Study
    finished: Path
    prepared: SimpleNamespace
    account: str = "account of ann"
    findings: Sequence[Finding] = ()
    audited: list[Path] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.study.releases

    def make(
        self, run: ReportRun, text: str = "1 person", label: str | None = "public", value: float = 1
    ) -> ReportRun:
        """Finish a report: its page, its record, and the slice behind it."""
        home = self.finished / run.name
        home.mkdir(parents=True, exist_ok=True)
        (home / f"{run.name}.html").write_text(html(text, label))
        record = {"made": text} if label is None else {"made": text, "sensitivity": label}
        (home / "run.json").write_text(json.dumps(record))
        row = estimate_row(Table.SCORE, "mean", area="A", estimate=value, n=40)
        rows = estimates_frame([row]).assign(publication="shown")
        folder = self.finished.parent / "slices" / run.name
        verdicts = pd.DataFrame({"question": ["q"]})
        write_slice(ReportSlice(run, "letter.ipynb", ("html",), "t", rows, verdicts), folder)
        self.prepared.slices[run.name] = folder
        self.prepared.runs[run.name] = run
        return run

    def audit(
        self, study: Study, prepared: Any, runs: Any, folder: Any = None, progress: Any = None
    ) -> SimpleNamespace:
        self.audited.append(folder)
        found = tuple(self.findings)
        return SimpleNamespace(findings=found, files=2, numbers=3, claims=4, releases=0)

    def request(self, *runs: ReportRun, by: str = "ann", **options: Any) -> Entry:
        self.account = f"account of {by}"
        return request(self.study, runs, by, None, audit=self.audit, **options)  # type: ignore

    def review(self, by: str, ident: str = "r0001", decision: str = "approve", **o: Any) -> Entry:
        self.account = o.pop("account", f"account of {by}")
        return review(self.study, ident, by, Decision(decision), **o)

    def publish(self, by: str = "ann", ident: str = "r0001") -> Entry:
        self.account = f"account of {by}"
        return publish(self.study, ident, by, audit=self.audit)

    def release(self, *runs: ReportRun, **options: Any) -> Entry:
        """Request, approve twice and publish."""
        ident = self.request(*runs, **options).content["request"]
        for reviewer in ("bob", "cas"):
            self.review(reviewer, ident)
        return self.publish(ident=ident)

    def frozen(self, name: str = "letter-town-w1-nl", ident: str = "r0001") -> Path:
        return self.folder / "requests" / ident / "files" / name / f"{name}.html"

    def declare(self, **changes: Any) -> None:
        path = self.study.analysis / "release.yml"
        path.write_text(yaml.safe_dump(RELEASE | changes))


def open_desk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Open a desk for a tiny study whose preparation is given, not made."""
    study = write_study(folder / "study", {"study": STUDY, "release": RELEASE})
    specs = {name: SimpleNamespace(sensitivity=word) for name, word in SPECS.items()}
    runs: dict[str, ReportRun] = {}
    book = SimpleNamespace(reports=specs, run_matrix=lambda: tuple(runs.values()))
    prepared = SimpleNamespace(
        study=study, book=book, slices={}, runs=runs, synthetic=False, check=lambda run: None
    )
    desk = Desk(study, folder / "reports", prepared)

    def built(prepared: Any, runs: Sequence[ReportRun], renderer: Any, *, tables: bool) -> Built:
        found = {run.name: sorted((desk.finished / run.name).iterdir()) for run in runs}
        files = {f"{name}/{path.name}": path for name, paths in found.items() for path in paths}
        return Built(tuple(runs), tables, files, ("plan",))

    for module in (request_module, publish_module):
        monkeypatch.setattr(module, "prepare_study", lambda *_: prepared)
    monkeypatch.setattr(request_module, "built_files", built)
    monkeypatch.setattr("pwd.getpwuid", lambda _: SimpleNamespace(pw_name=desk.account))
    return desk
