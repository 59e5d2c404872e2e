"""The cost monitor and the process: one maker of rows per kind of indicator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.domain import Status
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.business_cases import business_case_rows
from evaluatie.evaluation.monitor.care_end import care_end_rows
from evaluatie.evaluation.monitor.concentration import concentration_rows
from evaluatie.evaluation.monitor.cost_effectiveness import cost_effectiveness_rows
from evaluatie.evaluation.monitor.counts import count_rows
from evaluatie.evaluation.monitor.households import household_rows
from evaluatie.evaluation.monitor.levels import level_rows
from evaluatie.evaluation.monitor.mirror import mirror_rows
from evaluatie.evaluation.monitor.payers import payer_rows
from evaluatie.evaluation.monitor.recurrent import recurrent_rows
from evaluatie.evaluation.monitor.reference import reference_rows
from evaluatie.evaluation.monitor.selection import selection_rows
from evaluatie.evaluation.monitor.stacking import stacking_rows
from evaluatie.evaluation.monitor.waiting import waiting_rows
from evaluatie.evaluation.products import Products, feeds_for
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
MONITOR: Mapping[str, tuple[Table, Callable[[Asked], Iterator[Row]]]] = MappingProxyType(
    {  # kind of indicator -> table of the row that says why there is nothing, maker of the rows
        "arrangement_cost": (Table.COST_LEVEL, level_rows),
        "insured_cost": (Table.COST_LEVEL, level_rows),
        "annual_total": (Table.COST_LEVEL, level_rows),
        "duration": (Table.PROCESS, waiting_rows),
        "stacking": (Table.PROCESS, stacking_rows),
        "count": (Table.PROCESS, count_rows),
        "household_cost": (Table.HOUSEHOLD, household_rows),
        "concentration": (Table.HOUSEHOLD, concentration_rows),
        "selection": (Table.SELECTION, selection_rows),
        "payer_shift": (Table.PAYER, payer_rows),
        "care_end": (Table.DURATION, care_end_rows),
        "recurrent": (Table.DURATION, recurrent_rows),
        "public_cost": (Table.REFERENCE, reference_rows),
        "business_case": (Table.BUSINESS_CASE, business_case_rows),
        "cost_effectiveness": (Table.COST_EFFECTIVENESS, cost_effectiveness_rows),
        "mirror": (Table.MIRROR, mirror_rows),
    }
)


def monitor_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield the rows of every agreed question about cost or process, or why there are none."""
    for question in book.questions.values():
        indicator = codebook.indicators.get(question.indicator)
        if indicator is None:
            continue
        table, rows = MONITOR[indicator.kind]
        asked = Asked(study, codebook, book, products, question, indicator)
        if reason := products.lacking(feeds_for(question, codebook)):
            term = "per_resident" if table is Table.COST_LEVEL else "count"
            yield estimate_row(table, term, status=Status.UNAVAILABLE, reason=reason, **asked.where)
        else:
            yield from rows(asked)
