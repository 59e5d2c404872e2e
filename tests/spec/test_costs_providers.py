"""Providers beside one another: expected cost by brute force, shares and medians by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from providers_example import COLUMNS, LAWS, courses, ledger_of, random_ledger

from evaluatie.costs.providers.care import provider_care
from evaluatie.costs.providers.pattern import provider_patterns
from evaluatie.costs.providers.rates import agreed_rates, cost_by_laws
from evaluatie.dictionary import load_codebook
from evaluatie.study import open_study

YEARS = (2018, 2019)
CODEBOOK = load_codebook(open_study(Path(__file__).parents[2]))


def care_of(seed=1, lines=None):
    ledger, data = random_ledger(seed)
    if lines is not None:
        ledger = ledger_of(lines(ledger.lines))
    return provider_care(ledger, data, LAWS, "declared", CODEBOOK, YEARS), ledger, data


def group_of(person, year, data):
    born = data.feeds["residents"].set_index("person_id")["birth_year"][person]
    if np.isnan(born):
        return "unknown"
    found = [g.id for g in CODEBOOK.survey_age_groups if g.minimum <= year - born <= g.maximum]
    return found[0] if found else "younger"


def test_expected_cost_is_the_rate_of_all_providers_by_brute_force():
    care, ledger, data = care_of()
    lines = ledger.lines[ledger.lines["area_code"] != ""].copy()
    lines["year"] = lines["month"].dt.year
    lines["group"] = [
        group_of(p, y, data) for p, y in zip(lines["person_id"], lines["year"], strict=True)
    ]
    strata = {}
    for row in lines.to_dict("records"):
        key = (row["law"], row["product_code"], row["group"], row["year"])
        total = strata.setdefault(key, [0.0, 0.0])
        total[0] += row["cents"] if row["basis"] == "declared" else 0
        total[1] += row["days"] if row["basis"] == "allocated" else 0
    for cell in care.to_dict("records"):
        mine = lines[
            (lines["provider_id"] == cell["provider_id"]) & (lines["law"] == cell["law"])
            & (lines["year"] == cell["year"]) & (lines["person_id"] == cell["person_id"])
        ]  # fmt: skip
        days = mine[mine["basis"] == "allocated"]
        expected = sum(
            d["days"] * strata[d["law"], d["product_code"], d["group"], d["year"]][0]
            / strata[d["law"], d["product_code"], d["group"], d["year"]][1]
            for d in days.to_dict("records")
        )  # fmt: skip
        assert cell["expected_eur"] == pytest.approx(expected / 100)
        assert cell["eur"] == pytest.approx(
            mine.loc[mine["basis"] == "declared", "cents"].sum() / 100
        )


def test_observed_and_expected_add_up_to_the_same():
    care, _, _ = care_of()
    totals = care.groupby(["law", "year"])[["eur", "expected_eur"]].sum()
    assert totals["eur"].to_numpy() == pytest.approx(totals["expected_eur"].to_numpy())


def test_together_by_brute_force():
    care, ledger, _ = care_of()
    lines = ledger.lines[(ledger.lines["basis"] == "allocated") & (ledger.lines["days"] > 0)]
    by_home = lines.groupby(["household_id", "month"])["provider_id"].agg(set)
    for cell in care[care["days"] > 0].to_dict("records"):
        own = lines[
            (lines["person_id"] == cell["person_id"]) & (lines["law"] == cell["law"])
            & (lines["provider_id"] == cell["provider_id"])
            & (lines["month"].dt.year == cell["year"])
        ]  # fmt: skip
        several = any(
            len(by_home[row["household_id"], row["month"]]) > 1 for row in own.to_dict("records")
        )
        assert cell["together"] == several


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_order_and_splitting_of_lines_change_nothing(seed):
    def shuffled(lines):
        return lines.sample(frac=1, random_state=seed)

    def split(lines):
        half = lines.assign(days=lines["days"] // 2, cents=lines["cents"] // 2)
        rest = lines.assign(days=lines["days"] - half["days"], cents=lines["cents"] - half["cents"])
        return pd.concat([half, rest])

    whole = care_of(3)[0].set_index(["provider_id", "law", "year", "person_id"]).sort_index()
    for change in (shuffled, split):
        other = care_of(3, change)[0].set_index(["provider_id", "law", "year", "person_id"])
        pd.testing.assert_frame_equal(whole, other.sort_index(), rtol=1e-9)


def test_who_moved_out_of_the_study_areas_costs_nothing_here():
    care, ledger, _ = care_of()
    outside = ledger.lines[ledger.lines["area_code"] == ""]
    declared = ledger.lines[ledger.lines["basis"] == "declared"]
    inside = declared[declared["area_code"] != ""]
    assert len(outside)
    assert care["eur"].sum() == pytest.approx(inside["cents"].sum() / 100)


def example_care():
    """Two providers: V has four clients in three homes, W has two."""
    rows = [
        ("V", "a", "h1", 100, 100, 150, True),
        ("V", "b", "h1", 300, 200, 400, False),
        ("V", "c", "h2", 200, 100, 250, False),
        ("V", "d", "h3", 400, 400, 400, True),
        ("W", "e", "h4", 50, 100, 60, False),
        ("W", "f", "h5", 150, 300, 160, True),
    ]
    columns = ["provider_id", "person_id", "household_id", "eur", "expected_eur", "allocated_eur",
               "together"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns).astype({"eur": float, "expected_eur": float})
    return frame.assign(law=LAWS[0], year=2019, days=10.0)


def measured(pattern, provider, measure):
    return pattern[(pattern["provider_id"] == provider) & (pattern["measure"] == measure)].iloc[0]


def test_measures_of_a_provider_by_hand():
    found = provider_patterns(example_care(), courses([]), [2019])
    cell = measured(found, "V", "cost_per_client")
    assert (cell["estimate"], cell["n"], cell["n_households"]) == (250, 4, 3)
    assert cell["top1_share"] == pytest.approx(0.4)  # two homes of 400 euros each
    assert cell["top2_share"] == pytest.approx(0.8)
    assert cell["target"] == pytest.approx(1200 / 6)
    assert measured(found, "V", "clients")["estimate"] == 4
    assert measured(found, "V", "homes")["estimate"] == 3
    ratio = measured(found, "V", "cost_ratio")
    assert (ratio["estimate"], ratio["target"]) == (pytest.approx(1000 / 800), 1.0)
    assert ratio["size"] == pytest.approx(800**2 / (300**2 + 100**2 + 400**2))
    assert measured(found, "W", "declared_ratio")["estimate"] == pytest.approx(200 / 220)
    assert measured(found, "W", "declared_ratio")["target"] == pytest.approx(1200 / 1420)
    together = measured(found, "V", "together_share")
    assert (together["estimate"], together["target"]) == (0.5, 0.5)
    assert together["std_error"] == pytest.approx(0.25)


def test_goal_share_counts_the_courses_of_the_year():
    rows = [("V", "a", "2018-06-01", 300, 2), ("V", "b", "2019-03-01", 500, 0),
            ("V", "c", "2018-01-01", 90, 2), ("V", "d", "2019-05-01", 40, 3),
            ("W", "e", "2019-01-01", 30, 1)]  # fmt: skip
    found = provider_patterns(example_care(), courses(rows), [2019])
    goal = measured(found, "V", "goal_share")
    # c ended before the year, d moved: of a, b and d only a reached the goal in the year
    assert (goal["estimate"], goal["size"], goal["n"]) == (pytest.approx(1 / 3), 3, 3)
    assert measured(found, "W", "goal_share")["estimate"] == 1.0


def test_the_median_waits_until_half_have_ended_and_does_not_look_ahead():
    rows = [
        ("V", p, "2018-06-01", days, 2) for p, days in zip("abcd", (50, 100, 400, 900), strict=True)
    ]
    rows += [("W", p, "2019-12-01", 200, 2) for p in "ef"]
    found = provider_patterns(example_care(), courses(rows), [2019])
    assert measured(found, "V", "median_days")["estimate"] == 100
    assert np.isnan(measured(found, "W", "median_days")["estimate"])  # all end after the year


def arrangements():
    rows = [("V", "a", "01", 20.0), ("V", "b", "01", 22.0), ("V", "c", "01", 24.0),
            ("W", "d", "01", 30.0), ("X", "e", "01", 10.0)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["provider_id", "person_id", "product_code", "rate_eur"])
    return frame.assign(
        household_id=frame["person_id"], unit="04", change_reason="90",
        start=pd.Timestamp(2019, 3, 1), end=pd.Timestamp(2021, 1, 1),
    )  # fmt: skip


def test_agreed_rates_by_hand_without_void_records_budgets_and_other_years():
    frame = arrangements()
    void = frame.iloc[[0]].assign(change_reason="13", end=frame["start"].iloc[0], rate_eur=999.0)
    budget = frame.iloc[[0]].assign(unit="83", rate_eur=999.0)
    later = frame.iloc[[0]].assign(start=pd.Timestamp(2020, 1, 1), rate_eur=999.0)
    none = frame.iloc[[0]].assign(rate_eur=np.nan)
    whole = pd.concat([frame, void, budget, later, none], ignore_index=True)
    found = agreed_rates(whole, ("wmo",), 2019, CODEBOOK).set_index("over")
    assert found["rate_eur"].to_dict() == {"median": 22.0, "low": 16.0, "high": 26.0}
    assert found.loc["median", ["arrangements", "n", "n_households", "n_providers"]].tolist() == [
        5, 5, 5, 3,
    ]  # fmt: skip
    assert set(found["n"]) == {5}


def test_cost_of_a_household_by_the_number_of_acts_by_hand():
    rows = [("a", "h1", "A", "help", "p", "V", "2019-01-01", "declared", 0, 10_000),
            ("b", "h1", "A", "youth", "q", "W", "2019-02-01", "declared", 0, 30_000),
            ("c", "h2", "A", "help", "p", "V", "2019-01-01", "declared", 0, 5_000),
            ("d", "h3", "A", "help", "p", "V", "2019-01-01", "declared", 0, 15_000),
            ("e", "h3", "A", "youth", "p", "V", "2019-01-01", "declared", 0, 0),
            ("f", "h4", "", "help", "p", "V", "2019-01-01", "declared", 0, 99_999),
            ("g", "h5", "A", "help", "p", "V", "2018-01-01", "declared", 0, 99_999)]  # fmt: skip
    ledger = ledger_of(pd.DataFrame(rows, columns=COLUMNS))
    found = cost_by_laws(ledger, 2019, "declared").set_index("laws")
    assert found["eur_per_household"].to_dict() == {1: 100.0, 2: 400.0}
    assert found.loc[1, ["n", "n_households"]].tolist() == [3, 2]
    assert found.loc[1, "top1_share"] == pytest.approx(0.75)
    assert found.loc[2, ["n", "n_households"]].tolist() == [2, 1]
