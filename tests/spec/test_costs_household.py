"""Cost per household: who is counted where, for how long, and with what behind it."""

from __future__ import annotations

from types import SimpleNamespace

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from costs_example import AWAY, COMPARISON, INDEX, PILOT

from evaluatie.costs import build_ledger
from evaluatie.costs.amounts.household_cost import ALL, household_cost, household_periods
from evaluatie.domain import Weighting
from evaluatie.evaluation.monitor.households import household_rows
from evaluatie.results import estimates_frame

LAWS = ("help", "youth", "income")
YEAR = {"start": "2017-01-01", "end": "2017-12-31", "frequency": "5", "volume": 1.0}


def cost_of(addresses, basis="allocated", study=None, **feeds):
    study, book = study or example.study(), example.codebook()
    ledger = build_ledger(example.data(addresses=addresses, **feeds), book, study)
    frame = household_cost(ledger, addresses, LAWS, basis, study, book)
    return frame.set_index(["area", "period", "law"]).sort_index()


def test_all_households_stand_below_the_line_and_users_above_it():
    homes = example.addresses(
        *((f"h{i}", PILOT, "2010-01-01", None) for i in range(4)),
        ("g", COMPARISON, "2010-01-01", None),
    )
    rows = example.arrangements(
        YEAR | {"household_id": "h0", "rate_eur": 1000.0},
        YEAR | {"household_id": "h0", "person_id": "b", "rate_eur": 500.0, "product_code": "45"},
        YEAR | {"household_id": "h1", "person_id": "c", "rate_eur": 200.0},
    )
    cell = cost_of(homes, arrangements=rows).loc[PILOT, "2017", ALL]
    price = INDEX[2018] / INDEX[2017]
    assert (cell["households"], cell["household_years"], cell["users"]) == (4, 4.0, 2)
    assert cell["per_household"] == pytest.approx(1700 * price / 4)
    assert cell["per_user"] == pytest.approx(1700 * price / 2)
    assert (cell["persons"], cell["providers"]) == (3, 1)
    assert cell["top1_share"] == pytest.approx(1500 / 1700)


def test_a_household_counts_where_it_lived_by_days():
    homes = example.addresses(
        ("h", PILOT, "2010-01-01", "2017-03-14"),
        ("h", COMPARISON, "2017-03-15", "2017-09-30"),
        ("h", AWAY, "2017-10-01", None),
    )
    rows = example.arrangements(YEAR | {"rate_eur": 365.0})
    cost = cost_of(homes, arrangements=rows)
    price = INDEX[2018] / INDEX[2017]
    for area, days in ((PILOT, 73), (COMPARISON, 200)):
        cell = cost.loc[area, "2017", "help"]
        assert cell["households"] == cell["users"] == 1
        assert cell["household_years"] == pytest.approx(days / 365)
        assert cell["eur"] == pytest.approx(days * price)
        assert cell["per_household"] == pytest.approx(365 * price)
    assert cost.loc[PILOT, "2018", ALL]["households"] == 0


def test_a_quantile_needs_ten_households_on_its_smaller_side():
    amounts = np.arange(1.0, 201.0)
    homes = example.addresses(*((f"h{i}", PILOT, "2010-01-01", None) for i in range(200)))
    rows = example.arrangements(
        *(
            YEAR | {"household_id": f"h{i}", "person_id": f"p{i}", "rate_eur": amount}
            for i, amount in enumerate(amounts)
        )
    )
    cell = cost_of(homes, arrangements=rows).loc["pilot", "2017", "help"]
    price = INDEX[2018] / INDEX[2017]
    assert cell["median"] == pytest.approx(np.quantile(amounts, 0.5) * price)
    assert cell["p90"] == pytest.approx(np.quantile(amounts, 0.9) * price)
    assert np.isnan(cell["p99"])
    assert [cell[f"{q}_behind"] for q in ("median", "p90", "p99")] == [100, 20, 2]


def test_an_amount_that_was_credited_in_full_makes_no_user():
    homes = example.addresses(("h", PILOT, "2010-01-01", None))
    lines = example.declarations(
        {}, {"amount_eur": -280.0, "delivered_volume": -4.0, "credit_of": "D0"}
    )
    rows = example.arrangements({})
    cell = cost_of(homes, "declared", arrangements=rows, declarations=lines).loc[PILOT, "2017", ALL]
    assert (cell["users"], cell["eur"], cell["per_household"]) == (0, 0, 0)
    assert np.isnan(cell["per_user"])


def test_splitting_the_stay_of_a_household_changes_nothing():
    rows = example.arrangements(YEAR | {"rate_eur": 1000.0})
    whole = example.addresses(("h", PILOT, "2010-01-01", None))
    split = example.addresses(
        ("h", PILOT, "2010-01-01", "2017-05-05"), ("h", PILOT, "2017-05-06", None)
    )
    pd.testing.assert_frame_equal(
        cost_of(whole, arrangements=rows), cost_of(split, arrangements=rows)
    )


