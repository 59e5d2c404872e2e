"""Stayers: who they are, what they weigh, when there are none; and imputed scores of a wave."""

import numpy as np
import pandas as pd
import pytest
from panel_example import BOOK, STUDY, baseline, later, panel_of, products, question, selective
from survey_study import AREAS, codebook, item, scale

from evaluatie.domain import Population
from evaluatie.evaluation.area_change import TwoWaves
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.methods import fit_propensity
from evaluatie.survey.attrition import follow
from evaluatie.survey.background import category_codes, own_scores
from evaluatie.survey.imputation import impute_scores
from evaluatie.survey.stayers import stayers_of


@pytest.fixture(scope="module")
def first():
    return baseline()


@pytest.fixture(scope="module")
def panel(first):
    return panel_of(first, later(first, selective(first)))


def test_stayers_weigh_baseline_weight_times_inverse_chance(panel, first):
    found = stayers_of(panel, STUDY, BOOK, "w1")
    followed = found.followed
    assert followed.answered.sum() == selective(first).sum()
    base = panel.frame.iloc[followed.first]
    again = panel.frame.iloc[found.later]
    assert (base["person_id"].to_numpy()[followed.answered] == again["person_id"]).all()
    model = fit_propensity(followed.answered, followed.X, followed.names, base["weight"])
    expected = (base["weight"].to_numpy() / model.chance)[followed.answered]
    assert found.weights == pytest.approx(expected, rel=1e-6)
    # the score equations of the model hold the weighted total of everybody
    assert found.weights.sum() == pytest.approx(base["weight"].sum(), rel=0.05)


def test_weighting_takes_selective_attrition_out(panel, first):
    """People with low scores drop out: stayers' mean is too high, the weighted one is not."""
    found = stayers_of(panel, STUDY, BOOK, "w1")
    scores = panel.frame["s"].to_numpy()[found.first]
    everyone = panel.frame.iloc[found.followed.first]
    truth = np.average(everyone["s"], weights=everyone["weight"])
    weighted = np.average(scores, weights=found.weights)
    assert scores.mean() - truth > 2
    assert abs(weighted - truth) < 1


def test_known_movers_are_not_stayers(first):
    stay = selective(first)
    moved = first.loc[stay & (first["area_code"] == "A1").to_numpy(), "person_id"].head(3)
    found = follow(panel_of(first, later(first, stay, set(moved))), STUDY, BOOK, "w1")
    assert (found.left, found.answered.sum()) == (3, stay.sum() - 3)
    assert len(found.first) == len(first) - 3


def test_a_sampling_frame_tells_who_still_lives_there(panel, first):
    stay = selective(first)
    gone = first.loc[~stay, "person_id"].head(10)
    invited = first.loc[~first["person_id"].isin(gone), ["person_id", "area_code"]]
    found = follow(panel, STUDY, BOOK, "w1", invited.assign(wave="w1"))
    assert (found.left, len(found.first)) == (10, len(first) - 10)
    assert found.answered.sum() == stay.sum()


def test_a_frame_of_newcomers_only_says_nothing_about_who_left(panel, first):
    fresh = pd.DataFrame({"person_id": ["new"], "area_code": ["A1"], "wave": ["w1"]})
    with_frame, without = (follow(panel, STUDY, BOOK, "w1", s) for s in (fresh, None))
    assert (with_frame.first == without.first).all()


def test_people_without_a_key_cannot_be_followed(first):
    nameless = first.copy()
    nameless.loc[:4, "person_id"] = None
    found = follow(panel_of(nameless, later(nameless, selective(nameless))), STUDY, BOOK, "w1")
    assert found.untraced == 5


def test_too_few_stayers_in_an_area_is_a_reason(first):
    stay = selective(first) & (first["area_code"] != "A2").to_numpy()
    assert stayers_of(panel_of(first, later(first, stay)), STUDY, BOOK, "w1") == "too_few_stayers:1"


def test_no_panel_at_all_is_a_reason(first):
    other = later(first, selective(first))
    other["person_id"] = [f"q{i}" for i in range(len(other))]
    assert stayers_of(panel_of(first, other), STUDY, BOOK, "w1") == "no_panel"


def test_without_any_key_there_is_no_panel(first):
    nameless, other = first.assign(person_id=None), later(first, selective(first))
    assert stayers_of(panel_of(nameless, other), STUDY, BOOK, "w1") == "no_panel"


