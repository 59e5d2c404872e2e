"""What stands behind the estimates: how well was measured, who answered, what moved before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.evaluation.diagnostics.attrition import attrition_rows
from evaluatie.evaluation.diagnostics.interrupted import interrupted_rows
from evaluatie.evaluation.diagnostics.missing_answers import missing_answer_rows
from evaluatie.evaluation.diagnostics.reliability import reliability_rows
from evaluatie.evaluation.diagnostics.representativeness import representativeness_tests
from evaluatie.evaluation.diagnostics.responders import responder_rows
from evaluatie.evaluation.diagnostics.subgroups import subgroup_rows
from evaluatie.evaluation.diagnostics.trend import trend_rows
from evaluatie.evaluation.products import Products
from evaluatie.study import Study

Row = dict[str, Any]
DIAGNOSTICS: tuple[Callable[[Study, Codebook, AgreementBook, Products], Iterator[Row]], ...] = (
    attrition_rows,
    missing_answer_rows,
    interrupted_rows,
    trend_rows,
    reliability_rows,
    responder_rows,
    representativeness_tests,
    subgroup_rows,
)


def diagnostic_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield the rows of every diagnostic of the agreed questions."""
    for diagnostic in DIAGNOSTICS:
        yield from diagnostic(study, codebook, book, products)
