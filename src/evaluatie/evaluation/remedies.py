"""What would give a question enough power: more areas, a larger margin, or more respondents."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from evaluatie.agreement import Question
from evaluatie.dictionary import Codebook
from evaluatie.domain import QuestionType, Side
from evaluatie.evaluation.feasibility import Feasible
from evaluatie.evaluation.planning import plan_of
from evaluatie.methods import (
    PlannedContrast,
    attainable_level,
    claim_power,
    detectable,
    equivalence_power,
    planned_contrast,
    with_areas,
)
from evaluatie.study import Study

MOST_AREAS = 100
MOST_PEOPLE = 1_000.0


@dataclass(frozen=True)
class Remedy:
    """Each by itself, everything else as planned; by formula, for the question's own test.

    Attributes
    ----------
    areas : int or None
        Areas per side; None: even 100 do not suffice.
    margin : float
        Agreed margin, in units of the indicator; infinite where no margin would do.
    people : float or None
        Times as many respondents in every area and wave; None: what happens to neighbourhoods
        from wave to wave drowns the margin whatever their number, or all residents are there.
    """

    areas: int | None
    margin: float
    people: float | None


def remedy(study: Study, codebook: Codebook, question: Question, feasible: Feasible) -> Remedy:
    """Return what would raise the power of a planned question to the agreed minimum.

    Raises
    ------
    ValueError
        The question has no planning values; or its own power suffices already
        (`Feasible.crowded_out`), so that only fewer questions with a verdict would help.
    """
    if feasible.crowded_out(study.design.minimum_power):
        raise ValueError(f"question '{question.id}' falls short only beside the other questions")
    planned, margin, wanted = feasible.planned, question.margin, study.design.minimum_power
    if planned is None or margin is None or question.planning is None:
        raise ValueError(f"question '{question.id}' has no plan to change")
    equal = question.type is QuestionType.EQUIVALENCE

    def enough(design: PlannedContrast) -> bool:
        power = equivalence_power if equal else claim_power
        return power(margin.value, design) >= wanted

    def asked(times: float) -> bool:
        plan = plan_of(study, codebook, question, times)
        assert plan is not None
        treated = [area.side is Side.PILOT for area in study.areas]
        return enough(planned_contrast(plan.variances, plan.weights, treated, planned.level))

    return Remedy(
        _fewest_areas(study, planned, question, enough),
        detectable(planned, wanted, both_sides=equal),
        None if question.planning.people is None else _least_times(asked),
    )


def _fewest_areas(
    study: Study,
    planned: PlannedContrast,
    question: Question,
    enough: Callable[[PlannedContrast], bool],
) -> int | None:
    alpha, areas = study.design.alpha, len(study.areas)
    for per_arm in range(2, MOST_AREAS + 1):
        smallest = _smallest_p(study, question, per_arm)
        if enough(with_areas(planned, areas, per_arm, attainable_level(alpha, smallest))):
            return per_arm
    return None


def _smallest_p(study: Study, question: Question, per_arm: int) -> float:
    """Return the smallest two-sided p of the agreed test with ``per_arm`` areas on either side."""
    if question.test == "wild_bootstrap":
        return float(2.0 ** (1 - 2 * per_arm))
    if study.design.assignment == "pairs":
        return float(2.0 ** (1 - per_arm))
    return 2 / math.comb(2 * per_arm, per_arm)


def _least_times(asked: Callable[[float], bool]) -> float | None:
    """Return the smallest factor, to a hundredth, with which it suffices; power grows with it."""
    if not asked(MOST_PEOPLE):
        return None
    low, high = 0.01, MOST_PEOPLE
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (low, middle) if asked(middle) else (middle, high)
    return high
