"""The contrast adjusted for people, without events, with synthetic areas, and before the start."""

from dataclasses import replace
from datetime import date

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from scales_example import (
    AREAS,
    TEXT,
    WAVES,
    agreements,
    answers,
    area_study,
    products,
    question,
    scale_codebook,
    setting,
)

from evaluatie.agreement.model import Event
from evaluatie.costs import CostSeries
from evaluatie.domain import Population, Side, Weighting
from evaluatie.evaluation.agreed_tests import TREATED
from evaluatie.evaluation.diagnostics import trend
from evaluatie.evaluation.sensitivity import covariates, synthetic_control
from evaluatie.evaluation.sensitivity.covariates import by_covariates
from evaluatie.evaluation.sensitivity.events import without_events
from evaluatie.methods import area_difference, cr2, interval
from evaluatie.results import estimates_frame

PILOT, OTHERS = AREAS[:4], AREAS[4:]


def frames(effect=0.6, **changes):
    made = {wave: answers(wave, effect, seed=3) for wave in WAVES}
    return {wave: frame.assign(**changes.get(wave, {})) for wave, frame in made.items()}


def survey(waves=None, indicator="total", **more):
    return setting(indicator, waves or frames(), scale_codebook(), **more)


def rows_of(analysis, made):
    return estimates_frame(analysis(made)).set_index("category")


# ---- covariates of persons -----------------------------------------------------------------------


def unlike_people():
    """Who went to school longer scores five points more; fewer of them answer in pilot w2."""
    waves = frames(effect=0.0)
    for wave, frame in waves.items():
        high = frame["education"].eq("high").to_numpy()
        gone = (
            (wave == "w2") & frame["area_code"].isin(PILOT) & high & (np.arange(len(frame)) % 4 > 0)
        )
        frame["vendor"] = 40 + 5.0 * high + 0.01 * (np.arange(len(frame)) % 3)
        waves[wave] = frame[~gone]
    return waves


@pytest.mark.parametrize("method", ["covariate_adjusted", "doubly_robust"])
def test_what_unlike_people_explain_is_taken_off(method):
    made = survey(unlike_people(), "vendor")
    assert made.robust(made.changes)[0] < -0.5
    row = rows_of(by_covariates, made).loc[f"method={method}"]
    assert row["estimate"] == pytest.approx(0, abs=0.02)
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    assert np.isnan(row["p_value"])
    assert row["n_clusters"] == 8
    assert row["n"] == made.changes["n"].sum()


