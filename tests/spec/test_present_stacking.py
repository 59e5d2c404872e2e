"""Tables and figures of stacking and concentration: what they show, hide and say."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from types import SimpleNamespace

import pytest
from stacking_example import BOOK, asked, study
from test_monitor_concentration import SPREAD
from test_monitor_concentration import town as costs_of_town
from test_monitor_stacking import EACH, STACKED
from test_monitor_stacking import town as care_of_town

from evaluatie.evaluation.monitor.concentration import concentration_rows
from evaluatie.evaluation.monitor.stacking import stacking_rows
from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.labels import labels_of
from evaluatie.present.monitor import concentration, stacking, stacking_figures
from evaluatie.results import estimates_frame
from provenance import TOKEN, agrees, printed

TABLES = {
    "stacking": (
        stacking.stacking_levels_table, stacking.at_once_table, stacking.combinations_table,
        stacking.stacking_episodes_table, stacking.stacking_ends_table,
    ),
    "spread": (
        concentration.concentration_table, concentration.cross_domain_table,
        concentration.persistence_table,
    ),
}  # fmt: skip
FIGURES = {
    "stacking": stacking_figures.combinations_figure,
    "spread": concentration.lorenz_figure,
}


@pytest.fixture(scope="module")
def made():
    frames = {
        "stacking": estimates_frame(stacking_rows(asked(STACKED, EACH, **care_of_town()))),
        "spread": estimates_frame(concentration_rows(asked(SPREAD, 40, **costs_of_town()))),
    }
    return {
        name: frame.assign(
            publication=frame["status"].map(lambda s: "shown" if s == "estimated" else s)
        )
        for name, frame in frames.items()
    }


def labels(language="nl"):
    book = SimpleNamespace(**dict(BOOK))
    book.indicators = {STACKED.id: STACKED, SPREAD.id: SPREAD}
    return labels_of(study(), book, [], language)


def body(table):
    rows = re.findall(r"<tr.*?</tr>", table.html.partition("<table")[2], flags=re.S)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, flags=re.S) for row in rows]
    return [[unescape(re.sub("<.*?>", "", cell)).strip() for cell in row] for row in cells]


def hidden(frame, mask):
    return frame.assign(publication=frame["publication"].mask(mask, "suppressed"))


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(
    ("which", "make"), [(name, make) for name, makers in TABLES.items() for make in makers]
)
def test_every_table_fits_a_page_and_knows_where_its_numbers_come_from(made, which, make, language):
    table = make(made[which], labels(language))
    assert isinstance(table, TableView)
    lines = body(table)
    assert max(len(line) for line in lines) <= 7
    assert len(lines) <= 40
    rows = set(made[which]["id"])
    assert table.numbers
    assert {n.row for n in table.numbers if not n.row.startswith("declared/")} <= rows


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("which", sorted(TABLES))
def test_numbers_on_the_page_are_those_of_the_rows_rounded(made, which, language):
    rows = made[which].set_index("id")
    for make in (*TABLES[which], FIGURES[which]):
        view = make(made[which], labels(language))
        told = Counter(token for ref in view.numbers for token in TOKEN.findall(ref.text))
        assert Counter(TOKEN.findall(printed(view))) == told, make
        for ref in view.numbers:
            if not ref.row.startswith("declared/"):
                assert agrees(ref, rows.loc[ref.row], language), (make, ref)


@pytest.mark.parametrize("which", sorted(FIGURES))
def test_every_figure_says_in_words_what_it_shows_and_is_the_same_twice(made, which):
    first, again = (FIGURES[which](made[which], labels(), "STAMP") for _ in range(2))
    assert isinstance(first, FigureView)
    assert first == again
    assert {n.channel for n in first.alt.as_alt().numbers} == {"alt"}
    rows = set(made[which]["id"])
    assert {n.row for n in first.numbers if not n.row.startswith("declared/")} <= rows


@pytest.mark.parametrize("which", ["stacking", "spread"])
def test_all_suppressed_is_said_so(made, which):
    rows = hidden(made[which], made[which]["id"] != "")
    for make in (*TABLES[which], FIGURES[which]):
        said = make(rows, labels())
        assert isinstance(said, Text)
        assert "alle uitkomsten zijn afgeschermd" in said.phrase.text


def test_a_hidden_combination_is_not_drawn_and_its_table_cell_is_a_mark(made):
    rows = made["stacking"]
    here = rows["category"] == "set=help+youth"
    one = hidden(rows, here & (rows["area"] == "pilot"))
    figure = stacking_figures.combinations_figure(one, labels())
    assert isinstance(figure, FigureView)
    assert "Help + youth: pilot •, vergelijking" in figure.alt.text
    table = stacking.combinations_table(one, labels())
    assert isinstance(table, TableView)
    line = next(line for line in body(table) if line[0] == "Help + youth")
    assert line[1:4] == ["•", "•", "•"]
    assert "•" not in line[4:]
    gone = stacking_figures.combinations_figure(hidden(rows, here), labels())
    assert isinstance(gone, Text)


def test_numbers_at_once_are_read_from_the_row_and_not_from_a_code_list(made):
    table = stacking.at_once_table(made["stacking"], labels())
    assert isinstance(table, TableView)
    first = [line[0] for line in body(table)]
    assert first.count("1") == 4
    assert {n.field for n in table.numbers if n.text == "1" and "at_once=1" in n.row} >= {
        "category"
    }


def test_lorenz_curve_breaks_where_a_point_is_hidden(made):
    rows = made["spread"]
    point = rows["category"].str.endswith("lowest=0.5")
    whole = concentration.lorenz_figure(rows, labels())
    broken = concentration.lorenz_figure(hidden(rows, point), labels())
    assert isinstance(whole, FigureView)
    assert isinstance(broken, FigureView)
    assert whole.svg != broken.svg


def test_the_threshold_stands_below_the_table_with_its_year(made):
    table = concentration.cross_domain_table(made["spread"], labels())
    assert isinstance(table, TableView)
    assert re.search(
        r"Hoge kosten: meer dan €\s[\d.]+\. .* in 2016, afgerond", unescape(table.html)
    )


def test_a_fall_in_cost_of_the_most_expensive_is_never_called_a_saving():
    said = labels().say("text.high_cost").text
    assert "geen besparing" in said
