"""Decision rules: from the contrast of a question to one of seven words.

Per type of question the rules stand in order, the first that matches decides, and the last one
always matches. Every p is two-sided (randomisation: twice the smaller one-sided p; wild bootstrap:
by absolute t), so that each is compared with the same alpha and agrees with the printed interval.
"Worse" on a non-inferiority or equivalence question is a safety rule: its p is not adjusted.

What no data could show is not called by a word that blames the data: a question that was
downgraded beforehand gets no verdict; one whose p cannot reach alpha by design, or not beside the
other questions with these data, is *not demonstrated* and says which.

A question that combines others is their intersection-union test (Berger 1982, Technometrics
24:295): favourable only when each of them is, with the largest of their adjusted p. That is a
claim its parts imply, so it takes no place in the fixed sequence (Maurer, Hothorn & Lehmacher
1995) or in the max-T family (Westfall & Young 1993), and costs no error rate of its own. It is
never "worse": one unfavourable part is a verdict on that part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluatie.agreement import Question
from evaluatie.domain import Direction, QuestionType, VerdictWord


@dataclass(frozen=True)
class Evidence:
    """What a rule may look at: one contrast, in the units of its indicator.

    ``estimate``, ``low`` and ``high`` are pilot minus comparison; ``favourable`` is +1 where a
    higher value is better and -1 where a lower one is. ``p`` is the adjusted p of the agreed test,
    ``p_own`` the same before adjustment; ``p_harm`` the unadjusted p of "the effect is no more
    harmful than the margin". ``p_attainable`` is the smallest adjusted p these data could give
    under any assignment, ``p_floor`` the smallest of the design whatever the data (NaN: the same).
    ``primary``: the question has a place in the fixed sequence. ``downgraded``: why it gets no
    verdict, decided before there were data; empty where it gets one. ``parts``: the verdicts on
    the questions it combines.
    """

    estimate: float
    low: float
    high: float
    p: float
    p_attainable: float
    p_harm: float
    margin: float
    alpha: float
    favourable: int
    p_own: float = math.nan
    primary: bool = False
    p_floor: float = math.nan
    downgraded: str = ""
    parts: tuple[VerdictWord, ...] = ()

    @property
    def floor(self) -> float:
        """The smallest p of the design, whatever the data."""
        return self.p_attainable if math.isnan(self.p_floor) else self.p_floor

    @property
    def worst(self) -> float:
        """The interval bound on the unfavourable side."""
        return self.low if self.favourable > 0 else self.high

    @property
    def best(self) -> float:
        """The interval bound on the favourable side."""
        return self.high if self.favourable > 0 else self.low


@dataclass(frozen=True)
class Rule:
    """A named condition and the word it leads to."""

    name: str
    holds: Callable[[Evidence], bool]
    word: VerdictWord


FAVOURABLE = (VerdictWord.IMPROVED, VerdictWord.NOT_WORSE, VerdictWord.EQUIVALENT)

_DOWNGRADED = (
    Rule("descriptive_low_power", lambda e: e.downgraded == "low_power", VerdictWord.NO_VERDICT),
    Rule(
        "descriptive_unattainable",
        lambda e: e.downgraded == "unattainable",
        VerdictWord.NO_VERDICT,
    ),
    Rule("test_not_calibrated", lambda e: bool(e.downgraded), VerdictWord.NO_VERDICT),
)
_MISSING = Rule("no_estimate", lambda e: not math.isfinite(e.estimate), VerdictWord.NOT_ESTIMABLE)
_UNATTAINABLE = Rule(
    "design_cannot_show", lambda e: not e.floor <= e.alpha, VerdictWord.NOT_DEMONSTRATED
)
_OUT_OF_REACH = Rule(
    "adjustment_cannot_show",  # only where the correction is what stands in the way
    lambda e: e.p_own <= e.alpha and not e.p_attainable <= e.alpha,
    VerdictWord.NOT_DEMONSTRATED,
)
_STOPPED = Rule(
    "sequence_stopped",
    lambda e: e.primary and e.p_own <= e.alpha < e.p,
    VerdictWord.NOT_DEMONSTRATED,
)
_OTHERWISE = Rule("otherwise", lambda _: True, VerdictWord.NOT_DEMONSTRATED)
_HARM = Rule("harm_beyond_margin", lambda e: e.p_harm <= e.alpha, VerdictWord.WORSE)
_BEFORE = (*_DOWNGRADED, _MISSING, _UNATTAINABLE, _OUT_OF_REACH, _STOPPED)

RULES: Mapping[QuestionType, tuple[Rule, ...]] = {
    QuestionType.SUPERIORITY: (
        *_BEFORE,
        Rule(
            "significant_and_favourable",
            lambda e: e.p <= e.alpha and e.estimate * e.favourable > 0,
            VerdictWord.IMPROVED,
        ),
        Rule("significant_and_unfavourable", lambda e: e.p <= e.alpha, VerdictWord.WORSE),
        _OTHERWISE,
    ),
    QuestionType.NON_INFERIORITY: (
        *_BEFORE,
        Rule("harm_within_margin", lambda e: e.p <= e.alpha, VerdictWord.NOT_WORSE),
        _HARM,
        _OTHERWISE,
    ),
    QuestionType.EQUIVALENCE: (
        *_BEFORE,
        Rule("difference_within_margin", lambda e: e.p <= e.alpha, VerdictWord.EQUIVALENT),
        _HARM,
        _OTHERWISE,
    ),
    QuestionType.INTERSECTION_UNION: (
        Rule(
            "component_without_verdict",
            lambda e: VerdictWord.NO_VERDICT in e.parts,
            VerdictWord.NO_VERDICT,
        ),
        Rule(
            "component_not_estimable",
            lambda e: VerdictWord.NOT_ESTIMABLE in e.parts,
            VerdictWord.NOT_ESTIMABLE,
        ),
        _UNATTAINABLE,
        _OUT_OF_REACH,
        Rule(
            "every_component_demonstrated",
            lambda e: e.p <= e.alpha and bool(e.parts) and set(e.parts) <= set(FAVOURABLE),
            VerdictWord.IMPROVED,
        ),
        _OTHERWISE,
    ),
    QuestionType.DESCRIPTIVE: (
        Rule("descriptive_question", lambda _: True, VerdictWord.NO_VERDICT),
    ),
}


def favourable_sign(direction: Direction) -> int:
    """Return +1 where a higher value is better, -1 where a lower one is."""
    return 1 if direction is Direction.HIGHER else -1


def decide(question: Question, evidence: Evidence) -> tuple[VerdictWord, str]:
    """Return the verdict word and the name of the rule that decided."""
    rule = next(rule for rule in RULES[question.type] if rule.holds(evidence))
    return rule.word, rule.name


def margin_excluded(question: Question, evidence: Evidence) -> bool | None:
    """Return whether the interval excludes an effect as large as the agreed margin.

    For superiority that is a benefit of the margin or more ("shown to be small"); for
    non-inferiority a harm of the margin or more; for equivalence either. None without an interval.
    """
    if question.margin is None or math.isnan(evidence.low) or math.isnan(evidence.high):
        return None
    benefit_excluded = evidence.best * evidence.favourable < evidence.margin
    harm_excluded = evidence.worst * evidence.favourable > -evidence.margin
    if question.type is QuestionType.SUPERIORITY:
        return benefit_excluded
    if question.type is QuestionType.NON_INFERIORITY:
        return harm_excluded
    return benefit_excluded and harm_excluded


def precision(question: Question, evidence: Evidence) -> str:
    """Return ``imprecise`` where the interval holds no effect and a margin on either side.

    An interval without an end holds everything on that side. Empty without an interval.
    """
    if question.margin is None or math.isnan(evidence.low) or math.isnan(evidence.high):
        return ""
    holds_nothing = evidence.low <= 0 <= evidence.high
    holds_margin = evidence.low <= -evidence.margin or evidence.high >= evidence.margin
    return "imprecise" if holds_nothing and holds_margin else "precise"
