"""Pilot against comparison: the agreed contrast of a question, tested as agreed.

The neighbourhood is the unit of inference: one change since the baseline per area, compared over
all assignments that the design could have made (randomisation inference by enumeration). The
areas were chosen, not drawn by lot; the p value therefore reads "if the pilot label had fallen on
other areas of this set", and reports say so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.agreement import Question
from evaluatie.domain import Side, Weighting
from evaluatie.evaluation.agreed_tests import agreed_test, claim
from evaluatie.evaluation.verdicts import Evidence
from evaluatie.methods.areas import randomisation as ri
from evaluatie.methods.claims import multiplicity
from evaluatie.study import Study

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Contrast:
    """One question at one wave.

    Attributes
    ----------
    question, wave : str
    estimate, low, high : float
        Pilot minus comparison change, with the equal-tailed interval by test inversion.
    p_value, p_adjusted, p_attainable, p_harm : float
        NaN where the question carries no verdict at this wave.
    statistics : (A,) array
        Difference under every assignment, the observed one included.
    n : float
        People behind both levels.
    reason : str
        Why there is no estimate; empty where there is one.
    p_floor : float
        Smallest p of the agreed test by design, whatever the data.
    downgraded : str
        Why there is no verdict at this wave, decided before the data; empty where there is one.
    """

    question: str
    wave: str
    estimate: float
    low: float
    high: float
    p_value: float
    p_adjusted: float
    p_attainable: float
    p_harm: float
    statistics: Array
    observed: int
    n: float
    n_clusters: int
    residents: float
    reason: str = ""
    p_floor: float = float("nan")
    downgraded: str = ""

    def evidence(
        self, question: Question, alpha: float, favourable: int, *, primary: bool
    ) -> Evidence:
        """Return what the decision rules may look at."""
        margin = question.margin.value if question.margin else float("nan")
        return Evidence(
            self.estimate,
            self.low,
            self.high,
            self.p_adjusted,
            self.p_attainable,
            self.p_harm,
            margin,
            alpha,
            favourable,
            p_own=self.p_value,
            primary=primary,
            p_floor=self.p_floor,
            downgraded=self.downgraded,
        )


def assignments_of(study: Study, areas: Sequence[str]) -> ri.Assignments:
    """Return every assignment of pilot labels that the study's design allows over ``areas``."""
    chosen = [study.area(code) for code in areas]
    treated = np.array([area.side is Side.PILOT for area in chosen])
    if study.design.assignment == "pairs":
        pairs = np.unique([str(area.pair) for area in chosen], return_inverse=True)[1]
        return ri.paired_assignments(treated, pairs)
    return ri.complete_assignments(treated)


def not_estimable(question: Question, wave: str, reason: str, downgraded: str = "") -> Contrast:
    """Return the contrast of a question that these data cannot answer at this wave."""
    nan = float("nan")
    return Contrast(
        question.id, wave, nan, nan, nan, nan, nan, nan, nan, np.empty(0), 0, nan, 0, nan,
        reason, downgraded=downgraded,
    )  # fmt: skip


def contrast(
    study: Study,
    question: Question,
    wave: str,
    changes: pd.DataFrame,
    favourable: int,
    downgraded: str = "",
) -> Contrast:
    """Estimate and test one question at one wave.

    Parameters
    ----------
    changes : pandas.DataFrame
        One row per area: ``area``, ``change`` (level at the wave minus level at the baseline),
        ``residents``, ``n``.
    favourable : int
        +1 where a higher value is better, -1 where a lower one is.
    downgraded : str
        Why the question gets no verdict: estimate and interval, no p.
    """
    if (gone := changes["change"].isna()).any():
        return not_estimable(question, wave, f"no_change_in_areas:{int(gone.sum())}")
    change = changes["change"].to_numpy(float)
    residents = changes["residents"].to_numpy(float)
    weights = residents if question.weighting is Weighting.RESIDENT else np.ones(len(change))
    assignments = assignments_of(study, changes["area"].tolist())
    statistics = ri.difference(change, weights, assignments)
    treated = assignments.matrix[assignments.observed]
    test = agreed_test(question, change, weights, assignments)
    low, high = test.interval(study.design.alpha)
    p, harm, attainable = (float("nan"),) * 3
    if wave == question.verdict_wave and not downgraded:
        p, harm = claim(question, test, favourable)
        attainable = test.attainable
    return Contrast(
        question.id,
        wave,
        float(statistics[assignments.observed]),
        low,
        high,
        p,
        p,
        attainable,
        harm,
        statistics,
        assignments.observed,
        float(changes["n"].sum()),
        len(change),
        float(residents[treated].sum()),
        p_floor=attainable,
        downgraded=downgraded,
    )


def adjust(
    contrasts: Mapping[str, Contrast],
    order: Sequence[str],
    secondary: Sequence[str],
    unfavourable: Collection[str] = (),
) -> dict[str, tuple[float, float]]:
    """Return question -> (adjusted p, smallest attainable p after adjustment).

    Primary questions are tested in a fixed sequence, which goes on only after a favourable claim:
    a question without an estimate, or one of ``unfavourable`` (superiority questions whose estimate
    points the wrong way), gives every later one p = 1 (Maurer, Hothorn & Lehmacher 1995).
    Secondary superiority questions form a family of their own: step-down max-T over the same
    assignments (Westfall & Young 1993). A downgraded question takes part in neither.

    The smallest attainable p is what the question could have shown beside the others: in the
    sequence the largest floor so far; in the family the smallest adjusted p that any of the
    assignments would have given with these data, had it been the observed one.
    """
    adjusted: dict[str, tuple[float, float]] = {}
    primary = [q for q in order if q in contrasts and not contrasts[q].downgraded]
    own = np.array([contrasts[q].p_value for q in primary])
    gates = np.where([q in unfavourable for q in primary], 1.0, own)
    for place, name in enumerate(primary):
        steps = multiplicity.fixed_sequence(np.append(gates[:place], own[place]))
        before = [contrasts[q].p_attainable for q in primary[:place]]
        known = [p for p in before if np.isfinite(p)]  # one without an estimate has no floor
        adjusted[name] = (float(steps[-1]), max([*known, contrasts[name].p_attainable]))
    family = [q for q in secondary if q in contrasts and np.isfinite(contrasts[q].p_value)]
    if family:
        table = np.array([np.abs(contrasts[q].statistics) for q in family])
        found = multiplicity.stepdown_max_t(table, contrasts[family[0]].observed)
        for name, p, floor in zip(family, *found, strict=True):
            alone = contrasts[name]
            adjusted[name] = max(float(p), alone.p_value), max(float(floor), alone.p_attainable)
    return adjusted
