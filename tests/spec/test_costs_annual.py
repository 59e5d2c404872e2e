"""What is only known per calendar year: the health insurer's costs and long-term care."""

from __future__ import annotations

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from costs_example import COMPARISON, PILOT

from evaluatie.costs import annual_totals, insured_cost
from evaluatie.errors import RefusedError


def zvw(*rows):
    columns = ["area_code", "year", "sex", "age_class", "insured_persons", "insured_years"]
    frame = pd.DataFrame(rows, columns=[*columns, "gp", "hospital"])
    return frame.melt(columns, var_name="category", value_name="amount_eur")


STUDY = example.study(price_level=2017)
TWO_AREAS = zvw(
    (PILOT, 2017, "v", "0-4", 11, 10.0, 100.0, 900.0),
    (PILOT, 2017, "v", "5-9", 32, 30.0, 300.0, 0.0),
    (COMPARISON, 2017, "v", "0-4", 33, 30.0, 600.0, 0.0),
    (COMPARISON, 2017, "v", "5-9", 12, 10.0, 200.0, 200.0),
)


def insured(frame, study=STUDY):
    table = insured_cost(frame, study, example.codebook())
    return table.set_index(["area", "year", "category"]).sort_index()


def test_rate_is_the_amount_over_the_insured_years_of_the_insurer():
    table = insured(TWO_AREAS)
    total = table.loc[(PILOT, 2017, "")]
    assert (total["amount_eur"], total["insured_years"], total["insured_persons"]) == (1300, 40, 43)
    assert total["eur_per_insured_year"] == 32.5
    assert table.loc[(PILOT, 2017, "gp"), "eur_per_insured_year"] == 10
    side = table.loc[("comparison", 2017, "")]
    assert side["eur_per_insured_year"] == 25


def test_direct_standardisation_weighs_strata_as_in_all_areas_together():
    """Strata have 40 of 80 insured years each, so the rates are averaged with weights 1/2."""
    table = insured(TWO_AREAS)["eur_per_insured_year_standardised"]
    assert table[PILOT, 2017, ""] == pytest.approx((1000 / 10 + 300 / 30) / 2)
    assert table[COMPARISON, 2017, ""] == pytest.approx((600 / 30 + 400 / 10) / 2)
    assert table[COMPARISON, 2017, "hospital"] == pytest.approx((0 + 20) / 2)


def test_areas_with_equal_rates_per_stratum_are_equal_whatever_their_ages():
    young = [
        (PILOT, 2017, "m", "0-4", 90, 90.0, 90.0, 0.0),
        (PILOT, 2017, "m", "90+", 10, 10.0, 500.0, 0.0),
    ]
    old = [
        (COMPARISON, 2017, "m", "0-4", 5, 5.0, 5.0, 0.0),
        (COMPARISON, 2017, "m", "90+", 60, 60.0, 3000.0, 0.0),
    ]
    table = insured(zvw(*young, *old))
    rates = table["eur_per_insured_year_standardised"]
    assert rates[PILOT, 2017, ""] == pytest.approx(rates[COMPARISON, 2017, ""], rel=1e-12)
    crude = table["eur_per_insured_year"]
    assert crude[PILOT, 2017, ""] < crude[COMPARISON, 2017, ""]


def test_stratum_without_insured_years_gets_the_rate_of_all_areas_and_is_reported():
    rows = TWO_AREAS[~((TWO_AREAS["area_code"] == PILOT) & (TWO_AREAS["age_class"] == "5-9"))]
    table = insured(rows)
    cell = table.loc[(PILOT, 2017, "")]
    weight = {"0-4": 40 / 50, "5-9": 10 / 50}
    assert cell["filled_weight"] == pytest.approx(weight["5-9"])
    assert cell["eur_per_insured_year_standardised"] == pytest.approx(
        weight["0-4"] * 100 + weight["5-9"] * 400 / 10
    )
    assert table.loc[(COMPARISON, 2017, ""), "filled_weight"] == 0


def test_amounts_are_brought_to_the_price_level_and_categories_add_up():
    table = insured(TWO_AREAS, example.study(price_level=2018))
    factor = 103.4 / 101.7
    assert table.loc[(PILOT, 2017, ""), "eur"] == pytest.approx(1300 * factor, rel=1e-12)
    parts = table.loc[[(PILOT, 2017, "gp"), (PILOT, 2017, "hospital")], "eur"]
    assert parts.sum() == pytest.approx(1300 * factor, rel=1e-12)


def test_empty_amounts_are_counted_and_other_areas_and_years_left_out():
    extra = zvw(
        ("Z9", 2017, "v", "0-4", 1, 1.0, 1e6, 0.0), (PILOT, 2031, "v", "0-4", 1, 1.0, 1e6, 0.0)
    )
    frame = pd.concat([TWO_AREAS, extra], ignore_index=True)
    frame.loc[0, "amount_eur"] = np.nan
    table = insured(frame)
    assert set(table.index.get_level_values("year")) == {2017}
    assert (table.loc[(PILOT, 2017, ""), ["amount_eur", "missing"]] == [1200, 1]).all()


def test_insured_years_that_differ_between_categories_are_refused():
    frame = TWO_AREAS.copy()
    frame.loc[0, "insured_years"] = 11.0
    with pytest.raises(RefusedError, match="differ between the categories of 1 strata"):
        insured(frame)


# ---- long-term care ----------------------------------------------------------------------------

WLZ = pd.DataFrame(
    {
        "area_code": [PILOT, COMPARISON, PILOT],
        "year": [2017, 2017, 2018],
        "users": [4, 5, 0],
        "amount_eur": [1000.0, 3000.0, 0.0],
    }
)


def test_annual_totals_per_user_and_per_resident():
    table = annual_totals(WLZ, STUDY, example.codebook(), example.population(200))
    table = table.set_index(["area", "year"])
    row = table.loc[(PILOT, 2017)]
    assert (row["eur"], row["eur_per_user"], row["eur_per_resident"]) == (1000, 250, 5)
    assert np.isnan(table.loc[(PILOT, 2018), "eur_per_user"])
    assert table.loc[("comparison", 2017), "eur_per_user"] == 600


def test_side_with_an_area_missing_has_no_total():
    study = example.study(
        areas=[
            {"code": PILOT, "name": "1", "side": "pilot"},
            {"code": "P2", "name": "2", "side": "pilot"},
            {"code": COMPARISON, "name": "3", "side": "comparison"},
        ]
    )
    table = annual_totals(WLZ, study, example.codebook()).set_index(["area", "year"])
    row = table.loc[("pilot", 2017)]
    assert row["areas_missing"] == 1
    assert row[["eur", "users", "eur_per_user", "eur_per_resident"]].isna().all()
    assert table.loc[(PILOT, 2017), "eur"] == pytest.approx(1000 * 103.4 / 101.7)
