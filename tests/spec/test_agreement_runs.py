"""A report holds what its audience agreed to, at its wave, and nothing else."""

import copy
from datetime import date

import pytest
from tiny_study import CODEBOOK, FILES, put, write_study

from evaluatie.agreement import ReportRun, check_run, load_agreements
from evaluatie.errors import AgreementError


def load(folder, **changes):
    files = copy.deepcopy(FILES)
    for path, (key, value) in changes.items():
        put(files, path, key, value)
    study = write_study(folder, files)
    return study, load_agreements(study, CODEBOOK)


def run(**changes):
    return ReportRun(**{"report": "letter", "audience": "town", "wave": "w2"} | changes)


def test_the_matrix_has_a_row_for_every_audience_wave_area_and_language(tmp_path):
    _, book = load(tmp_path, **{"reports.0": ("areas", ["A", "pilot"])})
    names = [row.name for row in book.run_matrix()]
    assert names == [
        f"letter-{audience}-{wave}-{area}-nl"
        for audience in ("town", "uni")
        for wave in ("w1", "w2")
        for area in ("a", "pilot")
    ]


def test_a_report_answers_the_agreed_questions_of_its_sections_primary_first(tmp_path):
    _, book = load(tmp_path, **{"reports.0": ("sections", ["survey", "cost", "process"])})
    assert [q.id for q in book.questions_of(run())] == ["health", "cost", "spirit", "files"]
    assert [q.id for q in book.questions_of(run(audience="uni"))] == ["cost", "spirit", "files"]


def test_a_section_that_a_report_lacks_keeps_its_questions_out(tmp_path):
    _, book = load(tmp_path)
    assert [q.id for q in book.questions_of(run())] == ["health", "spirit", "files"]


def test_an_amendment_counts_for_waves_reported_after_its_date(tmp_path):
    _, book = load(tmp_path)  # 'files' was added a month after wave w1 became reportable
    assert [q.id for q in book.questions_of(run(wave="w1"))] == ["health", "spirit"]
    assert book.amendments_of(run(wave="w1")) == ()
    assert [a.adds for a in book.amendments_of(run())] == [("files",)]


def test_a_question_that_was_removed_can_be_agreed_again(tmp_path):
    texts = {"what": {"nl": "x", "en": "x"}, "why": {"nl": "x", "en": "x"}}
    steps = [
        {"date": date(2001, 1, 1), "removes": ["spirit"], "adds": ["files"], **texts},
        {"date": date(2002, 1, 1), "adds": ["spirit"], **texts},
    ]
    _, book = load(tmp_path, **{"agreements/uni": ("amendments", steps)})
    uni = book.agreements["uni"]
    assert uni.questions_on(date(2000, 12, 31)) == ("cost", "spirit")
    assert uni.questions_on(date(2001, 12, 31)) == ("cost", "files")
    assert uni.questions == ("cost", "files", "spirit")


def test_a_report_names_the_events_of_its_wave(tmp_path):
    _, book = load(tmp_path)
    assert [event.id for event in book.events_of(run(wave="w1"))] == ["flood"]
    assert book.events_of(run()) == ()


def test_a_question_of_another_audience_is_refused(tmp_path):
    _, book = load(tmp_path)
    assert book.agreed_question(run(), "health").id == "health"
    with pytest.raises(AgreementError) as caught:
        book.agreed_question(run(audience="uni"), "health")
    assert "question 'health' lies outside what was agreed with audience 'uni'" in str(caught.value)
    assert "Allowed: spirit, files." in str(caught.value)


def test_an_indicator_outside_the_agreement_is_refused(tmp_path):
    _, book = load(tmp_path)
    assert [q.id for q in book.agreed_indicator(run(), "positive")] == ["spirit"]
    with pytest.raises(AgreementError, match="indicator 'late_score' lies outside") as caught:
        book.agreed_indicator(run(), "late_score")
    assert "Allowed: case_count, health_score, positive." in str(caught.value)
    assert "amend analysis/agreements/town.yml" in str(caught.value)


def test_an_unknown_question_is_told_from_one_that_was_not_agreed(tmp_path):
    _, book = load(tmp_path)
    with pytest.raises(AgreementError, match="there is no question 'luck'"):
        book.agreed_question(run(), "luck")
    with pytest.raises(AgreementError, match="there is no question 'luck'"):
        book.role("luck")


def test_an_agreed_report_on_synthetic_data_passes_the_gate(tmp_path):
    study, book = load(tmp_path)
    for row in book.run_matrix():
        check_run(book, study, row, synthetic=True)


@pytest.mark.parametrize(
    ("changes", "message", "allowed"),
    [
        ({"report": "book"}, "report 'book' is not in the agreed list", "letter"),
        ({"audience": "king"}, "audience 'king' is not in the agreed list", "town, uni"),
        ({"wave": "w0"}, "wave 'w0' is not in the agreed list", "w1, w2"),
        ({"area": "B"}, "area 'B' is not in the agreed list", "(none: the whole study)"),
        ({"language": "en"}, "language 'en' is not in the agreed list", "nl"),
    ],
)
def test_a_report_that_nobody_agreed_to_is_refused(tmp_path, changes, message, allowed):
    study, book = load(tmp_path)
    with pytest.raises(AgreementError) as caught:
        check_run(book, study, run(**changes), synthetic=True)
    assert message in str(caught.value)
    assert f"Allowed: {allowed}." in str(caught.value)


def test_a_report_by_area_needs_an_area(tmp_path):
    study, book = load(tmp_path, **{"reports.0": ("areas", ["A"])})
    with pytest.raises(AgreementError, match="no area is not in the agreed list"):
        check_run(book, study, run(), synthetic=True)


@pytest.mark.parametrize(
    ("status", "synthetic", "message"),
    [
        ("example", True, None),
        ("example", False, "the agreement is an example, and the data are not synthetic"),
        ("draft", True, "the agreement is still a draft"),
        ("draft", False, "the agreement is still a draft"),
        ("signed", True, None),
        ("signed", False, None),
    ],
)
def test_only_a_signed_agreement_opens_real_data(tmp_path, status, synthetic, message):
    study, book = load(tmp_path, **{"agreements/town": ("status", status)})
    if message is None:
        check_run(book, study, run(), synthetic=synthetic)
    else:
        with pytest.raises(AgreementError, match=message) as caught:
            check_run(book, study, run(), synthetic=synthetic)
        assert "analysis/agreements/town.yml" in str(caught.value)
        assert "set 'status: signed'" in str(caught.value)


@pytest.mark.parametrize(("day", "due"), [(date(2003, 6, 30), False), (date(2003, 7, 1), True)])
def test_a_wave_is_reported_from_its_date_on(tmp_path, day, due):
    study, book = load(tmp_path)
    if due:
        check_run(book, study, run(), synthetic=True, today=day)
    else:
        with pytest.raises(AgreementError, match=f"from 2003-07-01 on, and .* dated {day}"):
            check_run(book, study, run(), synthetic=True, today=day)
