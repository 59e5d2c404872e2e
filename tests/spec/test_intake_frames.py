"""The same rules on frames in memory: what becomes missing, what is set aside, what blocks."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluatie.dictionary import load_codebook
from evaluatie.errors import FeedError
from evaluatie.intake import RawFrames, require_clean, validate_frames
from evaluatie.study import open_study

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def study():
    return open_study(ROOT)


@pytest.fixture(scope="module")
def codebook(study):
    return load_codebook(study)


def questionnaire(codebook, study, wave, n=4):
    """n complete questionnaires with the codes as they stand in the file of the wave."""
    number = int(wave[1:])
    frame = {
        "respondent_id": [f"R{i}" for i in range(n)],
        "person_id": [f"P{i}" for i in range(n)],
        "household_id": [f"H{i}" for i in range(n)],
        "area_code": [study.areas[0].code] * n,
        "wave": [f"T{number}"] * n,
        "completed_on": ["2019-07-15"] * n,
        "mode": [1.0] * n,
        "sex": [2.0] * n,
        "birth_year": [1970.0] * n,
        "education": ["1"] * n,
    }
    for item in codebook.items.values():
        if not item.waves or wave in item.waves:
            change = [c for c in item.changes if c.recode and c.wave <= wave]
            codes = list(change[-1].recode if change else item.codes)
            frame[item.id] = [codes[0] if codes else item.minimum] * n
    return pd.DataFrame(frame).astype("object")


def validate(study, codebook, feeds=None, survey=None):
    only = [*(feeds or {}), *(["survey"] if survey else [])]
    small = study.model_copy(update={"feeds": tuple(only)})
    return validate_frames(small, codebook, RawFrames(survey or {}, {}, feeds or {}))


def only_issue(data, rule):
    rows = data.issues[data.issues["rule"] == rule]
    assert len(rows) == 1, data.issues.to_string()
    return rows.iloc[0]


# --- questionnaires -------------------------------------------------------------------------------


def test_a_complete_questionnaire_has_no_issues_and_dictionary_codes(study, codebook):
    waves = {wave.id: questionnaire(codebook, study, wave.id) for wave in study.waves}
    data = validate(study, codebook, survey=waves)
    assert data.issues.empty
    frame = data.survey["t3"]
    assert frame["sex"].tolist() == ["v"] * 4
    assert frame["mode"].tolist() == ["post"] * 4
    assert frame["wave"].tolist() == ["t3"] * 4
    assert frame["srh"].tolist() == ["1"] * 4
    assert frame["eq_vas"].dtype == "float64"
    assert frame["completed_on"].dtype == "datetime64[ns]"


@pytest.mark.parametrize(("wave", "expected"), [("t1", "1"), ("t2", "4"), ("t3", "4")])
def test_reversed_coding_is_undone_from_the_wave_it_changed(study, codebook, wave, expected):
    frame = questionnaire(codebook, study, wave).assign(participation_1="1")
    data = validate(study, codebook, survey={wave: frame})
    assert data.survey[wave]["participation_1"].tolist() == [expected] * 4


def test_shifted_coding_is_undone_and_the_old_codes_are_then_outside(study, codebook):
    frame = questionnaire(codebook, study, "t2")
    frame["lonely_1"] = ["0", "1", "2", "3"]
    data = validate(study, codebook, survey={"t2": frame})
    assert data.survey["t2"]["lonely_1"].tolist()[:3] == ["1", "2", "3"]
    assert pd.isna(data.survey["t2"]["lonely_1"][3])
    assert only_issue(data, "value_outside_codes")["allowed"] == "0, 1, 2, 9"


def test_missing_codes_are_counted_apart_from_invalid_answers(study, codebook):
    frame = questionnaire(codebook, study, "t0")
    frame["srh"] = ["8", 9.0, "7", None]
    frame["eq_vas"] = [999.0, 101.0, 55.0, np.nan]
    data = validate(study, codebook, survey={"t0": frame})
    assert data.survey["t0"]["srh"].isna().all()
    assert data.survey["t0"]["eq_vas"].tolist()[2] == 55
    counts = ["answered", "missing_code", "empty", "invalid"]
    answers = data.answers.set_index("column")[counts]
    assert answers.loc["srh"].tolist() == [0, 2, 1, 1]
    assert answers.loc["eq_vas"].tolist() == [1, 1, 1, 1]
    assert only_issue(data, "value_outside_codes")["count"] == 1
    assert only_issue(data, "value_outside_range")["allowed"] == "0 to 100"


def test_an_item_that_was_not_asked_is_missing_for_everyone(study, codebook):
    data = validate(study, codebook, survey={"t1": questionnaire(codebook, study, "t1")})
    assert data.issues.empty
    assert data.survey["t1"]["participation_4"].isna().all()
    assert "participation_4" not in set(data.answers["column"])
    frame = questionnaire(codebook, study, "t1").assign(participation_4="1")
    data = validate(study, codebook, survey={"t1": frame})
    assert data.survey["t1"]["participation_4"].isna().all()
    assert only_issue(data, "item_not_asked")["allowed"] == "waves t0, t2, t3"


def test_the_first_of_two_equal_respondents_counts(study, codebook):
    frame = questionnaire(codebook, study, "t0").assign(srh=["1", "2", "3", "4"])
    frame["respondent_id"] = ["R1", "R2", "R1", "R3"]
    data = validate(study, codebook, survey={"t0": frame})
    assert data.survey["t0"]["srh"].tolist() == ["1", "2", "4"]
    assert only_issue(data, "duplicate")["count"] == 1


def test_a_row_of_another_wave_is_set_aside(study, codebook):
    frame = questionnaire(codebook, study, "t0")
    frame.loc[1, "wave"] = "T1"
    data = validate(study, codebook, survey={"t0": frame})
    issue = only_issue(data, "wave_mismatch")
    assert (issue["count"], issue["allowed"]) == (1, "t0")
    assert issue["severity"] == "tolerate"
    assert len(data.survey["t0"]) == 3


def test_the_file_of_another_wave_blocks(study, codebook):
    frame = questionnaire(codebook, study, "t0", n=40).assign(wave="T1")
    data = validate(study, codebook, survey={"t0": frame})
    assert only_issue(data, "wave_mismatch")["severity"] == "block"
    assert only_issue(data, "no_usable_rows")["severity"] == "block"


def test_an_unknown_neighbourhood_is_set_aside(study, codebook):
    frame = questionnaire(codebook, study, "t0")
    frame.loc[1, "area_code"] = "BU00000000"
    data = validate(study, codebook, survey={"t0": frame})
    assert data.survey["t0"]["respondent_id"].tolist() == ["R0", "R2", "R3"]
    assert study.areas[0].code in only_issue(data, "unknown_area")["allowed"]


def test_another_coding_in_most_rows_blocks_instead_of_becoming_missing(study, codebook):
    frame = questionnaire(codebook, study, "t0", n=40)
    frame.loc[frame.index[:25], "srh"] = "7"
    data = validate(study, codebook, survey={"t0": frame})
    assert only_issue(data, "value_outside_codes")["severity"] == "block"
    frame["srh"] = ["7"] * 15 + ["1"] * 25
    data = validate(study, codebook, survey={"t0": frame})
    assert only_issue(data, "value_outside_codes")["severity"] == "tolerate"


# --- feeds ----------------------------------------------------------------------------------------


def residents(n=4):
    return pd.DataFrame(
        {
            "person_id": [f"P{i}" for i in range(n)],
            "household_id": [f"H{i}" for i in range(n)],
            "sex": ["M", "V"] * (n // 2),
            "birth_year": ["1970"] * n,
        }
    )


def arrangements(n=4):
    return pd.DataFrame(
        {
            "assignment_no": [f"T{i}" for i in range(n)],
            "person_id": [f"P{i}" for i in range(n)],
            "household_id": [f"H{i}" for i in range(n)],
            "product_code": ["01", "45"] * (n // 2),
            "provider_id": ["A1"] * n,
            "assigned_on": ["2018-12-01"] * n,
            "start": ["2019-01-01"] * n,
            "end": ["2019-12-31", ""] * (n // 2),
            "change_reason": [""] * n,
            "volume": ["2,5"] * n,
            "unit": ["04"] * n,
            "frequency": ["2"] * n,
            "rate_eur": ["25,50"] * n,
        }
    )


def declarations():
    return pd.DataFrame(
        {
            "declaration_no": ["D0", "D1", "D2", "D3"],
            "assignment_no": ["T0", "T1", "T0", "T3"],
            "month": ["2019-01", "2019-01", "2019-01", "2019-02"],
            "delivered_volume": ["4", "4", "", "4"],
            "amount_eur": ["102,00", "102,00", "-102,00", "50,25"],
            "credit_of": ["", "", "D0", ""],
            "booked_on": ["2019-02-10"] * 4,
        }
    )


def feeds(**changed):
    return {"residents": residents(), "arrangements": arrangements(),
            "declarations": declarations()} | changed  # fmt: skip


def test_clean_feeds_get_types_and_the_law_of_their_product(study, codebook):
    data = validate(study, codebook, feeds())
    assert data.issues.empty, data.issues.to_string()
    frame = data.feeds["arrangements"]
    assert frame["law"].tolist() == ["wmo", "jeugdwet"] * 2
    assert frame["rate_eur"].tolist() == [25.5] * 4
    assert frame["end"].isna().tolist() == [False, True] * 2
    assert frame["start"].dtype == "datetime64[ns]"
    assert data.feeds["residents"]["sex"].tolist() == ["m", "v"] * 2
    assert data.feeds["declarations"]["amount_eur"].sum() == pytest.approx(152.25)
    assert data.feeds["declarations"]["month"][0] == pd.Timestamp(2019, 1, 1)


def test_end_before_start_is_set_aside_and_a_void_record_is_kept(study, codebook):
    frame = arrangements()
    frame.loc[0, ["start", "end"]] = ["2019-06-01", "2019-05-31"]
    frame.loc[2, ["start", "end", "change_reason"]] = ["2019-06-01", "2019-06-01", "13"]
    data = validate(study, codebook, {"residents": residents(), "arrangements": frame})
    assert data.feeds["arrangements"]["assignment_no"].tolist() == ["T1", "T2", "T3"]
    assert only_issue(data, "end_before_start")["count"] == 1


def test_an_unmatched_credit_line_blocks(study, codebook):
    frame = declarations()
    frame.loc[2, "credit_of"] = "D9"
    data = validate(study, codebook, feeds(declarations=frame))
    issue = only_issue(data, "unmatched_reference")
    assert (issue["severity"], issue["column"], issue["count"]) == ("block", "credit_of", 1)
    with pytest.raises(FeedError) as caught:
        require_clean(data)
    text = str(caught.value)
    assert "one problem blocks the raw data" in text
    assert "gemeente/declaraties.csv, column credit_of" in text
    assert "reference to a record that does not exist (1)" in text
    assert "D9" not in text


def test_a_declaration_of_an_allocation_that_was_set_aside_goes_with_it(study, codebook):
    frame = arrangements()
    frame.loc[3, "product_code"] = "99"
    other = declarations()
    other.loc[1, "assignment_no"] = "T8"
    data = validate(study, codebook, feeds(arrangements=frame, declarations=other))
    assert only_issue(data, "value_outside_codes")["count"] == 1
    assert only_issue(data, "reference_set_aside")["count"] == 1
    assert only_issue(data, "unmatched_reference")["count"] == 1
    assert data.feeds["declarations"]["declaration_no"].tolist() == ["D0", "D2"]


def test_an_overlapping_replaced_record_is_closed_and_counted(study, codebook):
    frame = arrangements()
    frame["person_id"], frame["product_code"] = "P0", "01"
    frame["start"] = ["2019-01-01", "2019-04-01", "2019-07-01", "2019-10-01"]
    frame["end"] = ["2019-12-31", "2019-06-30", "2019-10-31", ""]
    data = validate(study, codebook, {"residents": residents(), "arrangements": frame})
    assert only_issue(data, "overlap")["count"] == 2
    ends = data.feeds["arrangements"]["end"].dt.strftime("%Y-%m-%d").tolist()
    assert ends == ["2019-03-31", "2019-06-30", "2019-09-30", np.nan]


def test_wrong_types_in_required_values_set_the_row_aside_in_others_become_missing(study, codebook):
    frame = arrangements()
    frame.loc[0, "start"] = "vandaag"
    frame.loc[1, "rate_eur"] = "25.50"
    frame.loc[2, "unit"] = ""
    data = validate(study, codebook, {"residents": residents(), "arrangements": frame})
    assert data.feeds["arrangements"]["assignment_no"].tolist() == ["T1", "T3"]
    assert np.isnan(data.feeds["arrangements"]["rate_eur"][0])
    wrong = data.issues[data.issues["rule"] == "wrong_type"].set_index("column")["allowed"]
    assert wrong["rate_eur"] == "a number with a decimal comma"
    assert "YYYY-MM-DD" in wrong["start"]
    assert only_issue(data, "missing_value")["column"] == "unit"


def test_missing_and_unknown_columns(study, codebook):
    frame = residents().rename(columns={"sex": "seks"})
    data = validate(study, codebook, {"residents": frame})
    missing, unknown = only_issue(data, "missing_column"), only_issue(data, "unknown_column")
    assert (missing["column"], missing["severity"]) == ("sex", "block")
    assert missing["allowed"] == "Geslacht"
    assert (unknown["column"], unknown["severity"]) == ("seks", "tolerate")
    assert "seks" not in data.feeds["residents"]
    assert data.feeds["residents"]["sex"].isna().all()


def test_a_feed_without_any_usable_row_blocks(study, codebook):
    data = validate(study, codebook, {"residents": residents().assign(sex="X")})
    assert only_issue(data, "no_usable_rows")["severity"] == "block"


def test_two_amounts_for_one_cell_of_the_insurer_block(study, codebook):
    row = {
        "area_code": study.areas[0].code, "year": 2018, "sex": "V",
        "age_class": "90 jaar en ouder", "insured_persons": 10, "insured_years": 9.5,
        "category": "farmacie", "amount_eur": 12.5,
    }  # fmt: skip
    data = validate(study, codebook, {"zvw": pd.DataFrame([row, row])})
    assert only_issue(data, "duplicate")["severity"] == "block"
    outside = pd.DataFrame([row, row | {"year": 2035}])
    data = validate(study, codebook, {"zvw": outside})
    assert only_issue(data, "outside_study_years")["allowed"] == "2015 to 2020"
    assert data.feeds["zvw"]["age_class"].tolist() == ["90+"]


def test_a_feed_that_is_not_there_is_unavailable_and_blocks_nothing(study, codebook):
    small = study.model_copy(update={"feeds": ("survey", "residents", "wlz")})
    survey = {"t0": questionnaire(codebook, study, "t0")}
    data = validate_frames(small, codebook, RawFrames(survey, {}, {"residents": residents()}))
    assert set(data.unavailable) == {"wlz", "survey:t1", "survey:t2", "survey:t3"}
    require_clean(data)
    data = validate_frames(small, codebook, RawFrames({}, {}, {}))
    assert set(data.unavailable) == {"survey", "residents", "wlz"}


def test_raw_frames_are_not_changed(study, codebook):
    frame = arrangements()
    frame.loc[0, "end"] = "2018-01-01"
    before = frame.copy(deep=True)
    validate(study, codebook, {"residents": residents(), "arrangements": frame})
    pd.testing.assert_frame_equal(frame, before)


def test_a_circle_of_references_is_refused(study, tmp_path):
    shutil.copytree(ROOT / "data_dictionary", tmp_path / "data_dictionary")
    path = tmp_path / "data_dictionary" / "feeds" / "residents.yml"
    text = path.read_text(encoding="utf-8").replace(
        "checks:\n",
        "checks:\n  - rule: refers_to\n    columns: [person_id]\n"
        "    other: [arrangements.person_id]\n"
        "    severity: tolerate\n    note: {nl: x, en: x}\n",
    )
    path.write_text(text, encoding="utf-8")
    here = study.model_copy(update={"root": tmp_path})
    with pytest.raises(Exception, match="refer to one another in a circle"):
        validate(here, load_codebook(here), feeds())
