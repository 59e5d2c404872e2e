"""One answer from many completed data sets: Rubin's rules, and the D1 test of several terms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats


@dataclass(frozen=True)
class Pooled:
    """k estimates pooled over m completed data sets; every array has shape (k,).

    Attributes
    ----------
    estimate, std_error, df, p_value : ndarray of float
        Two-sided t test against 0; a term without any variance has p NaN.
    within, between, total : ndarray of float
        Mean variance within completed sets, variance between them, and ``W + (1 + 1/m) B``.
    riv, lam, fmi : ndarray of float
        Relative increase in variance, share of the variance due to missing data, and fraction of
        missing information.
    imputations : int
        m.
    """

    estimate: Floats
    std_error: Floats
    df: Floats
    p_value: Floats
    within: Floats
    between: Floats
    total: Floats
    riv: Floats
    lam: Floats
    fmi: Floats
    imputations: int

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the bounds of the t interval, each of shape (k,)."""
        half = stats.t.ppf((1 + level) / 2, self.df) * self.std_error
        return np.asarray(self.estimate - half), np.asarray(self.estimate + half)


@dataclass(frozen=True)
class PooledWald:
    """A joint test of k terms over m completed data sets.

    Attributes
    ----------
    statistic, df1, df2, p_value : float
        F with its degrees of freedom.
    riv : float
        Mean relative increase in variance of the k terms.
    """

    statistic: float
    df1: int
    df2: float
    p_value: float
    riv: float


def pool(estimates: ArrayLike, variances: ArrayLike, complete_df: ArrayLike = np.inf) -> Pooled:
    """Pool estimates by Rubin's rules, with the degrees of freedom of Barnard and Rubin.

    Parameters
    ----------
    estimates, variances : array_like, shape (m,) or (m, k)
        Estimates and their squared standard errors in each completed set.
    complete_df : float or array_like, shape (k,)
        Degrees of freedom had the data been complete; infinite for a normal reference.

    Returns
    -------
    Pooled

    Raises
    ------
    RefusedError
        Fewer than two completed sets, missing or infinite estimates, a negative variance, or
        complete degrees of freedom that are not above zero.

    Notes
    -----
    ``T = W + (1 + 1/m) B``; ``lambda = (1 + 1/m) B / T``; ``v_old = (m-1)/lambda^2``; with v the
    complete df, ``v_obs = (v+1)/(v+3) v (1-lambda)``; ``df = v_old v_obs / (v_old + v_obs)``;
    ``fmi = (riv + 2/(df+3)) / (1 + riv)``. As mice, lambda counts as at least 1e-4 in v_old.
    *Assumptions*: proper imputations, estimates about normal. *Missing-data rule*: none here; what
    was missing is in B.

    References
    ----------
    Barnard & Rubin (1999), Biometrika 86:948; agrees with ``mice::pool`` (rule "rubin1987").
    """
    Q, U = _sets(estimates), _sets(variances)
    if Q.shape != U.shape:
        raise RefusedError("pooling needs one variance per estimate")
    if (U < 0).any():
        raise RefusedError(f"{int((U < 0).sum())} variances are negative")
    v = np.broadcast_to(np.asarray(complete_df, dtype=float), Q.shape[1:])
    if not (v > 0).all():
        raise RefusedError("the degrees of freedom of complete data must be above zero")
    m = len(Q)
    mean, within, between = Q.mean(axis=0), U.mean(axis=0), Q.var(axis=0, ddof=1)
    extra = (1 + 1 / m) * between
    total = within + extra
    lam = np.divide(extra, total, out=np.zeros_like(total), where=total > 0)
    riv = np.divide(extra, within, out=np.where(extra > 0, np.inf, 0.0), where=within > 0)
    df = barnard_rubin_df(lam, v, m)
    # riv / (1 + riv) is lambda, also where riv is infinite
    fmi = lam + (1 - lam) * 2 / (df + 3)
    error = np.sqrt(total)
    t = np.divide(mean, error, out=np.full_like(mean, np.nan), where=error > 0)
    p = np.asarray(2 * stats.t.sf(np.abs(t), df))
    return Pooled(mean, error, df, p, within, between, total, riv, lam, fmi, m)


