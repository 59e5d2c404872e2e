"""From records to the ledger: what an arrangement, a declaration and a benefit amount to."""

from __future__ import annotations

import stat
from calendar import isleap, monthrange
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from costs_example import AWAY, COMPARISON, PILOT

from evaluatie.costs import build_ledger, feeds_of, open_ledger, write_parquet
from evaluatie.costs.booking.places import address_book, day_numbers
from evaluatie.errors import DeclarationError, FeedError


def ledger_of(study=None, **feeds):
    return build_ledger(example.data(**feeds), example.codebook(), study or example.study())


def total(ledger, basis="allocated", where="true"):
    sql = f"select coalesce(sum(cents), 0)::bigint c from ledger where basis = '{basis}'"
    return int(ledger.query(f"{sql} and {where}")["c"][0])


def aside(ledger, reason, basis="allocated"):
    rows = ledger.set_aside.query("reason == @reason and basis == @basis")
    return int(rows["records"].sum()), int(rows["cents"].sum())


# ---- one arrangement ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frequency", "end", "euros"),
    [
        ("1", "2017-01-10", 700.0),  # 10 days
        ("2", "2017-01-14", 140.0),  # two weeks
        ("3", "2017-02-25", 140.0),  # twice four weeks
        ("4", "2017-03-31", 210.0),  # three calendar months, of 31, 28 and 31 days
        ("4", "2017-02-14", 105.0),  # one month and 14 of 28 days
        ("5", "2017-12-31", 70.0),  # a calendar year
        ("6", "2017-06-30", 70.0),  # the whole, whatever the period
    ],
)
def test_value_is_volume_times_frequency_times_rate(frequency, end, euros):
    ledger = ledger_of(arrangements=example.arrangements({"frequency": frequency, "end": end}))
    assert total(ledger) == round(100 * euros)


def test_a_budget_in_euros_needs_no_rate():
    row = {"unit": "83", "volume": 1234.56, "frequency": "6", "rate_eur": np.nan}
    ledger = ledger_of(arrangements=example.arrangements(row | {"end": "2017-12-31"}))
    assert total(ledger) == 123456


def test_total_volume_is_spread_evenly_over_its_days():
    row = {"frequency": "6", "start": "2017-01-17", "end": "2017-02-15", "rate_eur": 300.0}
    ledger = ledger_of(arrangements=example.arrangements(row))
    by_month = ledger.query("select month, cents, days from ledger order by month")
    assert by_month["cents"].tolist() == [15000, 15000]
    assert by_month["days"].tolist() == [15, 15]


def test_void_record_is_removed_and_counted():
    void = {"start": "2017-01-02", "end": "2017-01-02", "change_reason": "13"}
    kept = {"start": "2017-01-02", "end": "2017-01-08", "change_reason": "90"}
    ledger = ledger_of(arrangements=example.arrangements(void, kept))
    assert total(ledger) == 7000
    assert aside(ledger, "void") == (1, 1000)


def test_void_reason_with_a_later_end_is_an_arrangement_that_held():
    row = {"start": "2017-01-02", "end": "2017-01-08", "change_reason": "13"}
    ledger = ledger_of(arrangements=example.arrangements(row))
    assert total(ledger) == 7000


def test_replaced_record_ends_the_day_before_the_next_starts():
    old = {"end": "2017-01-28"}
    new = {"start": "2017-01-15", "end": "2017-01-28", "volume": 2.0}
    ledger = ledger_of(arrangements=example.arrangements(old, new))
    assert total(ledger) == 2 * 7000 + 2 * 14000
    assert aside(ledger, "replaced") == (1, 14000)


def test_record_with_the_same_start_is_replaced_whole_by_the_later_assigned():
    new = {"end": "2017-01-07", "volume": 3.0, "assigned_on": "2017-02-01"}
    old = {"end": "2017-01-07", "assigned_on": "2017-01-01"}
    ledger = ledger_of(arrangements=example.arrangements(new, old))
    assert total(ledger) == 21000
    assert aside(ledger, "replaced") == (1, 7000)


def test_open_record_ends_at_its_successor_and_else_at_the_horizon():
    rows = example.arrangements({}, {"start": "2017-01-15", "volume": 2.0})
    ledger = ledger_of(example.study(cost_years=[2016, 2017]), arrangements=rows)
    days = (date(2017, 12, 31) - date(2017, 1, 14)).days
    assert total(ledger) == 14000 + round(14000 * days / 7)
    assert aside(ledger, "replaced") == (0, 0)


