"""Rows on what intake set aside, and on whether the ledger adds up to its sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from evaluatie.costs import CostLedger
from evaluatie.evaluation.products import Products
from evaluatie.results import Table, estimate_row

ANSWERS = ("answered", "missing_code", "empty", "invalid")
PARTS = ("source", "set_aside", "in_study_areas", "elsewhere", "difference")
YEAR_PARTS = ("source", "set_aside", "ledger", "difference")


def quality_rows(products: Products) -> Iterator[dict[str, Any]]:
    """Yield counts per feed and rule, and the reconciliation per feed, basis and year in euros."""
    issues = products.data.issues
    counts = issues.groupby(["feed", "rule", "severity"])["count"].sum()
    for (feed, rule, severity), count in counts.items():
        yield estimate_row(
            Table.QUALITY, "count", category=f"feed={feed}|rule={rule}|severity={severity}",
            estimate=count, unit="records",
        )  # fmt: skip
    yield from _answer_rows(products.data.answers)
    if products.ledger is None:
        return
    yield from _ledger_rows(products.ledger)
    findings = products.ledger.findings
    for feed, finding, records, _ in findings[findings["records"] > 0].itertuples(index=False):
        yield estimate_row(
            Table.QUALITY, "count", category=f"feed={feed}|finding={finding}",
            estimate=records, unit="records",
        )  # fmt: skip


def _ledger_rows(ledger: CostLedger) -> Iterator[dict[str, Any]]:
    """Yield what became of every euro of a feed, and of its cost years.

    By year without the split by place: elsewhere, that could be one household.
    """
    parts: list[tuple[dict[Any, Any], str, tuple[str, ...]]]
    parts = [(line, "total", PARTS) for line in ledger.reconciliation.to_dict("records")]
    parts += [(line, "year_total", YEAR_PARTS) for line in ledger.by_year.to_dict("records")]
    for line, term, names in parts:
        for part in names:
            yield estimate_row(
                Table.QUALITY, term,
                category=f"feed={line['feed']}|basis={line['basis']}|part={part}",
                period=line.get("year"), estimate=line[f"{part}_cents"] / 100, unit="EUR",
            )  # fmt: skip


def _answer_rows(answers: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield what became of the answers to all items of a questionnaire together, per wave."""
    if answers.empty:
        return
    totals = answers.groupby(["feed", "wave"])[list(ANSWERS)].sum()
    for (feed, wave), counts in totals.iterrows():
        for kind in ANSWERS:
            yield estimate_row(
                Table.QUALITY, "count", wave=wave, category=f"feed={feed}|answers={kind}",
                estimate=counts[kind], unit="answers",
            )  # fmt: skip
