"""Study folders on which commands are run, and what stands in their finished reports."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
LABEL = "SYNTHETISCHE GEGEVENS - VOORBEELD"
START = "import sys; from evaluatie.cli import main; sys.exit(main())"
SHARED = ("analysis", "data_dictionary", "notebooks", "_quarto.yml")
AREA = "BU09350402"
RUNS = {  # what is printed of the first study: report -> what is kept of its line in reports.yml
    "financier": {"audiences": ["gemeente", "vgz"], "waves": ["t3"]},
    "financier_en": {"waves": ["t2"], "formats": ["html", "pdf"]},
    "kostenmonitor": {
        "audiences": ["gemeente"],
        "waves": ["t2", "t3"],
        "formats": ["html", "docx"],
    },
    "businesscase": {"audiences": ["gemeente"], "waves": ["t3"], "formats": ["html", "docx"]},
    "spiegel": {"waves": ["t3"], "providers": ["SYN-A-1002"], "formats": ["html", "pdf"]},
    "meting": {"waves": ["t3"], "areas": [AREA]},
    "verantwoording": {"waves": ["t3"]},
}


@dataclass(frozen=True)
class Report:
    """A finished report in its folder."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def language(self) -> str:
        return self.name.rsplit("-", 1)[1]

    @property
    def formats(self) -> tuple[str, ...]:
        return tuple(f for f in ("html", "docx", "pdf") if self.path(f).is_file())

    def path(self, form: str) -> Path:
        return self.folder / f"{self.name}.{form}"


@dataclass(frozen=True)
class StudyFolder:
    """A study folder on which commands are run."""

    root: Path

    @property
    def build(self) -> Path:
        return self.root / "build"

    @property
    def raw(self) -> Path:
        return self.root / "data" / "raw"

    @property
    def reports(self) -> dict[str, Report]:
        return {p.name: Report(p) for p in sorted((self.build / "reports").glob("[!.]*"))}

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start a command of its own process group and do not wait for it."""
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        return subprocess.Popen(
            [sys.executable, "-c", START, "--study", str(self.root), *arguments],
            env={**os.environ, **threads, "COLUMNS": "400"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def command(self, *arguments: str, code: int = 0) -> str:
        """Run a command, demand its exit code, and return what it printed."""
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=600)
        assert process.returncode == code, output[-5000:]
        return output

    def run(self, *arguments: str, code: int = 0) -> str:
        return self.command("run", "--renderer", "embedded", *arguments, code=code)

    def slice(self, run: str) -> Path:
        """Return the slice that the last preparation made for a run."""
        found = (self.build / ".cache").glob(f"v*/slices/*/{run}")
        return max(found, key=lambda folder: folder.parent.stat().st_mtime_ns)

    def rows(self, run: str) -> pd.DataFrame:
        return pd.read_parquet(self.slice(run) / "publishable.parquet")

    def texts(self, run: str) -> dict:
        return json.loads((self.slice(run) / "slice.json").read_text(encoding="utf-8"))

    def verdicts(self) -> pd.DataFrame:
        return pd.read_csv(self.build / "verdicts.csv", keep_default_na=False).set_index("question")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace the one occurrence of a text in a file of the study."""
        content = (self.root / path).read_text(encoding="utf-8")
        assert content.count(old) == 1, f"{old!r} stands {content.count(old)} times in {path}"
        (self.root / path).write_text(content.replace(old, new), encoding="utf-8")

    def copy(self, target: Path, *, build: bool = True, truth: bool = True) -> "StudyFolder":
        """Copy the study folder, with the times of its files."""
        left_out = {name for name, kept in (("build", build), ("truth", truth)) if not kept}
        shutil.copytree(
            self.root, target, ignore=lambda _, names: left_out & set(names), dirs_exist_ok=True
        )
        return StudyFolder(target)


@contextlib.contextmanager
def once(tmp_path_factory: pytest.TempPathFactory, name: str) -> Iterator[tuple[Path, bool]]:
    """Give a folder that all workers share, and whether it must still be filled."""
    from evaluatie.store import locked

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, done = shared / name, shared / f"{name}.done"
    with locked(shared / f"{name}.lock"):
        todo = not done.exists()
        if todo:
            shutil.rmtree(folder, ignore_errors=True)
        yield folder, todo
        done.touch()


def write_first(folder: Path) -> None:
    """Copy the study of this repository with the reports of `RUNS` only."""
    for name in SHARED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        folder.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, folder / name)
    path = folder / "analysis" / "reports.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["reports"] = [report | RUNS[report["id"]] for report in content["reports"]]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
