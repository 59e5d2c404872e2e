"""Whatever the amounts: the matrix of laws and payers adds up, and order changes nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluatie.costs.payers.care_years import CareYears
from evaluatie.costs.payers.funding import funding
from evaluatie.costs.payers.shift import Comparison, Shift, shift
from evaluatie.domain import Side
from evaluatie.methods.areas.randomisation import complete_assignments

AREAS = 6
ALL = complete_assignments(np.repeat([True, False], AREAS // 2))
CENTS = arrays(np.int64, (AREAS, 2), elements=st.integers(-(10**6), 10**11))
PEOPLE = arrays(np.float64, (AREAS, 2), elements=st.floats(10**3, 10**5))  # residents of an area


@st.composite
def kinds(draw) -> list[CareYears]:
    count = draw(st.integers(1, 5))
    return [
        CareYears(f"law{k}", f"payer{k % 2}", "", draw(CENTS), draw(PEOPLE), ("", ""))
        for k in range(count)
    ]


def cents(found: Shift) -> list[int]:
    values = [amounts[side] for amounts in (found.before, found.after) for side in Side]
    values += [found.difference[side].estimate for side in Side]
    values += [found.people, found.elsewhere, found.beyond.estimate]
    return [round(100 * value) for value in values]


def moved(parts: list[CareYears]) -> Shift:
    return shift(parts, 0, 1, Comparison(ALL, np.full(AREAS, 1000.0), 0.9))


@settings(max_examples=60, deadline=None)
@given(kinds())
def test_cells_payers_and_whole_add_up_to_the_cent(parts: list[CareYears]) -> None:
    whole = cents(moved(parts))
    assert np.sum([cents(moved([part])) for part in parts], axis=0).tolist() == whole
    payers = {part.payer for part in parts}
    margins = [cents(moved([p for p in parts if p.payer == payer])) for payer in payers]
    assert np.sum(margins, axis=0).tolist() == whole
    before, after, difference = whole[0], whole[2], whole[4]
    assert after - before == difference == sum(whole[6:])


@settings(max_examples=40, deadline=None)
@given(kinds(), st.randoms(use_true_random=False))
def test_order_of_laws_does_not_matter_and_the_interval_holds_the_estimate(parts, random) -> None:
    found = moved(parts)
    shuffled = random.sample(parts, len(parts))
    assert cents(moved(shuffled)) == cents(found)
    assert found.beyond.low <= found.beyond.estimate <= found.beyond.high


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("xyz"), st.sampled_from("ab"), st.integers(2015, 2020),
            st.floats(0, 1e7),
        ),
        max_size=30, unique_by=lambda line: line[:3],
    ),
    st.integers(2014, 2021),
)  # fmt: skip
def test_programme_cost_adds_up_over_projects_and_payers(lines, year: int) -> None:
    costs = pd.DataFrame(lines, columns=["project_id", "payer", "year", "eur"])
    found = funding(costs.astype({"year": int, "eur": float}), year)
    total = {key: round(100 * value.so_far) for key, value in found.items()}
    if total:
        assert total["", ""] == sum(v for (p, w), v in total.items() if p and w)
        assert total["", ""] == sum(v for (p, w), v in total.items() if w and not p)
    assert all(value.in_year <= value.so_far + 1e-9 for value in found.values())