def test_other_persons_and_products_replace_nothing():
    week = {"end": "2017-01-07"}
    rows = example.arrangements(week, week | {"person_id": "b"}, week | {"product_code": "45"})
    assert total(ledger_of(arrangements=rows)) == 21000


def test_days_outside_the_cost_years_are_set_aside():
    row = {"start": "2015-12-25", "end": "2019-01-07", "frequency": "1", "rate_eur": 1.0}
    ledger = ledger_of(arrangements=example.arrangements(row))
    assert aside(ledger, "before_cost_years") == (1, 700)
    assert aside(ledger, "after_cost_years") == (1, 700)
    assert total(ledger) == 100 * (366 + 365 + 365)


def test_missing_volume_rate_or_frequency_counts_as_nothing_and_is_counted():
    rows = example.arrangements(
        {"volume": np.nan}, {"rate_eur": np.nan, "person_id": "b"}, {"frequency": None}
    )
    rows.loc[2, "person_id"] = "c"
    ledger = ledger_of(arrangements=rows)
    assert total(ledger) == 0
    assert aside(ledger, "no_amount") == (3, 0)
    assert ledger.query("select count(distinct person_id) n from ledger")["n"][0] == 3


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"volume": -1.0}, "1 with a negative volume"),
        ({"rate_eur": -1.0}, "1 with a negative rate"),
        ({"end": "2016-12-31"}, "1 with an end before the start"),
        ({"assignment_no": "A1"}, "1 with an assignment number that occurs twice"),
        ({"frequency": "9"}, "unknown code in column 'frequency' of 1 records"),
        ({"unit": "99"}, "unknown code in column 'unit' of 1 records"),
        ({"product_code": "77"}, "unknown code in column 'product_code' of 1 records"),
        ({"volume": 1e9}, "above 100 million euros"),
    ],
)
def test_impossible_records_are_refused_in_plain_words(row, words):
    rows = example.arrangements(row, {"person_id": "z"})
    with pytest.raises(FeedError, match=words):
        ledger_of(arrangements=rows)


def test_an_unknown_code_is_answered_with_the_codes_there_are():
    with pytest.raises(FeedError, match="Allowed: 1, 2, 3, 4, 5, 6"):
        ledger_of(arrangements=example.arrangements({"frequency": "per maan"}))


def test_a_frequency_without_a_period_is_refused():
    book = example.codebook()
    lists = book.code_lists | {
        "frequencies": {"1": book.code_lists["frequencies"]["1"].model_copy(update={"means": None})}
    }
    book = book.model_copy(update={"code_lists": lists})
    feeds = example.data(arrangements=example.arrangements({}))
    with pytest.raises(DeclarationError, match="frequencies without a period: 1"):
        build_ledger(feeds, book, example.study())


# ---- where the household lived -----------------------------------------------------------------


def test_household_that_moves_mid_month_is_split_by_days():
    row = {"start": "2017-06-01", "end": "2017-06-30", "frequency": "4", "rate_eur": 300.0}
    ledger = ledger_of(
        arrangements=example.arrangements(row),
        addresses=example.addresses(
            ("h", PILOT, "2010-01-01", "2017-06-10"), ("h", COMPARISON, "2017-06-11", None)
        ),
        declarations=example.declarations({"month": "2017-06-01", "amount_eur": 0.02}),
        benefits=example.benefits({"end": "2017-06-30", "start": "2017-06-01"}),
    )
    cents = ledger.query("select area_code, law, basis, cents from ledger")
    cents = cents.set_index(["law", "basis", "area_code"]).sort_index()["cents"]
    assert cents["help", "allocated"].to_dict() == {PILOT: 10000, COMPARISON: 20000}
    assert cents["help", "declared"].sum() == 2
    assert cents["help", "delivered"].sum() == 4 * 30000
    assert cents["help", "delivered"].to_dict() == {PILOT: 40000, COMPARISON: 80000}
    for basis in ("allocated", "delivered", "declared"):
        assert cents["income", basis].to_dict() == {PILOT: 33333, COMPARISON: 66667}


