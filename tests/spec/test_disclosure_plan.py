"""The plan over a whole release: earlier releases, corrections, bounds, time, its file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from disclosure_example import shipped_rules, small_codebook, small_study
from scipy.optimize import Bounds, LinearConstraint, milp

from evaluatie.disclosure import audit_publishable, plan_release, publishable, read_plan, write_plan
from evaluatie.errors import DisclosureError
from evaluatie.results import Table, estimate_row, estimates_frame

SIDE = {"A1": 7, "A2": 40, "A3": 50, "pilot": 97}
ALL = ("A1", "A2", "A3", "pilot")


@pytest.fixture(scope="module")
def setting():
    return small_study(), small_codebook(), shipped_rules()


def count(area: str, value: float, category: str = "", **more: object) -> dict:
    return estimate_row(
        Table.RESPONSE, "count", wave="w0", area=area, category=category, estimate=value, **more
    )


def cross(table: np.ndarray, codes: tuple[str, ...] = ("v", "m"), name: str = "sex") -> list[dict]:
    """Return area x category counts with both margins."""
    full = np.vstack([table, table.sum(axis=0)])
    rows = []
    for area, values in zip(ALL, full, strict=True):
        rows.append(count(area, values.sum()))
        rows += [count(area, v, f"{name}={c}") for v, c in zip(values, codes, strict=True)]
    return rows


def published(rows: list[dict], release: str, *runs: str) -> pd.DataFrame:
    """Return what a release has shown; of two or more runs each shows its own part of the rows."""
    frame = estimates_frame(rows).assign(publication="shown", release=release)
    return frame.assign(run=[runs[i % len(runs)] if runs else "" for i in range(len(frame))])


def hidden(estimates: pd.DataFrame, plan) -> set[str]:
    return {row for row in estimates["id"] if plan.status[row] == "suppressed"}


# --- earlier releases ----------------------------------------------------------------------------


def test_an_infeasible_plan_names_the_reports_that_make_it_so(setting):
    """97 less 40 and 50 is 7: the side stood in one release, the two areas in another."""
    rows = [count(area, n) for area, n in SIDE.items()]
    frames = [
        published(rows[3:], "first", "side-report"),
        published(rows[1:3], "second", "area-report-a2", "area-report-a3"),
        published([count("B1", 80), count("B2", 90)], "third", "other-report"),
    ]
    with pytest.raises(DisclosureError) as caught:
        plan_release(estimates_frame(rows), *setting, earlier=frames)
    text = str(caught.value)
    for name in ("first (report side-report)", "second (report area-report-a2)",
                 "second (report area-report-a3)", "3 rows"):  # fmt: skip
        assert name in text
    assert "third" not in text
    assert "What to do" in text


def test_only_the_releases_that_tell_are_named(setting):
    """Who are men follows from all people and the women of one area; its side has no part in it."""
    rows = [count("A1", 100), count("A1", 95, "sex=v"), count("A1", 5, "sex=m"),
            count("pilot", 400), count("A2", 120), count("A3", 180)]  # fmt: skip
    frames = [published(rows[:2], "guilty"), published(rows[3:], "innocent")]
    with pytest.raises(DisclosureError) as caught:
        plan_release(estimates_frame(rows), *setting, earlier=frames)
    assert "guilty" in str(caught.value)
    assert "innocent" not in str(caught.value)


def test_a_cell_that_must_be_hidden_now_names_the_release_that_showed_it(setting):
    """Twelve people were above the threshold of then, and are below that of now."""
    rows = [count("A1", 12), count("A2", 40)]
    study, codebook, rules = setting
    stricter = rules.model_copy(
        update={"threshold": rules.threshold.model_copy(update={"value": 20})}
    )
    frames = [published(rows[:1], "spring", "area-report"), published(rows[1:], "autumn")]
    assert not plan_release(estimates_frame(rows), study, codebook, rules, earlier=frames).reasons
    with pytest.raises(DisclosureError) as caught:
        plan_release(estimates_frame(rows), study, codebook, stricter, earlier=frames)
    assert "must be hidden but was published before" in str(caught.value)
    assert "spring (report area-report)" in str(caught.value)
    assert "autumn" not in str(caught.value)


def test_what_is_published_again_unchanged_is_planned_as_before(setting):
    estimates = estimates_frame(cross(np.array([[4, 30], [20, 30], [40, 25]])))
    first = plan_release(estimates, *setting)
    before = publishable(estimates, first).assign(release="first", run="r")
    again = plan_release(estimates, *setting, earlier=[before])
    assert again.digest == first.digest


@pytest.mark.parametrize(("now", "refused"), [(40, False), (41, True), (49, True), (50, False)])
def test_a_count_corrected_by_a_few_is_refused(now, refused, setting):
    """The published 40 and a shown 49 say that nine people were added."""
    frames = [published([count("A2", 40)], "spring", "area-report")]
    estimates = estimates_frame([count("A2", now), count("B1", 60)])
    if not refused:
        assert not plan_release(estimates, *setting, earlier=frames).reasons
        return
    with pytest.raises(DisclosureError) as caught:
        plan_release(estimates, *setting, earlier=frames)
    assert "1 row" in str(caught.value)
    assert "spring (report area-report)" in str(caught.value)
    for number in ("40", "41", "49"):
        assert number not in str(caught.value).replace("A2", "")


@pytest.mark.parametrize("column", ["n", "n_households"])
def test_a_corrected_number_behind_a_mean_is_refused_too(column, setting):
    row = estimate_row(Table.SCORE, "mean", indicator="wellbeing", wave="w0", area="A1",
                       estimate=7.0, n=60, n_households=50)  # fmt: skip
    frames = [published([row], "spring")]
    now = estimates_frame([row | {column: row[column] - 3}])
    with pytest.raises(DisclosureError, match="differs from the published one"):
        plan_release(now, *setting, earlier=frames)


def test_a_corrected_count_that_no_report_shows_is_no_problem(setting):
    frames = [published([count("A2", 40)], "spring")]
    estimates = estimates_frame([count("A2", 43), count("B1", 60)])
    wanted = {"r": [estimates["id"].iloc[1]]}
    plan = plan_release(estimates, *setting, wanted, earlier=frames)
    assert list(plan.reasons.values()) == ["not_reported"]


def test_a_corrected_count_that_is_small_now_is_hidden(setting):
    """Twelve were published; there are eight: the twelve stay known, the eight need not be."""
    frames = [published([count("A2", 12)], "spring")]
    estimates = estimates_frame([count("A2", 8)])
    plan = plan_release(estimates, *setting, earlier=frames)
    assert list(plan.reasons.values()) == ["below_threshold"]


def test_rows_that_are_gone_are_still_known(setting):
    """The areas of an earlier release have no row any more: the side would give the third away."""
    rows = [count(area, n) for area, n in SIDE.items()]
    frames = [published(rows[1:3], "spring")]
    estimates = estimates_frame([rows[0], rows[3]])
    plan = plan_release(estimates, *setting, earlier=frames)
    assert hidden(estimates, plan) == set(estimates["id"])


# --- rule T1 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("small", range(1, 10))
def test_rule_t1_holds_for_every_hidden_count_over_whole_people(small, setting):
    """A whole-number programme of its own: what is hidden reaches 10, and half of the count."""
    table = np.array([[small, 12], [11, 13], [15, 10]])
    estimates = estimates_frame(cross(table))
    plan = plan_release(estimates, *setting)
    rows = []
    for place in (*np.eye(3), np.ones(3)):
        rows += [np.kron(place, take) for take in (np.ones(2), np.array([1, 0]), np.array([0, 1]))]
    values = estimates["estimate"].to_numpy()
    assert (np.array(rows) @ table.ravel()).tolist() == values.tolist()
    shown = ~estimates["id"].isin(hidden(estimates, plan)).to_numpy()
    told = LinearConstraint(np.array(rows)[shown], values[shown], values[shown])
    ends = []
    for sign in (1, -1):
        goal = sign * np.eye(6)[0]
        found = milp(goal, integrality=np.ones(6), bounds=Bounds(0, 1e4), constraints=told)
        ends.append(round(sign * found.fun))
    assert ends[0] <= small // 2
    assert ends[1] >= 10


# --- codes and reports ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_whole_numbers_and_words_as_codes_give_the_same_plan(seed, setting):
    chance = np.random.default_rng(seed)
    table = chance.integers(0, 40, (3, 3))

    def statuses(codes: tuple[str, ...]) -> list[str]:
        estimates = estimates_frame(cross(table, codes, "answer"))
        plan = plan_release(estimates, *setting)
        return [str(plan.status[row]) for row in estimates["id"]]

    assert statuses(("1", "2", "3")) == statuses(("one", "two", "three"))


def test_adding_a_report_never_shows_more(setting):
    """What is hidden for one report alone as too small is hidden for both together."""
    table = np.array([[4, 30], [20, 3], [40, 25]])
    estimates = estimates_frame(cross(table))
    ids = list(estimates["id"])
    areas, side = ids[:9], ids[9:]
    alone = plan_release(estimates, *setting, {"areas": areas})
    both = plan_release(estimates, *setting, {"areas": areas, "side": side})
    for plan in (alone, both):
        release = publishable(estimates, plan)
        assert audit_publishable(release, *setting, truth=estimates).empty
    assert len(hidden(estimates, both) & set(areas)) >= len(hidden(estimates, alone) & set(areas))


# --- how good the plan is ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_is_below_the_cost_and_reaches_it_where_proven(seed, setting):
    table = np.random.default_rng(seed).integers(1, 40, (3, 2))
    plan = plan_release(estimates_frame(cross(table)), *setting)
    assert 0 <= plan.bound <= plan.cost
    assert plan.proven == plan.systems
    assert plan.gap == pytest.approx(0)
    assert plan.cost == plan.secondary
    assert plan.out_of_time == 0


def test_a_release_with_nothing_to_hide_costs_nothing(setting):
    plan = plan_release(estimates_frame([count("A1", 60)]), *setting)
    assert (plan.cost, plan.bound, plan.gap, plan.systems) == (0, 0, 0, 0)


def test_a_plan_is_the_same_after_writing_and_reading(tmp_path, setting):
    estimates = estimates_frame(cross(np.array([[4, 30], [20, 30], [40, 25]])))
    plan = plan_release(estimates, *setting)
    write_plan(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan
    assert read_plan(tmp_path / "plan.json").digest == plan.digest
