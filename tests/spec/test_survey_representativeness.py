"""The Rao-Scott rows: who answered against who lives there."""

from types import SimpleNamespace

import numpy as np
import pytest
from survey_study import AREAS, codebook, item, population, respondents, scale, study

from evaluatie.evaluation.diagnostics.representativeness import representativeness_tests
from evaluatie.evaluation.survey_rows import weight_rows
from evaluatie.survey import score_waves, weigh_panel

BOOK = codebook([item("x")], [scale("s", "single", ["x"])])
STUDY = study()
ROWS = [
    (f"p{a}{s}{y}{i}", f"h{a}{s}{y}{i}", a, s, y)
    for a in AREAS
    for s in "mv"
    for y in (1975, 1950, 1920)
    for i in range(6)
]


def panel(rows, people=None):
    people = population() if people is None else people
    return weigh_panel(
        score_waves({"w0": respondents("w0", rows, x=1.0)}, BOOK), people, STUDY, BOOK
    )


def rows_of(weighed):
    rows = representativeness_tests(STUDY, BOOK, None, SimpleNamespace(panel=weighed))
    return {row["term"]: row for row in rows}


def test_respondents_spread_as_the_residents_have_no_statistic():
    found = rows_of(panel(ROWS))
    assert set(found) == {"rao_scott_age_sex", "rao_scott_area"}
    for row in found.values():
        assert row["estimate"] == pytest.approx(0, abs=1e-9)
        assert row["p_value"] == pytest.approx(1)
        assert (row["n"], row["n_households"], row["wave"]) == (144, 144, "w0")


def test_too_few_young_people_show():
    old = [row for row in ROWS if row[4] != 1975 or row[0].endswith(("0", "1"))]
    found = rows_of(panel(old))
    assert found["rao_scott_age_sex"]["p_value"] < 0.01
    assert found["rao_scott_area"]["p_value"] > 0.5


def test_one_cell_has_nothing_to_test():
    only_men = [row for row in ROWS if row[3] == "m"]
    row = rows_of(panel(only_men))["rao_scott_age_sex"]
    assert (row["status"], row["reason"]) == ("not_estimable", "one_cell")
    assert np.isnan(row["estimate"])


def test_no_panel_gives_no_rows():
    assert rows_of(None) == {}


def test_weight_rows_say_why_there_is_no_panel_response():
    rows = {row["term"]: row for row in weight_rows(panel(ROWS))}
    assert (rows["panel_response"]["status"], rows["panel_response"]["reason"]) == (
        "not_estimable",
        "no_sample",
    )
    assert rows["base_cells"]["reason"] == "no_sample"
    assert rows["margin_error"]["estimate"] < 1e-9
    assert rows["trimmed_share"]["unit"] == "share"
