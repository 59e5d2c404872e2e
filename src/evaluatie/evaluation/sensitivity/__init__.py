"""The same contrast another way: judged by estimate and interval, never by p."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.contrast_rows import contrasted
from evaluatie.evaluation.products import Products
from evaluatie.evaluation.sensitivity.analysis import Row, Setting
from evaluatie.evaluation.sensitivity.leave_out import without_each_area
from evaluatie.evaluation.sensitivity.other_tests import by_other_tests
from evaluatie.study import Study

ANALYSES: tuple[Callable[[Setting], Iterator[Row]], ...] = (
    without_each_area,
    by_other_tests,
)


def sensitivity_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield every further analysis of each contrast that carries a verdict, at its verdict wave."""
    for question in contrasted(book):
        wave = str(question.verdict_wave)
        changes = changes_since_baseline(study, codebook, products, question, wave)
        if isinstance(changes, str) or changes["change"].isna().any():
            continue
        setting = Setting(study, codebook, book, products, question, wave, changes)
        for analysis in ANALYSES:
            yield from analysis(setting)