def barnard_rubin_df(lam: Floats, complete_df: Floats, imputations: int) -> Floats:
    """Return the degrees of freedom of a pooled estimate; see `pool`."""
    old = (imputations - 1) / np.maximum(lam, 1e-4) ** 2
    finite = np.where(np.isfinite(complete_df), complete_df, 1.0)
    observed = (finite + 1) / (finite + 3) * finite * (1 - lam)
    return np.where(np.isfinite(complete_df), old * observed / (old + observed), old)


def pool_wald(
    estimates: ArrayLike,
    covariances: ArrayLike,
    complete_df: float = np.inf,
    null: ArrayLike | None = None,
) -> PooledWald:
    """Test k terms together by D1, with the small-sample degrees of freedom of Reiter.

    Parameters
    ----------
    estimates : array_like, shape (m, k)
    covariances : array_like, shape (m, k, k)
        Covariance matrix of the terms in each completed set.
    complete_df : float
        Degrees of freedom had the data been complete; infinite: Li, Raghunathan & Rubin (1991).
    null : array_like, shape (k,), optional
        Tested values; zeros.

    Returns
    -------
    PooledWald

    Raises
    ------
    RefusedError
        Fewer than two sets, missing entries, a covariance matrix that is singular, or so few sets
        or degrees of freedom that the reference distribution does not exist.

    Notes
    -----
    ``r = (1 + 1/m) tr(B W^-1)/k``; ``F = (q - q0)' W^-1 (q - q0) / (k (1 + r))``. *Assumption*: the
    fraction of missing information is about the same for all k terms. *Missing-data rule*: as
    `pool`.

    References
    ----------
    Li, Raghunathan & Rubin (1991), JASA 86:1065; Reiter (2007), Biometrika 94:502, equation 1-2;
    agrees with ``mice::D1`` and ``mitml::testModels``.
    """
    Q = _sets(estimates)
    U = np.asarray(covariances, dtype=float)
    m, k = Q.shape
    if U.shape != (m, k, k) or not np.isfinite(U).all():
        raise RefusedError(f"the test needs {m} finite covariance matrices of {k} by {k}")
    within = U.mean(axis=0)
    if np.linalg.matrix_rank(within) < k:
        raise RefusedError("the covariance matrix of the tested terms is singular")
    between = np.atleast_2d(np.cov(Q, rowvar=False))
    r = (1 + 1 / m) * float(np.trace(np.linalg.solve(within, between))) / k
    distance = Q.mean(axis=0) - (np.zeros(k) if null is None else np.asarray(null, dtype=float))
    F = float(distance @ np.linalg.solve(within, distance)) / (k * (1 + r))
    df2 = _reference_df(r, k * (m - 1), k, complete_df)
    return PooledWald(F, k, df2, float(stats.f.sf(F, k, df2)), r)


def _reference_df(r: float, t: int, k: int, complete_df: float) -> float:
    """Return the denominator df of D1; ``t`` is k (m - 1)."""
    if r <= 0:
        return float(complete_df)
    if not np.isfinite(complete_df):
        if t > 4:
            return 4 + (t - 4) * (1 + (1 - 2 / t) / r) ** 2
        return t * (1 + 1 / k) * (1 + 1 / r) ** 2 / 2
    a = r * t / (t - 2) if t > 2 else np.nan
    v = (complete_df + 1) / (complete_df + 3) * complete_df
    c0, c1, c2 = 1 / (t - 4) if t > 4 else np.nan, v - 2 * (1 + a), v - 4 * (1 + a)
    if not (np.isfinite(a) and np.isfinite(c0) and c2 > 0):
        raise RefusedError(
            f"{t // k + 1} completed sets with {complete_df:g} degrees of freedom leave no "
            f"reference for a joint test of {k} terms",
            remedy="make more imputations, or test fewer terms.",
        )
    z = (
        1 / c2
        + c0 * a**2 * c1 / ((1 + a) ** 2 * c2)
        + c0 * (8 * a**2 * c1 / ((1 + a) * c2**2) + 4 * a**2 / ((1 + a) * c2))
        + c0 * (4 * a**2 / (c2 * c1) + 16 * a**2 * c1 / c2**3)
        + c0 * 8 * a**2 / c2**2
    )
    return float(4 + 1 / z)


def _sets(values: ArrayLike) -> Floats:
    table = np.asarray(values, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or len(table) < 2:
        raise RefusedError("pooling needs a row per completed set", allowed="at least two sets")
    if bad := int((~np.isfinite(table)).sum()):
        raise RefusedError(
            f"{bad} entries over {len(table)} completed sets are missing or infinite"
        )
    return table
