"""Base weights: panel members who answer again against those who do not."""

import numpy as np
import pandas as pd
import pytest
from survey_study import codebook, item, population, respondents, scale, study

from evaluatie.errors import RefusedError
from evaluatie.survey import score_waves, weigh_panel
from evaluatie.survey.base_weights import base_weights, well_being

BOOK = codebook(
    [item("x"), item("y")],
    [
        scale("good", "single", ["x"]),
        scale("bad", "single", ["y"], direction="lower_is_better"),
    ],
)
STUDY = study()
PEOPLE = [(f"p{i}", f"h{i}", "A1", "m", 1950) for i in range(50)]
WELL = np.arange(50.0)
NEW = [(f"n{i}", f"g{i}", "A1", "m", 1950) for i in range(10)]


def invited(*waves):
    rows = [(wave, person[0]) for wave, people in waves for person in people]
    return pd.DataFrame(rows, columns=["wave", "person_id"])


def weights(later, well=WELL, sample=None, minimum=1):
    """Everybody answers the first wave; ``later`` the second, with ten newcomers invited too."""
    waves = {
        "w0": respondents("w0", PEOPLE, x=well, y=1.0),
        "w1": respondents("w1", later, x=50.0, y=1.0),
    }
    sample = invited(("w0", PEOPLE), ("w1", PEOPLE + NEW)) if sample is None else sample
    scored = score_waves(waves, BOOK)
    return base_weights(scored, sample, study(minimum_cell=minimum), BOOK)


def test_a_group_that_answers_half_as_often_counts_twice():
    # of the lowest ten five answer again, of everybody else all
    later = PEOPLE[:10:2] + PEOPLE[10:]
    found = weights(later)["w1"]
    assert found.cells == 5
    assert found.panel_response == pytest.approx(0.9)
    assert found.weights[:5] == pytest.approx(0.9 / 0.5)
    assert found.weights[5:] == pytest.approx(0.9)
    assert found.weights.mean() == pytest.approx(50 * 0.9 / 45)


def test_newcomers_keep_a_weight_of_one_and_their_own_response():
    found = weights(PEOPLE[:10:2] + PEOPLE[10:] + NEW[:4])["w1"]
    assert found.weights[-4:] == pytest.approx(1)
    assert found.refreshment_response == pytest.approx(0.4)


def test_the_first_wave_has_no_panel():
    found = weights(PEOPLE)["w0"]
    assert (found.cells, found.note) == (0, "no_panel")
    assert found.weights == pytest.approx(np.ones(50))
    assert np.isnan(found.panel_response)
    assert found.refreshment_response == 1


def test_a_cell_with_too_few_respondents_merges_with_its_neighbour():
    found = weights(PEOPLE[:1] + PEOPLE[10:], minimum=3)["w1"]
    assert (found.cells, found.note) == (4, "cells_below:3")
    assert found.weights[:11] == pytest.approx((41 / 50) / (11 / 20))


def test_who_gave_no_answers_before_is_a_cell_of_its_own():
    well = np.where(np.arange(50) < 10, np.nan, WELL)
    waves = {
        "w0": respondents("w0", PEOPLE, x=well, y=np.where(np.isnan(well), np.nan, 1.0)),
        "w1": respondents("w1", PEOPLE[:10:2] + PEOPLE[10:], x=50.0, y=1.0),
    }
    sample = invited(("w0", PEOPLE), ("w1", PEOPLE))
    found = base_weights(score_waves(waves, BOOK), sample, study(minimum_cell=1), BOOK)["w1"]
    assert found.cells == 6
    assert found.weights[:5] == pytest.approx(0.9 / 0.5)


def test_without_a_sampling_frame_every_base_weight_is_one():
    waves = {"w0": respondents("w0", PEOPLE, x=WELL, y=1.0)}
    found = base_weights(score_waves(waves, BOOK), None, STUDY, BOOK)["w0"]
    assert (found.note, found.weights.tolist()) == ("no_sample", [1.0] * 50)


def test_a_panel_that_was_not_invited_again_has_no_response():
    found = weights(NEW, sample=invited(("w0", PEOPLE), ("w1", NEW)))["w1"]
    assert (found.cells, found.note) == (0, "no_panel_in_sample")


def test_an_answer_without_a_key_has_base_weight_one():
    later = [*PEOPLE[:10:2], *PEOPLE[10:], (None, "h", "A1", "m", 1950)]
    assert weights(later)["w1"].weights[-1] == 1


def test_well_being_turns_scales_so_that_higher_is_better():
    frame = pd.DataFrame({"good": [1.0, 2, 3, np.nan], "bad": [3.0, 2, 1, np.nan]})
    found = well_being(frame, BOOK)
    assert found[:3] == pytest.approx(np.array([-1, 0, 1]) * np.sqrt(1.5))
    assert np.isnan(found[3])


def test_a_scale_with_one_answer_for_all_says_nothing():
    frame = pd.DataFrame({"good": [1.0, 3.0], "bad": [2.0, 2.0]})
    assert well_being(frame, BOOK) == pytest.approx([-1, 1])


def test_the_report_of_the_weights_says_where_base_weights_came_from():
    scored = score_waves(
        {
            "w0": respondents("w0", PEOPLE, x=WELL, y=1.0),
            "w1": respondents("w1", PEOPLE[:10:2] + PEOPLE[10:], x=50.0, y=1.0),
        },
        BOOK,
    )
    sample = invited(("w0", PEOPLE), ("w1", PEOPLE))
    panel = weigh_panel(scored, population(), study(minimum_cell=1), BOOK, sample)
    report = panel.report.set_index(["wave", "term"])
    assert report.loc[("w0", "base_cells"), "note"] == "no_panel"
    assert report.loc[("w1", "base_max"), "estimate"] == pytest.approx(0.9 / 0.5)
    assert report.loc[("w1", "margin_error"), "estimate"] < 1e-9
    later = panel.frame[panel.frame["wave"] == "w1"]
    assert later["weight"].iloc[0] == pytest.approx(2 * later["weight"].iloc[-1])


def test_a_wave_that_cannot_be_raked_is_refused_by_name():
    # the only woman lives where no man answered: no weights give both sexes and both areas
    rows = [("a", "ha", "A1", "v", 1950), ("b", "hb", "A2", "m", 1950)]
    people = population()
    people.loc[people["sex"] == "v", "persons"] = 10
    scored = score_waves({"w0": respondents("w0", rows, x=1.0, y=1.0)}, BOOK)
    with pytest.raises(RefusedError, match=r"wave w0: raking did not settle .* \((A|m|v)"):
        weigh_panel(scored, people, study(minimum_cell=1), BOOK)
