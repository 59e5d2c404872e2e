"""`evaluatie ledger`: the ledger for a large machine, and tables that stay with their owner."""

import shutil
import stat

import pandas as pd
import pyarrow.parquet as pq
import pytest
from studies import StudyFolder


@pytest.fixture(scope="module")
def study(second, tmp_path_factory) -> StudyFolder:
    folder = tmp_path_factory.mktemp("ledger") / "study"
    shutil.copytree(second.root, folder, ignore=shutil.ignore_patterns("build"))
    return StudyFolder(folder)


def test_a_query_before_an_export_says_what_to_do(study):
    output = study.command("ledger", "query", "cells", code=1)
    assert "no Parquet file with a ledger" in output
    assert "evaluatie ledger export" in output


def test_export_and_query_write_files_for_their_owner_alone(study):
    assert "amounts of persons" in study.command("ledger", "export")
    output = study.command("ledger", "query", "cells", "--period", "year")
    assert "not for publication" in output
    files = {p.name: p for p in (study.build / "ledger").iterdir()}
    assert set(files) == {"ledger.parquet", "cells-year.csv"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    cells = pd.read_csv(files["cells-year.csv"])
    ledger = pq.read_table(files["ledger.parquet"]).to_pandas()
    assert cells["cents"].sum() == ledger["cents"].sum()
    assert not set(ledger["person_id"]) & set(cells.astype(str).to_numpy().ravel())


def test_an_unknown_table_or_engine_is_one_plain_error(study):
    for arguments, message in (
        (["persons"], "there is no table 'persons'"),
        (["cells", "--engine", "dask"], "there is no engine 'dask'"),
    ):
        output = study.command("ledger", "query", *arguments, code=1)
        assert message in output
        assert "Traceback" not in output