def test_declaration_is_split_by_the_days_that_the_arrangement_held():
    row = {"start": "2017-06-11", "end": "2017-07-31"}
    ledger = ledger_of(
        arrangements=example.arrangements(row),
        addresses=example.addresses(
            ("h", PILOT, "2010-01-01", "2017-06-10"), ("h", COMPARISON, "2017-06-11", None)
        ),
        declarations=example.declarations({"month": "2017-06-01"}),
    )
    assert total(ledger, "declared", f"area_code = '{COMPARISON}'") == 28000


def test_people_without_an_address_in_the_study_areas_are_kept_as_elsewhere():
    rows = example.arrangements(
        {"end": "2017-01-07"},
        {"end": "2017-01-07", "person_id": "b", "household_id": "away"},
        {"end": "2017-01-07", "person_id": "c", "household_id": "unknown"},
    )
    book = example.addresses(("h", PILOT, "2010-01-01", None), ("away", AWAY, "2010-01-01", None))
    ledger = ledger_of(arrangements=rows, addresses=book)
    assert total(ledger, where="area_code = ''") == 14000
    table = ledger.reconciliation.iloc[0]
    assert table[["in_study_areas_cents", "elsewhere_cents"]].tolist() == [7000, 14000]


def test_missing_household_comes_from_the_register_and_else_is_the_person():
    rows = example.arrangements({"household_id": None}, {"person_id": "b", "household_id": None})
    register = pd.DataFrame({"person_id": ["a"], "household_id": ["h"]})
    ledger = ledger_of(arrangements=rows, residents=register)
    households = ledger.query("select distinct household_id h from ledger order by h")["h"]
    assert households.tolist() == ["b", "h"]


# ---- declarations and benefits -----------------------------------------------------------------


def test_bases_are_kept_apart_and_credits_are_booked_as_credits():
    ledger = ledger_of(
        arrangements=example.arrangements({"end": "2017-01-07"}),
        declarations=example.declarations(
            {}, {"amount_eur": -280.0, "delivered_volume": -4.0, "credit_of": "D0"}, {}
        ),
    )
    assert total(ledger, "allocated") == 7000
    assert total(ledger, "delivered") == 28000
    assert total(ledger, "declared") == 28000


def test_money_of_rows_that_intake_left_out_is_part_of_the_reconciliation():
    feeds = {
        "arrangements": example.arrangements({"end": "2017-01-07"}),
        "declarations": example.declarations({}),
        "benefits": example.benefits({"end": "2017-03-31"}),
    }
    impossible = {"volume": -1.0, "assignment_no": "X2"}
    left_out = {
        "arrangements": example.arrangements({"end": "2017-01-14"}, impossible),
        "declarations": example.declarations({"amount_eur": 12.34, "assignment_no": "nobody"}),
        "benefits": example.benefits({"end": "2017-01-31"}),
    }
    data = replace(example.data(**feeds), left_out=left_out)
    plain = build_ledger(example.data(**feeds), example.codebook(), example.study())
    ledger = build_ledger(data, example.codebook(), example.study())
    before, after = (b.reconciliation.set_index(["feed", "basis"]) for b in (plain, ledger))
    more = (after - before)[["records", "source_cents", "set_aside_cents", "ledger_cents"]]
    assert more.loc["arrangements", "allocated"].tolist() == [2, 14000, 14000, 0]
    assert more.loc["declarations", "declared"].tolist() == [1, 1234, 1234, 0]
    assert more.loc["declarations", "delivered"].tolist() == [1, 0, 0, 0]
    month = before.loc[("benefits", "declared"), "source_cents"] // 3
    assert more.loc["benefits", "declared"].tolist() == [1, month, month, 0]
    assert (after["difference_cents"] == 0).all()


def test_delivered_is_volume_times_agreed_rate_whatever_was_declared():
    ledger = ledger_of(
        arrangements=example.arrangements({}),
        declarations=example.declarations({"delivered_volume": 2.5, "amount_eur": 9.99}),
    )
    assert (total(ledger, "delivered"), total(ledger, "declared")) == (17500, 999)


