"""What stands behind the estimates: how well was measured, who answered, what moved before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.evaluation.products import Products
from evaluatie.study import Study

Row = dict[str, Any]
DIAGNOSTICS: tuple[Callable[[Study, Codebook, AgreementBook, Products], Iterator[Row]], ...] = ()


def diagnostic_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield the rows of every diagnostic of the agreed questions."""
    for diagnostic in DIAGNOSTICS:
        yield from diagnostic(study, codebook, book, products)
