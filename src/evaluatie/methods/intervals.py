"""Confidence intervals from an estimate and its design-based standard error."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import special

from evaluatie.errors import RefusedError


def interval(estimate: float, std_error: float, df: float, level: float) -> tuple[float, float]:
    """Return the t interval ``estimate -+ t(df) * std_error`` (normal for infinite df)."""
    half = float(special.stdtrit(df, 0.5 + level / 2)) * std_error
    return estimate - half, estimate + half


def logit_interval(
    share: float, std_error: float, df: float, level: float, n: int
) -> tuple[float, float]:
    """Return an interval for a share that stays between 0 and 1.

    Parameters
    ----------
    share, std_error : float
        Estimated share, 0-1, and its design-based standard error.
    df : float
        Degrees of freedom of the design.
    level : float
        Confidence level, e.g. 0.95.
    n : int
        Respondents (or clusters, to be careful); used only when the share is 0 or 1.

    Notes
    -----
    ``logit(p) -+ t(df) * se / (p (1 - p))``, back-transformed, as
    ``survey::svyciprop(method = "xlogit")`` (and "logit", to its convergence). At 0 and 1 the
    logit does not exist: there the exact binomial bound (Clopper & Pearson 1934) with n.
    """
    alpha = 1 - level
    if share <= 0:
        return 0.0, 1 - (alpha / 2) ** (1 / n)
    if share >= 1:
        return (alpha / 2) ** (1 / n), 1.0
    centre = float(special.logit(share))
    low, high = interval(centre, std_error / (share * (1 - share)), df, level)
    return float(special.expit(low)), float(special.expit(high))


def share_interval(
    share: float,
    std_error: float,
    df: float,
    level: float,
    n: int,
    method: Literal["logit", "asin", "beta", "mean"] = "logit",
) -> tuple[float, float]:
    """Return an interval for a share by one of the methods of ``survey::svyciprop``.

    Parameters
    ----------
    share, std_error, df, level
        As in `logit_interval`.
    n : int
        Respondents in the domain.
    method : {"logit", "asin", "beta", "mean"}
        ``logit`` is `logit_interval`; ``asin`` the arcsine root; ``beta`` the binomial interval of
        Korn & Graubard (1998) with the effective n; ``mean`` the t interval, which may leave
        [0, 1].

    Raises
    ------
    RefusedError
        ``asin`` or ``beta`` of a share of exactly 0 or 1; use ``logit``, which is exact there.

    References
    ----------
    Agrees with ``survey::svyciprop`` (its "logit" and "xlogit" are one here), but for ``asin``
    where an end passes 0 or 1: R folds it back (an interval without its share), this stops there.
    """
    if method == "mean":
        return interval(share, std_error, df, level)
    if method == "logit":
        return logit_interval(share, std_error, df, level, n)
    if not 0 < share < 1:
        raise RefusedError(
            f"a share of {share:g} has no '{method}' interval",
            remedy="use method 'logit', which takes the exact binomial bound at 0 and 1.",
        )
    if method == "asin":
        centre, slope = np.arcsin(np.sqrt(share)), 0.5 / np.sqrt(share * (1 - share))
        ends = interval(float(centre), float(std_error * slope), df, level)
        low, high = np.sin(np.clip(ends, 0, np.pi / 2)) ** 2
        return float(low), float(high)
    return _korn_graubard(share, std_error, df, level, n)


def _korn_graubard(
    share: float, std_error: float, df: float, level: float, n: int
) -> tuple[float, float]:
    tail = (1 - level) / 2
    shrink = float(special.stdtrit(n - 1, tail) / special.stdtrit(df, tail)) ** 2
    effective = share * (1 - share) / std_error**2 * shrink
    low = special.betaincinv(effective * share, effective * (1 - share) + 1, tail)
    high = special.betaincinv(effective * share + 1, effective * (1 - share), 1 - tail)
    return float(low), float(high)
