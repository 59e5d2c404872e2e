"""Doubly robust difference in differences: right if either of two models is right.

One model says who lives in a treated area (propensity), the other how the outcome of comparison
people changes with their characteristics. The two-person-period terms are weighted means; each
carries its own share of the influence function, so that both estimators are a list of terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats, numbers, positive

ROUNDS = 50
SEPARATED = 1e-8
"""A fitted probability of living in a treated area this close to 0 or 1 means separation."""


@dataclass(frozen=True)
class DoublyRobust:
    """The average effect on treated people, with its influence function.

    Attributes
    ----------
    estimate : float
        Effect on the treated, in the unit of the outcome.
    influence : ndarray of float, shape (n,)
        Share of each row in the error of the estimate, times n; mean 0.
    imbalance_before, imbalance_after : float
        Largest standardised difference of a covariate between treated and comparison rows (in
        standard deviations of the treated), without and with the propensity weights.
    effective_comparison : float
        Comparison rows after weighting, (sum w)^2 / sum w^2: few means that the two groups hardly
        overlap.
    """

    estimate: float
    influence: Floats
    imbalance_before: float
    imbalance_after: float
    effective_comparison: float

    @property
    def std_error(self) -> float:
        """Standard error for independent rows; areas need `few_clusters.jackknife_of`."""
        return float(np.sqrt((self.influence**2).sum()) / self.influence.size)


@dataclass(frozen=True)
class _Term:
    """A weighted mean ``sum w v / sum w`` that enters the estimate with a sign.

    ``slopes`` says how v depends on the outcome regressions: cell -> -1, 0 or +1 (times x).
    ``odds``: w depends on the propensity.
    """

    sign: int
    weights: Floats
    values: Floats
    slopes: Mapping[str, int] = field(default_factory=dict)
    odds: bool = False


def doubly_robust_panel(
    change: ArrayLike, treated: ArrayLike, covariates: ArrayLike, weights: ArrayLike | None = None
) -> DoublyRobust:
    """Estimate the effect from the change of each unit between two periods.

    Parameters
    ----------
    change : array_like, shape (n,)
        Outcome after minus outcome before, of the same person or area.
    treated : array_like of bool, shape (n,)
        Arm of each unit.
    covariates : array_like, shape (n, k)
        Characteristics before the start, without a constant (it is added); k may be 0.
    weights : array_like, shape (n,), optional
        Weights of the units; scaled to mean 1.

    Raises
    ------
    RefusedError
        An arm with fewer rows than covariates, covariates that cannot be told apart or that
        separate the arms, missing values.

    Notes
    -----
    ``E_w1[dy - m(x)] - E_w0[dy - m(x)]``; m the (weighted) regression of the change on x among
    comparison units, ``w1 = w D``, ``w0 = w (1 - D) p(x)/(1 - p(x))``, p a logistic regression.
    Right if m or p is right (conditional parallel trends, overlap, no anticipation). No trimming:
    where groups do not overlap the effective number of comparison rows shows it. Missing values
    are refused.

    References
    ----------
    Sant'Anna & Zhao (2020), J. Econometrics 219:101, eq. 3.1; agrees with ``DRDID::drdid_panel``.
    """
    outcome, arm, x, w = _checked(change, treated, covariates, weights)
    odds, score = _propensity(x, arm, w)
    slope, influence = _regression(x, outcome, w * ~arm, "comparison")
    left = outcome - x @ slope
    terms = (
        _Term(1, w * arm, left, {"comparison": -1}),
        _Term(-1, w * odds * ~arm, left, {"comparison": -1}, odds=True),
    )
    return _combined(terms, {"comparison": influence}, score, x, arm, w, odds)


def doubly_robust_sections(
    y: ArrayLike,
    treated: ArrayLike,
    post: ArrayLike,
    covariates: ArrayLike,
    weights: ArrayLike | None = None,
) -> DoublyRobust:
    """Estimate the effect from two cross-sections of (partly) different people.

    Parameters
    ----------
    y : array_like, shape (n,)
        Outcome.
    treated, post : array_like of bool, shape (n,)
        Arm of each row, and whether it lies after the start.
    covariates, weights
        As in `doubly_robust_panel`; covariates may not be affected by the treatment.

    Raises
    ------
    RefusedError
        As `doubly_robust_panel`, for each of the four cells of arm x period.

    Notes
    -----
    With outcome regressions m_dt of the four cells and ``w1t``, ``w0t`` the weights of
    `doubly_robust_panel` within period t:
    ``[E_w11 - E_w10 of y - m_0t] - [E_w01 - E_w00 of y - m_0t]
    + (E_w1 - E_w11)[m_11 - m_01] - (E_w1 - E_w10)[m_10 - m_00]``: locally efficient. Assumes,
    beside conditional parallel trends, that within an arm the same kind of people are in both
    cross-sections (stationarity). People who answered twice are two rows: cluster the influence by
    area. Missing values are refused.

    References
    ----------
    Sant'Anna & Zhao (2020), eq. 3.4; agrees with ``DRDID::drdid_rc``, whose standard error
    adds the pre-period regressions with the wrong sign; ours is the derivative of the estimate.
    """
    outcome, arm, x, w = _checked(y, treated, covariates, weights)
    after = np.asarray(post, dtype=bool)
    if after.shape != outcome.shape:
        raise RefusedError(f"the periods have {after.size} entries", allowed=str(outcome.size))
    odds, score = _propensity(x, arm, w)
    cells = {
        "comparison_after": (~arm & after, "comparison people after the start"),
        "comparison_before": (~arm & ~after, "comparison people before the start"),
        "treated_after": (arm & after, "treated people after the start"),
        "treated_before": (arm & ~after, "treated people before the start"),
    }
    fits = {c: _regression(x, outcome, w * rows, what) for c, (rows, what) in cells.items()}
    fitted = {cell: x @ slope for cell, (slope, _) in fits.items()}
    terms: list[_Term] = []
    for now, sign in (("after", 1), ("before", -1)):
        one, other = f"treated_{now}", f"comparison_{now}"
        mine, theirs = w * cells[one][0], w * odds * cells[other][0]
        left, gap = outcome - fitted[other], fitted[one] - fitted[other]
        terms += [
            _Term(sign, mine, left, {other: -1}),
            _Term(-sign, theirs, left, {other: -1}, odds=True),
            _Term(sign, w * arm, gap, {one: 1, other: -1}),
            _Term(-sign, mine, gap, {one: 1, other: -1}),
        ]
    influences = {cell: influence for cell, (_, influence) in fits.items()}
    return _combined(terms, influences, score, x, arm, w, odds)


def _combined(
    terms: Sequence[_Term],
    cells: Mapping[str, Floats],
    score: Floats,
    x: Floats,
    arm: Booleans,
    w: Floats,
    odds: Floats,
) -> DoublyRobust:
    """Add the terms, and their influence: own, through the regressions, through the odds."""
    estimate, influence = 0.0, np.zeros(len(x))
    through = {cell: np.zeros(x.shape[1]) for cell in cells}
    through_odds = np.zeros(x.shape[1])
    for term in terms:
        share = term.sign * term.weights / term.weights.mean()
        mean = float(share @ term.values) / len(x) * term.sign
        estimate += term.sign * mean
        influence += share * (term.values - mean)
        for cell, slope in term.slopes.items():
            through[cell] += slope * (share @ x) / len(x)
        if term.odds:
            through_odds += (share * (term.values - mean)) @ x / len(x)
    influence += score @ through_odds
    for cell, representation in cells.items():
        influence += representation @ through[cell]
    weighted = w * odds * ~arm
    return DoublyRobust(
        estimate,
        influence,
        _imbalance(x[:, 1:], w * arm, w * ~arm),
        _imbalance(x[:, 1:], w * arm, weighted),
        float(weighted.sum() ** 2 / (weighted**2).sum()),
    )


def _imbalance(x: Floats, treated: Floats, comparison: Floats) -> float:
    """Return the largest difference in means, in standard deviations of the treated."""
    mean, other = treated @ x / treated.sum(), comparison @ x / comparison.sum()
    spread = np.sqrt(np.maximum(treated @ (x - mean) ** 2 / treated.sum(), 0.0))
    gap = np.abs(mean - other)
    gap = np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0)
    return float(gap.max(initial=0.0))


def _checked(
    y: ArrayLike, treated: ArrayLike, covariates: ArrayLike, weights: ArrayLike | None
) -> tuple[Floats, Booleans, Floats, Floats]:
    outcome = numbers("the outcome", y)
    n = outcome.size
    arm = np.asarray(treated, dtype=bool)
    if arm.shape != (n,):
        raise RefusedError(f"the arms have {arm.size} entries", allowed=f"{n} entries")
    if arm.all() or not arm.any():
        raise RefusedError("an effect needs treated and comparison people; one of the two is empty")
    table = np.asarray(covariates, dtype=float).reshape(n, -1)
    if table.size:
        numbers("the covariates", table.ravel())
    w = np.ones(n) if weights is None else positive("weights", weights, n)
    x = np.column_stack([np.ones(n), table])
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise RefusedError(
            "the covariates cannot be told apart",
            remedy="leave out one level of each characteristic, and what is the same for everyone.",
        )
    return outcome, arm, x, w / w.mean()


def _regression(x: Floats, y: Floats, w: Floats, what: str) -> tuple[Floats, Floats]:
    """Return weighted least-squares coefficients, and their linear representation, shape (n, k)."""
    rows = w > 0
    root = np.sqrt(w[rows])[:, None]
    if rows.sum() <= x.shape[1] or np.linalg.matrix_rank(x[rows] * root) < x.shape[1]:
        raise RefusedError(
            f"{int(rows.sum())} {what} do not tell {x.shape[1] - 1} covariates apart",
            remedy="use fewer covariates, or merge their levels.",
        )
    inverse = np.linalg.inv((x * w[:, None]).T @ x / len(x))
    slope = inverse @ (x.T @ (w * y)) / len(x)
    return slope, ((w * (y - x @ slope))[:, None] * x) @ inverse


def _propensity(x: Floats, arm: Booleans, w: Floats) -> tuple[Floats, Floats]:
    """Return the odds of being treated, and the linear representation of the logit, shape (n, k).

    Newton's method on the weighted logistic likelihood, to machine precision.
    """
    slope, p = np.zeros(x.shape[1]), np.full(len(x), 0.5)
    for _ in range(ROUNDS):
        information = (x * (w * p * (1 - p))[:, None]).T @ x
        step = np.linalg.lstsq(information, x.T @ (w * (arm - p)), rcond=None)[0]
        slope = slope + step
        p = 1 / (1 + np.exp(-np.clip(x @ slope, -40, 40)))
        if min(p.min(), 1 - p.max()) < SEPARATED:
            break
        if np.abs(step).max() <= 1e-12 * max(1.0, float(np.abs(slope).max())):
            inverse = np.linalg.inv((x * (w * p * (1 - p))[:, None]).T @ x / len(x))
            return p / (1 - p), ((w * (arm - p))[:, None] * x) @ inverse
    raise RefusedError(
        "the covariates separate treated from comparison people: there is nobody alike to compare",
        remedy="leave out the characteristic that only one of the two groups has.",
    )
