"""The ledger as a whole: what may be cut, moved or shuffled without changing a cent."""

from __future__ import annotations

import sys
from calendar import isleap, monthrange
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "spec"))

import costs_example as example
from costs_example import AWAY, COMPARISON, PILOT

from evaluatie.costs import build_ledger, cost_cells

STUDY, BOOK = example.study(), example.codebook()
FIRST, LAST = date(2016, 1, 1), date(2018, 12, 31)
DAYS = (LAST - FIRST).days
HOUSEHOLDS = ("h", "i")


@st.composite
def arrangements(draw, frequencies="12345", closed=False):
    rows = []
    for number in range(draw(st.integers(1, 5))):
        start = FIRST + timedelta(draw(st.integers(-40, DAYS)))
        length = draw(st.integers(0, 400) if closed else st.none() | st.integers(0, 400))
        household = draw(st.sampled_from([*HOUSEHOLDS, "nowhere"]))
        rows.append(
            {
                "assignment_no": f"A{number}",
                "person_id": household + draw(st.sampled_from("12")),
                "household_id": household,
                "product_code": draw(st.sampled_from(["02", "45"])),
                "provider_id": draw(st.sampled_from(["v", "w", None])),
                "start": str(start),
                "end": None if length is None else str(start + timedelta(length)),
                "volume": draw(st.integers(0, 80)) / 4,
                "frequency": draw(st.sampled_from(frequencies)),
                "rate_eur": draw(st.integers(1, 9_999)) / 100,
            }
        )
    return example.arrangements(*rows)


@st.composite
def declarations(draw):
    rows = [
        {
            "assignment_no": f"A{draw(st.integers(0, 6))}",
            "month": str((FIRST + timedelta(draw(st.integers(-60, DAYS + 60)))).replace(day=1)),
            "amount_eur": draw(st.integers(-20_000, 99_999)) / 100,
            "delivered_volume": draw(st.integers(-10, 40)) / 4,
        }
        for _ in range(draw(st.integers(1, 8)))
    ]
    return example.declarations(*rows)


@st.composite
def stays(draw):
    """For each household consecutive stays, sometimes elsewhere, sometimes with a gap."""
    rows = []
    for household in HOUSEHOLDS:
        start = FIRST - timedelta(draw(st.integers(0, 200)))
        for _ in range(draw(st.integers(1, 4))):
            end = start + timedelta(draw(st.integers(0, 500)))
            area = draw(st.sampled_from([PILOT, COMPARISON, AWAY]))
            rows.append((household, area, str(start), str(end)))
            start = end + timedelta(draw(st.sampled_from([1, 1, 9])))
    return example.addresses(*rows)


def ledger_of(**feeds):
    return build_ledger(example.data(**feeds), BOOK, STUDY)


def frame_of(ledger, but=()):
    keys = ["person_id", "household_id", "area_code", "law", "product_code", "provider_id"]
    columns = ", ".join(k for k in [*keys, "month", "basis"] if k not in but)
    return ledger.query(
        f"select {columns}, sum(days)::bigint as days, sum(cents)::bigint as cents from ledger "
        "group by all having sum(days) <> 0 or sum(cents) <> 0 order by all"
    )


@settings(max_examples=12, deadline=None)
@given(arrangements(closed=True), stays(), st.data())
def test_splitting_an_arrangement_at_any_day_does_not_change_cost(rows, homes, data):
    at = data.draw(st.integers(0, len(rows) - 1))
    row = rows.iloc[at]
    length = (row["end"] - row["start"]).days
    if not length:
        return
    cut = row["start"] + pd.Timedelta(days=data.draw(st.integers(1, length)))
    first = rows.assign(end=rows["end"].mask(rows.index == at, cut - pd.Timedelta(days=1)))
    second = rows.iloc[[at]].assign(start=cut, assignment_no="B")
    split = pd.concat([first, second], ignore_index=True)
    alone = {"person_id": [f"p{i}" for i in range(len(rows))]}  # nobody replaces another record
    whole = ledger_of(arrangements=rows.assign(**alone), addresses=homes)
    alone = {"person_id": [*alone["person_id"], f"p{at}"]}
    parts = ledger_of(arrangements=split.assign(**alone), addresses=homes)
    pd.testing.assert_frame_equal(frame_of(whole), frame_of(parts))


