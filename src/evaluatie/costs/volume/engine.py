"""The engine under the queries: DuckDB by default, Spark by configuration.

DuckDB reads a ledger that fits on the disk of one machine, which is a region; Spark one that is
spread over a cluster, which is a country. The queries are the same (`queries`), the numbers too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from evaluatie.costs.volume.queries import COLUMNS
from evaluatie.errors import FeedError, UserError
from evaluatie.store import made
from evaluatie.study import Engine

_DUCKDB = {"threads": "2"}
_SPARK = {
    "spark.master": "local[2]",
    "spark.app.name": "evaluatie",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # a sum that overflows is an error, not another number
}


@dataclass(frozen=True)
class LedgerEngine:
    """A ledger in Parquet files, and what runs queries on it.

    Attributes
    ----------
    ledger : ibis Table
        Columns `evaluatie.costs.volume.queries.COLUMNS`.
    kind : str
        ``duckdb`` or ``spark``.
    """

    ledger: ir.Table
    kind: str

    def frame(self, query: ir.Table) -> pd.DataFrame:
        """Run a query; the rows are sorted by everything but the numbers.

        The types are the same on every engine: text, whole and real numbers, and dates as
        timestamps at midnight. The amounts are those of persons: no result of this is publishable.
        """
        result = query.to_pandas()
        types = {name: _plain_type(kind) for name, kind in query.schema().items()}
        frame = result.astype(types)
        keys = [name for name, kind in query.schema().items() if not kind.is_numeric()]
        return frame.sort_values(keys, ignore_index=True) if keys else frame


def chosen(declared: Engine, kind: str | None) -> Engine:
    """Return the declared engine, or one of the kind that was asked for on the command line.

    Raises
    ------
    UserError
        An engine that does not exist.
    """
    if kind is None or kind == declared.kind:
        return declared
    if kind == "duckdb":
        return Engine(kind="duckdb")  # the settings of one engine mean nothing to another
    if kind == "spark":
        return Engine(kind="spark")
    raise UserError(f"there is no engine '{kind}'", allowed="duckdb, spark")


@contextmanager
def open_engine(folder: Path, engine: Engine | None = None) -> Iterator[LedgerEngine]:
    """Open the ledger in a folder of Parquet files, for as long as the block lasts.

    Parameters
    ----------
    folder : Path
        Files ``*.parquet`` with the columns of the ledger; on a cluster a folder that every
        worker can read.
    engine : Engine, optional
        ``engine:`` of `analysis/study.yml`; DuckDB with two threads when absent.

    Raises
    ------
    FeedError
        No Parquet file in the folder, or a column of the ledger is missing.
    UserError
        Spark is asked for and is not installed, or has no Java.
    """
    engine = engine or Engine()
    if not any(folder.glob("*.parquet")):
        raise FeedError(
            "no Parquet file with a ledger",
            where=folder.name,
            remedy="write it with 'evaluatie ledger export'.",
        )
    opened = _spark if engine.kind == "spark" else _duckdb
    with opened(folder, engine) as ledger:
        if missing := [name for name in COLUMNS if name not in ledger.columns]:
            raise FeedError(f"no column {', '.join(missing)}", where=folder.name)
        yield LedgerEngine(ledger.select(*COLUMNS), engine.kind)


@contextmanager
def _duckdb(folder: Path, engine: Engine) -> Iterator[ir.Table]:
    settings = {**_DUCKDB, **engine.settings}
    with _private_folder(settings.get("temp_directory"), "evaluatie-duckdb-") as spill:
        settings["temp_directory"] = f"{spill}/spill"  # else a folder here that all can read
        backend = ibis.duckdb.connect(":memory:", **settings)
        try:
            yield backend.read_parquet(str(folder / "*.parquet"), table_name="ledger")
        finally:
            backend.disconnect()


@contextmanager
def _private_folder(within: str | None, prefix: str) -> Iterator[str]:
    """Give a folder of mode 0700 for rows that an engine moves to disk, and remove it."""
    if within:
        made(Path(within))
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=within, ignore_cleanup_errors=True
    ) as folder:
        yield folder


@contextmanager
def _spark(folder: Path, engine: Engine) -> Iterator[ir.Table]:
    """Start a session, or use the one of the notebook or cluster that this runs in."""
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UserError(
            "Spark is not installed", remedy="run 'make spark', or use the engine duckdb."
        ) from error
    with ExitStack() as stack:
        session = SparkSession.getActiveSession()
        if session is None:
            within = engine.settings.get("spark.local.dir")
            local = stack.enter_context(_private_folder(within, "spark-"))
            settings = {**_SPARK, "spark.sql.warehouse.dir": local, **engine.settings}
            settings["spark.local.dir"] = local
            session = _started(SparkSession, settings, PySparkException)
            stack.callback(session.stop)
        backend = ibis.pyspark.connect(session)
        yield backend.read_parquet(str(folder), table_name="ledger")


def _started(sessions: Any, settings: dict[str, str], error: type[Exception]) -> Any:
    builder = sessions.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except error as cause:
        raise UserError(
            "Spark does not start: it needs Java 17 or 21",
            remedy="install a Java runtime (Debian: openjdk-17-jre-headless), or use duckdb.",
        ) from cause


def _plain_type(kind: Any) -> str:
    """Return the pandas type in which every engine hands over this type."""
    if kind.is_integer():
        return "int64"
    if kind.is_floating():
        return "float64"
    return "datetime64[ns]" if kind.is_date() or kind.is_timestamp() else "object"
