"""The project folder in which Quarto prints one report: options, templates, resources."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from evaluatie.reports.defaults import asset
from evaluatie.reports.notebook import Notebook
from evaluatie.reports.render.docx import reference_docx
from evaluatie.reports.render.embedded import PDF_STANDARD, metadata, paper_words
from evaluatie.reports.render.html import style_header
from evaluatie.reports.render.markdown import front_matter_of
from evaluatie.reports.render.pandoc import pandoc_path
from evaluatie.reports.render.settings import QUARTO_NAME, Settings

RESOURCES = ("css", "reference-doc", "bibliography", "csl")
PAGE_WORDS = ("toc-title", "skip-link", "label-name")
SAME_WORDS = {"crossref": {"title-delim": "."}, "date-format": "D MMMM YYYY"}
"""A caption begins with 'Tabel 1.', and a date stays as it stands in the front matter."""

FILTERS = {"filters": ["quarto.lua", "quarto", "quarto-after.lua"]}
OURS: dict[str, dict[str, Any]] = {
    "html": {**FILTERS, "template": "report.html5", "minimal": True, "theme": "none"},
    "pdf": {
        **FILTERS,
        "template-partials": ["typst-show.typ", "page.typ"],
        "pdf-standard": PDF_STANDARD,
    },
    "docx": dict(FILTERS),
}
"""What makes Quarto use our templates; no scripts, and no icons, which are fonts or images."""

FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#{1,6})\s", re.MULTILINE)
PAGE_TITLE = {"html": 1, "pdf": 0, "docx": 0}
"""Levels that the title takes: in HTML it is the one heading of level 1."""


def write_project(work: Path, notebook: Notebook, settings: Settings) -> None:
    """Write `_quarto.yml` with its resources and our templates beside it into ``work``."""
    content = json.loads(json.dumps(settings.content, default=str))
    meta = metadata(front_matter_of(notebook), settings.for_format("docx"))
    content |= {**{key: meta[key] for key in PAGE_WORDS}, **SAME_WORDS}
    content["project"] = {"type": "default"}
    formats = content.setdefault("format", {})
    for kind, quarto_name in QUARTO_NAME.items():
        own = formats.get(quarto_name)
        own = {**(own if isinstance(own, dict) else {}), **_resources(work, kind, settings)}
        shift = PAGE_TITLE[kind] + 1 - top_level(notebook)
        formats[quarto_name] = {**own, **OURS[kind], "shift-heading-level-by": shift}
    _html_parts(work, formats["html"], settings)
    _pdf_parts(work, meta)
    _docx_parts(work, formats["docx"], meta, settings)
    for name in ("quarto.lua", "quarto-after.lua"):
        shutil.copyfile(asset(name), work / name)
    (work / "_quarto.yml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")


def top_level(notebook: Notebook) -> int:
    """Return the level of the highest heading that the notebook shows, 1 without headings."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            texts.append("".join(output.get("data", {}).get("text/markdown", "")))
    levels = [len(m[1]) for text in texts for m in HEADING.finditer(FENCED.sub("", text))]
    return min(levels, default=1)


def _resources(work: Path, kind: str, settings: Settings) -> dict[str, Any]:
    """Copy the files that `_quarto.yml` names beside it, and return their names."""
    named: dict[str, Any] = {}
    for key in RESOURCES:
        files = settings.resources(kind, key)
        for file in files:
            shutil.copyfile(file, work / file.name)
        if files:
            named[key] = [f.name for f in files] if len(files) > 1 else files[0].name
    return named


def _html_parts(work: Path, own: dict[str, Any], settings: Settings) -> None:
    """Write our page template and style sheets; the table of contents counts from the sections."""
    shutil.copyfile(asset("report.html5"), work / "report.html5")
    style = style_header([*settings.resources("html", "css"), asset("quarto.css")])
    (work / "style.html").write_text(style, encoding="utf-8")
    own["include-in-header"] = "style.html"
    own["toc-depth"] = int(settings.for_format("html").get("toc-depth") or 2) + 1


def _pdf_parts(work: Path, meta: dict[str, Any]) -> None:
    """Put the look of our PDF in place of two parts of Quarto's template for typst."""
    look = asset("report.typst").read_text(encoding="utf-8").partition("$body$")[0]
    # from here to $endfor$ Quarto's template has already had it
    start, _, rest = look.partition("$if(highlighting-definitions)$")
    title_page = rest.partition("$endfor$")[2]
    floats = asset("quarto.typ").read_text(encoding="utf-8")
    (work / "typst-show.typ").write_text(start + floats + title_page, encoding="utf-8")
    (work / "page.typ").write_text("", encoding="utf-8")
    (work / "meta.json").write_text(json.dumps(paper_words(meta)), encoding="utf-8")


def _docx_parts(work: Path, own: dict[str, Any], meta: dict[str, Any], settings: Settings) -> None:
    """Write the reference document with our styles and the label in the header of every page."""
    base = settings.resources("docx", "reference-doc")
    word = reference_docx(
        pandoc_path(),
        meta,
        str(meta.get("running-label") or ""),
        base[0].read_bytes() if base else None,
    )
    (work / "evaluatie-reference.docx").write_bytes(word)
    own["reference-doc"] = "evaluatie-reference.docx"
