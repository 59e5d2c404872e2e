"""Arrangements at scale: active cost per month and the most at the same time, by brute force."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluatie.costs.booking.places import Stretches, cut_at_months, month_numbers
from evaluatie.costs.booking.valuation import PARTS_PER_CENT, PERIODS, Tariff
from evaluatie.costs.volume.active import (
    Accruals,
    active_arrangements_per_month,
    active_cost_per_month,
)
from evaluatie.costs.volume.chunks import read_chunks
from evaluatie.costs.volume.simultaneous import Holdings, most_at_once
from evaluatie.errors import FeedError, RefusedError


def day(year: int, month: int, number: int) -> int:
    return (date(year, month, number) - date(1970, 1, 1)).days


OPENING, HORIZON = day(2016, 1, 10), day(2016, 6, 20)
MONTHS = [month_numbers(np.array([n]))[0] for n in range(OPENING, HORIZON + 1)]


def drawn(count: int, seed: int) -> tuple[np.ndarray, ...]:
    """Return cell, household, first, last, rate; some outside the window, some without days."""
    rng = np.random.default_rng(seed)
    first = rng.integers(OPENING - 40, HORIZON + 40, count)
    last = first + rng.integers(-3, 90, count)
    return (
        rng.integers(0, 3, count), rng.integers(0, 5, count), first, last,
        rng.integers(-50, 5000, count),
    )  # fmt: skip


def arrays(*columns: list[int]) -> list[np.ndarray]:
    return [np.array(column, dtype=np.int64) for column in columns]


def test_active_cost_is_that_of_a_loop_over_days():
    cell, _, first, last, rate = drawn(60, 1)
    months = range(MONTHS[0], MONTHS[-1] + 1)
    expected = np.zeros((3, len(months)), dtype=np.int64)
    for row in range(60):
        for number in range(OPENING, HORIZON + 1):
            if first[row] <= number <= last[row]:
                expected[cell[row], MONTHS[number - OPENING] - MONTHS[0]] += rate[row]
    found = active_cost_per_month([Accruals(cell, first, last, rate)], 3, OPENING, HORIZON)
    assert found.months.tolist() == list(months)
    assert found.days.tolist() == [22, 29, 31, 30, 31, 20]
    assert np.array_equal(found.rate_days, expected)
    assert np.array_equal(found.per_day_rate(), expected)


def test_active_arrangements_are_those_of_a_loop_over_days():
    cell, _, first, last, rate = drawn(60, 2)
    expected = np.zeros((3, 6), dtype=np.int64)
    for row in range(60):
        held = {MONTHS[n - OPENING] for n in range(OPENING, HORIZON + 1)
                if first[row] <= n <= last[row]}  # fmt: skip
        for month in held:
            expected[cell[row], month - MONTHS[0]] += 1
    found = active_arrangements_per_month([Accruals(cell, first, last, rate)], 3, OPENING, HORIZON)
    assert np.array_equal(found, expected)


def test_the_most_at_once_is_that_of_a_loop_over_days():
    _, household, first, last, _ = drawn(80, 3)
    expected = np.zeros(7, dtype=int)
    for number in range(OPENING, HORIZON + 1):
        active = np.bincount(household[(first <= number) & (number <= last)], minlength=7)
        expected = np.maximum(expected, active)
    found = most_at_once([Holdings(household, first, last)], 7, OPENING, HORIZON)
    assert found.tolist() == expected.tolist()
    assert found[5:].tolist() == [0, 0]  # households without any arrangement


def test_arrangements_that_follow_one_another_are_not_at_the_same_time():
    household, first, last = arrays([0, 0, 1, 1], [0, 10, 0, 9], [9, 19, 9, 19])
    found = most_at_once([Holdings(household, first, last)], 2, 0, 30)
    assert found.tolist() == [1, 2]


def test_households_of_many_buckets_keep_their_own_count():
    rng = np.random.default_rng(4)
    households = 100_000  # seven buckets
    household = np.append(rng.integers(0, households, 3_000), [households - 1, households - 1])
    first = rng.integers(0, 2_000, len(household))
    last = np.append(first[:-2] + rng.integers(0, 400, len(household) - 2), [2_100, 2_100])
    chunks = [Holdings(household[i::3], first[i::3], last[i::3]) for i in range(3)]
    found = most_at_once(chunks, households, 0, 2_191)
    for number in [*rng.choice(household, 200), households - 1]:
        mine = household == number
        days = [np.arange(a, b + 1) for a, b in zip(first[mine], last[mine], strict=True)]
        assert found[number] == np.bincount(np.concatenate(days)).max()


@pytest.mark.parametrize("unit", ["day", "week", "four_weeks", "month"])
def test_active_cost_is_the_ledger_without_its_rounding(unit):
    _, _, first, last, _ = drawn(200, 5)
    first, last = np.clip(first, OPENING, None), np.clip(last, None, HORIZON)
    parts = np.random.default_rng(6).integers(0, 30_000_000, 200)
    ledger, exact, pieces = booked(unit, parts, first, last)
    accruals = Accruals(np.zeros(200, dtype=np.int64), first, last, parts)
    found = active_cost_per_month([accruals], 1, OPENING, HORIZON)
    amounts = found.per_month_rate() if unit == "month" else found.per_day_rate(DAYS[unit])
    assert all(abs(amount - value) <= Fraction(1, 2) for amount, value in zip(
        amounts[0].tolist(), exact, strict=True))  # fmt: skip
    # each piece of the ledger is less than a cent from its exact value
    assert (np.abs(amounts[0] - ledger * PARTS_PER_CENT) <= pieces * PARTS_PER_CENT).all()


DAYS = {"day": 1, "week": 7, "four_weeks": 28}


def booked(unit: str, parts: np.ndarray, first: np.ndarray, last: np.ndarray) -> tuple:
    """Return, per month: cents by the ledger's own rule, exact parts, and number of pieces."""
    everyone = np.arange(len(parts))
    pieces, month = cut_at_months(Stretches(everyone, first, last))
    count = len(parts)
    tariff = Tariff(
        period=np.full(count, PERIODS.index(unit), dtype=np.int8), parts=parts,
        origin=first, span=np.ones(count, dtype=np.int64),
    )  # fmt: skip
    cents = tariff.take(pieces.row).cents(pieces.first, pieces.last)
    ledger, exact = np.zeros(6, dtype=np.int64), [Fraction(0)] * 6
    np.add.at(ledger, month - MONTHS[0], cents)
    for row, begin, end, number in zip(
        pieces.row, pieces.first, pieces.last, month - MONTHS[0], strict=True
    ):
        per = DAYS.get(unit) or [31, 29, 31, 30, 31, 30][number]
        exact[number] += Fraction(int(parts[row]) * int(end - begin + 1), per)
    return ledger, exact, np.bincount(month - MONTHS[0], minlength=6)


