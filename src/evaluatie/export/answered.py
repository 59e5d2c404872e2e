"""Which questions can be exported, and our numbers for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.domain import QuestionType
from evaluatie.errors import AgreementError, RefusedError
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.contrast_rows import sign_of
from evaluatie.evaluation.contrasts import Contrast, contrast
from evaluatie.evaluation.products import Products
from evaluatie.study import Study

KNOWN_TYPES = (QuestionType.SUPERIORITY, QuestionType.NON_INFERIORITY, QuestionType.EQUIVALENCE)


@dataclass(frozen=True)
class Answered:
    """A question with its contrast at every wave that has one.

    Attributes
    ----------
    question : Question
    sign : int
        +1 where a higher value is better, -1 where a lower one is.
    changes : mapping of str to pandas.DataFrame
        Wave -> one row per area: ``area``, ``change``, ``residents``, ``n``.
    contrasts : mapping of str to Contrast
        Wave -> contrast, p not yet adjusted for the other questions.
    downgraded : str
        Why the question gets no verdict, so that it has an estimate and an interval but no p.
    """

    question: Question
    sign: int
    changes: Mapping[str, pd.DataFrame]
    contrasts: Mapping[str, Contrast]
    downgraded: str = ""


def answer(
    study: Study, codebook: Codebook, products: Products, question: Question, downgraded: str = ""
) -> Answered:
    """Estimate a question by the route of the reports.

    Raises
    ------
    RefusedError
        The question has no estimate at its verdict wave; the reason code is named.
    """
    sign = sign_of(question, codebook)
    changes: dict[str, pd.DataFrame] = {}
    contrasts: dict[str, Contrast] = {}
    reasons: dict[str, str] = {}
    for wave in (wave.id for wave in study.waves[1:]):
        found = changes_since_baseline(study, codebook, products, question, wave)
        if isinstance(found, str):
            reasons[wave] = found
            continue
        made = contrast(study, question, wave, found, sign, downgraded)
        if made.reason:
            reasons[wave] = made.reason
        else:
            changes[wave], contrasts[wave] = found, made
    if question.verdict_wave not in contrasts:
        raise RefusedError(
            f"there is no number to check: {reasons.get(str(question.verdict_wave), 'no wave')}",
            where=f"question '{question.id}', wave {question.verdict_wave}",
            remedy="supply the feed or the wave that is lacking; 'evaluatie check' lists them.",
        )
    return Answered(question, sign, changes, contrasts, downgraded)


def require_contrast(book: AgreementBook, question: Question) -> None:
    """Refuse a question that has no contrast of its own.

    Raises
    ------
    RefusedError
    """
    if question.type in KNOWN_TYPES:
        return
    what = "a descriptive question has no contrast and no test to check"
    if question.type is not QuestionType.DESCRIPTIVE:
        what = f"a question of type {question.type} is put together from others"
    raise RefusedError(
        what,
        where=f"question '{question.id}'",
        allowed=", ".join(q.id for q in with_verdict(book)),
    )


def require_agreed(study: Study, book: AgreementBook, question: Question, synthetic: bool) -> None:
    """Refuse a question that nobody signed for, or that is not due.

    Raises
    ------
    AgreementError
    """
    where = f"question '{question.id}'"
    asking = [a for a in book.agreements.values() if question.id in a.questions]
    if not synthetic and not any(a.status == "signed" for a in asking):
        raise AgreementError(
            "no audience has signed for this question, and the data are not synthetic",
            where=where,
            remedy="set 'status: signed' in analysis/agreements once the audience has agreed.",
        )
    due = study.wave(str(question.verdict_wave)).report_from
    if study.report_date < due:
        raise AgreementError(
            f"its verdict wave may be reported from {due} on",
            where=where,
            remedy="wait; if a date is wrong, change it in analysis/study.yml.",
        )


def with_verdict(book: AgreementBook) -> tuple[Question, ...]:
    """Return the questions whose verdict rests on one contrast of areas."""
    return tuple(q for q in book.questions.values() if q.type in KNOWN_TYPES)
