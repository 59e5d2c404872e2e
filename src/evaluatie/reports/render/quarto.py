"""The renderer for who has Quarto; it prints the executed notebook and never executes it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pypandoc
import yaml

from evaluatie.errors import RunError
from evaluatie.reports.notebook import Notebook, read_notebook, write_notebook
from evaluatie.reports.render.docx import reference_docx, same_bytes_every_time
from evaluatie.reports.render.embedded import EPOCH, metadata
from evaluatie.reports.render.html import OUTSIDE
from evaluatie.reports.render.markdown import front_matter_of, page_of
from evaluatie.reports.render.settings import QUARTO_NAME, Settings

RESOURCES = ("css", "reference-doc", "bibliography", "csl")


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
            write_notebook(portable(content), work / notebook.name)
            self._project(work, settings, front_matter_of(content))
            for kind in formats:
                self._render(work, notebook, kind, folder / f"{notebook.stem}.{kind}")
        return list(dict.fromkeys(warnings))

    def _project(self, work: Path, settings: Settings, front: dict[str, Any]) -> None:
        """Write `_quarto.yml` with its resources beside it, and the label for every page."""
        content = json.loads(json.dumps(settings.content, default=str))
        content["project"] = {"type": "default"}
        for kind, quarto_name in QUARTO_NAME.items():
            own = content.setdefault("format", {}).get(quarto_name)
            own = own if isinstance(own, dict) else {}
            content["format"][quarto_name] = own
            for key in RESOURCES:
                files = settings.resources(kind, key)
                for file in files:
                    shutil.copyfile(file, work / file.name)
                if files:
                    own[key] = [f.name for f in files] if len(files) > 1 else files[0].name
        _label_everywhere(work, content["format"], front, settings)
        (work / "_quarto.yml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")

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
        if kind == "docx":
            target.write_bytes(same_bytes_every_time(made.read_bytes()))
        else:
            shutil.copyfile(made, target)
        if kind == "html" and OUTSIDE.search(target.read_text(encoding="utf-8")):
            raise RunError("the page made by Quarto would load something from outside")


def _label_everywhere(
    work: Path, formats: dict[str, Any], front: dict[str, Any], settings: Settings
) -> None:
    label = str(front.get("running-label") or "")
    meta = metadata(front, settings.for_format("docx"))
    base = settings.resources("docx", "reference-doc")
    word = reference_docx(
        str(pypandoc.get_pandoc_path()), meta, label, base[0].read_bytes() if base else None
    )
    (work / "evaluatie-reference.docx").write_bytes(word)
    formats["docx"]["reference-doc"] = "evaluatie-reference.docx"
    if not label:
        return
    (work / "label.html").write_text(
        f'<aside class="running-label" aria-label="{escape(meta["label-name"])}">'
        f"<span>{escape(label)}</span></aside>\n",
        encoding="utf-8",
    )
    formats["html"]["include-before-body"] = "label.html"
    (work / "label.typ").write_text(
        '#set page(header: align(center, text(size: 8pt, weight: "bold", '
        f"{json.dumps(label, ensure_ascii=False)})))\n",
        encoding="utf-8",
    )
    formats["typst"]["include-in-header"] = "label.typ"


def portable(notebook: Notebook) -> Notebook:
    """Return the notebook with HTML tables as raw HTML in markdown.

    Given ``text/html`` Quarto adds scripts from a content network to the page.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "<table" in str(data.get("text/html", "")) and "text/markdown" not in data:
                data["text/markdown"] = f"``````{{=html}}\n{data.pop('text/html')}\n``````\n"
    return notebook


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
