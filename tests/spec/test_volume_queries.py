"""The queries of the ledger on its default engine, against loops over a small one."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd
import pytest

from evaluatie.costs.volume import queries
from evaluatie.costs.volume.engine import open_engine
from evaluatie.errors import FeedError
from evaluatie.study import Engine
from volume_example import LAWS, drawn_ledger, written

KEYS = ["area_code", "law", "period", "basis"]


@pytest.fixture(scope="module")
def ledger() -> pd.DataFrame:
    return drawn_ledger(1_500, 8)


@pytest.fixture(scope="module")
def engine(ledger, tmp_path_factory):
    folder = written(ledger, tmp_path_factory.mktemp("ledger"))
    with open_engine(folder) as opened:
        yield opened


def quarters(ledger: pd.DataFrame) -> pd.DataFrame:
    return ledger.assign(period=ledger["month"].dt.to_period("Q").dt.to_timestamp())


def sums(frame: pd.DataFrame, who: str) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for name, cents in zip(frame[who], frame["cents"], strict=True):
        total[name] += int(cents)
    return total


def test_cells_have_the_cents_and_contributors_of_a_loop(engine, ledger):
    found = engine.frame(queries.cells(queries.by_period(engine.ledger, "quarter"), KEYS))
    groups = dict(iter(quarters(ledger).groupby(KEYS)))
    assert [tuple(row) for row in found[KEYS].to_numpy()] == sorted(groups)
    for row in found.itertuples():
        part = groups[tuple(getattr(row, key) for key in KEYS)]
        assert (row.cents, row.days) == (part["cents"].sum(), part["days"].sum())
        persons, households = sums(part, "person_id"), sums(part, "household_id")
        providers = sums(part[part["provider_id"] != ""], "provider_id")
        assert row.persons == sum(cents != 0 for cents in persons.values())
        assert row.households == sum(cents != 0 for cents in households.values())
        assert row.providers == sum(cents != 0 for cents in providers.values())
        size = sorted((abs(cents) for cents in households.values()), reverse=True)
        if sum(size) == 0:
            assert pd.isna(row.top1_share)
            assert pd.isna(row.top2_share)
        else:
            assert row.top1_share == size[0] / sum(size)
            assert row.top2_share == sum(size[:2]) / sum(size)


def test_periods_are_months_quarters_or_years(engine, ledger):
    for period, unit in (("month", "M"), ("quarter", "Q"), ("year", "Y")):
        query = queries.cost_by(queries.by_period(engine.ledger, period), ["period"])
        expected = ledger.groupby(ledger["month"].dt.to_period(unit).dt.to_timestamp())["cents"]
        found = engine.frame(query)
        assert found["period"].tolist() == sorted(expected.groups)
        assert found["cents"].tolist() == expected.sum().tolist()
        assert found["cents"].sum() == ledger["cents"].sum()  # nothing lost or counted twice


def held(ledger: pd.DataFrame) -> pd.DataFrame:
    return ledger[(ledger["basis"] == "allocated") & (ledger["days"] > 0)]


def test_a_household_month_counts_arrangements_laws_and_providers_once(engine, ledger):
    found = engine.frame(queries.household_months(engine.ledger))
    line = ["person_id", "law", "product_code", "provider_id"]
    groups = dict(iter(held(ledger).groupby(["household_id", "month"])))
    assert len(found) == len(groups)
    for row in found.itertuples():
        part = groups[row.household_id, row.month]
        assert row.arrangements == len({tuple(one) for one in part[line].to_numpy()})
        assert row.laws == len(set(part["law"]))
        assert row.providers == len(set(part["provider_id"]) - {""})


def test_active_arrangements_count_a_line_once_in_its_cell(engine, ledger):
    keys = ["law", "period"]  # an address change within the month is no second arrangement
    query = queries.active_arrangements(queries.by_period(engine.ledger, "month"), keys)
    part = held(ledger).rename(columns={"month": "period"})
    line = [*keys, "person_id", "product_code", "provider_id"]
    expected = part[line].drop_duplicates().groupby(keys).size()
    found = engine.frame(query).set_index(keys)["arrangements"]
    assert found.to_dict() == expected.to_dict()


def test_a_combination_is_the_set_of_laws_of_a_household_in_a_month(engine, ledger):
    found = engine.frame(queries.stacking_combinations(engine.ledger, LAWS))
    months, households = defaultdict(int), defaultdict(set)
    for (household, _), part in held(ledger).groupby(["household_id", "month"]):
        name = "+".join(law for law in LAWS if law in set(part["law"]))
        months[name] += 1
        households[name].add(household)
    assert dict(zip(found["combination"], found["household_months"], strict=True)) == months
    assert dict(zip(found["combination"], found["households"], strict=True)) == {
        name: len(members) for name, members in households.items()
    }
    assert found["laws"].tolist() == [name.count("+") + 1 for name in found["combination"]]


def test_laws_that_were_not_asked_for_are_in_no_combination(engine, ledger):
    found = engine.frame(queries.stacking_combinations(engine.ledger, LAWS[:1]))
    part = held(ledger)
    part = part[part["law"] == LAWS[0]]
    assert found["combination"].tolist() == [LAWS[0]]
    assert found["household_months"].tolist() == [
        len(part[["household_id", "month"]].drop_duplicates())
    ]


def test_an_engine_without_a_ledger_says_what_is_missing(tmp_path, ledger):
    with pytest.raises(FeedError, match="no Parquet file"), open_engine(tmp_path):
        pass
    folder = written(ledger.drop(columns="cents"), tmp_path / "other")
    with pytest.raises(FeedError, match="no column cents"), open_engine(folder):
        pass


def test_settings_of_the_engine_reach_it(tmp_path, ledger):
    folder = written(ledger, tmp_path)
    with open_engine(folder, Engine(settings={"threads": "1"})) as opened:
        backend = opened.ledger.get_backend()
        assert backend.raw_sql("select current_setting('threads')").fetchone() == (1,)
