"""What printed numbers claim about groups of people, from the files alone."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from disclosure_example import shipped_rules, small_codebook, small_study

from evaluatie.disclosure.auditing.printed.claims import (
    Source,
    printed_intervals,
    table_intervals,
    told_by,
    truth_of,
)
from evaluatie.disclosure.universe.cells import CellReader
from evaluatie.disclosure.universe.claims import kind_of, read_claims
from evaluatie.disclosure.universe.systems import claimed_values
from evaluatie.results import Table, estimate_row, estimates_frame


@pytest.fixture(scope="module")
def reader():
    return CellReader(small_study(), small_codebook())


@pytest.fixture(scope="module")
def rules():
    return shipped_rules()


def share(value, n, area="A1", **more):
    return estimate_row(Table.SCORE, "share", indicator="good", wave="w0", area=area,
                        estimate=value, n=n, n_households=n - 2, unit="share", **more)  # fmt: skip


def people(area, value, category=""):
    return estimate_row(Table.RESPONSE, "count", wave="w0", area=area, category=category,
                        estimate=value, n=value, n_households=value, unit="persons")  # fmt: skip


def ledger(*entries):
    return pd.DataFrame(entries, columns=["text", "row", "field", "channel"])


def source(name, frame, *entries):
    return Source(name, printed_intervals(ledger(*entries), frame, "nl"))


def told(sources, frame, reader, rules, earlier=()):
    return list(told_by(sources, truth_of(frame, earlier, reader, rules), reader, rules))


def test_a_share_without_its_n_says_nothing_about_people(reader, rules):
    frame = estimates_frame([share(0.1234, 200)])
    row = frame["id"][0]
    assert (
        told([source("r", frame, ("12,3%", row, "estimate", "text"))], frame, reader, rules) == []
    )


def test_a_rounded_share_of_a_printed_n_is_an_interval_of_people(reader, rules):
    frame = estimates_frame([share(0.1234, 200)])
    row = frame["id"][0]
    entries = [("12,3%", row, "estimate", "text"), ("200", row, "n", "text")]
    found = {t.cell.selection: (t.low, t.high) for t in told([source("r", frame, *entries)], frame,
                                                               reader, rules)}  # fmt: skip
    good, bad = (("answer", "1 or 2"),), (("answer", "3 or 4 or 5"),)
    assert found[()] == (200, 200)
    assert found[good] == pytest.approx((0.1225 * 200, 0.1235 * 200))
    assert found[bad] == pytest.approx((0.8765 * 200, 0.8775 * 200))


def test_two_roundings_of_one_number_narrow_it(reader, rules):
    frame = estimates_frame([share(0.1234, 200)])
    row = frame["id"][0]
    entries = [("12%", row, "estimate", "text"), ("12,3%", row, "estimate", "alt"),
               ("0.123400", row, "estimate", "drawn")]  # fmt: skip
    low, high = source("r", frame, *entries).told[row, "estimate"]
    assert (low, high) == pytest.approx((0.1233995, 0.1234005), abs=1e-12)


def test_an_n_that_another_report_prints_counts_too(reader, rules):
    frame = estimates_frame([share(0.1234, 200)])
    row = frame["id"][0]
    some = source("some", frame, ("12,3%", row, "estimate", "text"))
    other = source("other", frame, ("200", row, "n", "text"))
    found = told([some, other], frame, reader, rules)
    alone = {t.cell.selection for t in found if t.where == "other"}
    together = {t.cell.selection for t in found if t.where == "some + other"}
    assert alone == {()}
    assert together == {(("answer", "1 or 2"),), (("answer", "3 or 4 or 5"),)}


def test_a_number_of_households_is_told_only_where_it_is_printed(reader, rules):
    frame = estimates_frame([share(0.1234, 200)])
    row = frame["id"][0]
    found = told([source("r", frame, ("198", row, "n_households", "text"))], frame, reader, rules)
    assert [(kind_of(t.measure), t.low, t.high) for t in found] == [("households", 198, 198)]


def test_counts_that_are_printed_are_whole_and_win_from_shares(reader, rules):
    frame = estimates_frame([people("A1", 17), people("A1", 4, "sex=v"), people("A1", 13, "sex=m")])
    ids = frame["id"].tolist()
    found = told([source("r", frame, *((f"{v}", i, "estimate", "text") for i, v in
                                       zip(ids, (17, 4, 13), strict=True)))],
                 frame, reader, rules)  # fmt: skip
    assert sorted((t.low, t.high) for t in found) == [(4, 4), (13, 13), (17, 17)]


def test_the_corners_are_the_extremes(reader, rules):
    """Between the corners a claim is nowhere larger or smaller: tried on a fine grid."""
    frame = estimates_frame([share(0.4, 50)])
    row = frame["id"][0]
    ends = {(row, "estimate"): (0.35, 0.45), (row, "n"): (45.0, 55.0)}
    found = {(t.cell, t.measure): (t.low, t.high)
             for t in told([Source("r", ends)], frame, reader, rules)}  # fmt: skip
    grid = itertools.product(np.linspace(0.35, 0.45, 11), np.linspace(45, 55, 11))
    tried: dict = {}
    for estimate, n in grid:
        changed = frame.assign(estimate=estimate, n=n, n_households=math.nan)
        for claim in read_claims(changed, reader, rules)[0].claims:
            tried.setdefault((claim.cell, claim.measure), []).append(claim.value)
    for key, interval in found.items():
        assert interval == pytest.approx((min(tried[key]), max(tried[key])))


def test_an_amount_is_told_whatever_n_is(reader, rules):
    cost = estimate_row(Table.COST_LEVEL, "total", indicator="town_cost", area="pilot",
                        period="2001", law="care", estimate=123_456.0, n=40,
                        unit="EUR")  # fmt: skip
    frame = estimates_frame([cost])
    entry = ("123.456", frame["id"][0], "estimate", "text")
    (found,) = told([source("r", frame, entry)], frame, reader, rules)
    assert (found.low, found.high) == (123_455.5, 123_456.5)
    assert kind_of(found.measure) == "amount"


def test_a_rate_tells_the_amount_because_everybody_knows_how_many_residents_there_are(
    reader, rules
):
    fixed = {"indicator": "town_cost", "area": "pilot", "period": "2001", "law": "care"}
    frame = estimates_frame(
        [
            estimate_row(Table.COST_LEVEL, "total", estimate=50_000.0, n=40, unit="EUR", **fixed),
            estimate_row(Table.COST_LEVEL, "per_resident", estimate=25.0, n=40, unit="EUR/year",
                         **fixed),
        ]
    )  # fmt: skip
    (found,) = told([source("r", frame, ("25", frame["id"][1], "estimate", "text"))],
                    frame, reader, rules)  # fmt: skip
    assert (found.low, found.high) == (24.5 * 2000, 25.5 * 2000)


def test_sources_that_count_differently_stay_apart_in_print(reader, rules):
    """Two tables with other totals for the same cell speak of different people."""
    frame = estimates_frame([share(0.5, 200), people("A1", 180)]).assign(question=["q", ""])
    truth = truth_of(frame, (), reader, rules)
    exact = told_by([Source("all", table_intervals(frame))], truth, reader, rules)
    known = claimed_values(truth.rows)
    for claim in exact:
        assert claim.low == claim.high == known[claim.cell, claim.measure]


def test_a_row_that_only_an_earlier_release_has_is_known_exactly(reader, rules):
    now = estimates_frame([people("A1", 17)])
    before = estimates_frame([people("A1", 17), people("A1", 5, "sex=v")])
    released = before.assign(publication="shown", release="first")
    found = told([Source("first", table_intervals(released))], now, reader, rules, [released])
    assert {
        (t.cell.selection, t.low, t.high, t.where) for t in found if t.measure == "persons"
    } == {
        ((), 17, 17, "first"),
        ((("sex", "v"),), 5, 5, "first"),
    }


def test_what_contradicts_what_is_told_already_adds_nothing(reader, rules):
    frame = estimates_frame([people("A1", 17)])
    row = frame["id"][0]
    entries = [("17", row, "estimate", "text"), ("23", row, "estimate", "text")]
    assert source("r", frame, *entries).told[row, "estimate"] == (16.5, 17.5)


def test_every_interval_contains_the_truth(reader, rules):
    rng = np.random.default_rng(3)
    rows = [share(float(rng.uniform()), int(rng.integers(20, 900)), area) for area in ("A1", "A2")]
    rows += [people(area, int(rng.integers(10, 90)), f"sex={sex}") for area in ("A1", "B1")
             for sex in "vm"]  # fmt: skip
    frame = estimates_frame(rows)
    entries = [(f"{r.n:.0f}", r.id, "n", "text") for r in frame.itertuples()]
    entries += [(f"{r.estimate:.0f}", r.id, "estimate", "text")
                for r in frame.itertuples() if r.unit == "persons"]  # fmt: skip
    entries += [(f"{100 * r.estimate:.1f}%".replace(".", ","), r.id, "estimate", "text")
                for r in frame.itertuples() if r.unit == "share"]  # fmt: skip
    truth = truth_of(frame, (), reader, rules)
    known = claimed_values(truth.rows)
    found = list(told_by([source("r", frame, *entries)], truth, reader, rules))
    assert len(found) > 8
    for claim in found:
        assert claim.low - 1e-9 <= known[claim.cell, claim.measure] <= claim.high + 1e-9
