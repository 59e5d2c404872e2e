"""Resampling counts, and intervals from bootstrap replicates: percentile, basic, normal, BCa."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, codes, numbers


@dataclass(frozen=True)
class BootstrapIntervals:
    """Intervals of one estimate from the same replicates; each (low, high).

    Attributes
    ----------
    normal, basic, percentile, bca : tuple of float
        ``bca`` is NaN where no influence values were given.
    z0, acceleration : float
        Bias correction and acceleration of BCa.
    std_error : float
        Standard deviation of the replicates.
    replicates : int
        How many there are.
    """

    normal: tuple[float, float]
    basic: tuple[float, float]
    percentile: tuple[float, float]
    bca: tuple[float, float]
    z0: float
    acceleration: float
    std_error: float
    replicates: int


def resampled(
    n: int,
    replicates: int,
    seed: int,
    strata: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> Floats:
    """Return how often each observation is drawn in each bootstrap sample.

    Parameters
    ----------
    n : int
        Observations.
    replicates : int
        Samples, B.
    seed : int
        Seed of the draws.
    strata : array_like, shape (n,), optional
        Draw within each stratum, as many as it has.
    clusters : array_like, shape (n,), optional
        Draw whole clusters (households, neighbourhoods) instead of observations.

    Returns
    -------
    ndarray of float, shape (B, n)
        Counts; the rows are weights for `gamma_replicates` and other weighted estimators.

    Raises
    ------
    RefusedError
        Clusters that lie in more than one stratum, or a stratum with one unit to draw from.
    """
    unit = np.arange(n) if clusters is None else codes("clusters", clusters, n)[0]
    layer = np.zeros(n, dtype=np.int64) if strata is None else codes("strata", strata, n)[0]
    units, first = np.unique(unit, return_index=True)
    of_unit = layer[first]
    if (of_unit[unit] != layer).any():
        raise RefusedError("a cluster lies in more than one stratum")
    rng = np.random.default_rng(seed)
    counts = np.zeros((replicates, units.size))
    for stratum in np.unique(layer):
        members = np.flatnonzero(of_unit == stratum)
        if members.size < 2:
            raise RefusedError("a stratum has one unit to draw from", allowed="two or more")
        counts[:, members] = _drawn(rng, replicates, members.size)
    return counts if clusters is None else counts[:, unit]


def bootstrap_intervals(
    estimate: float,
    replicates: ArrayLike,
    influence: ArrayLike | None = None,
    level: float = 0.95,
) -> BootstrapIntervals:
    """Return the bootstrap intervals of one estimate.

    Parameters
    ----------
    estimate : float
        From the data themselves.
    replicates : array_like, shape (B,)
        The estimate of each bootstrap sample.
    influence : array_like, shape (n,), optional
        Influence of each observation (only relative sizes matter); with strata as
        `stratified_influence`. Needed for BCa.
    level : float
        Confidence level.

    Raises
    ------
    RefusedError
        Missing replicates, fewer than the tails need, all replicates on one side of the estimate
        (BCa has no bias correction then), or no spread.

    Notes
    -----
    BCa: ``z0 = qnorm(share of t* < t)``, ``a = sum L^3 / (6 (sum L^2)^1.5)``, limits at
    ``pnorm(z0 + (z0 + z)/(1 - a (z0 + z)))``. Quantiles of (B + 1) p, between order statistics
    interpolated on the normal scale, as R's boot. ASSUMPTIONS: the resampling copies how the data
    came about (strata, clusters). MISSING-DATA RULE: none may be missing; a replicate that could
    not be estimated must be counted and reported by the caller.

    References
    ----------
    R: ``boot::boot.ci``. Efron (1987), J Am Stat Assoc 82, 171-185.
    """
    t = np.sort(numbers("the replicates", replicates))
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if (t.size + 1) * tails[0] < 1 or t[0] == t[-1]:
        raise RefusedError(
            f"{t.size} replicates, or replicates without spread, have no interval",
            allowed=f"at least {int(np.ceil(1 / tails[0]))} different ones",
        )
    low, high = quantiles(t, tails)
    spread = float(t.std(ddof=1))
    half = float(special.ndtri(tails[1])) * spread
    middle = 2 * estimate - float(t.mean())
    z0, a, bca = float("nan"), float("nan"), (float("nan"), float("nan"))
    if influence is not None:
        z0, a = _bias(estimate, t), _acceleration(influence)
        bca = quantiles(t, _adjusted_tails(tails, z0, a))
    return BootstrapIntervals(
        (middle - half, middle + half), (2 * estimate - high, 2 * estimate - low), (low, high),
        bca, z0, a, spread, t.size,
    )  # fmt: skip


def jackknife_influence(
    estimate: float, without: ArrayLike, strata: ArrayLike | None = None
) -> Floats:
    """Return influence values ``(n - 1)(t - t without i)``, shape (n,); n of the stratum.

    References
    ----------
    R: ``boot::empinf(type = "jack")``.
    """
    left_out = numbers("the estimates without each observation", without)
    layer = (
        np.zeros(left_out.size, dtype=np.int64)
        if strata is None
        else codes("strata", strata, left_out.size)[0]
    )
    return np.asarray((np.bincount(layer)[layer] - 1) * (estimate - left_out))


def quantiles(ordered: Floats, at: ArrayLike) -> tuple[float, float]:
    """Return two quantiles of sorted replicates, interpolated on the normal scale as R's boot."""
    B = ordered.size
    share = np.asarray(at, dtype=float)
    rank = (B + 1) * share
    k = np.clip(np.floor(rank + 1e-12).astype(int), 1, B - 1)
    below, above = special.ndtri(k / (B + 1)), special.ndtri((k + 1) / (B + 1))
    part = np.clip((special.ndtri(share) - below) / (above - below), 0.0, 1.0)
    found = ordered[k - 1] + part * (ordered[k] - ordered[k - 1])
    return float(found[0]), float(found[1])


def _drawn(rng: np.random.Generator, replicates: int, n: int) -> Floats:
    """Return multinomial counts: draws with replacement, counted (faster than binomials)."""
    counts = np.empty((replicates, n))
    rows = max(1, 1_000_000 // n)
    for begin in range(0, replicates, rows):
        b = min(rows, replicates - begin)
        picked = rng.integers(0, n, (b, n)) + np.arange(b)[:, None] * n
        counts[begin : begin + b] = np.bincount(picked.ravel(), minlength=b * n).reshape(b, n)
    return counts


def _bias(estimate: float, t: Floats) -> float:
    share = float((t < estimate).mean())
    if not 0 < share < 1:
        raise RefusedError(f"all {t.size} replicates lie on one side of the estimate")
    return float(special.ndtri(share))


def _acceleration(influence: ArrayLike) -> float:
    L = numbers("the influence values", influence)
    if not (L**2).sum() > 0:
        raise RefusedError("no observation has influence on the estimate")
    return float((L**3).sum() / (6 * (L**2).sum() ** 1.5))


def _adjusted_tails(tails: Floats, z0: float, a: float) -> Floats:
    z = z0 + special.ndtri(tails)
    return np.asarray(special.ndtr(z0 + z / (1 - a * z)))
