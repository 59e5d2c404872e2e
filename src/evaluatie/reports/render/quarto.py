"""The renderer for who has Quarto; it prints the executed notebook and never executes it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluatie.errors import RunError
from evaluatie.reports.defaults import asset
from evaluatie.reports.notebook import Notebook, read_notebook, write_notebook
from evaluatie.reports.render.docx import finished_docx
from evaluatie.reports.render.embedded import EPOCH, READER, metadata
from evaluatie.reports.render.html import OUTSIDE
from evaluatie.reports.render.markdown import front_matter_of, page_of
from evaluatie.reports.render.pandoc import pandoc_path
from evaluatie.reports.render.quarto_project import write_project
from evaluatie.reports.render.settings import QUARTO_NAME, Settings

BETWEEN = "evaluatie-table-ends"
BODY = re.compile(r"<tbody.*?</tbody>", re.DOTALL)
HEAD = re.compile(r"<thead.*?</thead>", re.DOTALL)
HEADING = re.compile(r"<th((?:\s[^>]*)?)>(.*?)</th>", re.DOTALL)
SCOPE = re.compile(r'\sscope="[a-z]+"')


@dataclass(frozen=True)
class QuartoRenderer:
    """Quarto on the PATH."""

    program: str
    version: str
    name: str = "quarto"

    @property
    def line(self) -> str:
        """One line that says which renderer is used."""
        return f"Renderer: Quarto {self.version}"

    def render(
        self, notebook: Path, folder: Path, formats: Sequence[str], settings: Settings
    ) -> list[str]:
        """Write ``<stem>.<format>`` into ``folder`` for each format and return the warnings.

        The same cell options are accepted as by the embedded renderer, so that a study does not
        come to depend on who renders it.
        """
        content = read_notebook(notebook)
        warnings: list[str] = []
        with tempfile.TemporaryDirectory(prefix="evaluatie-quarto-") as name:
            work = Path(name)
            for kind in formats:
                execute = settings.for_format(kind).get("execute") or {}
                with tempfile.TemporaryDirectory(dir=work) as media:
                    warnings += page_of(content, kind, execute, Path(media)).warnings
            write_project(work, content, settings)
            for kind in formats:
                write_notebook(portable(read_notebook(notebook), kind), work / notebook.name)
                self._render(work, notebook, kind, folder / f"{notebook.stem}.{kind}")
            if "docx" in formats:
                word = folder / f"{notebook.stem}.docx"
                meta = metadata(front_matter_of(content), settings.for_format("docx"))
                word.write_bytes(finished_docx(word.read_bytes(), meta))
        return list(dict.fromkeys(warnings))

    def _render(self, work: Path, notebook: Path, kind: str, target: Path) -> None:
        command = [
            self.program, "render", notebook.name, "--to", QUARTO_NAME[kind],
            "--output", f"out.{kind}", "--no-execute", "--quiet",
        ]  # fmt: skip
        done = subprocess.run(
            command,
            cwd=work,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)},
            check=False,
        )
        made = work / f"out.{kind}"
        if done.returncode or not made.is_file():
            told = [line for line in done.stderr.splitlines() if line.strip()]
            raise RunError(f"quarto: {told[-1] if told else 'failed without a message'}")
        shutil.copyfile(made, target)
        if kind == "html" and OUTSIDE.search(target.read_text(encoding="utf-8")):
            raise RunError("the page made by Quarto would load something from outside")


def portable(notebook: Notebook, kind: str = "html") -> Notebook:
    """Return the notebook for format ``kind`` with tables as raw HTML in markdown.

    Given ``text/html`` Quarto adds scripts from a content network to the page, and a style sheet
    inside a table it wants to resolve with a program of its own: so the tables go through the
    same filter as those of the embedded renderer, which leaves rows, cells and alignment. Word
    cannot show a vector image everywhere and gets the bitmap that stands beside it.
    """
    shown = [o["data"] for cell in notebook.cells for o in cell.get("outputs", []) if "data" in o]
    tables = [
        data
        for data in shown
        if "<table" in str(data.get("text/html", "")) and "text/markdown" not in data
    ]
    for data, table in zip(tables, _tables([d.pop("text/html") for d in tables]), strict=True):
        text = table if kind == "html" else _paper_cells(table)
        data["text/markdown"] = f"``````{{=html}}\n{text.strip()}\n``````\n"
    for data in shown if kind == "docx" else []:
        if "image/png" in data:
            data.pop("image/svg+xml", None)
    return notebook


def _tables(sources: list[str]) -> list[str]:
    """Return the HTML tables without style sheet and identifiers, by the filter of pandoc."""
    if not sources:
        return []
    blocks = [f"``````{{=html}}\n{source.strip()}\n``````" for source in sources]
    command = [
        pandoc_path(), "-f", READER, "-t", "html5", "--wrap=none",
        "--lua-filter", str(asset("filter.lua")),
    ]  # fmt: skip
    done = subprocess.run(
        command,
        input=f"\n\n{BETWEEN}\n\n".join(blocks),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RunError(f"pandoc: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout.split(f"<p>{BETWEEN}</p>")


def _paper_cells(table: str) -> str:
    """Return the table with bold headings, those of rows as ordinary cells.

    pandoc would cut a heading that spans the table down to the width of the row headings.
    """

    def row_heading(match: re.Match[str]) -> str:
        text = _bold(match[2]) if 'scope="rowgroup"' in match[1] else match[2]
        return f"<td{SCOPE.sub('', match[1])}>{text}</td>"

    table = HEAD.sub(
        lambda head: HEADING.sub(lambda m: f"<th{m[1]}>{_bold(m[2])}</th>", head[0]), table
    )
    return BODY.sub(lambda body: HEADING.sub(row_heading, body[0]), table)


def _bold(text: str) -> str:
    return f"<strong>{text}</strong>" if text.strip() else text


def find_quarto() -> QuartoRenderer | None:
    """Return a renderer if ``quarto --version`` answers; the wrapper can exist without binary."""
    program = shutil.which("quarto")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    answer = done.stdout.strip()
    if done.returncode or not answer[:1].isdigit():
        return None
    return QuartoRenderer(program, answer.splitlines()[0])
