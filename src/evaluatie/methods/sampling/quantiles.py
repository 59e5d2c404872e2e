"""Weighted quantiles with Woodruff intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats
from evaluatie.methods.intervals import interval
from evaluatie.methods.sampling.design import Design


@dataclass(frozen=True)
class QuantileEstimate:
    """A quantile with its interval.

    Attributes
    ----------
    estimate, ci_low, ci_high : float
        In the unit of the values; the interval need not be symmetric.
    std_error : float
        Length of the interval over twice its t quantile.
    df : float
    n, n_clusters : int
        Units with a value in the domain, and the clusters they are in.
    """

    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    df: float
    n: int
    n_clusters: int


def design_quantile(
    design: Design,
    values: ArrayLike,
    p: float,
    domain: ArrayLike | None = None,
    level: float = 0.95,
) -> QuantileEstimate:
    """Estimate a quantile of a population.

    Parameters
    ----------
    design : Design
        n units; with replicate weights the standard error of the share below is theirs.
    values : array_like, shape (n,)
        Outcome; NaN where it is missing.
    p : float
        Which quantile, 0 < p < 1; 0.5 is the median.
    domain : array_like of bool, shape (n,), optional
        Units it is about.
    level : float
        Confidence level.

    Returns
    -------
    QuantileEstimate

    Raises
    ------
    RefusedError
        Too few units for an interval: it would reach beyond the lowest or highest value.

    Notes
    -----
    The smallest value at which the weighted share of units up to it reaches p. Interval: the t
    interval of that share, read back through the weighted distribution (Woodruff 1952). With few
    distinct answers both move in steps. Missing values leave the domain, not the design.

    References
    ----------
    Agrees with ``survey::svyquantile(interval.type = "mean", qrule = "math")`` (survey 4.1).
    """
    if not 0 < p < 1:
        raise RefusedError(f"there is no quantile {p:g}", allowed="a number between 0 and 1")
    outcome, inside = design.domain(values, domain)
    if not inside.any():
        raise RefusedError("no respondent in the domain has a value")
    distribution = _Distribution.of(outcome[inside], design.weights[inside])
    estimate = distribution.quantile(p)
    below = design.mean(np.where(inside, outcome <= estimate, np.nan), inside)
    low, high = interval(below.estimate, below.std_error, below.df, level)
    if low < 0 or high > 1:
        raise RefusedError(
            f"{below.n} values in {below.n_clusters} sampling units are too few for an interval "
            f"around quantile {p:g}",
            remedy="take a quantile nearer to the middle, or a larger domain.",
        )
    ends = distribution.quantile(low), distribution.quantile(high)
    error = (ends[1] - ends[0]) / (2 * float(special.stdtrit(below.df, 0.5 + level / 2)))
    return QuantileEstimate(estimate, error, *ends, below.df, below.n, below.n_clusters)


def quantile_columns(values: Floats, weights: Floats, p: float) -> Floats:
    """Return the quantile of values, (n,), under every column of weights, (n, R); shape (R,).

    For replicate weights: the spread over bootstrap columns is a second standard error, beside
    Woodruff's.
    """
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order], axis=0)
    reached = share >= p * share[-1] * (1 - 1e-12)
    return np.asarray(values[order][np.argmax(reached, axis=0)])


@dataclass(frozen=True)
class _Distribution:
    """Values in order and the share of the weights up to each."""

    values: Floats
    share: Floats

    @classmethod
    def of(cls, values: Floats, weights: Floats) -> _Distribution:
        order = np.argsort(values, kind="stable")
        cumulative = np.cumsum(weights[order])
        return cls(values[order], cumulative / cumulative[-1])

    def quantile(self, p: float) -> float:
        # the tolerance keeps a share of exactly p (up to rounding) from jumping to the next value
        position = int(np.searchsorted(self.share, p - 1e-12))
        return float(self.values[min(position, self.values.size - 1)])
