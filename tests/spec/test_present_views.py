"""Figures and tables: the same bytes twice, readable in grey, honest about what is hidden."""

from __future__ import annotations

import re
from html import unescape

import pandas as pd
import pytest
from test_present_sample import hide, labels, publishable, verdicts

from evaluatie.present import (
    canvas,
    cost_figures,
    cost_tables,
    figures,
    forest,
    robustness,
    survey_tables,
    tables,
)
from evaluatie.present.cost_figures import moment
from evaluatie.present.fragments import FigureView, TableView, Text

STAMP = "SYNTHETISCHE GEGEVENS - VOORBEELD"


def test_figure_is_the_same_bytes_twice_and_holds_no_text_and_no_date() -> None:
    first, second = (forest.forest_of_questions(publishable(), labels(), "t3") for _ in range(2))
    assert isinstance(first, FigureView)
    assert first == second
    assert "<text" not in first.svg
    assert "<dc:date>" not in first.svg
    assert not re.search(r"20\d\d-\d\d-\d\dT", first.svg)


def test_stamp_stands_inside_the_figure() -> None:
    plain = figures.response_figure(publishable(), labels(), "t3")
    stamped = figures.response_figure(publishable(), labels(), "t3", STAMP)
    assert isinstance(plain, FigureView)
    assert isinstance(stamped, FigureView)
    assert len(stamped.svg) > len(plain.svg)
    assert stamped.png != plain.png


def test_series_differ_in_marker_and_line_not_only_in_colour() -> None:
    looks = list(canvas.LOOKS.values())
    assert len({look.marker for look in looks}) == len({look.line for look in looks}) == len(looks)


def test_every_figure_has_alt_text_with_numbers_on_channel_alt() -> None:
    spider = figures.spider(publishable(), labels(), "t3", "positive_health")
    assert isinstance(spider, FigureView)
    assert spider.alt.text.startswith("Spinnenwebgrafiek.")
    assert {number.channel for number in spider.numbers} == {"alt"}


def test_user_settings_of_matplotlib_do_not_change_a_figure() -> None:
    import matplotlib

    before = cost_figures.insured_figure(publishable(), labels())
    with matplotlib.rc_context({"font.size": 30, "svg.hashsalt": "else"}):
        after = cost_figures.insured_figure(publishable(), labels())
    assert before == after


@pytest.mark.parametrize(
    ("period", "place"), [("2019-Q1", 2019.125), ("2019-Q4", 2019.875), ("2019", 2019.5)]
)
def test_periods_lie_at_their_middle(period: str, place: float) -> None:
    assert moment(period) == place


def test_suppressed_cell_is_a_symbol_that_is_explained_and_never_zero() -> None:
    table = cost_tables.cost_levels_table(publishable(), labels())
    assert isinstance(table, TableView)
    body = table.html.partition("<tbody")[2]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", body.partition("2018\u00a0Q2")[2])[:4]
    assert cells[2:4] == ["•", "•"]
    assert "afgeschermd: te weinig mensen" in table.html


def test_numbers_are_right_aligned_on_the_cell_itself_and_headers_have_a_scope() -> None:
    table = tables.verdicts_table(publishable(), verdicts(), labels(), "t3")
    assert isinstance(table, TableView)
    numbers = re.findall(r"<td([^>]*)>[^<]*\d[^<]*</td>", table.html.partition("<tfoot")[0])
    assert numbers
    assert all("text-align: right" in attributes for attributes in numbers)
    headers = re.findall(r"<th\b([^>]*)>", table.html)
    assert all('scope="' in attributes for attributes in headers)
    assert re.findall(r' id="([^"]*)"', table.html) == ["verdicts"]


def test_missing_feed_is_a_sentence_with_the_reason() -> None:
    rows = publishable()
    mine = rows["table"].eq("cost_level") & rows["indicator"].eq("zvw_cost")
    hide(rows, mine, "not_estimable", "missing_feed:zvw")
    figure = cost_figures.insured_figure(rows, labels())
    table = cost_tables.insured_levels_table(rows, labels("en"))
    assert isinstance(figure, Text)
    assert figure.phrase.text == "Deze figuur is niet beschikbaar: het bestand 'Vektis' ontbreekt."
    assert isinstance(table, Text)
    assert table.phrase.text == "This table is not available: the file 'Vektis' is missing."


def test_not_estimable_cell_names_its_reason_below_the_table() -> None:
    rows = publishable()
    mine = rows["table"].eq("score") & rows["indicator"].eq("mcs") & rows["area"].eq("pilot")
    hide(rows, mine, "not_estimable", "too_few_respondents")
    table = survey_tables.scores_table(rows, labels(), "t3")
    assert isinstance(table, TableView)
    assert "n.b. = niet beschikbaar: te weinig deelnemers." in table.html


def test_all_suppressed_is_said_so() -> None:
    rows = publishable()
    hide(rows, rows["table"].eq("programme"))
    shown = cost_tables.programme_table(rows, labels())
    assert isinstance(shown, Text)
    assert "alle uitkomsten zijn afgeschermd" in shown.phrase.text


def test_sensitivity_shows_no_p_and_names_the_area_left_out() -> None:
    table = robustness.sensitivity_table(publishable(), labels(), "t3")
    assert isinstance(table, TableView)
    assert "zonder Nazareth" in table.html
    assert not {n.field for n in table.numbers} & {"p_value", "p_adjusted", "p_attainable"}


