"""What holds for the attack on any table: inclusion, brute force, and more told is never less."""

from __future__ import annotations

import itertools
import math

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from evaluatie.disclosure.auditing import derived_intervals, too_narrow
from evaluatie.disclosure.auditing.demands import Requirement
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.claims import PERSONS, Told

FEW = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
SEXES, ANSWERS = ("v", "m"), ("1", "2", "3")
SEX = (None, *SEXES)
ANSWER = (None, *ANSWERS, "1 or 2", "2 or 3")
CHOICES = tuple(itertools.product(SEX, ANSWER))
MOST = 7  # people in all, so that every table can be tried


def cell_of(sex: str | None, answer: str | None, codes: dict[str, str] | None = None) -> Cell:
    """Return a cell of the sex x answer table; ``codes`` renames its categories."""
    named = codes or {}
    chosen = []
    if answer is not None:
        parts = [named.get(part, part) for part in answer.split(" or ")]
        chosen.append(("answer", " or ".join(parts)))
    if sex is not None:
        chosen.append(("sex", named.get(sex, sex)))
    return Cell("people", "w0", (), ("A1",), (), tuple(chosen))


def members(sex: str | None, answer: str | None) -> np.ndarray:
    """Return which of the six atoms a cell consists of."""
    sexes = [sex is None or one == sex for one in SEXES]
    answers = [answer is None or one in answer.split(" or ") for one in ANSWERS]
    return np.outer(sexes, answers).ravel().astype(float)


MATRIX = np.array([members(*choice) for choice in CHOICES])
KEYS = [(cell_of(*choice), PERSONS) for choice in CHOICES]
TABLES = np.array(
    [table for table in itertools.product(range(MOST + 1), repeat=6) if sum(table) <= MOST]
)

atoms = st.lists(st.integers(0, 3), min_size=6, max_size=6).filter(lambda y: sum(y) <= MOST)
claims = st.lists(
    st.tuples(st.sampled_from(range(len(CHOICES))), st.integers(0, 2), st.integers(0, 2)),
    min_size=1,
    max_size=7,
)


def told_of(y: list[int], drawn: list[tuple[int, int, int]], codes=None) -> list[Told]:
    """Return claims that hold for the atoms, the whole of everybody among them."""
    values = MATRIX @ np.array(y, dtype=float)
    said = [(0, 0, 0), *drawn]
    return [
        Told(cell_of(*CHOICES[i], codes), PERSONS, max(values[i] - down, 0.0), values[i] + up, "r")
        for i, down, up in said
    ]


def enumerated(told: list[Told]) -> np.ndarray:
    """Return the least and largest value of every cell over all tables that agree."""
    place = {key: i for i, key in enumerate(KEYS)}
    values = TABLES @ MATRIX.T
    agree = np.ones(len(TABLES), dtype=bool)
    for one in told:
        column = values[:, place[one.cell, PERSONS]]
        agree &= (column >= one.low) & (column <= one.high)
    return np.column_stack([values[agree].min(axis=0), values[agree].max(axis=0)])


@FEW
@given(atoms, claims)
def test_intervals_of_whole_numbers_are_those_of_all_tables(y, drawn):
    told = told_of(y, drawn)
    found = derived_intervals(told, KEYS)
    assert np.array_equal(np.array([found[key] for key in KEYS]), enumerated(told))


@FEW
@given(atoms, claims)
def test_linear_contains_whole_contains_the_truth(y, drawn):
    told = told_of(y, drawn)
    whole = derived_intervals(told, KEYS)
    rounded = derived_intervals(told, KEYS, whole=False)
    linear = derived_intervals(told, KEYS, fractional=KEYS)
    for key, value in zip(KEYS, MATRIX @ np.array(y), strict=True):
        assert linear[key][0] <= rounded[key][0] + 1e-6
        assert rounded[key][0] <= whole[key][0] <= value <= whole[key][1] <= rounded[key][1]
        assert rounded[key][1] <= linear[key][1] + 1e-6


@FEW
@given(atoms, claims, claims)
def test_another_report_never_widens_an_interval(y, drawn, further):
    one = told_of(y, drawn)
    both = [*one, *(Told(t.cell, t.measure, t.low, t.high, "s") for t in told_of(y, further))]
    before, after = derived_intervals(one, KEYS), derived_intervals(both, KEYS)
    for key in KEYS:
        assert before[key][0] <= after[key][0]
        assert after[key][1] <= before[key][1]


@FEW
@given(atoms, claims, st.lists(st.integers(0, 8), min_size=len(KEYS), max_size=len(KEYS)))
def test_yes_or_no_is_what_the_intervals_say(y, drawn, needed):
    told = told_of(y, drawn)
    needs = {key: Requirement(need // 2, need) for key, need in zip(KEYS, needed, strict=True)}
    found = derived_intervals(told, KEYS)
    assert too_narrow(told, needs) == {
        key: found[key] for key, need in needs.items() if not need.met(*found[key])
    }


@FEW
@given(atoms, claims)
def test_integer_and_string_categories_follow_alike(y, drawn):
    codes = {"1": "a", "2": "b", "3": "10", "v": "1", "m": "2"}
    named = [(cell_of(*choice, codes), PERSONS) for choice in CHOICES]
    plain = derived_intervals(told_of(y, drawn), KEYS)
    renamed = derived_intervals(told_of(y, drawn, codes), named)
    assert [plain[key] for key in KEYS] == [renamed[key] for key in named]


def nearest(low: np.ndarray, high: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
    """Return intervals over the nearest tables by other means: distance as a constraint.

    None where some table agrees.
    """
    told, a = MATRIX[rows], MATRIX.shape[1]
    eye = np.eye(len(rows))
    above, below = np.hstack([told, eye, -eye]), -np.hstack([told, eye, -eye])
    price = 1.0 / (1.0 + (low + high) / 2)
    cost = np.concatenate([np.zeros(a), price, price])
    within, limits = np.vstack([below, above]), np.concatenate([-low, high])
    least = linprog(cost, A_ub=within, b_ub=limits).fun
    if least < 1e-7:
        return None
    within, limits = np.vstack([within, cost]), np.append(limits, least * (1 + 1e-9) + 1e-9)
    found = []
    for row in MATRIX:
        goal = np.concatenate([row, np.zeros(2 * len(rows))])
        ends = []
        for sign in (1.0, -1.0):
            done = linprog(sign * goal, A_ub=within, b_ub=limits)
            ends.append(math.inf if done.status == 3 else sign * done.fun)
        found.append(ends)
    return np.array(found)


values_told = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 2)), min_size=len(CHOICES), max_size=len(CHOICES)
)


@FEW
@given(values_told, st.sets(st.sampled_from(range(len(CHOICES))), min_size=3, max_size=10))
def test_numbers_that_do_not_add_up_are_met_by_the_nearest_tables(drawn, chosen):
    rows = np.array(sorted({0, *chosen}))
    low = np.array([float(drawn[i][0]) for i in rows])
    high = low + np.array([float(drawn[i][1]) for i in rows])
    expected = nearest(low, high, rows)
    told = [
        Told(*KEYS[i], least, most, "r") for i, least, most in zip(rows, low, high, strict=True)
    ]
    found = np.array(list(derived_intervals(told, KEYS).values()))
    if expected is not None:
        assert np.allclose(found, expected, atol=1e-4)
