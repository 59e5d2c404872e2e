"""Rows of the cost monitor: euros per resident by law and quarter, annual aggregates, programme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from evaluatie.agreement import AgreementBook, Question
from evaluatie.costs import programme_cost
from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Indicator
from evaluatie.domain import Side, Status
from evaluatie.evaluation.products import Products, feeds_for
from evaluatie.intake.data import StudyData
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
BEHIND = {
    "n": "persons", "n_households": "households", "n_providers": "providers",
    "top1_share": "top1_share", "top2_share": "top2_share",
}  # fmt: skip


def cost_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield the level of every agreed cost indicator per side and period, or why there is none."""
    for question in book.questions.values():
        indicator = codebook.indicators.get(question.indicator)
        if indicator is None or question.section != "cost":
            continue
        where = {"question": question.id, "indicator": indicator.id}
        if reason := products.lacking(feeds_for(question, codebook)):
            yield estimate_row(
                Table.COST_LEVEL, "per_resident", status=Status.UNAVAILABLE, reason=reason, **where
            )
        elif indicator.kind == "arrangement_cost" and products.cells is not None:
            yield from _arrangement_rows(study, codebook, products.cells, indicator, question)
        elif indicator.kind == "insured_cost" and products.insured is not None:
            yield from _insured_rows(study, products.insured, indicator, where)
        elif indicator.kind == "annual_total" and products.annual is not None:
            yield from _annual_rows(study, products.annual, indicator, where)


def _arrangement_rows(
    study: Study, codebook: Codebook, cells: pd.DataFrame, indicator: Indicator, question: Question
) -> Iterator[Row]:
    """Each law of the indicator, and the payer's total where these are all the payer's laws."""
    basis = str(question.cost_basis or indicator.basis)
    paid = {codebook.laws[law].payer for law in indicator.laws}
    labels = [*indicator.laws, *(f"payer:{payer}" for payer in paid)]
    chosen = cells[
        (cells["level"] == "side") & cells["law"].isin(labels) & (cells["basis"] == basis)
    ]
    for cell in chosen.to_dict("records"):
        where = {
            "question": question.id, "indicator": indicator.id, "area": cell["area"],
            "period": cell["period"], "law": cell["law"], "category": f"basis={basis}",
        }  # fmt: skip
        behind = {name: cell[column] for name, column in BEHIND.items()}
        yield estimate_row(
            Table.COST_LEVEL, "per_resident", estimate=cell["eur_per_resident_year"],
            unit=f"EUR_{study.price_level}/resident/year", **where, **behind,
        )  # fmt: skip
        yield estimate_row(
            Table.COST_USERS, "count", estimate=cell["persons"], unit="persons", **where, **behind
        )


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


def programme_rows(
    study: Study, codebook: Codebook, data: StudyData, book: AgreementBook
) -> Iterator[Row]:
    """Yield what the programme itself cost, by project and payer over all years together."""
    if "programme_costs" not in study.feeds:
        return  # the study never had this feed: nothing is lacking
    if "programme_costs" not in data.feeds:
        reason = "missing_feed:programme_costs"
        yield estimate_row(Table.PROGRAMME, "total", status=Status.UNAVAILABLE, reason=reason)
        return
    costs = programme_cost(data.feeds["programme_costs"], study, codebook)
    known = {project.id for project in book.projects}
    totals = costs[costs["project_id"].isin(known)].groupby(["project_id", "payer"])
    for (project, payer), amount in totals["eur"].sum().items():
        yield _programme(f"project={project}|payer={payer}", amount, study)
    for project, amount in costs.groupby("project_id")["eur"].sum().items():
        if project in known:
            yield _programme(f"project={project}", amount, study)
    for payer, amount in costs.groupby("payer")["eur"].sum().items():
        yield _programme(f"payer={payer}", amount, study)
    yield _programme("", costs["eur"].sum(), study)


def _programme(category: str, amount: float, study: Study) -> Row:
    # Budgets of organisations, not of people: no person stands behind the amount.
    return estimate_row(
        Table.PROGRAMME, "total", category=category, estimate=amount, area=Side.PILOT,
        unit=f"EUR_{study.price_level}",
    )  # fmt: skip
