"""The tests a question can be agreed with, behind one face: an interval, and a p at any null.

Both give equal-tailed two-sided answers, so that every p is compared with the same alpha and
agrees with the interval that is printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from evaluatie.agreement import Question
from evaluatie.domain import QuestionType
from evaluatie.methods import ClusteredFit, fit_clustered, wild_bootstrap, wild_interval
from evaluatie.methods.areas import randomisation as ri

Array = NDArray[np.float64]
Direction = Literal["greater", "less"]
TREATED = "treated"


class AgreedTest(Protocol):
    """What the decision rules need of a test."""

    @property
    def attainable(self) -> float:
        """Smallest p the design can give."""

    def p(self, null: float, alternative: Direction) -> float:
        """Return the doubled one-sided p of "the effect is not beyond ``null``"."""

    def interval(self, alpha: float) -> tuple[float, float]:
        """Return the effects not rejected at ``alpha``."""


@dataclass(frozen=True)
class Randomisation:
    """Randomisation inference by enumeration of every assignment."""

    change: Array
    weights: Array
    assignments: ri.Assignments

    @property
    def attainable(self) -> float:
        """Smallest doubled p: twice one assignment in all."""
        return 2.0 / len(self.assignments.matrix)

    def p(self, null: float, alternative: Direction) -> float:
        """Return twice the share of assignments at least as far beyond ``null`` as observed."""
        data = (self.change, self.weights, self.assignments)
        return min(1.0, 2 * ri.randomisation_test(*data, null, alternative).p_value)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Return the interval by test inversion, alpha / 2 in each tail."""
        data = (self.change, self.weights, self.assignments)
        low, _ = ri.randomisation_interval(*data, 1 - alpha / 2, "greater")
        _, high = ri.randomisation_interval(*data, 1 - alpha / 2, "less")
        return low, high


@dataclass(frozen=True)
class WildBootstrap:
    """Wild cluster bootstrap-t over all sign vectors; every neighbourhood is a cluster."""

    fit: ClusteredFit

    @property
    def attainable(self) -> float:
        """Smallest two-sided p: a sign vector and its mirror image."""
        return float(2.0 ** (1 - self.fit.n_clusters))

    def p(self, null: float, alternative: Direction) -> float:
        """Return the two-sided bootstrap p where the estimate lies beyond ``null``, else 1."""
        estimate = float(self.fit.coefficients[self.fit.position(TREATED)])
        beyond = estimate > null if alternative == "greater" else estimate < null
        return float(wild_bootstrap(self.fit, TREATED, null).p_value) if beyond else 1.0

    def interval(self, alpha: float) -> tuple[float, float]:
        """Return the interval by test inversion."""
        low, high = wild_interval(self.fit, TREATED, 1 - alpha)
        return float(low), float(high)


def collapsed_fit(change: Array, weights: Array, treated: NDArray[np.bool_]) -> ClusteredFit:
    """Return the regression of area changes on the pilot label, one cluster per area.

    Its coefficient is the weighted mean of the pilot areas minus that of the others.
    """
    X = np.column_stack([np.ones(len(change)), treated.astype(float)])
    return fit_clustered(change, X, np.arange(len(change)), ("constant", TREATED), weights)


def agreed_test(
    question: Question, change: Array, weights: Array, assignments: ri.Assignments
) -> AgreedTest:
    """Return the one test the question was agreed with."""
    if question.test == "wild_bootstrap":
        treated = assignments.matrix[assignments.observed]
        return WildBootstrap(collapsed_fit(change, weights, treated))
    return Randomisation(change, weights, assignments)


def claim(question: Question, test: AgreedTest, favourable: int) -> tuple[float, float]:
    """Return the p of the agreed claim and the p of "more harmful than the margin"."""
    margin = question.margin.value if question.margin else 0.0
    better: Direction = "greater" if favourable > 0 else "less"
    worse: Direction = "less" if favourable > 0 else "greater"
    harm_limit, benefit_limit = -favourable * margin, favourable * margin
    harm = test.p(harm_limit, worse)
    if question.type is QuestionType.SUPERIORITY:
        return min(test.p(0.0, better), test.p(0.0, worse)), harm
    if question.type is QuestionType.NON_INFERIORITY:
        return test.p(harm_limit, better), harm
    return max(test.p(harm_limit, better), test.p(benefit_limit, worse)), harm
