"""Rows on the process: durations, stacking of care, cases, citizen science; no verdict on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.agreement import AgreementBook
from evaluatie.costs import durations, record_counts, stacking
from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Indicator
from evaluatie.domain import Side, Status
from evaluatie.evaluation.products import Products, feeds_for
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]


def process_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield the rows of every agreed process question, or why there are none."""
    for question in book.questions.values():
        indicator = codebook.indicators.get(question.indicator)
        if indicator is None or indicator.kind not in ("duration", "stacking", "count"):
            continue
        where = {"question": question.id, "indicator": indicator.id}
        if reason := products.lacking(feeds_for(question, codebook)):
            yield estimate_row(
                Table.PROCESS, "count", status=Status.UNAVAILABLE, reason=reason, **where
            )
        elif indicator.kind == "duration":
            yield from _duration_rows(study, products, indicator, where)
        elif indicator.kind == "stacking":
            yield from _stacking_rows(study, codebook, products, indicator, where)
        else:
            yield from _count_rows(study, products, indicator, where)


def _duration_rows(
    study: Study, products: Products, indicator: Indicator, where: dict[str, str]
) -> Iterator[Row]:
    found = durations(products.data, indicator, study)
    for cell in found[found["side"].isin(list(Side))].to_dict("records"):
        place = where | {
            "area": cell["side"], "period": str(cell["year"]),
            "category": f"{indicator.by}={cell['by']}" if cell["by"] else "",
        }  # fmt: skip
        behind = {"n": cell["persons"], "n_households": cell["households"]}
        median = cell["km_median_days"]
        absent = {} if median == median else {
            "status": Status.NOT_ESTIMABLE, "reason": "fewer_than_half_completed",
        }  # fmt: skip
        yield estimate_row(
            Table.PROCESS, "median", estimate=median, unit="days", method="kaplan_meier",
            **absent, **place, **behind,
        )  # fmt: skip
        for term in ("n", "censored"):
            yield estimate_row(
                Table.PROCESS, {"n": "records"}.get(term, term), estimate=cell[term],
                unit="records", **place, **behind,
            )  # fmt: skip


def _stacking_rows(
    study: Study,
    codebook: Codebook,
    products: Products,
    indicator: Indicator,
    where: dict[str, str],
) -> Iterator[Row]:
    if products.ledger is None:
        return
    found = stacking(products.ledger, products.data, indicator, study, codebook)
    for cell in found[found["level"] == "side"].to_dict("records"):
        place = where | {"area": cell["area"], "period": str(cell["year"])}
        behind = {
            "n": cell["stacked_households"], "n_households": cell["stacked_households"],
            "unit": "share",
        }  # fmt: skip
        for term in ("share_of_users", "share_of_households"):
            yield estimate_row(Table.PROCESS, term, estimate=cell[term], **place, **behind)


def _count_rows(
    study: Study, products: Products, indicator: Indicator, where: dict[str, str]
) -> Iterator[Row]:
    """Count over all years: cases by code on all sides together, activities as they are."""
    feed = products.data.feeds[indicator.feed]
    found = record_counts(feed, str(indicator.by), study)
    whole = found[(found["side"] == "all") & (found["year"] == 0)]
    about_people = "area_code" in feed
    for cell in whole.to_dict("records"):
        code = cell["code"] or "unknown"
        yield estimate_row(
            Table.PROCESS, "count", area="all", category=f"{indicator.by}={code}",
            estimate=cell["count"], unit="records",
            n=cell["count"] if about_people else None, **where,
        )  # fmt: skip
