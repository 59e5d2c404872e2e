"""A report slice: everything one run may see, as one folder that a notebook opens.

The folder holds ``slice.json`` (run, texts, agreement), ``publishable.parquet`` (the rows of this
run, after disclosure control) and ``verdicts.parquet``. Same content, same bytes; no host path,
no clock, never microdata and never a row of another run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from evaluatie.agreement.model import Agreement, Deviation, Event, Project, Question, ReportRun
from evaluatie.declarations import Declared
from evaluatie.domain import Sensitivity
from evaluatie.errors import RunError

FORMATS = ("html", "pdf", "docx")
SLICE_FILE, ROWS_FILE, VERDICTS_FILE = "slice.json", "publishable.parquet", "verdicts.parquet"
SCHEMA = 2

NumberEntry = tuple[str, str, str, str]
"""One printed number: text, row id, field, channel (``text``, ``alt`` or ``drawn``)."""

Model = TypeVar("Model", bound=Declared)


@dataclass(frozen=True)
class ReportSlice:
    """What one run may see.

    Parameters
    ----------
    run : ReportRun
        Report, audience, wave, area, language, and the provider it is for, if any.
    notebook : str
        File name of the notebook in the study's ``notebooks/`` folder (or the packaged one).
    formats : tuple of {"html", "pdf", "docx"}
        Forms that were agreed for this report.
    title, subtitle, date, author : str
        Front matter as printed; ``date`` is already in words.
    estimates : DataFrame
        Publishable rows of this run: ``results.COLUMNS`` + ``publication``.
    verdicts : DataFrame
        Verdicts on the agreed questions of this run.
    label : str
        Text that stands on every page, such as the warning that data are synthetic; may be empty.
    synthetic : bool
        Whether the numbers come from a synthetic study.
    released : bool
        Whether the report leaves the house: a figure without alt text is then an error.
    plan : str
        Digest of the disclosure plan of this run.
    sensitivity : Sensitivity
        Who may have the report; every file of it says so of itself.
    marking : str
        The same in words, naming the reader of a restricted report; stands on every page.
    agreement : Agreement, optional
        What this audience agreed to, with exclusions and amendments.
    questions : tuple of Question
        Agreed questions of this run, in printing order.
    roles : mapping of str to str
        Question id to ``primary`` or ``secondary``.
    events, deviations, projects : tuple
        Declarations that a report of this run names.
    unavailable : mapping of str to str
        Feed id to the reason that it is not there.
    provenance : tuple of mapping
        Sources: feed, file name (never a host path), sha256, rows.
    texts : mapping
        Anything else a notebook prints, JSON values only.
    numbers : tuple of (text, row, field, channel)
        Numbers inside title, subtitle, date, author and label.
    """

    run: ReportRun
    notebook: str
    formats: tuple[str, ...]
    title: str
    estimates: pd.DataFrame
    verdicts: pd.DataFrame
    subtitle: str = ""
    date: str = ""
    author: str = ""
    label: str = ""
    synthetic: bool = False
    released: bool = True
    plan: str = ""
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    marking: str = ""
    agreement: Agreement | None = None
    questions: tuple[Question, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    projects: tuple[Project, ...] = ()
    unavailable: Mapping[str, str] = field(default_factory=dict)
    provenance: tuple[Mapping[str, Any], ...] = ()
    texts: Mapping[str, Any] = field(default_factory=dict)
    numbers: tuple[NumberEntry, ...] = ()

    @property
    def name(self) -> str:
        """Folder and file name of the run."""
        return self.run.name

    @property
    def language(self) -> str:
        """Language of the report."""
        return self.run.language

    @property
    def parameters(self) -> dict[str, str]:
        """What the parameters cell of the notebook must declare, and gets.

        Only a report for one provider has the parameter ``provider``: a notebook that does not
        declare it cannot be made for a provider, and the other way round.
        """
        run = self.run
        names = ("report", "audience", "wave", "area", "language")
        own = {"provider": run.provider} if run.provider else {}
        return {name: getattr(run, name) for name in names} | own

    def row(self, row_id: str) -> pd.Series:
        """Return the publishable row with this id, or refuse: it is not of this run."""
        found = self.estimates.loc[self.estimates["id"] == row_id]
        if found.empty:
            raise RunError(f"row '{row_id}' is not in the slice of run {self.name}")
        return found.iloc[0]


_PLAIN = ("notebook", "title", "subtitle", "date", "author", "label", "synthetic", "released",
          "plan", "marking")  # fmt: skip
_MODELS: tuple[tuple[str, type[Declared]], ...] = (
    ("questions", Question),
    ("events", Event),
    ("deviations", Deviation),
    ("projects", Project),
)


def write_slice(report_slice: ReportSlice, folder: Path) -> Path:
    """Write a slice into ``folder`` (made when absent) and return the folder.

    Notes
    -----
    Bytes depend on the content alone: sorted keys, no pandas metadata, rows in order of id.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_content(report_slice), ensure_ascii=False, indent=1, sort_keys=True)
    (folder / SLICE_FILE).write_text(text + "\n", encoding="utf-8")
    rows = report_slice.estimates.sort_values("id", kind="stable")
    for frame, name in ((rows, ROWS_FILE), (report_slice.verdicts, VERDICTS_FILE)):
        _write_frame(frame, folder / name, report_slice.sensitivity)
    return folder


