"""Rows of the interrupted time series, and of the ratio of cost per user."""

from dataclasses import replace
from datetime import date

import costs_example as town
import numpy as np
import pandas as pd
import pytest
from scales_example import AREAS, TEXT, agreements, area_study, question

from evaluatie.agreement.model import Event
from evaluatie.costs import CostSeries, build_ledger
from evaluatie.costs.amounts.persons import person_costs
from evaluatie.evaluation.diagnostics import interrupted
from evaluatie.evaluation.diagnostics.interrupted import interrupted_rows
from evaluatie.evaluation.diagnostics.two_sides import comparison_ends
from evaluatie.evaluation.sensitivity import skewed_cost
from evaluatie.evaluation.sensitivity.analysis import Setting
from evaluatie.results import estimates_frame

EFFECT, SLOPE = -50.0, 12.0
CODE = {"quarter": "Q", "month": "M"}


def event(name, start, waves, side="both"):
    return Event(
        id=name, label=TEXT, start=start, side=side, waves=waves, consequence=TEXT, source="test"
    )


def place(covid=True, years=(1999, 2004)):
    """Start 1 January 2002; the last wave is the flagged one."""
    study = area_study()
    waves = (*study.waves[:2], study.waves[2].model_copy(update={"covid": covid}))
    changes = {"pilot_start": date(2002, 1, 1), "cost_years": years, "waves": waves}
    return study.model_copy(update=changes)


def made_series(grain, study, noise=3.0):
    """Both sides share a season; the pilot gets a step of 50 down and a slope of 12 up a year."""
    first, last = study.cost_years
    periods = pd.period_range(f"{first}-01", f"{last}-12", freq=CODE[grain])
    middle = (periods.start_time + (periods.end_time - periods.start_time) / 2).to_numpy()
    years = (middle - np.datetime64("2002-01-01")) / np.timedelta64(1, "D") / 365.25
    rng = np.random.default_rng(1)
    eur = 1500 + 40 * np.sin(2 * np.pi * years) + rng.normal(0, noise, (8, len(periods)))
    eur[:4] += (years > 0) * (EFFECT + SLOPE * years)
    people = np.full((8, len(periods)), 30.0) + rng.poisson(5, (8, len(periods)))
    complete = np.arange(len(periods)) < len(periods) - (2 if grain == "quarter" else 6)
    return CostSeries(AREAS, periods, eur, np.full(eur.shape, 1000.0), people, people - 2, complete)


def rows_of(monkeypatch, study, kind="arrangement_cost", events=(), noise=3.0):
    """Rows of one cost question whose series is made."""
    town_cost = town.indicator(kind=kind)
    asked = question("town_cost").model_copy(update={"section": "cost"})
    book = replace(agreements(asked), events=tuple(events))
    codebook = replace_indicators(town_cost)
    made = lambda ledger, indicator, study, codebook, grain, basis: made_series(  # noqa: E731
        grain, study, noise
    )
    monkeypatch.setattr(interrupted, "cost_series", made)
    return estimates_frame(interrupted_rows(study, codebook, book, Everything()))


class Everything:
    """Products of which nothing is lacking."""

    ledger = object()

    def lacking(self, feeds):
        return ""


def replace_indicators(indicator):
    return town.codebook().model_copy(update={"indicators": {indicator.id: indicator}})


# ---- the end of the comparison -------------------------------------------------------------------


def test_the_comparison_ends_with_what_only_touches_the_flagged_waves():
    virus = event("virus", date(2003, 3, 1), ("w2",))
    others = (
        event("law", date(2000, 1, 1), ("w0", "w1", "w2")),
        event("price", date(2002, 5, 1), ("w1", "w2")),
        event("near", date(2002, 6, 1), ("w2",), side="pilot"),
    )
    book = agreements(question("total"))
    study = place()
    assert comparison_ends(study, replace(book, events=(*others, virus))) == date(2003, 3, 1)
    assert comparison_ends(study, replace(book, events=others)) == study.waves[2].start
    assert comparison_ends(place(covid=False), replace(book, events=(*others, virus))) is None


