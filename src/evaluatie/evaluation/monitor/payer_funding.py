"""Rows: who invests in the programme and who gains, and what is seen after the funding ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evaluatie.costs import programme_cost
from evaluatie.costs.payers.funding import Funding, funding
from evaluatie.costs.payers.shift import Shift
from evaluatie.domain import Side, Status
from evaluatie.evaluation.contrast_rows import BETWEEN
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.payer_cells import ALL, PAYER, Cell, PayerStudy
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]
Shifts = Mapping[str, tuple[Cell, Shift]]
PROGRAMME = "programme_costs"


def funding_rows(found: PayerStudy, wave: str, shifts: Shifts) -> Iterator[Row]:
    """Yield per payer what it invests, what it gains, and what is left of it after the funding.

    Notes
    -----
    ``invested`` (cost of the programme in the later calendar year) and ``invested_so_far`` (up to
    and including it) by payer, the second by project and payer as well. ``net`` = ``beyond`` +
    ``invested``: below 0 the payer paid less in that year than the comparison areas make one
    expect, the programme included; the interval is that of ``beyond``, moved, since programme cost
    is counted. Of a project there is no gain: only the laws that it declares (``declared``, without
    a wave), measured for nobody.
    ``funded_until``: last calendar year with programme cost; ``after_funding`` repeats ``beyond``
    where that year lies before the later calendar year, and says otherwise why it cannot be seen.
    """
    asked = found.asked
    if PROGRAMME not in asked.study.feeds:
        return
    here = _where(found, wave)
    if reason := asked.products.lacking((PROGRAMME,)):
        yield estimate_row(
            Table.PAYER, "invested", law=ALL, status=Status.UNAVAILABLE, reason=reason, **here
        )
        return
    feed = asked.products.data.feeds[PROGRAMME]
    costs = programme_cost(feed, asked.study, asked.codebook)
    paid = funding(costs, found.years[found.position(wave)])
    unit = {"unit": f"EUR_{asked.study.price_level}/year"}
    total = {"unit": f"EUR_{asked.study.price_level}"}
    names = {project.id: project for project in asked.book.projects}
    for (project, payer), spent in paid.items():
        if project and project not in names:
            continue
        law = PAYER + payer if payer else ALL
        place = here | {"law": law, "category": f"project={project}" if project else ""}
        # Budgets of organisations, not of people: no person stands behind the amount.
        if not project:
            yield estimate_row(Table.PAYER, "invested", estimate=spent.in_year, **unit, **place)
        yield estimate_row(Table.PAYER, "invested_so_far", estimate=spent.so_far, **total, **place)
    measured = [law for law in shifts if law != ALL]
    payers = dict.fromkeys([*measured, *(PAYER + who for _, who in paid if who)])
    for law in (*payers, ALL):
        cost = paid.get(("", law.removeprefix(PAYER) if law != ALL else ""))
        yield from _gain(found, wave, law, cost or Funding(0.0, 0.0, None), shifts)


def _where(found: PayerStudy, wave: str) -> Row:
    period = str(found.years[found.position(wave)])
    return found.asked.where | {"wave": wave, "period": period, "area": str(Side.PILOT)}


def declared_rows(asked: Asked) -> Iterator[Row]:
    """Yield which laws each project says that it is about: declared, measured for nobody."""
    for project in asked.book.projects:
        for law in project.domains:
            yield estimate_row(
                Table.PAYER, "declared", law=law, category=f"project={project.id}", estimate=1,
                unit="flag", area=Side.PILOT, **asked.where,
            )  # fmt: skip


def _gain(found: PayerStudy, wave: str, law: str, cost: Funding, shifts: Shifts) -> Iterator[Row]:
    unit = f"EUR_{found.asked.study.price_level}/year"
    here = _where(found, wave) | {"area": BETWEEN, "law": law}
    year = found.years[found.position(wave)]
    if cost.last_year is not None and law != ALL:
        yield estimate_row(
            Table.PAYER, "funded_until", estimate=cost.last_year, unit="year",
            **here | {"area": str(Side.PILOT)},
        )  # fmt: skip
    if law not in shifts:
        has_row = law == ALL or found.measures(law)
        reason = "no_law_known" if has_row else "payer_without_measured_law"
        absent = {"status": Status.NOT_ESTIMABLE, "reason": reason}
        if not has_row:
            yield estimate_row(Table.PAYER, "beyond", unit=unit, **absent, **here)
        for term in ("net", "after_funding") if law != ALL else ("net",):
            yield estimate_row(Table.PAYER, term, unit=unit, **absent, **here)
        return
    cell, moved = shifts[law]
    behind = found.least(cell.who, tuple(str(side) for side in Side), wave)
    here |= {"category": cell.category, "unit": unit}
    low, high = moved.beyond.low + cost.in_year, moved.beyond.high + cost.in_year
    yield estimate_row(
        Table.PAYER, "net", estimate=round(moved.beyond.estimate + cost.in_year, 2), ci_low=low,
        ci_high=high, method="randomisation", **behind, **here,
    )  # fmt: skip
    if law == ALL:
        return
    reason = _unseen(cost, year)
    if reason:
        absent = {"status": Status.NOT_ESTIMABLE, "reason": reason}
        yield estimate_row(Table.PAYER, "after_funding", **absent, **here)
    else:
        yield estimate_row(
            Table.PAYER, "after_funding", estimate=moved.beyond.estimate, ci_low=moved.beyond.low,
            ci_high=moved.beyond.high, method="randomisation", **behind, **here,
        )  # fmt: skip


def _unseen(cost: Funding, year: int) -> str:
    """Return why these data cannot show what happens after the funding, or an empty text."""
    if cost.last_year is None:
        return "payer_funds_nothing"
    return "funding_not_ended" if cost.last_year >= year else ""
