"""One report run: what it is made of, whether it is up to date, and how it is made."""

from __future__ import annotations

import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluatie.agreement.model import ReportRun
from evaluatie.errors import EvaluatieError, RunError
from evaluatie.reports.final import finalise, numbers_csv, numbers_of
from evaluatie.reports.gate import require_claimed, require_no_host
from evaluatie.reports.notebook import (
    check_injected,
    check_source,
    normalise,
    read_notebook,
    source_digest,
    write_notebook,
)
from evaluatie.reports.render import Renderer, read_settings
from evaluatie.reports.slice import FORMATS, read_texts
from evaluatie.store import (
    content_key,
    differing,
    environment_digest,
    file_digest,
    folder_digest,
    in_place,
    locked,
    package_digest,
    remove_stale,
)

RUN_FILE, NUMBERS_FILE = "run.json", "numbers.csv"


@dataclass(frozen=True)
class Job:
    """Everything a worker needs to make one report; can be sent to another process.

    Parameters
    ----------
    run : ReportRun
        Which report.
    slice_folder, notebook, settings_file : Path
        Its data, its notebook and its `_quarto.yml`.
    build : Path
        Build folder of the study.
    folder : Path
        Working folder of the kernel.
    formats : tuple of str
        Forms that are asked for now.
    renderer : Renderer
        Who prints.
    warm : bool or None
        Fork from the warm server; None: where that is safe.
    timeout : int or None
        Seconds a cell may take.
    """

    run: ReportRun
    slice_folder: Path
    notebook: Path
    settings_file: Path
    build: Path
    folder: Path
    formats: tuple[str, ...]
    renderer: Renderer
    warm: bool | None = None
    timeout: int | None = None

    @property
    def target(self) -> Path:
        """Folder of the finished report."""
        return self.build / "reports" / self.run.name

    @property
    def failed(self) -> Path:
        """Folder with the notebook of a run that failed."""
        return self.build / "failed" / self.run.name

    @property
    def lock(self) -> Path:
        """Lock file of this run."""
        return self.build / ".locks" / f"{self.run.name}.lock"

    def ingredients(self) -> dict[str, Any]:
        """Return everything the report depends on, by name; the key is a digest of this."""
        return {
            "slice": folder_digest(self.slice_folder),
            "parameters": read_texts(self.slice_folder).parameters,
            "notebook": source_digest(self.notebook),
            "package": package_digest(),
            "environment": environment_digest(),
            "renderer": f"{self.renderer.name} {self.renderer.version}",
            "appearance": read_settings(self.settings_file).ingredients(),
        }

    def record(self) -> dict[str, Any] | None:
        """Return `run.json` of the finished report, or None."""
        try:
            content = json.loads((self.target / RUN_FILE).read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return content if isinstance(content, dict) else None

    def reasons(self) -> tuple[str, ...]:
        """Return why the report must be made; empty when it is up to date."""
        record = self.record()
        if record is None:
            return ("no report yet",)
        reasons = [*differing(record["ingredients"], self.ingredients())]
        reasons += [f"form {f} not made yet" for f in self.formats if f not in record["formats"]]
        for name, digest in sorted(record["outputs"].items()):
            path = self.target / name
            if not path.is_file():
                reasons.append(f"{name} was removed")
            elif file_digest(path) != digest:
                reasons.append(f"{name} was changed by hand")
        return tuple(reasons)

    def make(self) -> Outcome:
        """Make the report unless it is up to date; a mistake is returned, not raised."""
        with locked(self.lock):
            remove_stale(self.target.parent, self.run.name)
            try:
                if not self.reasons():
                    return Outcome(self.run, made=False)
                warnings = self._make()
            except EvaluatieError as error:
                return Outcome(self.run, message=_one_line(error), notebook=self._kept())
            shutil.rmtree(self.failed, ignore_errors=True)
            with contextlib.suppress(OSError):
                self.failed.parent.rmdir()  # goes only when no other run failed
            return Outcome(self.run, made=True, warnings=tuple(warnings))

    def _make(self) -> list[str]:
        ingredients, before = self.ingredients(), self.record() or {}
        same = before.get("ingredients") == ingredients
        wanted = {*self.formats, *(before["formats"] if same else ())}
        formats = [name for name in FORMATS if name in wanted]
        with in_place(self.target, mode=0o755) as temporary:
            notebook, warnings = self._execute(temporary)
            settings = read_settings(self.settings_file)
            told = self.renderer.render(notebook, temporary, formats, settings)
            record = {
                "run": self.run.name,
                "sensitivity": str(read_texts(self.slice_folder).sensitivity),
                "key": content_key(ingredients),
                "ingredients": ingredients,
                "formats": formats,
                "outputs": {p.name: file_digest(p) for p in sorted(temporary.iterdir())},
                "warnings": [*warnings, *told],
            }
            text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
            (temporary / RUN_FILE).write_text(text + "\n", encoding="utf-8")
        return [*warnings, *told]

    def _execute(self, temporary: Path) -> tuple[Path, list[str]]:
        """Execute, check, normalise and finish the notebook; write it and its numbers."""
        from evaluatie.reports.kernels import execute  # here: it imports papermill

        report_slice, name = read_texts(self.slice_folder), self.notebook.name
        if report_slice.run != self.run:
            raise RunError(f"the slice is that of run {report_slice.name}", where=self.run.name)
        check_source(read_notebook(self.notebook), name, report_slice.parameters)
        executed = self.failed / f"{self.run.name}.ipynb"
        executed.parent.mkdir(parents=True, exist_ok=True)
        executed.unlink(missing_ok=True)
        execute(
            self.notebook,
            executed,
            report_slice.parameters,
            slice_folder=self.slice_folder,
            folder=self.folder,
            warm=self.warm,
            timeout=self.timeout,
        )
        notebook = read_notebook(executed)
        check_injected(notebook, name, report_slice.parameters)
        warnings = normalise(notebook)
        finalise(notebook, report_slice)
        path = temporary / executed.name
        write_notebook(notebook, path)
        ledger = numbers_csv(numbers_of(notebook, report_slice), report_slice.sensitivity)
        (temporary / NUMBERS_FILE).write_text(ledger, encoding="utf-8")
        require_no_host(path, (Path.home(), self.build.parent, temporary))
        language = report_slice.language
        require_claimed(path, temporary / NUMBERS_FILE, self.slice_folder, language)
        return path, warnings

    def _kept(self) -> Path | None:
        path = self.failed / f"{self.run.name}.ipynb"
        return path if path.is_file() else None


@dataclass(frozen=True)
class Outcome:
    """How one run ended: made, unchanged, or failed with a message."""

    run: ReportRun
    made: bool = False
    message: str = ""
    notebook: Path | None = None
    warnings: tuple[str, ...] = ()


def make(job: Job) -> Outcome:
    """Make one report; a function so that any executor can send it to a worker."""
    return job.make()


def _one_line(error: EvaluatieError) -> str:
    return " ".join(str(error).split())