# ---- rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("grain", ["quarter", "month"])
@pytest.mark.parametrize("method", ["segmented_newey_west", "prais_winsten", "arima_errors"])
def test_the_planted_effect_in_euros(monkeypatch, grain, method):
    rows = rows_of(monkeypatch, place(covid=False))
    mine = rows[rows["category"] == f"measure=cost|grain={grain}|method={method}"]
    mine = mine.set_index("term")
    assert mine.loc["level_change", "estimate"] == pytest.approx(EFFECT, abs=6)
    assert mine.loc["slope_change", "estimate"] == pytest.approx(SLOPE, abs=6)
    assert mine.loc["level_change", "unit"] == "EUR_2001/resident/year"
    assert mine.loc["slope_change", "unit"] == "EUR_2001/resident/year/year"
    effects = mine.loc[["trend_before", "level_change", "slope_change", "effect_at_end"]]
    assert (effects["ci_low"] < effects["estimate"]).all()
    assert (effects["estimate"] < effects["ci_high"]).all()
    assert effects["p_value"].isna().all()  # never a verdict
    assert (effects["df"] >= 1).all()
    assert (mine["n_clusters"] == 8).all()
    assert 0 <= mine.loc["ljung_box", "p_value"] <= 1


def test_the_effect_at_the_end_is_that_of_the_last_period(monkeypatch):
    rows = rows_of(monkeypatch, place(covid=False)).set_index(["category", "term"])["estimate"]
    mine = rows["measure=cost|grain=quarter|method=prais_winsten"]
    end = (date(2004, 5, 16) - date(2002, 1, 1)).days / 365.25  # middle of the last full quarter
    expected = mine["level_change"] + end * mine["slope_change"]
    assert mine["effect_at_end"] == pytest.approx(expected, rel=1e-3)


def test_ratios_of_euros_and_of_users(monkeypatch):
    rows = rows_of(monkeypatch, place(covid=False))
    ratios = rows[rows["category"].str.contains("_ratio") & (rows["term"] == "level_change")]
    assert set(ratios["unit"]) == {"ratio"}
    assert len(ratios) == 6
    euros = ratios[ratios["category"].str.startswith("measure=cost_ratio|grain=month")]
    assert euros["estimate"].iloc[0] == pytest.approx(1 + EFFECT / 1500, abs=0.01)
    users = ratios[ratios["category"].str.startswith("measure=users_ratio")]
    assert users["estimate"].between(0.9, 1.1).all()
    assert ((users["ci_low"] < users["estimate"]) & (users["estimate"] < users["ci_high"])).all()


def test_the_last_incomplete_periods_are_not_used(monkeypatch):
    rows = rows_of(monkeypatch, place(covid=False)).set_index(["category", "term"])
    assert rows.loc[("grain=quarter", "periods_after"), "estimate"] == 12 - 2
    assert rows.loc[("grain=month", "periods_after"), "estimate"] == 36 - 6
    assert rows.loc[("grain=month", "periods_before"), "estimate"] == 36


def test_too_few_periods_before_the_event_are_a_row_with_the_count(monkeypatch):
    virus = event("virus", date(2003, 11, 15), ("w2",))
    rows = rows_of(monkeypatch, place(), events=(virus,)).set_index("category")
    assert rows["reason"].to_dict() == {
        "grain=quarter": "too_few_periods:7_of_8",
        "grain=month": "too_few_periods:22_of_24",
    }


def test_a_constant_series_is_a_row_with_the_reason(monkeypatch):
    study = place(covid=False)
    asked = question("town_cost").model_copy(update={"section": "cost"})
    series = made_series("quarter", study)
    constant = replace(series, eur=np.full(series.eur.shape, 9.0))
    rows = list(interrupted._grain_rows(study, agreements(asked), asked, "quarter", constant))
    assert [row["reason"] for row in rows] == ["constant_series"]


@pytest.mark.parametrize("kind", ["insured_cost", "annual_total"])
def test_three_annual_points_are_no_time_series(monkeypatch, kind):
    rows = rows_of(monkeypatch, place(covid=False), kind=kind)
    assert rows["reason"].tolist() == ["annual_series"]
    assert rows["status"].tolist() == ["not_estimable"]


# ---- cost per user -------------------------------------------------------------------------------


def test_cost_of_persons_in_the_two_windows():
    study, codebook, help_ = town.study(), town.codebook(), town.indicator(laws=["help"])
    homes = town.addresses(("h", town.PILOT, "2010-01-01", None))
    lines = town.declarations(
        {"amount_eur": 300.0, "month": "2016-08-01"},
        {"amount_eur": 100.0, "month": "2017-02-01"},
        {"amount_eur": 55.0, "month": "2017-08-01"},
        {"amount_eur": 999.0, "month": "2016-06-01"},  # before the baseline window
    )
    arrangements = town.arrangements({"start": "2016-01-01"})
    ledger = build_ledger(
        town.data(arrangements=arrangements, declarations=lines, addresses=homes), codebook, study
    )
    found = person_costs(ledger, help_, study, codebook, "t1").set_index("window")
    expected = 300 * 103.4 / 100.3 + 100 * 103.4 / 101.7
    assert found.loc["baseline", "eur"] == pytest.approx(expected)
    assert found.loc["t1", "eur"] == pytest.approx(55 * 103.4 / 101.7)
    assert found["area"].tolist() == [town.PILOT] * 2
    assert found["household_id"].tolist() == ["h"] * 2


