"""One contender of `benchmarks.volume` on one task, in a process of its own.

``python -m benchmarks.volume_contenders CONTENDER TASK FOLDER ROWS ANSWER`` writes the answer as
an array and prints seconds and processor seconds (the best of two, of one where that takes long)
and the peak of this process. Two threads each. The answers: days and cents per area x law x month;
cents per area x law x month of rates per day, by days of care; the most arrangements at once per
household.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

AREAS, LAWS = 8, 4
FIRST, LAST = (int(np.datetime64(day, "D").astype(int)) for day in ("2015-01-01", "2020-12-31"))
MONTHS = (
    np.arange("2015-01", "2021-02", dtype="datetime64[M]").astype("datetime64[D]").astype(np.int64)
)
LONG_SECONDS = 20
TASKS = ("cells", "active", "most")

Task = Callable[[Path, int], np.ndarray]


def households_of(rows: int) -> int:
    """Return the number of households: some forty arrangements each."""
    return max(rows // 40, 100)


# ---- ours


def ours_cells(folder: Path, _rows: int) -> np.ndarray:
    from evaluatie.costs.volume.engine import open_engine
    from evaluatie.costs.volume.queries import by_period, cost_by

    with open_engine(folder / "ledger") as engine:
        ledger = by_period(engine.ledger, "month")
        frame = engine.frame(cost_by(ledger, ["area_code", "law", "period"]))
    return frame[["days", "cents"]].to_numpy()


def ours_active(folder: Path, _rows: int) -> np.ndarray:
    from evaluatie.costs.volume.active import Accruals, active_cost_per_month
    from evaluatie.costs.volume.chunks import read_chunks

    columns = ["area", "law", "first", "last", "rate"]
    chunks = (
        Accruals(c["area"] * np.int32(LAWS) + c["law"], c["first"], c["last"], c["rate"])
        for c in read_chunks(folder / "arrangements", columns)
    )
    return active_cost_per_month(chunks, AREAS * LAWS, FIRST, LAST).rate_days


def ours_most(folder: Path, rows: int) -> np.ndarray:
    from evaluatie.costs.volume.chunks import read_chunks
    from evaluatie.costs.volume.simultaneous import Holdings, most_at_once

    columns = ["household", "first", "last"]
    chunks = (Holdings(*c.values()) for c in read_chunks(folder / "arrangements", columns))
    return most_at_once(chunks, households_of(rows), FIRST, LAST)


# ---- DuckDB


def duckdb_cells(folder: Path, _rows: int) -> np.ndarray:
    found = _duckdb(
        f"select sum(days)::bigint as d, sum(cents)::bigint as c from '{folder}/ledger/*.parquet'"
        " group by area_code, law, month order by area_code, law, month"
    )
    return np.column_stack([found["d"], found["c"]]).astype(np.int64)


def duckdb_active(folder: Path, _rows: int) -> np.ndarray:
    source = f"'{folder}/arrangements/*.parquet'"
    months = ", ".join(f"({b}, {e})" for b, e in pairwise(MONTHS))
    found = _duckdb(f"""
        with steps as (
            select area, law, first as day, sum(rate) as x from {source} group by all
            union all
            select area, law, last + 1, -sum(rate) from {source} group by all
        ),
        days as (select area, law, day, sum(x) as x from steps group by all),
        active as (
            select area, law, day, sum(x) over cell as rate,
                lead(day, 1, {LAST + 1}) over cell as until
            from days window cell as (partition by area, law order by day)
        )
        select sum(rate * (least(until, after) - greatest(day, begin)))::bigint as x
        from active join (values {months}) as months(begin, after) on day < after and until > begin
        group by area, law, begin order by area, law, begin
    """)
    return found["x"].astype(np.int64).reshape(AREAS * LAWS, -1)


def duckdb_most(folder: Path, rows: int) -> np.ndarray:
    source = f"'{folder}/arrangements/*.parquet'"
    found = _duckdb(f"""
        with events as (
            select household, first as day, 1 as x from {source}
            union all select household, last + 1, -1 from {source}
        ),
        days as (select household, day, sum(x) as x from events group by all),
        counts as (
            select household, sum(x) over (partition by household order by day) as n from days
        )
        select household, max(n)::integer as n from counts group by household
    """)
    return _dense(found["household"], found["n"], rows)


def _duckdb(sql: str) -> dict[str, np.ndarray]:
    """Run SQL; beyond 8 GiB DuckDB goes on from disk."""
    import duckdb

    with tempfile.TemporaryDirectory() as spill:
        config = {"threads": 2, "memory_limit": "8GiB", "temp_directory": spill}
        with duckdb.connect(config=config) as connection:
            return connection.execute(sql).fetchnumpy()


# ---- polars


def polars_cells(folder: Path, _rows: int) -> np.ndarray:
    import polars as pl

    keys = ["area_code", "law", "month"]
    query = pl.scan_parquet(folder / "ledger" / "*.parquet").group_by(keys)
    found = query.agg(pl.col("days").sum(), pl.col("cents").sum()).collect(engine="streaming")
    found = found.cast({"area_code": pl.String, "law": pl.String}).sort(keys)
    return found.select("days", "cents").to_numpy()


def polars_active(folder: Path, _rows: int) -> np.ndarray:
    import polars as pl

    source = pl.scan_parquet(folder / "arrangements" / "*.parquet")
    total = pl.col("rate").cast(pl.Int64).sum()
    begins = source.group_by("area", "law", day=pl.col("first")).agg(x=total)
    ends = source.group_by("area", "law", day=pl.col("last") + 1).agg(x=-total)
    found = pl.concat([begins, ends]).collect(engine="streaming")
    return _months(*(found[name].to_numpy() for name in ("area", "law", "day", "x")))


def polars_most(folder: Path, rows: int) -> np.ndarray:
    import polars as pl

    source = pl.scan_parquet(folder / "arrangements" / "*.parquet")
    begins = source.select("household", day=pl.col("first"), x=pl.lit(1, pl.Int32))
    ends = source.select("household", day=pl.col("last") + 1, x=pl.lit(-1, pl.Int32))
    days = pl.concat([begins, ends]).group_by("household", "day").agg(pl.col("x").sum())
    running = days.sort("household", "day").with_columns(pl.col("x").cum_sum().over("household"))
    found = running.group_by("household").agg(pl.col("x").max()).collect(engine="streaming")
    return _dense(found["household"].to_numpy(), found["x"].to_numpy(), rows)


# ---- pandas


def pandas_cells(folder: Path, _rows: int) -> np.ndarray:
    import pandas as pd

    keys = ["area_code", "law", "month"]
    frame = pd.read_parquet(folder / "ledger", columns=[*keys, "days", "cents"])
    return frame.groupby(keys, observed=True)[["days", "cents"]].sum().sort_index().to_numpy()


def pandas_active(folder: Path, _rows: int) -> np.ndarray:
    import pandas as pd

    columns = ["area", "law", "first", "last", "rate"]
    frame = pd.read_parquet(folder / "arrangements", columns=columns).astype({"rate": "int64"})
    begins = frame.groupby(["area", "law", "first"])["rate"].sum()
    ends = frame.groupby(["area", "law", "last"])["rate"].sum()
    keys = [sums.index.to_frame().to_numpy() for sums in (begins, ends)]
    keys[1][:, 2] += 1
    amounts = np.concatenate([begins.to_numpy(), -ends.to_numpy()])
    return _months(*np.concatenate(keys).T, amounts)


def pandas_most(folder: Path, rows: int) -> np.ndarray:
    import pandas as pd

    frame = pd.read_parquet(folder / "arrangements", columns=["household", "first", "last"])
    begins = frame[["household", "first"]].set_axis(["household", "day"], axis=1).assign(x=1)
    ends = frame[["household", "last"]].set_axis(["household", "day"], axis=1).assign(x=-1)
    ends["day"] += 1
    events = pd.concat([begins, ends], ignore_index=True).astype({"x": "int8"})
    events = events.sort_values(["household", "day", "x"])
    running = events.groupby("household")["x"].cumsum()
    found = running.groupby(events["household"]).max()
    return _dense(found.index.to_numpy(), found.to_numpy(), rows)


# ---- what every peer does with a small result


def _months(area: np.ndarray, law: np.ndarray, day: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return sums per month from what begins and ends on each day."""
    steps = np.zeros((AREAS * LAWS, LAST - FIRST + 2), dtype=np.int64)
    np.add.at(steps, (area.astype(int) * LAWS + law, day.astype(int) - FIRST), x.astype(np.int64))
    return np.add.reduceat(np.cumsum(steps, axis=1)[:, :-1], MONTHS[:-1] - FIRST, axis=1)


def _dense(household: np.ndarray, most: np.ndarray, rows: int) -> np.ndarray:
    result = np.zeros(households_of(rows), dtype=np.int32)
    result[household] = most
    return result


def peak_gib() -> float:
    """Return the largest memory this process has had in use, in GiB."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"))
        if found:
            return int(found[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    """Run one contender and print what it took."""
    contender, task, folder, rows, answer = sys.argv[1:]
    function: Task = globals()[f"{contender}_{task}"]
    times: list[float] = []
    work: list[float] = []
    while len(times) < 2 and sum(times) < LONG_SECONDS:
        start = perf_counter(), process_time()
        result = function(Path(folder), int(rows))
        times.append(perf_counter() - start[0])
        work.append(process_time() - start[1])
    np.save(answer, result)
    print(json.dumps({"seconds": min(times), "processor": min(work), "peak": peak_gib()}))


if __name__ == "__main__":
    main()
