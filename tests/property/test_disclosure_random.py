"""Whatever the table: the plan survives the audit, and nothing small is shown."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluatie.declarations import Label
from evaluatie.dictionary.model import AgeGroup, CodebookContent, Law, PriceIndex
from evaluatie.disclosure import audit_publishable, load_rules, plan_release, publishable
from evaluatie.results import NUMBER, Table, estimate_row, estimates_frame
from evaluatie.study import Area, Municipality, Study, Wave, default_path

TEXT = Label(nl="x", en="x")
AREAS = {"A1": "pilot", "A2": "pilot", "B1": "comparison", "B2": "comparison"}
PLACES = {
    **{area: (i,) for i, area in enumerate(AREAS)},
    "pilot": (0, 1),
    "comparison": (2, 3),
    "all": (0, 1, 2, 3),
}
FEW = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
COUNT = st.one_of(st.integers(0, 14), st.integers(0, 80))


def small_study() -> Study:
    day = date(2001, 1, 1)
    waves = tuple(
        Wave(id=f"w{i}", label=TEXT, start=day.replace(year=2001 + i),
             end=day.replace(year=2001 + i, month=2), report_from=day)
        for i in range(2)
    )  # fmt: skip
    return Study(
        id="s", title=TEXT, municipality=Municipality(code="M", name="M"), waves=waves,
        areas=tuple(Area(code=code, name=code, side=side) for code, side in AREAS.items()),
        pilot_start=day, cost_years=(2001, 2002), cost_baseline=(day, day), price_level=2002,
        seed=1, report_date=day, feeds=(), root=Path("."),
    )  # fmt: skip


def small_codebook() -> CodebookContent:
    laws = {
        law: Law(id=law, label=TEXT, payer="town", grain="arrangement", source="test")
        for law in ("care", "youth")
    }
    return CodebookContent(
        items={}, professional_items={}, scales={}, value_sets={}, indicators={}, feeds={},
        code_lists={}, laws=laws, payers={}, survey_age_groups=(AgeGroup(id="18+", minimum=18),),
        prices=PriceIndex(base=2002, index={2002: 100.0}, source="test"),
    )  # fmt: skip


FOLDER = default_path("data_dictionary")
RULES = load_rules(Study.model_construct(root=FOLDER.parent, dictionaries=(FOLDER.name,)))
SETTING = (small_study(), small_codebook(), RULES)


def count_table(finest: np.ndarray, codes: tuple[str, ...] = ("v", "m", "x")) -> pd.DataFrame:
    """Return all margins of area x category (4 x up to 3) as rows of counts."""
    rows = []
    for place, index in PLACES.items():
        here = finest[list(index)].sum(axis=0)
        rows.append(row_of(place, "", here.sum()))
        rows += [
            row_of(place, f"sex={code}", value) for code, value in zip(codes, here, strict=False)
        ]
    return estimates_frame(rows)


def row_of(place: str, category: str, value: float) -> dict:
    return estimate_row(
        Table.RESPONSE, "respondents", wave="w0", area=place, category=category,
        estimate=float(value), n=float(value),
    )  # fmt: skip


def check(estimates: pd.DataFrame, shown: dict[str, list[str]] | None = None) -> pd.DataFrame:
    """Plan and audit; return the publishable frame."""
    plan = plan_release(estimates, *SETTING, shown)
    release = publishable(estimates, plan)
    assert audit_publishable(release, *SETTING).empty
    assert audit_publishable(release, *SETTING, truth=estimates).empty
    hidden = release[release["publication"] != "shown"]
    assert hidden[list(NUMBER)].isna().all(axis=None)
    assert not set(hidden["reason"]) & {""}
    visible = estimates[release["publication"] == "shown"]
    assert not ((visible["n"] > 0) & (visible["n"] < RULES.threshold.value)).any()
    return release


tables = st.lists(COUNT, min_size=12, max_size=12).map(lambda v: np.array(v).reshape(4, 3))


@FEW
@given(tables)
def test_every_plan_survives_the_audit(table):
    check(count_table(table))


@FEW
@given(tables, st.lists(st.integers(-2, 2), min_size=28, max_size=28))
def test_counts_that_do_not_quite_add_up_survive_the_audit(table, shifts):
    """People move within a period: a side has one or two more or fewer than its areas together."""
    estimates = count_table(table)
    moved = (estimates["estimate"] + np.array(shifts)).clip(lower=0.0)
    check(estimates.assign(estimate=moved, n=moved))


@FEW
@given(tables, st.data())
def test_any_two_reports_together_survive_the_audit(table, data):
    estimates = count_table(table)
    ids = list(estimates["id"])
    runs = {name: data.draw(st.lists(st.sampled_from(ids), unique=True)) for name in ("one", "two")}
    release = check(estimates, runs)
    visible = set(release.loc[release["publication"] == "shown", "id"])
    assert visible <= {row for shown in runs.values() for row in shown}


@FEW
@given(tables)
def test_codes_do_not_matter(table):
    patterns = [
        list(plan_release(count_table(table, codes), *SETTING).status.values())
        for codes in (("v", "m", "x"), ("1", "2", "10"))
    ]
    assert patterns[0] == patterns[1]


@FEW
@given(st.lists(st.integers(0, 40), min_size=20, max_size=20))
def test_shares_of_answers_survive_the_audit(values):
    finest = np.array(values).reshape(4, 5)
    rows = []
    for place, index in PLACES.items():
        here = finest[list(index)].sum(axis=0)
        if here.sum() > 0:
            rows += [
                estimate_row(Table.DISTRIBUTION, "share", indicator="q", wave="w0", area=place,
                             category=f"answer={code}", estimate=value / here.sum(), n=here.sum())
                for code, value in enumerate(here)
            ]  # fmt: skip
    if rows:
        check(estimates_frame(rows))


@FEW
@given(
    st.lists(st.integers(0, 50_000), min_size=8, max_size=8),
    st.lists(st.integers(1, 30), min_size=8, max_size=8),
    st.lists(st.floats(0.05, 0.99), min_size=28, max_size=28),
)
def test_amounts_survive_the_audit(euros, persons, shares):
    """Area x law with side, all and payer margins; who dominates is drawn at random."""
    amount, people = np.array(euros).reshape(4, 2), np.array(persons).reshape(4, 2)
    laws = {"care": [0], "youth": [1], "payer:town": [0, 1]}
    rows = []
    for (place, index), (law, columns) in itertools.product(PLACES.items(), laws.items()):
        cells = np.ix_(list(index), columns)
        two = shares[len(rows)]
        rows.append(
            estimate_row(Table.COST_LEVEL, "total", area=place, law=law, period="2001-Q1",
                         estimate=amount[cells].sum(), n=people[cells].sum(), n_households=50,
                         n_providers=5, top1_share=two * 0.6, top2_share=two)
        )  # fmt: skip
    check(estimates_frame(rows))


@FEW
@given(tables, st.integers(0, 27))
def test_what_more_is_shown_never_widens_an_interval(table, extra):
    """Show the rows of a release one by one: intervals of a hidden cell only shrink."""
    estimates = count_table(table)
    plan = plan_release(estimates, *SETTING)
    release = publishable(estimates, plan)
    visible = release.index[release["publication"] == "shown"]
    if len(visible) == 0:
        return
    less = release.copy()
    drop = visible[extra % len(visible)]
    less.loc[drop, "publication"] = "suppressed"
    less.loc[drop, list(NUMBER)] = np.nan
    assert audit_publishable(less, *SETTING, truth=estimates).empty
