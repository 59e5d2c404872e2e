"""Our p over all questions together: sequence, family, and questions that combine others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.evaluation.combined import combine, combining
from evaluatie.evaluation.contrast_rows import estimate_contrasts, sign_of
from evaluatie.evaluation.contrasts import Contrast
from evaluatie.evaluation.products import Products
from evaluatie.export.answered import with_verdict
from evaluatie.study import Study

COLUMNS = (
    "question", "type", "role", "place", "favourable", "combines", "downgraded", "reason",
    "p_value", "p_adjusted", "p_attainable",
)  # fmt: skip


def verdict_rows(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    products: Products,
    without: Mapping[str, str],
) -> pd.DataFrame:
    """Return one row per question with a verdict, columns ``COLUMNS``.

    Parameters
    ----------
    without : mapping of str to str
        Questions that get no verdict, and why.
    """
    questions = with_verdict(book)
    waves = sorted({str(question.verdict_wave) for question in questions})
    found = estimate_contrasts(study, codebook, book, products, waves, without)
    deciding = {q.id: found[q.id, str(q.verdict_wave)] for q in questions}
    rows = [_single(book, codebook, question, deciding[question.id]) for question in questions]
    rows += [
        _combined(book, codebook, question, deciding)
        for question in combining(book)
        if set(question.combines) <= set(deciding)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _single(
    book: AgreementBook, codebook: Codebook, question: Question, found: Contrast
) -> dict[str, Any]:
    order = book.testing_order
    return {
        "question": question.id,
        "type": str(question.type),
        "role": book.role(question.id),
        "place": order.index(question.id) + 1 if question.id in order else "",
        "favourable": sign_of(question, codebook),
        "combines": "",
        "downgraded": found.downgraded,
        "reason": found.reason,
        "p_value": found.p_value,
        "p_adjusted": found.p_adjusted,
        "p_attainable": found.p_attainable,
    }


def _combined(
    book: AgreementBook,
    codebook: Codebook,
    question: Question,
    deciding: Mapping[str, Contrast],
) -> dict[str, Any]:
    signs = {name: sign_of(book.questions[name], codebook) for name in question.combines}
    found = combine(question, [deciding[name] for name in question.combines], book, signs)
    return dict.fromkeys(COLUMNS, "") | {
        "question": question.id,
        "type": str(question.type),
        "role": book.role(question.id),
        "combines": " ".join(question.combines),
        "p_value": found.p_value,
        "p_adjusted": found.p_adjusted,
        "p_attainable": found.p_attainable,
    }
