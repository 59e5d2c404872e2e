"""The last gate before printing: a notebook shows nothing but claims that the plan allows.

Every number that the finished notebook stores - in a text, a table, a caption, an alternative, a
figure, a forgotten output, but not in code - must be an entry of the ledger. Every entry must be
the rounded value of a row of this run that may be shown, or stand in a text of the agreements. The
disclosure audit reads the printed files in the same way; here nothing is printed yet.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from evaluatie.disclosure.auditing.printed.html import read_html
from evaluatie.disclosure.auditing.printed.ledger import (
    HIDDEN_PRINTED,
    NOT_ITS_ROW,
    Fault,
    faults_in_file,
    faults_with_rows,
    read_ledger,
)
from evaluatie.disclosure.auditing.printed.notebook import read_notebook as read_printed
from evaluatie.disclosure.auditing.printed.numbers import tokens
from evaluatie.errors import RunError
from evaluatie.reports.notebook import Cell, Notebook, read_notebook
from evaluatie.reports.slice import ROWS_FILE, SLICE_FILE

IMAGES = ("image/svg+xml", "image/png", "image/jpeg")
TYPED = re.compile(r"cell \d+, source:")  # numbers in code, such as the level of a heading
WHAT = {
    HIDDEN_PRINTED: "numbers of rows that may not be shown",
    NOT_ITS_ROW: "numbers that are not the rounded value of the row they name",
}
UNCLAIMED = "numbers without a claim: nothing says of which row they are"
REMEDY = (
    "show numbers with report.text, report.table and report.figure only; "
    "they know their rows, and what may not be shown is words there."
)


def require_claimed(notebook: Path, ledger: Path, slice_folder: Path, language: str) -> None:
    """Refuse a finished notebook that shows a number the disclosure plan does not allow.

    Parameters
    ----------
    notebook, ledger : Path
        The finished notebook and its `numbers.csv`.
    slice_folder : Path
        Slice of the run: its rows and declared texts.
    language : {"nl", "en"}
        How numbers are written.

    Raises
    ------
    RunError
        A number without a claim, a claim that its row does not bear out or of a row that is not
        shown, or a figure that does not say what it draws; with the cell.
    """
    content = read_notebook(notebook)
    _require_drawn(content)
    entries = read_ledger(ledger)
    texts = json.loads((slice_folder / SLICE_FILE).read_text(encoding="utf-8"))
    rows = pd.read_parquet(slice_folder / ROWS_FILE)
    found = faults_in_file(read_printed(notebook), entries, language)
    faults = [
        *faults_with_rows(entries, rows, texts, language),
        *(fault for fault in found if not TYPED.match(fault.told)),
    ]
    if faults:
        raise _refusal(faults, content, language)


def require_no_host(notebook: Path, folders: Iterable[Path]) -> None:
    """Refuse a finished notebook that names a folder of this machine.

    Raises
    ------
    RunError
        With the cell, not with the path: messages travel too.
    """
    named = [str(folder.resolve()) for folder in folders if folder.resolve() != Path("/")]
    for cell in read_notebook(notebook).cells:
        text = json.dumps(cell, ensure_ascii=False)
        if any(f"{name}/" in text or f'{name}"' in text for name in named):
            raise RunError(
                "source or output names a folder of this machine",
                where=f"cell {cell.id}",
                remedy="show no paths in a report notebook: the finished notebook is handed over.",
            )


def _require_drawn(notebook: Notebook) -> None:
    """Refuse a figure of which nobody knows what can be read off it."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if not any(kind in output.get("data", {}) for kind in IMAGES):
                continue
            if not any(channel == "drawn" for *_, channel in _claims([output])):
                raise RunError(
                    "a figure does not say which numbers it draws",
                    where=f"cell {cell.id}",
                    remedy="show figures with report.figure: the numbers in their coordinates "
                    "are checked like printed ones.",
                )


def _refusal(faults: list[Fault], notebook: Notebook, language: str) -> RunError:
    """Return the message about the first kind of fault that was found.

    It says where a number stands and not what it is: it may be one that nobody should read.
    """
    same = [fault for fault in faults if fault.kind == faults[0].kind]
    cell, place = _place_of(same[0], notebook, language)
    first = f"; the first is number {place} in this cell" if place else ""
    row = f"; row {same[0].row}" if same[0].row else ""
    return RunError(
        f"the notebook shows {WHAT.get(same[0].kind, UNCLAIMED)} ({len(same)} found{first}{row})",
        where=f"cell {cell}" if cell else "",
        remedy=REMEDY,
    )


def _place_of(fault: Fault, notebook: Notebook, language: str) -> tuple[str, int]:
    """Return the id of the cell that shows a number without claiming it, and its place in it.

    For a claim that its row does not bear out: the cell that makes the claim.
    """
    for cell in notebook.cells:
        claims = _claims(cell.get("outputs", []))
        said = tokens("\n".join(_texts(cell)), language)
        place = said.index(fault.number) + 1 if fault.number in said else 0
        if fault.row:
            if any((text, row) == (fault.number, fault.row) for text, row, *_ in claims):
                return str(cell.id), place
        elif said.count(fault.number) > _promised(claims, language)[fault.number]:
            return str(cell.id), place
    return next(_holding(fault.number, notebook, language), ""), 0


def _holding(number: str, notebook: Notebook, language: str) -> Iterator[str]:
    """Yield the ids of cells that store a number in a form that is not printed."""
    for cell in notebook.cells:
        stored = [str(v) for o in cell.get("outputs", []) for v in o.get("data", {}).values()]
        claimed = _promised(_claims(cell.get("outputs", [])), language)
        if number not in claimed and number in tokens("\n".join(stored), language):
            yield str(cell.id)


def _promised(claims: Iterable[tuple[str, str, str, str]], language: str) -> Counter[str]:
    return Counter(token for text, *_ in claims for token in tokens(text, language))


def _claims(outputs: Iterable[Cell]) -> list[tuple[str, str, str, str]]:
    told = (output.get("metadata", {}).get("evaluatie", {}) for output in outputs)
    return [(t, r, f, c) for entry in told for t, r, f, c in entry.get("numbers", [])]


def _texts(cell: Cell) -> Iterator[str]:
    """Yield what a reader of the report sees of a cell."""
    if cell.cell_type != "code":
        yield cell.source
        return
    yield from (line for line in cell.source.split("\n") if line.startswith("#|"))
    for output in cell.outputs:
        yield output.get("text", "")
        data = output.get("data", {})
        if "text/html" in data:
            yield read_html(data["text/html"]).text
        else:
            yield data.get("text/markdown", data.get("text/plain", ""))
