"""Every agreed contrast at every wave, adjusted for multiplicity, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.domain import QuestionType, Side, Status, Weighting
from evaluatie.errors import DeclarationError
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.combined import Combined, combine, combining
from evaluatie.evaluation.contrasts import Contrast, adjust, contrast, not_estimable
from evaluatie.evaluation.feasibility import downgraded
from evaluatie.evaluation.products import Products
from evaluatie.evaluation.verdicts import favourable_sign
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
BETWEEN = f"{Side.PILOT}-{Side.COMPARISON}"


def sign_of(question: Question, codebook: Codebook) -> int:
    """Return +1 where a higher value of the question's indicator is better, else -1."""
    source = codebook.scales.get(question.indicator) or codebook.indicators[question.indicator]
    return favourable_sign(source.direction)


def contrasted(book: AgreementBook) -> tuple[Question, ...]:
    """Return the questions that compare pilot and comparison areas."""
    return tuple(q for q in book.questions.values() if q.contrast == "difference_in_differences")


def estimate_contrasts(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    products: Products,
    waves: list[str] | None = None,
    without: Mapping[str, str] | None = None,
) -> dict[tuple[str, str], Contrast]:
    """Return (question, wave) -> contrast, with p adjusted over the questions at verdict waves.

    Without ``waves`` every question is answered at its own verdict wave only; ``without`` are the
    questions that get no verdict and why, where that is known already.
    """
    found: dict[tuple[str, str], Contrast] = {}
    without = downgraded(study, codebook, book) if without is None else without
    for question in contrasted(book):
        why = without.get(question.id, "")
        for wave in [str(question.verdict_wave)] if waves is None else waves:
            changes = changes_since_baseline(study, codebook, products, question, wave)
            if isinstance(changes, str):
                found[question.id, wave] = not_estimable(question, wave, changes, why)
            else:
                sign = sign_of(question, codebook)
                found[question.id, wave] = contrast(study, question, wave, changes, sign, why)
    return _adjusted(codebook, book, found)


def _points_wrong(question: Question, found: Contrast, codebook: Codebook) -> bool:
    superiority = question.type is QuestionType.SUPERIORITY
    return superiority and found.estimate * sign_of(question, codebook) < 0


def _adjusted(
    codebook: Codebook, book: AgreementBook, found: Mapping[tuple[str, str], Contrast]
) -> dict[tuple[str, str], Contrast]:
    _check_secondary(book)
    deciding = {q.id: found[q.id, str(q.verdict_wave)] for q in contrasted(book)
                if (q.id, str(q.verdict_wave)) in found}  # fmt: skip
    secondary = [q for q in deciding if book.role(q) == "secondary"]
    result = dict(found)
    against = {q for q, c in deciding.items() if _points_wrong(book.questions[q], c, codebook)}
    adjusted = adjust(deciding, book.testing_order, secondary, against)
    for name, (p, floor) in adjusted.items():
        wave = deciding[name].wave
        result[name, wave] = replace(deciding[name], p_adjusted=p, p_attainable=floor)
    return result


def _check_secondary(book: AgreementBook) -> None:
    """Refuse a secondary question that max-T over the assignments cannot adjust."""
    for question in contrasted(book):
        if question.type is QuestionType.DESCRIPTIVE:
            continue
        superiority = question.type is QuestionType.SUPERIORITY
        if book.role(question.id) == "secondary" and not (
            superiority and question.test == "randomisation"
        ):
            raise DeclarationError(
                f"secondary question '{question.id}' is {question.type} with test {question.test}",
                where="analysis/questions.yml",
                allowed="superiority with test randomisation, adjusted together by max-T",
                remedy="agree on it as a primary question and give it a place in testing_order.",
            )


