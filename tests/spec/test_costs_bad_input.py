"""Records that contradict themselves: what is said about them, and that not a cent is lost."""

from __future__ import annotations

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from costs_example import COMPARISON, PILOT

from evaluatie.costs import build_ledger, cost_cells
from evaluatie.costs.booking.ledger import UNKNOWN_PROVIDER
from evaluatie.errors import FeedError, RefusedError


def ledger_of(**feeds):
    return build_ledger(example.data(**feeds), example.codebook(), example.study())


def finding(ledger, name):
    rows = ledger.findings.query("finding == @name")
    assert len(rows) == 1, ledger.findings.to_string()
    return int(rows["records"].iloc[0]), int(rows["cents"].iloc[0])


def declared(ledger, where="true"):
    sql = "select coalesce(sum(cents), 0)::bigint c from ledger where basis = 'declared' and "
    return int(ledger.query(sql + where)["c"].iloc[0])


def reconciles(ledger, declarations):
    """Every cent of the feed is in the ledger or set aside: recomputed from the feed itself."""
    row = ledger.reconciliation.query("feed == 'declarations' and basis == 'declared'").iloc[0]
    written = round(100 * declarations["amount_eur"].sum())
    assert row["source_cents"] == written == row["set_aside_cents"] + declared(ledger)
    assert row["difference_cents"] == 0


# ---- arrangements ------------------------------------------------------------------------------


def test_two_open_records_that_overlap_are_one_after_the_other_and_counted():
    rows = example.arrangements(
        {"start": "2018-01-01"}, {"start": "2018-07-02", "volume": 2.0}, {"person_id": "b"}
    )
    ledger = ledger_of(arrangements=rows)
    assert finding(ledger, "open_end_replaced")[0] == 1
    assert finding(ledger, "open_end")[0] == 2
    days = ledger.query(
        "select person_id, sum(days)::bigint d, sum(cents)::bigint c from ledger group by all"
    ).set_index("person_id")
    assert days.loc["a", "d"] == 365  # no day counted twice, none lost
    assert days.loc["a", "c"] == 26 * 7000 + round((365 - 182) / 7 * 14000)


def test_three_open_records_from_the_same_day_leave_one_the_last_assigned():
    same = {"start": "2018-01-01"}
    rows = example.arrangements(
        same | {"assigned_on": "2018-01-03", "volume": 3.0},
        same | {"assigned_on": "2018-01-01", "volume": 1.0},
        same | {"assigned_on": "2018-01-02", "volume": 2.0},
    )
    ledger = ledger_of(arrangements=rows)
    assert ledger.query("select sum(days)::bigint d from ledger")["d"][0] == 365
    assert ledger.query("select sum(cents)::bigint c from ledger")["c"][0] == round(365 / 7 * 21000)


def test_every_impossible_record_is_named_with_its_count_in_one_message():
    rows = example.arrangements(
        {"volume": -1.0}, {"volume": -2.0, "person_id": "b"}, {"rate_eur": -1.0, "person_id": "c"}
    )
    with pytest.raises(FeedError, match="2 with a negative volume, 1 with a negative rate") as told:
        ledger_of(arrangements=rows)
    assert "evaluatie check" in str(told.value)


def test_unknown_codes_are_refused_with_the_number_of_records_and_the_codes_there_are():
    two = [{"product_code": "77"}, {"product_code": "78", "person_id": "b"}]
    with pytest.raises(FeedError, match=r"column 'product_code' of 2 records\nAllowed: 02, 45"):
        ledger_of(arrangements=example.arrangements(*two))
    with pytest.raises(FeedError, match="Allowed: 04, 83"):
        ledger_of(arrangements=example.arrangements({"unit": "uur"}))


def test_a_blank_provider_is_kept_as_one_unknown_provider_and_counted():
    week = {"end": "2017-01-07"}
    rows = example.arrangements(
        week | {"provider_id": None},
        week | {"provider_id": " ", "person_id": "b"},
        week | {"person_id": "c"},
    )
    ledger = ledger_of(arrangements=rows)
    assert finding(ledger, "no_provider") == (2, 14000)
    found = ledger.query("select provider_id p, sum(cents)::bigint c from ledger group by all")
    assert found.set_index("p")["c"].to_dict() == {UNKNOWN_PROVIDER: 14000, "v": 7000}
    cells = cost_cells(ledger, example.study(), example.codebook())
    cell = cells.query("area == @PILOT and law == 'help' and period == '2017-Q1'").iloc[0]
    assert (cell["cents"], cell["providers"]) == (21000, 2)


# ---- places ------------------------------------------------------------------------------------


def test_a_household_that_moves_twice_in_a_month_loses_nothing_on_the_way():
    addresses = example.addresses(
        ("h", PILOT, "2010-01-01", "2017-06-10"),
        ("h", COMPARISON, "2017-06-11", "2017-06-20"),  # then five days without an address
        ("h", PILOT, "2017-06-26", None),
    )
    lines = example.declarations({"month": "2017-06-01", "amount_eur": 100.01})
    rows = example.arrangements({"start": "2017-06-01", "end": "2017-06-30", "frequency": "4"})
    ledger = ledger_of(arrangements=rows, addresses=addresses, declarations=lines)
    parts = ledger.query(
        "select area_code a, basis, sum(cents)::bigint c from ledger group by all"
    ).set_index(["basis", "a"])["c"]
    assert parts["declared"].sum() == 10001
    assert parts["allocated"].sum() == 7000
    exact = {PILOT: 15 / 30, COMPARISON: 10 / 30, "": 5 / 30}
    for basis, total in (("declared", 10001), ("allocated", 7000)):
        for area, share in exact.items():
            assert abs(parts[basis, area] - total * share) <= 1
    reconciles(ledger, lines)


