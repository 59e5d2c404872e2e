"""Internal consistency of a scale: alpha with Feldt interval, item-rest, lambda 6."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, positive
from evaluatie.methods.sampling.trimming import effective_n

FEWEST = 10
"""Complete rows below which a covariance matrix of items says nothing."""


@dataclass(frozen=True)
class Reliability:
    """How consistently k items measure one thing.

    Attributes
    ----------
    alpha, alpha_standardised : float
        Cronbach's alpha from covariances, and from correlations.
    std_error, ci_low, ci_high : float
        Asymptotic standard error (Duhachek & Iacobucci) and Feldt interval of ``alpha``.
    average_r, lambda6 : float
        Mean correlation between items; Guttman's lambda 6.
    item_rest, alpha_dropped : (k,) array
        Correlation of each item with the sum of the others; alpha without each item (NaN when
        only one item would be left).
    n : int
        Rows used.
    """

    alpha: float
    alpha_standardised: float
    std_error: float
    ci_low: float
    ci_high: float
    average_r: float
    lambda6: float
    item_rest: Floats
    alpha_dropped: Floats
    n: int


def reliability(
    items: ArrayLike,
    weights: ArrayLike | None = None,
    level: float = 0.95,
    *,
    pairwise: bool = False,
) -> Reliability:
    """Estimate the internal consistency of a scale.

    Parameters
    ----------
    items : array_like, shape (n, k)
        Answers in points after reversal, NaN where missing.
    weights : array_like, shape (n,), optional
        Weights of respondents; the interval then uses their effective number (Kish).
    level : float
        Confidence level of the Feldt interval.
    pairwise : bool
        Use all rows with both items of a pair instead of complete rows (``psych::alpha``'s rule).

    Raises
    ------
    RefusedError
        Fewer than two items, fewer than 10 usable rows, an item nobody answered or that does not
        vary.

    Notes
    -----
    ``alpha = k/(k-1) (1 - tr C / 1'C1)``. Feldt: ``(1 - alpha) F``, F quantiles on ``n - 1`` and
    ``(n - 1)(k - 1)`` df. *Assumptions*: one dimension and, for alpha to equal reliability, equal
    loadings (tau-equivalence; see `one_factor` for omega, which does not need that). *Missing
    data*: complete rows; the items of a respondent who skipped one say nothing about consistency
    unless ``pairwise``.

    References
    ----------
    Cronbach (1951); Feldt, Woodruff & Salih (1987); Duhachek & Iacobucci (2004). Agrees with
    ``psych::alpha``; weights as ``stats::cov.wt(method = "unbiased")``.
    """
    answers, weight = usable_items(items, weights, pairwise=pairwise)
    C = _pairwise(answers) if pairwise else item_covariance(answers, weight)
    n, k = answers.shape
    r = correlations(C)
    effective = n if weights is None else effective_n(weight)
    alpha = _alpha(C)
    low, high = _feldt(alpha, effective, k, level)
    return Reliability(
        alpha, _alpha(r), _standard_error(C, effective), low, high,
        float((r.sum() - k) / (k * (k - 1))), _lambda6(r),
        _item_rest(C), _without_each(C), n,
    )  # fmt: skip


def usable_items(
    items: ArrayLike, weights: ArrayLike | None, *, pairwise: bool = False
) -> tuple[Floats, Floats]:
    """Return the rows of ``items`` that can be used, with their weights; see `reliability`."""
    answers = np.asarray(items, dtype=float)
    if answers.ndim != 2 or answers.shape[1] < 2:
        raise RefusedError("consistency needs the answers to at least two items")
    weight = (
        np.ones(len(answers)) if weights is None else positive("weights", weights, len(answers))
    )
    if empty := int(np.isnan(answers).all(axis=0).sum()):
        raise RefusedError(f"{empty} of {answers.shape[1]} items have no answers")
    keep = ~(np.isnan(answers).all(axis=1) if pairwise else np.isnan(answers).any(axis=1))
    if keep.sum() < FEWEST:
        raise RefusedError(
            f"{int(keep.sum())} respondents answered all items", allowed=f"at least {FEWEST}"
        )
    answers = answers[keep]
    spread = np.nanmax(answers, axis=0) - np.nanmin(answers, axis=0)
    if constant := int((spread == 0).sum()):
        raise RefusedError(
            f"{constant} of {answers.shape[1]} items have the same answer throughout"
        )
    return answers, weight[keep]


def item_covariance(answers: Floats, weights: Floats, *, unbiased: bool = True) -> Floats:
    """Return the (k, k) covariance matrix of complete rows, as ``stats::cov.wt``."""
    share = weights / weights.sum()
    centred = answers - share @ answers
    divisor = 1 - (share**2).sum() if unbiased else 1.0
    return np.asarray(centred.T @ (centred * share[:, None]) / divisor)


def correlations(C: Floats) -> Floats:
    """Return the correlation matrix of a covariance matrix."""
    scale = np.sqrt(np.diag(C))
    return np.asarray(C / np.outer(scale, scale))


def _pairwise(answers: Floats) -> Floats:
    known = ~np.isnan(answers)
    filled = np.where(known, answers, 0.0)
    mask = known.astype(float)
    n = mask.T @ mask
    if (n < FEWEST).any():
        raise RefusedError(f"two items share fewer than {FEWEST} respondents")
    sums = filled.T @ mask  # of item i, over rows that also have item j
    return np.asarray((filled.T @ filled - sums * sums.T / n) / (n - 1))


def _alpha(C: Floats) -> float:
    k = len(C)
    return float(k / (k - 1) * (1 - np.trace(C) / C.sum()))


def _feldt(alpha: float, n: float, k: int, level: float) -> tuple[float, float]:
    tail, df = (1 - level) / 2, (n - 1, (n - 1) * (k - 1))
    low, high = (1 - (1 - alpha) * stats.f.ppf(q, *df) for q in (1 - tail, tail))
    return float(low), float(high)


def _standard_error(C: Floats, n: float) -> float:
    k, total, trace = len(C), C.sum(), np.trace(C)
    squared = C @ C
    inner = total * (np.trace(squared) + trace**2) - 2 * trace * squared.sum()
    return float(np.sqrt(2 * k**2 / ((k - 1) ** 2 * total**3) * inner / n))


def _lambda6(r: Floats) -> float:
    """Return 1 minus the share of what each item does not have in common with the others.

    Items that determine each other have no squared multiple correlation: NaN.
    """
    if np.linalg.cond(r) > 1e12:
        return float("nan")
    return float(1 - (1 / np.diag(np.linalg.inv(r))).sum() / r.sum())


def _item_rest(C: Floats) -> Floats:
    variance = np.diag(C)
    with_rest = C.sum(axis=1) - variance
    rest = C.sum() - 2 * C.sum(axis=1) + variance
    return np.asarray(with_rest / np.sqrt(variance * rest))


def _without_each(C: Floats) -> Floats:
    if len(C) < 3:
        return np.full(len(C), np.nan)
    return np.array([_alpha(np.delete(np.delete(C, i, 0), i, 1)) for i in range(len(C))])
