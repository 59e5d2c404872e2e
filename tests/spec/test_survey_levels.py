"""Levels, changes and distributions per area and side, against the estimator and by hand."""

import numpy as np
import pytest
from survey_study import AREAS, codebook, item, population, respondents, scale, study

from evaluatie.survey import (
    LEVEL_COLUMNS,
    area_changes,
    area_levels,
    distribution,
    professional_levels,
    score_waves,
    weigh_panel,
)

BOOK = codebook(
    [item("srh", "123"), item("vas"), item("late", waves=["w1"])],
    [
        scale("good", "share_of_codes", ["srh"], good_codes=["1"]),
        scale("vas", "single", ["vas"]),
        scale("late", "single", ["late"]),
    ],
)
STUDY = study()
ROWS = [
    (f"p{a}{s}{y}{i}", f"h{a}{i}", a, s, y)
    for a in AREAS
    for s in "mv"
    for y in (1975, 1950, 1920)
    for i in range(2)
]
N = len(ROWS)


def panel(vas0, vas1, srh=None, rows1=ROWS):
    srh = ["1", "2"] * (N // 2) if srh is None else srh
    waves = {"w0": respondents("w0", ROWS, vas=vas0, srh=srh)}
    if rows1 is not None:
        late = np.arange(len(rows1), dtype=float)
        waves["w1"] = respondents("w1", rows1, vas=vas1, srh="1", late=late)
    return weigh_panel(score_waves(waves, BOOK), population(), STUDY, BOOK)


def at(frame, wave, area, **more):
    chosen = frame[(frame["wave"] == wave) & (frame["area"] == area)]
    for name, value in more.items():
        chosen = chosen[chosen[name] == value]
    assert len(chosen) == 1
    return chosen.iloc[0]


RISING = np.arange(N, dtype=float)


def test_every_area_side_and_all_has_a_row_in_every_wave():
    found = area_levels(panel(RISING, RISING), BOOK.scales["vas"], STUDY)
    assert found.columns.tolist() == list(LEVEL_COLUMNS)
    expected = [*AREAS, "pilot", "comparison", "all"]
    assert found["area"].tolist() == expected * 2
    assert (found["status"] == "estimated").all()


def test_equal_weights_give_plain_means_within_an_area():
    found = area_levels(panel(RISING, RISING), BOOK.scales["vas"], STUDY)
    row = at(found, "w0", "A1")
    assert row["estimate"] == pytest.approx(RISING[:12].mean())
    assert (row["n"], row["n_households"], row["df"]) == (12, 2, 1)
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_a_side_is_the_weighted_mean_of_its_areas():
    found = area_levels(panel(RISING, RISING), BOOK.scales["vas"], STUDY)
    areas = [at(found, "w0", code)["estimate"] for code in ("A1", "A2")]
    assert at(found, "w0", "pilot")["estimate"] == pytest.approx(np.mean(areas))
    assert at(found, "w0", "pilot")["df"] == 2


def test_a_share_has_a_logit_interval_within_zero_and_one():
    found = area_levels(panel(RISING, RISING), BOOK.scales["good"], STUDY)
    row = at(found, "w0", "all")
    assert (row["term"], row["estimate"]) == ("share", pytest.approx(0.5))
    everyone = at(found, "w1", "A1")
    assert (everyone["estimate"], everyone["ci_high"]) == (1, 1)
    assert 0 < everyone["ci_low"] < 1


def test_a_scale_not_asked_in_a_wave_is_a_row_with_a_reason():
    found = area_levels(panel(RISING, RISING), BOOK.scales["late"], STUDY)
    row = at(found, "w0", "pilot")
    assert (row["status"], row["reason"], row["n"]) == ("not_estimable", "no_answers", 0)
    assert np.isnan(row["estimate"])
    assert at(found, "w1", "pilot")["status"] == "estimated"


def test_an_absent_wave_is_a_row_with_a_reason():
    weighed = panel(RISING, None, rows1=None)
    levels = area_levels(weighed, BOOK.scales["vas"], STUDY)
    changes = area_changes(weighed, BOOK.scales["vas"], STUDY)
    assert at(levels, "w1", "all")["reason"] == "no_respondents"
    assert (changes["reason"] == "no_respondents").all()


def test_an_area_with_answers_from_one_household_has_no_standard_error():
    vas = np.where([row[1] == "hA11" for row in ROWS], np.nan, RISING)
    found = area_levels(panel(vas, RISING), BOOK.scales["vas"], STUDY)
    assert at(found, "w0", "A1")["reason"] == "one_household"
    assert at(found, "w0", "A2")["status"] == "estimated"


def test_the_same_gain_for_everybody_is_a_change_without_error():
    found = area_changes(panel(RISING, RISING + 5), BOOK.scales["vas"], STUDY)
    row = at(found, "w1", "A2")
    assert row["estimate"] == pytest.approx(5)
    assert row["std_error"] == pytest.approx(0, abs=1e-9)
    assert (row["n"], row["n_households"], row["n_both"]) == (12, 2, 12)


def test_the_change_is_the_difference_of_levels():
    weighed = panel(RISING, RISING[::-1].copy())
    levels = area_levels(weighed, BOOK.scales["vas"], STUDY)
    changes = area_changes(weighed, BOOK.scales["vas"], STUDY)
    for area in (*AREAS, "pilot", "comparison", "all"):
        expected = at(levels, "w1", area)["estimate"] - at(levels, "w0", area)["estimate"]
        assert at(changes, "w1", area)["estimate"] == pytest.approx(expected)


def test_other_people_in_the_second_wave_overlap_with_nobody():
    others = [(f"new{p}", f"new{h}", a, s, y) for p, h, a, s, y in ROWS]
    found = area_changes(panel(RISING, RISING, rows1=others), BOOK.scales["vas"], STUDY)
    row = at(found, "w1", "all")
    assert (row["n_both"], row["deff"]) == (0, pytest.approx(1))


def test_shares_of_all_answers_add_up_to_one():
    srh = (["1", "2", "3", None] * N)[:N]
    found = distribution(panel(RISING, RISING, srh), BOOK.items["srh"], STUDY)
    one_area = found[(found["wave"] == "w0") & (found["area"] == "B1")]
    assert one_area["category"].tolist() == ["answer=1", "answer=2", "answer=3"]
    assert one_area["estimate"].sum() == pytest.approx(1)
    assert (one_area["n"] == 9).all()


def test_professionals_count_once_each_and_per_side():
    book = codebook(
        [],
        [scale("job", "single", ["j"], population="professionals")],
        professional_items={"j": item("j", "12345")},
    )
    answers = respondents("w0", ROWS[:5]).assign(
        area_side=["pilot"] * 4 + ["comparison"], j=["1", "2", "3", "4", "5"]
    )
    scored = score_waves({"w0": answers}, book, "professionals")
    found = professional_levels(scored, book.scales["job"], STUDY)
    row = at(found, "w0", "pilot")
    assert row["estimate"] == 2.5
    assert row["std_error"] == pytest.approx(np.std([1, 2, 3, 4], ddof=1) / 2)
    assert at(found, "w0", "comparison")["reason"] == "one_respondent"
    assert at(found, "w1", "pilot")["reason"] == "no_respondents"
