"""An executed notebook as pandoc markdown plus its images, the way Quarto reads it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evaluatie.errors import RunError
from evaluatie.reports.notebook import INJECTED, PARAMETERS, Cell, Notebook, tags_of
from evaluatie.reports.options import cosmetic_warnings, options_of
from evaluatie.reports.render.settings import EXECUTE

HIDDEN_TAGS = {PARAMETERS, INJECTED, "remove-cell"}
PAPER_MIME = ("text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/html")
SCREEN_MIME = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg")
WORD_MIME = ("text/markdown", "image/png", "image/jpeg", "image/svg+xml", "text/html")
MIME = {"html": SCREEN_MIME, "pdf": PAPER_MIME, "docx": WORD_MIME}
SUFFIX = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}
TEXT_WIDTH_PT = 453.0  # A4 less two margins of 25 mm
SVG_WIDTH = re.compile(r"<svg[^>]*?\bwidth=\"([0-9.]+)(pt|px)?\"")


@dataclass
class Page:
    """The body of one report in one format."""

    front: dict[str, Any] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The whole body."""
        return "\n\n".join(self.parts) + "\n"


def front_matter_of(notebook: Notebook) -> dict[str, Any]:
    """Return the front matter: the YAML of a raw first cell, or nothing."""
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "raw" or not first.source.startswith("---"):
        return {}
    found = yaml.safe_load(first.source.strip().strip("-"))
    return found if isinstance(found, dict) else {}


def page_of(notebook: Notebook, kind: str, execute: dict[str, Any], media: Path) -> Page:
    """Return the body for format ``kind``; images are written into ``media``.

    Raises
    ------
    RunError
        A cell failed, shows nothing that can be printed, has a wrong option, or - in a report
        that is released - shows a figure without alt text.
    """
    page = Page(front_matter_of(notebook))
    for index, cell in enumerate(notebook.cells):
        front = index == 0 and page.front
        if cell.cell_type != "code" and not front:
            page.parts.append(cell.source)
        elif cell.cell_type == "code" and not HIDDEN_TAGS & tags_of(cell):
            page.warnings += cosmetic_warnings(cell)
            page.parts += _CodeCell(cell, kind, execute, media, page).blocks()
    return page


class _CodeCell:
    """One code cell on its way to markdown."""

    def __init__(
        self, cell: Cell, kind: str, execute: dict[str, Any], media: Path, page: Page
    ) -> None:
        self.cell, self.kind, self.media, self.page = cell, kind, media, page
        self.options, self.source = options_of(cell)
        chosen = {k: v for k, v in self.options.items() if k in EXECUTE}
        self.execute = {**EXECUTE, **execute, **chosen}

    def blocks(self) -> list[str]:
        if not self.execute["include"]:
            return []
        shown = []
        if self.execute["echo"] and self.source.strip():
            shown.append(_fenced(self.source, ".python .cell-code"))
        if self.execute["output"] is not False:
            shown += [text for n, o in enumerate(self.cell.outputs) if (text := self.output(n, o))]
        label = str(self.options.get("label", ""))
        if not label or not shown or any(".cell-figure" in text for text in shown):
            return shown
        caption = _caption(self.options.get("tbl-cap") or self.options.get("fig-cap"))
        return [f":::: {{#{label} .cell-table}}\n" + "\n\n".join(shown) + caption + "\n::::"]

    def output(self, number: int, output: Any) -> str:
        if output.output_type == "error":
            raise RunError(f"{output.ename}: {output.evalue}", where=self.place)
        if output.output_type == "stream":
            hidden = output.name == "stderr" and not self.execute["warning"]
            return "" if hidden else _fenced(output.text.rstrip(), f".cell-output-{output.name}")
        data = {kind: _joined(value) for kind, value in output.data.items()}
        kind = next((m for m in MIME[self.kind] if m in data and _usable(m, data[m])), None)
        if kind is None:
            return self._plain(data)
        if kind in SUFFIX:
            return self._figure(number, kind, data[kind])
        return data[kind] if kind == "text/markdown" else _raw_html(data[kind])

    def _plain(self, data: dict[str, str]) -> str:
        if "text/plain" not in data:
            raise RunError(
                f"the output cannot be printed: {', '.join(data)}",
                where=self.place,
                allowed=", ".join(PAPER_MIME),
            )
        return _fenced(data["text/plain"], ".cell-output")

    def _figure(self, number: int, kind: str, content: str) -> str:
        name = f"{self.options.get('label') or self.cell.id}-{number}.{SUFFIX[kind]}"
        name = re.sub(r"[^A-Za-z0-9._-]", "-", name)
        raw = content.encode() if kind == "image/svg+xml" else base64.b64decode(content)
        (self.media / name).write_bytes(raw)
        alt = " ".join(str(self.options.get("fig-alt") or "").split())
        if not alt:
            self._without_alt()
        label = str(self.options.get("label", ""))
        attributes = [f"#{label}"] if label.startswith("fig-") else []
        attributes += [".cell-figure", f'alt="{_escaped(alt)}"', *_width(kind, content)]
        caption = _caption(self.options.get("fig-cap"))
        image = f"![]({self.media.name}/{name})"
        return f":::: {{{' '.join(attributes)}}}\n{image}{caption}\n::::"

    def _without_alt(self) -> None:
        told = "a figure has no alt text (fig-alt); a caption is no alt text"
        if self.page.front.get("released"):
            raise RunError(
                told,
                where=self.place,
                remedy="describe in words what the figure shows: it is read aloud instead.",
            )
        self.page.warnings.append(f"{self.place}: {told}")

    @property
    def place(self) -> str:
        return f"cell {self.cell.id}"


def _joined(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _usable(kind: str, content: str) -> bool:
    return kind != "text/html" or "<table" in content


def _fenced(text: str, attributes: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=3)
    fence = "`" * (longest + 1)
    return f"{fence} {{{attributes}}}\n{text}\n{fence}"


def _raw_html(content: str) -> str:
    return f"``````{{=html}}\n{content.strip()}\n``````"


def _caption(text: Any) -> str:
    return f"\n\n::: cell-caption\n{' '.join(str(text).split())}\n:::" if text else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _width(kind: str, content: str) -> list[str]:
    """Return the printed width of a vector figure: its own, and never wider than the text."""
    found = SVG_WIDTH.search(content) if kind == "image/svg+xml" else None
    if found is None:
        return []
    points = float(found[1]) * (0.75 if found[2] == "px" else 1.0)
    paper = "100%" if points >= TEXT_WIDTH_PT else f"{points:g}pt"
    return [f'width="{paper}"', f'pixels="{points / 0.75:.0f}"']
