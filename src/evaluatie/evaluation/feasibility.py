"""What the design can show, before anyone promises: power, reach, and what they decide.

A question whose agreed test would show an effect of its margin too seldom, or whose p cannot
reach alpha, is downgraded to *descriptive, no verdict*, and takes no part in the fixed sequence
or in max-T: the downgrade rests on planning values alone, never on the data, so that leaving a
question out costs no error rate. The parties may accept low power knowingly (``accepted_power``);
nobody can accept a p that cannot be reached.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evaluatie.agreement import AgreementBook, CalibrationFile, Question, load_calibration
from evaluatie.dictionary import Codebook
from evaluatie.domain import Progress, QuestionType, Side, no_progress
from evaluatie.evaluation.planning import Plan, lacking, plans_of, tested
from evaluatie.evaluation.power_simulation import Drawn, Layout, simulate, simulated
from evaluatie.methods import (
    PlannedContrast,
    attainable_level,
    claim_power,
    detectable,
    equivalence_power,
    planned_contrast,
)
from evaluatie.study import Study

Held = NDArray[np.bool_]

DRAWS = 2_000
"""Drawn studies on which a downgrade rests; with the seed of the study, so that it never varies."""


class Outlook(StrEnum):
    """What the check makes of a question."""

    SUFFICIENT = "sufficient"
    ACCEPTED = "accepted"  # low power, accepted knowingly
    LOW_POWER = "low_power"
    UNATTAINABLE = "unattainable"
    UNCALIBRATED = "uncalibrated"  # the test missed its level or coverage, or was not tried
    UNPLANNED = "unplanned"  # no planning values: nobody knows the power
    COMBINED = "combined"  # follows the questions it combines


DOWNGRADED = (Outlook.LOW_POWER, Outlook.UNATTAINABLE, Outlook.UNCALIBRATED)


@dataclass(frozen=True)
class Feasible:
    """What the design can show about one question; NaN where nothing was planned.

    Attributes
    ----------
    planned : PlannedContrast or None
        Expected standard error, df and largest level.
    detectable : float
        Difference from the limit of the claim that is shown with 80% power, by formula; for
        equivalence the margin.
    formula : float
        Power of the question's own test at the agreed margin, by the noncentral t.
    own, own_mcse : float
        The same by simulation, with its Monte Carlo standard error.
    power, power_mcse : float
        After the fixed sequence or the step-down, by simulation; every earlier question is taken
        to have the effect that its own power is for.
    attainable, attainable_adjusted : float
        Smallest p of the question's own test, and beside the others, whatever the data.
    reach : float
        Share of drawn studies whose data let the adjusted p reach alpha at all; 1 outside max-T.
    reason : str
        Why there is no power; empty where there is.
    """

    question: str
    outlook: Outlook
    planned: PlannedContrast | None = None
    detectable: float = math.nan
    formula: float = math.nan
    own: float = math.nan
    own_mcse: float = math.nan
    power: float = math.nan
    power_mcse: float = math.nan
    attainable: float = math.nan
    attainable_adjusted: float = math.nan
    reach: float = 1.0
    reason: str = ""

    def crowded_out(self, minimum: float) -> bool:
        """Return whether the power suffices alone, and falls short beside the other questions."""
        return self.power < minimum <= self.own

    @property
    def downgraded(self) -> str:
        """Return why there is no verdict, as the rules name it; empty where there is one."""
        return str(self.outlook) if self.outlook in DOWNGRADED else ""


def feasibility(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    draws: int | None = None,
    seed: int | None = None,
    progress: Progress = no_progress,
) -> dict[str, Feasible]:
    """Return what the design can show about every question that asks for a verdict.

    Parameters
    ----------
    draws, seed : int, optional
        Of the simulation. None: `DRAWS` and the seed of the study, on which downgrades rest.

    Notes
    -----
    Power is judged after adjustment, with all planned questions beside one another. While one
    falls short unaccepted, the weakest of them (by its own power) leaves the sequence or family
    and the others are judged again over the same draws: a question without a chance must not
    take the verdict from one that has it. A downgraded question keeps the power it left with.
    Questions without planning values are no part of it.

    ASSUMPTION: power beside the other questions takes it that each of them truly has the effect
    its own power is for: for superiority an improvement of its margin, for the other types no
    difference. In a fixed sequence a question has less than this where an earlier one has no
    effect, or a smaller one.
    """
    calibration, layout = load_calibration(study), _layout(study)
    floors = {q.id: _floor(q, layout) for q in tested(book)}

    def drawn(chosen: tuple[Plan, ...]) -> Drawn:
        order = tuple(q for q in book.testing_order if q in {p.question for p in chosen})
        asked = (chosen, order, layout, study.design.alpha)
        if draws is None and seed is None:
            return simulated(*asked, DRAWS, study.seed)
        return simulate(*asked, draws or DRAWS, study.seed if seed is None else seed, progress)

    plans = tuple(plans_of(study, codebook, book))
    kept = tuple(p for p in plans if floors[p.question] <= study.design.alpha)
    found = _judged(study, book, plans, floors, drawn(kept), calibration)
    left: dict[str, Feasible] = {}
    while weak := [p for p in kept if found[p.question].outlook is Outlook.LOW_POWER]:
        weakest = min(weak, key=lambda plan: (found[plan.question].own, plan.question))
        left[weakest.question] = found[weakest.question]
        kept = tuple(plan for plan in kept if plan != weakest)
        found = _judged(study, book, plans, floors, drawn(kept), calibration) | left
    return found | _combined(book, found, drawn(kept))


def downgraded(study: Study, codebook: Codebook, book: AgreementBook) -> dict[str, str]:
    """Return question -> why it gets no verdict, of the questions that get none."""
    found = feasibility(study, codebook, book)
    return {name: f.downgraded for name, f in found.items() if f.downgraded}


def _layout(study: Study) -> Layout:
    pairs = tuple(str(area.pair) for area in study.areas)
    treated = tuple(area.side is Side.PILOT for area in study.areas)
    return Layout(treated, pairs if study.design.assignment == "pairs" else ())


def _floor(question: Question, layout: Layout) -> float:
    """Return the smallest two-sided p of the agreed test with this design, whatever the data."""
    if question.test == "wild_bootstrap":
        return float(2.0 ** (1 - len(layout.treated)))
    areas, pilots = len(layout.treated), sum(layout.treated)
    return 2.0 / (2 ** (areas // 2) if layout.pairs else math.comb(areas, pilots))


def _judged(
    study: Study,
    book: AgreementBook,
    plans: Sequence[Plan],
    floors: Mapping[str, float],
    drawn: Drawn,
    calibration: CalibrationFile | None,
) -> dict[str, Feasible]:
    known = {plan.question: plan for plan in plans}
    found = {}
    for question in tested(book):
        feasible = _unjudged(study, book, question, floors)
        if (plan := known.get(question.id)) is not None:
            feasible = _powered(feasible, plan, study, drawn)
        outlook = _outlook(study, question, feasible, calibration)
        found[question.id] = replace(feasible, outlook=outlook)
    return found


def _unjudged(
    study: Study, book: AgreementBook, question: Question, floors: Mapping[str, float]
) -> Feasible:
    own = floors[question.id]
    order, alpha = book.testing_order, study.design.alpha
    before = order[: order.index(question.id)] if question.id in order else ()
    return Feasible(
        question.id, Outlook.UNPLANNED, attainable=own,
        attainable_adjusted=max([own, *(f for q in before if (f := floors[q]) <= alpha)]),
        reason=lacking(study, question),
    )  # fmt: skip


def _powered(feasible: Feasible, plan: Plan, study: Study, drawn: Drawn) -> Feasible:
    level = attainable_level(study.design.alpha, feasible.attainable)
    planned, least, by_formula = _by_formula(plan, _layout(study).treated, level)
    own, own_error = _share(drawn.own.get(plan.question))
    power, error = _share(drawn.kept.get(plan.question))
    return replace(
        feasible, planned=planned, detectable=least, formula=by_formula, own=own,
        own_mcse=own_error, power=power, power_mcse=error,
        reach=drawn.reach.get(plan.question, 1.0),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _by_formula(
    plan: Plan, treated: tuple[bool, ...], level: float
) -> tuple[PlannedContrast, float, float]:
    """Return the planned contrast, the detectable difference and the power at the margin."""
    planned = planned_contrast(plan.variances, plan.weights, treated, level)
    both_sides = plan.type is QuestionType.EQUIVALENCE
    power = equivalence_power if both_sides else claim_power
    return planned, detectable(planned, both_sides=both_sides), power(plan.margin, planned)


def _share(held: Held | None) -> tuple[float, float]:
    """Return a share of drawn studies and its Monte Carlo error; 0 where the p has no reach.

    The error is that of (k + 1) in (n + 2), so that none or all of the studies is no certainty.
    """
    if held is None:
        return 0.0, 0.0
    near = (int(held.sum()) + 1) / (held.size + 2)
    return float(held.mean()), math.sqrt(near * (1 - near) / held.size)


def _outlook(
    study: Study, question: Question, feasible: Feasible, calibration: CalibrationFile | None
) -> Outlook:
    """Return what the check makes of a question: its power, then its test.

    Notes
    -----
    Where the study was calibrated, a test that missed, or that the file does not judge, carries no
    verdict. A study without the file was never calibrated: its verdicts stand, and say so.
    """
    outlook = _by_power(study, question, feasible)
    if outlook in DOWNGRADED or calibration is None or calibration.carries_verdict(question.test):
        return outlook
    return Outlook.UNCALIBRATED


def _by_power(study: Study, question: Question, feasible: Feasible) -> Outlook:
    if feasible.attainable_adjusted > study.design.alpha:
        return Outlook.UNATTAINABLE
    if math.isnan(feasible.power):
        return Outlook.UNPLANNED
    if feasible.power >= study.design.minimum_power:
        return Outlook.SUFFICIENT
    return Outlook.ACCEPTED if question.accepted_power else Outlook.LOW_POWER


def _combined(
    book: AgreementBook, found: Mapping[str, Feasible], drawn: Drawn
) -> dict[str, Feasible]:
    """Return the questions that combine others: shown when all of their parts are."""
    result = {}
    for question in book.questions.values():
        if question.type is not QuestionType.INTERSECTION_UNION:
            continue
        parts = [found[name] for name in question.combines]
        names = [name for name in question.combines if name in drawn.kept]
        feasible = Feasible(
            question.id, Outlook.COMBINED,
            attainable=max(p.attainable for p in parts),
            attainable_adjusted=max(p.attainable_adjusted for p in parts),
            reason=next((p.reason for p in parts if p.reason), ""),
        )  # fmt: skip
        if len(names) == len(parts):
            power, error = _share(np.logical_and.reduce([drawn.kept[name] for name in names]))
            own, own_error = _share(np.logical_and.reduce([drawn.own[name] for name in names]))
            feasible = replace(feasible, own=own, own_mcse=own_error, power=power, power_mcse=error)
        result[question.id] = feasible
    return result
