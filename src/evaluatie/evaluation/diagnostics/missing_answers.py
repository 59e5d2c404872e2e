"""How many scores are missing, what each instrument allows, and whether imputation converged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.evaluation.contrast_rows import contrasted
from evaluatie.evaluation.facts import fact
from evaluatie.evaluation.products import Products
from evaluatie.evaluation.sensitivity.missing import imputed_at
from evaluatie.methods.missing.imputation import IMPUTATIONS
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study
from evaluatie.survey import WeightedPanel
from evaluatie.survey.imputation import ImputedScores

Row = dict[str, Any]
EVERYONE = "all"


def missing_answer_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield the share of missing scores per compared scale and wave, and what was done about it.

    Terms: ``item_missing_share`` (respondents without a score by the rule of the instrument); at
    the waves of the contrast ``imputation_r_hat``, the convergence of the chains (1: mixed), where
    any score was missing. Constants: the number of imputations, and per scale how many items its
    instrument allows to be missing.
    """
    panel = products.panel
    questions = [q for q in contrasted(book) if q.indicator in codebook.scales]
    if panel is None or not questions:
        return
    yield fact("imputations", IMPUTATIONS, "sets")
    for question in questions:
        allowed = codebook.scales[question.indicator].max_missing
        yield fact("items_allowed_missing", allowed, "items", **_named(question))
        yield from _item_missing(study, codebook, panel, question)
        for when in (study.baseline.id, question.verdict_wave):
            if when is not None:
                yield from _converged(imputed_at(study, codebook, book, products, when), question)


def _item_missing(
    study: Study, codebook: Codebook, panel: WeightedPanel, question: Question
) -> Iterator[Row]:
    for wave in study.waves:
        rows = panel.frame[panel.frame["wave"] == wave.id]
        if rows.empty or not codebook.scale_asked(question.indicator, wave.id):
            continue
        share = float(rows[question.indicator].isna().mean())
        where = {"wave": wave.id, "area": EVERYONE, "method": "count"} | _named(question)
        behind = {"n": len(rows), "n_households": rows["household_id"].nunique()}
        numbers = where | behind | {"estimate": share, "unit": "share"}
        yield estimate_row(Table.ATTRITION, "item_missing_share", **numbers)


def _converged(imputed: ImputedScores | str, question: Question) -> Iterator[Row]:
    """Yield R-hat of the chains of a question's score at a wave, where any score was missing."""
    if isinstance(imputed, str) or question.indicator not in imputed.r_hat:
        return
    where = {"wave": imputed.wave, "area": EVERYONE, "method": "chained_equations"}
    n = imputed.scores[question.indicator].shape[1]
    found = imputed.r_hat[question.indicator]
    numbers = {"estimate": found, "unit": "ratio", "n": n}
    yield estimate_row(Table.ATTRITION, "imputation_r_hat", **(where | _named(question) | numbers))


def _named(question: Question) -> dict[str, str]:
    return {"question": question.id, "indicator": question.indicator}
