"""Rounding instead of hiding: what is printed, what else must be rounded with it, what stays."""

from __future__ import annotations

import numpy as np
import pytest
from disclosure_example import shipped_rules, small_codebook, small_study

from evaluatie.disclosure import DisclosureRules, plan_release, publishable, read_plan, write_plan
from evaluatie.results import Table, estimate_row, estimates_frame

BASE = 5
AREAS = ("A1", "A2", "A3", "pilot")
AGES = ("18-34", "35-64", "65+")
COUNTS = np.array([[3, 21, 18], [14, 26, 7], [12, 33, 29]])


@pytest.fixture(scope="module")
def setting():
    content = shipped_rules().model_dump()
    rounding = {"base": BASE, "tables": ["response"], "source": "test"}
    rules = DisclosureRules.model_validate(content | {"rounding": rounding})
    return small_study(), small_codebook(), rules


def respondents() -> list[dict]:
    """Return who responded and who was invited by area and age, with both margins, and shares."""
    rows = []
    full = np.vstack([COUNTS, COUNTS.sum(axis=0)])
    for area, values in zip(AREAS, full, strict=True):
        told = {"": values.sum()} | {f"age={a}": v for a, v in zip(AGES, values, strict=True)}
        for category, n in told.items():
            place = {"wave": "w0", "area": area, "category": category}
            rows += [
                estimate_row(Table.RESPONSE, "respondents", estimate=n, n=n, **place),
                estimate_row(Table.RESPONSE, "invited", estimate=3 * n, n=3 * n, **place),
                estimate_row(Table.RESPONSE, "response_share", estimate=1 / 3, n=3 * n, **place),
            ]
    return rows


def mean(area: str, n: float, **more: object) -> dict:
    return estimate_row(
        Table.SCORE, "mean", indicator="wellbeing", area=area, estimate=7.1, std_error=0.2, n=n,
        **({"wave": "w0"} | more),
    )  # fmt: skip


def released(rows: list[dict], setting, **more):
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, *setting, **more)
    return plan, publishable(estimates, plan), estimates


def test_counts_are_shown_as_multiples_of_the_base_that_add_up(setting):
    plan, release, estimates = released(respondents(), setting)
    assert not plan.reasons
    counts = release[release["term"] == "respondents"].set_index(["area", "category"])["estimate"]
    true = estimates.set_index(["area", "category", "term"])["estimate"]
    assert (counts % BASE == 0).all()
    for area in AREAS:
        ages = [counts[area, f"age={age}"] for age in AGES]
        assert sum(ages) == counts[area, ""]
    for category in ("", *(f"age={age}" for age in AGES)):
        parts = [counts[area, category] for area in AREAS[:3]]
        assert sum(parts) == counts["pilot", category]
    off = [abs(value - true[(*key, "respondents")]) for key, value in counts.items()]
    assert max(off) <= BASE
    assert max(off) > 0


def test_a_share_of_two_rounded_counts_is_made_of_them(setting):
    _, release, _ = released(respondents(), setting)
    told = release.set_index(["area", "category", "term"])
    for place, row in told.xs("response_share", level="term").iterrows():
        share = told.loc[(*place, "respondents"), "estimate"] / row["n"]
        assert row["estimate"] == pytest.approx(share)
        assert row["n"] == told.loc[(*place, "invited"), "estimate"]
    assert told["std_error"].isna().all()


def test_an_exact_n_beside_a_mean_of_the_same_people_is_rounded_too(setting):
    """42 responded in A1, 40 of them have a score: neither number stands anywhere."""
    rows = [*respondents(), mean("A1", 42), mean("A2", 46), mean("A3", 74)]
    _, release, _ = released(rows, setting)
    scores = release[release["table"] == "score"]
    counts = release[(release["term"] == "respondents") & (release["category"] == "")]
    known = counts.set_index("area")["estimate"]
    assert scores["estimate"].tolist() == [7.1] * 3
    assert (scores["n"] % BASE == 0).all()
    assert all(row["n"] <= known[row["area"]] for _, row in scores.iterrows())
    assert scores["n_households"].isna().all()


def test_a_mean_of_few_people_stays_hidden(setting):
    rows = [*respondents(), mean("A1", 9), mean("A2", 46)]
    plan, release, _ = released(rows, setting)
    hidden = release[release["publication"] == "suppressed"]
    assert hidden["id"].tolist() == [rows[-2]["id"]]
    assert list(plan.reasons.values()) == ["below_threshold"]
    assert hidden["n"].isna().all()


def test_other_waves_and_numbers_of_no_respondents_stay_exact(setting):
    behind = {"indicator": "town_cost", "area": "A1", "law": "care", "period": "2001-Q1"}
    users = estimate_row(Table.COST_USERS, "count", estimate=43, n=43, **behind)
    rows = [*respondents(), mean("A1", 43, wave="w1"), users]
    _, release, _ = released(rows, setting)
    assert release["n"].tolist()[-2:] == [43, 43]


def test_what_was_printed_rounded_before_is_printed_the_same_again(setting):
    """Another rounding of the same counts would narrow down what was printed before."""
    rows = respondents()
    _, first, _ = released(rows, setting)
    before = first.assign(release="spring", run="r")
    _, second, _ = released(rows, setting, earlier=[before])
    assert second["estimate"].round(9).tolist() == first["estimate"].round(9).tolist()


def test_without_the_rule_small_counts_are_hidden(setting):
    study, codebook, _ = setting
    plan, release, _ = released(respondents(), (study, codebook, shipped_rules()))
    assert not plan.rounded
    assert "below_threshold" in plan.reasons.values()
    shown = release.loc[release["publication"] == "shown", "estimate"]
    assert ((shown == 0) | (shown >= 10) | (shown < 1)).all()


def test_the_file_of_a_plan_keeps_what_is_printed(tmp_path, setting):
    plan, _, _ = released([*respondents(), mean("A2", 46)], setting)
    write_plan(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json").digest == plan.digest
