"""The table and the figure of households chosen for high cost: a naive saving is never one."""

from __future__ import annotations

import re
from html import unescape
from types import SimpleNamespace

import pytest
from test_selection_rows import BOOK, INDICATOR, asked, study, town

from evaluatie.evaluation.monitor.selection import selection_rows
from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.labels import labels_of
from evaluatie.present.monitor.selection import selection_figure, selection_table
from evaluatie.results import estimates_frame


def published(frame):
    return frame.assign(
        publication=frame["status"].map(lambda s: "shown" if s == "estimated" else s)
    )


@pytest.fixture(scope="module")
def rows():
    return published(estimates_frame(selection_rows(asked(town()))))


def labels(language="nl"):
    book = SimpleNamespace(**dict(BOOK))
    book.indicators = {INDICATOR.id: INDICATOR}
    return labels_of(study(), book, [], language)


def lines(table):
    found = re.findall(r"<tr.*?</tr>", table.html.partition("<table")[2], flags=re.S)
    return [
        [unescape(re.sub("<.*?>", "", cell)).strip()
         for cell in re.findall(r"<t[hd].*?</t[hd]>", line, flags=re.S)]
        for line in found
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["nl", "en"])
def test_observed_stands_beside_expected_and_their_difference(rows, language):
    table = selection_table(rows, labels(language))
    assert isinstance(table, TableView)
    first = lines(table)[2]
    assert len(first) == 7
    seen, expected = first[3], first[4]
    assert seen.startswith("−")
    assert expected.startswith("−")
    assert "saving" not in " ".join(map(" ".join, lines(table))).replace("savings", "saving")


def test_suppressed_amount_is_a_word_and_a_refusal_gives_its_reason(rows):
    hidden = rows.assign(
        publication=rows["publication"].mask(rows["term"] == "change", "suppressed"),
        estimate=rows["estimate"].mask(rows["term"] == "change"),
    )
    assert lines(selection_table(hidden, labels()))[2][3] != lines(
        selection_table(rows, labels())
    )[2][3]  # fmt: skip
    assert "te weinig gekozen huishoudens" in selection_table(rows, labels()).html


def test_figure_draws_both_groups_and_says_so_in_words(rows):
    figure = selection_figure(rows, labels(), "stamp")
    assert isinstance(figure, FigureView)
    assert "even dure huishoudens elders" in figure.alt.text
    assert all(number.row for number in figure.alt.numbers)


def test_without_rows_there_is_a_sentence(rows):
    assert isinstance(selection_table(rows.iloc[:0], labels()), Text)
    none = rows.assign(publication="suppressed")
    assert isinstance(selection_figure(none, labels()), Text)
