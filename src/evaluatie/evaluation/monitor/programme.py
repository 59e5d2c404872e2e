"""What the programme itself cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.agreement import AgreementBook
from evaluatie.costs import programme_cost
from evaluatie.dictionary import Codebook
from evaluatie.domain import Side, Status
from evaluatie.intake.data import StudyData
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]


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
