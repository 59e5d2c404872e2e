"""Make reports of a prepared study, and lay the tables and the index page beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from evaluatie.agreement import ReportRun
from evaluatie.domain import Progress, Publication, Sensitivity
from evaluatie.present.wording import message
from evaluatie.reports.index import entries_of, write_index
from evaluatie.reports.prepare import Prepared, read_published
from evaluatie.reports.render import Renderer
from evaluatie.reports.run import RunOptions, RunSummary, run_reports
from evaluatie.reports.scope import names_a_provider
from evaluatie.reports.slice import ROWS_FILE, read_texts
from evaluatie.reports.slices import shown_verdicts
from evaluatie.store import locked

ESTIMATES_FILE, VERDICTS_FILE = "estimates.csv", "verdicts.csv"
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
    if current.exists() and (build / VERDICTS_FILE).exists():
        return
    put_tables(prepared, build)
    for old in build.glob(".tables-*"):
        old.unlink()
    current.touch()


def put_tables(prepared: Prepared, folder: Path) -> None:
    """Write the two tables into a folder."""
    estimates, label = tabled(prepared), _label(prepared)
    verdicts = shown_verdicts(read_published(prepared.published).verdicts, estimates)
    _write_csv(estimates, folder / ESTIMATES_FILE, label)
    _write_csv(verdicts[list(VERDICT_CSV)], folder / VERDICTS_FILE, label)


def tabled(prepared: Prepared) -> pd.DataFrame:
    """Return the rows that stand in the table of estimates: those of public reports.

    What stands in restricted reports alone, for one provider for instance, is not in it.
    """
    return public_rows(read_published(prepared.published).estimates, prepared.slices.values())


def public_rows(estimates: pd.DataFrame, slices: Iterable[Path]) -> pd.DataFrame:
    """Return the rows that stand in a public report, with a number only where one shows it.

    Parameters
    ----------
    estimates : DataFrame
        Publishable rows of the study.
    slices : iterable of Path
        Folders of the slices of all reports.
    """
    named: set[str] = set()
    shown: set[str] = set()
    for folder in slices:
        if read_texts(folder).sensitivity is Sensitivity.PUBLIC:
            rows = pd.read_parquet(folder / ROWS_FILE, columns=["id", "publication"])
            named.update(rows["id"])
            shown.update(rows.loc[rows["publication"] == Publication.SHOWN, "id"])
    hidden = estimates["publication"] != Publication.SHOWN
    kept = estimates["id"].isin(shown) | (hidden & estimates["id"].isin(named))
    return estimates[kept & ~names_a_provider(estimates["category"])]


def _write_csv(frame: pd.DataFrame, path: Path, label: str) -> None:
    """Write a table whole or not at all; every row says what the data are and who may have it."""
    temporary = path.with_name(f".{path.name}.new")
    marked = frame.assign(data=label, sensitivity=str(Sensitivity.PUBLIC))
    marked.to_csv(temporary, index=False, float_format=DIGITS)
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
