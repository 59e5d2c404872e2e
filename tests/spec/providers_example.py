"""Care of a few providers in a ledger small enough to add up by hand or by brute force."""

from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd

LAWS = ("help", "youth")
COLUMNS = ["person_id", "household_id", "area_code", "law", "product_code", "provider_id", "month",
           "basis", "days", "cents"]  # fmt: skip


def ledger_of(lines):
    """Return something that answers queries as a `CostLedger` does."""
    frame = lines[COLUMNS].astype({"month": "datetime64[ns]"})
    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.execute("create table ledger as select * from frame")

    def query(sql, **frames):
        for name, table in frames.items():
            connection.register(name, table)
        return connection.execute(sql).df()

    return SimpleNamespace(query=query, lines=frame)


def random_ledger(seed, persons=60, providers=7):
    """Return a ledger of two years with random care, and the residents."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(persons):
        for _ in range(rng.integers(1, 4)):
            law = LAWS[rng.integers(2)]
            product = f"{law}{rng.integers(2)}"
            provider = f"V{rng.integers(providers)}"
            area = "A" if rng.random() < 0.9 else ""
            for month in rng.choice(24, rng.integers(1, 6), replace=False):
                day = pd.Timestamp(2018 + month // 12, month % 12 + 1, 1)
                base = (f"P{person}", f"H{person // 2}", area, law, product, provider, day)
                days = int(rng.integers(1, 32))
                cents = int(days * rng.integers(500, 3000))
                rows.append((*base, "allocated", days, cents))
                if rng.random() < 0.9:
                    rows.append((*base, "declared", 0, int(cents * rng.uniform(0.5, 1.1))))
    lines = pd.DataFrame(rows, columns=COLUMNS)
    keys = [c for c in COLUMNS if c not in ("days", "cents")]
    lines = lines.groupby(keys, as_index=False)[["days", "cents"]].sum()
    residents = pd.DataFrame(
        {"person_id": [f"P{n}" for n in range(persons)],
         "birth_year": rng.integers(1930, 2012, persons).astype(float)}
    )  # fmt: skip
    residents.loc[0, "birth_year"] = np.nan
    return ledger_of(lines), SimpleNamespace(feeds={"residents": residents})


def courses(rows):
    """rows: provider, person, start, days until stop, state (0 still going on, 2 goal)."""
    frame = pd.DataFrame(rows, columns=["provider_id", "person_id", "start", "stop", "state"])
    frame["start"] = pd.to_datetime(frame["start"]).astype("datetime64[ns]")
    return frame.assign(
        law=LAWS[0], household_id=frame["person_id"], entry=0.0, stop=frame["stop"].astype(float)
    )