@pytest.mark.parametrize(("unit", "whole_months"), [("day", False), ("month", True)])
def test_active_cost_is_the_ledger_to_the_cent_where_each_piece_is_whole_cents(unit, whole_months):
    rng = np.random.default_rng(7)
    first = rng.integers(OPENING, HORIZON, 100)
    last = np.minimum(first + rng.integers(0, 80, 100), HORIZON)
    if whole_months:
        first, last = np.full(100, day(2016, 2, 1)), np.full(100, day(2016, 5, 31))
    cents = rng.integers(0, 90_000, 100)
    ledger, _, _ = booked(unit, cents * PARTS_PER_CENT, first, last)
    accruals = Accruals(np.zeros(100, dtype=np.int64), first, last, cents)
    found = active_cost_per_month([accruals], 1, OPENING, HORIZON)
    amounts = found.per_month_rate() if unit == "month" else found.per_day_rate()
    assert amounts[0].tolist() == ledger.tolist()


def test_no_chunk_at_all_is_zero_everywhere():
    assert active_cost_per_month([], 2, OPENING, HORIZON).rate_days.tolist() == [[0] * 6] * 2
    assert most_at_once([], 3, OPENING, HORIZON).tolist() == [0, 0, 0]


def test_a_number_that_does_not_exist_is_counted_and_refused():
    first, last, rate = arrays([0, 0], [5, 5], [1, 1])
    with pytest.raises(RefusedError, match="1 stretches have a cell that does not exist"):
        active_cost_per_month([Accruals(np.array([0, 3]), first, last, rate)], 3, 0, 9)
    with pytest.raises(RefusedError, match="1 arrangements have a household"):
        most_at_once([Holdings(np.array([-1, 2]), first, last)], 3, 0, 9)


def test_an_empty_or_endless_window_is_refused():
    with pytest.raises(RefusedError, match="ends before it begins"):
        active_cost_per_month([], 1, 5, 4)
    with pytest.raises(RefusedError, match="no days, or more"):
        most_at_once([], 1, 5, 4)
    with pytest.raises(RefusedError, match="no days, or more"):
        most_at_once([], 1, 0, 200_000)


def test_totals_beyond_64_bits_are_refused_and_not_wrapped():
    huge = Accruals(*arrays([0], [0], [9], [2**60]))
    with pytest.raises(RefusedError, match="64-bit"):
        active_cost_per_month([huge], 1, 0, 9)


def test_parquet_is_read_in_chunks_of_dates_and_narrow_numbers(tmp_path):
    first = np.arange(OPENING, OPENING + 10)
    table = pa.table(
        {
            "household": pa.array(range(10), pa.int8()),
            "first": pa.array(first, pa.int32()).cast(pa.date32()),
            "name": ["x"] * 10,
        }
    )
    pq.write_table(table.slice(0, 6), tmp_path / "a.parquet")
    pq.write_table(table.slice(6), tmp_path / "b.parquet")
    chunks = list(read_chunks(tmp_path, ["first", "household"], rows=4))
    assert [len(chunk["first"]) for chunk in chunks] == [4, 2, 4]
    assert np.concatenate([chunk["first"] for chunk in chunks]).tolist() == first.tolist()
    found = most_at_once(
        (Holdings(c["household"], c["first"], c["first"]) for c in chunks), 10, OPENING, HORIZON
    )
    assert found.tolist() == [1] * 10  # numbers of one byte are not narrowed further


@pytest.mark.parametrize(
    ("column", "message"),
    [("absent", "no column absent"), ("name", "does not hold whole numbers"),
     ("gap", "'gap' has 1 missing values")],
)  # fmt: skip
def test_parquet_that_cannot_be_counted_is_refused(tmp_path, column, message):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"name": ["x", "y"], "gap": pa.array([1, None])}), path)
    with pytest.raises(FeedError, match=message):
        list(read_chunks(path, [column]))
    with pytest.raises(FeedError, match="no Parquet file"):
        list(read_chunks(tmp_path / "nowhere", ["gap"]))
