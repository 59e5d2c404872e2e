"""Households with support under several laws at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.costs import stacking
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]


def stacking_rows(asked: Asked) -> Iterator[Row]:
    """Yield the share of households with support under several laws at once, per side and year."""
    products = asked.products
    if products.ledger is None:
        return
    found = stacking(products.ledger, products.data, asked.indicator, asked.study, asked.codebook)
    for cell in found[found["level"] == "side"].to_dict("records"):
        place = asked.where | {"area": cell["area"], "period": str(cell["year"])}
        behind = {
            "n": cell["stacked_households"], "n_households": cell["stacked_households"],
            "unit": "share",
        }  # fmt: skip
        for term in ("share_of_users", "share_of_households"):
            yield estimate_row(Table.PROCESS, term, estimate=cell[term], **place, **behind)
