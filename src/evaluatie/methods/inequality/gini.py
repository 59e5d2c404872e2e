"""Gini coefficient: how far the Lorenz curve lies from equal shares."""

from __future__ import annotations

from numpy.typing import ArrayLike

from evaluatie.methods.inequality.concentration_index import concentration_index
from evaluatie.methods.inequality.spread import Inequality


def gini(amounts: ArrayLike, weights: ArrayLike | None = None, level: float = 0.95) -> Inequality:
    """Return the Gini coefficient of amounts.

    Parameters
    ----------
    amounts : array_like, shape (n,)
        Amount of each unit. Units with 0 count: with and without those who use
        nothing are two different numbers, and the caller says which one it is.
    weights : array_like, shape (n,), optional
        Weight of each unit; by default equal.
    level : float
        Confidence level.

    Returns
    -------
    Inequality
        0 (all equal) to 1 (one unit has everything), at most 1 - 1/n among n units; above that only
        where amounts below 0 are netted against others.

    Raises
    ------
    RefusedError
        Missing or infinite amounts, or a total of 0 or less.

    Notes
    -----
    The concentration index of the amounts over their own ranking, so
    ``G = sum_i w_i y_i (2 R_i - 1) / mu``; no correction n/(n-1), so that doubling every unit
    changes nothing. Standard error by linearisation. Interval on the logit scale. With heavy
    tails and few units it covers less than it says (simulated in the tests): the largest amounts
    that a small sample lacks are missing from estimate and standard error alike. ASSUMPTION: units
    are independent draws from a larger population. MISSING-DATA RULE: refused.

    References
    ----------
    Davidson (2009), Journal of Econometrics 150:30; Langel & Tille (2013), JRSS-A 176:521. Agrees
    with ``laeken::gini`` (which gives percentages).
    """
    return concentration_index(amounts, amounts, weights, level)
