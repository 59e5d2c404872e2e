"""Rows of the matrix, of substitution and of who invests: additive, honest about what lacks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import payers_example as example
import pytest

from evaluatie.costs import area_change, cost_cells
from evaluatie.evaluation.contrasts import contrast
from evaluatie.evaluation.monitor.payers import payer_rows
from evaluatie.results import estimates_frame

FEEDS = example.feeds()
ROWS = estimates_frame(payer_rows(example.asked(FEEDS)))
ADDED = ("total", "difference", "people", "elsewhere", "beyond")


def rows_of(**changes) -> pd.DataFrame:
    return estimates_frame(payer_rows(example.asked(**changes)))


def pick(rows: pd.DataFrame, **where: str) -> pd.DataFrame:
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows


def one(rows: pd.DataFrame, **where: str) -> pd.Series:
    found = pick(rows, **where)
    assert len(found) == 1, (where, len(found))
    return found.iloc[0]


def test_rows_and_columns_add_up_to_the_total_to_the_cent() -> None:
    whole = pick(ROWS, law="all", category="")
    whole = whole[whole["term"].isin(ADDED)]
    assert len(whole) == 3 * 2 + 2 * (2 + 2 + 1)  # totals by year and side; two waves
    for row in whole.to_dict("records"):
        key = {name: row[name] for name in ("term", "wave", "period", "area")}
        cells = pick(ROWS, category="", **key)
        payers = cells[cells["law"].str.startswith("payer:")]
        laws = cells[~cells["law"].str.startswith("payer:") & (cells["law"] != "all")]
        assert len(laws) == 5
        assert len(payers) == 3 + (row["term"] == "beyond")  # that of a payer of no law is absent
        total = round(100 * row["estimate"])
        assert round(100 * payers["estimate"].sum()) == total
        assert sum(round(100 * value) for value in laws["estimate"]) == total


def test_categories_of_care_add_up_to_their_law() -> None:
    kinds = ROWS[ROWS["category"].str.startswith("care=") & (ROWS["law"] == "health")]
    for (term, wave, period, area), cells in kinds.groupby(["term", "wave", "period", "area"]):
        law = one(ROWS, law="health", category="", term=term, wave=wave, period=period, area=area)
        assert len(cells) == 3
        assert round(100 * cells["estimate"].sum()) == round(100 * law["estimate"])


def test_no_amount_is_per_resident_and_every_number_about_people_says_how_many() -> None:
    amounts = ROWS[ROWS["term"].isin((*ADDED, "net", "after_funding"))]
    assert set(amounts["unit"]) == {"EUR_2018/year", "share"}
    shown = amounts[amounts["status"] == "estimated"]
    assert shown["n"].notna().all()
    town = shown[shown["law"] == "payer:town"]
    assert town[["n_households", "n_providers", "top1_share", "top2_share"]].notna().all().all()


def test_periods_are_full_calendar_years_and_the_same_for_all() -> None:
    years = pick(ROWS, term="year").set_index(["wave", "category"])["estimate"]
    assert years.to_dict() == {
        ("t1", "window=before"): 2016, ("t1", "window=after"): 2017,
        ("t2", "window=before"): 2016, ("t2", "window=after"): 2018,
    }  # fmt: skip
    totals = pick(ROWS, term="total")
    assert set(totals["period"]) == {"2016", "2017", "2018"}


def test_the_payer_gets_the_verdict_in_euros_where_the_windows_are_the_same() -> None:
    """Waves on the first of January: the four quarters before it are the calendar year."""
    waves = [
        {"id": f"t{i}", "label": example.example.text(f"T{i}"), "start": f"{2017 + i}-01-01",
         "end": f"{2017 + i}-03-31", "report_from": f"{2017 + i}-12-01"}
        for i in range(3)
    ]  # fmt: skip
    place = example.study(
        waves=waves, cost_baseline=["2016-01-01", "2016-12-31"], pilot_start="2017-03-01"
    )
    asked = example.asked(FEEDS, place)
    found = estimates_frame(payer_rows(asked))
    indicator = example.example.indicator()
    cells = cost_cells(asked.products.ledger, place, asked.codebook)
    changes = area_change(cells, indicator, "t2", place, "declared").assign(n=1)
    verdict = contrast(
        place,
        example.question(
            id="cost", type="non_inferiority", contrast="difference_in_differences",
            test="randomisation", verdict_wave="t2", payer="town", indicator="town_cost",
            margin={"value": 1, "reason": example.example.text("r"), "source": "t"},
        ),
        "t2", changes, -1,
    )  # fmt: skip
    row = one(found, law="payer:town", term="beyond", wave="t2")
    assert row["estimate"] == pytest.approx(verdict.estimate * verdict.residents, abs=0.05)
    for field, value in (("ci_low", verdict.low), ("ci_high", verdict.high)):
        assert row[field] == pytest.approx(value * verdict.residents, abs=0.5)


def test_a_law_without_its_feed_is_no_zero_and_the_totals_say_they_are_without_it() -> None:
    less = {name: feed for name, feed in FEEDS.items() if name != "wlz"}
    found = rows_of(found=less)
    for term in ("difference", "beyond"):
        row = one(found, law="stay", term=term, wave="t2")
        assert (row["status"], row["reason"]) == ("unavailable", "missing_feed:wlz")
        assert np.isnan(row["estimate"])
    whole = pick(found, law="all", wave="t2", term="beyond")
    assert whole["category"].tolist() == ["without=stay"]
    mine = pick(found, wave="t2", term="beyond", category="")
    laws = mine[mine["law"].isin(["help", "youth", "income", "health"])]
    assert round(100 * whole["estimate"].iloc[0]) == round(100 * laws["estimate"].sum())
    absent = one(found, law="payer:office", term="beyond", wave="t2")
    assert absent["reason"] == "no_law_known"
    assert one(found, term="opposite", category="substitution=help_to_stay", wave="t2",
               area="pilot")["reason"] == "missing_feed:wlz"  # fmt: skip


def test_a_wave_whose_year_is_not_complete_has_no_municipal_amounts() -> None:
    found = rows_of(place=example.study(runoff_quarters=6))
    row = one(found, law="help", term="beyond", wave="t2", category="")
    assert (row["status"], row["reason"]) == ("not_estimable", "window_incomplete")
    assert one(found, law="help", term="beyond", wave="t1", category="")["status"] == "estimated"
    whole = pick(found, law="all", term="beyond").set_index("wave")["category"]
    assert whole.to_dict() == {"t1": "", "t2": "without=help,youth,income"}


def test_two_waves_in_one_year_have_nothing_to_compare() -> None:
    waves = [
        {"id": f"t{i}", "label": example.example.text(f"T{i}"), "start": start,
         "end": start.replace("-01", "-28"), "report_from": "2019-12-01"}
        for i, start in enumerate(("2017-03-01", "2017-10-01", "2018-10-01"))
    ]  # fmt: skip
    found = rows_of(place=example.study(waves=waves))
    early = pick(found, wave="t1", term="beyond")
    assert set(early["reason"]) <= {
        "same_calendar_year", "no_law_known", "payer_without_measured_law"
    }  # fmt: skip
    assert not pick(found, wave="t2", law="all", term="beyond")["estimate"].isna().any()


def test_substitution_is_only_what_fell_and_rose_beyond_the_intervals() -> None:
    moved = {name: feed.copy() for name, feed in FEEDS.items()}
    zvw = moved["zvw"]
    zvw["amount_eur"] = 10_000.0 + zvw["insured_years"] * 100
    pilot = zvw["area_code"].str.startswith("P") & (zvw["year"] >= 2017)
    noise = zvw["area_code"].str[1].astype(int) * 3.0
    zvw["amount_eur"] += noise * (zvw["year"] - 2015)
    zvw.loc[pilot & (zvw["category"] == "gp"), "amount_eur"] -= 3_000
    zvw.loc[pilot & (zvw["category"] == "mind"), "amount_eur"] += 3_000
    found = rows_of(found=moved)
    for area in ("pilot", "pilot-comparison"):
        flag = one(found, term="opposite", category="substitution=gp_to_mind", wave="t2", area=area)
        assert flag["estimate"] == 1
        assert one(ROWS, term="opposite", category="substitution=gp_to_mind", wave="t2",
                   area=area)["estimate"] == 0  # fmt: skip
    role = pick(found, category="substitution=gp_to_mind|role=from", term="beyond", wave="t2")
    single = pick(found, term="beyond", law="health", wave="t2")
    parts = single[single["category"].isin(["care=gp", "care=pills"])]["estimate"]
    assert role["estimate"].tolist() == pytest.approx([parts.sum()], abs=1e-6)


def test_a_role_that_is_a_row_of_the_matrix_points_at_it() -> None:
    roles = pick(ROWS, term="role", wave="t2").set_index("category")["law"].to_dict()
    assert roles == {
        "substitution=gp_to_mind|role=to|care=mind": "health",
        "substitution=youth_to_help|role=from": "youth",
        "substitution=youth_to_help|role=to": "help",
        "substitution=help_to_stay|role=to": "stay",
    }


def test_households_that_leave_and_enter_are_counted_where_both_are_arrangements() -> None:
    label = "substitution=youth_to_help|role=households"
    mine = pick(ROWS, category=label)
    assert set(mine["term"]) == {"leavers", "entered", "share_entered", "difference"}
    counts = mine[mine["term"] == "leavers"]
    assert not counts.duplicated(["area", "period"]).any()
    assert ROWS[ROWS["category"].str.contains("gp_to_mind.role=households")].empty
    assert (pick(mine, term="difference")["n"] <= counts["estimate"].max()).all()


def test_who_invests_and_who_gains_stand_beside_each_other() -> None:
    def value(term: str, law: str) -> float:
        return float(one(ROWS, term=term, law=law, wave="t2", category="")["estimate"])

    payers = ("payer:town", "payer:region")
    assert value("invested", "all") == pytest.approx(sum(value("invested", p) for p in payers))
    assert value("net", "payer:town") == pytest.approx(
        value("beyond", "payer:town") + value("invested", "payer:town"), abs=1e-6
    )
    assert value("net", "all") == pytest.approx(value("beyond", "all") + value("invested", "all"))
    for term in ("beyond", "net"):
        row = one(ROWS, term=term, law="payer:region", wave="t2")
        assert (row["status"], row["reason"]) == ("not_estimable", "payer_without_measured_law")
    projects = ROWS[ROWS["category"].str.startswith("project=")]
    assert set(projects["term"]) == {"invested_so_far", "declared"}  # never a gain of a project
    own = pick(projects, wave="t2", law="all")["estimate"].sum()
    assert own == pytest.approx(value("invested_so_far", "all"))


def test_what_happens_after_the_funding_is_shown_only_once_it_ended() -> None:
    row = one(ROWS, term="after_funding", law="payer:town", wave="t2")
    assert row["reason"] == "funding_not_ended"
    assert one(ROWS, term="after_funding", law="payer:insurer", wave="t2")["reason"] == (
        "payer_funds_nothing"
    )
    short = FEEDS | {
        "programme_costs": FEEDS["programme_costs"][FEEDS["programme_costs"]["year"] == 2017]
    }
    found = rows_of(found=short)
    assert one(found, term="funded_until", law="payer:town", wave="t2")["estimate"] == 2017
    after = one(found, term="after_funding", law="payer:town", wave="t2")
    beyond = one(found, term="beyond", law="payer:town", wave="t2")
    assert after[["estimate", "ci_low", "ci_high"]].equals(
        beyond[["estimate", "ci_low", "ci_high"]]
    )


def test_empty_amounts_count_as_zero_and_are_counted_in_the_method() -> None:
    zvw = FEEDS["zvw"].copy()
    gone = (zvw["area_code"] == "P1") & (zvw["year"] == 2018) & (zvw["category"] == "gp")
    zvw.loc[gone, "amount_eur"] = np.nan
    found = rows_of(found=FEEDS | {"zvw": zvw})
    for law, category in (("health", "care=gp"), ("health", ""), ("all", "")):
        row = one(found, law=law, category=category, term="beyond", wave="t2")
        assert row["method"] == f"randomisation|empty_as_zero={gone.sum()}"
    assert one(found, law="health", category="", term="beyond", wave="t1")["method"] == (
        "randomisation"
    )


def test_without_programme_costs_the_matrix_stands_and_says_so() -> None:
    less = {name: feed for name, feed in FEEDS.items() if name != "programme_costs"}
    found = rows_of(found=less)
    assert set(pick(found, term="invested")["reason"]) == {"missing_feed:programme_costs"}
    assert not pick(found, term="beyond", law="all").empty
