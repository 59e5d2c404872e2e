"""Funnel plot: between which limits a unit of a given size lies when it is like the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, numbers, positive

Curve = Callable[[Any], Any]
WINSORISED = 0.1
"""Share of the z scores at either end that is pulled in before overdispersion is estimated."""
FEWEST_UNITS = 3


@dataclass(frozen=True)
class Overdispersion:
    """How much more units differ than chance alone makes them differ.

    Attributes
    ----------
    phi : float
        Mean squared z score after winsorising: 1 where only chance is at work.
    tau2 : float
        Variance between units that chance does not explain, in squared units of the indicator.
    z : array (units,)
        Distance from the target in standard errors of chance alone, not winsorised.
    """

    phi: float
    tau2: float
    z: Floats


@dataclass(frozen=True)
class Limits:
    """Lower and upper limit per unit, shape (units,)."""

    low: Floats
    high: Floats


def overdispersion(
    estimates: ArrayLike,
    std_errors: ArrayLike,
    target: float,
    *,
    winsorised: float = WINSORISED,
    consistent: bool = True,
) -> Overdispersion:
    """Estimate by how much units differ more than by chance.

    Parameters
    ----------
    estimates, std_errors : array_like, shape (units,)
        Indicator per unit, and its standard error if the unit were at the target.
    target : float
        What all units are compared with.
    winsorised : float
        Share of the z scores at either end that is set to the quantile there, so that the units
        that stand out do not widen the limits that must show them; 0 for none.
    consistent : bool
        Divide by the mean of a winsorised squared standard normal, so that phi is 1 for units that
        differ by chance (0.68 without it at 10 per cent); False gives the formula as published.

    Returns
    -------
    Overdispersion

    Raises
    ------
    RefusedError
        Fewer than three units, or a share outside [0, 0.5).

    Notes
    -----
    z_i = (y_i - target) / s_i; phi = mean of squared winsorised z. Additive: tau2 = (I phi -
    (I - 1)) / (sum w - sum w^2 / sum w) with w = 1 / s^2, at least 0 (moments, as DerSimonian and
    Laird). ASSUMPTION: most units are like one another. MISSING-DATA RULE: none may be missing.

    References
    ----------
    Spiegelhalter DJ (2005). Funnel plots for comparing institutional performance. Stat Med
    24:1185-1202. DerSimonian R, Laird N (1986). Control Clin Trials 7:177-188.
    """
    y = numbers("the indicator of each unit", estimates)
    s = positive("the standard error of each unit", std_errors, y.size)
    if y.size < FEWEST_UNITS:
        raise RefusedError(
            f"overdispersion is asked of {y.size} units", allowed=f"{FEWEST_UNITS} units or more"
        )
    if not 0 <= winsorised < 0.5:
        raise RefusedError(
            f"a share of {winsorised:g} of the z scores cannot be winsorised", allowed="0 to 0.5"
        )
    z = (y - target) / s
    low, high = np.quantile(z, [winsorised, 1 - winsorised])
    phi = float(np.mean(np.clip(z, low, high) ** 2))
    if consistent and winsorised:
        phi /= winsorised_square(winsorised)
    w = 1 / s**2
    excess = y.size * phi - (y.size - 1)
    spread = w.sum() - (w**2).sum() / w.sum()
    return Overdispersion(phi, max(0.0, float(excess / spread)), z)


def winsorised_square(share: float) -> float:
    """Return the mean square of a standard normal winsorised at ``share`` on either side."""
    cut = float(stats.norm.ppf(1 - share))
    return 1 - 2 * share - 2 * cut * float(stats.norm.pdf(cut)) + 2 * share * cut**2


def additive_limits(
    std_errors: ArrayLike, target: float, coverage: float, tau2: float = 0.0
) -> Limits:
    """Return target -/+ z sqrt(s^2 + tau2): units differ by a spread of their own besides chance.

    Parameters
    ----------
    std_errors : array_like, shape (units,)
        Standard error of each unit at the target.
    coverage : float
        Share of units that lies within when none stands out, for instance 0.95 or 0.998.
    tau2 : float
        From `overdispersion`; 0 for chance alone.
    """
    s = positive("the standard error of each unit", std_errors)
    half = _quantile(coverage) * np.sqrt(s**2 + tau2)
    return Limits(target - half, target + half)


def multiplicative_limits(
    std_errors: ArrayLike, target: float, coverage: float, phi: float = 1.0
) -> Limits:
    """Return target -/+ z s sqrt(phi), phi at least 1; see `additive_limits`."""
    s = positive("the standard error of each unit", std_errors)
    half = _quantile(coverage) * s * np.sqrt(max(1.0, phi))
    return Limits(target - half, target + half)


def exact_share_limits(sizes: ArrayLike, target: float, coverage: float) -> Limits:
    """Return the limits of a share when each of n people counts with chance ``target``.

    Notes
    -----
    Interpolated between two binomial counts, so that the limits are smooth in n: the lower limit
    has probability (1 - coverage) / 2 of a count at or below it, the upper limit of a count at or
    above it. Spiegelhalter (2005, appendix A.1.1) interpolates the probability at or below for the
    upper limit as well; a count with more than that probability above it then lies outside.

    Raises
    ------
    RefusedError
        A target outside (0, 1).
    """
    if not 0 < target < 1:
        raise RefusedError("the target of a share lies between 0 and 1")
    n = positive("the size of each unit", sizes)

    def counts(level: float) -> Floats:
        return _interpolated(
            lambda k: stats.binom.cdf(k, n, target), lambda q: stats.binom.ppf(q, n, target), level
        )

    low, high = (counts(level) for level in _tails(coverage))
    return Limits(np.clip(low / n, 0, 1), np.clip((high + 1) / n, 0, 1))


def exact_ratio_limits(expected: ArrayLike, target: float, coverage: float) -> Limits:
    """Return the limits of observed / expected when observed events are Poisson.

    Notes
    -----
    As `exact_share_limits`, with the Poisson distribution with mean ``target`` x expected.
    """
    e = positive("the expected number of each unit", expected)
    mean = e * target

    def counts(level: float) -> Floats:
        return _interpolated(
            lambda k: stats.poisson.cdf(k, mean), lambda q: stats.poisson.ppf(q, mean), level
        )

    low, high = (counts(level) for level in _tails(coverage))
    return Limits(np.maximum(low / e, 0), (high + 1) / e)


def share_errors(sizes: ArrayLike, target: float) -> Floats:
    """Return sqrt(target (1 - target) / n)."""
    if not 0 < target < 1:
        raise RefusedError("the target of a share lies between 0 and 1")
    return np.asarray(np.sqrt(target * (1 - target) / positive("the size of each unit", sizes)))


def ratio_errors(observed: ArrayLike, expected: ArrayLike, units: ArrayLike) -> Floats:
    """Return the standard error of each unit's ratio of sums, if it were at the common ratio.

    Parameters
    ----------
    observed, expected : array_like, shape (clusters,)
        What was observed and expected of each cluster (a household), both additive.
    units : array_like of int, shape (clusters,)
        Unit of each cluster: 0, 1, .. without gaps.

    Returns
    -------
    array (units,)

    Notes
    -----
    A cluster deviates from its expectation by an amount proportional to it: var(o - R e) = k^2 e^2
    with one k for all units, k^2 = sum (o - R e)^2 / sum e^2 and R the ratio of all sums. Then
    s_i = k sqrt(sum e^2) / sum e over the clusters of unit i. One k borrows strength: a small unit
    has no reliable spread of its own.
    """
    o, e = numbers("observed", observed), numbers("expected", expected)
    code = np.asarray(units, dtype=np.int64)
    if o.size != e.size or o.size != code.size:
        raise RefusedError("observed, expected and units have different lengths")
    count = int(code.max()) + 1
    sums = np.bincount(code, e, count)
    if bad := int((sums <= 0).sum()):
        raise RefusedError(f"nothing is expected of {bad} units", remedy="leave those units out.")
    ratio = o.sum() / e.sum()
    spread = np.sqrt(((o - ratio * e) ** 2).sum() / (e**2).sum())
    return np.asarray(spread * np.sqrt(np.bincount(code, e**2, count)) / sums)


def _quantile(coverage: float) -> float:
    _, upper = _tails(coverage)
    return float(stats.norm.ppf(upper))


def _tails(coverage: float) -> tuple[float, float]:
    if not 0 < coverage < 1:
        raise RefusedError(f"limits cannot cover a share of {coverage:g}", allowed="0 to 1")
    return (1 - coverage) / 2, (1 + coverage) / 2


def _interpolated(cdf: Curve, ppf: Curve, level: float) -> Floats:
    """Return the count at ``level``, between the two whose probabilities enclose it."""
    count = ppf(level)
    above, below = cdf(count), cdf(count - 1)
    return np.asarray(count - (above - level) / (above - below))
