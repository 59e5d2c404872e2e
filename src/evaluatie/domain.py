"""Small frozen types and enumerations that every layer shares."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Side(StrEnum):
    """On which side of the comparison an area lies."""

    PILOT = "pilot"
    COMPARISON = "comparison"


class Aim(StrEnum):
    """The four goals of the Quadruple Aim (Bodenheimer & Sinsky 2014)."""

    QUALITY_OF_LIFE = "quality_of_life"
    QUALITY_OF_CARE = "quality_of_care"
    COST = "cost"
    JOB_SATISFACTION = "job_satisfaction"


class QuestionType(StrEnum):
    """What a question asks of its contrast."""

    SUPERIORITY = "superiority"
    NON_INFERIORITY = "non_inferiority"
    EQUIVALENCE = "equivalence"
    INTERSECTION_UNION = "intersection_union"
    DESCRIPTIVE = "descriptive"


class Direction(StrEnum):
    """Which way an indicator improves."""

    HIGHER = "higher_is_better"
    LOWER = "lower_is_better"


class Population(StrEnum):
    """The people an estimate speaks of."""

    CURRENT_RESIDENTS = "current_residents"
    STAYERS = "stayers"
    PROFESSIONALS = "professionals"
    HOUSEHOLDS = "households"
    INSURED = "insured"


class Weighting(StrEnum):
    """How neighbourhoods are combined into a side."""

    RESIDENT = "resident_weighted"
    EQUAL = "neighbourhood_equal"


class CostBasis(StrEnum):
    """Which of the three amounts of an arrangement is meant; never mixed."""

    ALLOCATED = "allocated"
    DELIVERED = "delivered"
    DECLARED = "declared"


class Horizon(StrEnum):
    """Whether change is expected soon or only after years."""

    QUICK_WIN = "quick_win"
    SLOW_CHANGE = "slow_change"


class Status(StrEnum):
    """Whether an estimate exists."""

    ESTIMATED = "estimated"
    NOT_ESTIMABLE = "not_estimable"
    UNAVAILABLE = "unavailable"


class Publication(StrEnum):
    """What a reader may see of an estimate; hidden is never written as 0 or as a blank."""

    SHOWN = "shown"
    SUPPRESSED = "suppressed"
    NOT_ESTIMABLE = "not_estimable"


class VerdictWord(StrEnum):
    """The only words a decision rule may produce."""

    IMPROVED = "improved"
    NOT_WORSE = "not_worse"
    EQUIVALENT = "equivalent"
    WORSE = "worse"
    NOT_DEMONSTRATED = "not_demonstrated"
    NOT_ESTIMABLE = "not_estimable"
    NO_VERDICT = "no_verdict"


class Sensitivity(StrEnum):
    """Who may have an output; every output says it of itself, and one that does not is refused."""

    PUBLIC = "public"  # after disclosure control; for everybody once it is released
    RESTRICTED = "restricted"  # after disclosure control, but for the named reader alone
    CONFIDENTIAL = "confidential"  # data of persons, or numbers before disclosure control


class Severity(StrEnum):
    """Whether a problem in a feed stops the run or becomes a counted missing value."""

    BLOCK = "block"
    TOLERATE = "tolerate"


Progress = Callable[[str, int, int], None]
"""Called as ``progress(what, done, total)`` by work that can take more than two seconds."""


def no_progress(what: str, done: int, total: int) -> None:
    """Report to nobody; the default where a caller shows no progress."""
