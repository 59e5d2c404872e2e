"""Cells, constant prices and windows: from the ledger to one change per area."""

from __future__ import annotations

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from costs_example import COMPARISON, INDEX, PILOT

from evaluatie.costs import (
    area_change,
    at_price_level,
    baseline_quarters,
    build_ledger,
    cost_cells,
    cost_year,
    price_factors,
    wave_quarters,
    window_cells,
    year_change,
)
from evaluatie.dictionary.model import PriceIndex
from evaluatie.errors import RefusedError

PRICES = PriceIndex(base=2015, index=INDEX, source="CBS")


# ---- prices ------------------------------------------------------------------------------------


def test_index_follows_the_published_yearly_changes():
    """CBS: 0.3, 1.4, 1.7, 2.6 and 1.3 percent in 2016-2020; the index has one decimal."""
    years = range(2015, 2021)
    factor = price_factors(PRICES, years, 2015)
    changes = [round(100 * (factor[y - 1] / factor[y] - 1), 1) for y in range(2016, 2021)]
    assert changes == [0.3, 1.4, 1.7, 2.6, 1.3]


def test_amounts_are_multiplied_by_the_ratio_of_the_indices():
    euros = at_price_level([100.0, 100.0, np.nan], [2017, 2020, 2016], PRICES, 2020)
    np.testing.assert_allclose(euros, [100 * 107.5 / 101.7, 100.0, np.nan], rtol=1e-15)


def test_a_year_without_index_is_refused_with_the_years_there_are():
    with pytest.raises(RefusedError, match=r"no price index for 2014, 2021") as refused:
        at_price_level([1.0, 1.0], [2014, 2021], PRICES, 2020)
    assert "Allowed: the years 2015, 2016, 2017, 2018, 2019, 2020." in str(refused.value)
    with pytest.raises(RefusedError, match="no price index for 2025"):
        price_factors(PRICES, [2016], 2025)


# ---- cells -------------------------------------------------------------------------------------

QUARTER = {"start": "2017-01-01", "end": "2017-03-31", "frequency": "6"}
HOMES = example.addresses(
    ("h", PILOT, "2010-01-01", None),
    ("i", PILOT, "2010-01-01", None),
    ("j", COMPARISON, "2010-01-01", None),
)


def cells_of(study=None, **feeds):
    study = study or example.study()
    data = example.data(**{"addresses": HOMES} | feeds)
    return (
        cost_cells(build_ledger(data, example.codebook(), study), study, example.codebook())
        .set_index(["area", "law", "period", "basis"])
        .sort_index()
    )


def three_households():
    return example.arrangements(
        QUARTER | {"rate_eur": 600.0},
        QUARTER | {"rate_eur": 100.0, "person_id": "b", "product_code": "45", "provider_id": "w"},
        QUARTER | {"rate_eur": 200.0, "person_id": "c", "household_id": "i"},
        QUARTER | {"rate_eur": 50.0, "person_id": "d", "household_id": "j"},
    )


def test_cell_has_amount_people_providers_and_concentration():
    cells = cells_of(arrangements=three_households(), benefits=example.benefits({"end": None}))
    cell = cells.loc[(PILOT, "help", "2017-Q1", "allocated")]
    assert cell["cents"] == 80000
    assert (cell["persons"], cell["households"], cell["providers"]) == (2, 2, 1)
    assert (cell["top1_share"], cell["top2_share"]) == (0.75, 1.0)
    assert cell["eur"] == pytest.approx(800 * 103.4 / 101.7, rel=1e-12)
    assert cell["residents"] == 1000
    assert cell["eur_per_resident_year"] == pytest.approx(4 * cell["eur"] / 1000, rel=1e-12)


def test_payer_total_counts_a_person_and_a_household_once():
    benefit = example.benefits({"person_id": "a", "end": "2017-03-31", "amount_month_eur": 100.0})
    cells = cells_of(arrangements=three_households(), benefits=benefit)
    cell = cells.loc[(PILOT, "payer:town", "2017-Q1", "allocated")]
    assert cell["cents"] == 80000 + 10000 + 30000
    assert (cell["persons"], cell["households"], cell["providers"]) == (3, 2, 2)
    assert (cell["top1_share"], cell["top2_share"]) == (1000 / 1200, 1.0)
    income = cells.loc[(PILOT, "income", "2017-Q1", "allocated")]
    assert np.isnan(income["providers"])


