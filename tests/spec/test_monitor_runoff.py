"""Rows about run-off, and levels of cost that were completed."""

from __future__ import annotations

from types import SimpleNamespace

import costs_example as example
import numpy as np
import pytest
from costs_example import PILOT
from test_costs_runoff import completing, feeds, lines_of

from evaluatie.costs import build_ledger, cost_cells, run_off, runoffs_of
from evaluatie.evaluation.monitor.levels import level_rows
from evaluatie.evaluation.monitor.runoff import runoff_rows
from evaluatie.results import estimates_frame


def asked_of(study, lines, basis="declared"):
    data, book = feeds(lines), example.codebook()
    indicator = example.indicator(laws=["help"], basis=basis)
    question = SimpleNamespace(id="q", indicator="town_cost", cost_basis=None, combines=())
    ledger = build_ledger(data, book, study)
    products = SimpleNamespace(
        data=data,
        cells=cost_cells(ledger, study, book, runoffs_of(data, book, study)),
        lacking=lambda _: "",
        once=lambda _, make: make(),
    )
    book = book.model_copy(update={"indicators": {"town_cost": indicator}})
    return SimpleNamespace(
        study=study, codebook=book, products=products, question=question, indicator=indicator,
        where={"question": "q", "indicator": "town_cost"},
    )  # fmt: skip


def rows_of(study, lines, basis="declared"):
    asked = asked_of(study, lines, basis)
    agreed = SimpleNamespace(questions={"q": asked.question})
    return estimates_frame(runoff_rows(study, asked.codebook, agreed, asked.products))


def test_rows_are_those_of_the_estimate_with_who_is_behind_them():
    study, lines = completing(runoff="cut"), lines_of(growth=0.05, seed=3)
    rows = rows_of(study, lines)
    law = run_off(feeds(lines), example.codebook(), study).laws["help"]
    factors = rows[rows["term"] == "factor"]
    np.testing.assert_allclose(factors["estimate"], law.development.factor)
    np.testing.assert_allclose(factors["std_error"], law.development.std_error)
    assert factors["category"].tolist()[:2] == ["months=4", "months=7"]
    share = rows[rows["term"] == "share_complete"].set_index("period")
    assert share.index.tolist() == ["2018-Q1", "2018-Q2", "2018-Q3", "2018-Q4"]
    last = share.loc["2018-Q4"]
    assert last["estimate"] == pytest.approx(1 / law.development.to_ultimate(0))
    assert last["ci_low"] < last["estimate"] < last["ci_high"]
    assert (last["n"], last["n_households"]) == (2, 2)
    factor = rows[rows["term"] == "factor_to_final"].set_index("period")["estimate"]
    np.testing.assert_allclose(factor * share["estimate"], 1)


def test_lines_without_a_date_are_counted_in_a_row():
    lines = lines_of()
    lines.loc[:4, "booked_on"] = None
    rows = rows_of(completing(), lines)
    counts = rows[rows["term"] == "count"].set_index("category")["estimate"]
    assert counts["lines=no_booking_date"] == 5
    assert counts["lines=used"] == len(lines) - 5
    assert counts["lines=booked_after_report"] == 0


def test_what_cannot_be_estimated_is_a_row_with_a_reason():
    few = lines_of(until="2018-12-31").iloc[:0]
    assert rows_of(completing(), few)["reason"].tolist() == ["no_booking_dates"]
    lines = lines_of()
    lines = lines[lines["month"].dt.to_period("Q").astype(str) != "2017Q2"]
    rows = rows_of(completing(), lines)
    assert "no_development" in set(rows["reason"])
    assert rows_of(completing(), lines_of(), basis="allocated").empty


def test_a_completed_level_carries_its_interval_and_counts_nobody():
    rows = estimates_frame(level_rows(asked_of(completing(), lines_of(growth=0.05, seed=3))))
    rows = rows[rows["area"] == "pilot"]
    level = rows[rows["term"] == "per_resident"].set_index("period")
    late, early = level.loc["2018-Q4"], level.loc["2018-Q2"]
    assert late["method"] == "completed"
    assert late["ci_low"] < late["estimate"] < late["ci_high"]
    assert early["method"] == ""
    assert np.isnan(early["ci_low"])
    users = rows[rows["table"] == "cost_users"].set_index("period")
    assert users.loc["2018-Q4", "reason"] == "declarations_incomplete"
    assert users.loc["2018-Q2", "status"] == "estimated"
    assert PILOT not in set(rows["area"])
