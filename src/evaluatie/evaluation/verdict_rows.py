"""The verdict on every question: the rules of `verdicts` on the contrasts of `contrast_rows`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.domain import QuestionType, VerdictWord
from evaluatie.evaluation.combined import Combined, combining
from evaluatie.evaluation.contrast_rows import BETWEEN, combined_where, parts_of, sign_of
from evaluatie.evaluation.contrasts import Contrast
from evaluatie.evaluation.verdicts import (
    FAVOURABLE,
    Evidence,
    decide,
    margin_excluded,
    precision,
)
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
VERDICT_COLUMNS = (
    "question", "type", "wave", "verdict", "rule", "estimate", "ci_low", "ci_high", "p_value",
    "p_adjusted", "p_attainable", "p_harm", "margin", "margin_excluded", "precision", "favourable",
    "role", "reason", "row",
)  # fmt: skip


def verdict_table(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    contrasts: Mapping[tuple[str, str], Contrast],
) -> pd.DataFrame:
    """Return one row per question, columns ``VERDICT_COLUMNS``; descriptive ones get no verdict."""
    rows = {
        question.id: _verdict(study, codebook, book, question, contrasts)
        for question in book.questions.values()
        if question.type is not QuestionType.INTERSECTION_UNION
    }
    for question in combining(book):
        found = parts_of(codebook, book, question, contrasts)
        words = {name: str(rows[name]["verdict"]) for name in question.combines}
        rows[question.id] = _combined_verdict(study, question, found, words)
    return pd.DataFrame([rows[name] for name in book.questions], columns=list(VERDICT_COLUMNS))


def _combined_verdict(
    study: Study, question: Question, found: Combined | None, words: Mapping[str, str]
) -> Row:
    """Return the verdict on a question that combines others; the reason names what it rests on."""
    nan = float("nan")
    p, adjusted, attainable, floor = (
        (nan,) * 4
        if found is None
        else (found.p_value, found.p_adjusted, found.p_attainable, found.p_floor)
    )
    evidence = Evidence(
        nan, nan, nan, adjusted, attainable, nan, nan, study.design.alpha, 1, p_own=p,
        p_floor=floor, parts=tuple(VerdictWord(word) for word in words.values()),
    )  # fmt: skip
    word, rule = decide(question, evidence)
    row = estimate_row(Table.CONTRAST, "combined", **combined_where(question))["id"]
    reason = "" if word is VerdictWord.IMPROVED else _open_parts(words)
    return dict.fromkeys(VERDICT_COLUMNS, np.nan) | {
        "question": question.id, "type": str(question.type), "role": "combined",
        "wave": str(question.verdict_wave), "verdict": str(word), "rule": rule,
        "p_value": p, "p_adjusted": adjusted, "p_attainable": attainable, "precision": "",
        "margin_excluded": None, "reason": reason, "row": row,
    }  # fmt: skip


def _open_parts(words: Mapping[str, str]) -> str:
    """Return ``components:`` with the questions that were not answered favourably."""
    return "components:" + ",".join(name for name, word in words.items() if word not in FAVOURABLE)


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
        "reason": found.reason or found.downgraded,
        "row": estimate_row(Table.CONTRAST, "difference", **where)["id"],
    }