def contrast_table(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    contrasts: Mapping[tuple[str, str], Contrast],
) -> Iterator[Row]:
    """Yield the contrast of each question and wave, and its euros per year where that has sense.

    A question that combines others has p-values and no estimate: one row, ``combined``.
    """
    for (name, wave), found in contrasts.items():
        question = book.questions[name]
        where = {
            "question": name,
            "indicator": question.indicator,
            "wave": wave,
            "area": BETWEEN,
            "unit": contrast_unit(question, codebook, study),
            "method": str(question.test),
        }
        if found.reason:
            status = absence(found.reason)
            yield estimate_row(
                Table.CONTRAST, "difference", status=status, reason=found.reason, **where
            )
        else:
            yield from _numbers(study, question, found, where)
    for question in combining(book):
        if (row := _combined_row(codebook, book, question, contrasts)) is not None:
            yield row


def _numbers(study: Study, question: Question, found: Contrast, where: Row) -> Iterator[Row]:
    numbers = {
        "estimate": found.estimate, "ci_low": found.low, "ci_high": found.high,
        "n": found.n, "n_clusters": found.n_clusters,
    }  # fmt: skip
    p_values = {
        "p_value": found.p_value, "p_adjusted": found.p_adjusted,
        "p_attainable": found.p_attainable,
    }  # fmt: skip
    yield estimate_row(Table.CONTRAST, "difference", **where, **numbers, **p_values)
    if np.isfinite(found.p_harm) and question.type is not QuestionType.SUPERIORITY:
        yield estimate_row(
            Table.CONTRAST, "harm", **where, p_value=found.p_harm, n=found.n,
            n_clusters=found.n_clusters,
        )  # fmt: skip
    if question.payer and question.weighting is Weighting.RESIDENT:
        scaled = {k: numbers[k] * found.residents for k in ("estimate", "ci_low", "ci_high")}
        yearly = where | {"unit": f"EUR_{study.price_level}/year"}
        yield estimate_row(
            Table.CONTRAST, "total_per_year", **yearly,
            **scaled, n=found.residents, n_clusters=found.n_clusters,
        )  # fmt: skip


def parts_of(
    codebook: Codebook,
    book: AgreementBook,
    question: Question,
    contrasts: Mapping[tuple[str, str], Contrast],
) -> Combined | None:
    """Return the test over the parts of a question; None where a part was not contrasted."""
    wave = str(question.verdict_wave)
    found = [contrasts[name, wave] for name in question.combines if (name, wave) in contrasts]
    if len(found) < len(question.combines):
        return None
    signs = {name: sign_of(book.questions[name], codebook) for name in question.combines}
    return combine(question, found, book, signs)


def combined_where(question: Question) -> Row:
    """Return the key of the row of a question that combines others: no indicator of its own."""
    return {"question": question.id, "wave": str(question.verdict_wave), "area": BETWEEN}


def _combined_row(
    codebook: Codebook,
    book: AgreementBook,
    question: Question,
    contrasts: Mapping[tuple[str, str], Contrast],
) -> Row | None:
    found = parts_of(codebook, book, question, contrasts)
    if found is None:
        return None
    where = combined_where(question) | {"method": "intersection_union"}
    if not np.isfinite(found.p_value):
        status = Status.NOT_ESTIMABLE
        reason = "component_without_p"
        return estimate_row(Table.CONTRAST, "combined", **where, status=status, reason=reason)
    return estimate_row(
        Table.CONTRAST, "combined", **where, p_value=found.p_value, p_adjusted=found.p_adjusted,
        p_attainable=found.p_attainable, n=found.n, n_clusters=found.n_clusters,
    )  # fmt: skip


def contrast_unit(question: Question, codebook: Codebook, study: Study) -> str:
    """Return the unit of a question's contrast, with the price level where it is money."""
    indicator = codebook.indicators.get(question.indicator)
    if indicator is not None:
        per = "insured_year" if indicator.kind == "insured_cost" else "resident/year"
        return f"EUR_{study.price_level}/{per}"
    scale = codebook.scales[question.indicator]
    return "share" if scale.rule == "share_of_codes" else "points"


def absence(reason: str) -> Status:
    """Return the status of a row without an estimate: no feed, or not to be made from it."""
    return Status.UNAVAILABLE if reason.startswith("missing_feed:") else Status.NOT_ESTIMABLE
