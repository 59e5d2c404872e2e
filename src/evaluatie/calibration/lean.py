"""From validated data to verdicts, building only what verdicts rest on.

The estimates, tests and rules are those of `evaluation`; left out are the relation behind the cost
ledger with who is behind each cell, the other waves of a contrast, and every table around the
verdicts. A test compares both routes.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaluatie.agreement import AgreementBook, Question
from evaluatie.costs import baseline_quarters, insured_cost, wave_quarters
from evaluatie.costs.amounts.area_cells import area_cells
from evaluatie.dictionary import Codebook
from evaluatie.domain import CostBasis
from evaluatie.evaluation import Products
from evaluatie.intake.data import StudyData
from evaluatie.study import Study
from evaluatie.survey import WeightedPanel, score_waves, weigh_panel


def lean_products(
    study: Study, codebook: Codebook, book: AgreementBook, data: StudyData
) -> Products:
    """Return the panel and the costs per area that the questions with a verdict need."""
    questions = [q for q in book.questions.values() if q.verdict_wave and q.indicator]
    return Products(
        data=data,
        panel=lean_panel(study, codebook, data),
        professionals=None,
        ledger=None,
        cells=lean_cells(study, codebook, questions, data),
        insured=lean_insured(study, codebook, questions, data),
        annual=None,
    )


def lean_panel(study: Study, codebook: Codebook, data: StudyData) -> WeightedPanel | None:
    """Return the scored and weighted respondents, without their answers to single items."""
    if not data.survey or "population_age_sex" not in data.feeds:
        return None
    scored = score_waves(data.survey, codebook, with_items=False)
    population, sample = data.feeds["population_age_sex"], data.feeds.get("sample")
    return weigh_panel(scored, population, study, codebook, sample)


def lean_cells(
    study: Study, codebook: Codebook, questions: list[Question], data: StudyData
) -> pd.DataFrame | None:
    """Return the cost per area in the windows that the questions compare."""
    if "population" not in data.feeds:
        return None
    laws: dict[CostBasis, list[str]] = {}
    quarters = set(baseline_quarters(study))
    for question in _about(questions, codebook, "arrangement_cost"):
        indicator = codebook.indicators[question.indicator]
        basis = CostBasis(question.cost_basis or indicator.basis or CostBasis.ALLOCATED)
        there = laws.setdefault(basis, [])
        there += [law for law in indicator.laws if law not in there]
        quarters |= set(wave_quarters(study, str(question.verdict_wave)))
    return area_cells(data, codebook, study, laws, quarters) if laws else None


def lean_insured(
    study: Study, codebook: Codebook, questions: list[Question], data: StudyData
) -> pd.DataFrame | None:
    """Return the insurer's cost per area and year."""
    feeds = {
        codebook.indicators[question.indicator].feed
        for question in _about(questions, codebook, "insured_cost")
    }
    present = [feed for feed in feeds if feed in data.feeds]
    return insured_cost(data.feeds[present[0]], study, codebook) if present else None


def _about(questions: list[Question], codebook: Codebook, kind: str) -> list[Question]:
    indicators: Mapping[str, object] = codebook.indicators
    return [
        q for q in questions
        if q.indicator in indicators and codebook.indicators[q.indicator].kind == kind
    ]  # fmt: skip
