"""The auditor's attack on cases small enough to work out by hand."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import pytest
from disclosure_example import shipped_rules
from scipy.optimize import linprog

from evaluatie.disclosure.auditing import (
    Finding,
    Kind,
    audit_claims,
    derived_intervals,
    findings_frame,
    too_narrow,
)
from evaluatie.disclosure.auditing.demands import Requirement, small_count
from evaluatie.disclosure.auditing.findings import FINDING_COLUMNS
from evaluatie.disclosure.auditing.leaks import smallest_leak
from evaluatie.disclosure.rules import Minimum, Rounding
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.claims import AMOUNT, PERSONS, Claim, RowClaims, Told

Numbers = Mapping[Cell, float]
RULES = shipped_rules()


def cell(area: str = "all", wave: str = "w0", family: str = "people", **chosen: str) -> Cell:
    """Return a cell; ``all`` is the union of the areas."""
    areas = ("A1", "A2", "A3", "A4") if area == "all" else (area,)
    return Cell(family, wave, ("2001",), areas, ("care",), tuple(sorted(chosen.items())))


def say(where: str, numbers: Numbers, measure: str = PERSONS, reach: float = 0.0) -> list[Told]:
    """Return that a report says these numbers, each as an interval of ``reach`` to either side."""
    return [Told(c, measure, v - reach, v + reach, where) for c, v in numbers.items()]


def rows_of(numbers: Numbers, measure: str = PERSONS, table: str = "t") -> list[RowClaims]:
    """Return one row per number, named r0, r1, ..."""
    return [
        RowClaims(f"r{i}", (Claim(f"r{i}", c, measure, v),), (), ("f", "", table, "", "", ""))
        for i, (c, v) in enumerate(numbers.items())
    ]


def audit(told: Iterable[Told], rows: list[RowClaims], rules=RULES, **behind: float):
    """Audit against the truth; ``behind`` are top1_share, top2_share and n_providers."""
    columns = {"top1_share": math.nan, "top2_share": math.nan, "n_providers": math.nan} | behind
    truth = pd.DataFrame({"id": [row.row for row in rows]}).assign(**columns)
    return audit_claims(told, rows, truth, rules)


def told_exactly(found: Iterable[Finding]) -> dict[str, float]:
    return {one.cell: one.low for one in found if one.exact}


# --- margins that are made again after suppression ----------------------------------------------

AREAS, ANSWERS = ("A1", "A2", "A3", "A4"), ("1", "2", "3", "4", "5")
SMALL = (  # per wave (area, answer) of the cells below ten; no four of them are a rectangle
    ((0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (3, 3)),
    ((0, 4), (1, 4), (2, 0), (3, 1), (3, 2)),
    ((0, 0), (1, 1), (2, 2), (3, 3), (0, 4)),
    ((2, 1), (2, 2), (2, 3), (0, 1), (1, 0)),
)


def four_waves():
    """Return what three reports say, and the truth: margins leave out what is suppressed."""
    chance = np.random.default_rng(3)
    cells, margins, sides, truth = {}, {}, {"areas": {}, "answers": {}}, {}
    for number, small in enumerate(SMALL):
        wave = f"w{number}"
        table = chance.integers(12, 90, (4, 5))
        for place in small:
            table[place] = chance.integers(1, 10)
        for i, area in enumerate(AREAS):
            sides["areas"][cell(area, wave)] = float(table[i].sum())
            seen = [j for j in range(5) if (i, j) not in small]
            union = " or ".join(ANSWERS[j] for j in seen)
            margins[cell(area, wave, answer=union)] = float(table[i, seen].sum())
            for j, answer in enumerate(ANSWERS):
                truth[cell(area, wave, answer=answer)] = float(table[i, j])
                if (i, j) not in small:
                    cells[cell(area, wave, answer=answer)] = float(table[i, j])
        for j, answer in enumerate(ANSWERS):
            sides["answers"][cell("all", wave, answer=answer)] = float(table[:, j].sum())
    told = say("crossed", cells | margins)
    for name, numbers in sides.items():
        told += say(name, numbers)
    return told, truth


def test_margins_made_again_after_suppression_give_every_hidden_cell_away():
    """Area total - what is left of the row, answer total - the column: 21 of 21, exactly."""
    told, truth = four_waves()
    found = [one for one in audit(told, rows_of(truth)) if one.row]
    small = {row.row: row.claims[0].value for row in rows_of(truth) if row.claims[0].value < 10}
    assert len(small) == 21
    assert {one.row: (one.low, one.high) for one in found} == {r: (v, v) for r, v in small.items()}
    assert {one.kind for one in found} == {Kind.DERIVED}
    assert all(len(one.reports) > 1 and "crossed" in one.reports for one in found)


def test_one_report_of_the_three_says_nothing_by_itself():
    told, truth = four_waves()
    alone = [one for one in told if one.where == "crossed"]
    assert [one for one in audit(alone, rows_of(truth)) if one.row] == []


# --- groups that no table shows -----------------------------------------------------------------

BREAKS = {"one": {"18-64": 50.0, "65+": 47.0}, "two": {"18-66": 57.0, "67+": 40.0}}


@pytest.mark.parametrize("known", [True, False], ids=["with the truth", "without the truth"])
def test_the_gap_between_two_age_breaks_is_found_with_its_number(known):
    """57 up to 66 minus 50 up to 64: seven people of 65 and 66."""
    told, numbers = [], {}
    for report, ages in BREAKS.items():
        own = {cell("A1", age=age): value for age, value in ages.items()}
        told += say(report, own)
        numbers |= own
    truth = numbers if known else dict.fromkeys(numbers, math.nan)
    found = audit(told, rows_of(truth))
    assert [(one.kind, one.low, one.high) for one in found] == [(Kind.DERIVED, 7.0, 7.0)]
    assert found[0].reports == ("one", "two")
    assert found[0].cell.endswith("age=65+ without people w0 2001 A1 care age=67+")


def test_a_gap_of_ten_people_is_no_finding():
    numbers = {cell("A1", age="18-64"): 50.0, cell("A1", age="18-66"): 60.0}
    assert audit(say("one", numbers), rows_of(numbers)) == ()


def test_the_amount_of_a_small_group_follows_as_its_number_does():
    """Persons 57 - 50 are hidden by a rounded number, but the euros of the seven are not."""
    people = {cell("A1", age="18-64"): 50.0, cell("A1", age="18-66"): 57.0}
    euros = {one: 1_000.0 * value for one, value in people.items()}
    rows = [
        RowClaims(f"r{i}", (Claim(f"r{i}", c, PERSONS, v), Claim(f"r{i}", c, AMOUNT, euros[c])),
                  (), ("f", "", "t", "", "", ""))
        for i, (c, v) in enumerate(people.items())
    ]  # fmt: skip
    found = audit(say("one", people, reach=12.0) + say("one", euros, AMOUNT), rows)
    assert [one.measure for one in found] == [AMOUNT]
    assert (found[0].low, found[0].high) == pytest.approx((7_000.0, 7_000.0))


# --- rounding -----------------------------------------------------------------------------------


def test_independent_rounding_to_five_is_undone_exactly():
    """Four sevens print as 5, their sum 28 as 30: at least 28 in all, at most 7 each."""
    numbers = {cell(area): 7.0 for area in AREAS} | {cell(): 28.0}
    printed = {one: 5.0 * round(value / 5.0) for one, value in numbers.items()}
    told = say("rounded", printed, reach=2.0)
    found = audit(told, rows_of(numbers))
    assert [(one.low, one.high) for one in found if one.row] == [(7.0, 7.0)] * 4
    without_total = [one for one in told if one.cell != cell()]
    loose = derived_intervals(without_total, [(cell("A1"), PERSONS)])
    assert loose == {(cell("A1"), PERSONS): (3.0, 7.0)}


@pytest.mark.parametrize(("reach", "flagged"), [(2.0, False), (1.0, True)])
def test_rounded_tables_may_not_pin_a_count_to_within_one(reach, flagged):
    rounding = Rounding(base=5, tables=("t",), source="test")
    numbers = {cell("A1"): 6.0, cell("A2"): 30.0}
    told = say("one", {cell("A1"): 5.0, cell("A2"): 30.0}, reach=reach)
    found = audit(told, rows_of(numbers), RULES.model_copy(update={"rounding": rounding}))
    assert bool(found) is flagged


def test_a_rounded_percentage_is_an_interval_of_people():
    """4% of 200 is 3.5% to 4.5%: seven, eight or nine people."""
    part, whole = cell("A1", answer="1"), cell("A1")
    numbers = {part: 8.0, whole: 200.0}
    told = [Told(part, PERSONS, 0.035 * 200, 0.045 * 200, "one"), *say("one", {whole: 200.0})]
    found = audit(told, rows_of(numbers))
    assert [(one.kind, one.low, one.high) for one in found] == [(Kind.SMALL_SHOWN, 7.0, 9.0)]


def test_percentages_of_all_answers_narrow_the_hidden_one():
    """A third and two thirds of 90, both rounded, and the rest hidden: 0 to 1 people are left."""
    told = say("one", {cell("A1"): 90.0})
    told += [
        Told(cell("A1", answer=code), PERSONS, low * 90, high * 90, "one")
        for code, low, high in [("1", 0.325, 0.335), ("2", 0.655, 0.665)]
    ]
    rest = (cell("A1", answer="3"), PERSONS)
    assert derived_intervals(told, [rest])[rest] == (1.0, 1.0)  # 30 + 59, whole numbers


# --- whole numbers ------------------------------------------------------------------------------


def triangles() -> tuple[list[Told], Cell]:
    """Return that any two of a, b, c are at most one, and of d, e, f; and the cell of all six."""
    told = [
        Told(cell("A1", kind=" or ".join(pair)), PERSONS, 0.0, 1.0, "one")
        for three in ("abc", "def")
        for pair in itertools.combinations(three, 2)
    ]
    return told, cell("A1", kind=" or ".join("abcdef"))


@pytest.mark.parametrize(("more", "most"), [({}, 2.0), ({"whole": False}, 3.0)])
def test_whole_numbers_narrow_what_a_linear_programme_leaves(more, most):
    """Halves of a, b, ..., f add up to three; whole people to two."""
    told, every = triangles()
    assert derived_intervals(told, [(every, PERSONS)], **more) == {(every, PERSONS): (0.0, most)}


def test_numbers_from_weighted_shares_need_not_be_whole():
    """35.6 of 90 and 100 in all: the rest is 64.4, and not impossible."""
    told = say("one", {cell("A1"): 100.0, cell("A1", answer="1"): 35.6})
    rest = (cell("A1", answer="2"), PERSONS)
    assert derived_intervals(told, [rest])[rest] == pytest.approx((64.4, 64.4))
    told, every = triangles()
    key = (every, PERSONS)
    assert derived_intervals(told, [key], fractional=[key])[key] == pytest.approx((0.0, 3.0))


# --- the same for everybody, and less for nobody ------------------------------------------------


def test_of_what_nobody_tells_anything_is_possible():
    key = (cell("A1"), PERSONS)
    assert derived_intervals([], [key]) == {key: (0.0, math.inf)}
    assert derived_intervals(say("one", {cell(): 12.0}), [key]) == {key: (0.0, 12.0)}


@pytest.mark.parametrize("codes", [("1", "2", "10"), ("v", "m", "x"), ("a b", "Ü", "-")])
def test_integer_and_string_categories_leak_the_same(codes):
    values = (4.0, 30.0, 22.0)
    numbers = {cell("A1", answer=code): v for code, v in zip(codes, values, strict=True)}
    told = say("one", {**dict(list(numbers.items())[1:]), cell("A1"): 56.0})
    found = audit(told, rows_of({**numbers, cell("A1"): 56.0}))
    assert [(one.row, one.low, one.high) for one in found] == [("r0", 4.0, 4.0)]


def test_reports_that_contradict_one_another_leave_what_lies_between():
    told = [*say("one", {cell("A1"): 37.0}), *say("two", {cell("A1"): 39.0})]
    assert derived_intervals(told, [(cell("A1"), PERSONS)]) == {(cell("A1"), PERSONS): (37.0, 39.0)}


def test_numbers_that_do_not_add_up_are_met_by_the_nearest_tables():
    """90 in all, but 50 and 43 in the parts: the largest number gives way, to 93."""
    told = say("one", {cell("A1"): 90.0, cell("A1", sex="v"): 50.0, cell("A1", sex="m"): 43.0})
    keys = [(one.cell, PERSONS) for one in told]
    found = derived_intervals(told, keys)
    assert [found[key] for key in keys] == [
        pytest.approx((v, v), abs=1e-6) for v in (93.0, 50.0, 43.0)
    ]


# --- insiders -----------------------------------------------------------------------------------


def test_the_one_person_in_a_cell_learns_the_other_hidden_cell():
    """Ten in all; who knows to be the only woman knows of nine men. Nobody else does."""
    numbers = {cell("A1", sex="v"): 1.0, cell("A1", sex="m"): 9.0, cell("A1"): 10.0}
    found = audit(say("one", {cell("A1"): 10.0}), rows_of(numbers))
    assert [(one.kind, one.row, one.low, one.high) for one in found] == [
        (Kind.INSIDER, "r1", 9.0, 9.0)
    ]
    assert "sex=v" in found[0].required
    assert found[0].reports == ("one",)


def test_a_third_hidden_cell_keeps_an_insider_in_the_dark():
    values = {"1": 1.0, "2": 9.0, "3": 12.0, "4": 78.0}
    numbers = {cell("A1", answer=code): v for code, v in values.items()}
    told = say("one", {cell("A1"): 100.0, cell("A1", answer="4"): 78.0})
    assert audit(told, rows_of({**numbers, cell("A1"): 100.0})) == ()


def test_an_insider_learns_nothing_from_how_many_others_there_are():
    """Twelve in A1 and A2 is shown; that there are eleven beside himself, anybody knows."""
    numbers = {cell("A1", sex="v"): 1.0, cell("A1"): 10.0}
    assert audit(say("one", {cell("A1"): 10.0}), rows_of(numbers)) == ()


# --- reports ------------------------------------------------------------------------------------

PARTS = {cell("A1", sex="v"): 6.0, cell("A1", sex="m"): 60.0, cell("A1"): 66.0}


def test_reports_that_leak_only_together_are_named_together():
    told = say("areas", {cell("A1"): 66.0}) + say("men", {cell("A1", sex="m"): 60.0})
    told += say("elsewhere", {cell("A2"): 66.0})
    found = audit(told, rows_of(PARTS))
    assert [one.reports for one in found] == [("areas", "men")]


def test_a_report_that_leaks_alone_is_named_alone():
    told = say("areas", {cell("A1"): 66.0}) + say("men", {cell("A1", sex="m"): 60.0})
    told += say("women", {cell("A1", sex="v"): 6.0})
    found = audit(told, rows_of(PARTS))
    assert [(one.kind, one.reports) for one in found] == [(Kind.SMALL_SHOWN, ("women",))]


def test_what_two_reports_say_only_together_needs_both():
    """A share in one, its n in the other."""
    told = say("areas + men", {cell("A1", sex="m"): 60.0}) + say("areas", {cell("A1"): 66.0})
    assert [one.reports for one in audit(told, rows_of(PARTS))] == [("areas", "men")]


@pytest.mark.parametrize(
    ("sets", "smallest"),
    [([{"b", "c"}, {"a"}], ("a",)), ([{"b", "c"}, {"a", "c"}], ("b", "c")), ([set()], ())],
)
def test_none_of_the_reports_that_are_named_can_be_missed(sets, smallest):
    assert smallest_leak("abc", lambda kept: any(own <= kept for own in sets)) == smallest


# --- amounts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behind", "flagged"),
    [
        ({"top1_share": 0.80, "top2_share": 0.95}, True),
        ({"top1_share": 0.20, "top2_share": 0.30}, False),
        ({"n_providers": 2}, True),
    ],
    ids=["two have most", "nobody has much", "two providers"],
)
def test_an_amount_of_few_may_not_be_known_to_within_a_tenth(behind, flagged):
    numbers = {cell("A1"): 50_000.0}
    for reach, narrow in ((4_000.0, True), (6_000.0, False)):
        found = audit(say("one", numbers, AMOUNT, reach), rows_of(numbers, AMOUNT), **behind)
        assert bool(found) is (flagged and narrow)


# --- the pattern of a plan ----------------------------------------------------------------------

TABLE = np.array([[3, 30, 22], [20, 14, 18], [40, 25, 31]])


def grid() -> dict[Cell, float]:
    """Return all cells and margins of a table of three areas and three answers."""
    numbers = {}
    for i, j in itertools.product(range(4), range(4)):
        part = TABLE[i : i + 1] if i < 3 else TABLE
        part = part[:, j : j + 1] if j < 3 else part
        areas = (AREAS[i],) if i < 3 else AREAS[:3]
        chosen = (("answer", ANSWERS[j]),) if j < 3 else ()
        numbers[Cell("people", "w0", ("2001",), areas, ("care",), chosen)] = float(part.sum())
    return numbers


def widest(numbers: dict[Cell, float], hidden: set[Cell]) -> bool:
    """Return whether the small cell is safe; an attack of the test's own."""
    index = np.arange(9).reshape(3, 3)
    matrix = np.zeros((len(numbers), 9))
    for row, one in enumerate(numbers):
        rows = [AREAS.index(area) for area in one.areas]
        columns = [ANSWERS.index(dict(one.selection)["answer"])] if one.selection else [0, 1, 2]
        matrix[row, index[np.ix_(rows, columns)].ravel()] = 1.0
    shown = [one not in hidden for one in numbers]
    told = np.array(list(numbers.values()))[shown]
    ends = [
        sign * linprog(sign * matrix[0], A_eq=matrix[shown], b_eq=told).fun for sign in (1.0, -1.0)
    ]
    return ends[0] <= 1.0 + 1e-6 and ends[1] >= 10.0 - 1e-6


