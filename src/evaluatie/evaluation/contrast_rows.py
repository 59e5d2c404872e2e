"""Every agreed contrast at every wave, adjusted for multiplicity, as rows and as verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.domain import QuestionType, Side, Status, VerdictWord, Weighting
from evaluatie.errors import DeclarationError
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.contrasts import Contrast, adjust, contrast, not_estimable
from evaluatie.evaluation.products import Products
from evaluatie.evaluation.verdicts import decide, favourable_sign, margin_excluded, precision
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
BETWEEN = f"{Side.PILOT}-{Side.COMPARISON}"
VERDICT_COLUMNS = (
    "question", "type", "wave", "verdict", "rule", "estimate", "ci_low", "ci_high", "p_value",
    "p_adjusted", "p_attainable", "p_harm", "margin", "margin_excluded", "precision", "favourable",
    "role", "reason", "row",
)  # fmt: skip


def sign_of(question: Question, codebook: Codebook) -> int:
    """Return +1 where a higher value of the question's indicator is better, else -1."""
    source = codebook.scales.get(question.indicator) or codebook.indicators[question.indicator]
    return favourable_sign(source.direction)


def contrasted(book: AgreementBook) -> tuple[Question, ...]:
    """Return the questions that compare pilot and comparison areas."""
    return tuple(q for q in book.questions.values() if q.contrast == "difference_in_differences")


def estimate_contrasts(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products, waves: list[str]
) -> dict[tuple[str, str], Contrast]:
    """Return (question, wave) -> contrast, with p adjusted over the questions at verdict waves."""
    found: dict[tuple[str, str], Contrast] = {}
    for question in contrasted(book):
        for wave in waves:
            changes = changes_since_baseline(study, codebook, products, question, wave)
            if isinstance(changes, str):
                found[question.id, wave] = not_estimable(question, wave, changes)
            else:
                sign = sign_of(question, codebook)
                found[question.id, wave] = contrast(study, question, wave, changes, sign)
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
    """Yield the contrast of each question and wave, and its euros per year where that has sense."""
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
            status = _absence(found.reason)
            yield estimate_row(
                Table.CONTRAST, "difference", status=status, reason=found.reason, **where
            )
            continue
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


def contrast_unit(question: Question, codebook: Codebook, study: Study) -> str:
    """Return the unit of a question's contrast, with the price level where it is money."""
    indicator = codebook.indicators.get(question.indicator)
    if indicator is not None:
        per = "insured_year" if indicator.kind == "insured_cost" else "resident/year"
        return f"EUR_{study.price_level}/{per}"
    scale = codebook.scales[question.indicator]
    return "share" if scale.rule == "share_of_codes" else "points"


def _absence(reason: str) -> Status:
    return Status.UNAVAILABLE if reason.startswith("missing_feed:") else Status.NOT_ESTIMABLE


def verdict_table(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    contrasts: Mapping[tuple[str, str], Contrast],
) -> pd.DataFrame:
    """Return one row per question, columns ``VERDICT_COLUMNS``; descriptive ones get no verdict."""
    rows = [
        _verdict(study, codebook, book, question, contrasts) for question in book.questions.values()
    ]
    return pd.DataFrame(rows, columns=list(VERDICT_COLUMNS))


def _verdict(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    question: Question,
    contrasts: Mapping[tuple[str, str], Contrast],
) -> Row:
    base: Row = dict.fromkeys(VERDICT_COLUMNS, np.nan) | {
        "question": question.id, "type": str(question.type), "role": book.role(question.id),
        "wave": question.verdict_wave or "", "reason": "", "row": "", "precision": "",
        "rule": "descriptive_question", "verdict": str(VerdictWord.NO_VERDICT),
        "margin_excluded": None,
    }  # fmt: skip
    if question.type is QuestionType.DESCRIPTIVE:
        return base
    found = contrasts[question.id, str(question.verdict_wave)]
    sign = sign_of(question, codebook)
    primary = book.role(question.id) == "primary"
    evidence = found.evidence(question, study.design.alpha, sign, primary=primary)
    word, rule = decide(question, evidence)
    where = {
        "question": question.id, "indicator": question.indicator, "wave": found.wave,
        "area": BETWEEN,
    }  # fmt: skip
    return base | {
        "verdict": str(word),
        "rule": rule,
        "estimate": found.estimate,
        "ci_low": found.low,
        "ci_high": found.high,
        "p_value": found.p_value,
        "p_adjusted": found.p_adjusted,
        "p_attainable": found.p_attainable,
        "p_harm": np.nan if question.type is QuestionType.SUPERIORITY else found.p_harm,
        "margin": evidence.margin,
        "margin_excluded": margin_excluded(question, evidence),
        "precision": precision(question, evidence),
        "favourable": sign,
        "reason": found.reason,
        "row": estimate_row(Table.CONTRAST, "difference", **where)["id"],
    }
