"""Whatever the arrangements: order, chunks and splitting change nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evaluatie.costs.volume.active import Accruals, active_cost_per_month
from evaluatie.costs.volume.simultaneous import Holdings, most_at_once

OPENING, HORIZON, CELLS = 16_801, 17_100, 3


@st.composite
def arrangements(draw):
    """Return columns cell, first, last, rate of up to 12 arrangements, as one array."""
    one = st.tuples(
        st.integers(0, CELLS - 1), st.integers(OPENING - 90, HORIZON + 90),
        st.integers(-2, 200), st.integers(-10_000, 10_000),
    )  # fmt: skip
    rows = np.array(draw(st.lists(one, min_size=1, max_size=12)), dtype=np.int64)
    rows[:, 2] += rows[:, 1]
    return rows


def cost(*parts: np.ndarray) -> np.ndarray:
    chunks = [Accruals(*part.T) for part in parts]
    return active_cost_per_month(chunks, CELLS, OPENING, HORIZON).rate_days


def most(*parts: np.ndarray) -> np.ndarray:
    chunks = [Holdings(part[:, 0], part[:, 1], part[:, 2]) for part in parts]
    return most_at_once(chunks, CELLS, OPENING, HORIZON)


@given(arrangements(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    assert np.array_equal(cost(rows), cost(rows[order]))
    assert np.array_equal(most(rows), most(rows[order]))


@given(arrangements(), st.integers(1, 12))
def test_size_of_chunks_does_not_matter(rows, size):
    parts = [rows[start : start + size] for start in range(0, len(rows), size)]
    assert np.array_equal(cost(rows), cost(*parts))
    assert np.array_equal(most(rows), most(*parts))


@given(arrangements(), st.data())
def test_splitting_an_arrangement_changes_neither_cost_nor_the_most_at_once(rows, data):
    row = data.draw(st.integers(0, len(rows) - 1))
    at = data.draw(st.integers(min(rows[row, 1:3]), max(rows[row, 1:3])))
    if rows[row, 2] < rows[row, 1]:
        return
    begin, rest = rows[row].copy(), rows[row].copy()
    begin[2], rest[1] = at, at + 1
    split = np.vstack([np.delete(rows, row, axis=0), begin, rest])
    assert np.array_equal(cost(rows), cost(split))
    assert np.array_equal(most(rows), most(split))


@given(arrangements(), arrangements())
def test_active_cost_of_two_sets_is_the_sum_of_each(one, other):
    assert np.array_equal(cost(one, other), cost(one) + cost(other))


@given(arrangements(), st.integers(OPENING, HORIZON - 1))
def test_the_cost_of_a_window_is_the_sum_of_its_two_parts(rows, cut):
    chunk = [Accruals(*rows.T)]
    early = active_cost_per_month(chunk, CELLS, OPENING, cut).rate_days.sum(axis=1)
    late = active_cost_per_month(chunk, CELLS, cut + 1, HORIZON).rate_days.sum(axis=1)
    assert np.array_equal(early + late, cost(rows).sum(axis=1))
