"""A report holds what its audience agreed to, all of it, and nothing of another audience."""

import json
import re

import pandas as pd
import pytest

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.disclosure.auditing.printed.docx import docx_all_text
from evaluatie.disclosure.auditing.printed.html import read_html
from evaluatie.disclosure.auditing.printed.pdf import pdf_pages
from evaluatie.study import open_study

RUNS = {
    "first": ("financier-gemeente-t3-nl", "financier-vgz-t3-nl"),
    "second": ("financier-stad-eind-nl", "financier-fonds-eind-nl"),
}
CASES = [(study, run) for study, runs in RUNS.items() for run in runs]


def letters(text):
    """Return the letters of a text: spaces, hyphens and line breaks make no difference."""
    return re.sub(r"[\W_]", "", text).casefold()


def book_of(folder):
    study = open_study(folder.root)
    codebook = load_codebook(study)
    return load_agreements(study, codebook), codebook


def run_of(book, name):
    return next(run for run in book.run_matrix() if run.name == name)


def foreign(folder, name):
    """Return ids and labels of questions and indicators that a run did not agree to."""
    book, codebook = book_of(folder)
    mine = book.questions_of(run_of(book, name))
    others = [q for q in book.questions.values() if q.id not in {m.id for m in mine}]
    named = {**codebook.indicators, **codebook.scales}
    indicators = {q.indicator for q in others if q.indicator} - {q.indicator for q in mine}
    labels = [q.label[language] for q in others for language in ("nl", "en")]
    labels += [named[i].label[n] for i in indicators if i in named for n in ("nl", "en")]
    files = {feed.label[n] for feed in codebook.feeds.values() for n in ("nl", "en")}
    labels = [label for label in labels if label not in files]  # the list of sources names files
    return {q.id for q in others}, indicators, labels


def own_words(folder, name):
    """Return the texts of the agreement itself: what was dropped is told there."""
    told = json.dumps(folder.texts(name)["agreement"], ensure_ascii=False)
    return [letters(text) for text in re.findall(r'"([^"]{25,})"', told)]


def texts_of(report):
    yield "html", read_html(report.path("html").read_text(encoding="utf-8")).text
    yield "docx", docx_all_text(report.path("docx"))
    yield "pdf", " ".join(pdf_pages(report.path("pdf")))
    notebook = json.loads(report.path("ipynb").read_text(encoding="utf-8"))
    yield "ipynb", json.dumps(without_pictures(notebook), ensure_ascii=False)


def without_pictures(content):
    if isinstance(content, dict):
        return {k: without_pictures(v) for k, v in content.items() if not k.startswith("image/")}
    return [without_pictures(v) for v in content] if isinstance(content, list) else content


@pytest.mark.parametrize(("study", "run"), CASES)
def test_no_question_or_indicator_of_another_audience_is_named(request, study, run):
    folder = request.getfixturevalue(study)
    _, _, labels = foreign(folder, run)
    own = own_words(folder, run)
    assert labels
    for form, text in texts_of(folder.reports[run]):
        content = letters(text)
        for words in own:
            content = content.replace(words, "")
        assert [label for label in labels if letters(label) in content] == [], form


@pytest.mark.parametrize(("study", "run"), CASES)
def test_no_row_or_verdict_of_another_audience_is_there(request, study, run):
    folder = request.getfixturevalue(study)
    questions, indicators, _ = foreign(folder, run)
    rows, verdicts = folder.rows(run), pd.read_parquet(folder.slice(run) / "verdicts.parquet")
    assert set(rows["question"]) & questions == set()
    assert set(rows["indicator"]) & indicators == set()
    assert set(verdicts["question"]) & questions == set()
    ledger = pd.read_csv(folder.reports[run].folder / "numbers.csv", keep_default_na=False)
    named = {part for row in ledger["row"] for part in re.split("[/|=]", row)}
    assert named & (questions | indicators) == set()
    notebook = folder.reports[run].path("ipynb").read_text(encoding="utf-8")
    assert [q for q in questions if f"/{q}/" in notebook] == []


@pytest.mark.parametrize(("study", "run"), CASES)
def test_every_agreed_question_is_answered(request, study, run):
    folder = request.getfixturevalue(study)
    book, _ = book_of(folder)
    agreed = book.questions_of(run_of(book, run))
    verdicts = pd.read_parquet(folder.slice(run) / "verdicts.parquet")
    assert {q.id for q in agreed} == set(verdicts["question"])
    for form, text in texts_of(folder.reports[run]):
        content = letters(text)
        assert [q.id for q in agreed if letters(q.label["nl"]) not in content] == [], form


def test_the_two_audiences_differ(first):
    ours, theirs = (foreign(first, run)[0] for run in RUNS["first"])
    assert ours - theirs
    assert theirs - ours


def test_the_same_question_has_the_same_verdict_everywhere(first):
    published = first.verdicts()["verdict"]
    for run in first.reports:
        verdicts = pd.read_parquet(first.slice(run) / "verdicts.parquet").set_index("question")
        assert (verdicts["verdict"] == published[verdicts.index]).all(), run
