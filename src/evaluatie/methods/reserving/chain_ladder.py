"""Chain ladder: what incomplete amounts grow to, with Mack's distribution-free standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, Integers, numbers

_FEWEST_ROWS = 3


@dataclass(frozen=True)
class Development:
    """How cumulative amounts grow from one delay to the next; J steps.

    Attributes
    ----------
    factor : ndarray of float, shape (J,)
        Growth from delay j to delay j + 1.
    variance : ndarray of float, shape (J,)
        Mack's sigma squared: variance of the growth per unit of amount.
    volume : ndarray of float, shape (J,)
        Amount at delay j of the rows that a factor was estimated from.
    rows : ndarray of int, shape (J,)
        Number of those rows.
    """

    factor: Floats
    variance: Floats
    volume: Floats
    rows: Integers

    @property
    def std_error(self) -> Floats:
        """Standard error of each factor, shape (J,): root of variance / volume."""
        return np.asarray(np.sqrt(self.variance / self.volume))

    def to_ultimate(self, delay: int) -> float:
        """Return the factor from an amount at ``delay`` to the one that it grows to."""
        return float(self.factor[delay:].prod())


@dataclass(frozen=True)
class Completed:
    """Incomplete amounts with what they are expected to grow to; n amounts.

    Attributes
    ----------
    ultimate, std_error : ndarray of float, shape (n,)
        Expected final amount and the root of its mean square error of prediction.
    total, total_std_error : float
        The same of their sum; errors in common factors make its terms correlated.
    """

    ultimate: Floats
    std_error: Floats
    total: float
    total_std_error: float


def chain_ladder(triangle: ArrayLike) -> Development:
    """Estimate the development factors of a run-off triangle.

    Parameters
    ----------
    triangle : array_like, shape (n, J + 1)
        Cumulative amounts: row = period of origin (earliest first), column = delay; NaN where the
        delay has not passed yet. A row is observed up to some delay and unknown after it.

    Raises
    ------
    RefusedError
        Fewer than three rows, holes, no amount above zero in some row, or a delay that no row has
        passed.

    Notes
    -----
    ``f_j = sum_i C(i, j + 1) / sum_i C(i, j)`` over the rows that reached delay j + 1;
    ``sigma2_j = sum_i C(i, j) (C(i, j + 1) / C(i, j) - f_j)^2 / (m_j - 1)``. With one row it is
    extrapolated: ``min(sigma2_{j-1}^2 / sigma2_{j-2}, sigma2_{j-2}, sigma2_{j-1})``.

    ASSUMPTIONS: growth does not depend on what came in before (only on the amount so far), rows
    are independent, and nothing comes in after the last column. A new way of declaring breaks the
    first. MISSING-DATA RULE: NaN is "not yet observed", nothing else.

    References
    ----------
    Mack (1993), Distribution-free calculation of the standard error of chain ladder reserve
    estimates, ASTIN Bulletin 23, 213-225, https://doi.org/10.2143/AST.23.2.2005092; as
    ``ChainLadder::MackChainLadder(est.sigma = "Mack")``.
    """
    amounts = _checked(triangle)
    J = amounts.shape[1] - 1
    factor, variance, volume = np.ones(J), np.full(J, np.nan), np.zeros(J)
    rows = np.zeros(J, dtype=np.int64)
    for j in range(J):
        there = ~np.isnan(amounts[:, j + 1])
        before, after = amounts[there, j], amounts[there, j + 1]
        rows[j], volume[j] = there.sum(), before.sum()
        factor[j] = after.sum() / volume[j]
        if rows[j] > 1:
            variance[j] = (before * (after / before - factor[j]) ** 2).sum() / (rows[j] - 1)
        else:
            variance[j] = _extrapolated(variance[:j])
    return Development(factor, variance, volume, rows)


def complete_amounts(development: Development, amounts: ArrayLike, delays: ArrayLike) -> Completed:
    """Complete amounts that are known up to a delay.

    Parameters
    ----------
    development : Development
        Factors and variances.
    amounts : array_like, shape (n,)
        Cumulative amounts so far; rows of the triangle, or independent parts of rows (one area of
        them), since the variance of growth is proportional to the amount.
    delays : array_like of int, shape (n,)
        Delay up to which each is known, 0..J.

    Raises
    ------
    RefusedError
        Missing amounts, or a delay outside the triangle.

    Notes
    -----
    With U the completed amount and S_k the volume behind factor k,
    ``mse(U_i) = U_i^2 sum_{k >= d_i} sigma2_k / f_k^2 (1 / C_ik + 1 / S_k)`` and
    ``mse(sum) = sum mse(U_i) + 2 sum_{i<l} U_i U_l sum_{k >= max(d_i, d_l)} sigma2_k/(f_k^2 S_k)``
    (Mack 1993, theorem 3 and its corollary). An amount of 0 stays 0, without error.
    """
    known = numbers("amounts", amounts)
    J = len(development.factor)
    delay = np.asarray(delays, dtype=np.int64)
    if delay.shape != known.shape or (delay < 0).any() or (delay > J).any():
        raise RefusedError(
            "delays must be whole numbers, one per amount", allowed=f"0 to {J}, the last delay"
        )
    steps = np.arange(J)
    ahead = steps >= delay[:, None]
    # amount reached before each step that is still ahead
    grown = known[:, None] * np.cumprod(np.where(ahead, development.factor, 1.0), axis=1)
    ultimate = grown[:, -1] if J else known
    reached = np.where(ahead, grown / development.factor, np.inf)
    reached = np.where(reached == 0, np.inf, reached)
    relative = development.variance / development.factor**2
    own = (relative / np.abs(reached)).sum(axis=1)
    shared = (relative / development.volume * ahead) @ ahead.T  # steps that both have ahead
    error = ultimate**2 * own
    total_error = error.sum() + ultimate @ shared @ ultimate
    return Completed(
        ultimate=np.asarray(ultimate),
        std_error=np.sqrt(error + ultimate**2 * np.diag(shared)),
        total=float(ultimate.sum()),
        total_std_error=float(np.sqrt(total_error)),
    )


def lognormal_interval(estimate: float, std_error: float, level: float) -> tuple[float, float]:
    """Return an interval for a completed amount, which cannot change sign.

    Notes
    -----
    The lognormal distribution with this mean and standard deviation, as Mack (1993, section 5)
    proposes: ``s^2 = log(1 + (se / estimate)^2)``, bounds ``estimate exp(-s^2 / 2 -+ z s)``.
    """
    if estimate == 0 or std_error == 0:
        return estimate, estimate
    spread = float(np.sqrt(np.log1p((std_error / estimate) ** 2)))
    half = float(special.ndtri(0.5 + level / 2)) * spread
    low, high = (estimate * float(np.exp(-(spread**2) / 2 + side * half)) for side in (-1, 1))
    return min(low, high), max(low, high)


def _checked(triangle: ArrayLike) -> Floats:
    amounts = np.asarray(triangle, dtype=float)
    if amounts.ndim != 2 or len(amounts) < _FEWEST_ROWS or amounts.shape[1] < 2:
        raise RefusedError(
            "the run-off triangle is too small",
            allowed=f"at least {_FEWEST_ROWS} periods of origin and 2 delays",
        )
    known = ~np.isnan(amounts)
    if (known[:, 1:] & ~known[:, :-1]).any():
        raise RefusedError("the run-off triangle has holes: an amount after an unknown one")
    if not known[:, -1].any():
        raise RefusedError("no period of origin has reached the last delay of the triangle")
    if bad := int((amounts[known] <= 0).sum()):
        raise RefusedError(
            f"{bad} of {int(known.sum())} cumulative amounts are zero or negative",
            allowed="amounts above zero from the first delay on",
            remedy="use longer periods or fewer groups, or cut the incomplete periods off.",
        )
    return amounts


def _extrapolated(variance: Floats) -> float:
    if len(variance) < 2 or variance[-2] == 0:
        return float(variance[-1]) if len(variance) else 0.0
    last, before = float(variance[-1]), float(variance[-2])
    return min(last**2 / before, before, last)
