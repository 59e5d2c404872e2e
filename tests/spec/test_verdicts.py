"""Which word follows from which evidence: every rule, its boundary, and what it refuses to say."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest

from evaluatie.agreement.model import Margin, Question
from evaluatie.declarations import Label
from evaluatie.domain import Aim, Horizon, Population, QuestionType, VerdictWord, Weighting
from evaluatie.evaluation.verdicts import RULES, Evidence, decide, margin_excluded, precision

TEXT = Label(nl="vraag", en="question")


def question(kind: QuestionType) -> Question:
    if kind is QuestionType.INTERSECTION_UNION:
        return combined()
    descriptive = kind is QuestionType.DESCRIPTIVE
    return Question(
        id="q",
        label=TEXT,
        aim=Aim.QUALITY_OF_LIFE,
        indicator="score",
        type=kind,
        population=Population.CURRENT_RESIDENTS,
        weighting=Weighting.EQUAL,
        contrast="level" if descriptive else "difference_in_differences",
        test="none" if descriptive else "randomisation",
        margin=None if descriptive else Margin(value=2, reason=TEXT, source="test"),
        verdict_wave=None if descriptive else "t3",
        horizon=Horizon.SLOW_CHANGE,
        decision=TEXT,
        section="survey",
    )


def combined() -> Question:
    return Question(
        id="both", label=TEXT, aim=Aim.QUALITY_OF_LIFE, type=QuestionType.INTERSECTION_UNION,
        combines=("health", "cost"), population=Population.CURRENT_RESIDENTS,
        weighting=Weighting.RESIDENT, contrast="none", test="intersection_union",
        verdict_wave="t3", horizon=Horizon.SLOW_CHANGE, decision=TEXT, section="cost",
    )  # fmt: skip


SHOWN = Evidence(
    estimate=3, low=1, high=5, p=0.03, p_attainable=0.03, p_harm=1, margin=2, alpha=0.05,
    favourable=1,
)  # fmt: skip

CASES = [
    (QuestionType.SUPERIORITY, SHOWN, VerdictWord.IMPROVED, "significant_and_favourable"),
    (QuestionType.SUPERIORITY, replace(SHOWN, favourable=-1), VerdictWord.WORSE,
     "significant_and_unfavourable"),
    (QuestionType.SUPERIORITY, replace(SHOWN, p=0.06), VerdictWord.NOT_DEMONSTRATED, "otherwise"),
    (QuestionType.SUPERIORITY, replace(SHOWN, p=0.0, p_attainable=0.06),
     VerdictWord.NOT_DEMONSTRATED, "design_cannot_show"),
    (QuestionType.SUPERIORITY, replace(SHOWN, p=math.nan, p_attainable=math.nan),
     VerdictWord.NOT_DEMONSTRATED, "design_cannot_show"),
    (QuestionType.SUPERIORITY, replace(SHOWN, estimate=math.nan), VerdictWord.NOT_ESTIMABLE,
     "no_estimate"),
    (QuestionType.NON_INFERIORITY, SHOWN, VerdictWord.NOT_WORSE, "harm_within_margin"),
    (QuestionType.NON_INFERIORITY, replace(SHOWN, p=0.5, p_harm=0.04), VerdictWord.WORSE,
     "harm_beyond_margin"),
    (QuestionType.NON_INFERIORITY, replace(SHOWN, p=0.5), VerdictWord.NOT_DEMONSTRATED,
     "otherwise"),
    (QuestionType.EQUIVALENCE, SHOWN, VerdictWord.EQUIVALENT, "difference_within_margin"),
    (QuestionType.DESCRIPTIVE, SHOWN, VerdictWord.NO_VERDICT, "descriptive_question"),
    *(
        (kind, replace(SHOWN, downgraded=why), VerdictWord.NO_VERDICT, rule)
        for kind in (QuestionType.SUPERIORITY, QuestionType.NON_INFERIORITY,
                     QuestionType.EQUIVALENCE)
        for why, rule in (("low_power", "descriptive_low_power"),
                          ("unattainable", "descriptive_unattainable"),
                          ("uncalibrated", "test_not_calibrated"))
    ),
    (QuestionType.SUPERIORITY, replace(SHOWN, p=0.06, p_own=0.03, p_attainable=0.06, p_floor=0.03),
     VerdictWord.NOT_DEMONSTRATED, "adjustment_cannot_show"),
    (QuestionType.SUPERIORITY, replace(SHOWN, p=0.4, p_own=0.3, p_attainable=0.06, p_floor=0.03),
     VerdictWord.NOT_DEMONSTRATED, "otherwise"),  # no correction stands in the way
    (QuestionType.SUPERIORITY, replace(SHOWN, p=0.06, p_attainable=0.06, p_floor=0.06),
     VerdictWord.NOT_DEMONSTRATED, "design_cannot_show"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "evidence", "word", "rule"), CASES)
def test_the_first_rule_that_matches_decides(kind, evidence, word, rule):
    assert decide(question(kind), evidence) == (word, rule)


@pytest.mark.parametrize("kind", list(QuestionType))
def test_rules_are_exhaustive_over_every_combination_of_evidence(kind):
    values = (-3.0, 0.0, 3.0, math.nan)
    words = (*VerdictWord, None)
    for estimate, p, floor, why, one, other in itertools.product(
        values, (0.0, 0.5, math.nan), (0.01, math.nan), ("", "low_power", "else"), words, words
    ):
        parts = tuple(word for word in (one, other) if word is not None)
        told = replace(
            SHOWN, estimate=estimate, p=p, p_attainable=floor, downgraded=why, parts=parts
        )
        word, name = decide(question(kind), told)
        assert word in {rule.word for rule in RULES[kind]}
        assert name == next(rule.name for rule in RULES[kind] if rule.holds(told))


def test_a_combined_question_is_improved_exactly_when_every_part_is_favourable():
    favourable = {VerdictWord.IMPROVED, VerdictWord.NOT_WORSE, VerdictWord.EQUIVALENT}
    for parts in itertools.product(VerdictWord, repeat=2):
        p = 0.03 if set(parts) <= favourable else 0.5
        word, rule = decide(combined(), replace(SHOWN, estimate=math.nan, p=p, parts=parts))
        if VerdictWord.NO_VERDICT in parts:
            expected = (VerdictWord.NO_VERDICT, "component_without_verdict")
        elif VerdictWord.NOT_ESTIMABLE in parts:
            expected = (VerdictWord.NOT_ESTIMABLE, "component_not_estimable")
        elif set(parts) <= favourable:
            expected = (VerdictWord.IMPROVED, "every_component_demonstrated")
        else:
            expected = (VerdictWord.NOT_DEMONSTRATED, "otherwise")
        assert (word, rule) == expected


def test_a_combined_question_is_not_claimed_on_words_or_on_p_alone():
    good = (VerdictWord.IMPROVED, VerdictWord.NOT_WORSE)
    for told in (
        replace(SHOWN, p=0.06, parts=good),
        replace(SHOWN, p=0.03, parts=(VerdictWord.IMPROVED, VerdictWord.WORSE)),
        replace(SHOWN, p=0.03, parts=()),
    ):
        assert decide(combined(), told)[0] is VerdictWord.NOT_DEMONSTRATED


def test_what_was_downgraded_beforehand_gets_no_verdict_whatever_the_data_say():
    strong = replace(SHOWN, p=0.0, estimate=99, low=90, high=110, downgraded="low_power")
    for estimate in (99, -99, math.nan):
        told = replace(strong, estimate=estimate)
        assert decide(question(QuestionType.SUPERIORITY), told)[0] is VerdictWord.NO_VERDICT


def test_nothing_is_called_improved_when_the_design_cannot_reach_alpha():
    for p in (0.0, 0.001, 0.05):
        word, _ = decide(
            question(QuestionType.SUPERIORITY), replace(SHOWN, p=p, p_attainable=2 / 16)
        )
        assert word is VerdictWord.NOT_DEMONSTRATED


@pytest.mark.parametrize(
    ("low", "high", "excluded", "words"),
    [
        (-1, 1, True, "precise"),
        (-1, 3, False, "imprecise"),
        (1, 3, False, "precise"),
        (-3, 1, True, "imprecise"),  # small as a benefit, but a harm of the margin fits
        (-math.inf, 1, True, "imprecise"),
        (-math.inf, math.inf, False, "imprecise"),
    ],
)
def test_imprecise_differs_from_shown_to_be_small(low, high, excluded, words):
    evidence = replace(SHOWN, low=low, high=high, estimate=(low + high) / 2)
    asked = question(QuestionType.SUPERIORITY)
    assert margin_excluded(asked, evidence) is excluded
    assert precision(asked, evidence) == words


def test_a_primary_question_after_a_failed_one_gets_no_verdict_and_says_so():
    stopped = replace(SHOWN, p=0.4, p_own=0.03, primary=True)
    for kind in (QuestionType.SUPERIORITY, QuestionType.NON_INFERIORITY, QuestionType.EQUIVALENCE):
        assert decide(question(kind), stopped) == (
            VerdictWord.NOT_DEMONSTRATED,
            "sequence_stopped",
        )
    secondary = replace(stopped, primary=False)
    assert decide(question(QuestionType.SUPERIORITY), secondary)[1] == "otherwise"


def test_non_inferiority_looks_at_the_unfavourable_bound_only():
    asked = question(QuestionType.NON_INFERIORITY)
    costs = replace(SHOWN, favourable=-1, low=-50, high=1.9)
    assert costs.worst == 1.9
    assert margin_excluded(asked, costs) is True
    assert margin_excluded(asked, replace(costs, high=2.1)) is False