def test_waves_without_verdict_are_marked_provisional() -> None:
    table = tables.waves_table(publishable(), verdicts(), labels(), "t3")
    assert isinstance(table, TableView)
    assert table.html.count("Voorlopig") == 10
    assert table.html.count("Niet slechter") == 1


def test_wave_after_the_verdict_is_not_provisional() -> None:
    early = verdicts()
    early.loc[early["question"] == "mental_health", "wave"] = "t2"
    table = tables.waves_table(publishable(), early, labels(), "t3")
    assert isinstance(table, TableView)
    assert table.html.count("Na het oordeel, niet getoetst") == 1
    assert table.html.count("Voorlopig") == 9


def test_sensitivity_follows_the_verdict_wave_of_each_question() -> None:
    rows = publishable()
    mine = rows["table"].eq("sensitivity")
    rows.loc[mine, "wave"] = "t2"
    later = robustness.sensitivity_table(rows, labels(), "t3")
    assert isinstance(later, TableView)
    assert "Tweede vervolgmeting (T2)" in later.html
    waves = {n.row.split("/")[3] for n in later.numbers}
    assert waves == {"t2", "t3"}  # the row of the sample keeps its id; the agreed contrast is of t2
    assert isinstance(robustness.sensitivity_table(rows, labels(), "t1"), Text)


def test_sensitivity_without_an_area_points_at_the_row_with_its_standard_error() -> None:
    table = robustness.sensitivity_table(publishable(), labels(), "t3")
    assert isinstance(table, TableView)
    assert "Vergelijk die regel met 'andere standaardfout" in unescape(table.html)


def test_payers_are_told_whether_a_total_is_of_residents_or_of_the_insured() -> None:
    payers = {"municipal_cost": "gemeente", "zvw_cost": "vgz"}
    table = tables.payers_table(publishable(), labels(), payers, "t3")
    assert isinstance(table, TableView)
    assert "per inwoner: voor alle bewoners van de pilotbuurten." in table.html
    assert "per verzekerdenjaar: voor alle verzekerden van deze verzekeraar" in table.html


def test_intervals_are_said_not_to_be_corrected() -> None:
    table = tables.verdicts_table(publishable(), verdicts(), labels(), "t3")
    assert isinstance(table, TableView)
    assert "Het interval is niet gecorrigeerd voor het aantal vragen." in table.html


def test_changes_of_one_group_are_of_both_sides_only() -> None:
    table = survey_tables.changes_table(
        publishable(), labels(), "t3", ident="spider-changes", group="positive_health"
    )
    assert isinstance(table, TableView)
    assert {n.row.split("/")[5] for n in table.numbers if "change/" in n.row} == {
        "pilot",
        "comparison",
    }
    assert "Mentale gezondheid" not in table.html
    assert table.caption.text == "Positieve Gezondheid: verandering sinds de nulmeting."


def test_counts_over_all_areas_stand_apart_and_an_empty_code_is_unknown() -> None:
    counts = survey_tables.counts_table(publishable(), labels(), "t3")
    sides = survey_tables.descriptive_table(publishable(), labels(), "t3", ("waiting",))
    assert isinstance(counts, TableView)
    assert isinstance(sides, TableView)
    assert "onbekend" in counts.html
    assert "geen woning" in counts.html
    assert "geen woning" not in sides.html


def variants() -> pd.DataFrame:
    """The sample with other calculations of one question, one of them in another unit."""
    rows = publishable()
    agreed = rows[
        rows["table"].eq("contrast")
        & rows["question"].eq("mental_health")
        & rows["wave"].eq("t3")
        & rows["term"].eq("difference")
    ].iloc[0]
    made = {"drop=A": 1.25, "drop=B": 3.75, "method=gee": 0.5, "method=cr2": 2.5}
    others = [
        {**agreed, "id": f"x/{k}", "table": "sensitivity", "category": k, "estimate": v}
        for k, v in made.items()
    ]
    others.append({**others[-1], "id": "x/odds", "unit": "log_odds", "estimate": 99.0})
    kept = rows[~(rows["table"].eq("sensitivity") & rows["question"].eq("mental_health"))]
    return pd.concat([kept, pd.DataFrame(others)], ignore_index=True)


def test_robustness_names_the_lowest_and_highest_of_each_kind_in_the_same_unit() -> None:
    table = robustness.robustness_table(variants(), labels(), "t3")
    assert isinstance(table, TableView)
    told = [n.row for n in table.numbers if n.row.startswith("x/")]
    assert told == ["x/drop=A", "x/drop=B", "x/method=gee", "x/method=cr2"]
    assert "99" not in table.html


def test_robustness_is_drawn_with_every_extreme_in_its_alternative() -> None:
    figure = robustness.robustness_figure(variants(), labels(), "t3", "PROEF")
    assert isinstance(figure, FigureView)
    told = {n.row for n in figure.numbers if n.row.startswith("x/")}
    assert told == {"x/method=gee", "x/drop=B"}
    assert all(n.channel == "alt" for n in figure.numbers)
    nothing = robustness.robustness_figure(publishable().iloc[:0], labels(), "t3")
    assert isinstance(nothing, Text)
