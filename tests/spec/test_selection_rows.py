"""Who was chosen for high cost, from the feeds to the rows, on a town small enough to count."""

from __future__ import annotations

from types import SimpleNamespace

import costs_example as example
import numpy as np
import pandas as pd
import pytest

from evaluatie.costs import build_ledger
from evaluatie.costs.households.selection import chosen_households, usable_months
from evaluatie.errors import RefusedError
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.selection import selection_rows
from evaluatie.methods import histories
from evaluatie.results import estimates_frame

AREAS = {"P1": "pilot", "P2": "pilot", "C1": "comparison", "C2": "comparison"}
EACH, CHOSEN = 60, 20
BOOK = example.codebook()
INDICATOR = example.indicator(
    id="chosen", kind="selection", feed="enrolments", project="P", laws=["help"], basis="allocated"
)


def study(**changes):
    areas = [{"code": code, "name": code, "side": side} for code, side in AREAS.items()]
    return example.study(
        **({"areas": areas, "cost_years": [2015, 2018], "price_level": 2018} | changes)
    )


def town(comparison_factor: float = 1.0):
    """Sixty households per area; k of them 10 + k hours a week, less a third from March 2017.

    The dearest ten of each pilot area are enrolled in February 2017. What everybody costs falls in
    the same way, whoever is enrolled.
    """
    names = [f"{area}-{k}" for area in AREAS for k in range(EACH)]
    people = pd.DataFrame({"person_id": names, "household_id": names})
    records = []
    for name in names:
        area, _, k = name.partition("-")
        hours = (10 + int(k)) * (comparison_factor if area.startswith("C") else 1.0)
        who = {"person_id": name, "household_id": name, "provider_id": f"v{int(k) % 9}"}
        for volume, start, end in (
            (hours * (0.6 + 0.1 * (int(k) % 5)), "2015-01-01", "2015-12-31"),
            (hours, "2016-01-01", "2017-02-28"),
            (hours * 2 / 3, "2017-03-01", None),
        ):
            records.append(who | {"volume": volume, "start": start, "end": end})
    chosen = [f"{area}-{k}" for area in ("P1", "P2") for k in range(EACH - CHOSEN // 2, EACH)]
    enrolled = [("P", who, who, "2017-02-10") for who in chosen]
    enrolled += [("P", "P1-59", "P1-59", "2017-06-01"), ("Q", "P1-3", "P1-3", "2017-02-10")]
    columns = ["project_id", "person_id", "household_id", "start"]
    return {
        "residents": people,
        "addresses": example.addresses(*((name, name[:2], "2010-01-01", None) for name in names)),
        "arrangements": example.arrangements(*records),
        "enrolments": example.dated(pd.DataFrame(enrolled, columns=columns), "start"),
    }


def asked(feeds, place=None):
    place = place or study()
    data = example.data(**feeds)
    question = SimpleNamespace(id="q", cost_basis=None)
    products = SimpleNamespace(data=data, ledger=build_ledger(data, BOOK, place))
    return Asked(place, BOOK, None, products, question, INDICATOR)


@pytest.fixture(scope="module")
def found():
    one = asked(town())
    return chosen_households(
        one.products.ledger, one.products.data, INDICATOR, one.study, BOOK
    )  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    frame = estimates_frame(selection_rows(asked(town())))
    return frame.set_index(["term", "area", "category"]).sort_index()


def test_first_enrolment_counts_and_everybody_in_a_project_is_no_comparator(found):
    assert found.households == CHOSEN
    assert (found.unknown, found.elsewhere) == (0, 0)
    assert set(found.month) == {25}  # February 2017, from January 2015
    assert found.enrolled.sum() == CHOSEN + 1
    candidates = found.never_enrolled(np.array([True, True, False, False]))
    assert candidates[:, 25].sum() == 2 * EACH - CHOSEN - 1


def test_cost_by_household_and_month_adds_up_to_the_ledger(found):
    one = asked(town())
    total = one.products.ledger.query(
        "select year(month) as year, sum(cents) / 100.0 as eur from ledger "
        "where basis = 'allocated' group by year(month)"
    )
    factor = {year: 103.4 / example.INDEX[year] for year in total["year"]}
    expected = sum(factor[year] * float(eur) for year, eur in total.itertuples(index=False))
    assert found.panel.cost.sum() == pytest.approx(expected)


def test_months_without_an_address_are_absent_and_not_cheap():
    feeds = town()
    moved = feeds["addresses"]["household_id"] == "P1-59"
    feeds["addresses"].loc[moved, "end"] = pd.Timestamp("2017-08-15")
    one = asked(feeds)
    found = chosen_households(one.products.ledger, one.products.data, INDICATOR, one.study, BOOK)
    row = int(found.unit[np.argmax(histories(found.panel, found.unit, found.month).window)])
    _, months = found.panel.between(np.array([row]), np.array([25]), 1, 12)
    assert months.tolist() == [6]


def test_who_is_not_in_the_register_or_lives_elsewhere_is_counted():
    feeds = town()
    extra = pd.DataFrame(
        [("P", "x", "x", "2017-02-01"), ("P", "C1-1", "C1-1", "2017-02-01")],
        columns=["project_id", "person_id", "household_id", "start"],
    )
    feeds["enrolments"] = pd.concat([feeds["enrolments"], example.dated(extra, "start")])
    one = asked(feeds)
    found = chosen_households(one.products.ledger, one.products.data, INDICATOR, one.study, BOOK)
    assert (found.households, found.unknown, found.elsewhere) == (CHOSEN + 2, 1, 1)


def test_run_off_is_cut_off_for_declared_amounts_only():
    place = study(runoff_quarters=2)
    assert len(usable_months(place, "declared")) == 42
    assert len(usable_months(place, "allocated")) == 48


def test_law_without_households_is_refused():
    one = asked(town())
    other = INDICATOR.model_copy(update={"laws": ("insured",)})
    with pytest.raises(RefusedError, match="cost under these laws is not known per household"):
        chosen_households(one.products.ledger, one.products.data, other, one.study, BOOK)


def test_fall_that_everybody_has_is_expected_and_leaves_no_difference(rows):
    change = rows.loc[("change", "pilot", "who=selected|months=1-12")]
    expected = rows.loc[("change", "comparison", "who=expected|months=1-12")]
    difference = rows.loc[
        ("difference", "pilot-comparison", "against=expected|clusters=households|months=1-12")
    ]
    before = rows.loc[("before", "pilot", "who=selected|months=1-12")]
    assert change["method"] == "naive_before_after"
    assert change["estimate"] < -0.25 * before["estimate"]
    assert expected["estimate"] == pytest.approx(change["estimate"], rel=0.01)
    assert difference["estimate"] == pytest.approx(change["estimate"] - expected["estimate"])
    assert difference["ci_low"] <= 0 <= difference["ci_high"]


def test_before_is_equal_by_construction_and_chosen_households_are_counted(rows):
    mine = rows.loc[("before", "pilot", "who=selected|months=1-12")]
    theirs = rows.loc[("before", "comparison", "who=expected|months=1-12")]
    assert theirs["estimate"] == pytest.approx(mine["estimate"])
    counts = {
        name: rows.loc[(term, "pilot", f"households={name}|against=expected|months=1-12")]
        for term, name in (
            *(("reach", name) for name in ("not_yet_followed", "no_history", "no_comparable")),
            ("count", "compared"),
            ("count", "left"),
        )
    }
    losses = [counts[n]["estimate"] for n in ("not_yet_followed", "no_history", "no_comparable")]
    assert sum(losses) + counts["compared"]["estimate"] == CHOSEN
    assert mine["n_households"] == counts["compared"]["estimate"]


def test_every_amount_says_who_is_behind_it(rows):
    frame = rows.reset_index()
    amounts = frame[frame["term"].isin(["before", "after", "change", "difference", "trajectory"])]
    amounts = amounts[amounts["status"] == "estimated"]
    assert (
        amounts[["n", "n_households", "n_providers", "top1_share", "top2_share"]]
        .notna()
        .all(axis=None)
    )
    assert (amounts["top1_share"] <= amounts["top2_share"]).all()
    assert frame["period"].eq("").all()


def test_the_second_year_is_not_estimated_where_the_calendar_ends():
    one = asked(town(), study(cost_years=[2015, 2018], price_level=2018))
    frame = estimates_frame(selection_rows(one))
    late = frame[frame["category"].str.contains("months=13-24")]
    assert set(late.loc[late["status"] == "not_estimable", "reason"]) == {
        "too_few_selected_followed"
    }


def test_nobody_elsewhere_as_expensive_is_said_and_not_extrapolated():
    frame = estimates_frame(selection_rows(asked(town(comparison_factor=0.1))))
    mine = frame[(frame["area"] == "pilot-comparison") & (frame["status"] == "not_estimable")]
    assert mine["reason"].iloc[0] == "no_equally_selected_comparators"
    assert not frame["category"].str.contains("who=expected").any()


def test_rank_among_households_elsewhere(rows):
    assert rows.loc[("share_above", "pilot", "percentile=p80")]["estimate"] == 1.0
    assert rows.loc[("share_above", "pilot", "percentile=p99")]["estimate"] < 0.5