def test_without_covariates_both_are_the_agreed_contrast():
    same = {wave: {"sex": "m", "birth_year": 1950, "education": "low"} for wave in WAVES}
    made = survey(frames(**same))
    rows = rows_of(by_covariates, made)
    agreed = made.robust(made.changes)
    regression = rows.loc["method=covariate_adjusted"]
    assert regression[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx(agreed)
    assert rows.loc["method=doubly_robust", "estimate"] == pytest.approx(agreed[0])


def test_the_interval_of_the_doubly_robust_contrast_is_that_of_leaving_out_areas():
    same = {wave: {"sex": "m", "birth_year": 1950, "education": "low"} for wave in WAVES}
    made = survey(frames(**same))
    row = rows_of(by_covariates, made).loc["method=doubly_robust"]
    without = [made.robust(made.changes[made.changes["area"] != area])[0] for area in AREAS]
    error = np.sqrt(7 / 8 * ((np.array(without) - row["estimate"]) ** 2).sum())
    df = cr2(made.fit(made.changes), TREATED).df
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(
        interval(row["estimate"], error, df, made.level)
    )


def test_neighbourhood_equal_questions_give_every_area_the_same_weight():
    made = survey()
    equal = replace(made, question=made.question.model_copy(update={"weighting": Weighting.EQUAL}))
    people = covariates._people(equal)
    sums = np.bincount(people.area + 8 * people.after, people.weight, 16)
    np.testing.assert_allclose(sums, 1.0)


def test_stayers_are_followed_with_their_characteristics_at_the_baseline():
    made = survey(population=Population.STAYERS)
    rows = rows_of(by_covariates, made)
    for method in ("covariate_adjusted", "doubly_robust"):
        row = rows.loc[f"method={method}"]
        assert row["status"] == "estimated"
        assert row["estimate"] == pytest.approx(made.robust(made.changes)[0], abs=0.3)


def test_persons_without_a_characteristic_are_left_out_and_counted():
    waves = frames()
    waves["w0"].loc[waves["w0"].index % 10 == 0, "education"] = None
    made = survey(waves)
    row = rows_of(by_covariates, made).loc["method=covariate_adjusted"]
    assert row["n"] == 480 * 0.9
    assert made.changes["n"].sum() == 480


def test_a_rare_level_joins_the_commonest():
    labels = pd.DataFrame({"education": ["low"] * 30 + ["high"] * 8 + ["odd"] * 2})
    cells = np.tile(np.arange(4), 10)
    assert covariates._columns(labels, cells, smallest=2).shape == (40, 1)
    assert covariates._columns(labels, cells, smallest=9).shape == (40, 0)


def test_given_the_baseline_the_contrast_is_that_of_a_regression_on_it():
    made = survey()
    row = rows_of(by_covariates, made).loc["method=baseline_adjusted"]
    panel = made.products.panel.frame
    first = panel[panel["wave"] == "w0"]
    level = (first["total"] * first["weight"]).groupby(first["area_code"]).sum() / first[
        "weight"
    ].groupby(first["area_code"]).sum()
    np.testing.assert_allclose(covariates.baseline_levels(made), level.loc[list(AREAS)])
    treated = made.changes["area"].isin(PILOT).astype(float)
    X = np.column_stack([np.ones(8), treated, level.loc[list(AREAS)]])
    root = np.sqrt(made.changes["residents"].to_numpy())
    slopes = np.linalg.lstsq(X * root[:, None], made.changes["change"] * root, rcond=None)[0]
    assert row["estimate"] == pytest.approx(slopes[1])
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_a_comparison_with_hardly_anybody_alike_is_refused(monkeypatch):
    monkeypatch.setattr(covariates, "SMALLEST_OVERLAP", 10_000)
    rows = rows_of(by_covariates, survey())
    reason = rows.loc["method=doubly_robust", "reason"]
    assert reason == "covariates_leave_nothing_to_compare"


def test_a_cost_has_no_characteristics_of_persons(cost):
    rows = rows_of(by_covariates, cost)
    for method in ("covariate_adjusted", "doubly_robust"):
        assert rows.loc[f"method={method}", "reason"] == "no_characteristics_of_persons"
    assert np.isfinite(rows.loc["method=baseline_adjusted", "estimate"])


def test_one_area_on_a_side_is_a_row_with_a_reason():
    made = survey()
    changes = made.changes[made.changes["area"].isin([AREAS[0], *OTHERS])]
    row = covariates._row(made, "method=x", "x", changes, lambda: (0.0, 0.0, 0.0))
    assert (row["status"], row["reason"]) == ("not_estimable", "one_area_on_a_side")


# ---- events --------------------------------------------------------------------------------------


def event(name, waves, areas=(), side="both"):
    return Event(id=name, label=TEXT, start=date(2001, 9, 1), side=side, areas=areas, waves=waves,
                 consequence=TEXT, source="test")  # fmt: skip


def with_events(*events, **more):
    made = survey(**more)
    return replace(made, book=replace(made.book, events=events))


def test_an_event_that_names_areas_drops_them():
    made = with_events(event("works", ("w1", "w2"), (AREAS[5],), Side.COMPARISON))
    row = rows_of(without_events, made).loc[f"drop_event=works|drop={AREAS[5]}"]
    kept = made.changes[made.changes["area"] != AREAS[5]]
    assert (row["estimate"], row["ci_low"], row["ci_high"]) == pytest.approx(made.robust(kept))
    assert (row["n_clusters"], row["n"]) == (7, 420)
    assert np.isnan(row["p_value"])


def test_an_event_in_all_pilot_areas_leaves_nothing_to_compare():
    row = rows_of(without_events, with_events(event("tunnel", ("w2",), PILOT, Side.PILOT)))
    assert (
        row.loc[f"drop_event=tunnel|drop={' or '.join(PILOT)}", "reason"] == "no_areas_left:pilot"
    )


def test_one_area_left_has_no_interval():
    row = rows_of(without_events, with_events(event("works", ("w2",), PILOT[1:], Side.PILOT)))
    assert (
        row.loc[f"drop_event=works|drop={' or '.join(PILOT[1:])}", "reason"] == "one_area_on_a_side"
    )


def test_an_event_everywhere_gives_the_last_wave_before_it():
    made = with_events(event("virus", ("w2",)), event("again", ("w2",)))
    rows = rows_of(without_events, made)
    assert list(rows.index) == ["without_wave=w2"]
    earlier = replace(made, wave="w1", changes=survey().changes)
    changes = covariates.waves_compared(
        earlier.study, earlier.codebook, earlier.products, earlier.question, "w1"
    )
    scores = earlier.products.panel.frame["total"].to_numpy(float)
    expected = made.robust(changes.change(scores[changes.before], scores[changes.after]))
    assert rows.iloc[0]["estimate"] == pytest.approx(expected[0])
    assert rows.iloc[0]["wave"] == "w2"  # the contrast that it stands beside


@pytest.mark.parametrize("waves", [("w1",), ("w0", "w1", "w2"), ("w1", "w2")])
def test_no_row_for_an_event_elsewhere_in_time_or_without_a_wave_before_it(waves):
    assert list(without_events(with_events(event("law", waves)))) == []


# ---- cost: synthetic areas and the time before the start -----------------------------------------

QUARTERS = pd.period_range("1999Q1", "2002Q4", freq="Q")
RNG = np.random.default_rng(2)


def made_series(effect=0.0, slope=0.0):
    years = np.arange(16) / 4
    level = RNG.normal(1500, 100, (8, 1)) + 40 * np.sin(2 * np.pi * years)
    eur = level + RNG.normal(0, 5, (8, 16))
    eur[:4] += slope * years + effect * (np.arange(16) >= 9)
    counts = np.full((8, 16), 30.0)
    complete = np.arange(16) < 14
    return CostSeries(AREAS, QUARTERS, eur, np.full((8, 16), 1000.0), counts, counts - 5, complete)


@pytest.fixture
def cost(monkeypatch):
    """A cost question over eight areas: the pilot lowers cost by 50, before it nothing differs."""
    return cost_setting(monkeypatch, made_series(effect=-50.0))


def cost_setting(monkeypatch, series):
    made = survey()
    asked = made.question.model_copy(update={"indicator": "total_cost"})
    for module in (synthetic_control, trend):
        monkeypatch.setattr(module, "quarterly", lambda _: series)
    base, wave = series.eur[:, 1:5].mean(axis=1), series.eur[:, 9:13].mean(axis=1)
    changes = made.changes.assign(change=wave - base, baseline=base, residents=1000.0)
    unit = lambda *_: "EUR/resident/year"  # noqa: E731
    monkeypatch.setattr("evaluatie.evaluation.sensitivity.analysis.contrast_unit", unit)
    monkeypatch.setattr("evaluatie.evaluation.sensitivity.series.contrast_unit", unit)
    monkeypatch.setattr(trend, "contrast_unit", unit)
    study = made.study.model_copy(
        update={"cost_baseline": (date(1999, 4, 1), date(2000, 3, 31)),
                "pilot_start": date(2000, 7, 1)}
    )  # fmt: skip
    return replace(made, study=study, question=asked, changes=changes)


def test_synthetic_areas_give_the_planted_effect_without_interval_or_p(cost):
    rows = estimates_frame(synthetic_control.by_synthetic_control(cost))
    assert set(rows["table"]) == {"series"}
    for method in ("synthetic_control", "sdid"):
        mine = rows[rows["category"] == f"method={method}"].set_index("term")
        assert mine.loc["difference", "estimate"] == pytest.approx(-50, abs=12)
        assert mine.loc["misfit", "estimate"] < 25
        assert mine[["ci_low", "ci_high", "p_value", "std_error"]].isna().all(axis=None)
        assert mine.loc["difference", ["n", "n_households"]].tolist() == [120, 100]
        assert mine.loc["difference", "n_clusters"] == 8


def test_two_quarters_before_the_start_make_no_synthetic_area(cost):
    late = cost.study.model_copy(update={"pilot_start": date(1999, 7, 1)})
    rows = estimates_frame(synthetic_control.by_synthetic_control(replace(cost, study=late)))
    assert set(rows["reason"]) == {"too_few_periods_or_donors"}


def test_a_yearly_cost_is_too_short_a_series(cost, monkeypatch):
    monkeypatch.setattr(synthetic_control, "quarterly", lambda _: None)
    yearly = example.indicator(id="total_cost", kind="insured_cost")
    book = cost.codebook.model_copy(update={"indicators": {"total_cost": yearly}})
    rows = estimates_frame(synthetic_control.by_synthetic_control(replace(cost, codebook=book)))
    assert rows["category"].tolist() == ["method=synthetic_control", "method=sdid"]
    assert set(rows["reason"]) == {"annual_series"}


def test_a_survey_question_has_no_synthetic_areas():
    assert list(synthetic_control.by_synthetic_control(survey())) == []


def test_a_trend_before_the_start_is_found_with_its_interval(monkeypatch):
    series = made_series(slope=30.0)
    made = cost_setting(monkeypatch, series)
    rows = estimates_frame(trend._quarter_rows(made, series))
    slope = rows[rows["term"] == "pre_trend_difference"].iloc[0]
    assert slope["estimate"] == pytest.approx(30, abs=10)
    assert slope["ci_low"] > 0
    assert slope["unit"] == "EUR/resident/year/year"
    placebo = rows[rows["term"] == "placebo_change"]
    assert placebo["period"].tolist() == ["1999-Q1"]  # the baseline starts in the second quarter
    assert placebo["estimate"].iloc[0] > 0
    assert rows["p_value"].isna().all()


def test_as_many_quarters_as_the_baseline_stand_beside_it(cost):
    series = made_series()
    study = cost.study.model_copy(
        update={"cost_baseline": (date(2000, 1, 1), date(2000, 12, 31)),
                "pilot_start": date(2001, 1, 1)}
    )  # fmt: skip
    rows = estimates_frame(trend._quarter_rows(replace(cost, study=study), series))
    window = rows[rows["category"] == "window=before_baseline"].iloc[0]
    change = series.eur[:, 4:8].mean(axis=1) - series.eur[:, :4].mean(axis=1)
    expected = area_difference(change, np.arange(8) < 4)
    assert window["estimate"] == pytest.approx(expected.estimate)
    assert window["std_error"] == pytest.approx(expected.std_error)
    assert len(rows) == 1 + 4 + 1


def test_two_quarters_before_the_start_are_no_trend(monkeypatch):
    series = made_series()
    made = cost_setting(monkeypatch, series)
    late = made.study.model_copy(update={"pilot_start": date(1999, 8, 1)})
    rows = estimates_frame(trend._quarter_rows(replace(made, study=late), series))
    assert rows["reason"].iloc[0] == "periods_before_start:2"


def test_a_survey_outcome_has_one_wave_before_the_start():
    book, asked = scale_codebook(), question("total")
    study = area_study()  # w0 in May 2000, start in July 2000
    rows = estimates_frame(
        trend.trend_rows(study, book, agreements(asked), products(frames(), book))
    ).set_index("term")
    assert rows.loc["pre_trend_difference", "reason"] == "one_wave_before_start"
    level = rows.loc["baseline_difference"]
    levels = covariates.baseline_levels(survey())
    found = area_difference(levels, np.arange(8) < 4, survey().changes["residents"])
    assert level["estimate"] == pytest.approx(found.estimate)
    assert level["wave"] == "w0"
    assert level["ci_low"] < level["estimate"] < level["ci_high"]


def test_a_second_wave_before_the_start_is_a_placebo():
    book, asked = scale_codebook(), question("total")
    study = area_study().model_copy(update={"pilot_start": date(2001, 7, 1)})
    rows = estimates_frame(
        trend.trend_rows(study, book, agreements(asked), products(frames(0.0), book))
    ).set_index("term")
    assert "pre_trend_difference" not in rows.index
    assert rows.loc["placebo_change", "wave"] == "w1"
    assert rows.loc["placebo_change", "ci_low"] < rows.loc["placebo_change", "ci_high"]


def test_years_of_insured_cost_before_the_start(cost, monkeypatch):
    years = [1998, 1999, 2000, 2001]
    insured = pd.DataFrame(
        [(area, "area", year, "", 2000 + 10.0 * i + 5 * (year - 1998) * (i < 4), 900.0, 800.0)
         for i, area in enumerate(AREAS) for year in years],
        columns=["area", "level", "year", "category", "eur_per_insured_year_standardised",
                 "insured_years", "insured_persons"],
    )  # fmt: skip
    made = replace(cost, products=replace(cost.products, insured=insured))
    rows = estimates_frame(trend._year_rows(made))
    assert rows["reason"].iloc[0] == "periods_before_start:2"  # 1998 and 1999, the last full year
    assert rows["period"].tolist() == ["", "1998"]
    assert rows["estimate"].iloc[1] == pytest.approx(5.0)
    assert rows["n"].iloc[1] == 3200
