"""What is written beside the reports says how sensitive it is, and is closed from its first byte.

Everything here holds where the shell closes nothing (umask 0).
"""

import gc
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import costs_example as example
import pandas as pd
import pytest

from evaluatie.cli import main
from evaluatie.costs import build_ledger, write_parquet
from evaluatie.costs.booking.connection import PREFIX, connect
from evaluatie.costs.volume.engine import open_engine
from evaluatie.costs.volume.tables import write_table
from evaluatie.domain import Sensitivity, Severity
from evaluatie.export.question_folder import write_table as write_for_r
from evaluatie.intake import write_issues_csv, write_issues_html
from evaluatie.intake.issues import Issue, issues_frame
from evaluatie.release.labels import read_label
from evaluatie.reports.kernels import _closed, _told
from evaluatie.store import Store, in_use, locked, made, write_private
from evaluatie.study import Engine

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions")
PROBLEM = Issue("survey", "a.csv", "born", "wrong_type", 3, Severity.TOLERATE, "a number", "mend")


@pytest.fixture(autouse=True)
def _nothing_closed() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def ledger():
    feeds = {"arrangements": example.arrangements({}), "population": example.population()}
    return build_ledger(example.data(**feeds), example.codebook(), example.study())


# Labels -------------------------------------------------------------------------------------------


def test_the_list_of_problems_is_confidential_in_both_forms(tmp_path):
    issues = issues_frame([PROBLEM])
    write_issues_csv(issues, tmp_path / "issues.csv")
    write_issues_html(issues, tmp_path / "issues.html", "nl")
    for name in ("issues.csv", "issues.html"):
        assert read_label(tmp_path / name) is Sensitivity.CONFIDENTIAL
        assert mode(tmp_path / name) == 0o600
    assert "Vertrouwelijk" in (tmp_path / "issues.html").read_text(encoding="utf-8")


def test_the_codebook_is_public_and_says_so(tmp_path):
    from evaluatie.dictionary import load_codebook, write_codebook_html
    from evaluatie.study import default_path, open_study

    codebook = load_codebook(open_study(default_path("analysis").parent))
    for language, word in (("nl", "Openbaar"), ("en", "Public")):
        write_codebook_html(codebook, tmp_path / "c.html", language)
        assert read_label(tmp_path / "c.html") is Sensitivity.PUBLIC
        assert word in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_the_ledger_and_its_tables_are_confidential_and_closed(tmp_path):
    made_from = ledger()
    path = write_parquet(made_from, tmp_path / "ledger")
    made_from.close()
    table = write_table(pd.DataFrame({"cents": [1]}), tmp_path / "other" / "cells.csv")
    for each in (path, table):
        assert read_label(each) is Sensitivity.CONFIDENTIAL
        assert mode(each) == 0o600
        assert mode(each.parent) == 0o700
    assert [p.name for p in tmp_path.rglob(".*")] == []


def test_every_table_for_r_is_confidential(tmp_path):
    write_for_r(pd.DataFrame({"value": [1.5, float("nan")]}), tmp_path / "persons.csv")
    assert read_label(tmp_path / "persons.csv") is Sensitivity.CONFIDENTIAL


# Permissions --------------------------------------------------------------------------------------


def test_a_private_file_is_never_open_and_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "closed" / "a.csv"
    write_private(path, "old")
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    seen = []

    def replace(source: str, target: Path) -> None:
        seen.append(mode(Path(source)))
        raise OSError("the disk is full")

    monkeypatch.setattr("evaluatie.store.os.replace", replace)
    with pytest.raises(OSError, match="full"):
        write_private(path, "new")
    assert seen == [0o600]
    assert path.read_text(encoding="utf-8") == "old"
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_of_somebody_else_keeps_its_permissions(tmp_path):
    (tmp_path / "theirs").mkdir(mode=0o755)
    made(tmp_path / "theirs")
    assert mode(tmp_path / "theirs") == 0o755
    assert mode(made(tmp_path / "ours")) == 0o700


def test_a_product_is_closed_while_it_is_being_built(tmp_path):
    seen = []

    def build(folder: Path) -> None:
        (folder / "half.txt").write_text("a person", encoding="utf-8")
        above = (folder, *folder.parents)
        seen.extend(mode(p) for p in above if p.is_relative_to(tmp_path / "cache"))

    Store(tmp_path / "cache").product("answer", {}, build)
    assert seen == [0o700] * 4
    assert {mode(p) for p in (tmp_path / "cache").rglob("*") if p.is_file()} == {0o600}