def test_a_handful_of_people_is_too_few():
    few = baseline(per_area=3)
    panel = panel_of(few, later(few, np.arange(len(few)) % 3 > 0))
    assert stayers_of(panel, STUDY, BOOK, "w1") == "too_few_stayers:4"


def test_perfect_separation_is_a_reason(first):
    stay = (first["x"] > 45).to_numpy()
    panel = panel_of(first, later(first, stay))
    assert stayers_of(panel, STUDY, BOOK, "w1") == "retention_separated"


def test_when_everybody_stays_the_weights_are_those_of_the_first_wave(first):
    panel = panel_of(first, later(first, np.ones(len(first), bool)))
    found = stayers_of(panel, STUDY, BOOK, "w1")
    assert found.model is None
    assert (found.weights == panel.frame["weight"].to_numpy()[found.first]).all()


def test_a_question_about_stayers_compares_the_same_persons(panel, first):
    made = products(panel, first, later(first, selective(first)))
    found = changes_since_baseline(STUDY, BOOK, made, question(Population.STAYERS), "w1")
    assert found["change"].to_numpy() == pytest.approx(2.0)  # everybody improved by two points
    assert found["n"].sum() == selective(first).sum()
    residents = changes_since_baseline(
        STUDY, BOOK, made, question(Population.CURRENT_RESIDENTS), "w1"
    )
    assert (residents["change"] > 2.5).all()  # those left behind scored high before


def test_changes_of_residents_are_differences_of_weighted_means(panel, first):
    made = products(panel, first, later(first, selective(first)))
    found = changes_since_baseline(
        STUDY, BOOK, made, question(Population.CURRENT_RESIDENTS), "w1"
    ).set_index("area")
    for code in AREAS:
        rows = panel.frame[panel.frame["area_code"] == code]
        old, new = (rows[rows["wave"] == w] for w in ("w0", "w1"))
        level = [np.average(r["s"], weights=r["weight"]) for r in (old, new)]
        assert found.loc[code, "change"] == pytest.approx(level[1] - level[0])
        assert found.loc[code, "residents"] == pytest.approx(new["weight"].sum())
        assert found.loc[code, "n"] == min(len(old), len(new))


def test_a_pair_counts_only_with_both_scores():
    rows = np.arange(4)
    area = np.array([0, 0, 1, 1])
    weight = np.array([1.0, 3, 1, 1])
    pairs = TwoWaves(rows, rows, area, area, weight, weight, True, ("a", "b"))
    found = pairs.change(np.array([1.0, 2, np.nan, 4]), np.array([2.0, 6, 5, np.nan]))
    assert found["change"].iloc[0] == pytest.approx((1 + 3 * 4) / 4)
    assert np.isnan(found["change"].iloc[1])
    assert found["n"].tolist() == [2, 0]
    assert found["residents"].tolist() == [4, 2]


def test_small_categories_join_the_largest_and_missing_is_one():
    labels = pd.Series(["post"] * 50 + ["online"] * 30 + ["phone"] * 3 + [None] * 25)
    codes = category_codes(labels)
    assert np.bincount(codes).tolist() == [53, 30, 25]


def test_a_subscale_gives_way_to_the_whole():
    items = [item(f"i{k}") for k in range(3)]
    whole, part = scale("whole", "sum", ["i0", "i1", "i2"]), scale("part", "sum", ["i0", "i1"])
    book = codebook(items, [part, whole, scale("x0", "single", ["i0"])])
    assert [s.id for s in own_scores(book, "w0")] == ["whole"]


def test_imputed_scores_fill_only_what_is_missing(first):
    gaps = first.copy()
    gaps.loc[::9, "x"] = np.nan
    panel = panel_of(gaps, later(first, selective(first)))
    found = impute_scores(panel, STUDY, BOOK, [BOOK.scales["s"]], "w0", imputations=4)
    scores = panel.frame.loc[panel.frame["wave"] == "w0", "s"].to_numpy()
    filled, seen = found.scores["s"], ~np.isnan(scores)
    assert filled.shape == (4, len(scores))
    assert (filled[:, seen] == scores[seen]).all()
    assert set(filled[:, ~seen].ravel()) <= set(scores[seen])
    assert found.missing["s"] == (~seen).sum()
    # who answered again scored two points more then: the other wave tells most of it
    truth = first["x"].to_numpy()[~seen]
    again = selective(first)[~seen]
    error = (filled[:, ~seen].mean(axis=0) - truth)[again]
    assert np.sqrt((error**2).mean()) < 0.5 * truth.std()
