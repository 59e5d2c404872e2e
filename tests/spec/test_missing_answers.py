"""The contrast with other answers to what is missing, and the rows about attrition."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panel_example import BOOK, STUDY, baseline, later, panel_of, products, question, selective
from survey_study import codebook, item, population, respondents, scale

from evaluatie.agreement import AgreementBook
from evaluatie.domain import Population
from evaluatie.evaluation.agreed_tests import TREATED
from evaluatie.evaluation.area_change import TwoWaves
from evaluatie.evaluation.changes import changes_since_baseline, waves_compared
from evaluatie.evaluation.contrasts import contrast
from evaluatie.evaluation.diagnostics.attrition import attrition_rows
from evaluatie.evaluation.diagnostics.missing_answers import missing_answer_rows
from evaluatie.evaluation.sensitivity.analysis import Setting
from evaluatie.evaluation.sensitivity.missing import (
    averaged,
    by_missing_data,
    imputed_changes,
    pooled_contrast,
)
from evaluatie.methods import cr2, ipw_mean
from evaluatie.results import estimates_frame
from evaluatie.survey import score_waves, weigh_panel
from evaluatie.survey.item_imputation import impute_by_item

RESIDENTS, STAYERS = Population.CURRENT_RESIDENTS, Population.STAYERS


def book(who):
    return AgreementBook({"q": question(who)}, (), {}, (), (), {}, (), {})


def waves():
    """A tenth of the scores missing at the first wave, most of them low ones."""
    first = baseline()
    complete = later(first, selective(first))
    gaps = first.copy()
    lowest = first.sort_values("x").index[:48]
    gaps.loc[lowest[::2], "x"] = np.nan
    return first, gaps, complete


def setting(who=RESIDENTS):
    _, gaps, second = waves()
    made = products(panel_of(gaps, second), gaps, second)
    asked = question(who)
    changes = changes_since_baseline(STUDY, BOOK, made, asked, "w1")
    return Setting(STUDY, BOOK, book(who), made, asked, "w1", changes)


def rows_of(found):
    return estimates_frame(list(found)).set_index("category")


def test_other_answers_to_what_is_missing_and_no_p():
    found = rows_of(by_missing_data(setting()))
    assert list(found.index) == [
        "population=stayers",
        "answers=complete_case",
        "answers=imputed",
        "answers=imputed|method=randomisation",
    ]
    assert (found["status"] == "estimated").all()
    assert found["p_value"].isna().all()
    assert (found["ci_low"] < found["estimate"]).all()
    assert (found["n_clusters"] == 4).all()


def test_the_other_population_of_stayers_is_the_residents():
    found = rows_of(by_missing_data(setting(STAYERS)))
    assert found.index[0] == "population=current_residents"
    residents = setting()
    assert found["estimate"].iloc[0] == pytest.approx(residents.robust(residents.changes)[0])


def test_complete_cases_are_plain_means():
    given = setting()
    frame = given.products.panel.frame
    means = frame.pivot_table("s", "area_code", "wave")
    change = means["w1"] - means["w0"]
    expected = change[["A1", "A2"]].mean() - change[["B1", "B2"]].mean()
    found = rows_of(by_missing_data(given))
    assert found.loc["answers=complete_case", "estimate"] == pytest.approx(expected)


def test_imputed_changes_bring_back_who_skipped_the_question():
    given = setting()
    compared = waves_compared(STUDY, BOOK, given.products, given.question, "w1")
    sets = imputed_changes(given, compared)
    frame = given.products.panel.frame
    everyone = pd.crosstab(frame["area_code"], frame["wave"])
    assert len(sets) == 20
    assert (sets[0]["n"].to_numpy() == everyone.min(axis=1).to_numpy()).all()
    # mostly low scores are missing at the start, so that the observed change is too small
    mean = averaged(sets)["change"]
    assert mean.to_numpy() == pytest.approx(np.mean([s["change"] for s in sets], axis=0))
    assert (mean > given.changes["change"]).all()


def test_imputations_are_averaged_within_areas_before_permuting():
    given = setting()
    found = rows_of(by_missing_data(given))
    compared = waves_compared(STUDY, BOOK, given.products, given.question, "w1")
    mean = averaged(imputed_changes(given, compared))
    agreed = contrast(STUDY, given.question, "w1", mean, 1)
    row = found.loc["answers=imputed|method=randomisation"]
    assert row["estimate"] == pytest.approx(found.loc["answers=imputed", "estimate"])
    assert (row["ci_low"], row["ci_high"]) == (agreed.low, agreed.high)
    assert np.isnan(row["p_value"])


def test_the_pooled_contrast_is_rubins_rule_over_cr2():
    given = setting()
    sets = [given.changes.assign(change=given.changes["change"] + shift)
            for shift in (np.array([0.0, 0, 0, 0]), np.array([0.3, 0, 0, 0.1]),
                          np.array([0.0, 0.6, -0.2, 0]))]  # fmt: skip
    estimate, low, high = pooled_contrast(given, sets)
    fits = [cr2(given.fit(s), TREATED) for s in sets]
    own = [f.estimate for f in fits]
    assert estimate == pytest.approx(np.mean(own))
    assert estimate == pytest.approx(given.robust(averaged(sets))[0])
    total = np.mean([f.std_error**2 for f in fits]) + 4 / 3 * np.var(own, ddof=1)
    # no narrower than the normal interval of the total variance
    assert high - low > 2 * 1.96 * total**0.5
    assert (high + low) / 2 == pytest.approx(estimate)


def test_what_cannot_be_answered_another_way_says_why():
    given = setting()
    other = given.products.data.survey["w1"].copy()
    other["person_id"] = [f"new{i}" for i in range(len(other))]
    gaps = given.products.data.survey["w0"]
    made = products(panel_of(gaps, other), gaps, other)
    found = rows_of(by_missing_data(replace(given, products=made)))
    assert found.loc["population=stayers", "reason"] == "no_panel"
    assert found.loc["answers=imputed", "status"] == "estimated"


def test_a_score_nobody_has_is_not_imputed():
    given = setting()
    first, second = given.products.data.survey["w0"], given.products.data.survey["w1"].copy()
    second["x"] = np.nan
    made = products(panel_of(first, second), first, second)
    found = rows_of(by_missing_data(replace(given, products=made)))
    assert found.loc["answers=imputed", "reason"] == "no_answers:w1"
    assert found.loc["answers=complete_case", "reason"] == "no_change_in_areas:4"
    assert found["estimate"].isna().all()


def test_too_few_people_to_impute_is_a_reason():
    few = baseline(per_area=2)
    second = later(few, np.ones(len(few), bool))
    gaps = few.assign(x=few["x"].where(np.arange(len(few)) != 3))
    made = products(panel_of(gaps, second), gaps, second)
    asked = question(RESIDENTS)
    changes = changes_since_baseline(STUDY, BOOK, made, asked, "w1")
    found = rows_of(
        by_missing_data(Setting(STUDY, BOOK, book(RESIDENTS), made, asked, "w1", changes))
    )
    assert found.loc["answers=imputed", "reason"] == "cannot_impute"
    assert found.loc["population=stayers", "reason"] == "too_few_stayers:4"
    assert found.loc["answers=complete_case", "status"] == "estimated"


def test_attrition_rows_count_and_compare():
    given = setting(STAYERS)
    found = estimates_frame(list(attrition_rows(STUDY, BOOK, given.book, given.products)))
    terms = found[found["question"] == ""].set_index("term")["estimate"]
    stay = selective(waves()[0])
    assert terms["retention_share"] == pytest.approx(stay.mean())
    assert terms["left_share"] == 0
    assert 0 < terms["chance_min"] < terms["retention_share"]
    assert 0.5 < terms["auc"] < 1
    assert 0 < terms["r_indicator"] < 1
    assert terms["effective_n"] < stay.sum()
    changes = found[found["term"] == "panel_change"].set_index("category")
    assert changes["estimate"].to_numpy() == pytest.approx(2.0)  # everybody improved by two
    assert (changes["n"] < stay.sum()).all()


def test_the_weighted_change_has_the_m_estimation_standard_error():
    given = setting(STAYERS)
    frame = given.products.panel.frame
    frame.loc[frame["wave"] == "w1", "s"] += np.sin(np.arange((frame["wave"] == "w1").sum()))
    found = estimates_frame(list(attrition_rows(STUDY, BOOK, given.book, given.products)))
    row = found[found["category"] == "answers=weighted"].iloc[0]
    stayers = given.products.once(("stayers", "w1"), lambda: None)
    followed, scores = stayers.followed, frame["s"].to_numpy()
    later_score = np.where(followed.answered, scores[followed.again], np.nan)
    change = later_score - scores[followed.first]
    expected = ipw_mean(
        change, stayers.model, followed.weights, followed.households, ~np.isnan(change)
    )
    assert row["estimate"] == pytest.approx(expected.estimate)
    assert row["std_error"] == pytest.approx(expected.std_error)


def test_attrition_that_cannot_be_modelled_says_why():
    first, _, _ = waves()
    second = later(first, (first["x"] > 45).to_numpy())
    made = products(panel_of(first, second), first, second)
    found = estimates_frame(list(attrition_rows(STUDY, BOOK, book(RESIDENTS), made)))
    assert set(found["reason"]) == {"retention_separated"}
    assert found["estimate"].isna().all()


def test_missing_answers_are_counted_and_chains_watched():
    given = setting()
    found = estimates_frame(list(missing_answer_rows(STUDY, BOOK, given.book, given.products)))
    share = found[found["term"] == "item_missing_share"].set_index("wave")["estimate"]
    assert share["w0"] == pytest.approx(24 / 240)
    constants = found[found["table"] == "fact"].set_index("category")["estimate"]
    assert constants.to_dict() == {"imputations": 20, "items_allowed_missing": 0}
    r_hat = found[found["term"] == "imputation_r_hat"]
    assert (r_hat["estimate"] < 1.3).all()
    assert set(r_hat["wave"]) >= {"w0"}


def partial_answers(n=200):
    """Three related items of a sum; one in ten lacks the second, five lack everything."""
    rng = np.random.default_rng(3)
    level = rng.normal(size=n)
    items = {f"i{k}": np.clip(np.round(level + rng.normal(0, 0.5, n)) + 3, 1, 5) for k in range(3)}
    truth = sum(items.values())
    items["i1"] = np.where(np.arange(n) % 10 == 0, np.nan, items["i1"])
    for answers in items.values():
        answers[1:6] = np.nan
    rows = [(f"p{i}", f"h{i}", "AB"[i % 2] + str(i // 2 % 2 + 1), "mv"[i % 2], 1950 + i % 30)
            for i in range(n)]  # fmt: skip
    frame = respondents("w0", rows, **items)
    return frame, truth


def test_skipped_items_are_imputed_and_scored_by_the_instrument():
    coded = codebook(
        [item(f"i{k}", "12345") for k in range(3)], [scale("sum", "sum", ["i0", "i1", "i2"])]
    )
    frame, truth = partial_answers()
    panel = weigh_panel(score_waves({"w0": frame}, coded), population(), STUDY, coded)
    rows = panel.frame
    found = impute_by_item(
        rows, coded.scales["sum"], [], coded, ["A1", "A2", "B1", "B2"], seed=[1], imputations=30
    )
    place = rows["respondent_id"].str.removeprefix("w0-").astype(int).to_numpy()
    assert (place[found.rows] % 10 == 0).all()  # who skipped everything is imputed as a whole
    assert len(found.rows) == 20
    known = rows[["item:i0", "item:i2"]].astype(float).sum(axis=1).to_numpy()[found.rows]
    assert set((found.scores - known).ravel()) <= {1.0, 2, 3, 4, 5}
    error = found.scores.mean(axis=0) - truth[place[found.rows]]
    assert np.abs(error.mean()) < 0.4
    assert np.sqrt((error**2).mean()) < 1.0  # sd of the sum is about 3


def test_one_item_or_free_numbers_have_no_parts():
    _, gaps, second = waves()
    panel = panel_of(gaps, second)
    rows = panel.frame[panel.frame["wave"] == "w0"]
    more = {"seed": [1], "imputations": 2}
    assert impute_by_item(rows, BOOK.scales["s"], [], BOOK, ["A1"], **more) is None


def test_equal_weights_leave_complete_cases_unchanged():
    area = np.array([0, 0, 1, 1])
    rows, ones = np.arange(4), np.ones(4)
    pairs = TwoWaves(rows, rows, area, area, 3 * ones, 3 * ones, True, ("a", "b"))
    scores = np.array([1.0, 2, 3, 5]), np.array([2.0, 4, 3, 6])
    weighted, plain = pairs.change(*scores), pairs.unweighted().change(*scores)
    pd.testing.assert_series_equal(weighted["change"], plain["change"])
    assert plain["residents"].tolist() == [2, 2]