def test_declarations_that_cannot_be_placed_are_set_aside_with_their_amount():
    ledger = ledger_of(
        arrangements=example.arrangements({}),
        declarations=example.declarations(
            {},
            {"assignment_no": "nobody", "amount_eur": 1.0},
            {"month": "2015-12-01", "amount_eur": 2.0},
            {"month": "2019-01-01", "amount_eur": 3.0},
            {"amount_eur": np.nan},
        ),
    )
    assert aside(ledger, "no_arrangement", "declared") == (1, 100)
    assert aside(ledger, "before_cost_years", "declared") == (1, 200)
    assert aside(ledger, "after_cost_years", "declared") == (1, 300)
    assert aside(ledger, "no_amount", "declared") == (1, 0)
    row = ledger.reconciliation.query("basis == 'declared'").iloc[0]
    assert (row["source_cents"], row["set_aside_cents"]) == (28600, 600)
    assert (row["ledger_cents"], row["difference_cents"]) == (28000, 0)


def test_a_line_on_a_void_arrangement_was_paid_and_is_booked():
    void = {"start": "2017-01-02", "end": "2017-01-02", "change_reason": "13"}
    ledger = ledger_of(
        arrangements=example.arrangements(void), declarations=example.declarations({})
    )
    assert (total(ledger, "allocated"), total(ledger, "declared")) == (0, 28000)


def test_benefit_is_a_paid_amount_on_every_basis():
    ledger = ledger_of(benefits=example.benefits({"end": "2017-02-14"}))
    for basis in ("allocated", "delivered", "declared"):
        assert total(ledger, basis) == 150000


def test_open_record_that_starts_after_the_cost_years_is_counted_and_worth_nothing():
    late = example.benefits({"start": "2019-03-01"}, {"start": "2019-01-01"})
    ledger = ledger_of(benefits=late, arrangements=example.arrangements({"start": "2019-03-01"}))
    assert total(ledger) == 0
    rows = ledger.set_aside.query("reason == 'after_cost_years' and basis == 'allocated'")
    assert rows.set_index("feed")["records"].to_dict() == {"arrangements": 1, "benefits": 2}
    assert rows["cents"].tolist() == [0, 0]


def test_benefits_with_impossible_values_are_refused():
    with pytest.raises(FeedError, match="1 records with a negative amount"):
        ledger_of(benefits=example.benefits({"amount_month_eur": -1.0}))
    with pytest.raises(FeedError, match="1 records with an end before the start"):
        ledger_of(benefits=example.benefits({"end": "2016-01-01"}))


# ---- the ledger as a whole ---------------------------------------------------------------------


def test_missing_feed_leaves_its_law_out_rather_than_at_zero():
    ledger = ledger_of(arrangements=example.arrangements({}))
    book = example.codebook()
    assert ledger.has("help", "allocated", book)
    assert not ledger.has("help", "declared", book)
    assert not ledger.has("income", "declared", book)
    needed = feeds_of(example.indicator(), book)
    assert set(needed) == {"arrangements", "declarations", "benefits", "addresses", "population"}
    assert set(feeds_of(example.indicator(laws=["help"], basis="allocated"), book)) == {
        "arrangements",
        "addresses",
        "population",
    }


def test_ledger_on_disk_is_the_same_and_only_for_its_owner(tmp_path):
    feeds = example.data(
        arrangements=example.arrangements({}), benefits=example.benefits({"end": "2017-02-14"})
    )
    path = tmp_path / "products" / "ledger.duckdb"
    kept = build_ledger(feeds, example.codebook(), example.study())
    build_ledger(feeds, example.codebook(), example.study(), path).close()
    stored = open_ledger(path)
    select = "select * from ledger order by all"
    pd.testing.assert_frame_equal(stored.query(select), kept.query(select))
    for table in ("reconciliation", "set_aside", "by_year", "findings"):
        one, other = getattr(stored, table), getattr(kept, table)
        pd.testing.assert_frame_equal(one, other, check_dtype=False)
    assert stored.feeds == kept.feeds
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["ledger.duckdb"]
    stored.close()


def test_ledger_without_any_feed_is_empty():
    ledger = ledger_of()
    assert total(ledger) == 0
    assert ledger.reconciliation.empty


def _value_of_day(row, day):
    """The exact value of one day of one record, in cents."""
    value = Fraction(str(row["volume"])) * Fraction(str(row["rate_eur"])) * 100
    months = monthrange(day.year, day.month)[1]
    days = {"1": 1, "2": 7, "3": 28, "4": months, "5": 366 if isleap(day.year) else 365}
    whole = (row["end"].date() - row["start"].date()).days + 1
    return value / days.get(row["frequency"], whole)


