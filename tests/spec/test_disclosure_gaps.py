"""Groups that no table shows: found, and hidden as a row of their own would be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from disclosure_example import SIDES, shipped_rules, small_codebook, small_study
from scipy.optimize import linprog

from evaluatie.disclosure import audit_publishable, plan_release, publishable
from evaluatie.disclosure.universe.cells import Cell, CellReader
from evaluatie.disclosure.universe.claims import read_claims
from evaluatie.disclosure.universe.gaps import hidden_groups
from evaluatie.disclosure.universe.systems import System, build_systems, claimed_values
from evaluatie.results import Table, estimate_row, estimates_frame

PILOT = SIDES["pilot"]
FINE = {"0-64": (30, 25, 41), "65-66": (2, 2, 3), "67+": (22, 31, 27)}  # by area
ONE = {"age=<65": ["0-64"], "age=65+": ["65-66", "67+"]}
OTHER = {"age=<67": ["0-64", "65-66"], "age=67+": ["67+"]}


@pytest.fixture(scope="module")
def setting():
    return small_study(), small_codebook(), shipped_rules()


def count(area: str, value: float, category: str = "", **more: object) -> dict:
    return estimate_row(
        Table.RESPONSE, "count", wave="w0", area=area, category=category, estimate=value, **more
    )


def report(breaks: dict[str, list[str]]) -> list[dict]:
    """Return the numbers by area and age, with both margins, as one report shows them."""
    rows = []
    for area in (*PILOT, "pilot"):
        places = range(3) if area == "pilot" else [PILOT.index(area)]
        for category, ages in {"": list(FINE), **breaks}.items():
            value = sum(FINE[age][place] for age in ages for place in places)
            rows.append(count(area, value, category))
    return rows


def both() -> tuple[object, list[str], list[str]]:
    """Return the estimates of two reports that break age differently, and the rows of each."""
    rows = {row["id"]: row for row in [*report(ONE), *report(OTHER)]}
    first, second = ([row["id"] for row in report(breaks)] for breaks in (ONE, OTHER))
    return estimates_frame(list(rows.values())), first, second


def extremes(system: System, shown: np.ndarray, atoms: np.ndarray) -> tuple[float, float]:
    """Return what follows for a group from the shown cells; independent of the package."""
    matrix = system.matrix.toarray()
    goal = np.zeros(matrix.shape[1])
    goal[atoms] = 1.0
    ends = []
    for sign in (1, -1):
        found = linprog(sign * goal, A_eq=matrix[shown], b_eq=system.values[shown], bounds=(0, 1e6))
        ends.append(sign * found.fun)
    return ends[0], ends[1]


def system_of(estimates, setting) -> System:
    study, codebook, rules = setting
    rows = read_claims(estimates, CellReader(study, codebook), rules)
    values = {k: v for k, v in claimed_values(rows).items() if k[1] == "persons" and v == v}
    (system,) = build_systems(values)
    return system


def test_two_reports_with_different_breaks_hide_the_group_between_them(setting):
    """Each report is harmless alone; together they give 2, 2, 3 and 7 people of 65 and 66."""
    estimates, first, second = both()
    for alone in (first, second):
        own = estimates[estimates["id"].isin(alone)]
        assert not plan_release(own, *setting).reasons
    system = system_of(estimates, setting)
    everything = np.ones(len(system.cells), dtype=bool)
    groups = hidden_groups(system, 10)
    assert sorted(group.value for group in groups) == [2, 2, 3, 7]
    for group in groups:
        assert extremes(system, everything, group.atoms) == pytest.approx((group.value,) * 2)


def test_a_hidden_group_is_as_wide_as_a_small_cell_must_be(setting):
    estimates, first, second = both()
    plan = plan_release(estimates, *setting, {"one": first, "other": second})
    assert set(plan.reasons.values()) == {"protects_another"}
    assert (plan.groups, plan.primary) == (4, 0)
    system = system_of(estimates, setting)
    rows = dict(zip(estimates["id"], system.cells, strict=True))
    shown = np.array([cell not in {rows[row] for row in plan.reasons} for cell in system.cells])
    for group in hidden_groups(system, 10):
        low, high = extremes(system, shown, group.atoms)
        assert low <= group.value // 2
        assert high >= 10


@pytest.mark.parametrize("gap", [1, 9])
def test_the_rest_of_a_whole_is_a_group(gap, setting):
    """Of 100 people 91 to 99 are women: nobody shows the men."""
    rows = [count("A1", 100), count("A1", 100 - gap, "sex=v")]
    plan = plan_release(estimates_frame(rows), *setting)
    assert len(plan.reasons) == 1


@pytest.mark.parametrize("gap", [0, 10])
def test_no_rest_and_a_large_rest_are_none(gap, setting):
    rows = [count("A1", 100), count("A1", 100 - gap, "sex=v")]
    assert not plan_release(estimates_frame(rows), *setting).reasons


def test_an_area_without_a_row_is_what_the_others_leave(setting):
    """97 in the side less 40 and 50 in two areas: seven in the third, which has no row."""
    rows = [count(area, n) for area, n in (("A2", 40), ("A3", 50), ("pilot", 97))]
    estimates = estimates_frame(rows)
    (group,) = hidden_groups(system_of(estimates, setting), 10)
    assert group.value == pytest.approx(7)
    assert sorted(round(weight) for weight in group.recipe.values()) == [-1, -1, 1]
    assert len(plan_release(estimates, *setting).reasons) == 1


def test_a_group_that_is_a_row_is_no_hidden_one(setting):
    rows = [count("A1", 100), count("A1", 94, "sex=v"), count("A1", 6, "sex=m")]
    assert hidden_groups(system_of(estimates_frame(rows), setting), 10) == ()


def test_people_beside_an_empty_group_are_no_group_of_their_own(setting):
    """All 8 older people are men: men of 65+ is the cell 65+, not a further group."""
    rows = [count("A1", 60), count("A1", 8, "age=65+"), count("A1", 0, "age=65+|sex=v"),
            count("A1", 8, "age=65+|sex=m"), count("A1", 52, "age=<65")]  # fmt: skip
    assert hidden_groups(system_of(estimates_frame(rows), setting), 10) == ()


@pytest.mark.parametrize("seed", range(20))
def test_all_small_differences_and_all_determined_people_are_found(seed):
    """Against all pairs of random cells over six areas, and a linear programme per area."""
    chance = np.random.default_rng(seed)
    people = dict(zip("abcdef", chance.integers(1, 14, 6).tolist(), strict=True))
    drawn = {tuple(a for a in people if chance.random() < 0.6) for _ in range(7)} - {()}
    cells = [Cell("x", "w0", ("",), areas, (), ()) for areas in sorted(drawn)]
    values = {(c, "persons"): float(sum(people[a] for a in c.areas)) for c in cells}
    for system in build_systems(values):
        groups = hidden_groups(system, 10)
        found = {tuple(sorted(group.atoms)) for group in groups}
        taken = [set(system.matrix[[i]].indices) for i in range(len(system.cells))]
        every = np.ones(len(taken), dtype=bool)
        for group in groups:
            assert extremes(system, every, group.atoms) == pytest.approx((group.value,) * 2)
            told = sum(weight * values[cell, "persons"] for cell, weight in group.recipe.items())
            assert told == pytest.approx(group.value)
        for (i, small), (j, large) in itertools.permutations(enumerate(taken), 2):
            left = large - small
            if small < large and left not in taken and system.values[j] - system.values[i] < 10:
                assert tuple(sorted(left)) in found
        for atom in range(system.matrix.shape[1]):
            low, high = extremes(system, every, np.array([atom]))
            if high - low < 1e-6 and 0.5 < low < 9.5 and {atom} not in taken and _free(system):
                assert (atom,) in found


def _free(system: System) -> bool:
    """Return whether all people can be moved a little: no group is known from being empty."""
    return bool((system.values > 0).all())


def test_the_amount_of_a_hidden_group_is_protected_too(setting):
    """Users below 65 and below 67 in an area, with their cost: the cost of the seven between."""
    behind = {"n_households": 90, "n_providers": 8, "top1_share": 0.05, "top2_share": 0.09}
    rows = []
    for (age, n, euros), quarter in itertools.product(
        (("<65", 96, 4e5), ("<67", 103, 4.4e5)), ("2001-Q1",)
    ):
        place = {"indicator": "town_cost", "area": "A1", "law": "care", "period": quarter,
                 "category": f"basis=declared|age={age}", "n": n, **behind}  # fmt: skip
        rows.append(estimate_row(Table.COST_USERS, "count", estimate=n, **place))
        rows.append(estimate_row(Table.COST_LEVEL, "total", estimate=euros, **place))
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, *setting)
    assert plan.groups == 2  # seven people, and their 40,000 euros
    release = publishable(estimates, plan)
    shown = release[release["publication"] == "shown"]
    assert len(shown) == 2
    assert shown["category"].nunique() == 1
    assert audit_publishable(release, *setting, truth=estimates).empty


def test_a_step_of_a_curve_below_ten_is_a_group(setting):
    """0.40 of 400 open after 30 days and 0.38 after 60: eight ended in between."""
    study, codebook, rules = setting
    rows = [
        estimate_row(Table.DURATION, "open_share", indicator="days", area="pilot", n=n,
                     n_households=n, category=f"when=since|day={day}", estimate=share, unit="share")
        for day, share, n in ((0, 1.0, 400), (30, 0.40, 300), (60, 0.38, 200))
    ]  # fmt: skip
    plan = plan_release(estimates_frame(rows), study, codebook, rules)
    assert len(plan.reasons) == 1
    wide = [
        row | {"estimate": 0.30 if row["estimate"] == 0.38 else row["estimate"]} for row in rows
    ]
    assert not plan_release(estimates_frame(wide), study, codebook, rules).reasons