def test_side_is_the_sum_of_its_areas_over_their_residents():
    two = example.study(
        areas=[
            {"code": PILOT, "name": "1", "side": "pilot"},
            {"code": "P2", "name": "2", "side": "pilot"},
            {"code": COMPARISON, "name": "3", "side": "comparison"},
        ]
    )
    people = [
        (a, y, n)
        for a, n in ((PILOT, 100), ("P2", 300), (COMPARISON, 5))
        for y in range(2016, 2019)
    ]
    cells = cells_of(
        two,
        arrangements=example.arrangements(
            QUARTER | {"rate_eur": 600.0}, QUARTER | {"household_id": "i", "person_id": "b"}
        ),
        addresses=example.addresses(
            ("h", PILOT, "2010-01-01", "2017-02-14"),
            ("h", "P2", "2017-02-15", None),
            ("i", "P2", "2010-01-01", None),
        ),
        population=pd.DataFrame(people, columns=["area_code", "year", "inhabitants"]),
    )
    parts = cells.loc[[(a, "help", "2017-Q1", "allocated") for a in (PILOT, "P2")]]
    side = cells.loc[("pilot", "help", "2017-Q1", "allocated")]
    assert side["cents"] == parts["cents"].sum() == 67000
    assert parts["persons"].tolist() == [1, 2]
    assert (side["persons"], side["households"], side["residents"]) == (2, 2, 400)
    assert side["top1_share"] == 600 / 670


def test_quarter_without_care_is_a_row_with_zero():
    cells = cells_of(arrangements=three_households())
    cell = cells.loc[(COMPARISON, "youth", "2017-Q1", "allocated")]
    assert cell[["cents", "persons", "households", "eur_per_resident_year"]].tolist() == [0] * 4
    assert np.isnan(cell["top1_share"])


def test_amount_that_is_credited_in_full_leaves_nobody_behind_it():
    lines = example.declarations({}, {"amount_eur": -280.0, "delivered_volume": -4.0})
    cells = cells_of(arrangements=three_households(), declarations=lines)
    cell = cells.loc[(PILOT, "help", "2017-Q1", "declared")]
    assert cell[["cents", "persons", "households", "providers"]].tolist() == [0, 0, 0, 0]
    assert np.isnan(cell["top1_share"])


def test_amount_credited_in_a_later_month_of_the_quarter_leaves_nobody_behind_it():
    credit = {"month": "2017-02-01", "amount_eur": -280.0, "delivered_volume": -4.0}
    lines = example.declarations({}, credit, {"assignment_no": "A2", "amount_eur": 5.0})
    cells = cells_of(arrangements=three_households(), declarations=lines)
    cell = cells.loc[(PILOT, "help", "2017-Q1", "declared")]
    assert cell[["cents", "persons", "households", "top1_share"]].tolist() == [500, 1, 1, 1.0]


def test_household_with_more_credits_than_care_counts_by_its_size():
    lines = example.declarations({"amount_eur": -30.0}, {"assignment_no": "A2", "amount_eur": 10.0})
    cells = cells_of(arrangements=three_households(), declarations=lines)
    cell = cells.loc[(PILOT, "help", "2017-Q1", "declared")]
    assert cell[["cents", "top1_share", "top2_share"]].tolist() == [-2000, 0.75, 1.0]


def test_last_quarters_are_cut_off_where_declarations_are_incomplete():
    study = example.study(runoff_quarters=2)
    cells = cells_of(
        study,
        arrangements=three_households(),
        declarations=example.declarations({}),
        benefits=example.benefits({}),
    ).reset_index()
    last = cells.groupby("basis")["period"].max().to_dict()
    assert last == {"allocated": "2018-Q4", "declared": "2018-Q2", "delivered": "2018-Q2"}


def test_law_whose_feed_is_missing_has_no_cells_and_its_payer_no_total():
    cells = cells_of(arrangements=three_households()).reset_index()
    assert set(zip(cells["law"], cells["basis"], strict=True)) == {
        ("help", "allocated"),
        ("youth", "allocated"),
    }


def test_missing_population_year_is_refused():
    with pytest.raises(RefusedError, match=r"for 2 combinations of area and year: 2017 \(C1, P1\)"):
        cells_of(
            arrangements=three_households(),
            population=example.population(years=(2016, 2018)).astype({"year": float}),
        )


# ---- windows -----------------------------------------------------------------------------------


