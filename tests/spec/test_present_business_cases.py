"""Business cases and cost per gain on the page: words before numbers, nothing hidden shown."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from test_business_case_rows import (
    BOOK,
    CODEBOOK,
    PILOT,
    STUDY,
    WAVES,
    WOBBLE,
    asked,
    effectiveness,
    products,
)

from evaluatie.evaluation.monitor.business_cases import business_case_rows
from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.labels import Labels, labels_of
from evaluatie.present.monitor import business_cases, case_figures, cost_effectiveness
from evaluatie.present.phrase import NUMERAL
from evaluatie.results import estimates_frame

TABLES = (
    business_cases.cases_table,
    business_cases.assumptions_table,
    business_cases.case_payers_table,
    business_cases.break_even_table,
    business_cases.settings_table,
)
LAST = WAVES[-1]


def labels(language: str) -> Labels:
    found = BOOK.questions.values()
    return labels_of(STUDY, CODEBOOK, found, language, projects=BOOK.projects)  # type: ignore[arg-type]


def published(rows: pd.DataFrame) -> pd.DataFrame:
    shown = rows["status"] == "estimated"
    return rows.assign(publication=np.where(shown, "shown", "not_estimable"))


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    return published(estimates_frame(business_case_rows(asked("business_case", products()))))


@pytest.fixture(scope="module")
def nothing_shown() -> pd.DataFrame:
    return published(effectiveness(WOBBLE * 50, WOBBLE[::-1] / 100))


def words(view: TableView) -> str:
    return re.sub(r"<[^>]+>", " ", view.html[view.html.index("<table") :])


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("make", TABLES, ids=lambda make: make.__name__)
def test_every_number_of_a_case_names_its_row(make, language, cases):
    view = make(cases, labels(language))
    assert isinstance(view, TableView)
    known = set(cases["id"])
    assert all(ref.row in known or ref.row.startswith("declared/") for ref in view.numbers)
    printed = NUMERAL.findall(re.sub(r"&\w+;", " ", words(view)))
    assert len(printed) <= len(view.numbers)
    assert not re.search(r"\bnan\b", words(view).lower())


def test_what_is_assumed_is_called_an_assumption(cases):
    text = words(business_cases.assumptions_table(cases, labels("nl")))
    effects = sum(len(p.assumptions.effects) for p in BOOK.projects if p.assumptions)
    assert text.count("aanname") >= effects
    assert "niemand de waarde heeft nagegaan" in text
    assert "snel resultaat" in text
    assert "pas na jaren" in text


@pytest.mark.parametrize("make", TABLES, ids=lambda make: make.__name__)
def test_a_case_of_few_people_shows_no_number(make, cases):
    hidden = cases.assign(publication="suppressed")
    view = make(hidden, labels("nl"))
    assert isinstance(view, Text)
    assert view.numbers == ()


def test_one_hidden_project_is_a_symbol_beside_the_others(cases):
    mine = cases["category"].str.startswith(f"project={BOOK.projects[3].id}")
    hidden = cases.assign(publication=np.where(mine, "suppressed", cases["publication"]))
    assert "•" in words(business_cases.cases_table(hidden, labels("nl")))
    figure = case_figures.tornado_figure(hidden, labels("nl"))
    assert isinstance(figure, FigureView)
    name = BOOK.projects[3].label.nl
    assert name not in figure.alt.text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_tornado_says_in_words_what_the_picture_shows(language, cases):
    figure = case_figures.tornado_figure(cases, labels(language), "stamp")
    assert isinstance(figure, FigureView)
    assert figure.png.startswith(b"\x89PNG")
    assert all(ref.row in set(cases["id"]) or "declared" in ref.row for ref in figure.numbers)
    assert "€" in figure.alt.text


def test_without_assumptions_the_page_says_that_nobody_wrote_them(cases):
    gone = cases[cases["term"] == "net_present_value"].head(1)
    gone = gone.assign(publication="not_estimable", reason="no_assumptions", estimate=np.nan)
    said = business_cases.cases_table(gone, labels("nl"))
    assert isinstance(said, Text)
    assert "nog niemand aannames" in said.phrase.text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_not_demonstrated_is_said_and_no_price_is_printed(language, nothing_shown):
    view = cost_effectiveness.cost_per_gain_table(nothing_shown, labels(language), LAST)
    assert isinstance(view, TableView)
    assert {"nl": "niet aangetoond", "en": "not demonstrated"}[language] in words(view)
    ratios = nothing_shown[nothing_shown["term"].isin(["icer", "saving_per_loss"])]
    assert not set(ratios["id"]) & {ref.row for ref in view.numbers}
    thresholds = cost_effectiveness.thresholds_table(nothing_shown, labels(language), LAST)
    assert isinstance(thresholds, TableView)


def test_a_demonstrated_price_has_its_interval():
    rows = published(effectiveness(PILOT * 90.0 + WOBBLE, PILOT * 0.02 + WOBBLE / 1000))
    view = cost_effectiveness.cost_per_gain_table(rows, labels("nl"), LAST)
    ratio = rows[rows["term"] == "icer"].iloc[0]["id"]
    fields = {ref.field for ref in view.numbers if ref.row == ratio}
    assert fields == {"estimate", "ci_low", "ci_high"}


@pytest.mark.parametrize(
    "make", [cost_effectiveness.plane_figure, cost_effectiveness.acceptability_figure]
)
def test_plane_and_curve_are_drawn_or_say_why_not(make, nothing_shown):
    figure = make(nothing_shown, labels("nl"), LAST, "stamp")
    assert isinstance(figure, FigureView)
    assert all(ref.row in set(nothing_shown["id"]) for ref in figure.numbers)
    hidden = make(nothing_shown.assign(publication="suppressed"), labels("nl"), LAST)
    assert isinstance(hidden, Text)
