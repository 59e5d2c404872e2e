"""How complete the declarations of recent quarters are: why the last ones are cut or completed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evaluatie.agreement import AgreementBook
from evaluatie.costs import LawRunoff, Runoff, run_off
from evaluatie.dictionary import Codebook
from evaluatie.domain import CostBasis, Status
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.products import Products, feeds_for
from evaluatie.methods import complete_amounts, interval, lognormal_interval
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
METHOD = "chain_ladder"
LEVEL = 0.95
_RECENT = 4  # quarters shown at least


def runoff_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield the run-off of every question about declared cost, or why there is none.

    Per law with declarations: ``factor`` (growth from one delay to the next; category
    ``months=<m>``: known up to m months after the end of the quarter of care), and per recent
    quarter ``share_complete`` and ``factor_to_final``. ``count`` with category ``lines=...`` says
    how many declared lines are behind it and how many have no usable booking date.
    """
    for question in book.questions.values():
        indicator = codebook.indicators.get(question.indicator)
        if indicator is None or indicator.kind != "arrangement_cost":
            continue
        basis = CostBasis(question.cost_basis or indicator.basis or CostBasis.ALLOCATED)
        if basis is CostBasis.ALLOCATED or products.lacking(feeds_for(question, codebook)):
            continue
        asked = Asked(study, codebook, book, products, question, indicator)
        found = _runoff(asked, basis)
        if found is not None:
            yield from _rows(asked, found)
        elif "declarations" in products.data.feeds:
            yield _absent("no_booking_dates", asked.where)


def _runoff(asked: Asked, basis: CostBasis) -> Runoff | None:
    """Return the run-off on a basis, estimated once for all questions."""
    return asked.products.once(
        ("runoff", str(basis)),
        lambda: run_off(asked.products.data, asked.codebook, asked.study, basis),
    )


def _rows(asked: Asked, runoff: Runoff) -> Iterator[Row]:
    yield from _counts(asked, runoff)
    for law in asked.indicator.laws:
        if law in runoff.laws:
            place = asked.where | {"law": law}
            if runoff.laws[law].development is None:
                yield _absent("no_development", place)
            else:
                yield from _factors(runoff, runoff.laws[law], place)
                yield from _recent(asked.study, runoff, law, place)


def _counts(asked: Asked, runoff: Runoff) -> Iterator[Row]:
    laws = [runoff.laws[law] for law in asked.indicator.laws if law in runoff.laws]
    counts = {
        "used": sum(int(law.lines.sum()) for law in laws),
        "no_booking_date": runoff.undated,
        "booked_after_report": runoff.too_late,
    }
    for name, count in counts.items():
        yield estimate_row(
            Table.RUNOFF, "count", category=f"lines={name}", estimate=count, unit="records",
            **asked.where,
        )  # fmt: skip


def _factors(runoff: Runoff, law: LawRunoff, place: dict[str, str]) -> Iterator[Row]:
    """Yield the development factors; behind each are the quarters that passed its delay."""
    assert law.development is not None
    found = law.development
    for j, months in enumerate(runoff.months[1:]):
        error = float(found.std_error[j])
        low, high = interval(float(found.factor[j]), error, np.inf, LEVEL)
        behind = slice(0, int(found.rows[j]))
        yield estimate_row(
            Table.RUNOFF, "factor", category=f"months={months}", estimate=found.factor[j],
            std_error=error, ci_low=low, ci_high=high, unit="ratio", method=METHOD,
            n=int(law.persons[behind].min()), n_households=int(law.households[behind].min()),
            **place,
        )  # fmt: skip


def _recent(study: Study, runoff: Runoff, law: str, place: dict[str, str]) -> Iterator[Row]:
    """Yield per recent quarter what is in, as a share of what is expected in the end."""
    mine = runoff.laws[law]
    assert mine.development is not None
    count = min(max(_RECENT, study.runoff_quarters + 2), len(runoff.quarters))
    for age in range(count - 1, -1, -1):
        row = len(runoff.quarters) - 1 - age
        quarter = runoff.quarters[row]
        delay = min(age, len(runoff.months) - 1)
        latest = float(mine.triangle[row, delay])
        completed = complete_amounts(mine.development, [latest], [delay])
        final, error = float(completed.ultimate[0]), float(completed.std_error[0])
        low, high = lognormal_interval(final, error, LEVEL)
        where = place | {
            "period": f"{quarter.year}-Q{quarter.quarter}",
            "category": f"months={runoff.months[delay]}",
        }
        behind = {"n": int(mine.persons[row]), "n_households": int(mine.households[row])}
        for term, bounds, unit in (
            ("share_complete", (latest / final, latest / high, latest / low), "share"),
            ("factor_to_final", (final / latest, low / latest, high / latest), "ratio"),
        ):
            yield estimate_row(
                Table.RUNOFF, term, estimate=bounds[0], ci_low=bounds[1], ci_high=bounds[2],
                unit=unit, method=METHOD, **where, **behind,
            )  # fmt: skip


def _absent(reason: str, where: dict[str, str]) -> Row:
    return estimate_row(Table.RUNOFF, "factor", status=Status.NOT_ESTIMABLE, reason=reason, **where)
