"""From contrasts to verdicts and rows, with a question that combines two others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from test_feasibility import book, combined, question, study
from tiny_study import CODEBOOK

from evaluatie.agreement import ReportRun
from evaluatie.evaluation.contrast_rows import contrast_table
from evaluatie.evaluation.contrasts import adjust, contrast, not_estimable
from evaluatie.evaluation.verdict_rows import VERDICT_COLUMNS, verdict_table
from evaluatie.reports.slices import _verdicts_of
from evaluatie.results import estimates_frame

BETTER = np.array([3.1, 2.8, 3.3, 2.9, 0.1, -0.2, 0.3, 0.0])
HEALTH, COST = "health", "cost"
ASKED = book(
    question(HEALTH),
    question(COST, indicator="town_cost", type="non_inferiority", section="cost",
             payer="town", cost_basis="declared"),
    combined(HEALTH, COST),
    order=(HEALTH, COST),
)  # fmt: skip


def tried(tmp_path, health=BETTER, cost=-BETTER, downgraded=""):
    """Return the contrasts of both questions, adjusted; None stands for data that are missing."""
    here, found = study(tmp_path), {}
    for name, values, sign in ((HEALTH, health, 1), (COST, cost, -1)):
        why = downgraded if name == COST else ""
        if values is None:
            found[name] = not_estimable(ASKED.questions[name], "w2", "missing_feed:money", why)
            continue
        changes = pd.DataFrame({"area": [a.code for a in here.areas], "change": values,
                                "residents": 1000.0, "n": 100})  # fmt: skip
        found[name] = contrast(here, ASKED.questions[name], "w2", changes, sign, why)
    for name, (p, floor) in adjust(found, ASKED.testing_order, []).items():
        found[name] = replace(found[name], p_adjusted=p, p_attainable=floor)
    contrasts = {(name, "w2"): c for name, c in found.items()}
    verdicts = verdict_table(here, CODEBOOK, ASKED, contrasts).set_index("question")
    rows = estimates_frame(contrast_table(here, CODEBOOK, ASKED, contrasts))
    return verdicts, rows[rows["term"] == "combined"]


def test_better_health_at_no_higher_cost_when_both_were_shown(tmp_path):
    verdicts, rows = tried(tmp_path)
    assert verdicts["verdict"].tolist() == ["improved", "not_worse", "improved"]
    both = verdicts.loc["both"]
    assert both["rule"] == "every_component_demonstrated"
    assert both["p_adjusted"] == verdicts["p_adjusted"].max() == pytest.approx(2 / 70)
    assert (both["reason"], both["role"]) == ("", "combined")
    (row,) = rows.to_dict("records")
    assert row["id"] == both["row"]
    assert np.isnan(row["estimate"])
    assert (row["status"], row["n"]) == ("estimated", 800)
    assert list(verdict_columns(verdicts)) == list(VERDICT_COLUMNS)


def verdict_columns(verdicts: pd.DataFrame) -> list[str]:
    return ["question", *verdicts.columns]


def test_one_part_that_was_not_shown_is_enough_to_fail_and_is_named(tmp_path):
    verdicts, _ = tried(tmp_path, cost=np.array([5.0, -4, 3, -2, 1, 0, 2, -1]))
    assert verdicts.loc["both", "verdict"] == "not_demonstrated"
    assert verdicts.loc["both", "reason"] == "components:cost"


def test_worse_health_is_no_part_of_better_health_however_small_its_p(tmp_path):
    verdicts, _ = tried(tmp_path, health=-BETTER)
    assert verdicts.loc[HEALTH, "verdict"] == "worse"
    assert verdicts.loc["both", ["verdict", "p_value"]].tolist() == ["not_demonstrated", 1.0]


def test_a_part_that_cannot_be_estimated_leaves_a_row_with_a_reason(tmp_path):
    verdicts, rows = tried(tmp_path, cost=None)
    assert verdicts.loc["both", "verdict"] == "not_estimable"
    assert rows[["status", "reason"]].to_numpy().tolist() == [
        ["not_estimable", "component_without_p"]
    ]


def test_a_part_without_a_verdict_leaves_the_whole_without_one(tmp_path):
    verdicts, rows = tried(tmp_path, downgraded="low_power")
    assert verdicts["verdict"].tolist() == ["improved", "no_verdict", "no_verdict"]
    assert verdicts.loc[COST, "reason"] == "low_power"
    assert np.isfinite(verdicts.loc[COST, "estimate"])
    assert np.isnan(verdicts.loc[COST, "p_value"])
    assert verdicts.loc["both", "rule"] == "component_without_verdict"
    assert rows["reason"].tolist() == ["component_without_p"]


def test_an_early_report_says_that_there_will_be_no_verdict_and_shows_no_later_number(tmp_path):
    verdicts = tried(tmp_path, downgraded="low_power")[0].reset_index()
    assert np.isfinite(verdicts.loc[1, "estimate"])
    run = ReportRun(report="letter", audience="town", wave="w1")
    early = _verdicts_of(study(tmp_path), verdicts, set(verdicts["question"]), run)
    assert early["question"].tolist() == [COST, "both"]  # the verdict on health is still to come
    assert early["verdict"].tolist() == ["no_verdict"] * 2
    assert early["wave"].tolist() == early["row"].tolist() == ["", ""]
    assert early[["estimate", "ci_low", "ci_high", "margin_excluded"]].isna().all(axis=None)
    assert pa.Table.from_pandas(early.astype({"margin_excluded": "object"})).num_rows == 2
    late = _verdicts_of(study(tmp_path), verdicts, set(verdicts["question"]),
                        run.model_copy(update={"wave": "w2"}))  # fmt: skip
    pd.testing.assert_frame_equal(late, verdicts)
