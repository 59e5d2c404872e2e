"""Linkage over waves: who is who, what contradicts, what may be filled in."""

import numpy as np
import pytest
from survey_study import codebook, item, respondents, scale

from evaluatie.survey import link_panel, score_waves

BOOK = codebook([item("x")], [scale("s", "single", ["x"])])


def linked(first, second):
    waves = {w: respondents(w, rows, x=1.0) for w, rows in (("w0", first), ("w1", second))}
    return link_panel(score_waves(waves, BOOK), BOOK)


def test_panel_members_and_refreshment():
    found = linked(
        [("p1", "h1", "A1", "m", 1950), ("p2", "h2", "A1", "v", 1960)],
        [("p1", "h1", "A1", "m", 1950), ("p3", "h3", "A1", "v", 1960)],
    )
    status = ["baseline", "baseline", "panel", "refreshment"]
    assert found.frame["panel_status"].tolist() == status
    row = found.overlap.iloc[0]
    assert (row["n_from"], row["n_to"], row["n_both"], row["retained_share"]) == (2, 2, 1, 0.5)


def test_missing_sex_and_birth_year_come_from_the_other_wave():
    found = linked([("p1", "h1", "A1", None, np.nan)], [("p1", "h1", "A1", "v", 1950)])
    assert found.frame["sex"].tolist() == ["v", "v"]
    assert found.frame["age_group"].tolist() == ["40-64", "40-64"]
    assert found.conflicts["filled"] == 2


def test_a_contradiction_is_counted_and_fills_nothing():
    rows = [("p1", "h1", "A1", "m", 1950), ("p2", "h2", "A1", None, 1950)]
    later = [("p1", "h1", "A1", "v", 1950), ("p2", "h2", "A1", "v", 1955)]
    found = linked(rows, later)
    assert found.conflicts["sex"] == 1
    assert found.conflicts["birth_year"] == 1
    assert found.frame["sex"].tolist() == ["m", "v", "v", "v"]


def test_answers_without_a_key_are_linked_to_nobody():
    row = (None, "h1", "A1", "m", 1950)
    found = linked([row, row], [row])
    assert found.overlap["n_both"].tolist() == [0]
    assert found.frame["panel_status"].tolist() == ["baseline", "baseline", "refreshment"]
    assert found.conflicts["no_person_id"] == 3


def test_a_person_twice_in_a_wave_is_counted():
    row = ("p1", "h1", "A1", "m", 1950)
    assert linked([row, row], [row]).conflicts["twice_in_wave"] == 1


def test_a_wave_without_keys_retains_an_unknown_share():
    overlap = linked([(None, "h", "A1", "m", 1950)], [("p", "h", "A1", "m", 1950)]).overlap
    assert overlap["retained_share"].isna().all()
    assert overlap["n_from"].tolist() == [0]
    assert overlap["n_to"].tolist() == pytest.approx([1])
