"""Open DuckDB so that rows it moves to disk can be read by nobody else.

Left alone, DuckDB spills into a folder ``.tmp`` of whatever folder the command is typed in, with
files that every user of the machine can read.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref

import duckdb

PREFIX = "evaluatie-duckdb-"
_THREADS = 2  # amounts are integers: the number of threads cannot change a sum


def connect(database: str = ":memory:", *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Return a connection that spills into a temporary folder of its own, mode 0700.

    Parameters
    ----------
    database : str
        Path of a file, or ``:memory:``.
    read_only : bool
        Open a file without the right to change it.

    Notes
    -----
    DuckDB makes its files inside that folder; the folder goes away with the connection.
    """
    connection = duckdb.connect(database, read_only=read_only, config={"threads": _THREADS})
    folder = tempfile.mkdtemp(prefix=PREFIX)
    connection.execute(f"set temp_directory = '{folder.replace(chr(39), chr(39) * 2)}/spill'")
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return connection
