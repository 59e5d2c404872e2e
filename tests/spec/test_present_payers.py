"""Who pays on paper: additive lines, words for what is hidden, never a gain that was not shown."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import numpy as np
import pandas as pd
import payers_example as example
import pytest
from test_payers_rows import FEEDS
from test_present_sample import hide, sample_slice

from evaluatie.agreement.model import Agreement
from evaluatie.evaluation.monitor.payers import payer_rows
from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.labels import Labels, labels_of
from evaluatie.present.monitor import financier, payer_figures, payers, substitution
from evaluatie.reports.context import context_of
from evaluatie.results import Table, estimate_row, estimates_frame
from provenance import TOKEN, printed

TABLES = (
    payers.matrix_table, payers.beyond_table, payers.care_table, payers.gain_table,
    payers.pockets_table, substitution.substitution_table, substitution.households_table,
)  # fmt: skip
UNIT = "EUR_2018/resident/year"


def labels(language: str = "nl") -> Labels:
    named = {"town": "Gemeente", "insurer": "Verzekeraar", "office": "Zorgkantoor"}
    made = labels_of(
        example.study(), example.codebook(), [example.question()], language,  # type: ignore[arg-type]
        projects=example.projects(),
    )  # fmt: skip
    made.texts["payer"].update(named)  # type: ignore[attr-defined]
    return made


def publishable(feeds: dict[str, pd.DataFrame] = FEEDS, **place: Any) -> pd.DataFrame:
    asked = example.asked(feeds, **place)
    facts = [
        estimate_row(Table.FACT, "constant", category="confidence", estimate=0.95, unit="share"),
        estimate_row(Table.FACT, "constant", category="price_level", estimate=2018, unit="year"),
    ]
    frame = estimates_frame([*payer_rows(asked), *facts, *_verdict_rows()])
    shown = frame["status"] == "estimated"
    frame["publication"] = np.where(shown, "shown", "not_estimable")
    return frame


def _verdict_rows() -> list[dict[str, Any]]:
    where = {"question": "cost", "indicator": "town_cost", "wave": "t2", "area": "pilot-comparison"}
    numbers = {"estimate": 12.0, "ci_low": -70.0, "ci_high": 90.0, "n": 4000}
    total = {k: v * 4000 for k, v in numbers.items() if k != "n"}
    fact = {"question": "cost", "indicator": "town_cost", "unit": "indicator_unit"}
    return [
        estimate_row(Table.CONTRAST, "difference", unit=UNIT, **where, **numbers),
        estimate_row(Table.CONTRAST, "total_per_year", unit="EUR_2018/year", **where, **total),
        estimate_row(Table.FACT, "constant", category="margin", estimate=100, **fact),
    ]


ROWS = publishable()


def lines(view: Any) -> list[list[str]]:
    assert isinstance(view, TableView), view
    body = view.html[view.html.index("<table") :]
    return [
        [unescape(re.sub("<.*?>", "", cell)).strip()
         for cell in re.findall(r"<t[hd].*?</t[hd]>", row, flags=re.S)]
        for row in re.findall(r"<tr.*?</tr>", body, flags=re.S)
    ]  # fmt: skip


def agreed(**changes: Any) -> Agreement:
    text = example.example.text
    content = {"id": "town", "organisation": text("Town"), "status": "example", "agreed_on": None,
               "agreed_by": text("they"), "payer": "town", "primary": ["cost"]}  # fmt: skip
    return Agreement.model_validate(content | changes)


def asked() -> Any:
    return example.question(
        id="cost", type="non_inferiority", contrast="difference_in_differences",
        test="randomisation", verdict_wave="t2", payer="town", indicator="town_cost",
        margin={"value": 100, "reason": example.example.text("r"), "source": "t"},
    )  # fmt: skip


def verdicts(excluded: bool | None = True, word: str = "not_worse") -> pd.DataFrame:
    row = {"question": "cost", "wave": "t2", "verdict": word, "rule": "harm_within_margin",
           "margin_excluded": excluded, "precision": "", "reason": ""}  # fmt: skip
    return pd.DataFrame([row])


def answer(rows: pd.DataFrame = ROWS, language: str = "nl", **changes: Any) -> dict[str, str]:
    view = financier.financier_table(
        agreed(**changes), (asked(),), rows, verdicts(), labels(language), "t2"
    )
    return {row[0]: row[1] for row in lines(view) if len(row) == 2}


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_every_printed_number_has_a_row(table, language: str) -> None:
    view = table(ROWS, labels(language), "t2")
    assert isinstance(view, TableView)
    known = {ref.text for ref in view.numbers}
    said = " ".join(re.findall(TOKEN, printed(view).replace("\u2212", "-")))
    assert set(said.split()) <= {re.sub(r"[^\d.,]", "", text) for text in known}
    assert {ref.row for ref in view.numbers} <= set(ROWS["id"])


def test_matrix_has_the_laws_of_each_payer_their_sum_and_the_whole() -> None:
    found = lines(payers.matrix_table(ROWS, labels(), "t2"))
    assert found[0] == ["Wet", "2016", "2018", "Verschil", "Interval"]
    names = [row[0] for row in found[1:] if row]
    assert names[:10] == ["Gemeente", "Help", "Youth", "Income", "Samen", "Verzekeraar", "Health",
                          "Zorgkantoor", "Stay", "Alle betalers"]  # fmt: skip

    def value(name: str, column: int) -> int:
        row = next(row for row in found if row[0] == name and len(row) > 1)
        return int(row[column].replace(".", "").replace("\u2212", "-"))

    for column in (1, 2, 3):
        town = sum(value(name, column) for name in ("Help", "Youth", "Income"))
        assert abs(town - value("Samen", column)) <= 2  # whole euros of exact sums
        whole = value("Samen", column) + value("Health", column) + value("Stay", column)
        assert abs(whole - value("alles samen", column)) <= 2


def test_totals_say_what_they_are_without_and_the_line_stays() -> None:
    rows = publishable({name: feed for name, feed in FEEDS.items() if name != "wlz"})
    for table in (payers.matrix_table, payers.beyond_table):
        view = table(rows, labels(), "t2")
        assert "zijn zonder: stay" in printed(view)
        stay = next(row for row in lines(view) if row[0] == "Stay")
        assert "0" not in stay[1:]
        assert lines(view)[-1] != [""]


def test_suppressed_amounts_are_symbols_and_words() -> None:
    rows = ROWS.copy()
    hide(rows, (rows["law"] == "youth") & (rows["table"] == "payer"))
    youth = next(r for r in lines(payers.matrix_table(rows, labels(), "t2")) if r[0] == "Youth")
    assert set(youth[1:]) == {"•"}
    figure = payer_figures.payer_figure(rows, labels(), "t2")
    assert isinstance(figure, FigureView)
    assert "Youth · Gemeente: •" in figure.alt.text


def test_picture_names_every_payer_and_is_the_same_twice() -> None:
    one, two = (payer_figures.payer_figure(ROWS, labels(), "t2", "VOORBEELD") for _ in range(2))
    assert isinstance(one, FigureView)
    assert one == two
    for name in ("Gemeente, totaal", "Health · Verzekeraar", "Alle betalers"):
        assert name in one.alt.text
    assert {number.channel for number in one.numbers} == {"alt"}


def test_substitution_is_worded_as_consistent_or_not_shown_and_never_as_a_cause() -> None:
    text = printed(substitution.substitution_table(ROWS, labels(), "t2"))
    assert "vervanging is niet te zien" in text
    flagged = ROWS.copy()
    flagged.loc[flagged["term"] == "opposite", "estimate"] = 1.0
    told = printed(substitution.substitution_table(flagged, labels("en"), "t2"))
    assert "consistent with substitution" in told
    assert "substitution not shown" not in told
    gone = ROWS.copy()
    hide(gone, gone["term"] == "opposite")
    assert "niet te zeggen" in printed(substitution.substitution_table(gone, labels(), "t2"))


def test_projects_show_declared_laws_and_no_gain() -> None:
    found = lines(payers.pockets_table(ROWS, labels(), "t2"))
    one = next(row for row in found if row[0] == "one")
    assert one[2] == "Gemeente en region"
    assert one[3:] == ["Gemeente en Verzekeraar", "Verzekeraar"]


def test_financier_gets_verdict_intervals_margin_programme_gains_and_after() -> None:
    told = answer()
    assert told["Oordeel"] == "Niet slechter"
    assert told["Verschil per inwoner per jaar"] == "€\u00a012 (interval \u221270 tot 90)"
    assert told["Verschil per jaar voor deze betaler"].startswith("€\u00a048.000 (interval")
    assert told["Afgesproken grens"].startswith("uitgesloten")
    assert told["Wat deze betaler eraan betaalde"].startswith("€")
    assert told["Wat is afgesproken"] == "niet afgesproken"
    assert "werd in dat jaar nog betaald" in told["Wat de gegevens laten zien"]
    assert told["Region"].startswith("niet te zeggen: deze betaler betaalt geen wet")


def test_what_was_agreed_for_after_the_funding_is_printed_as_declared() -> None:
    told = answer(after_funding=example.example.text("De gemeente neemt het over."))
    assert told["Wat is afgesproken"] == "De gemeente neemt het over."


def test_after_the_funding_ended_the_difference_is_shown_with_the_last_year() -> None:
    costs = FEEDS["programme_costs"]
    short = publishable(FEEDS | {"programme_costs": costs[costs["year"] == 2017]})
    told = answer(short)["Wat de gegevens laten zien"]
    assert told.startswith("€")
    assert told.endswith("(laatste jaar met programmakosten: 2017)")


@pytest.mark.parametrize(
    ("low", "high", "starts"),
    [(-9.0, -1.0, "betaalt minder:"), (1.0, 9.0, "betaalt meer:"), (-9.0, 9.0, "niet aangetoond:"),
     (-np.inf, np.inf, "niet aangetoond:")],
)  # fmt: skip
def test_the_interval_and_not_the_estimate_says_who_gains(low, high, starts: str) -> None:
    rows = ROWS.copy()
    mine = rows["law"].eq("payer:town") & rows["term"].eq("beyond") & rows["wave"].eq("t2")
    rows.loc[mine, ["estimate", "ci_low", "ci_high"]] = [-5.0, low, high]
    assert answer(rows)["Gemeente"].startswith(starts)


def test_a_payer_without_a_question_about_its_money_is_told_so() -> None:
    told = answer(payer="region")
    assert told["Oordeel"].startswith("over het geld van deze betaler is geen vraag")
    view = financier.financier_table(
        agreed(payer=None), (asked(),), ROWS, verdicts(), labels(), "t2"
    )
    assert isinstance(view, Text)


def test_without_rows_about_payers_the_verdict_still_stands() -> None:
    less = ROWS[ROWS["table"] != "payer"]
    told = answer(less)
    assert told["Oordeel"] == "Niet slechter"
    assert told["Wat de gegevens laten zien"] == "dat is in deze gegevens niet te zien"
    for table in TABLES:
        assert isinstance(table(less, labels(), "t2"), Text)
    assert isinstance(payer_figures.payer_figure(less, labels(), "t2"), Text)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_parts_of_a_report_make_every_table_figure_and_text(language: str) -> None:
    made = sample_slice(
        language, estimates=ROWS, agreement=agreed(), questions=(asked(),), verdicts=verdicts(),
        projects=example.projects(), texts={"labels": labels(language).as_dict()},
    )  # fmt: skip
    made = replace(made, run=made.run.model_copy(update={"wave": "t2"}))
    report = context_of(made, made.run)
    names = ("payer_matrix", "payer_beyond", "payer_care", "payer_gain", "payer_pockets",
             "substitution", "substitution_households", "financier_answer")  # fmt: skip
    assert all(isinstance(report.table(name), TableView) for name in names)
    assert isinstance(report.figure("payer_beyond"), FigureView)
    for part in ("payer_matrix", "substitution", "payer_gain", "financier_answer"):
        assert report.section(part)
        assert report.text(part)
    other = context_of(replace(made, agreement=agreed(payer=None)), made.run)
    assert not other.table("financier_answer")  # nothing for a reader who pays for nothing
