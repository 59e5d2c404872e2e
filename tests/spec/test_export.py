"""What an export for R may hold and where it may stand; its numbers: end_to_end/test_export_r."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.domain import QuestionType
from evaluatie.errors import AgreementError, DeclarationError, RefusedError, UserError
from evaluatie.export import export_for_r
from evaluatie.export.answered import require_agreed, with_verdict
from evaluatie.export.place import MARK, export_folder
from evaluatie.export.pseudonyms import Pseudonyms
from evaluatie.export.question_folder import ASSETS, write_table
from evaluatie.study import Study, default_path, open_study

ROOT = default_path("analysis").parent


@pytest.fixture(scope="module")
def shipped() -> Study:
    return open_study(ROOT)


@pytest.fixture(scope="module")
def book(shipped):
    return load_agreements(shipped, load_codebook(shipped))


@pytest.fixture
def study(shipped, tmp_path: Path) -> Study:
    """The shipped declarations in an empty folder."""
    (tmp_path / "study").mkdir()
    return shipped.model_copy(update={"root": tmp_path / "study"})


# ---------------------------------------------------------------- where


def test_it_stands_below_build_by_default(study):
    assert export_folder(study, None) == study.build / "export-r"
    assert export_folder(study, study.build / "deep" / "er") == study.build / "deep" / "er"


def test_a_folder_outside_every_checkout_will_do(study, tmp_path):
    assert export_folder(study, tmp_path / "stick") == tmp_path / "stick"


@pytest.mark.parametrize("inside", [".", "analysis", "data", "data/raw", "analysis/../r", "build"])
def test_no_folder_of_the_study_but_below_build(study, inside):
    with pytest.raises(UserError, match="could be committed"):
        export_folder(study, study.root / inside)


def test_no_other_checkout_and_no_link_into_one(study, tmp_path):
    (tmp_path / "other" / ".git").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "other")
    for place in ("other", "other/deep", "link/deep"):
        with pytest.raises(UserError, match="could be committed"):
            export_folder(study, tmp_path / place)


def test_it_takes_the_place_of_an_earlier_export_and_of_nothing_else(study, tmp_path):
    (tmp_path / "empty").mkdir()
    assert export_folder(study, tmp_path / "empty")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "diary.txt").touch()
    with pytest.raises(UserError, match="no earlier export"):
        export_folder(study, tmp_path / "full")
    (tmp_path / "full" / MARK).touch()
    assert export_folder(study, tmp_path / "full")
    with pytest.raises(UserError, match="no earlier export"):
        export_folder(study, tmp_path / "full" / "diary.txt")


# ---------------------------------------------------------------- which questions


def test_an_unknown_question_is_refused_with_those_there_are(book):
    study = open_study(ROOT)
    with pytest.raises(DeclarationError) as refused:
        export_for_r(study, "nonsense")
    assert all(question.id in str(refused.value) for question in with_verdict(book))


def test_a_question_without_a_contrast_is_refused(book):
    study = open_study(ROOT)
    for question in book.questions.values():
        if question not in with_verdict(book):
            with pytest.raises(RefusedError, match=r"no contrast|put together"):
                export_for_r(study, question.id)
    assert any(q.type is QuestionType.DESCRIPTIVE for q in book.questions.values())


def test_real_data_need_a_signature_and_a_wave_that_is_due(shipped, book):
    question = with_verdict(book)[0]
    require_agreed(shipped, book, question, synthetic=True)
    with pytest.raises(AgreementError, match="no audience has signed"):
        require_agreed(shipped, book, question, synthetic=False)
    early = shipped.model_copy(update={"report_date": shipped.baseline.start})
    with pytest.raises(AgreementError, match="may be reported from"):
        require_agreed(early, book, question, synthetic=True)


# ---------------------------------------------------------------- what is in it


def test_a_pseudonym_links_rows_of_one_file_and_nothing_else():
    people = pd.Series(["P-1", "P-2", "P-1", None])
    names = Pseudonyms()
    first = names.replace(people, "one/person")
    assert first[0] == first[2] != first[1]
    assert first[3] == ""
    assert not set(first[:3]) & set(names.replace(people, "two/person"))
    assert not set(first[:3]) & set(Pseudonyms().replace(people, "one/person"))
    assert not any("P-" in name or len(name) != 16 for name in first[:3])


def test_numbers_are_written_in_full_and_infinity_as_r_reads_it(tmp_path):
    values = [1 / 3, 1e-300, math.pi * 1e15, np.inf, -np.inf, np.nan]
    write_table(pd.DataFrame({"value": values, "text": ["a,b", "", None, "c", "d", "e"]}),
                tmp_path / "t.csv")  # fmt: skip
    lines = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines[4:]] == ["Inf", "-Inf", ""]
    read = pd.read_csv(tmp_path / "t.csv")["value"]
    assert np.array_equal(read.to_numpy(), np.array(values), equal_nan=True)


def test_the_scripts_are_plain_text_that_any_locale_reads():
    scripts = sorted(ASSETS.glob("*.R"))
    assert {path.name for path in scripts} >= {"evaluatie.R", "all_questions.R"}
    for path in scripts:
        text = path.read_text(encoding="ascii")
        assert max(map(len, text.splitlines())) <= 110, path.name
        assert "/home" not in text
        assert "setwd" not in text