@settings(max_examples=12, deadline=None)
@given(arrangements("123456"), declarations(), stays(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(rows, lines, homes, random):
    def shuffled(frame):
        order = list(range(len(frame)))
        random.shuffle(order)
        return frame.iloc[order].reset_index(drop=True)

    feeds = {"arrangements": rows, "declarations": lines, "addresses": homes}
    one = ledger_of(**feeds)
    other = ledger_of(**{name: shuffled(frame) for name, frame in feeds.items()})
    pd.testing.assert_frame_equal(frame_of(one), frame_of(other))
    for table in ("reconciliation", "set_aside", "by_year", "findings"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table))


@settings(max_examples=12, deadline=None)
@given(arrangements("123456"), declarations(), stays(), st.data())
def test_splitting_a_stay_changes_nothing(rows, lines, homes, data):
    at = data.draw(st.integers(0, len(homes) - 1))
    stay = homes.iloc[at]
    days = (stay["end"] - stay["start"]).days
    if not days:
        return
    cut = stay["start"] + pd.Timedelta(days=data.draw(st.integers(1, days)))
    first = homes.assign(end=homes["end"].mask(homes.index == at, cut - pd.Timedelta(days=1)))
    split = pd.concat([first, homes.iloc[[at]].assign(start=cut)], ignore_index=True)
    feeds = {"arrangements": rows, "declarations": lines}
    one, other = (ledger_of(addresses=book, **feeds) for book in (homes, split))
    pd.testing.assert_frame_equal(frame_of(one), frame_of(other))


@settings(max_examples=12, deadline=None)
@given(arrangements("123456"), declarations(), stays())
def test_areas_and_elsewhere_add_up_to_the_total_wherever_people_lived(rows, lines, homes):
    feeds = {"arrangements": rows, "declarations": lines}
    moved = ledger_of(addresses=homes, **feeds)
    home = ledger_of(
        addresses=example.addresses(*((h, PILOT, "2000-01-01", None) for h in HOUSEHOLDS)), **feeds
    )
    pd.testing.assert_frame_equal(frame_of(moved, ["area_code"]), frame_of(home, ["area_code"]))
    cells = cost_cells(moved, STUDY, BOOK)
    single = cells[cells["law"].isin(["help", "youth"])]
    by_level = {
        level: mine.groupby("basis")["cents"].sum() for level, mine in single.groupby("level")
    }
    assert by_level["area"].equals(by_level["side"])
    inside = moved.query(
        "select basis, sum(cents)::bigint c from ledger where area_code <> '' group by all"
    ).set_index("basis")["c"]
    assert by_level["area"][lambda c: c != 0].to_dict() == inside[lambda c: c != 0].to_dict()


def _by_hand(rows, homes):
    """Return exact cents and number of pieces per person, product, area and month, day by day."""
    exact, pieces = Counter(), Counter()
    order = rows.sort_values(["start", "assigned_on", "assignment_no"]).to_dict("records")
    stays_of = [
        (r.household_id, r.start.date(), r.end.date(), "" if r.area_code == AWAY else r.area_code)
        for r in homes.itertuples()
    ]
    for position, row in enumerate(order):
        who = row["person_id"], row["product_code"]
        later = [r for r in order[position + 1 :] if (r["person_id"], r["product_code"]) == who]
        stop = min([r["start"].date() for r in later], default=date.max)
        last = LAST if pd.isna(row["end"]) else min(row["end"].date(), LAST)
        last = min(last, stop - timedelta(1))
        value = 100 * Fraction(str(row["volume"])) * Fraction(str(row["rate_eur"]))
        days, touched = Counter(), set()
        for n in range((last - max(row["start"].date(), FIRST)).days + 1):
            day = max(row["start"].date(), FIRST) + timedelta(n)
            stay = next(
                (s for s in stays_of if s[0] == row["household_id"] and s[1] <= day <= s[2]),
                (None, None, None, ""),
            )
            key = (*who, stay[3], day.replace(day=1))
            days[key] += 1
            touched.add((key, stay))
        for key, count in days.items():
            month = key[3]
            per = {
                "1": 1, "2": 7, "3": 28, "4": monthrange(month.year, month.month)[1],
                "5": 366 if isleap(month.year) else 365,
            }[row["frequency"]]  # fmt: skip
            exact[key] += count * value / per
        pieces.update(key for key, _ in touched)
    return exact, pieces


@settings(max_examples=12, deadline=None)
@given(arrangements(), stays())
def test_ledger_is_that_of_a_loop_over_days_in_fractions(rows, homes):
    """Every cell is less than one cent per piece from its exact value; the whole one per record."""
    exact, pieces = _by_hand(rows, homes)
    ledger = ledger_of(arrangements=rows, addresses=homes)
    found = ledger.query(
        "select person_id p, product_code k, area_code a, month m, sum(cents)::bigint c "
        "from ledger group by all"
    )
    booked = {(r.p, r.k, r.a, r.m.date()): r.c for r in found.itertuples()}
    assert set(booked) <= set(exact)
    for key, cents in exact.items():
        assert abs(booked.get(key, 0) - cents) < pieces[key]
    assert abs(sum(booked.values()) - sum(exact.values())) <= len(rows)
