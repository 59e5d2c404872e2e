"""Read Parquet chunk by chunk as whole numbers, one chunk ahead of the work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from evaluatie.errors import FeedError

Arrays = dict[str, npt.NDArray[np.integer]]
_ROWS = 1 << 18


def read_chunks(source: Path, columns: Sequence[str], rows: int = _ROWS) -> Iterator[Arrays]:
    """Yield chunks of whole-number columns of a Parquet file, or of all in a folder.

    Parameters
    ----------
    source : Path
        A file, or a folder with files ``*.parquet``.
    columns : sequence of str
        Which columns; integers, or dates (then days since 1970).
    rows : int
        At most so many rows per chunk.

    Yields
    ------
    dict of str to array
        Column -> values in the width of the file (a date: 32 bits).

    Raises
    ------
    FeedError
        No file, a column that is not there, one of another type, or one with missing values.

    Notes
    -----
    One thread reads the next chunk while the caller works on this one; memory is that of two
    chunks and the row group they are in.
    """
    files = sorted(source.glob("*.parquet")) if source.is_dir() else [source]
    if not files or not all(file.is_file() for file in files):
        raise FeedError("there is no Parquet file", where=source.name)
    batches = _batches(files, columns, rows)
    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(next, batches, None)
        while (batch := following.result()) is not None:
            following = reader.submit(next, batches, None)
            yield batch


def _batches(files: list[Path], columns: Sequence[str], rows: int) -> Iterator[Arrays]:
    for path in files:
        with pq.ParquetFile(path, memory_map=True) as file:
            _refuse_other_columns(file.schema_arrow, columns, path)
            for batch in file.iter_batches(rows, columns=list(columns)):
                yield {name: _numbers(batch.column(name), name, path) for name in columns}


def _numbers(column: pa.Array, name: str, path: Path) -> npt.NDArray[np.integer]:
    if column.null_count:
        raise FeedError(
            f"column '{name}' has {column.null_count} missing values in one chunk",
            where=path.name,
            remedy="leave these rows out, and count them, before the volume is computed.",
        )
    if pa.types.is_date32(column.type):
        column = column.view(pa.int32())
    numbers: npt.NDArray[np.integer] = column.to_numpy(zero_copy_only=True)
    return numbers


def _refuse_other_columns(schema: pa.Schema, columns: Sequence[str], path: Path) -> None:
    if missing := [name for name in columns if name not in schema.names]:
        raise FeedError(f"no column {', '.join(missing)}", where=path.name)
    wrong = [
        name
        for name in columns
        if not (pa.types.is_integer(schema.field(name).type)
                or pa.types.is_date32(schema.field(name).type))
    ]  # fmt: skip
    if wrong:
        raise FeedError(
            f"column {', '.join(wrong)} does not hold whole numbers",
            where=path.name,
            allowed="integers, and dates without a time",
        )