def read_slice(folder: Path) -> ReportSlice:
    """Read the slice in ``folder``.

    Raises
    ------
    RunError
        The folder is no slice, or was written by another version.
    """
    content = _checked_content(folder)
    return _of_content(
        content, pd.read_parquet(folder / ROWS_FILE), pd.read_parquet(folder / VERDICTS_FILE)
    )


def read_texts(folder: Path) -> ReportSlice:
    """Read a slice without its rows: enough to run, print and list the report."""
    return _of_content(_checked_content(folder), pd.DataFrame(), pd.DataFrame())


def _checked_content(folder: Path) -> dict[str, Any]:
    if not (folder / SLICE_FILE).is_file():
        raise RunError(
            f"no report slice here: {SLICE_FILE} was not found",
            where=folder.name,
            remedy="run 'evaluatie run', which prepares the slice of every report.",
        )
    content: dict[str, Any] = json.loads((folder / SLICE_FILE).read_text(encoding="utf-8"))
    if content.get("schema") != SCHEMA:
        raise RunError(
            f"the slice has schema {content.get('schema')}, this version reads {SCHEMA}",
            where=folder.name,
            remedy="run 'evaluatie run' again.",
        )
    return content


def _of_content(
    content: dict[str, Any], estimates: pd.DataFrame, verdicts: pd.DataFrame
) -> ReportSlice:
    agreement = content["agreement"]
    models: dict[str, Any] = {name: _models(content[name], model) for name, model in _MODELS}
    return ReportSlice(
        run=ReportRun.model_validate(content["run"]),
        formats=tuple(content["formats"]),
        estimates=estimates,
        verdicts=verdicts,
        agreement=None if agreement is None else Agreement.model_validate(agreement),
        roles=content["roles"],
        unavailable=content["unavailable"],
        provenance=tuple(content["provenance"]),
        texts=content["texts"],
        sensitivity=Sensitivity(content["sensitivity"]),
        numbers=tuple((t, r, f, c) for t, r, f, c in content["numbers"]),
        **{name: content[name] for name in _PLAIN},
        **models,
    )


def _models(entries: list[Any], model: type[Model]) -> tuple[Model, ...]:
    return tuple(model.model_validate(entry) for entry in entries)


def _content(item: ReportSlice) -> dict[str, Any]:
    if unknown := set(item.formats) - set(FORMATS):
        raise RunError(f"unknown format: {sorted(unknown)}", allowed=", ".join(FORMATS))
    return {
        "schema": SCHEMA,
        "run": item.run.model_dump(mode="json"),
        "formats": list(item.formats),
        "agreement": None if item.agreement is None else item.agreement.model_dump(mode="json"),
        "roles": dict(item.roles),
        "unavailable": dict(item.unavailable),
        "provenance": [dict(source) for source in item.provenance],
        "texts": dict(item.texts),
        "sensitivity": str(item.sensitivity),
        "numbers": [list(entry) for entry in item.numbers],
        **{name: getattr(item, name) for name in _PLAIN},
        **{n: [m.model_dump(mode="json") for m in getattr(item, n)] for n, _ in _MODELS},
    }


def _write_frame(frame: pd.DataFrame, path: Path, sensitivity: Sensitivity) -> None:
    """Write without pandas metadata: its index description differs between equal frames."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    with pq.ParquetWriter(path, table.schema, compression="zstd", store_schema=False) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"sensitivity": str(sensitivity)})
