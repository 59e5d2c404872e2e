"""What the first sentence leaves open: how large the effect may be, and how sure that is.

*Imprecise* (the interval holds both no effect and the margin) is another sentence than *an effect
as large as the margin does not fit*. An interval is not corrected for the number of questions, so
nothing is said to be demonstrated on the strength of an interval alone.
"""

from __future__ import annotations

import pandas as pd

from evaluatie.domain import QuestionType, VerdictWord
from evaluatie.present.case import Case
from evaluatie.present.phrase import Phrase, join

WITHOUT = (VerdictWord.NO_VERDICT, VerdictWord.NOT_ESTIMABLE, VerdictWord.EQUIVALENT,
           VerdictWord.NOT_WORSE)  # fmt: skip
SAYS_IT_ALREADY = ("sequence_stopped", "harm_beyond_margin", "design_cannot_show")


def nuance(case: Case) -> Phrase:
    """Return what the interval says about the agreed margin; empty where the answer says it."""
    if case.suppressed:
        return case.labels.say("answer.suppressed")
    if not case.shown or case.word in ("", *WITHOUT) or case.rule in SAYS_IT_ALREADY:
        return Phrase()
    if case.is_relative():
        return _at_least(case)
    imprecise = _imprecise(case)
    if case.question.type is QuestionType.SUPERIORITY:
        return join((imprecise, _corrected(case), _benefit(case, bool(imprecise))))
    if imprecise or case.question.type is not QuestionType.NON_INFERIORITY:
        return imprecise
    return _harm(case)


def _imprecise(case: Case) -> Phrase:
    if str((case.verdict or {}).get("precision", "")) != "imprecise":
        return Phrase()
    return case.labels.say("precision.imprecise")


def _excluded(case: Case) -> bool | None:
    found = (case.verdict or {}).get("margin_excluded")
    return None if found is None or pd.isna(found) else bool(found)


def _at_least(case: Case) -> Phrase:
    """Return whether the smallest effect that fits the data is as large as the margin."""
    least, most = case.favourable_bounds()
    nearest = least if case.word == VerdictWord.IMPROVED else -most
    margin = case.margin_value()
    if pd.isna(nearest) or pd.isna(margin):
        return Phrase()
    ending = "at_least" if nearest >= margin else "not_at_least"
    return case.labels.say(f"precision.{case.word}_{ending}", margin=case.margin())


def _corrected(case: Case) -> Phrase:
    """Return why a secondary question whose interval excludes no effect is not demonstrated."""
    least, most = case.favourable_bounds()
    if case.is_secondary and (least > 0 or most < 0):
        return case.labels.say("precision.adjusted")
    return Phrase()


def _benefit(case: Case, imprecise: bool) -> Phrase:
    excluded = _excluded(case)
    if not excluded:
        silent = imprecise or excluded is None
        return Phrase() if silent else case.labels.say("precision.not_small", margin=case.margin())
    said = case.labels.say("precision.small", margin=case.margin())
    if case.favourable_bounds()[0] <= -case.margin_value():
        return join((said, case.labels.say("precision.harm_left", margin=case.margin())))
    return said


def _harm(case: Case) -> Phrase:
    excluded = _excluded(case)
    if excluded is None:
        return Phrase()
    return case.labels.say(f"precision.{'within' if excluded else 'beyond'}", margin=case.margin())
