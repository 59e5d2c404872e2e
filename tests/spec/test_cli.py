"""The command line as its user meets it: plain sentences, exit codes, nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evaluatie.agreement import load_agreements
from evaluatie.cli.run import select_runs
from evaluatie.cli.schemas import schema_files
from evaluatie.dictionary import load_codebook
from evaluatie.errors import AgreementError, DeclarationError
from evaluatie.study import default_path, open_study


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from evaluatie.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def shipped():
    study = open_study(default_path("analysis").parent)
    return study, load_agreements(study, load_codebook(study))


def test_a_folder_without_a_study_is_one_plain_error(tmp_path: Path):
    result = run("check", cwd=tmp_path)
    assert result.returncode == 1
    assert "analysis/study.yml was not found" in result.stderr
    assert "Traceback" not in result.stderr


def test_init_makes_a_study_that_loads_and_refuses_a_folder_in_use(tmp_path: Path):
    folder = tmp_path / "new"
    assert run("init", str(folder), cwd=tmp_path).returncode == 0
    study = open_study(folder)
    assert load_agreements(study, load_codebook(study)).questions
    assert not (folder / "data").exists()
    before = sorted(path.name for path in folder.iterdir())
    again = run("init", str(folder), cwd=tmp_path)
    assert again.returncode == 1
    assert "not empty" in again.stderr
    assert sorted(path.name for path in folder.iterdir()) == before


def choose(shipped, every_wave=False, **filters):
    study, book = shipped
    given = {name: [value] if isinstance(value, str) else value for name, value in filters.items()}
    return select_runs(study, book, given, every_wave=every_wave)


def test_the_default_is_every_report_of_the_last_wave(shipped):
    runs = choose(shipped)
    assert {run.wave for run in runs} == {shipped[0].waves[-1].id}
    assert set(runs) <= set(choose(shipped, every_wave=True))


@pytest.mark.parametrize(
    ("filters", "error", "words"),
    [
        ({"wave": "t9"}, DeclarationError, "there is no wave 't9'"),
        ({"audience": "ministerie"}, DeclarationError, "there is no audience 'ministerie'"),
        ({"report": "jaarverslag"}, DeclarationError, "there is no report 'jaarverslag'"),
        ({"area": "BU00000000"}, DeclarationError, "there is no area"),
    ],
)
def test_an_unknown_name_says_what_there_is(shipped, filters, error, words):
    with pytest.raises(error, match=words) as caught:
        choose(shipped, **filters)
    assert "Allowed:" in str(caught.value)


def test_a_combination_nobody_agreed_on_is_refused(shipped):
    with pytest.raises(AgreementError, match="no report was agreed for"):
        choose(shipped, report="meting", audience="vgz")


def test_an_option_given_twice_chooses_both(shipped):
    reports = [run.report for run in choose(shipped)]
    first, second = dict.fromkeys(reports).keys() & {"financier", "meting"}
    both = choose(shipped, report=[first, second])
    assert set(both) == {*choose(shipped, report=first), *choose(shipped, report=second)}
    assert {run.report for run in both} == {first, second}
    waves = [wave.id for wave in shipped[0].waves[-2:]]
    assert {run.wave for run in choose(shipped, wave=waves)} == set(waves)
    with pytest.raises(DeclarationError, match="there is no report 'jaarverslag'"):
        choose(shipped, report=["meting", "jaarverslag"])


def test_wrong_usage_has_its_own_exit_code(tmp_path: Path):
    assert run("run", "--to", "odt", cwd=default_path("analysis").parent).returncode == 2


def test_the_committed_schemas_are_fresh(shipped):
    folder = shipped[0].analysis / "schemas"
    committed = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    assert committed == schema_files(), "run 'evaluatie schemas'"
