"""Waiting, stacking, counts and the cost of the programme."""

from __future__ import annotations

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from costs_example import AWAY, COMPARISON, PILOT

from evaluatie.costs import (
    build_ledger,
    durations,
    kaplan_meier_median,
    programme_cost,
    record_counts,
    stacking,
)
from evaluatie.errors import RefusedError

REGISTER = pd.DataFrame({"person_id": ["a", "b", "c"], "household_id": ["h", "h", "i"]})
HOMES = example.addresses(("h", PILOT, "2010-01-01", None), ("i", COMPARISON, "2010-01-01", None))
WAIT = example.indicator(
    id="wait",
    kind="duration",
    feed="requests",
    start="asked",
    end="begun",
    by="fast",
    laws=["help"],
)


def requests(*rows):
    columns = ["person_id", "law", "fast", "asked", "begun"]
    return example.dated(pd.DataFrame(rows, columns=columns), "asked", "begun")


def waits(frame, homes=HOMES):
    data = example.data(requests=frame, residents=REGISTER, addresses=homes)
    table = durations(data, WAIT, example.study())
    return table.set_index(["side", "year", "by"]).sort_index()


def test_duration_is_in_days_and_people_still_waiting_are_counted():
    table = waits(
        requests(
            ("a", "help", 0, "2017-01-01", "2017-01-11"),
            ("a", "help", 1, "2017-01-01", "2017-01-21"),
            ("b", "help", 1, "2017-03-01", "2017-03-31"),
            ("b", "help", 1, "2017-03-02", None),
            ("b", "youth", 1, "2017-03-02", "2017-04-30"),
            ("b", "help", 1, "2017-03-02", "2017-03-01"),  # cannot be
            ("b", "help", 1, None, "2017-03-01"),
            ("c", "help", 0, "2018-01-01", "2018-01-03"),
        )
    )
    row = table.loc[("pilot", 2017, "")]
    assert row[["n", "completed", "censored"]].tolist() == [4, 3, 1]
    assert row[["q1_days", "median_days", "q3_days"]].tolist() == [15.0, 20.0, 25.0]
    assert row["km_median_days"] == 20
    assert row[["persons", "households"]].tolist() == [2, 1]
    assert table.loc[("pilot", 2017, "1"), "n"] == 3
    assert table.loc[("comparison", 2018, ""), "median_days"] == 2


def test_kaplan_meier_median_does_not_exist_while_most_are_waiting():
    table = waits(
        requests(
            ("a", "help", 0, "2017-01-01", "2017-01-11"),
            ("a", "help", 0, "2017-01-01", None),
            ("b", "help", 0, "2017-01-01", None),
        )
    )
    row = table.loc[("pilot", 2017, "")]
    assert np.isnan(row["km_median_days"])
    assert row["reason"] == "fewer than half are completed"
    assert row["median_days"] == 10


def test_kaplan_meier_median_of_the_remission_trial():
    """Freireich et al. 1963, 6-MP group; R: survfit(Surv(time, status) ~ 1) gives 23."""
    time = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    seen = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    assert kaplan_meier_median(time, np.array(seen, dtype=bool)) == 23
    assert np.isnan(kaplan_meier_median([], []))


def test_people_elsewhere_form_a_row_of_their_own():
    homes = example.addresses(("h", PILOT, "2017-02-01", None), ("i", AWAY, "2010-01-01", None))
    rows = requests(
        ("a", "help", 0, "2017-01-31", "2017-02-01"),
        ("b", "help", 0, "2017-02-01", "2017-02-02"),
        ("c", "help", 0, "2017-02-01", "2017-02-02"),
    )
    table = waits(rows, homes)
    assert table.loc[("", 2017, ""), "n"] == 2
    assert table.loc[("pilot", 2017, ""), "n"] == 1


# ---- stacking ----------------------------------------------------------------------------------


def stacked(homes=HOMES, **feeds):
    study, book = example.study(cost_years=[2017, 2017]), example.codebook()
    data = example.data(residents=REGISTER, addresses=homes, **feeds)
    table = stacking(
        build_ledger(data, book, study), data, example.indicator(minimum=2), study, book
    )
    return table.set_index(["area", "year"])


