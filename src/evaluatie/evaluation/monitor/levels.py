"""Levels of cost: euros per resident by law and quarter, annual aggregates per year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from evaluatie.dictionary.model import Indicator
from evaluatie.domain import Status
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
BEHIND = {
    "n": "persons", "n_households": "households", "n_providers": "providers",
    "top1_share": "top1_share", "top2_share": "top2_share",
}  # fmt: skip


def level_rows(asked: Asked) -> Iterator[Row]:
    """Yield the level of a cost indicator per side and period."""
    products, indicator = asked.products, asked.indicator
    if indicator.kind == "arrangement_cost" and products.cells is not None:
        yield from _arrangement_rows(asked, products.cells)
    elif indicator.kind == "insured_cost" and products.insured is not None:
        yield from _insured_rows(asked.study, products.insured, indicator, asked.where)
    elif indicator.kind == "annual_total" and products.annual is not None:
        yield from _annual_rows(asked.study, products.annual, indicator, asked.where)


def _arrangement_rows(asked: Asked, cells: pd.DataFrame) -> Iterator[Row]:
    """Each law of the indicator, and the payer's total where these are all the payer's laws."""
    study, indicator, question = asked.study, asked.indicator, asked.question
    basis = str(question.cost_basis or indicator.basis)
    paid = {asked.codebook.laws[law].payer for law in indicator.laws}
    labels = [*indicator.laws, *(f"payer:{payer}" for payer in paid)]
    chosen = cells[
        (cells["level"] == "side") & cells["law"].isin(labels) & (cells["basis"] == basis)
    ]
    for cell in chosen.to_dict("records"):
        where = {
            "area": cell["area"], "period": cell["period"], "law": cell["law"],
            "category": f"basis={basis}",
        }  # fmt: skip
        where |= asked.where
        behind = {name: cell[column] for name, column in BEHIND.items()}
        # Who is still to come in is not known: amounts are completed, numbers of people are not.
        method, users = {}, {"estimate": cell["persons"], "unit": "persons"}
        if cell["completed"]:
            method = {"ci_low": cell["low"], "ci_high": cell["high"], "method": "completed"}
            users = {"status": Status.NOT_ESTIMABLE, "reason": "declarations_incomplete"}
        yield estimate_row(
            Table.COST_LEVEL, "per_resident", estimate=cell["eur_per_resident_year"],
            unit=f"EUR_{study.price_level}/resident/year", **method, **where, **behind,
        )  # fmt: skip
        yield estimate_row(Table.COST_USERS, "count", **users, **where, **behind)


def _insured_rows(
    study: Study, insured: pd.DataFrame, indicator: Indicator, where: dict[str, str]
) -> Iterator[Row]:
    totals = insured[(insured["level"] == "side") & (insured["category"] == "")]
    columns = {
        "per_insured_year": "eur_per_insured_year",
        "per_insured_year_standardised": "eur_per_insured_year_standardised",
    }
    for cell in totals.to_dict("records"):
        for term, column in columns.items():
            yield estimate_row(
                Table.COST_LEVEL, term, area=cell["area"], period=str(cell["year"]),
                law=indicator.laws[0], estimate=cell[column], n=cell["insured_persons"],
                unit=f"EUR_{study.price_level}/insured_year", **where,
            )  # fmt: skip


def _annual_rows(
    study: Study, annual: pd.DataFrame, indicator: Indicator, where: dict[str, str]
) -> Iterator[Row]:
    for cell in annual[annual["level"] == "side"].to_dict("records"):
        place = {
            "area": cell["area"], "period": str(cell["year"]), "law": indicator.laws[0],
            "n": cell["users"],
        }  # fmt: skip
        yield estimate_row(
            Table.COST_LEVEL, "per_resident", estimate=cell["eur_per_resident"],
            unit=f"EUR_{study.price_level}/resident/year", **place, **where,
        )  # fmt: skip
        yield estimate_row(
            Table.COST_USERS, "count", estimate=cell["users"], unit="persons", **place, **where
        )
