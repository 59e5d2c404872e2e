"""Counts of records by a code: cases, activities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.costs import record_counts
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]


def count_rows(asked: Asked) -> Iterator[Row]:
    """Count over all years: cases by code on all sides together, activities as they are."""
    products, indicator = asked.products, asked.indicator
    feed = products.data.feeds[indicator.feed]
    found = record_counts(feed, str(indicator.by), asked.study)
    whole = found[(found["side"] == "all") & (found["year"] == 0)]
    about_people = "area_code" in feed
    for cell in whole.to_dict("records"):
        code = cell["code"] or "unknown"
        yield estimate_row(
            Table.PROCESS, "count", area="all", category=f"{indicator.by}={code}",
            estimate=cell["count"], unit="records",
            n=cell["count"] if about_people else None, **asked.where,
        )  # fmt: skip