def test_household_is_stacked_in_months_with_two_laws_by_whichever_person():
    table = stacked(
        arrangements=example.arrangements(
            {"start": "2017-01-01", "end": "2017-04-30"},
            {"start": "2017-03-31", "end": "2017-05-01", "product_code": "45", "person_id": "b"},
            {"start": "2017-01-01", "end": "2017-02-28", "product_code": "02", "person_id": "c"}
            | {"household_id": "i"},
        ),
        benefits=example.benefits({"start": "2017-06-30", "end": "2017-07-01"}),
    )
    row = table.loc[("pilot", 2017)]
    assert row[["stacked_months", "user_months", "household_months"]].tolist() == [2, 7, 12]
    assert row["share_of_users"] == 2 / 7
    assert row["share_of_households"] == 2 / 12
    assert row[["stacked_households", "user_households", "households"]].tolist() == [1, 1, 1]
    other = table.loc[(COMPARISON, 2017)]
    assert other[["stacked_months", "user_months", "share_of_users"]].tolist() == [0, 2, 0]
    assert (table["user_months"] <= table["household_months"]).all()


def test_two_products_of_one_law_are_not_stacked_and_care_without_amount_is_care():
    table = stacked(
        arrangements=example.arrangements(
            {"end": "2017-01-31"},
            {"end": "2017-02-28", "provider_id": "w", "person_id": "b"},
            {"start": "2017-02-01", "end": "2017-02-28", "product_code": "45", "volume": np.nan},
        )
    )
    assert table.loc[("pilot", 2017), ["stacked_months", "user_months"]].tolist() == [1, 2]


def test_household_month_belongs_to_the_address_on_the_first():
    homes = example.addresses(
        ("h", PILOT, "2010-01-01", "2017-03-01"), ("h", COMPARISON, "2017-03-02", "2017-06-30")
    )
    table = stacked(homes, arrangements=example.arrangements({}), benefits=example.benefits({}))
    assert table.loc[("pilot", 2017), "stacked_months"] == 3
    assert table.loc[("comparison", 2017), "household_months"] == 3


def test_annual_laws_cannot_be_stacked():
    book = example.codebook()
    ledger = build_ledger(example.data(), book, example.study())
    with pytest.raises(RefusedError, match="insurance: care under these laws is not known"):
        stacking(
            ledger, example.data(), example.indicator(laws=["insurance"]), example.study(), book
        )


# ---- counts and programme ----------------------------------------------------------------------


def test_cases_are_counted_by_side_year_and_code():
    cases = example.dated(
        pd.DataFrame(
            {
                "area_code": [PILOT, PILOT, COMPARISON, None],
                "opened_on": ["2017-01-01", "2018-01-01", "2018-01-01", "2018-02-01"],
                "bottleneck": ["x", "x", "y", None],
            }
        ),
        "opened_on",
    )
    table = record_counts(cases, "bottleneck", example.study())
    counts = table.set_index(["side", "year", "code"])["count"]
    assert counts["pilot", 0, "x"] == 2
    assert counts["pilot", 2017, "x"] == 1
    assert counts["all", 0, "x"] == 2
    assert counts["", 2018, ""] == 1
    assert counts["all"].loc[0].sum() == len(cases)


def test_feed_with_its_own_counts_is_summed():
    feed = pd.DataFrame(
        {"year": [2017, 2018, 2018], "activity": ["m", "m", "n"], "count": [3, 4, 5]}
    )
    counts = record_counts(feed, "activity", example.study())
    counts = counts.set_index(["side", "year", "code"])["count"]
    assert counts.to_dict() == {
        ("all", 0, "m"): 7,
        ("all", 0, "n"): 5,
        ("all", 2017, "m"): 3,
        ("all", 2018, "m"): 4,
        ("all", 2018, "n"): 5,
    }


def test_programme_cost_by_project_payer_and_year_at_constant_prices():
    feed = pd.DataFrame(
        {
            "project_id": ["1", "1", "1", "2", "2"],
            "payer": ["town", "town", "insurer", "town", "town"],
            "year": [2017, 2017, 2017, 2018, 2031],
            "amount_eur": [100.10, 0.05, 7.0, np.nan, 5.0],
        }
    )
    table = programme_cost(feed, example.study(), example.codebook())
    table = table.set_index(["project_id", "payer", "year"])
    assert table["cents"].to_dict() == {
        ("1", "town", 2017): 10015,
        ("1", "insurer", 2017): 700,
        ("2", "town", 2018): 0,
    }
    assert table.loc[("1", "town", 2017), "eur"] == pytest.approx(100.15 * 103.4 / 101.7)
    assert table["missing"].tolist() == [0, 0, 1]