def test_window_of_a_wave_is_the_four_full_quarters_before_it():
    study = example.study()
    assert wave_quarters(study, "t1") == ("2017-Q3", "2017-Q4", "2018-Q1", "2018-Q2")
    assert baseline_quarters(study) == ("2016-Q3", "2016-Q4", "2017-Q1", "2017-Q2")
    assert cost_year(study, "t1") == 2017
    waves = [wave.model_dump() for wave in study.waves]
    waves[1]["start"] = "2018-08-20"  # halfway the third quarter: that one is not full
    assert wave_quarters(example.study(waves=waves), "t1")[-1] == "2018-Q2"


def test_baseline_that_is_not_whole_quarters_is_refused():
    with pytest.raises(RefusedError, match="not made of whole quarters"):
        baseline_quarters(example.study(cost_baseline=["2016-07-01", "2017-05-31"]))


def flat_cells(study, monthly):
    """Benefits of so much per month and year in the pilot area, none elsewhere."""
    spells = [
        {"start": f"{year}-01-01", "end": f"{year}-12-31", "amount_month_eur": euros}
        for year, euros in monthly.items()
    ]
    data = example.data(benefits=example.benefits(*spells))
    ledger = build_ledger(data, example.codebook(), study)
    return ledger, cost_cells(ledger, study, example.codebook())


def test_change_of_an_area_is_level_minus_baseline_at_constant_prices():
    study = example.study()
    _, cells = flat_cells(study, {2016: 1000.0, 2017: 2000.0, 2018: 3000.0})
    only = example.indicator(laws=["income"])
    change = area_change(cells, only, "t1", study).set_index("area")
    prices = {year: INDEX[2018] / INDEX[year] for year in (2016, 2017, 2018)}
    baseline = (6 * 1000 * prices[2016] + 6 * 2000 * prices[2017]) / 1000
    level = (6 * 2000 * prices[2017] + 6 * 3000 * prices[2018]) / 1000
    row = change.loc[PILOT]
    np.testing.assert_allclose(
        row[["baseline", "level", "change"]].astype(float), [baseline, level, level - baseline]
    )
    assert (row["residents"], row["side"], row["reason"]) == (1000, "pilot", "")
    assert change.loc[COMPARISON, "change"] == 0
    assert area_change(cells, only, "t0", study)["change"].eq(0).all()


def test_incomplete_window_gives_no_number_but_a_reason():
    study = example.study(runoff_quarters=3)
    _, cells = flat_cells(study, {2016: 1.0})
    change = area_change(cells, example.indicator(laws=["income"]), "t1", study)
    assert change[["baseline", "level", "change", "residents"]].isna().all(axis=None)
    assert change["reason"].str.contains("wave t1 is not complete: 2018-Q2 outside").all()
    allocated = area_change(cells, example.indicator(laws=["income"]), "t1", study, "allocated")
    assert allocated["reason"].eq("").all()


def test_missing_feed_gives_no_number_but_a_reason():
    study = example.study()
    _, cells = flat_cells(study, {2016: 1.0})
    change = area_change(cells, example.indicator(), "t1", study)
    assert change["change"].isna().all()
    assert change["reason"].str.contains("no declared amounts of help, youth").all()


def test_window_cells_count_each_person_once_over_its_quarters():
    study = example.study()
    ledger, _ = flat_cells(study, {2016: 1000.0, 2017: 2000.0})
    cells = window_cells(ledger, example.indicator(), study).set_index(["area", "window"])
    row = cells.loc[("pilot", "baseline")]
    assert row["cents"] == 6 * 100000 + 6 * 200000
    assert (row["persons"], row["households"], row["top1_share"]) == (1, 1, 1.0)
    assert row["side"] == "pilot"


def test_annual_change_compares_the_calendar_years_before_the_waves():
    study = example.study()
    annual = pd.DataFrame(
        {
            "area": [PILOT, COMPARISON] * 2 + ["pilot"],
            "level": ["area"] * 4 + ["side"],
            "year": [2016, 2016, 2017, 2017, 2017],
            "category": "",
            "rate": [10.0, 20.0, 13.0, 21.0, 99.0],
            "years": [5.0, 6.0, 7.0, 8.0, 99.0],
        }
    )
    change = year_change(annual, "rate", "years", "t1", study)
    assert change["change"].tolist() == [3.0, 1.0]
    assert change["residents"].tolist() == [7.0, 8.0]
    late = year_change(annual[annual["year"] == 2016], "rate", "years", "t1", study)
    assert late["reason"].eq("the feed holds no amounts of 2017").all()
    gap = year_change(annual.drop(index=3), "rate", "years", "t1", study)
    assert gap["reason"].tolist() == [
        "",
        "there are no amounts of this area in one of the two windows",
    ]
