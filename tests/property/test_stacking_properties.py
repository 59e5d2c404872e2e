"""However the records are cut or ordered: what runs at once, and for how long, is the same."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluatie.costs.households.care import COUNTED, care_spells, steps_of, united
from evaluatie.costs.households.episodes import stacking_episodes
from evaluatie.costs.households.residence import Residence

sys.path.append(str(Path(__file__).parents[1] / "spec"))

import costs_example as example

BOOK, STUDY = example.codebook(), example.study()
INDICATOR = example.indicator(kind="stacking", minimum=2, basis=None)
PEOPLE = {f"p{k}": "hi"[k % 2] for k in range(5)}
REGISTER = pd.DataFrame({"person_id": list(PEOPLE), "household_id": list(PEOPLE.values())})
FIRST = int(np.datetime64("2017-01-20", "D").astype(int))
MONTHS = pd.date_range("2016-01-01", "2018-12-31", freq="MS")


def homes_of(households=("h", "i")):
    area = np.zeros((len(households), len(MONTHS)), dtype=np.int16)
    return Residence(pd.Index(households), MONTHS, (example.PILOT,), area)


@st.composite
def spells(draw):
    rows = [
        {
            "household": draw(st.integers(0, 1)),
            "person_id": draw(st.sampled_from("ab")),
            "law": draw(st.sampled_from(["help", "youth", "income"])),
            "product_code": draw(st.sampled_from(["x", "y"])),
            "provider_id": draw(st.sampled_from(["v", "w", ""])),
            "first": FIRST + (start := draw(st.integers(0, 80))),
            "last": FIRST + start + draw(st.integers(0, 40)),
            "ended": draw(st.sampled_from(["p", "q", ""])),
        }
        for _ in range(draw(st.integers(1, 9)))
    ]
    return pd.DataFrame(rows)


def brute(frame, what):
    """The different things of each household on each day, as sets."""
    found = defaultdict(set)
    for row in frame.to_dict("records"):
        if what == "providers" and not row["provider_id"]:
            continue
        for day in range(row["first"], row["last"] + 1):
            found[row["household"], day].add(tuple(row[key] for key in COUNTED[what]))
    return {place: len(things) for place, things in found.items()}


@settings(max_examples=60, deadline=None)
@given(spells(), st.sampled_from(sorted(COUNTED)))
def test_numbers_at_once_are_those_of_counting_every_day(frame, what):
    steps, expected = steps_of(frame, what), brute(frame, what)
    for household in (0, 1):
        days = np.arange(FIRST - 2, FIRST + 125)
        found = steps.at(np.full(len(days), household), days)
        assert found.tolist() == [expected.get((household, int(d)), 0) for d in days]


@settings(max_examples=40, deadline=None)
@given(spells(), st.sampled_from(sorted(COUNTED)))
def test_month_has_the_highest_number_of_its_days(frame, what):
    highest = steps_of(frame, what).monthly_highest(homes_of())
    expected = np.zeros_like(highest)
    for (household, day), number in brute(frame, what).items():
        month = int(np.datetime64(day, "D").astype("datetime64[M]").astype(int)) - 46 * 12
        expected[household, month] = max(expected[household, month], number)
    assert (highest == expected).all()


@settings(max_examples=60, deadline=None)
@given(spells(), st.integers(1, 3))
def test_episodes_are_the_maximal_runs_of_days(frame, minimum):
    found = stacking_episodes(frame, minimum, homes_of(), STUDY)
    expected = {place for place, n in brute(frame, "laws").items() if n >= minimum}
    days = [
        (row["household"], day)
        for row in found.to_dict("records")
        for day in range(row["first"], row["last"] + 1)
    ]
    assert len(days) == len(set(days))
    assert set(days) == expected
    for row in found.to_dict("records"):
        assert (row["household"], row["first"] - 1) not in expected
        assert (row["household"], row["last"] + 1) not in expected


@settings(max_examples=60, deadline=None)
@given(spells())
def test_reason_of_an_end_comes_from_a_record_that_was_the_last_of_its_law(frame):
    laws = {
        (h, law): {day for row in part.itertuples() for day in range(row.first, row.last + 1)}
        for (h, law), part in frame.groupby(["household", "law"])
    }
    for run in stacking_episodes(frame, 2, homes_of(), STUDY).to_dict("records"):
        closing = frame[(frame["household"] == run["household"]) & (frame["last"] == run["last"])]
        reasons = {
            row.ended
            for row in closing.itertuples()
            if run["last"] + 1 not in laws[run["household"], row.law]
        }
        only = reasons.pop() if len(reasons) == 1 else "several"
        assert run["ended"] == (only or "unknown")


@settings(max_examples=60, deadline=None)
@given(spells(), st.randoms(use_true_random=False), st.data())
def test_order_and_cutting_a_record_at_a_day_change_nothing(frame, random, data):
    order = list(range(len(frame)))
    random.shuffle(order)
    changed = frame.iloc[order].reset_index(drop=True)
    row = data.draw(st.integers(0, len(changed) - 1))
    first, last = changed.loc[row, ["first", "last"]]
    if last > first:
        cut = data.draw(st.integers(first, last - 1))
        rest = changed.loc[[row]].assign(first=cut + 1)
        changed.loc[row, ["last", "ended"]] = [cut, "p"]
        changed = pd.concat([changed, rest], ignore_index=True)
    for what, keys in COUNTED.items():
        one, other = steps_of(frame, what), steps_of(changed, what)
        assert [*zip(one.household, one.day, one.number, strict=True)] == [
            *zip(other.household, other.day, other.number, strict=True)
        ]
        assert sorted(zip(*united(frame, keys), strict=True)) == sorted(
            zip(*united(changed, keys), strict=True)
        )
    episodes = [stacking_episodes(f, 2, homes_of(), STUDY) for f in (frame, changed)]
    pd.testing.assert_frame_equal(*(e.drop(columns="ended") for e in episodes))


@st.composite
def records(draw):
    """One record per person: of two that overlap the later would replace the earlier."""
    rows = []
    for person in list(PEOPLE)[: draw(st.integers(1, 5))]:
        start = pd.Timestamp("2016-06-01") + pd.Timedelta(days=draw(st.integers(0, 600)))
        length = draw(st.none() | st.integers(0, 300))
        rows.append(
            {
                "person_id": person,
                "household_id": PEOPLE[person],
                "product_code": draw(st.sampled_from(["02", "45"])),
                "provider_id": draw(st.sampled_from(["v", "w"])),
                "start": start,
                "end": None if length is None else start + pd.Timedelta(days=length),
                "change_reason": "90",
            }
        )
    return example.arrangements(*rows)


@settings(max_examples=30, deadline=None)
@given(records(), st.data())
def test_splitting_an_arrangement_in_the_feed_changes_no_stacking(frame, data):
    row = data.draw(st.integers(0, len(frame) - 1))
    chosen = frame.loc[row]
    if pd.isna(chosen["end"]) or chosen["end"] <= chosen["start"]:
        return
    span = (chosen["end"] - chosen["start"]).days
    cut = chosen["start"] + pd.Timedelta(days=data.draw(st.integers(1, span)))
    head = frame.assign(end=frame["end"].mask(frame.index == row, cut - pd.Timedelta(days=1)))
    tail = frame.loc[[row]].assign(start=cut, assignment_no="A-second")
    homes = homes_of()
    found = [
        care_spells(example.data(arrangements=f, residents=REGISTER), INDICATOR, BOOK, STUDY, homes)
        for f in (frame, pd.concat([head, tail], ignore_index=True))
    ]
    for what in COUNTED:
        one, other = (steps_of(f, what).monthly_highest(homes) for f in found)
        assert (one == other).all()