def test_ledger_agrees_with_a_loop_over_records_and_days():
    """Brute force: 60 records of 12 people who move, day by day in exact fractions."""
    rng = np.random.default_rng(20)
    start = pd.Timestamp(2016, 1, 1) + pd.to_timedelta(rng.integers(0, 700, 60), "D")
    rows = [
        {
            "person_id": f"p{i % 12}",
            "household_id": f"h{i % 12 // 2}",
            "product_code": f"{'02' if i % 2 else '45'}",
            "start": start[i],
            "end": start[i] + pd.Timedelta(days=int(rng.integers(0, 300))),
            "frequency": str(rng.integers(1, 7)),
            "volume": float(rng.integers(1, 40)) / 4,
            "rate_eur": float(rng.integers(1000, 9000)) / 100,
        }
        for i in range(60)
    ]
    frame = example.arrangements(*rows)
    moved = {h: date(2016, 12, 1) + timedelta(days=7 * h) for h in range(6)}
    book = example.addresses(
        *((f"h{h}", PILOT, "2010-01-01", str(day)) for h, day in moved.items()),
        *((f"h{h}", COMPARISON, str(day + timedelta(2)), None) for h, day in moved.items()),
    )
    exact, pieces = Counter(), Counter()
    ordered = frame.sort_values(["start", "assigned_on", "assignment_no"]).to_dict("records")
    for position, row in enumerate(ordered):
        same = [
            other["start"].date()
            for other in ordered[position + 1 :]
            if (other["person_id"], other["product_code"])
            == (row["person_id"], row["product_code"])
        ]
        touched, day = set(), row["start"].date()
        while day <= row["end"].date() and day < min(same, default=date.max):
            move = moved[int(row["household_id"][1:])]
            area = PILOT if day <= move else COMPARISON if day >= move + timedelta(2) else ""
            if day <= date(2018, 12, 31):
                key = (row["person_id"], row["product_code"], area, day.replace(day=1))
                exact[key] += _value_of_day(row, day)
                touched.add(key)
            day += timedelta(1)
        pieces.update(touched)
    ledger = ledger_of(arrangements=frame, addresses=book)
    found = ledger.query("select person_id, product_code, area_code, month, cents from ledger")
    booked = {
        (row.person_id, row.product_code, row.area_code, row.month.date()): row.cents
        for row in found.itertuples()
    }
    assert set(booked) <= set(exact)
    assert all(abs(booked.get(key, 0) - exact[key]) < pieces[key] for key in exact)
    assert abs(sum(booked.values()) - sum(exact.values())) < len(frame)


def test_a_household_that_leaves_the_study_areas_is_seen_to_leave_an_open_address():
    spells = pd.DataFrame(
        {
            "household_id": ["h", "h"],
            "area_code": ["A", "outside the study"],
            "start": pd.to_datetime(["2001-01-01", "2001-03-01"]),
            "end": pd.to_datetime([None, None]),
        }
    )
    book = address_book(spells, ("A", "B"))
    days = day_numbers(pd.Series(pd.to_datetime(["2001-02-28", "2001-03-01"])))
    number = book.numbers(pd.Series(["h", "h"]))
    pieces, place = book.cut(number, days, days)
    assert book.area[place][pieces.row.argsort()].tolist() == ["A", ""]


def test_parquet_file_holds_the_relation_in_whole_cents_for_its_owner_only(tmp_path):
    feeds = example.data(
        arrangements=example.arrangements({}, {"person_id": "b", "product_code": "45"}),
        declarations=example.declarations({}, {"amount_eur": -0.01}),
        benefits=example.benefits({"end": "2017-02-14"}),
    )
    ledger = build_ledger(feeds, example.codebook(), example.study())
    path = write_parquet(ledger, tmp_path / "products")
    assert write_parquet(ledger, tmp_path / "products") == path  # again, in place
    assert [p.name for p in path.parent.iterdir()] == ["ledger.parquet"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = pd.read_parquet(path)
    select = "select * from ledger order by all"
    expected = ledger.query(select)
    assert list(read.columns) == [c for c in read.columns if c in expected.columns]
    columns = list(expected.columns)
    found = read[columns].assign(month=pd.to_datetime(read["month"]))
    found = found.sort_values(columns, ignore_index=True)
    expected = expected.sort_values(columns, ignore_index=True)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert read["cents"].dtype == read["days"].dtype == np.dtype("int64")
