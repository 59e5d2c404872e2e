"""Regression to the mean in closed form: how far extreme units fall back without any effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, numbers, positive

LEAST_PAIRS = 30
LEVEL = 0.95


@dataclass(frozen=True)
class TwoMeasurements:
    """Two measurements of untreated units as a bivariate normal distribution.

    Attributes
    ----------
    mean_before, mean_after, sd_before, sd_after : float
    rho : float
        Correlation between the two.
    """

    mean_before: float
    mean_after: float
    sd_before: float
    sd_after: float
    rho: float

    @property
    def slope(self) -> float:
        """Expected second measurement per unit of the first."""
        return self.rho * self.sd_after / self.sd_before


@dataclass(frozen=True)
class ExpectedChange:
    """What a closed form expects of chosen units.

    Attributes
    ----------
    change : float
        Mean expected change, in the unit of the measurements; below 0 is a fall.
    rho, rho_low, rho_high : float
        Correlation and its 95% interval (Fisher's z over units).
    units : int
        Untreated units that it rests on.
    """

    change: float
    rho: float
    rho_low: float
    rho_high: float
    units: int


def two_measurements(
    before: ArrayLike, after: ArrayLike, weights: ArrayLike | None = None
) -> TwoMeasurements:
    """Return means, SDs and the correlation of two measurements of untreated units.

    Parameters
    ----------
    before, after : array_like, shape (n,)
    weights : array_like, shape (n,), optional
        Above zero; all equal by default.

    Raises
    ------
    RefusedError
        Fewer than `LEAST_PAIRS` pairs, missing numbers, or a measurement that does not vary.

    Notes
    -----
    Moments with divisor n (as maximum likelihood). No missing values: pairs only.
    """
    x = numbers("the first measurement", before)
    y = numbers("the second measurement", after, x.size)
    if x.size < LEAST_PAIRS:
        raise RefusedError(f"{x.size} untreated pairs", allowed=f"at least {LEAST_PAIRS}")
    w = np.ones(x.size) if weights is None else positive("the weights", weights, x.size)
    w = w / w.sum()
    means = float(w @ x), float(w @ y)
    sds = float(np.sqrt(w @ (x - means[0]) ** 2)), float(np.sqrt(w @ (y - means[1]) ** 2))
    if min(sds) <= 0:
        raise RefusedError("a measurement of the untreated units does not vary")
    rho = float(w @ ((x - means[0]) * (y - means[1]))) / (sds[0] * sds[1])
    return TwoMeasurements(*means, *sds, rho)


def threshold_effect(pair: TwoMeasurements, threshold: float) -> float:
    """Return the expected fall of units whose first measurement lies above a threshold.

    Notes
    -----
    ``(1 - rho) sd phi(z) / (1 - Phi(z))``, z = (threshold - mean) / sd, under one normal
    distribution with equal means and SDs at both times (those of the first are used).

    References
    ----------
    Davis (1976), Am. J. Epidemiology 104:493; Gardner & Heady (1973), J. Chronic Diseases 26:781.
    """
    z = (threshold - pair.mean_before) / pair.sd_before
    hazard = float(np.exp(stats.norm.logpdf(z) - stats.norm.logsf(z)))
    return (1 - pair.rho) * pair.sd_before * hazard


def expected_change_normal(
    chosen: ArrayLike,
    before: ArrayLike,
    after: ArrayLike,
    units: ArrayLike,
    weights: ArrayLike | None = None,
) -> ExpectedChange:
    """Return the change of chosen units that two normal measurements lead to expect.

    Parameters
    ----------
    chosen : array_like, shape (k,)
        First measurement of the chosen units.
    before, after : array_like, shape (n,)
        Both measurements of untreated units; zeros are measurements too.
    units : array_like, shape (n,)
        Which unit each pair is of.
    weights : array_like, shape (n,), optional

    Notes
    -----
    ``m2 + rho s2/s1 (x - m1) - x``, averaged; with equal means and SDs ``(1 - rho)(m - x)``.
    ASSUMPTION: the second measurement is linear in the first, which skewed cost seldom is. A
    check, not the estimate.

    References
    ----------
    Davis (1976), Am. J. Epidemiology 104:493.
    """
    x = numbers("the chosen units", chosen)
    pair = two_measurements(before, after, weights)
    change = pair.mean_after + pair.slope * (x - pair.mean_before) - x
    return _expected(float(change.mean()), pair.rho, units)


def expected_change_lognormal(
    chosen: ArrayLike,
    before: ArrayLike,
    after: ArrayLike,
    units: ArrayLike,
    weights: ArrayLike | None = None,
) -> ExpectedChange:
    """Return the same for cost whose logarithms are normal, with zeros apart.

    Notes
    -----
    Among untreated units with cost at both times ln(cost) is bivariate normal; who had cost keeps
    some with the same chance p whatever its level: ``E[y | x] = p exp(m2 + rho s2/s1 (ln x - m1) +
    s2^2 (1 - rho^2) / 2)``. Chosen units without cost are expected to cost what untreated units
    without cost do. Negative amounts (credits) count as zero. Parameters as
    `expected_change_normal`; rho is that of the logarithms.

    References
    ----------
    Davis (1976) on the log scale; mean of a lognormal distribution.
    """
    x = np.maximum(numbers("the chosen units", chosen), 0.0)
    first = np.maximum(numbers("the first measurement", before), 0.0)
    second = np.maximum(numbers("the second measurement", after, first.size), 0.0)
    w = np.ones(first.size) if weights is None else positive("the weights", weights, first.size)
    users, both = first > 0, (first > 0) & (second > 0)
    if both.sum() < LEAST_PAIRS:
        raise RefusedError(
            f"{int(both.sum())} untreated pairs with cost at both times",
            allowed=f"at least {LEAST_PAIRS}",
        )
    pair = two_measurements(np.log(first[both]), np.log(second[both]), w[both])
    stays = float(w[both].sum() / w[users].sum())
    without = float(w[~users] @ second[~users] / w[~users].sum()) if (~users).any() else 0.0
    log_x = np.log(np.where(x > 0, x, 1.0))
    centre = pair.mean_after + pair.slope * (log_x - pair.mean_before)
    level = stays * np.exp(centre + pair.sd_after**2 * (1 - pair.rho**2) / 2)
    change = np.where(x > 0, level, without) - x
    return _expected(float(change.mean()), pair.rho, np.asarray(units)[both])


def _expected(change: float, rho: float, units: ArrayLike) -> ExpectedChange:
    count = len(np.unique(np.asarray(units)))
    half = float(stats.norm.ppf(0.5 + LEVEL / 2)) / np.sqrt(max(count - 3, 1))
    ends: Floats = np.tanh(np.arctanh(np.clip(rho, -0.999999, 0.999999)) + np.array([-half, half]))
    return ExpectedChange(change, rho, float(ends[0]), float(ends[1]), count)
