"""Turn an executed notebook into the one that both renderers print, and list its numbers.

Captions, alt texts and numbers travel in the metadata of the outputs (``evaluatie``); this module
copies them to where Quarto and the embedded renderer look: cell options and front matter.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from evaluatie.domain import Sensitivity
from evaluatie.errors import RunError
from evaluatie.reports.notebook import (
    INJECTED,
    PARAMETERS,
    Cell,
    Notebook,
    new_code_cell,
    new_raw_cell,
    tags_of,
)
from evaluatie.reports.options import options_of
from evaluatie.reports.slice import NumberEntry, ReportSlice

IMAGES = ("image/svg+xml", "image/png", "image/jpeg")
HIDDEN = "remove-cell"
NAMING = ("label", "fig-cap", "fig-alt", "tbl-cap")
LABEL_KEY, RELEASED_KEY = "running-label", "released"
SENSITIVITY_KEY, MARKING_KEY = "sensitivity", "marking"
NUMBER_COLUMNS = ("text", "row", "field", "channel", SENSITIVITY_KEY)


def front_matter(report_slice: ReportSlice) -> Cell:
    """Return the raw cell with title, subtitle, author, date, language, label and marking."""
    content = {
        "title": report_slice.title,
        "subtitle": report_slice.subtitle,
        "author": report_slice.author,
        "date": report_slice.date,
        "lang": report_slice.language,
        LABEL_KEY: report_slice.label,
        SENSITIVITY_KEY: str(report_slice.sensitivity),
        MARKING_KEY: report_slice.marking,
    }
    content = {name: text for name, text in content.items() if text}
    text = yaml.safe_dump(
        {**content, RELEASED_KEY: report_slice.released},
        allow_unicode=True,
        sort_keys=False,
        width=10_000,
    )
    return new_raw_cell(f"---\n{text}---", "front-matter")


def finalise(notebook: Notebook, report_slice: ReportSlice) -> Notebook:
    """Return the notebook to print: front matter, hidden parameters, captions in cell options.

    Its metadata say who may have it.

    A cell that shows several figures or tables is followed by one generated cell for each
    further one, so that every figure has its own caption, alt text and label.

    Raises
    ------
    RunError
        A caption or alt text is both typed and generated.
    """
    cells = [front_matter(report_slice)]
    for cell in notebook.cells:
        if {PARAMETERS, INJECTED} & tags_of(cell):
            cell.metadata["tags"] = sorted(tags_of(cell) | {HIDDEN})
            cells.append(cell)
        elif cell.cell_type == "code":
            cells.extend(_split(cell))
        else:
            cells.append(cell)
    notebook.cells = cells
    notebook.metadata["evaluatie"] = {SENSITIVITY_KEY: str(report_slice.sensitivity)}
    return notebook


@dataclass(frozen=True)
class _Part:
    """A run of outputs with at most one caption."""

    outputs: list[Any]
    told: dict[str, Any]


def _split(cell: Cell) -> list[Cell]:
    typed, source = options_of(cell)
    parts = _parts(cell.outputs) or [_Part([], {})]
    owner = _owner(parts, str(typed.get("label", "")))
    named = {key: value for key, value in typed.items() if key in NAMING}
    common = {key: value for key, value in typed.items() if key not in NAMING}
    cells = []
    for number, part in enumerate(parts):
        here = cell
        if number:
            here = new_code_cell(f"{cell.id}-{number + 1}")
            here.execution_count = cell.execution_count
        options = {**(named if number == owner else {}), **common}
        cells.append(_with_options(here, part, options, "" if number else source))
    return cells


def _owner(parts: list[_Part], label: str) -> int:
    """Return which part the typed label is about: the first figure or table, or what replaces it.

    Where data are not available a captioned text stands in for the figure or table.
    """
    alone = [number for number, part in enumerate(parts) if part.told.get("alone")]
    for number in alone:
        if any(_is_image(o) for o in parts[number].outputs) == label.startswith("fig-"):
            return number
    return alone[0] if alone else 0


def _parts(outputs: Iterable[Any]) -> list[_Part]:
    """Group outputs: a captioned figure or table stands alone, plain text before it joins text."""
    parts: list[_Part] = []
    for output in outputs:
        told = dict(output.get("metadata", {}).get("evaluatie", {}))
        alone = bool(told.get("caption") or told.get("alt")) or _is_image(output)
        if alone or not parts or parts[-1].told.get("alone"):
            parts.append(_Part([output], {**told, "alone": alone}))
        else:
            parts[-1].outputs.append(output)
    return parts


def _is_image(output: Any) -> bool:
    return any(kind in output.get("data", {}) for kind in IMAGES)


def _with_options(cell: Cell, part: _Part, typed: dict[str, Any], source: str) -> Cell:
    """Write caption, alt text and label of ``part`` as ``#|`` lines on top of the cell."""
    image = any(_is_image(output) for output in part.outputs)
    kind = "fig" if image or str(typed.get("label", "")).startswith("fig-") else "tbl"
    generated = _generated(part, kind)
    if twice := sorted(set(generated) & set(typed)):
        raise RunError(
            f"{', '.join(twice)} is typed in the cell and also given by the display object",
            where=f"cell {cell.id}",
            remedy="remove the typed option: numbers in it could not be traced.",
        )
    options = {**typed, **generated}
    if generated and "label" not in options:
        options = {"label": part.told.get("label") or f"{kind}-{cell.id}", **options}
    markdown = [output for output in part.outputs if "text/markdown" in output.get("data", {})]
    if part.outputs and len(markdown) == len(part.outputs) and "output" not in options:
        options["output"] = "asis"  # so that Quarto sees headings as headings
    lines = [f"#| {k}: {json.dumps(v, ensure_ascii=False)}" for k, v in options.items()]
    cell.source = "\n".join([*lines, *([source] if source else [])])
    cell.outputs = part.outputs
    return cell


def _generated(part: _Part, kind: str) -> dict[str, Any]:
    generated: dict[str, Any] = {}
    if part.told.get("caption"):
        generated[f"{kind}-cap"] = part.told["caption"]
    if part.told.get("alt") and kind == "fig":
        generated["fig-alt"] = part.told["alt"]
    return generated


def numbers_of(notebook: Notebook, report_slice: ReportSlice) -> list[NumberEntry]:
    """Return every number printed or drawn with row, field and channel, in order of printing."""
    entries: list[NumberEntry] = list(report_slice.numbers)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            told = output.get("metadata", {}).get("evaluatie", {})
            entries += [(t, r, f, c) for t, r, f, c in told.get("numbers", [])]
    return entries


def numbers_csv(entries: Iterable[NumberEntry], sensitivity: Sensitivity) -> str:
    """Return the ledger of numbers as CSV text; every line says who may have it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(NUMBER_COLUMNS)
    writer.writerows((*entry, str(sensitivity)) for entry in entries)
    return buffer.getvalue()
