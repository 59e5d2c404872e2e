"""Read an executed notebook: what its cells show, and everything that is stored with them.

One output is often stored several times: as table and as text, as vectors and as pixels. The form
that a reader meets is the page; the others are texts beside it, and so is the source of a cell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evaluatie.disclosure.auditing.printed.html import read_html
from evaluatie.disclosure.auditing.printed.output import Beside, Printed
from evaluatie.disclosure.auditing.printed.svg import read_svg

OWN = "evaluatie"  # our key in the metadata of an output
FRONT = ("title", "subtitle", "author", "date", "running-label")
CAPTIONS, ALTERNATIVES = ("tbl-cap", "fig-cap"), ("fig-alt", "tbl-alt")
ABOUT_KERNEL = ("kernelspec", "language_info")
SVG, MARKDOWN, HTML, PLAIN = "image/svg+xml", "text/markdown", "text/html", "text/plain"
PICTURES = ("image/png", "image/jpeg", SVG)
WORDS = (MARKDOWN, HTML, PLAIN, "text/latex", "application/json", "application/javascript")

Json = Mapping[str, Any]


@dataclass
class _Collected:
    page: list[str] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    beside: list[Beside] = field(default_factory=list)
    entries: list[tuple[str, ...]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def note(self, place: str, text: str) -> None:
        if text.strip():
            self.beside.append(Beside(place, text))


def read_notebook(path: Path) -> Printed:
    """Return what a notebook of format 4 says, its stored outputs included."""
    content = json.loads(path.read_text(encoding="utf-8"))
    found = _Collected()
    _words(content["metadata"], "metadata", found, skipped=ABOUT_KERNEL)
    for number, cell in enumerate(content["cells"], start=1):
        place = f"cell {number}"
        _words(cell["metadata"], f"{place}, metadata", found)
        found.closed += [f"{place}, {name}" for name in cell.get("attachments", ())]
        source = _joined(cell["source"])
        if cell["cell_type"] == "code":
            _source(source, place, found)
            for output in cell["outputs"]:
                _output(output, place, found)
        elif cell["cell_type"] == "raw":
            _front(source, place, found)
        else:
            found.page.append(source)
    return Printed(
        path=path,
        form="ipynb",
        text="\n".join(found.page),
        alternatives=tuple(found.alternatives),
        drawn=tuple(found.drawn),
        beside=tuple(found.beside),
        entries=tuple(found.entries),
        closed=tuple(found.closed),
    )


def _joined(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _front(source: str, place: str, found: _Collected) -> None:
    """Read the front matter: what is printed of it, and its settings."""
    try:
        told = yaml.safe_load(source.strip().strip("-")) if source.startswith("---") else None
    except yaml.YAMLError:
        told = None
    if not isinstance(told, dict):
        found.page.append(source)
        return
    for name, value in told.items():
        if name in FRONT:
            found.page.append(str(value))
        else:
            found.note(f"{place}, {name}", str(value))


def _source(source: str, place: str, found: _Collected) -> None:
    """Read the options of a cell, where captions are, and its code."""
    for line in source.split("\n"):
        name, colon, value = line.removeprefix("#|").partition(":")
        if not line.startswith("#|") or not colon:
            found.note(f"{place}, source", line)
            continue
        text = str(yaml.safe_load(value) or "")
        if name.strip() in CAPTIONS:
            found.page.append(text)
        elif name.strip() in ALTERNATIVES:
            found.alternatives.append(text)
        else:
            found.note(f"{place}, {name.strip()}", text)


def _output(output: Json, place: str, found: _Collected) -> None:
    if output["output_type"] == "stream":
        found.page.append(_joined(output["text"]))
        return
    if output["output_type"] == "error":
        found.page.append(f"{output['ename']}: {output['evalue']}")
        found.note(f"{place}, traceback", "\n".join(output.get("traceback", ())))
        return
    metadata = dict(output.get("metadata", {}))
    told = dict(metadata.pop(OWN, {}))
    found.entries += [tuple(map(str, entry)) for entry in told.pop("numbers", ())]
    _words(told, f"{place}, output metadata", found)
    _words(metadata, f"{place}, output metadata", found, skipped=PICTURES)
    data = {kind: _joined_data(value) for kind, value in output["data"].items()}
    shown = _kind_shown(data)
    for kind, text in data.items():
        _form(kind, text, place, found, shown=kind == shown)


def _joined_data(value: Any) -> str:
    """Return what is stored of an output as text; JSON as it would be written."""
    if isinstance(value, str | list):
        return _joined(value)
    return json.dumps(value, ensure_ascii=False)


def _kind_shown(data: Mapping[str, str]) -> str:
    """Return the form that a reader meets: a picture, a table, a text."""
    if any(kind in data for kind in PICTURES):
        return ""
    if "<table" in data.get(HTML, ""):
        return HTML
    return next((kind for kind in (MARKDOWN, HTML, PLAIN) if kind in data), "")


def _form(kind: str, text: str, place: str, found: _Collected, *, shown: bool) -> None:
    """Read one form in which an output is stored."""
    if kind == SVG:
        drawn, beside = read_svg(text)
        found.drawn += drawn
        found.beside += beside
    elif kind == HTML:
        page = read_html(text)
        found.drawn += page.drawn
        found.beside += page.beside
        found.alternatives += page.alternatives
        found.closed += [f"{place}, {tag}" for tag in page.closed]
        if shown:
            found.page.append(page.text)
        else:
            found.note(f"{place}, {kind}", page.text)
    elif shown:
        found.page.append(text)
    elif kind in WORDS:
        found.note(f"{place}, {kind}", text)
    elif kind not in PICTURES:
        found.closed.append(f"{place}, {kind}")


def _words(content: Any, place: str, found: _Collected, skipped: tuple[str, ...] = ()) -> None:
    """Note every text and number in metadata, at any depth."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            if name not in skipped:
                _words(value, f"{place}, {name}", found)
    elif isinstance(content, list):
        for value in content:
            _words(value, place, found)
    elif content is not None and not isinstance(content, bool):
        found.note(place, str(content))
