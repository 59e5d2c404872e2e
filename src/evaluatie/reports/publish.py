"""Make reports of a prepared study, and lay the tables and the index page beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from evaluatie.agreement import ReportRun
from evaluatie.domain import Progress
from evaluatie.present.wording import message
from evaluatie.reports.index import entries_of, write_index
from evaluatie.reports.prepare import Prepared, read_published
from evaluatie.reports.render import Renderer
from evaluatie.reports.run import RunOptions, RunSummary, run_reports
from evaluatie.reports.scope import names_a_provider
from evaluatie.store import locked

DIGITS = "%.10g"  # ten significant digits: the same text on every machine
VERDICT_CSV = (
    "question", "type", "role", "wave", "verdict", "rule", "estimate", "ci_low", "ci_high",
    "p_value", "p_adjusted", "p_attainable", "p_harm", "margin", "margin_excluded", "precision",
    "reason",
)  # fmt: skip


def make_reports(
    prepared: Prepared,
    runs: Sequence[ReportRun],
    renderer: Renderer,
    formats: tuple[str, ...],
    workers: int,
    progress: Progress,
) -> RunSummary:
    """Make the reports of ``runs`` that are not up to date; write the tables and the index.

    Raises
    ------
    AgreementError
        One of the runs may not be made; nothing is made then.
    """
    for run in runs:
        prepared.check(run)
    options = RunOptions(renderer=renderer, formats=formats, workers=workers)
    summary = run_reports(prepared.study, runs, prepared.slices, options, progress)
    with locked(prepared.study.build / ".locks" / "index.lock"):  # two batches may end together
        write_tables(prepared)
        _index(prepared, renderer)
    return summary


def write_tables(prepared: Prepared) -> None:
    """Write `estimates.csv` and `verdicts.csv`: what may be published, with the data label."""
    build, stamp = prepared.study.build, prepared.published.name
    current = build / f".tables-{stamp}"
    if current.exists() and (build / "verdicts.csv").exists():
        return
    published = read_published(prepared.published)
    label = _label(prepared)
    shown = published.estimates[published.estimates["reason"] != "not_reported"]
    shown = shown[~names_a_provider(shown["category"])]  # only its own report names a provider
    _write_csv(shown, build / "estimates.csv", label)
    _write_csv(published.verdicts[list(VERDICT_CSV)], build / "verdicts.csv", label)
    for old in build.glob(".tables-*"):
        old.unlink()
    current.touch()


def _write_csv(frame: pd.DataFrame, path: Path, label: str) -> None:
    """Write a table whole or not at all; every row says where the data come from."""
    temporary = path.with_name(f".{path.name}.new")
    frame.assign(data=label).to_csv(temporary, index=False, float_format=DIGITS)
    temporary.replace(path)


def _label(prepared: Prepared) -> str:
    if not prepared.synthetic:
        return ""
    return str(message("front.synthetic", prepared.study.language))


def _index(prepared: Prepared, renderer: Renderer) -> None:
    study = prepared.study
    entries = entries_of(study, prepared.book.run_matrix(), prepared.slices)
    write_index(
        study.build,
        entries,
        title=study.title[study.language],
        label=_label(prepared),
        renderer=renderer.line,
        language=study.language,
    )
