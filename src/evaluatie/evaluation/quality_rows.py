"""Rows on what intake set aside, and on whether the ledger adds up to its sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.evaluation.products import Products
from evaluatie.results import Table, estimate_row

PARTS = ("source", "set_aside", "in_study_areas", "elsewhere", "difference")


def quality_rows(products: Products) -> Iterator[dict[str, Any]]:
    """Yield one count per feed and rule, and the reconciliation per feed and basis in euros."""
    issues = products.data.issues
    counts = issues.groupby(["feed", "rule", "severity"])["count"].sum()
    for (feed, rule, severity), count in counts.items():
        yield estimate_row(
            Table.QUALITY, "count", category=f"feed={feed}|rule={rule}|severity={severity}",
            estimate=count, unit="records",
        )  # fmt: skip
    if products.ledger is None:
        return
    for line in products.ledger.reconciliation.to_dict("records"):
        for part in PARTS:
            yield estimate_row(
                Table.QUALITY, "total",
                category=f"feed={line['feed']}|basis={line['basis']}|part={part}",
                estimate=line[f"{part}_cents"] / 100, unit="EUR",
            )  # fmt: skip
