"""`evaluatie doctor` finds whatever lies open: who can read it, where it is, what to do."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from evaluatie.cli import main
from evaluatie.cli.checkup import (
    Finding,
    Level,
    check_folders,
    check_leftovers,
    check_outputs,
    check_releases,
    check_rules,
    check_tracked,
)
from evaluatie.cli.checkup.machine import swap, temporary_folder, threads
from evaluatie.dictionary import load_codebook
from evaluatie.errors import ReleaseError
from evaluatie.store import locked
from evaluatie.study import Study, open_study

SECOND = Path(__file__).parents[1] / "end_to_end" / "second_study"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    shutil.copytree(SECOND, tmp_path / "study")
    close_all(tmp_path / "study")
    return open_study(tmp_path / "study")


def close_all(root: Path) -> None:
    for path in [root, *root.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)


def put(study: Study, name: str, text: str = "x", mode: int = 0o600) -> Path:
    path = study.root / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def only_open(findings) -> Finding:
    found = [finding for finding in findings if finding.level == Level.OPEN]
    assert len(found) == 1, findings
    assert found[0].remedy
    return found[0]


def nothing_open(findings) -> bool:
    return not [finding for finding in findings if finding.level == Level.OPEN]


# Who can read and write ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "data/raw/stad/inwoners.csv",
        "data/raw/stad/rekeningen.csv",  # no pseudonym in it, but every line is about somebody
        "data/raw/vragenlijst/half.csv",
        "data/truth/truth.csv",
        "build/.cache/v1/estimates/abc/estimates.parquet",
        "build/export-r/questions/a/persons.csv",
        "build/ledger/ledger.parquet",
        "build/failed/run/run.ipynb",
        "build/issues.csv",
        "releases/requests/one/request.json",
    ],
)
def test_data_of_persons_that_others_can_read_are_named(study, name):
    path = put(study, name)
    codebook = load_codebook(study)
    assert nothing_open(check_folders(study, codebook))
    for folder in path.relative_to(study.root).parents:
        (study.root / folder).chmod(0o755)
    assert nothing_open(check_folders(study, codebook))
    for mode in (0o644, 0o640):
        path.chmod(mode)
        found = only_open(check_folders(study, codebook))
        assert found.what == "1 files with data of persons can be read by other users"
        assert found.where == (name,)


def test_a_closed_folder_protects_what_is_in_it_and_public_figures_need_no_protection(study):
    put(study, "data/raw/stad/inwoners.csv", mode=0o644)
    put(study, "data/raw/statistiek/kerncijfers.csv", mode=0o644)
    codebook = load_codebook(study)
    assert nothing_open(check_folders(study, codebook))
    for name in ("data", "data/raw", "data/raw/stad", "data/raw/statistiek"):
        (study.root / name).chmod(0o755)
    assert only_open(check_folders(study, codebook)).where == ("data/raw/stad/inwoners.csv",)


def test_many_files_are_counted_and_the_first_are_named(study):
    for number in range(8):
        put(study, f"build/ledger/{number}.csv", mode=0o644)
    for folder in ("build", "build/ledger"):
        (study.root / folder).chmod(0o755)
    found = only_open(check_folders(study, load_codebook(study)))
    assert found.what.startswith("8 files")
    assert len(found.where) == 6
    assert found.where[-1] == "and 3 more"


@pytest.mark.parametrize("name", ["dictionary/disclosure.yml", "analysis/study.yml", "analysis"])
def test_what_every_user_can_change_is_named(study, name):
    (study.root / name).chmod(0o777)
    found = only_open(check_folders(study, load_codebook(study)))
    assert "changed by every user" in found.what
    assert found.where == (name,)


# Version control ----------------------------------------------------------------------------------


@pytest.fixture
def checkout(study) -> Study:
    if shutil.which("git") is None:
        pytest.skip("no git")
    git(study, "init", "--quiet")
    return study


def git(study: Study, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(study.root), *arguments], check=True)


def test_folders_that_git_would_take_are_named(checkout):
    found = only_open(check_tracked(checkout))
    assert found.where == ("data/", "build/", "releases/requests/")
    put(checkout, ".gitignore", "/data/\n/releases/requests/\n")
    assert only_open(check_tracked(checkout)).where == ("build/",)


def test_what_init_writes_keeps_data_out_of_git(checkout, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["evaluatie", "init", str(tmp_path / "new")])
    with pytest.raises(SystemExit):
        main()
    shutil.copy(tmp_path / "new" / ".gitignore", checkout.root)
    for name in ("data/raw/a.csv", "build/a.csv", "releases/requests/a.json", "wave.sav"):
        put(checkout, name)
    git(checkout, "add", "--all")
    assert nothing_open(check_tracked(checkout))


def test_data_that_git_tracks_are_named(checkout):
    put(checkout, ".gitignore", "/data/\n/build/\n/releases/requests/\n")
    put(checkout, "data/raw/stad/inwoners.csv")
    put(checkout, "notes/wave.sav")
    git(checkout, "add", "--force", "data", "notes")
    found = only_open(check_tracked(checkout))
    assert found.where == ("data/raw/stad/inwoners.csv", "notes/wave.sav")


def test_outside_a_checkout_nothing_is_tracked(study, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(study.root.parent))
    (finding,) = check_tracked(study)
    assert finding.level == Level.NOTE


# What was left ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "build/reports/.new-report-12345678/a.html",
        "build/.cache/v1/estimates/.new-abc-12345678/estimates.parquet",
        "build/.new-export-r-12345678/a.csv",
        "build/ledger/.ledger-12345678/ledger.parquet",
        "data/.synthetic-12345678/raw/a.csv",
        "build/.estimates.csv.new",
    ],
)
def test_drafts_of_interrupted_runs_are_named(study, name):
    put(study, name)
    found = only_open(check_leftovers(study))
    assert found.what.startswith("1 drafts of interrupted runs")
    assert name.startswith(found.where[0])


def test_the_drafts_of_a_run_that_goes_on_are_in_order(study):
    put(study, "build/reports/.new-report-t1-nl-12345678/a.html")
    with locked(study.build / ".locks" / "report-t1-nl.lock"):
        assert nothing_open(check_leftovers(study))
    assert "report-t1-nl" in only_open(check_leftovers(study)).where[0]


def test_notebooks_of_failed_runs_are_named(study):
    put(study, "build/failed/report/report.ipynb", "{}")
    assert only_open(check_leftovers(study)).where == ("build/failed/report/report.ipynb",)


@pytest.mark.parametrize("place", ["notebooks", "explore/deep", "notebooks/.ipynb_checkpoints"])
def test_notebooks_with_stored_outputs_are_named(study, place):
    cell = nbformat.v4.new_code_cell("1")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    path = put(study, f"{place}/a.ipynb", nbformat.writes(notebook))
    assert nothing_open(check_leftovers(study))
    cell.outputs = [nbformat.v4.new_output("stream", text="a person")]
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    assert only_open(check_leftovers(study)).where == (f"{place}/a.ipynb",)


# Labels, rules, releases --------------------------------------------------------------------------


def test_outputs_without_a_label_are_named(study):
    put(study, "build/codebook.html", '<meta name="sensitivity" content="public">')
    put(study, "build/empty.csv", "feed,sensitivity\n")
    put(study, "build/reports/a/run.json", json.dumps({"sensitivity": "restricted"}))
    assert nothing_open(check_outputs(study))
    put(study, "build/reports/a/a.html", "<p>nothing</p>")
    put(study, "build/ledger/cells.csv", "a,sensitivity\n1,\n")
    put(study, "build/broken.json", "{")
    found = only_open(check_outputs(study))
    assert set(found.where) == {
        "build/broken.json",
        "build/ledger/cells.csv",
        "build/reports/a/a.html",
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("threshold: {value: 10", "threshold: {value: 5", "threshold 5, shipped 10"),
        ("p_percent: {value: 10", "p_percent: {value: 1", "p_percent 1, shipped 10"),
        ("share: 0.9,", "share: 0.95,", "dominance share 0.95, shipped 0.9"),
        ("households: {value: 10", "households: {value: 9", "households 9, shipped 10"),
        ("providers: {value: 3", "providers: {value: 1", "providers 1, shipped 3"),
    ],
)
def test_a_rule_looser_than_the_shipped_one_is_named(study, old, new, words):
    assert nothing_open(check_rules(study))
    path = study.root / "dictionary" / "disclosure.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert only_open(check_rules(study)).where == (words,)


def test_a_stricter_rule_is_in_order_and_a_new_exemption_is_worth_knowing(study):
    path = study.root / "dictionary" / "disclosure.yml"
    text = path.read_text(encoding="utf-8").replace(
        "threshold: {value: 10", "threshold: {value: 20"
    )
    path.write_text(text.replace("  tables:", "  tables:\n    survey: why not"), encoding="utf-8")
    findings = list(check_rules(study))
    assert nothing_open(findings)
    assert [f.where for f in findings if f.level == Level.NOTE] == [("tables.survey",)]


def test_no_register_yet_is_in_order_and_a_broken_one_is_open(study, monkeypatch):
    assert nothing_open(check_releases(study))

    def broken(_folder: Path) -> None:
        raise ReleaseError("entry 3 was changed", where="register")

    monkeypatch.setattr("evaluatie.register.verify", broken)
    (finding,) = check_releases(study)
    assert finding.level == Level.OPEN
    assert "entry 3 was changed" in finding.what


# The machine --------------------------------------------------------------------------------------


def test_threads_temporary_folder_and_swap_are_told(tmp_path):
    assert threads({"OMP_NUM_THREADS": "1"}).level == Level.OK
    assert threads({"OMP_NUM_THREADS": "8"}).where == ("OMP_NUM_THREADS=8",)
    for mode, level in ((0o700, Level.OK), (0o1777, Level.NOTE), (0o777, Level.OPEN)):
        tmp_path.chmod(mode)
        assert temporary_folder(tmp_path).level == level
    listing = tmp_path / "swaps"
    header = "Filename Type Size Used Priority\n"
    for text, level in (
        (header, Level.OK),
        (f"{header}/dev/zram0 partition 1 0 -2\n", Level.OK),
        (f"{header}/dev/sda2 partition 1 0 -2\n", Level.NOTE),
    ):
        listing.write_text(text, encoding="utf-8")
        assert swap(listing).level == level
    assert swap(tmp_path / "absent").level == Level.OK


def test_the_command_lists_everything_and_ends_with_one_when_something_is_open(
    study, monkeypatch, capsys
):
    for name in ("stad", "fonds"):
        path = study.root / "analysis" / "agreements" / f"{name}.yml"
        assert "status: example" in path.read_text(encoding="utf-8")
    put(study, "data/raw/SYNTHETIC.json", "{}")
    put(study, "build/failed/report/report.ipynb", "{}")
    monkeypatch.setattr(sys, "argv", ["evaluatie", "--study", str(study.root), "doctor"])
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    output = capsys.readouterr().out
    assert "open 1 notebooks of failed runs are left" in output
    assert "where: build/failed/report/report.ipynb" in output
    assert "what to do: mend the notebook" in output
    assert "1 open" in output
    shutil.rmtree(study.build)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "0 open" in capsys.readouterr().out