def test_years_with_quarters_cut_off_are_left_out_of_declared_and_kept_of_allocated():
    study = example.study(runoff_quarters=2)
    periods, late = household_periods(study, "declared")
    assert late == ["2018"]
    assert set(periods) == {"2016", "2017", "baseline", "t0", "t1"}
    assert periods["t1"] == ("2017-Q3", "2017-Q4", "2018-Q1", "2018-Q2")
    assert household_periods(study, "allocated")[1] == []


# ---- rows --------------------------------------------------------------------------------------

AREAS = {"P1": "pilot", "P2": "pilot", "P3": "pilot", "C1": "comparison", "C2": "comparison"}


def rows_of(spending, basis="allocated", runoff_quarters=0):
    """``spending``: area -> (2016, 2017) euros of each of its 20 households."""
    areas = [{"code": c, "name": c, "side": s} for c, s in AREAS.items()]
    study = example.study(areas=areas, runoff_quarters=runoff_quarters)
    homes = example.addresses(
        *((f"{a}{i}", a, "2010-01-01", None) for a in AREAS for i in range(20))
    )
    care = [
        {
            "start": f"{year}-01-01", "end": f"{year}-12-31", "frequency": "5", "volume": 1.0,
            "rate_eur": amount, "household_id": f"{area}{i}", "person_id": f"{area}{i}",
        }
        for area, both in spending.items()
        for year, amount in zip((2016, 2017), both, strict=True)
        for i in range(20)
    ]  # fmt: skip
    population = pd.DataFrame(
        [(a, y, 100) for a in AREAS for y in (2016, 2017, 2018)],
        columns=["area_code", "year", "inhabitants"],
    )
    data = example.data(
        arrangements=example.arrangements(*care), addresses=homes, population=population
    )
    book = example.codebook()
    asked = SimpleNamespace(
        study=study,
        codebook=book,
        products=SimpleNamespace(data=data, ledger=build_ledger(data, book, study)),
        question=SimpleNamespace(cost_basis=basis, weighting=Weighting.EQUAL),
        indicator=example.indicator(laws=["help"], basis="allocated"),
        where={"question": "q", "indicator": "i"},
    )
    return estimates_frame(household_rows(asked))


def test_difference_is_the_mean_change_of_pilot_areas_minus_that_of_the_others():
    price = {y: INDEX[2018] / INDEX[y] for y in (2016, 2017)}
    change = {"P1": 10.0, "P2": 30.0, "P3": 50.0, "C1": 5.0, "C2": 15.0}
    spending = {a: (100 / price[2016], (100 + d) / price[2017]) for a, d in change.items()}
    rows = rows_of(spending)
    row = rows.query("term == 'difference' and period == '2017' and law == ''").iloc[0]
    assert row["estimate"] == pytest.approx(30.0 - 10.0, abs=0.02)
    # two means of unequal variance: CR2 is Welch's standard error here
    welch = np.sqrt(np.var([10, 30, 50], ddof=1) / 3 + np.var([5, 15], ddof=1) / 2)
    assert row["std_error"] == pytest.approx(welch, abs=0.02)
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    assert (row["n_clusters"], row["n_households"], row["method"]) == (5, 40, "cr2")


def test_every_row_about_people_says_how_many():
    rows = rows_of(dict.fromkeys(AREAS, (100.0, 100.0)))
    estimated = rows[rows["status"] == "estimated"]
    assert estimated["n_households"].notna().all()
    sides = rows.query("area == 'pilot' and period == '2017' and law == ''").set_index("term")
    assert sides.loc["share_with_care", "estimate"] == 1.0
    counts = rows.query("term == 'count' and area == 'pilot' and period == '2017' and law == ''")
    by_kind = counts.set_index("category")["estimate"].to_dict()
    assert by_kind == {
        "households=with_care": 60, "households=all": 60, "households=without_care": 0
    }  # fmt: skip
    few = rows.query("term == 'p99' and area == 'pilot' and period == '2017'").iloc[0]
    assert (few["status"], few["reason"]) == ("not_estimable", "too_few_households_behind")


def test_a_year_whose_declarations_are_not_in_is_a_row_with_a_reason():
    rows = rows_of(dict.fromkeys(AREAS, (100.0, 100.0)), "declared", runoff_quarters=2)
    absent = rows[rows["reason"] == "declarations_incomplete"]
    assert set(absent["period"]) == {"2018"}
    assert set(absent["area"]) == {"pilot", "comparison", "pilot-comparison"}
    kept = rows_of(dict.fromkeys(AREAS, (100.0, 100.0)), "allocated", runoff_quarters=2)
    assert "declarations_incomplete" not in set(kept["reason"])
