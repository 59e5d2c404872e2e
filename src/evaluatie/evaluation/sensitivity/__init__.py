"""The same contrast another way: judged by estimate and interval, never by p."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.contrast_rows import contrasted
from evaluatie.evaluation.products import Products
from evaluatie.evaluation.sensitivity.analysis import Row, Setting
from evaluatie.evaluation.sensitivity.change_models import by_models_of_change
from evaluatie.evaluation.sensitivity.covariates import by_covariates
from evaluatie.evaluation.sensitivity.events import without_events
from evaluatie.evaluation.sensitivity.leave_out import without_each_area
from evaluatie.evaluation.sensitivity.measurement import by_measurement
from evaluatie.evaluation.sensitivity.missing import by_missing_data
from evaluatie.evaluation.sensitivity.other_tests import by_other_tests
from evaluatie.evaluation.sensitivity.skewed_cost import by_skewed_cost
from evaluatie.evaluation.sensitivity.synthetic_control import by_synthetic_control
from evaluatie.evaluation.sensitivity.weights import by_weights
from evaluatie.study import Study

ANALYSES: tuple[Callable[[Setting], Iterator[Row]], ...] = (
    without_each_area,
    by_other_tests,
    by_models_of_change,
    by_measurement,
    by_missing_data,
    by_covariates,
    without_events,
    by_synthetic_control,
    by_skewed_cost,
    by_weights,
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
