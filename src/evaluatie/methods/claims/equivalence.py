"""Not worse, and not different: tests against an agreed margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.randomisation import (
    Assignments,
    RandomisationTest,
    randomisation_interval,
    randomisation_test,
)
from evaluatie.methods.inputs import Floats, numbers


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests.

    Attributes
    ----------
    estimate : float
        The contrast.
    p_lower, p_upper : float
        p of "at or below the lower margin" and of "at or above the upper margin".
    p_value : float
        The larger of the two: p of "not equivalent".
    p_attainable : float
        Smallest p_value possible; 0 for a t test.
    ci_low, ci_high : float
        Interval at 1 - 2 alpha that lies within the margins exactly when p_value <= alpha.
    df : float
        Degrees of freedom; NaN for a randomisation test.
    """

    estimate: float
    p_lower: float
    p_upper: float
    p_value: float
    p_attainable: float
    ci_low: float
    ci_high: float
    df: float


def randomisation_equivalence(
    change: ArrayLike,
    weights: ArrayLike,
    assignments: Assignments,
    low: float,
    high: float,
    alpha: float = 0.05,
) -> Equivalence:
    """Test by randomisation that the effect lies between two margins.

    Parameters
    ----------
    change, weights, assignments
        As in `randomisation.difference`.
    low, high : float
        Margins in the unit of the change, ``low < high``.
    alpha : float
        Level of each one-sided test.

    Returns
    -------
    Equivalence

    Notes
    -----
    One-sided exact tests at the shifted nulls ``low`` (alternative greater) and ``high`` (less);
    by intersection-union no adjustment is needed (Schuirmann 1987; Berger & Hsu 1996).
    """
    _check_margins(low, high)
    lower = randomisation_test(change, weights, assignments, low, "greater")
    upper = randomisation_test(change, weights, assignments, high, "less")
    ci_low, _ = randomisation_interval(change, weights, assignments, 1 - alpha, "greater")
    _, ci_high = randomisation_interval(change, weights, assignments, 1 - alpha, "less")
    return Equivalence(
        estimate=lower.estimate,
        p_lower=lower.p_value,
        p_upper=upper.p_value,
        p_value=max(lower.p_value, upper.p_value),
        p_attainable=lower.p_attainable,
        ci_low=ci_low,
        ci_high=ci_high,
        df=float("nan"),
    )


def randomisation_not_worse(
    change: ArrayLike,
    weights: ArrayLike,
    assignments: Assignments,
    margin: float,
    higher_is_better: bool,
) -> RandomisationTest:
    """Test by randomisation that the effect is not worse than the margin.

    Parameters
    ----------
    change, weights, assignments
        As in `randomisation.difference`.
    margin : float
        Largest deterioration still called "not worse", above zero, unit of the change.
    higher_is_better : bool
        Whether a higher value is an improvement; for cost it is not.

    Returns
    -------
    RandomisationTest
        At the null of exactly the margin, one-sided toward "better".
    """
    _check_margins(0.0, margin)
    null = -margin if higher_is_better else margin
    return randomisation_test(
        change, weights, assignments, null, "greater" if higher_is_better else "less"
    )


def t_equivalence(
    x: ArrayLike,
    y: ArrayLike,
    low: float,
    high: float,
    variance: Literal["welch", "pooled", "paired"] = "welch",
    alpha: float = 0.05,
) -> Equivalence:
    """Test by Student's t that the mean of x minus the mean of y lies between two margins.

    Parameters
    ----------
    x, y : array_like, shape (n,), (m,)
        Values; equally long for ``paired``. Missing values are refused.
    low, high : float
        Margins, ``low < high``.
    variance : {"welch", "pooled", "paired"}
        Variances per group, one common variance, or of the differences.
    alpha : float
        Level of each one-sided test.

    Returns
    -------
    Equivalence

    References
    ----------
    Schuirmann (1987), J. Pharmacokinet. Biopharm. 15:657. Agrees with two calls of R ``t.test``.
    """
    _check_margins(low, high)
    first, second = numbers("x", x), numbers("y", y)
    estimate, std_error, df = _t_contrast(first, second, variance)
    p_lower = float(stats.t.sf((estimate - low) / std_error, df))
    p_upper = float(stats.t.cdf((estimate - high) / std_error, df))
    half = float(stats.t.ppf(1 - alpha, df)) * std_error
    p_value = max(p_lower, p_upper)
    return Equivalence(
        estimate, p_lower, p_upper, p_value, 0.0, estimate - half, estimate + half, df
    )


def share_equivalence(
    successes: tuple[int, int],
    sizes: tuple[int, int],
    low: float,
    high: float,
    alpha: float = 0.05,
) -> Equivalence:
    """Test by the normal approximation that a difference of two shares lies between two margins.

    Parameters
    ----------
    successes, sizes : tuple of int
        Successes and people in the first and the second group, drawn independently.
    low, high : float
        Margins as shares, ``low < high``.
    alpha : float
        Level of each one-sided test.

    Returns
    -------
    Equivalence
        df is infinite.

    Raises
    ------
    RefusedError
        A count outside 0 to the group's size, or both shares 0 or 1: no standard error.

    Notes
    -----
    Wald: ``SE^2 = sum p (1 - p) / n`` of both groups, unpooled because the margins are no null of
    equality. For people within one comparison of individuals; areas are compared by
    `randomisation_equivalence`.

    References
    ----------
    Schuirmann (1987). Agrees with two calls of R ``pnorm``.
    """
    _check_margins(low, high)
    if any(not 0 <= x <= n or n < 1 for x, n in zip(successes, sizes, strict=True)):
        raise RefusedError("successes must lie between none and the people in the group")
    first, second = (x / n for x, n in zip(successes, sizes, strict=True))
    square = first * (1 - first) / sizes[0] + second * (1 - second) / sizes[1]
    if not square > 0:
        raise RefusedError("shares of none or all in both groups give no standard error")
    estimate, std_error = first - second, square**0.5
    p_lower = float(stats.norm.sf((estimate - low) / std_error))
    p_upper = float(stats.norm.cdf((estimate - high) / std_error))
    half = float(stats.norm.ppf(1 - alpha)) * std_error
    p_value = max(p_lower, p_upper)
    return Equivalence(
        estimate, p_lower, p_upper, p_value, 0.0, estimate - half, estimate + half, float("inf")
    )


def _t_contrast(x: Floats, y: Floats, variance: str) -> tuple[float, float, float]:
    estimate = float(x.mean() - y.mean())
    if variance == "paired":
        gap = x - numbers("y", y, x.size)
        std_error, df = float(gap.std(ddof=1)) / gap.size**0.5, float(gap.size - 1)
    elif variance == "pooled":
        df = float(x.size + y.size - 2)
        pooled = ((x.size - 1) * x.var(ddof=1) + (y.size - 1) * y.var(ddof=1)) / df
        std_error = float(pooled * (1 / x.size + 1 / y.size)) ** 0.5
    else:
        a, b = x.var(ddof=1) / x.size, y.var(ddof=1) / y.size
        std_error = float(a + b) ** 0.5
        df = float((a + b) ** 2 / (a**2 / (x.size - 1) + b**2 / (y.size - 1))) if a + b else 0.0
    if not (df > 0 and std_error > 0 and np.isfinite(std_error)):
        raise RefusedError(
            "values that do not vary, or fewer than two of them, give no standard error"
        )
    return estimate, std_error, df


def _check_margins(low: float, high: float) -> None:
    if not low < high:
        raise RefusedError(
            "the lower margin must lie below the upper one, and a margin above zero",
            remedy="state margins as positive amounts in analysis/questions.yml.",
        )