def test_a_missing_population_is_named_by_year_and_area():
    population = example.population().query("not (area_code == @PILOT and year == 2017)")
    ledger = ledger_of(arrangements=example.arrangements({}), population=population)
    with pytest.raises(RefusedError, match=r"for 1 combinations of area and year: 2017 \(P1\)"):
        cost_cells(ledger, example.study(), example.codebook())
    without = example.population(years=(2017, 2018))
    ledger = ledger_of(arrangements=example.arrangements({}), population=without)
    with pytest.raises(RefusedError, match=r"2016 \(C1, P1\)"):
        cost_cells(ledger, example.study(), example.codebook())


# ---- declared lines ----------------------------------------------------------------------------

CREDIT = {"amount_eur": -280.0, "delivered_volume": -4.0, "credit_of": "D0"}


@pytest.mark.parametrize(
    ("name", "lines", "expected"),
    [
        ("credit_above_line", [{}, CREDIT | {"amount_eur": -300.0}], (1, -2000)),
        ("credit_above_line", [{}, CREDIT, CREDIT], (1, -28000)),  # taken back twice
        ("credit_above_line", [{}, CREDIT], (0, 0)),
        ("credit_of_credit", [{}, CREDIT, {"credit_of": "D1"}], (1, 28000)),
        ("credit_not_negative", [{}, CREDIT | {"amount_eur": 280.0}], (1, 28000)),
        ("negative_no_credit", [{}, {"amount_eur": -280.0}], (1, -28000)),
        ("before_arrangement", [{"month": "2016-12-01"}], (1, 28000)),
        ("after_arrangement", [{"month": "2018-01-01", "booked_on": "2018-02-01"}], (1, 28000)),
        ("booked_before_care", [{"booked_on": "2016-12-31"}], (1, 28000)),
        ("no_booking_date", [{"booked_on": None}, {}], (1, 28000)),
        ("hundredfold", [{"amount_eur": 28000.0}, {"amount_eur": 2.80}, {}], (2, 2800280)),
    ],
)
def test_lines_that_contradict_are_counted_and_booked_as_written(name, lines, expected):
    frame = example.declarations(*lines)
    rows = example.arrangements({"end": "2017-12-31"})
    ledger = ledger_of(arrangements=rows, declarations=frame)
    assert finding(ledger, name) == expected
    assert declared(ledger) == round(100 * frame["amount_eur"].sum())
    reconciles(ledger, frame)
    others = ledger.findings.query("feed == 'declarations' and finding != @name")
    if name not in ("credit_of_credit", "credit_not_negative"):
        assert others["records"].sum() == 0, others.to_string()


def test_a_credit_of_a_credit_restores_the_line_it_is_about():
    lines = example.declarations({}, CREDIT, {"credit_of": "D1"})
    ledger = ledger_of(arrangements=example.arrangements({}), declarations=lines)
    assert declared(ledger) == 28000


def test_bad_lines_together_reconcile_to_the_cent_in_total_and_per_year():
    lines = example.declarations(
        {}, CREDIT | {"amount_eur": -300.01}, {"assignment_no": "nobody", "amount_eur": 5.55},
        {"month": "2014-01-01", "amount_eur": 7.77}, {"amount_eur": np.nan},
        {"month": None, "amount_eur": 9.99}, {"month": "2018-05-01", "amount_eur": -0.01},
    )  # fmt: skip
    ledger = ledger_of(arrangements=example.arrangements({"end": "2017-12-31"}), declarations=lines)
    reconciles(ledger, lines)
    years = ledger.by_year.query("basis == 'declared' and feed == 'declarations'")
    years = years.set_index("year")
    assert years["source_cents"].to_dict() == {2016: 0, 2017: -2001 + 555, 2018: -1}
    assert years["set_aside_cents"].to_dict() == {2016: 0, 2017: 555, 2018: 0}
    assert (years["difference_cents"] == 0).all()


def test_each_year_adds_up_to_the_whole_where_every_day_lies_in_the_cost_years():
    rows = example.arrangements(
        {"start": "2016-03-05", "end": "2018-02-14"},
        {"start": "2017-10-01", "end": "2018-11-30", "volume": 3.0},
        {"start": "2017-05-02", "end": "2017-05-02", "change_reason": "13", "person_id": "b"},
    )
    ledger = ledger_of(
        arrangements=rows,
        benefits=example.benefits({"start": "2016-06-15", "end": "2018-01-20"}),
    )
    columns = ["source_cents", "set_aside_cents", "ledger_cents", "in_study_areas_cents"]
    by_year = ledger.by_year.groupby(["feed", "basis"])[columns].sum()
    whole = ledger.reconciliation.set_index(["feed", "basis"])[columns]
    pd.testing.assert_frame_equal(by_year.sort_index(), whole.sort_index(), check_dtype=False)
