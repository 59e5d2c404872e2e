"""Weights on a wave small enough to count: margins, merged cells, unknown sex, trimming."""

import numpy as np
import pytest
from survey_study import AREAS, codebook, item, population, respondents, scale, study

from evaluatie.errors import RefusedError
from evaluatie.survey import score_waves, weigh_panel

BOOK = codebook([item("x")], [scale("s", "single", ["x"])])
YEARS = {"18-39": 1975, "40-64": 1950, "65+": 1920}


def full_wave(per_cell=2, skip=()):
    """``per_cell`` respondents in every area x sex x age group, households of one."""
    cells = [(a, s, g) for a in AREAS for s in "mv" for g in YEARS if (a, s, g) not in skip]
    return [
        (f"p{i}{a}{s}{g}", f"h{i}{a}{s}{g}", a, s, YEARS[g])
        for a, s, g in cells
        for i in range(per_cell)
    ]


def weigh(rows, people=None, later=None, **changes):
    waves = {"w0": respondents("w0", rows, x=1.0)}
    if later is not None:
        waves["w1"] = respondents("w1", later, x=1.0)
    people = population() if people is None else people
    return weigh_panel(score_waves(waves, BOOK), people, study(**changes), BOOK)


def term(panel, name, wave="w0"):
    report = panel.report
    chosen = report[(report["term"] == name) & (report["wave"] == wave)]
    return chosen["estimate"].iloc[0]


def totals(panel, by, wave="w0"):
    frame = panel.frame[panel.frame["wave"] == wave]
    return frame.groupby(by)["weight"].sum().to_dict()


def test_respondents_add_up_to_the_adults_of_each_area_and_age_sex_group():
    people = population()
    people.loc[people["area_code"] == "A1", "persons"] *= 3
    people.loc[people["age_group"] == "65+", "persons"] *= 0.5
    panel = weigh(full_wave(), people)
    adults = people[(people["year"] == 2000) & (people["age_group"] != "0-17")]
    assert totals(panel, "area_code") == pytest.approx(
        adults.groupby("area_code")["persons"].sum().to_dict()
    )
    assert totals(panel, ["sex", "age_group"]) == pytest.approx(
        adults.groupby(["sex", "age_group"])["persons"].sum().to_dict()
    )


def test_each_wave_is_weighed_to_the_population_of_its_own_year():
    people = population()
    people.loc[people["year"] == 2001, "persons"] = 50
    panel = weigh(full_wave(), people, later=full_wave())
    assert (term(panel, "population"), term(panel, "population", "w1")) == (2400, 1200)
    assert panel.frame.loc[panel.frame["wave"] == "w1", "weight"].sum() == pytest.approx(1200)


def test_a_balanced_sample_has_equal_weights_and_loses_nothing():
    panel = weigh(full_wave())
    assert panel.frame["weight"].nunique() == 1
    assert term(panel, "effective_n") == pytest.approx(48)
    assert term(panel, "deff") == pytest.approx(1)


def test_a_small_cell_merges_with_the_smaller_neighbouring_age_group():
    skip = {(a, "m", "65+") for a in AREAS} - {("A1", "m", "65+")}  # two men of 65+ are left
    panel = weigh(full_wave(skip=skip))
    cells = panel.frame.groupby(["sex", "age_group"])["cell"].unique()
    assert cells["m", "65+"].tolist() == ["m 40-64..65+"]
    assert cells["m", "40-64"].tolist() == ["m 40-64..65+"]
    assert cells["m", "18-39"].tolist() == ["m 18-39"]
    assert cells["v", "65+"].tolist() == ["v 65+"]
    assert term(panel, "merged_cells") == 2
    note = panel.report.loc[panel.report["term"] == "merged_cells", "note"].iloc[0]
    assert note == "m 40-64 > m 40-64..65+; m 65+ > m 40-64..65+"
    assert totals(panel, "sex") == pytest.approx({"m": 1200, "v": 1200})


def test_when_a_sex_is_too_small_altogether_the_sexes_merge():
    skip = {(a, "m", g) for a in AREAS for g in YEARS}
    panel = weigh(full_wave(skip=skip))
    assert set(panel.frame["cell"]) == {"all"}
    assert panel.frame["weight"].sum() == pytest.approx(2400)


def test_unknown_sex_or_age_keeps_its_share_of_the_respondents():
    rows = [*full_wave(), ("q1", "hq", "A1", None, 1950), ("q2", "hq2", "B1", "m", np.nan)]
    panel = weigh(rows)
    assert term(panel, "unknown_age_sex") == 2
    assert totals(panel, "cell")["unknown"] == pytest.approx(2400 * 2 / 50)
    assert totals(panel, "area_code") == pytest.approx(dict.fromkeys(AREAS, 600))


def test_large_weights_are_trimmed_and_the_margins_still_hold():
    people = population()
    people.loc[people["area_code"] == "A1", "persons"] *= 4
    cells = {(a, s, g) for a in AREAS for s in "mv" for g in YEARS}
    young = {cell for cell in cells if cell[2] == "18-39"}
    rows = full_wave(4, young) + full_wave(1, cells - young)
    cut = {"minimum_cell": 4, "weights_trim": 5.0}
    plain, trimmed = (
        weigh(rows, people, **(cut | {"weights_trim": 9.0})),
        weigh(rows, people, **cut),
    )
    assert term(plain, "trimmed") == 0
    assert term(plain, "weight_max") > 6
    assert term(trimmed, "trimmed") == 2
    assert term(trimmed, "weight_max") == pytest.approx(5, rel=0.01)
    adults = people[(people["year"] == 2000) & (people["age_group"] != "0-17")]
    expected = adults.groupby("area_code")["persons"].sum().to_dict()
    assert totals(trimmed, "area_code") == pytest.approx(expected)


def test_an_area_without_respondents_leaves_the_margins():
    panel = weigh([row for row in full_wave() if row[2] != "B2"])
    assert term(panel, "population") == 1800
    assert "B2" not in totals(panel, "area_code")


def test_respondents_outside_the_study_areas_are_counted_and_left_out():
    rows = [*full_wave(), ("q", "hq", "elsewhere", "m", 1950), ("r", "hr", None, "m", 1950)]
    panel = weigh(rows)
    assert term(panel, "no_area") == 2
    assert len(panel.frame) == 48


def test_a_year_without_population_is_refused_with_the_years_there_are():
    with pytest.raises(RefusedError) as error:
        weigh(full_wave(), population(years=(1999, 2001)))
    message = str(error.value)
    assert "no adults by age and sex for 2000 in 4 of 4 areas" in message
    assert "years in the file: 1999, 2001" in message


def test_no_respondent_in_any_area_is_refused():
    with pytest.raises(RefusedError, match="no respondent lives in an area of the study"):
        weigh([("p", "h", "elsewhere", "m", 1950)])
