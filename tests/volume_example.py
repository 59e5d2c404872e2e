"""A drawn ledger of a few thousand rows, with all that makes counting difficult."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

LAWS = ("help", "youth", "income")
AREAS = ("P1", "C1", "")
BASES = ("allocated", "delivered", "declared")
TEXT = (
    "person_id", "household_id", "area_code", "law", "product_code", "provider_id", "basis",
)  # fmt: skip


def drawn_ledger(rows: int, seed: int) -> pd.DataFrame:
    """Return a ledger: credits, amounts that cancel out, benefits, ties, a move mid-month."""
    rng = np.random.default_rng(seed)
    person = rng.integers(0, max(rows // 20, 3), rows)
    law = rng.integers(0, 3, rows)
    basis = rng.integers(0, 3, rows)
    month = pd.Timestamp(2016, 1, 1).to_period("M") + 0
    cents = rng.integers(-3, 12, rows) * 2_500  # few values: ties between households
    frame = pd.DataFrame(
        {
            "person_id": [f"p{n:05d}" for n in person],
            "household_id": [f"h{n // 2:05d}" for n in person],
            "area_code": np.array(AREAS, dtype=object)[rng.integers(0, 3, rows)],
            "law": np.array(LAWS, dtype=object)[law],
            "product_code": np.where(
                law == 2, "", np.array(["45A04", "02"])[rng.integers(0, 2, rows)]
            ),
            "provider_id": np.where(law == 2, "", [f"v{n}" for n in rng.integers(0, 6, rows)]),
            "month": [(month + int(n)).to_timestamp() for n in rng.integers(0, 30, rows)],
            "basis": np.array(BASES, dtype=object)[basis],
            "days": np.where(basis == 0, rng.integers(0, 31, rows), 0),
            "cents": cents,
        }
    )
    keys = [*TEXT, "month"]
    return frame.groupby(keys, sort=False, as_index=False)[["days", "cents"]].sum()


def written(ledger: pd.DataFrame, folder: Path, files: int = 2) -> Path:
    """Write a ledger as Parquet files; months are dates, as the ledger itself writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pandas(ledger, preserve_index=False)
    at = table.schema.get_field_index("month")
    table = table.set_column(at, "month", table["month"].cast(pa.date32()))
    for number in range(files):
        pq.write_table(
            table.slice(*_share(len(ledger), number, files)), folder / f"{number}.parquet"
        )
    return folder


def _share(rows: int, number: int, files: int) -> tuple[int, int]:
    begin = rows * number // files
    return begin, rows * (number + 1) // files - begin
