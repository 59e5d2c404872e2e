"""Whatever the records, the ledger neither loses nor invents a cent."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluatie.costs.booking.allocated import book_arrangements
from evaluatie.costs.booking.benefits import book_benefits
from evaluatie.costs.booking.codes import ArrangementCodes
from evaluatie.costs.booking.declared import book_declarations
from evaluatie.costs.booking.episodes import build_episodes
from evaluatie.costs.booking.places import address_book
from evaluatie.costs.booking.valuation import PERIODS, split_cents

CODES = ArrangementCodes(
    period=MappingProxyType({str(i): name for i, name in enumerate(PERIODS)}),
    units=MappingProxyType({"hour": False, "euro": True}),
    void=frozenset({"void"}),
    law=MappingProxyType({"x": "help", "y": "youth"}),
)
FIRST, HORIZON = pd.Timestamp(2016, 1, 1), pd.Timestamp(2018, 12, 31)
ORIGIN = pd.Timestamp(2015, 6, 1)
AREAS = ("P1", "C1")
MONEY = st.integers(1, 20_000).map(lambda cents: cents / 100)


@st.composite
def records(draw):
    count = draw(st.integers(1, 8))
    rows = []
    for number in range(count):
        start = draw(st.integers(0, 1500))
        length = draw(st.none() | st.integers(0, 500))
        rows.append(
            {
                "assignment_no": f"A{number}",
                "person_id": draw(st.sampled_from("ab")),
                "household_id": draw(st.sampled_from(["h", "i", "nowhere"])),
                "product_code": draw(st.sampled_from("xy")),
                "provider_id": "v",
                "assigned_on": ORIGIN + pd.Timedelta(days=draw(st.integers(0, 9))),
                "start": ORIGIN + pd.Timedelta(days=start),
                "end": pd.NaT if length is None else ORIGIN + pd.Timedelta(days=start + length),
                "change_reason": draw(st.sampled_from(["void", "other", None])),
                "volume": draw(st.integers(0, 400).map(lambda n: n / 4) | st.just(np.nan)),
                "unit": draw(st.sampled_from(["hour", "euro"])),
                "frequency": draw(st.sampled_from(sorted(CODES.period))),
                "rate_eur": draw(MONEY | st.just(np.nan)),
            }
        )
    return _dated(pd.DataFrame(rows))


@st.composite
def moves(draw):
    """Spells of two households: gaps, overlaps, moves in the middle of a month, other areas."""
    rows = []
    for household in ("h", "i"):
        for _ in range(draw(st.integers(0, 4))):
            start = ORIGIN + pd.Timedelta(days=draw(st.integers(-900, 1500)))
            length = draw(st.none() | st.integers(0, 900))
            end = pd.NaT if length is None else start + pd.Timedelta(days=length)
            rows.append((household, draw(st.sampled_from(["P1", "C1", "Z9"])), start, end))
    frame = pd.DataFrame(rows, columns=["household_id", "area_code", "start", "end"])
    return address_book(_dated(frame), AREAS)


def _dated(frame):
    dates = [c for c in ("assigned_on", "start", "end", "month") if c in frame]
    return frame.assign(**{c: pd.to_datetime(frame[c]).astype("datetime64[ns]") for c in dates})


def _episodes(frame):
    return build_episodes(frame, CODES, FIRST, HORIZON)


def _source(booked, basis):
    return booked.source.loc[booked.source["basis"] == basis, "cents"].sum()


def _aside(booked, basis):
    return booked.set_aside.loc[booked.set_aside["basis"] == basis, "cents"].sum()


def _ledger(bookings, book, keys=("person_id", "product_code", "provider_id")):
    """Cents and days per person, product, area, month and basis; cells without either left out."""
    pieces = bookings.pieces.join(bookings.records.reset_index(drop=True), on="record")
    pieces["area"] = book.area[pieces["place"].to_numpy()]
    summed = pieces.groupby([*keys, "area", "month", "basis"])[["cents", "days"]].sum()
    return summed[(summed != 0).any(axis=1)].sort_index()


@settings(max_examples=60, deadline=None)
@given(records(), moves())
def test_source_is_ledger_plus_set_aside_to_the_cent(frame, book):
    booked = book_arrangements(_episodes(frame), book)
    source, aside = booked.source["cents"].sum(), booked.set_aside["cents"].sum()
    assert source == aside + booked.pieces["cents"].sum()
    assert (booked.pieces["cents"] >= 0).all()
    assert (booked.set_aside["cents"] >= 0).all()


@settings(max_examples=50, deadline=None)
@given(records(), moves(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(frame, book, random):
    order = list(range(len(frame)))
    random.shuffle(order)
    shuffled = frame.iloc[order].reset_index(drop=True)
    one, other = (book_arrangements(_episodes(f), book) for f in (frame, shuffled))
    pd.testing.assert_frame_equal(_ledger(one, book), _ledger(other, book))
    pd.testing.assert_frame_equal(one.set_aside, other.set_aside)


@settings(max_examples=60, deadline=None)
@given(records(), moves(), st.data())
def test_splitting_an_arrangement_in_two_adjacent_ones_changes_no_cent(frame, book, data):
    """Holds for every frequency that is a rate; a total has no meaning for half a period."""
    frame = frame[frame["frequency"] != str(PERIODS.index("total"))].reset_index(drop=True)
    frame = frame[frame["end"] > frame["start"]].reset_index(drop=True)
    frame = frame.assign(change_reason="other")
    if frame.empty:
        return
    row = frame.iloc[data.draw(st.integers(0, len(frame) - 1))]
    cut = row["start"] + pd.Timedelta(
        days=data.draw(st.integers(1, (row["end"] - row["start"]).days))
    )
    first = frame.assign(end=frame["end"].mask(frame.index == row.name, cut - pd.Timedelta(days=1)))
    second = frame.loc[[row.name]].assign(start=cut, assignment_no="A-second")
    split = pd.concat([first, second], ignore_index=True)
    alone = {"person_id": np.arange(len(frame)).astype(str)}  # nobody replaces another record
    whole = _ledger(book_arrangements(_episodes(frame.assign(**alone)), book), book)
    people = np.append(alone["person_id"], str(row.name))
    parts = _ledger(book_arrangements(_episodes(split.assign(person_id=people)), book), book)
    pd.testing.assert_frame_equal(whole, parts)


@settings(max_examples=50, deadline=None)
@given(records(), moves(), st.data())
def test_declared_lines_are_booked_whole_wherever_the_household_moved(frame, book, data):
    count = data.draw(st.integers(1, 10))
    lines = pd.DataFrame(
        {
            "assignment_no": [f"A{data.draw(st.integers(0, 9))}" for _ in range(count)],
            "month": [
                pd.Timestamp(2015 + m // 12, 1 + m % 12, 1)
                for m in (data.draw(st.integers(0, 59)) for _ in range(count))
            ],
            "delivered_volume": [data.draw(st.integers(-40, 40)) / 4 for _ in range(count)],
            "amount_eur": [data.draw(st.integers(-99_999, 99_999)) / 100 for _ in range(count)],
        }
    )
    booked = book_declarations(_dated(lines), frame, CODES, book, FIRST, HORIZON)
    sums = booked.pieces.groupby("basis")["cents"].sum()
    for position, basis in ((1, "delivered"), (2, "declared")):
        assert _source(booked, basis) == _aside(booked, basis) + sums.get(position, 0)
    exact = round(100 * lines["amount_eur"].sum())
    assert _source(booked, "declared") == exact


@settings(max_examples=30, deadline=None)
@given(records(), moves())
def test_benefits_are_the_same_to_the_cent_on_every_basis(frame, book):
    spells = frame.assign(amount_month_eur=frame["rate_eur"])
    booked = book_benefits(spells, "income", book, FIRST, HORIZON)
    sums = booked.pieces.groupby("basis")["cents"].sum()
    assert len(set(sums)) <= 1
    for position, basis in enumerate(("allocated", "delivered", "declared")):
        assert _source(booked, basis) == _aside(booked, basis) + sums.get(position, 0)


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_shares_of_an_amount_add_up_and_are_a_cent_from_exact(cents, days):
    if not (whole := sum(days)):
        return
    days_of = np.array(days, dtype=np.int64)
    before = np.cumsum(days_of) - days_of
    shares = split_cents(np.full(len(days), cents), before, days_of, np.full(len(days), whole))
    assert shares.sum() == cents
    assert (np.abs(shares - cents * days_of / whole) <= 1).all()


@settings(max_examples=50, deadline=None)
@given(records(), moves())
def test_days_of_care_are_those_of_the_episodes_wherever_people_lived(frame, book):
    episodes = _episodes(frame)
    booked = book_arrangements(episodes, book)
    days = (episodes.frame["end"] - episodes.frame["start"]).dt.days + 1
    by_record = booked.pieces.groupby("record")[["days", "cents"]].sum()
    assert by_record["days"].tolist() == days.tolist()
    assert by_record["cents"].tolist() == episodes.frame["cents"].tolist()
    moved = replace(book, area=np.full(len(book.area), "P1", dtype=object))
    elsewhere = book_arrangements(episodes, moved).pieces["cents"].sum()
    assert elsewhere == booked.pieces["cents"].sum()