def skewed_setting(monkeypatch, users, indicator=None, residents=None):
    study = area_study()
    asked = question("town_cost").model_copy(update={"section": "cost"})
    changes = pd.DataFrame({"area": AREAS, "change": 0.0, "residents": 1000.0, "n": 900.0})
    made = Everything()
    if residents is None:  # everybody alike: nothing to adjust for
        residents = users[["person_id"]].drop_duplicates().assign(sex="m", birth_year=1960)
    feeds = {"residents": residents}
    made.data = type("Data", (), {"feeds": feeds})()
    monkeypatch.setattr(skewed_cost, "person_costs", lambda *_: users)
    codebook = replace_indicators(indicator or town.indicator())
    return Setting(study, codebook, agreements(asked), made, asked, "w2", changes)


def persons(effect=0.8, n=40):
    rng = np.random.default_rng(3)
    rows = []
    for area in AREAS:
        for window in ("baseline", "w2"):
            treated = area in AREAS[:4] and window == "w2"
            amounts = rng.gamma(2.0, 500.0, n) * (effect if treated else 1.0)
            rows += [(f"{area}{i}", f"{area}h{i // 2}", area, window, a)
                     for i, a in enumerate(amounts)]  # fmt: skip
    return pd.DataFrame(rows, columns=["person_id", "household_id", "area", "window", "eur"])


def test_without_covariates_the_ratio_is_that_of_the_mean_costs(monkeypatch):
    users = persons()
    made = skewed_setting(monkeypatch, users)
    row = estimates_frame(skewed_cost.by_skewed_cost(made)).iloc[0]
    means = np.log(users.groupby(["window", "area"])["eur"].mean())
    changes = made.changes.assign(change=(means["w2"] - means["baseline"]).to_numpy())
    found = row[["estimate", "ci_low", "ci_high"]].to_numpy(float)
    assert found == pytest.approx(np.exp(made.robust(changes)))
    assert (row["n"], row["n_households"], row["n_clusters"]) == (320, 160, 8)
    assert (row["term"], row["unit"], row["category"]) == ("ratio", "ratio", "method=gamma_glm")


def test_older_people_in_one_window_are_adjusted_for(monkeypatch):
    users = persons(effect=1.0)
    register = users[["person_id"]].drop_duplicates().assign(sex="m", birth_year=1950)
    register["sex"] = np.where(np.arange(len(register)) % 2, "m", "v")
    register["birth_year"] = 1930 + 5 * (np.arange(len(register)) % 10)
    old = users["person_id"].map(register.set_index("person_id")["birth_year"]) < 1945
    users["eur"] *= np.where(old, 3.0, 1.0)
    treated = users["area"].isin(AREAS[:4]) & (users["window"] == "w2")
    users = users[~(treated & ~old & (users.index % 3 > 0))]  # fewer young users in the pilot
    plain = skewed_setting(monkeypatch, users)
    adjusted = skewed_setting(monkeypatch, users, residents=register)
    raw = estimates_frame(skewed_cost.by_skewed_cost(plain)).iloc[0]["estimate"]
    fair = estimates_frame(skewed_cost.by_skewed_cost(adjusted)).iloc[0]["estimate"]
    assert raw > 1.2
    assert abs(np.log(fair)) < abs(np.log(raw)) / 2


def test_an_area_without_users_has_no_ratio(monkeypatch):
    users = persons()
    users = users[(users["area"] != AREAS[5]) | (users["window"] != "w2")]
    row = estimates_frame(skewed_cost.by_skewed_cost(skewed_setting(monkeypatch, users))).iloc[0]
    assert row["reason"] == "model_refused:gamma_glm"


def test_an_annual_cost_has_no_amounts_of_persons(monkeypatch):
    annual = town.indicator(kind="insured_cost")
    made = skewed_setting(monkeypatch, persons(), annual)
    row = estimates_frame(skewed_cost.by_skewed_cost(made)).iloc[0]
    assert row["reason"] == "no_amounts_per_person"
