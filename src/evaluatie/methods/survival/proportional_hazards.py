"""Whether hazard ratios stay the same over time: the score test of Grambsch and Therneau."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from evaluatie.methods.inputs import Floats
from evaluatie.methods.survival.cox import CoxFit
from evaluatie.methods.survival.cox_sums import steps
from evaluatie.methods.survival.kaplan_meier import kaplan_meier

Clock = Literal["km", "rank", "identity"]


@dataclass(frozen=True)
class ProportionalityTest:
    """Score tests of a trend of each log hazard ratio over time.

    Attributes
    ----------
    names : tuple of str, length p + 1
        Terms, and ``GLOBAL``.
    chi_square, p_value : ndarray of float, shape (p + 1,)
        On 1 degree of freedom each, p for the last.
    """

    names: tuple[str, ...]
    chi_square: Floats
    p_value: Floats


def proportional_hazards(fit: CoxFit, clock: Clock = "km") -> ProportionalityTest:
    """Test each term, and all together, for a hazard ratio that changes over time.

    Parameters
    ----------
    fit : CoxFit
    clock : {"km", "rank", "identity"}
        On which scale of time a trend is looked for: 1 - S(t-), rank among all end times (censored
        ones too), time itself.

    Returns
    -------
    ProportionalityTest

    Notes
    -----
    The model with ``b_j + c_j (g(t) - mean g)`` has, at c = 0, score U (zero for b) and information
    I; ``chi2_j = U_j' [I restricted to b and c_j]^-1 U_j``. The exact score test, not the
    approximation by scaled residuals of older versions. Model-based: with clusters it is too large.

    References
    ----------
    Grambsch & Therneau (1994), Biometrika 81:515. ``survival::cox.zph`` (from 3.0).
    """
    p = len(fit.names)
    X, b = fit.X - fit.centre, fit.coefficients
    clocks = [_clock(fit, part.times[part.time], clock) for part in fit.strata]
    mean = float(np.concatenate(clocks).mean())
    score, information = np.zeros(2 * p), np.zeros((2 * p, 2 * p))
    for part, times in zip(fit.strata, clocks, strict=True):
        g = times - mean
        x, w = X[part.rows], fit.data.weight[part.rows]
        now = steps(part, x, w * np.exp(x @ b))
        gap = w[part.dead, None] * x[part.dead] - part.mean_weight[:, None] * now.mean
        score[p:] += g @ gap
        for power, rows, columns in ((0, 0, 0), (1, 0, p), (1, p, 0), (2, p, p)):
            block = np.tensordot(part.mean_weight * g**power, now.spread, axes=1)
            information[rows : rows + p, columns : columns + p] += block
    chosen = [np.r_[np.arange(p), p + j] for j in range(p)] + [np.arange(2 * p)]
    chi_square = np.array(
        [score[k] @ np.linalg.solve(information[np.ix_(k, k)], score[k]) for k in chosen]
    )
    p_value = stats.chi2.sf(chi_square, np.r_[np.ones(p), p])
    return ProportionalityTest((*fit.names, "GLOBAL"), chi_square, np.asarray(p_value))


def _clock(fit: CoxFit, times: Floats, clock: Clock) -> Floats:
    if clock == "identity":
        return times
    if clock == "rank":
        every = np.sort(fit.data.stop)
        low, high = (np.searchsorted(every, times, side=side) for side in ("left", "right"))
        return np.asarray((low + 1 + high) / 2, dtype=float)
    curve = kaplan_meier(fit.data)
    before = np.searchsorted(curve.times, times, side="left")
    return np.asarray(1 - np.concatenate([[1.0], curve.survival])[before])
