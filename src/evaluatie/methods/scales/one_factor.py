"""One-factor model by maximum likelihood, and omega total from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats
from evaluatie.methods.scales.reliability import correlations, item_covariance, usable_items

ROUNDS = 200
SMALLEST_UNIQUENESS = 1e-6  # of the variance of an item; at or below: a Heywood case


@dataclass(frozen=True)
class OneFactor:
    """A factor behind k items.

    Attributes
    ----------
    loadings, loading_errors, uniquenesses : (k,) array
        On the scale of the items, factor variance 1; standard errors from expected information.
    omega : float
        Omega total of the one-factor model.
    chi2, df, p_value, cfi, tli, rmsea, rmsea_low, rmsea_high, srmr : float
        Fit of the model; ``rmsea`` with its 90% interval. Three items fit exactly: df 0 and NaN.
    n : int
        Rows used.
    """

    loadings: Floats
    loading_errors: Floats
    uniquenesses: Floats
    omega: float
    chi2: float
    df: int
    p_value: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    srmr: float
    n: int


def one_factor(items: ArrayLike) -> OneFactor:
    """Fit one factor to the items and return omega total (one-factor CFA, ML).

    Parameters
    ----------
    items : array_like, shape (n, k)
        Answers in points after reversal, NaN where missing; k at least 3.

    Raises
    ------
    RefusedError
        Fewer than three items or 10 complete rows, items that do not vary or that determine each
        other, or a Heywood case: an item without variance of its own, so no such factor.

    Notes
    -----
    Minimises ``log|Sigma| + tr(S Sigma^-1) - log|S| - k`` with ``Sigma = l l' + diag(psi)`` and S
    the covariance with divisor n, by Fisher scoring on items divided by their standard deviation.
    ``omega = (sum l)^2 / ((sum l)^2 + sum psi)``: *this* omega assumes that one factor holds, hence
    the fit beside it; it is not omega hierarchical, nor psych's omega total from a bifactor
    rotation. ``chi2 = n F``. *Assumptions*: linear in the factor, approximately normal answers; few
    answer categories bias chi2 upwards. *Missing data*: complete rows, no weights.

    References
    ----------
    McDonald (1999), Test Theory; Joreskog (1969), Psychometrika 34:183. Agrees with
    ``lavaan::cfa(std.lv = TRUE)``.
    """
    answers, ones = usable_items(items, None)
    n, k = answers.shape
    if k < 3:
        raise RefusedError("a factor needs at least three items")
    S = item_covariance(answers, ones, unbiased=False)
    scale = np.sqrt(np.diag(S))
    r = correlations(S)
    if np.linalg.eigvalsh(r)[0] < 1e-10:
        raise RefusedError("some items are determined by others: leave those out")
    loading, own = _scoring(r)
    errors = np.sqrt(np.diag(np.linalg.inv(_information(loading, own)))[:k] / n) * scale
    discrepancy = _discrepancy(r, loading, own) - np.linalg.slogdet(r)[1] - k
    total = (loading @ scale) ** 2
    omega = total / (total + own @ scale**2)
    fit = _fit(n * max(float(discrepancy), 0.0), r, np.outer(loading, loading) + np.diag(own), n)
    return OneFactor(loading * scale, errors, own * scale**2, float(omega), *fit, n)


def _scoring(r: Floats) -> tuple[Floats, Floats]:
    k = len(r)
    values, vectors = np.linalg.eigh(r)
    first = vectors[:, -1] * np.sqrt(values[-1] * 0.8)
    theta = np.concatenate([first * np.sign(first.sum()), np.clip(1 - first**2, 0.2, 1)])
    value = _discrepancy(r, theta[:k], theta[k:])
    for _ in range(ROUNDS):
        loading, own = theta[:k], theta[k:]
        inverse = np.linalg.inv(np.outer(loading, loading) + np.diag(own))
        score = inverse - inverse @ r @ inverse
        gradient = np.concatenate([2 * score @ loading, np.diag(score)])
        step = np.asarray(-np.linalg.solve(_information(loading, own), gradient / 2), dtype=float)
        length, new = _shortened(r, theta, step, value)
        theta, value = theta + length * step, new
        if np.abs(length * step).max() < 1e-12:
            break
    else:
        raise RefusedError("no one-factor model was found for these items in 200 rounds")
    if (theta[k:] <= 10 * SMALLEST_UNIQUENESS).any():
        raise RefusedError(
            "an item has no variance of its own beside the factor (Heywood case)",
            remedy="report alpha; look for two items that ask the same.",
        )
    return theta[:k], theta[k:]


def _shortened(r: Floats, theta: Floats, step: Floats, value: float) -> tuple[float, float]:
    """Return how far to go along ``step``, and the discrepancy there: never uphill."""
    k, length = len(r), 1.0
    down = step[k:] < 0
    if down.any():  # at most 0.9 of the way to a uniqueness of zero
        room = theta[k:][down] - SMALLEST_UNIQUENESS
        length = min(1.0, float((0.9 * room / -step[k:][down]).min()))
    while length > 1e-9:
        there = theta + length * step
        new = _discrepancy(r, there[:k], there[k:])
        if new <= value + 1e-13:
            return length, new
        length /= 2
    return 0.0, value


def _discrepancy(r: Floats, loading: Floats, own: Floats) -> float:
    sigma = np.outer(loading, loading) + np.diag(own)
    return float(np.linalg.slogdet(sigma)[1] + np.trace(np.linalg.solve(sigma, r)))


def _information(loading: Floats, own: Floats) -> Floats:
    """Return the expected information of one row about (loadings, uniquenesses), (2k, 2k)."""
    W = np.linalg.inv(np.outer(loading, loading) + np.diag(own))
    v = W @ loading
    across = W * v[None, :]
    within = np.outer(v, v) + W * (loading @ v)
    return np.block([[within, across], [across.T, W**2 / 2]])


Fit = tuple[float, int, float, float, float, float, float, float, float]


def _fit(chi2: float, r: Floats, sigma: Floats, n: int) -> Fit:
    k, nan = len(r), float("nan")
    df, base_df = k * (k - 3) // 2, k * (k - 1) // 2
    lower = np.tril_indices(k)
    srmr = float(np.sqrt(((r - sigma)[lower] ** 2).mean()))
    if df == 0:
        return chi2, 0, nan, nan, nan, nan, nan, nan, srmr
    base = -n * np.linalg.slogdet(r)[1]
    excess, base_excess = max(chi2 - df, 0.0), max(base - base_df, chi2 - df, 0.0)
    cfi = 1 - excess / base_excess if base_excess > 0 else 1.0
    tli = (base / base_df - chi2 / df) / (base / base_df - 1)
    bounds = [np.sqrt(_noncentrality(chi2, df, q) / (df * n)) for q in (0.95, 0.05)]
    rmsea = float(np.sqrt(excess / (df * n)))
    return (chi2, df, float(stats.chi2.sf(chi2, df)), float(cfi), float(tli), rmsea,
            float(bounds[0]), float(bounds[1]), srmr)  # fmt: skip


def _noncentrality(chi2: float, df: int, probability: float) -> float:
    """Return the noncentrality under which chi2 lies at this probability; 0 where none does."""
    if stats.chi2.cdf(chi2, df) <= probability:
        return 0.0

    def gap(value: float) -> float:
        return float(stats.ncx2.cdf(chi2, df, value) - probability)

    top = chi2 + 1.0
    while gap(top) > 0:
        top *= 2
    return float(optimize.brentq(gap, 1e-12, top, xtol=1e-10, rtol=1e-14))
