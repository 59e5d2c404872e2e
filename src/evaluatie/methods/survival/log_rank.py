"""Whether groups end at the same pace: the log-rank test, stratified and weighted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, codes
from evaluatie.methods.survival.spells import Spells


@dataclass(frozen=True)
class LogRank:
    """A log-rank test.

    Attributes
    ----------
    observed, expected : ndarray of float, shape (groups,)
        (Weighted) events of each group, in sorted order of the labels, and what equal hazards
        would give.
    chi_square, p_value : float
        On ``df`` degrees of freedom.
    df : int
        Groups minus 1.
    """

    observed: Floats
    expected: Floats
    chi_square: float
    p_value: float
    df: int


def log_rank(
    data: Spells, groups: ArrayLike, strata: ArrayLike | None = None, rho: float = 0.0
) -> LogRank:
    """Test whether groups have the same hazard.

    Parameters
    ----------
    data : Spells
        States above 0 are all the same event.
    groups : array_like, shape (n,)
        Group of each spell.
    strata : array_like, shape (n,), optional
        Groups are compared within strata.
    rho : float
        Events at time t count ``S(t-)^rho``, S of all groups of the stratum together: 0 the
        log-rank test, 1 the Peto-Peto modification of Wilcoxon's.

    Returns
    -------
    LogRank

    Raises
    ------
    RefusedError
        One group, or no event at which groups can be compared.

    Notes
    -----
    Observed minus expected with the hypergeometric variance. Spells count as independent: no
    clusters and no case weights, so for description only where households share a hazard.

    References
    ----------
    Harrington & Fleming (1982). ``survival::survdiff(Surv(time, event) ~ group + strata(), rho)``.
    """
    group, count = codes("the groups", groups, data.n)
    if count < 2:
        raise RefusedError("one group cannot be compared", allowed="at least two groups")
    layer, layers = (
        (np.zeros(data.n, dtype=np.int64), 1)
        if strata is None
        else codes("the strata", strata, data.n)
    )
    observed, expected, variance = np.zeros(count), np.zeros(count), np.zeros((count, count))
    for k in range(layers):
        rows = layer == k
        o, e, v = _stratum(data, rows, group, count, rho)
        observed, expected, variance = observed + o, expected + e, variance + v
    if not variance.any():
        raise RefusedError("at no event were two groups at risk: nothing to compare")
    gap = (observed - expected)[1:]
    chi_square = float(gap @ np.linalg.pinv(variance[1:, 1:]) @ gap)
    p_value = float(stats.chi2.sf(chi_square, count - 1))
    return LogRank(observed, expected, chi_square, p_value, count - 1)


def _stratum(
    data: Spells, rows: np.ndarray, group: np.ndarray, count: int, rho: float
) -> tuple[Floats, Floats, Floats]:
    happened = rows & (data.state > 0)
    times = np.unique(data.stop[happened])
    y, d = np.zeros((count, len(times))), np.zeros((count, len(times)))
    for g in range(count):
        mine = rows & (group == g)
        d[g] = np.bincount(np.searchsorted(times, data.stop[mine & happened]), minlength=len(times))
        y[g] = _at_or_after(data.stop[mine], times) - _at_or_after(data.start[mine], times)
    total, events = y.sum(axis=0), d.sum(axis=0)
    survival = np.concatenate([[1.0], np.cumprod(1 - events / total)])[: len(times)]
    weight = survival**rho
    share = y / total
    spread = np.divide(
        events * (total - events), total - 1, out=np.zeros_like(total), where=total > 1
    )
    scaled = weight**2 * spread
    variance = np.diag((share * scaled).sum(axis=1)) - (share * scaled) @ share.T
    return (weight * d).sum(axis=1), (weight * events * share).sum(axis=1), variance


def _at_or_after(values: Floats, times: Floats) -> Floats:
    return (len(values) - np.searchsorted(np.sort(values), times, side="left")).astype(float)
