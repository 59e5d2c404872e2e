"""Rows: public figures of the municipality, beside those of the study where they can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.costs.amounts.public import MUNICIPALITY, public_by_law, public_insured
from evaluatie.domain import Status
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]


def reference_rows(asked: Asked) -> Iterator[Row]:
    """Yield public figures: cost per insured year by year and care, or totals by law.

    Which of the two follows from the layout of the feed. Terms that begin with ``public_`` are
    published figures; the others are of the study.
    """
    feed = asked.codebook.feed(asked.indicator.feed)
    table = asked.products.data.feeds[feed.id]
    if feed.layout == "wide_years":
        yield from _law_rows(asked, public_by_law(table, feed, asked.study))
        return
    own = _own_feed(asked)
    found = public_insured(table, own, feed, asked.study, asked.codebook)
    for cell in found.to_dict("records"):
        yield from _insured_rows(asked, cell, own is None)


def _own_feed(asked: Asked) -> pd.DataFrame | None:
    """Return the study's own insured cost under the same laws, where it is there."""
    wanted = set(asked.indicator.laws)
    for indicator in asked.codebook.indicators.values():
        if indicator.kind == "insured_cost" and wanted & set(indicator.laws):
            return asked.products.data.feeds.get(indicator.feed)
    return None


def _insured_rows(asked: Asked, cell: dict[str, Any], alone: bool) -> Iterator[Row]:
    """Yield cost per insured year as it is, and on the ages and sexes of the pilot's insured."""
    public, part = cell["place"] == MUNICIPALITY, cell["part"]
    terms = {"per_insured_year_standardised": "standardised"}
    if not part:
        terms = {"per_insured_year": "eur_per_insured_year"} | terms
    place = {
        "area": "" if public else cell["place"],
        "period": str(cell["year"]),
        "law": asked.indicator.laws[0],
        "category": _category(MUNICIPALITY if public else "insurer", part),
        "unit": f"EUR_{asked.study.price_level}/insured_year",
        "n": cell["insured_persons"],
    }
    for term, column in terms.items():
        value = cell[column]
        reason = "nothing_to_standardise_to" if alone else "no_insured_years"
        absent = {} if np.isfinite(value) else {
            "status": Status.NOT_ESTIMABLE, "reason": reason,
        }  # fmt: skip
        yield estimate_row(
            Table.REFERENCE, f"public_{term}" if public else term, estimate=value,
            method="direct_standardisation" if column == "standardised" else "",
            **absent, **place, **asked.where,
        )  # fmt: skip


def _law_rows(asked: Asked, found: pd.DataFrame) -> Iterator[Row]:
    """Yield totals, users and cost per user of each law, at the prices of their own year."""
    found = found[found["part"] == ""]
    if not (found["place"] == MUNICIPALITY).any():
        yield estimate_row(
            Table.REFERENCE, "public_total", status=Status.NOT_ESTIMABLE,
            reason="municipality_absent", **asked.where,
        )  # fmt: skip
    for cell in found.to_dict("records"):
        place = asked.where | {
            "period": str(int(cell["year"])), "law": cell["law"],
            "category": _category(cell["place"], ""), "method": "current_prices",
        }  # fmt: skip
        users, eur = cell["users"], cell["eur"]
        if np.isfinite(eur):
            yield estimate_row(
                Table.REFERENCE, "public_total", estimate=eur, unit="EUR/year", **place
            )
        if np.isfinite(users):
            yield estimate_row(
                Table.REFERENCE, "public_users", estimate=users, unit="users", **place
            )
        if np.isfinite(eur) and np.isfinite(users) and users > 0:
            yield estimate_row(
                Table.REFERENCE, "public_per_user", estimate=eur / users, unit="EUR/user/year",
                **place,
            )  # fmt: skip
        if cell["place"] != MUNICIPALITY and np.isfinite(cell["municipalities"]):
            yield estimate_row(
                Table.REFERENCE, "public_municipalities", estimate=cell["municipalities"],
                unit="municipalities", **place,
            )  # fmt: skip


def _category(place: str, part: str) -> str:
    return f"place={place}" + (f"|care={part}" if part else "")