def test_a_lock_says_whether_it_is_held(tmp_path):
    assert not in_use(tmp_path / "lock")
    with locked(tmp_path / "lock"):
        assert in_use(tmp_path / "lock")
    assert not in_use(tmp_path / "lock")


@pytest.mark.parametrize("exists", [False, True])
def test_the_notebook_of_a_run_is_closed_before_papermill_writes_it(tmp_path, exists):
    target = tmp_path / "failed" / "run" / "run.ipynb"
    if exists:
        target.parent.mkdir(parents=True)
        target.write_text("old", encoding="utf-8")
    _closed(target)
    assert (mode(target), mode(target.parent)) == (0o600, 0o700)


# Rows that an engine moves to disk ----------------------------------------------------------------


def spill(connection) -> Path:
    """Make more rows than fit in memory, and return the folder that holds them."""
    connection.execute("set memory_limit = '20MB'")
    connection.execute("create table t as select range i, md5(range::varchar) v from range(600000)")
    folder = Path(connection.execute("select current_setting('temp_directory')").fetchone()[0])
    assert any(path.stat().st_size for path in folder.iterdir())
    return folder


def test_rows_that_duckdb_moves_to_disk_are_closed_and_go_away(tmp_path, monkeypatch):
    """Left alone it makes a folder .tmp where the command is typed, open to all."""
    monkeypatch.chdir(tmp_path)
    connection = connect()
    folder = spill(connection)
    assert folder.parent.name.startswith(PREFIX)
    assert mode(folder.parent) == 0o700
    connection.close()
    del connection
    gc.collect()
    assert not folder.parent.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("asked", [False, True])
def test_queries_on_an_exported_ledger_spill_into_a_closed_folder(tmp_path, monkeypatch, asked):
    monkeypatch.chdir(made(tmp_path / "here"))
    made_from = ledger()
    write_parquet(made_from, tmp_path / "ledger")
    made_from.close()
    settings = {"temp_directory": str(tmp_path / "large")} if asked else {}
    with open_engine(tmp_path / "ledger", Engine(kind="duckdb", settings=settings)) as engine:
        folder = spill(engine.ledger.get_backend().con)
        assert mode(folder.parent) == 0o700
        assert folder.is_relative_to(tmp_path / "large") == asked
    assert not folder.parent.exists()
    assert list((tmp_path / "here").iterdir()) == []


# Errors -------------------------------------------------------------------------------------------


def test_of_an_error_in_a_notebook_only_our_own_words_are_shown():
    assert _told("RefusedError", "too few areas") == "RefusedError: too few areas"
    said = _told("ValueError", "could not convert 'SYN-P-000001'")
    assert said.startswith("ValueError;")
    assert "SYN-P-000001" not in said


def test_an_error_nobody_foresaw_is_told_without_its_text(monkeypatch, capsys):
    def fail() -> None:
        try:
            int("SYN-P-000001")
        except ValueError as error:
            raise KeyError("SYN-H-000002") from error

    monkeypatch.setattr("evaluatie.cli.app.app", fail)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 70
    shown = capsys.readouterr().err
    assert "SYN-" not in shown.replace('int("SYN-P-000001")', "").replace('("SYN-H-000002")', "")
    assert shown.index("ValueError") < shown.index("which led to") < shown.index("KeyError")
    assert "EVALUATIE_TRACEBACK=1" in shown
    monkeypatch.setenv("EVALUATIE_TRACEBACK", "1")
    with pytest.raises(KeyError, match="SYN-H-000002"):
        main()


def test_our_own_errors_are_told_in_full_also_as_a_cause(capsys, monkeypatch):
    from evaluatie.cli.unexpected import where_it_happened
    from evaluatie.errors import FeedError

    monkeypatch.setattr(sys, "argv", ["evaluatie"])
    try:
        raise TypeError("SYN-P-000001") from FeedError("2 records without a month")
    except TypeError as error:
        text = where_it_happened(error)
    assert "FeedError: 2 records without a month" in text
    assert text.endswith("TypeError\n")