def test_the_audit_fails_when_any_secondary_cell_of_a_minimal_pattern_is_shown():
    numbers = grid()
    names = list(numbers)
    inner = [one for one in names[1:] if len(one.areas) == 1 and one.selection]
    pattern = next(
        {names[0], *more}
        for size in range(len(inner))
        for more in itertools.combinations(inner, size)
        if widest(numbers, {names[0], *more})
    )
    assert len(pattern) == 4
    safe = say("one", {c: v for c, v in numbers.items() if c not in pattern})
    assert audit(safe, rows_of(numbers)) == ()
    for secondary in pattern - {names[0]}:
        found = audit([*safe, *say("two", {secondary: numbers[secondary]})], rows_of(numbers))
        assert {(one.row, one.low, one.high) for one in found} == {("r0", 3.0, 3.0)}


# --- demands and findings -----------------------------------------------------------------------


def test_yes_or_no_says_the_same_as_the_intervals():
    told = say("one", {cell("A1"): 66.0, cell("A1", sex="m"): 52.0, cell("A2"): 20.0})
    needs = {
        (cell("A1", sex="v", age="1"), PERSONS): small_count(5.0, 10),
        (cell("A1", sex="v"), PERSONS): Requirement(7, 15),
    }
    assert too_narrow(told, needs) == {(cell("A1", sex="v"), PERSONS): (14.0, 14.0)}


def test_a_stricter_threshold_finds_more():
    numbers = {cell("A1", sex="v"): 14.0, cell("A1", sex="m"): 60.0}
    told = say("one", numbers)
    assert audit(told, rows_of(numbers)) == ()
    strict = RULES.model_copy(update={"threshold": Minimum(value=20, source="test")})
    assert told_exactly(audit(told, rows_of(numbers), strict)) == {
        "people w0 2001 A1 care sex=v": 14.0
    }


def test_findings_are_rows_with_the_reports_joined():
    one = Finding(Kind.DERIVED, "r", "c", PERSONS, 1.0, 2.0, "more", ("a", "b"))
    frame = findings_frame([one])
    assert tuple(frame.columns) == FINDING_COLUMNS
    assert frame.loc[0, "reports"] == "a, b"
    assert tuple(findings_frame([]).columns) == FINDING_COLUMNS
