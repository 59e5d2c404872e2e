"""The whole study once: every estimate that any agreed report can show, and every verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.domain import Progress, no_progress
from evaluatie.evaluation.contrast_rows import contrast_table, estimate_contrasts
from evaluatie.evaluation.diagnostics import diagnostic_rows
from evaluatie.evaluation.facts import study_facts
from evaluatie.evaluation.monitor import monitor_rows
from evaluatie.evaluation.monitor.programme import programme_rows
from evaluatie.evaluation.monitor.runoff import runoff_rows
from evaluatie.evaluation.products import Products, build_products
from evaluatie.evaluation.quality_rows import quality_rows
from evaluatie.evaluation.sensitivity import sensitivity_rows
from evaluatie.evaluation.survey_rows import (
    professional_rows,
    representativeness_rows,
    response_rows,
    score_rows,
    weight_rows,
)
from evaluatie.evaluation.verdict_rows import verdict_table
from evaluatie.intake.data import StudyData
from evaluatie.results import estimates_frame
from evaluatie.study import Study

STEPS = 8


@dataclass(frozen=True)
class StudyResults:
    """Estimates (columns ``results.COLUMNS``) and verdicts, both before disclosure control."""

    estimates: pd.DataFrame
    verdicts: pd.DataFrame


def estimate_study(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    data: StudyData,
    progress: Progress = no_progress,
) -> StudyResults:
    """Estimate everything that was agreed, for all waves; what cannot be is a row with a reason."""
    done = 0

    def step(_what: str) -> None:
        nonlocal done
        progress("Estimating", done, STEPS)
        done += 1

    products = build_products(study, codebook, book, data, step)
    step("contrasts")
    waves = [wave.id for wave in study.waves[1:]]
    contrasts = estimate_contrasts(study, codebook, book, products, waves)
    rows: list[dict[str, Any]] = list(study_facts(study, book, codebook))
    rows += contrast_table(study, codebook, book, contrasts)
    step("sensitivity")
    rows += sensitivity_rows(study, codebook, book, products)
    step("diagnostics")
    rows += diagnostic_rows(study, codebook, book, products)
    step("survey")
    rows += _survey_rows(study, codebook, book, products)
    step("costs and process")
    rows += monitor_rows(study, codebook, book, products)
    rows += programme_rows(study, codebook, data, book)
    rows += runoff_rows(study, codebook, book, products)
    rows += quality_rows(products)
    progress("Estimating", STEPS, STEPS)
    verdicts = verdict_table(study, codebook, book, contrasts)
    return StudyResults(estimates_frame(rows), verdicts)


def verdicts_only(
    study: Study, codebook: Codebook, book: AgreementBook, data: StudyData
) -> pd.DataFrame:
    """Return the verdicts by the same route as `estimate_study`, without the tables around them."""
    products = build_products(study, codebook, book, data, lambda _: None)
    waves = sorted({q.verdict_wave for q in book.questions.values() if q.verdict_wave})
    contrasts = estimate_contrasts(study, codebook, book, products, waves)
    return verdict_table(study, codebook, book, contrasts)


def _survey_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[dict[str, Any]]:
    questions = scales_of(book, codebook)
    feeds = products.data.feeds
    if products.panel is not None:
        yield from response_rows(study, products.panel, feeds.get("sample"), codebook)
        population = feeds["population_age_sex"]
        yield from representativeness_rows(study, products.panel, population, codebook)
        yield from weight_rows(products.panel)
        yield from score_rows(study, products.panel, codebook, questions)
    if products.professionals is not None:
        yield from professional_rows(study, products.professionals, codebook, questions)


def scales_of(book: AgreementBook, codebook: Codebook) -> dict[str, str]:
    """Return scale id -> question id; a question about a group stands for each scale in it."""
    questions: dict[str, str] = {}
    for question in book.questions.values():
        for scale in codebook.scales.values():
            if question.indicator in (scale.id, scale.group):
                questions.setdefault(scale.id, question.id)
    return questions
