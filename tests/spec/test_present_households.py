"""Cost per household and run-off on paper: numbers from rows, words where there are none."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.labels import Labels
from evaluatie.present.monitor import households, runoff
from evaluatie.results import Table, estimate_row, estimates_frame

SIDES = ("pilot", "comparison")
UNIT = "EUR_2020/household/year"


def labels(language="nl") -> Labels:
    return Labels(
        language,
        {
            "indicator": {"home": "Kosten", "spread": "Verdeling"},
            "law": {"help": "Hulp", "youth": "Jeugd"},
            "wave": {"t3": "meting drie"},
        },
        kinds={"home": "household_cost", "spread": "concentration"},
        payer_of={"help": "town", "youth": "town"},
    )


def row(term, estimate=None, indicator="home", table=Table.HOUSEHOLD, **values):
    values = {"indicator": indicator, "question": indicator, "n": 50, "unit": UNIT} | values
    if estimate is None:
        reason = {"status": "not_estimable", "reason": "declarations_incomplete"}
        return estimate_row(table, term, **(values | reason))
    return estimate_row(table, term, estimate=estimate, **values)


@pytest.fixture
def rows() -> pd.DataFrame:
    found = [
        estimate_row(Table.FACT, "constant", category="pilot_start", estimate=20170901,
                     unit="date"),
        row("difference", 99.0, indicator="spread", area="pilot-comparison", period="2019"),
    ]  # fmt: skip
    for k, side in enumerate(SIDES):
        for year in (2016, 2017, 2018):
            at = {"area": side, "period": str(year)}
            found += [
                row("per_household", 1000.0 * k + year, **at),
                row("per_household_with_care", 5000.0, **at),
                row("median", 3000.0, **at),
                row("share_with_care", 0.25, **(at | {"unit": "share"})),
                row("p90", 9000.0, **at),
                row("p99", **at),
            ]
        found.append(row("per_household", area=side, period="2019"))
    for law in ("", "help", "youth"):
        at = {"area": "pilot-comparison", "law": law, "ci_low": -80.0, "ci_high": 20.0}
        found += [
            row("difference", -30.0, period="2018", **at),
            row("difference", -40.0, wave="t3", **at),
        ]
    for law in ("help", "youth"):
        for quarter, share in (("2018-Q3", 0.987), ("2018-Q4", 0.689)):
            at = {"table": Table.RUNOFF, "law": law, "period": quarter, "indicator": "x"}
            found += [
                row("share_complete", share, ci_low=share - 0.02, ci_high=share + 0.02,
                    **(at | {"unit": "share"})),
                row("factor_to_final", 1 / share, **(at | {"unit": "ratio"})),
            ]  # fmt: skip
    frame = estimates_frame(found)
    frame["publication"] = np.where(frame["status"] == "estimated", "shown", "not_estimable")
    return frame


def words(view: TableView) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style.*?</style>|<[^>]+>", " ", view.html, flags=re.S))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_levels_stand_per_year_and_side_and_an_incomplete_year_is_words(rows, language):
    table = households.household_cost_table(rows, labels(language))
    said = words(table)
    assert len(table.numbers) > 0
    for number in ("2.016", "3.018") if language == "nl" else ("2,016", "3,018"):
        assert number in said
    assert ("niet volledig" if language == "nl" else "not complete") in said


def test_a_suppressed_amount_is_a_mark_and_said_in_the_figure(rows):
    hidden = (rows["term"] == "per_household") & (rows["area"] == "pilot")
    rows.loc[hidden & (rows["period"] == "2017"), "publication"] = "suppressed"
    assert "2.017" not in words(households.household_cost_table(rows, labels()))
    figure = households.household_cost_figure(rows, labels())
    assert isinstance(figure, FigureView)
    assert "afgeschermd" in figure.svg or len(figure.png) > 1000


def test_changes_are_those_of_this_indicator_by_law(rows):
    said = words(households.household_change_table(rows, labels(), "t3"))
    assert "99" not in said
    assert said.count("−30") == said.count("−40") == 3
    assert "−80 tot 20" in said
    assert "meting drie" in said


def test_the_spread_says_too_few_rather_than_a_number(rows):
    said = words(households.household_spread_table(rows, labels()))
    assert "25,0%" in said
    assert "9.000" in said


def test_run_off_stands_per_law_and_quarter(rows):
    said = words(runoff.runoff_table(rows, labels()))
    assert said.count("68,9%") == 2
    assert "66,9% tot 70,9%" in said
    assert "1,45" in said


def test_figure_has_words_for_who_cannot_see_it(rows):
    figure = households.household_cost_figure(rows, labels())
    assert "2.016" in figure.alt.text
    assert "2018" in figure.alt.text


def test_without_rows_there_is_a_sentence(rows):
    nothing = rows[rows["table"] == "fact"]
    for view in (
        households.household_cost_table(nothing, labels()),
        households.household_spread_table(nothing, labels()),
        households.household_change_table(nothing, labels(), "t3"),
        households.household_cost_figure(nothing, labels()),
        runoff.runoff_table(nothing, labels()),
    ):
        assert isinstance(view, Text)
