"""Rows of business cases and of cost per gain, on small made-up data around the shipped study."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.domain import Side
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.business_cases import business_case_rows
from evaluatie.evaluation.monitor.cost_effectiveness import cost_effectiveness_rows
from evaluatie.evaluation.products import Products
from evaluatie.results import estimates_frame
from evaluatie.study import open_study

ROOT = Path(__file__).parents[2]
STUDY = open_study(ROOT)
CODEBOOK = load_codebook(STUDY)
BOOK = load_agreements(STUDY, CODEBOOK)
CASES = [project for project in BOOK.projects if project.business_case]
AREAS = [area.code for area in STUDY.areas]
PILOT = np.array([area.side is Side.PILOT for area in STUDY.areas])
WAVES = [wave.id for wave in STUDY.waves]


def asked(kind: str, products: Products) -> Asked:
    question = next(
        q for q in BOOK.questions.values()
        if q.indicator in CODEBOOK.indicators and CODEBOOK.indicators[q.indicator].kind == kind
    )  # fmt: skip
    indicator = CODEBOOK.indicators[question.indicator]
    return Asked(STUDY, CODEBOOK, BOOK, products, question, indicator)


def feeds(people: int = 40) -> dict[str, pd.DataFrame]:
    enrolments = [
        (project.id, f"p{k}", f"h{k // 2}", pd.Timestamp("2018-03-01"))
        for project in CASES
        for k in range(people)
    ]
    payers = list(CODEBOOK.payers)[:2]
    costs = [(p.id, payer, 2018, 1000.0) for p in CASES for payer in payers]
    return {
        "enrolments": pd.DataFrame(
            enrolments, columns=["project_id", "person_id", "household_id", "start"]
        ),
        "programme_costs": pd.DataFrame(
            costs, columns=["project_id", "payer", "year", "amount_eur"]
        ),
    }


def products(**parts: Any) -> Products:
    survey = dict.fromkeys(WAVES, True)
    data: Any = SimpleNamespace(feeds=feeds(), survey=survey, professionals={}, unavailable={})
    given = dict.fromkeys(("panel", "professionals", "ledger", "cells", "insured", "annual"))
    return Products(**({"data": data} | given | parts))


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    return estimates_frame(business_case_rows(asked("business_case", products())))


def test_every_project_of_the_plan_has_a_case_and_every_row_its_people(cases):
    named = cases["category"].str.extract(r"^project=([^|]+)")[0]
    assert set(named) == {project.id for project in CASES}
    assert (cases["n"] == 40).all()
    assert (cases["n_households"] == 20).all()


def test_payers_sum_to_the_total_of_the_project(cases):
    for term in ("invested", "assumed_benefit", "assumed_net"):
        mine = cases[cases["term"] == term].set_index("category")["estimate"]
        for project in CASES:
            each = mine[mine.index.str.startswith(f"project={project.id}|payer=")]
            assert each.sum() == pytest.approx(mine[f"project={project.id}"])
    both = cases[cases["category"] == f"project={CASES[0].id}"].set_index("term")["estimate"]
    assert both["assumed_net"] == pytest.approx(both["assumed_benefit"] - both["invested"])
    assert both["net_present_value"] == pytest.approx(both["assumed_net"])


def test_a_benefit_is_called_assumed_and_never_an_effect_of_the_project(cases):
    benefits = cases[cases["term"].str.contains("benefit|effect")]
    assert set(benefits["term"]) == {"assumed_benefit"}
    assert set(cases["p_value"].isna()) == {True}


def test_the_tornado_ends_are_those_of_the_net_value_and_the_interval_is_drawn(cases):
    ends = cases[cases["term"] == "assumed_net_at"]["category"]
    assert ends.str.contains(r"\|end=(?:low|high)$").all()
    net = cases[(cases["term"] == "net_present_value") & ~cases["category"].str.contains(r"\|")]
    assert ((net["ci_low"] < net["estimate"]) & (net["estimate"] < net["ci_high"])).all()
    again = estimates_frame(business_case_rows(asked("business_case", products())))
    pd.testing.assert_frame_equal(again, cases)  # the same seed, the same draws


def test_the_needed_participants_are_the_smallest_number_that_breaks_even():
    found = asked("business_case", products())
    rows = estimates_frame(business_case_rows(found))
    needed = rows[rows["term"] == "break_even_participants"].iloc[0]
    project = re.sub("^project=", "", needed["category"])
    of = rows[rows["category"] == f"project={project}"].set_index("term")["estimate"]
    each = of["assumed_benefit"] / of["participants"]
    assert each * (needed["estimate"] - 1) < of["invested"] <= each * needed["estimate"]


def test_a_wanted_case_without_assumptions_says_so():
    bare = [project.model_copy(update={"business_case": True}) for project in CASES]
    found = asked("business_case", products())
    book: Any = SimpleNamespace(projects=bare)
    rows = estimates_frame(business_case_rows(Asked(**{**vars(found), "book": book})))
    assert set(rows["reason"]) == {"no_assumptions"}
    assert len(rows) == len(CASES)


def test_without_enrolments_or_cost_the_reason_is_a_row():
    made = products()
    del made.data.feeds["enrolments"]
    rows = estimates_frame(business_case_rows(asked("business_case", made)))
    assert set(rows["reason"]) == {"missing_feed:enrolments"}
    made = products()
    made.data.feeds["programme_costs"]["amount_eur"] = 0.0
    rows = estimates_frame(business_case_rows(asked("business_case", made)))
    assert set(rows["reason"]) == {"no_programme_cost"}


def panel(gain: np.ndarray, scale: str) -> Any:
    """Return one adult per area and wave, weight 100: index 0.5, plus the gain times the wave."""
    rows = [
        {"wave": wave, "area_code": code, "weight": 100.0, scale: 0.5 + gain[a] * w}
        for w, wave in enumerate(WAVES)
        for a, code in enumerate(AREAS)
    ]
    return SimpleNamespace(frame=pd.DataFrame(rows))


def cells(extra: np.ndarray, laws: tuple[str, ...], basis: str) -> pd.DataFrame:
    """Return 100 euros per resident and year before the pilot, ``extra`` more from T0 on."""
    years = range(STUDY.cost_years[0], STUDY.cost_years[1] + 1)
    start = f"{STUDY.baseline.start.year}-Q3"
    rows = [
        {
            "level": "area", "area": code, "law": law, "basis": basis, "period": f"{y}-Q{q}",
            "eur_per_resident_year": 100.0 + (extra[a] / len(laws) if f"{y}-Q{q}" >= start else 0),
            "residents": 200.0,
        }
        for y in years
        for q in range(1, 5)
        for a, code in enumerate(AREAS)
        for law in laws
    ]  # fmt: skip
    return pd.DataFrame(rows)


def effectiveness(extra: np.ndarray, gain: np.ndarray) -> pd.DataFrame:
    indicator = asked("cost_effectiveness", products()).indicator
    made = products(
        panel=panel(gain, str(indicator.scale)),
        cells=cells(extra, indicator.laws, str(indicator.basis)),
    )
    made.data.feeds["programme_costs"]["amount_eur"] = 0.0
    return estimates_frame(cost_effectiveness_rows(asked("cost_effectiveness", made)))


WOBBLE = np.array([1, -1, 2, -2, 1.5, -1.5, 0.5, -0.5])


def test_cost_and_effect_of_the_pilot_are_the_discounted_sums_over_the_follow_up():
    rows = effectiveness(PILOT * 90.0 + WOBBLE, PILOT * 0.02 + WOBBLE / 1000)
    payer = CODEBOOK.payer_of(asked("cost_effectiveness", products()).indicator.laws[0])
    mine = rows[rows["category"] == f"perspective={payer}"].set_index("term")
    assert CODEBOOK.economics is not None
    rate = CODEBOOK.economics.rate
    cost = sum(90 / (1 + rate.cost) ** k for k in range(3))
    assert mine["estimate"]["incremental_cost"] == pytest.approx(cost, rel=1e-9)
    areas = [0.01, 0.03, 0.05]  # trapezoids of 0, 0.02, 0.04, 0.06
    effect = sum(a / (1 + rate.effects) ** k for k, a in enumerate(areas)) * 100 / 200
    assert mine["estimate"]["incremental_effect"] == pytest.approx(effect, rel=1e-3)
    assert mine["estimate"]["icer"] == pytest.approx(cost / effect, rel=1e-3)
    assert mine["ci_low"]["icer"] < cost / effect < mine["ci_high"]["icer"]


@pytest.mark.parametrize(
    ("extra", "gain", "reason"),
    [(-90.0, 0.02, "cheaper_better"), (90.0, -0.02, "dearer_worse")],
)
def test_a_negative_ratio_is_a_reason_and_no_number(extra, gain, reason):
    rows = effectiveness(PILOT * extra + WOBBLE, PILOT * gain + WOBBLE / 1000)
    ratio = rows[rows["term"] == "icer"].iloc[0]
    assert (ratio["status"], ratio["reason"]) == ("not_estimable", reason)
    assert np.isnan(ratio["estimate"])


def test_noise_between_areas_is_not_demonstrated_at_any_threshold():
    rows = effectiveness(WOBBLE * 50, WOBBLE[::-1] / 100)
    benefit = rows[rows["term"] == "net_benefit"]
    assert set(benefit["reason"]) == {"not_demonstrated"}
    assert (benefit["ci_low"] < 0).all()
    assert (benefit["ci_high"] > 0).all()


def test_a_clear_gain_at_no_cost_is_worth_it_and_the_quadrants_say_so():
    rows = effectiveness(PILOT * -90.0 + WOBBLE, PILOT * 0.02 + WOBBLE / 1000)
    assert set(rows[rows["term"] == "net_benefit"]["reason"]) == {"worth_its_cost"}
    shares = rows[rows["term"] == "quadrant_share"].set_index("category")["estimate"]
    assert shares.sum() == pytest.approx(1)
    assert shares.filter(like="cheaper_better").iloc[0] > 0.99


def test_a_payer_whose_amounts_are_not_known_leaves_no_total_of_all_payers():
    rows = effectiveness(WOBBLE, WOBBLE)
    whole = rows[rows["category"] == "perspective=all"]
    assert whole["reason"].tolist() == ["payer_amounts_missing"]


def test_without_the_panel_there_is_one_row_with_the_reason():
    rows = estimates_frame(cost_effectiveness_rows(asked("cost_effectiveness", products())))
    assert rows["reason"].tolist() == ["missing_feed:survey"]
    assert rows["status"].tolist() == ["unavailable"]
