"""What may be in the repository, and what may not: data leaks are found here first."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import yaml

from evaluatie import domain
from evaluatie.dictionary import load_codebook
from evaluatie.dictionary.model import Indicator
from evaluatie.study import open_study

ROOT = Path(__file__).parents[2]
LARGEST_BYTES = 2**20
DATA_ENDINGS = {".sav", ".parquet", ".duckdb", ".feather", ".xlsx", ".xls", ".dta", ".rds", ".zip"}
CSV_FOLDERS = ("tests/", "data_dictionary/")


def tracked() -> list[Path]:
    """Return the files git knows, or would know after the next commit."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = (ROOT / name for name in listed.split("\0") if name)
    return [path for path in paths if path.is_file()]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def test_no_data_is_tracked():
    wrong = [
        name(path)
        for path in tracked()
        if name(path).startswith(("data/", "build/"))
        or path.suffix.lower() in DATA_ENDINGS
        or (path.suffix.lower() == ".csv" and not name(path).startswith(CSV_FOLDERS))
    ]
    assert wrong == []


def test_no_file_is_larger_than_a_mebibyte():
    assert [name(path) for path in tracked() if path.stat().st_size > LARGEST_BYTES] == []


def test_notebooks_are_stripped():
    wrong = []
    for path in tracked():
        if path.suffix == ".ipynb":
            cells = json.loads(text_of(path))["cells"]
            if any(cell.get("outputs") or cell.get("execution_count") for cell in cells):
                wrong.append(name(path))
    assert wrong == [], "clear the outputs: 'jupyter nbconvert --clear-output --inplace FILE'"


def test_the_lock_names_no_index_and_hashes_everything():
    text = text_of(ROOT / "requirements.lock")
    assert not re.search(r"https?://|--index|--find-links|file:", text)
    pinned = re.findall(r"^\S+==\S+", text, flags=re.MULTILINE)
    blocks = re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:]
    assert len(pinned) == len(blocks)
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_conda_environment_agrees_with_the_lock():
    check = subprocess.run(
        [sys.executable, "scripts/conda_pins.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stderr
    wanted = yaml.safe_load(text_of(ROOT / "environment.yml"))["dependencies"]
    pip = next(entry["pip"] for entry in wanted if isinstance(entry, dict))
    assert "quarto" in wanted
    assert any(entry.startswith("jupyterlab==") for entry in pip)


def test_source_names_no_place_code_or_year_of_the_study():
    """A second study must run without a change of code; docstrings and comments may explain."""
    study = open_study(ROOT)
    years = range(min(study.cost_years) - 1, study.report_date.year + 1)
    words = [*(re.escape(area.name) for area in study.areas), *map(str, years)]
    pattern = re.compile(rf"\b(?:{'|'.join(words)}|BU\d{{8}}|WK\d{{6}}|GM\d{{4}})\b")
    assert found_in_source(pattern) == []


def test_source_names_no_item_scale_law_or_product_code():
    book = load_codebook(open_study(ROOT))
    ids = {*book.items, *book.professional_items, *book.scales, *book.indicators, *book.laws}
    ids |= {code for codes in book.code_lists.values() for code in codes if len(code) > 3}
    ids -= {*open_study(ROOT).feeds, *vocabulary()}
    pattern = re.compile("|".join(rf"'{re.escape(word)}'" for word in sorted(ids)))
    assert found_in_source(pattern) == []


def vocabulary() -> set[str]:
    """Return words of the declaration language itself, which an id may happen to equal."""
    enums = (kind for kind in vars(domain).values() if isinstance(kind, type))
    words = {str(member) for kind in enums if issubclass(kind, StrEnum) for member in kind}
    return words | set(get_args(get_type_hints(Indicator)["kind"]))


def found_in_source(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name(path)}: {found}"
        for path in sorted((ROOT / "src").rglob("*.py"))
        for found in pattern.findall(code_without_comments(text_of(path)))
    ]


def code_without_comments(source: str) -> str:
    """Return the source without docstrings and comments."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            first = body[0].value
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                body[0] = ast.Expr(ast.Constant(None))
    return ast.unparse(tree)


def test_licence_text_and_metadata_agree():
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    citation = yaml.safe_load(text_of(ROOT / "CITATION.cff"))
    assert project["license"] == citation["license"] == "EUPL-1.2"
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in text_of(ROOT / "LICENSE")
    assert citation["version"] == project["version"]
    assert f"## {project['version']}" in text_of(ROOT / "CHANGELOG.md")


def test_the_readme_shows_the_two_commands_and_links_that_exist():
    text = text_of(ROOT / "README.md")
    assert "make report" in text
    assert "make test" in text
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_set_up_without_a_suitable_python_says_so_in_one_line(tmp_path):
    fake = tmp_path / "bin"
    fake.mkdir()
    for program in ("python3", "python3.13"):  # one is too old, one is a wrapper around nothing
        (fake / program).write_text("#!/bin/sh\nexit 1\n")
        (fake / program).chmod(0o755)
    shell = shutil.which("sh")
    if shell is None or os.name == "nt":
        pytest.skip("no POSIX shell")
    done = subprocess.run(
        [shell, "scripts/setup.sh", str(tmp_path / "venv")],
        cwd=ROOT,
        env={"PATH": str(fake)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("No suitable Python: install Python 3.11, 3.12 or 3.13")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "venv").exists()
