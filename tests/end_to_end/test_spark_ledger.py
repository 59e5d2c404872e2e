"""The queries of the ledger give on Spark what they give on DuckDB, to the cent.

Needs Java and Spark (`make spark`). Without them these tests skip; where EVALUATIE_REQUIRE_SPARK
is set, as `.ci/run` does once there is Java, a skip is a failure.
"""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from evaluatie.costs.volume import queries
from evaluatie.costs.volume.engine import LedgerEngine, open_engine
from evaluatie.study import Engine
from volume_example import LAWS, drawn_ledger, written

QUERIES = {
    "area x law x quarter, with who is behind it": lambda ledger: queries.cells(
        queries.by_period(ledger, "quarter")
    ),
    "area x law x month": lambda ledger: queries.cost_by(queries.by_period(ledger, "month")),
    "area x year": lambda ledger: queries.cells(
        queries.by_period(ledger, "year"), ["area_code", "period"]
    ),
    "active arrangements": lambda ledger: queries.active_arrangements(
        queries.by_period(ledger, "month"), ["law", "period"]
    ),
    "households by month": queries.household_months,
    "combinations of laws": lambda ledger: queries.stacking_combinations(ledger, LAWS),
}


def lacking() -> str:
    """Return why Spark cannot be used here, or nothing."""
    if shutil.which("java") is None:
        return "there is no Java"
    return "" if importlib.util.find_spec("pyspark") else "Spark is not installed ('make spark')"


@pytest.fixture(scope="module")
def needs_spark() -> Iterator[None]:
    if reason := lacking():
        if os.environ.get("EVALUATIE_REQUIRE_SPARK"):
            pytest.fail(f"{reason}, and EVALUATIE_REQUIRE_SPARK is set")
        pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return written(drawn_ledger(6_000, 11), tmp_path_factory.mktemp("ledger"))


@pytest.fixture(scope="module")
def spark(needs_spark, folder) -> Iterator[LedgerEngine]:
    settings = {"spark.master": "local[2]", "spark.sql.shuffle.partitions": "2"}
    with open_engine(folder, Engine(kind="spark", settings=settings)) as engine:
        yield engine


@pytest.fixture(scope="module")
def duckdb(folder) -> Iterator[LedgerEngine]:
    with open_engine(folder) as engine:
        yield engine


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_spark_and_duckdb_agree_to_the_cent_and_count_for_count(query, spark, duckdb):
    assert (spark.kind, duckdb.kind) == ("spark", "duckdb")
    expected = duckdb.frame(query(duckdb.ledger))
    assert len(expected) > 0
    pd.testing.assert_frame_equal(
        spark.frame(query(spark.ledger)), expected, check_exact=True, obj="on Spark"
    )


def test_spark_reads_the_whole_ledger(spark, folder):
    found = spark.frame(queries.cost_by(spark.ledger, ["basis"]))
    expected = drawn_ledger(6_000, 11).groupby("basis")["cents"].sum()
    assert found.set_index("basis")["cents"].to_dict() == expected.to_dict()


def test_the_session_of_somebody_else_is_used_and_left_open(spark, folder):
    with open_engine(folder, Engine(kind="spark")) as engine:
        once = engine.frame(queries.cost_by(engine.ledger, ["law"]))
    again = spark.frame(queries.cost_by(spark.ledger, ["law"]))  # still there
    pd.testing.assert_frame_equal(once, again)
