"""What the agreements expect of the data of each question, before there are any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluatie.agreement import AgreementBook, Planning, Question
from evaluatie.dictionary import Codebook
from evaluatie.domain import Population, QuestionType, Side, Weighting
from evaluatie.evaluation.verdicts import favourable_sign
from evaluatie.methods import change_variance
from evaluatie.study import Study

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """One question with the spread that is expected of its areas; hashable, to simulate once.

    Attributes
    ----------
    variances, weights : tuple of float, length G
        Expected variance of the change of each area, and its weight; in the order of the study.
    margin : float
        In units of the indicator, above zero.
    favourable : int
        +1 where a higher value is better, -1 where a lower one is.
    """

    question: str
    type: QuestionType
    test: str
    favourable: int
    margin: float
    variances: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def effect(self) -> float:
        """The true difference that the power is of: the agreed benefit, or none at all.

        Superiority: a benefit of exactly the margin. Not worse and equivalent: no difference.
        """
        superiority = self.type is QuestionType.SUPERIORITY
        return self.favourable * self.margin if superiority else 0.0


def tested(book: AgreementBook) -> tuple[Question, ...]:
    """Return the questions with a test of their own: the fixed sequence first, then the others."""
    order = [*book.testing_order, *(q for q in book.questions if q not in book.testing_order)]
    without = (QuestionType.DESCRIPTIVE, QuestionType.INTERSECTION_UNION)
    return tuple(book.questions[q] for q in order if book.questions[q].type not in without)


def lacking(study: Study, question: Question) -> str:
    """Return why a question cannot be planned, as a code; empty where it can."""
    if question.planning is None:
        return "no_planning"
    if question.planning.people is None and any(area.residents is None for area in study.areas):
        return "no_residents"
    if min(len(study.areas_on(side)) for side in Side) < 2:
        return "one_area_in_an_arm"
    return ""


def plans_of(study: Study, codebook: Codebook, book: AgreementBook) -> Iterator[Plan]:
    """Yield the plan of every tested question that has one."""
    for question in tested(book):
        if (plan := plan_of(study, codebook, question)) is not None:
            yield plan


def plan_of(
    study: Study, codebook: Codebook, question: Question, times: float = 1.0
) -> Plan | None:
    """Return the plan of a question with ``times`` as many respondents; None where it has none."""
    if question.planning is None or question.margin is None or lacking(study, question):
        return None
    source = codebook.scales.get(question.indicator) or codebook.indicators[question.indicator]
    sizes = residents(study)
    weights = sizes if question.weighting is Weighting.RESIDENT else np.ones(len(sizes))
    return Plan(
        question.id, question.type, question.test, favourable_sign(source.direction),
        question.margin.value,
        tuple(_variances(question, question.planning, sizes, times).tolist()),
        tuple(weights.tolist()),
    )  # fmt: skip


def residents(study: Study) -> Array:
    """Return the expected residents per area, shape (G,); equal where the study names none."""
    known = [area.residents for area in study.areas if area.residents is not None]
    if len(known) < len(study.areas):
        return np.ones(len(study.areas))
    return np.array(known, dtype=float)


def people(planning: Planning, sizes: Array) -> tuple[Array, Array]:
    """Return the expected people per area at the first and at the verdict wave, both (G,).

    A sample is divided in proportion to the residents; registers hold all residents they cover.
    """
    share = sizes / sizes.mean()
    before = share * planning.people if planning.people else sizes * planning.coverage
    later = share * planning.people_later if planning.people_later else before
    return before, later


def _variances(question: Question, planning: Planning, sizes: Array, times: float) -> Array:
    before, later = (times * count for count in people(planning, sizes))
    if question.population is Population.STAYERS:  # the same people twice: those who are left
        before = later = before * planning.retention
        shared = before
    else:
        shared = np.minimum(before * planning.retention, later)
    return change_variance(
        planning.sd, before, later, shared, planning.correlation, planning.shock_sd, planning.deff
    )
