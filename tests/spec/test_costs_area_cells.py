"""Cost per area alone: the cents of the ledger, without building the relation."""

from __future__ import annotations

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from costs_example import AWAY, COMPARISON, PILOT

from evaluatie.costs import build_ledger, cost_cells
from evaluatie.costs.amounts.area_cells import area_cells
from evaluatie.domain import CostBasis

KEYS = ["area", "law", "period", "basis"]
QUARTERS = [f"{year}-Q{quarter}" for year in (2016, 2017, 2018) for quarter in range(1, 5)]
LAWS = ("help", "youth", "income")


def random_data(seed: int):
    """People who move, arrangements that end or not, lines in and out of their arrangement."""
    rng = np.random.default_rng(seed)
    day = lambda: pd.Timestamp("2015-10-01") + pd.Timedelta(days=int(rng.integers(0, 1300)))  # noqa: E731
    homes, cared, lines, spells = [], [], [], []
    for i in range(40):
        moves = sorted(day() for _ in range(int(rng.integers(1, 4))))
        codes = rng.choice([PILOT, COMPARISON, AWAY], len(moves))
        ends = [str((m - pd.Timedelta(days=1)).date()) for m in moves[1:]] + [None]
        homes += [
            (f"H{i}", str(code), str(start.date()), end)
            for code, start, end in zip(codes, moves, ends, strict=True)
            if end is None or end >= str(start.date())
        ]
        start = day()
        end = None if rng.random() < 0.3 else start + pd.Timedelta(days=int(rng.integers(0, 500)))
        cared.append({
            "assignment_no": f"A{i}", "person_id": f"P{i}", "household_id": f"H{i}",
            "start": start, "end": end, "rate_eur": float(np.round(rng.uniform(5, 90), 2)),
        })  # fmt: skip
        for _ in range(int(rng.integers(0, 12))):
            month = pd.Timestamp(2015 + int(rng.integers(0, 5)), int(rng.integers(1, 13)), 1)
            euros = float(np.round(rng.uniform(-50, 400), 2))
            lines.append({"assignment_no": f"A{i}", "month": month, "amount_eur": euros,
                          "delivered_volume": float(np.round(rng.uniform(0, 9), 2))})  # fmt: skip
        if rng.random() < 0.5:
            begin = day()
            stop = None if rng.random() < 0.5 else begin + pd.Timedelta(days=200)
            spells.append({"person_id": f"P{i}", "household_id": f"H{i}", "start": begin,
                           "end": stop, "amount_month_eur": 1050.37})  # fmt: skip
    return example.data(
        addresses=example.addresses(*homes),
        arrangements=example.arrangements(*cared),
        declarations=example.declarations(*lines),
        benefits=example.benefits(*spells),
        population=example.population(),
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_cells_are_those_of_the_ledger_to_the_cent(seed):
    data, codebook, study = random_data(seed), example.codebook(), example.study()
    ledger = cost_cells(build_ledger(data, codebook, study), study, codebook)
    expected = ledger[(ledger["level"] == "area") & ledger["law"].isin(LAWS)]
    found = area_cells(data, codebook, study, dict.fromkeys(CostBasis, LAWS), QUARTERS)
    both = found.merge(expected, on=KEYS, how="outer", suffixes=("", "_ledger"), indicator=True)
    assert both["_merge"].eq("both").all()
    assert both["cents"].abs().sum() > 0
    for column in ("cents", "eur", "residents", "eur_per_resident_year", "side", "year"):
        assert both[column].tolist() == both[f"{column}_ledger"].tolist(), column


def test_other_quarters_and_laws_without_their_feed_have_no_rows():
    data, codebook, study = random_data(1), example.codebook(), example.study(runoff_quarters=2)
    feeds = {name: frame for name, frame in data.feeds.items() if name != "benefits"}
    wanted = {CostBasis.DECLARED: LAWS}
    found = area_cells(
        example.data(**feeds), codebook, study, wanted, ["2017-Q1", "2018-Q3", "1999-Q1"]
    )
    assert set(found["period"]) == {"2017-Q1"}  # 2018-Q3 lies in the run-off
    assert set(found["law"]) == {"help", "youth"}
