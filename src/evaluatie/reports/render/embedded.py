"""The renderer that needs no installation: pandoc and typst from their wheels."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from evaluatie.domain import Sensitivity
from evaluatie.errors import RunError
from evaluatie.reports.defaults import asset
from evaluatie.reports.notebook import Notebook, read_notebook
from evaluatie.reports.render.docx import finished_docx, keyword, reference_docx
from evaluatie.reports.render.html import self_contained, style_header
from evaluatie.reports.render.markdown import Page, page_of
from evaluatie.reports.render.pandoc import pandoc_path
from evaluatie.reports.render.settings import WORDS, Settings

READER = "markdown+smart"
EPOCH = 946684800  # a fixed date inside PDF and DOCX: same content, same bytes
PDF_STANDARD: Literal["ua-1"] = (
    "ua-1"  # tagged PDF that a screen reader can read; refuses an image without alt
)


@dataclass(frozen=True)
class EmbeddedRenderer:
    """pandoc (pypandoc-binary) for HTML and DOCX, typst for PDF."""

    name: str = "embedded"

    @property
    def pandoc(self) -> str:
        """Path of the pandoc in the wheel."""
        return pandoc_path()

    @property
    def version(self) -> str:
        """Versions of the two wheels."""
        return f"pypandoc-binary {version('pypandoc-binary')}, typst {version('typst')}"

    @property
    def line(self) -> str:
        """One line that says which renderer is used."""
        return f"Renderer: embedded ({self.version})"

    def render(
        self, notebook: Path, folder: Path, formats: Sequence[str], settings: Settings
    ) -> list[str]:
        """Write ``<stem>.<format>`` into ``folder`` for each format and return the warnings."""
        content = read_notebook(notebook)
        warnings = settings.warnings()
        for kind in formats:
            with tempfile.TemporaryDirectory(prefix="evaluatie-render-") as work:
                page = self._render(content, kind, settings, Path(work), folder / notebook.stem)
            warnings += page.warnings
        return list(dict.fromkeys(warnings))

    def _render(
        self, content: Notebook, kind: str, settings: Settings, work: Path, stem: Path
    ) -> Page:
        media = work / "media"
        media.mkdir()
        options = settings.for_format(kind)
        page = page_of(content, kind, options.get("execute") or {}, media)
        meta = metadata(page.front, options)
        meta.setdefault("title", stem.name)
        write = {"html": self._html, "pdf": self._pdf, "docx": self._docx}[kind]
        write(page, meta, settings, work, stem.with_name(f"{stem.name}.{kind}"))
        return page

    def _html(
        self, page: Page, meta: dict[str, Any], settings: Settings, work: Path, target: Path
    ) -> None:
        (work / "style.html").write_text(style_header(settings.resources("html", "css")), "utf-8")
        text = self._pandoc(
            page, "html5", meta, settings, work,
            "--template", str(asset("report.html5")), "--section-divs", "-H", "style.html",
            "--email-obfuscation=none", "--wrap=none",
        )  # fmt: skip
        target.write_text(self_contained(text, work), encoding="utf-8")

    def _docx(
        self, page: Page, meta: dict[str, Any], settings: Settings, work: Path, target: Path
    ) -> None:
        own = settings.resources("docx", "reference-doc")
        base = own[0].read_bytes() if own else None
        label = str(meta.get("running-label") or "")
        (work / "reference.docx").write_bytes(reference_docx(self.pandoc, meta, label, base))
        self._pandoc(page, "docx", meta, settings, work, "--reference-doc", "reference.docx",
                     "-o", "out.docx")  # fmt: skip
        target.write_bytes(finished_docx((work / "out.docx").read_bytes(), meta))

    def _pdf(
        self, page: Page, meta: dict[str, Any], settings: Settings, work: Path, target: Path
    ) -> None:
        import typst

        source = self._pandoc(page, "typst", meta, settings, work,
                              "--template", str(asset("report.typst")))  # fmt: skip
        (work / "report.typ").write_text(source, encoding="utf-8")
        (work / "meta.json").write_text(json.dumps(paper_words(meta)), encoding="utf-8")
        try:
            pdf = typst.compile(
                str(work / "report.typ"), root=str(work), format="pdf", timestamp=EPOCH,
                pdf_standards=[PDF_STANDARD], ignore_system_fonts=True,
            )  # fmt: skip
        except typst.TypstError as error:
            hints = "; ".join(error.hints)
            raise RunError(f"typst: {error.message} {hints}".strip()) from None
        target.write_bytes(pdf)

    def _pandoc(
        self,
        page: Page,
        to: str,
        meta: dict[str, Any],
        settings: Settings,
        work: Path,
        *arguments: str,
    ) -> str:
        command = [
            self.pandoc, "-f", READER, "-t", to, "--standalone",
            "--lua-filter", str(asset("filter.lua")), "--data-dir", str(work), *arguments,
        ]  # fmt: skip
        # with -M a text is a text; in a metadata file pandoc would read it as markdown
        command += [
            word
            for key, value in meta.items()
            for word in ("-M", f"{key}={json.dumps(value) if isinstance(value, bool) else value}")
        ]
        if meta.get("toc"):
            depth = int(meta.get("toc-depth") or 2)
            command += ["--toc", f"--toc-depth={depth + (to == 'html5')}"]
            command += ["-V", f"toc-title:{meta['toc-title']}"]
        if bibliography := settings.resources("html", "bibliography"):
            command += ["--citeproc", *[f"--bibliography={path}" for path in bibliography]]
            command += [f"--csl={path}" for path in settings.resources("html", "csl")]
        done = subprocess.run(
            command,
            input=page.text,
            text=True,
            encoding="utf-8",
            capture_output=True,
            cwd=work,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)},
            check=False,
        )
        if done.returncode:
            raise RunError(f"pandoc: {_first_line(done.stderr)}")
        page.warnings += [line for line in done.stderr.splitlines() if line.strip()]
        return done.stdout


def _first_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line and not line.startswith("Error running")]
    return lines[0].strip() if lines else "failed without a message"


def metadata(front: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Return what the templates and the filter read: front matter over `_quarto.yml` over words."""
    kept = ("lang", "toc", "toc-depth", "toc-title", "number-sections")
    language = str(front.get("lang") or options.get("lang") or "nl")
    words = WORDS.get(language[:2], WORDS["nl"])
    chosen = {k: options[k] for k in kept if k in options}
    return {**words, **chosen, **front, "lang": language}


def paper_words(meta: dict[str, Any]) -> dict[str, Any]:
    """Return the plain strings of the PDF frame; typst reads them as data, never as markup."""
    return {
        "title": str(meta.get("title") or ""),
        "subtitle": str(meta.get("subtitle") or ""),
        "author": str(meta.get("author") or ""),
        "date": str(meta.get("date") or ""),
        "label": str(meta.get("running-label") or ""),
        "keyword": keyword(meta),
        "marking": str(meta.get("marking") or ""),
        "restricted": meta.get("sensitivity") == Sensitivity.RESTRICTED,
        "lang": str(meta["lang"])[:2],
        "page": meta["page"],
        "of": meta["of"],
        "numbered": bool(meta.get("number-sections")),
    }
