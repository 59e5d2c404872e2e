"""Net benefit: what is gained, in euros, at a price that somebody is willing to pay for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evaluatie.methods.economics.incremental import Increment
from evaluatie.methods.inputs import Floats, numbers


@dataclass(frozen=True)
class NetBenefit:
    """Net monetary benefit per willingness to pay.

    Attributes
    ----------
    willingness : ndarray of float, shape (k,)
        Euros for one unit of effect.
    estimate, std_error, low, high : ndarray of float, shape (k,)
    acceptability : ndarray of float, shape (k,)
        Probability that the net benefit is above zero.
    perfect_information : ndarray of float, shape (k,)
        Expected value of perfect information, in euros.
    """

    willingness: Floats
    estimate: Floats
    std_error: Floats
    low: Floats
    high: Floats
    acceptability: Floats
    perfect_information: Floats


def net_benefit(increment: Increment, willingness: ArrayLike, level: float = 0.95) -> NetBenefit:
    """Return the net benefit of a difference in cost and effect.

    Parameters
    ----------
    increment : Increment
        Differences with their covariance.
    willingness : array_like, shape (k,)
        Euros for one unit of effect.
    level : float
        Confidence level.

    Notes
    -----
    ``nmb = w e - c`` with variance ``w^2 v_e + v_c - 2 w v_ce``. Interval and acceptability from
    the t distribution (normal where the df are infinite). Perfect information: ``E|loss| = s
    phi(m/s) - |m| Phi(-|m|/s)``, normal (with df: that of the t distribution, infinite up to one
    df). The acceptability is the share of the distribution of the estimate above zero, no chance
    that the programme works. ASSUMPTIONS: the estimates are normal. MISSING-DATA RULE: none.

    References
    ----------
    Stinnett & Mullahy (1998), Med Decis Making 18:S68; Loethgren & Zethraeus (2000), Health Econ
    9:623 (acceptability as one minus a one-sided p); Claxton (1999), J Health Econ 18:341.
    """
    price = numbers("the willingness to pay", willingness)
    mean = price * increment.effect - increment.cost
    variance = (
        price**2 * increment.effect_variance
        + increment.cost_variance
        - 2 * price * increment.covariance
    )
    error = np.sqrt(np.maximum(variance, 0.0))
    drawn_from = stats.t(increment.df) if np.isfinite(increment.df) else stats.norm()
    half = float(drawn_from.ppf((1 + level) / 2)) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = mean / error
    above = np.where(error > 0, drawn_from.cdf(ratio), (mean > 0).astype(float))
    return NetBenefit(
        price, mean, error, mean - half, mean + half, np.asarray(above),
        _perfect_information(mean, error, increment.df),
    )  # fmt: skip


def _perfect_information(mean: Floats, error: Floats, df: float) -> Floats:
    """Return the expected loss of deciding now, closed form."""
    size = np.abs(mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(error > 0, size / error, np.inf)
    if not np.isfinite(df):
        return np.asarray(error * stats.norm.pdf(z) - size * stats.norm.sf(z))
    if df <= 1:
        return np.full(mean.shape, np.inf)
    density = np.where(np.isinf(z), 0.0, (df + z**2) / (df - 1) * stats.t.pdf(z, df))
    return np.asarray(error * np.nan_to_num(density) - size * stats.t.sf(z, df))


def acceptability(cost: ArrayLike, effect: ArrayLike, willingness: ArrayLike) -> Floats:
    """Return the share of replicates with a net benefit above zero, shape (k,).

    Parameters
    ----------
    cost, effect : array_like, shape (B,)
        Replicates of the differences, in pairs.
    willingness : array_like, shape (k,)
        Euros for one unit of effect.
    """
    return np.asarray((_benefits(cost, effect, willingness) > 0).mean(axis=0))


def perfect_information(cost: ArrayLike, effect: ArrayLike, willingness: ArrayLike) -> Floats:
    """Return the expected value of perfect information over replicates, shape (k,).

    Notes
    -----
    ``E max(nmb, 0) - max(E nmb, 0)`` for a choice between the programme and none.
    """
    benefit = _benefits(cost, effect, willingness)
    chosen = np.maximum(benefit.mean(axis=0), 0.0)
    return np.asarray(np.maximum(benefit, 0.0).mean(axis=0) - chosen)


def acceptability_frontier(above: ArrayLike, estimate: ArrayLike) -> Floats:
    """Return the probability of being right for the choice with the highest expected benefit.

    Parameters
    ----------
    above : array_like, shape (k,)
        Acceptability of the programme.
    estimate : array_like, shape (k,)
        Its expected net benefit; not above zero: no programme is the better choice.

    References
    ----------
    Fenwick, Claxton & Sculpher (2001), Health Econ 10:779.
    """
    share = numbers("the acceptability", above)
    expected = numbers("the net benefit", estimate, share.size)
    return np.where(expected > 0, share, 1.0 - share)


def _benefits(cost: ArrayLike, effect: ArrayLike, willingness: ArrayLike) -> Floats:
    dc = numbers("the cost replicates", cost)
    de = numbers("the effect replicates", effect, dc.size)
    price = numbers("the willingness to pay", willingness)
    return np.asarray(de[:, None] * price - dc[:, None])
