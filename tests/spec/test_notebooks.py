"""Report notebooks are thin: they select, order and caption, and nothing else."""

from __future__ import annotations

import ast
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from test_present_sample import sample_slice

from evaluatie.reports import open_report
from evaluatie.reports.context import SLICE_VARIABLE
from evaluatie.reports.notebook import check_source, read_notebook
from evaluatie.reports.options import options_of
from evaluatie.reports.slice import write_slice

FOLDER = Path(__file__).parents[2] / "notebooks"
REPORTS = sorted(FOLDER.glob("*.ipynb"))
EVERY = [*REPORTS, *sorted((FOLDER / "exploration").glob("*.ipynb"))]
NAMES = {"report": "", "audience": "", "wave": "", "area": "", "language": ""}
FOR_A_PROVIDER = ("spiegel",)  # made for one provider each, and only so


def code_cells(path: Path) -> list[Any]:
    return [cell for cell in read_notebook(path).cells if cell.cell_type == "code"]


def test_there_is_a_notebook_per_kind_of_report() -> None:
    assert {path.stem for path in REPORTS} >= {"financier", "meting", "kostenmonitor"}


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_parameters_are_declared_in_exactly_one_cell(path: Path) -> None:
    own = {"provider": ""} if path.stem in FOR_A_PROVIDER else {}
    check_source(read_notebook(path), path.name, NAMES | own)


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_report_notebook_only_selects_and_shows(path: Path) -> None:
    for cell in code_cells(path):
        _, source = options_of(cell)
        tree = ast.parse(source)
        for node in ast.walk(tree):
            assert not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.For))
            if isinstance(node, ast.Import):
                pytest.fail(f"{path.name} imports a library")
            if isinstance(node, ast.ImportFrom):
                assert node.module == "evaluatie.reports"
            if isinstance(node, ast.Constant) and "parameters" not in cell.metadata.get("tags", []):
                assert not re.search(r"\d", str(node.value)), "a numeral in a report notebook"


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_committed_without_outputs_and_as_lists_of_lines(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert isinstance(cell["source"], list)
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
        else:
            assert path.parent.name == "exploration", "prose comes from the catalogue"


@pytest.mark.parametrize("path", EVERY[len(REPORTS) :], ids=lambda path: path.stem)
def test_exploration_is_marked_as_such(path: Path) -> None:
    assert read_notebook(path).metadata["evaluatie"]["exploration"] is True


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_report_runs_and_its_headings_stand_in_order(
    path: Path, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sample_slice(language)
    monkeypatch.setenv(SLICE_VARIABLE, str(write_slice(made, tmp_path / "slice")))
    shown: list[Any] = []
    names = {"provider": "", **made.parameters, "display": lambda *several: shown.extend(several)}
    for cell in code_cells(path):
        if "parameters" not in cell.metadata.get("tags", []):
            run_cell(cell, names, shown)
    page = "\n".join(f._repr_mimebundle_()[0].get("text/markdown", "") for f in shown)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", page, flags=re.M)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    titles = re.findall(r"^# (.+)$", page, flags=re.M)
    assert len(titles) == len(set(titles)) >= 5
    foreign = ("niet", "buurten", "geen") if language == "en" else ("the", "neighbourhoods", "not")
    words = set(re.findall(r"[a-z]+", page.lower().replace("synthetische gegevens", "")))
    assert not words & set(foreign)


def run_cell(cell: Any, names: dict[str, Any], shown: list[Any]) -> None:
    """Run a cell as Jupyter does: what the last line gives is displayed."""
    _, source = options_of(cell)
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        if value is not None:
            shown.append(value)


def test_open_report_is_what_a_notebook_imports() -> None:
    assert open_report.__module__ == "evaluatie.reports.context"
