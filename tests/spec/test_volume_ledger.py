"""An exported ledger gives on an engine what the reports are built on."""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from costs_example import COMPARISON, PILOT
from packaging.requirements import Requirement

from evaluatie.costs import build_ledger, cells_by, write_parquet
from evaluatie.costs.volume.engine import chosen, open_engine
from evaluatie.costs.volume.tables import ask, write_table
from evaluatie.errors import UserError
from evaluatie.study import Engine

ROOT = Path(__file__).parents[2]
BASES = ("allocated", "delivered", "declared")
LAWS = ("help", "youth", "income")


def drawn(count: int, seed: int):
    """Return feeds with moves, credits, benefits and care that outlasts the cost years."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp(2015, 6, 1) + pd.to_timedelta(rng.integers(0, 1_200, count), "D")
    rows = [
        {
            "person_id": f"p{n // 3}",
            "household_id": f"h{n // 6}",
            "product_code": str(rng.choice(["02", "45"])),
            "provider_id": str(rng.choice(["v", "w", "x"])),
            "start": start[n],
            "end": start[n] + pd.Timedelta(days=int(rng.integers(0, 400))),
            "frequency": str(rng.integers(1, 7)),
            "rate_eur": int(rng.integers(1, 9_000)) / 100,
        }
        for n in range(count)
    ]
    lines = [
        {
            "assignment_no": f"A{n}",
            "month": start[n].to_period("M").to_timestamp(),
            "amount_eur": float(rng.integers(-90, 400)),
        }
        for n in range(count)
    ]
    homes = [(f"h{n}", PILOT if n % 2 else COMPARISON, "2010-01-01", None) for n in range(count)]
    homes += [("h1", COMPARISON, "2016-08-17", None), ("h2", "Z9", "2017-03-05", None)]
    paid = [{"person_id": f"p{n}", "household_id": f"h{n // 2}"} for n in range(0, count // 6, 2)]
    return example.data(
        arrangements=example.arrangements(*rows),
        declarations=example.declarations(*lines),
        benefits=example.benefits(*paid),
        addresses=example.addresses(*homes),
    )


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger")
    study = example.study()
    ledger = build_ledger(drawn(120, 9), example.codebook(), study)
    write_parquet(ledger, folder)
    yield ledger, study, folder
    ledger.close()


def quarters() -> pd.DataFrame:
    months = pd.date_range("2016-01-01", "2018-12-01", freq="MS")
    return pd.DataFrame({"period": months.to_period("Q").to_timestamp(), "month": months})


def test_the_engine_gives_the_cells_that_the_reports_use(exported):
    ledger, study, folder = exported
    keys = ["area", "law", "period", "basis"]
    groups = {(law, basis): (law,) for law in LAWS for basis in BASES}
    expected = cells_by(ledger, study, quarters(), groups)
    expected = expected[expected["area"].isin([PILOT, COMPARISON])].set_index(keys).sort_index()
    with open_engine(folder) as engine:
        found = ask(engine, "cells", "quarter", LAWS).rename(columns={"area_code": "area"})
    found = found[found["area"] != ""].set_index(keys).sort_index()
    assert found.index.equals(expected.index)
    counted = ["cents", "persons", "households", "top1_share", "top2_share"]
    pd.testing.assert_frame_equal(found[counted], expected[counted], check_exact=True)
    assert found["providers"].tolist() == expected["providers"].fillna(0).tolist()


def test_nothing_of_the_ledger_is_lost_or_counted_twice(exported):
    ledger, _, folder = exported
    total = ledger.query("select sum(cents)::bigint as cents from ledger")["cents"].item()
    with open_engine(folder) as engine:
        for period in ("month", "quarter", "year"):
            assert ask(engine, "cells", period, LAWS)["cents"].sum() == total


def test_every_table_has_a_name_and_an_unknown_one_is_refused(exported):
    _, _, folder = exported
    with open_engine(folder) as engine:
        assert len(ask(engine, "active", "year", LAWS)) > 0
        assert set(ask(engine, "stacking", "year", LAWS)["laws"]) <= {1, 2, 3}
        with pytest.raises(UserError, match="no table 'persons'") as refused:
            ask(engine, "persons", "year", LAWS)
        assert "Allowed: cells, active, stacking." in str(refused.value)
        with pytest.raises(UserError, match="no period 'week'"):
            ask(engine, "cells", "week", LAWS)


def test_a_table_is_for_its_owner_alone(tmp_path):
    path = write_table(pd.DataFrame({"a": [1]}), tmp_path / "new" / "table.csv")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8") == "a,sensitivity\n1,confidential\n"
    assert [p.name for p in path.parent.iterdir()] == ["table.csv"]


def test_the_engine_of_the_command_line_goes_before_that_of_the_study():
    declared = Engine(kind="spark", settings={"spark.master": "yarn"})
    assert chosen(declared, None) is declared
    assert chosen(declared, "spark") is declared
    assert chosen(declared, "duckdb") == Engine()
    with pytest.raises(UserError, match="no engine 'dask'"):
        chosen(declared, "dask")


def test_the_lock_of_spark_pins_a_version_that_the_extra_allows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (wanted,) = map(Requirement, project["optional-dependencies"]["spark"])
    lock = (ROOT / "scripts" / "spark.lock").read_text(encoding="utf-8")
    (pinned,) = re.findall(rf"^{wanted.name}==(\S+)", lock, flags=re.MULTILINE)
    assert pinned in wanted.specifier, "run 'make lock'"
    assert "pyspark" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
