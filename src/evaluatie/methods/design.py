"""Estimates and standard errors from the sampling design: strata, clusters, calibration.

One declared design serves descriptives: strata are areas, clusters are households. Variances are
Taylor-linearised with replacement at the first stage (no finite population correction), as
``survey::svydesign(id, strata, weights, nest = TRUE)``. Declare a `Design` once and ask it many
questions, or use `design_mean`, `design_total`, `design_change` for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.linalg import qr

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats, Integers, codes, positive


class Residuals(StrEnum):
    """Which regression takes the calibration margins out of the variance."""

    RAKE = "rake"  # ordinary least squares, as survey::rake
    CALIBRATE = "calibrate"  # weighted by the design weights, as survey::calibrate


@dataclass(frozen=True)
class Calibration:
    """To which margins the weights were calibrated.

    Attributes
    ----------
    matrix : ndarray of float, shape (n, k)
        Calibration variables of each unit, e.g. indicators of the cells of every margin.
    residuals : Residuals
        The convention, by name.
    base : ndarray of float, shape (n,), optional
        Design weights before calibration; needed for ``CALIBRATE``.

    Notes
    -----
    An influence ``z_i = w_i e_i`` becomes ``w_i (e_i - x_i' B)``. ``RAKE``: B by ordinary least
    squares, what ``survey::rake`` converges to (it sweeps the margins ten times). ``CALIBRATE``: B
    weighted by the design weights. With equal design weights the two coincide.
    """

    matrix: Floats
    residuals: Residuals = Residuals.RAKE
    base: Floats | None = None

    @cached_property
    def scale(self) -> Floats:
        """Root of the regression weights of the convention, shape (n,)."""
        if self.residuals is Residuals.RAKE:
            return np.ones(len(self.matrix))
        if self.base is None:
            raise RefusedError("residuals as survey::calibrate need the design weights")
        return np.sqrt(positive("the design weights", self.base, len(self.matrix)))

    @cached_property
    def basis(self) -> Floats:
        """Orthonormal columns that span the scaled matrix, shape (n, rank)."""
        Q, R, _ = qr(self.matrix * self.scale[:, None], mode="economic", pivoting=True)
        size = np.abs(np.diag(R))
        return np.ascontiguousarray(Q[:, size > 1e-10 * size.max()])

    def residual(self, influence: Floats, weights: Floats) -> Floats:
        """Return the influence, shape (n,), without what the margins explain of it."""
        scaled = influence / weights * self.scale
        scaled = scaled - self.basis @ (self.basis.T @ scaled)
        return np.asarray(weights * scaled / self.scale)


@dataclass(frozen=True)
class DesignEstimate:
    """An estimate with its design-based standard error.

    Attributes
    ----------
    estimate, std_error : float
        In the unit of the values.
    df : int
        Clusters minus strata in which the domain occurs, as ``survey::degf(subset(...))``.
    n : int
        Units with a value in the domain.
    n_clusters : int
        Clusters those units are in.
    deff : float
        Variance over that of an equally large simple random sample with replacement, as
        ``svymean(deff = "replace")``; of a change: over that of two independent waves, so below 1
        when panel overlap pays off; NaN for a total.
    """

    estimate: float
    std_error: float
    df: int
    n: int
    n_clusters: int
    deff: float


@dataclass(frozen=True)
class Design:
    """How n units were sampled and weighted; made by `Design.of`.

    Attributes
    ----------
    weights : ndarray of float, shape (n,)
        Weights after calibration.
    cluster : ndarray of int, shape (n,)
        Cluster of each unit; a cluster lies in one stratum.
    stratum_of : ndarray of int, shape (c,)
        Stratum of each cluster.
    calibration : Calibration or None
        Margins the weights reproduce; without it, weights count as fixed.
    """

    weights: Floats
    cluster: Integers
    stratum_of: Integers
    calibration: Calibration | None = None

    @classmethod
    def of(
        cls,
        weights: ArrayLike,
        strata: ArrayLike,
        clusters: ArrayLike,
        calibration: Calibration | None = None,
    ) -> Design:
        """Declare a design.

        Parameters
        ----------
        weights : array_like, shape (n,)
            Weights above zero, after calibration.
        strata, clusters : array_like, shape (n,)
            Labels; the same cluster label in two strata means two clusters.
        calibration : Calibration, optional
            Margins the weights reproduce.
        """
        vector = positive("the weights", weights)
        if calibration is not None and len(calibration.matrix) != vector.size:
            raise RefusedError("the calibration matrix needs one row per weight")
        stratum, _ = codes("the strata", strata, vector.size)
        label, k = codes("the clusters", clusters, vector.size)
        pairs, cluster = np.unique(stratum * k + label, return_inverse=True)
        return cls(vector, cluster.astype(np.int64), (pairs // k).astype(np.int64), calibration)

    def mean(self, values: ArrayLike, domain: ArrayLike | None = None) -> DesignEstimate:
        """Estimate a weighted mean; see `design_mean`."""
        outcome, inside = self._domain(values, domain)
        influence, mean = self._mean_influence(outcome, inside)
        variance = self.variance(self._calibrated(influence))
        deff = variance / _simple_variance(outcome[inside], self.weights[inside])
        return self._estimate(mean, variance, inside, deff)

    def total(self, values: ArrayLike, domain: ArrayLike | None = None) -> DesignEstimate:
        """Estimate a population total; see `design_total`."""
        outcome, inside = self._domain(values, domain)
        influence = np.where(inside, self.weights * outcome, 0.0)
        variance = self.variance(self._calibrated(influence))
        return self._estimate(float(influence.sum()), variance, inside, float("nan"))

    def change(
        self, values: ArrayLike, later: ArrayLike, domain: ArrayLike | None = None
    ) -> DesignEstimate:
        """Estimate the mean of later rows minus that of earlier rows; see `design_change`."""
        outcome, inside = self._domain(values, domain)
        is_later = np.asarray(later, dtype=bool)
        before, mean_before = self._mean_influence(outcome, inside & ~is_later)
        after, mean_after = self._mean_influence(outcome, inside & is_later)
        before, after = self._calibrated(before), self._calibrated(after)
        variance = self.variance(after - before)
        apart = self.variance(after) + self.variance(before)
        deff = variance / apart if apart > 0 else float("nan")
        return self._estimate(mean_after - mean_before, variance, inside, deff)

    def variance(self, influence: Floats) -> float:
        """Return ``sum_h m_h/(m_h - 1) sum_c (z_c - zbar_h)^2`` over cluster totals z, strata h.

        A stratum with one cluster has no spread of its own: its total is compared with the
        mean over the whole sample, which is 0 (R: ``survey.lonely.psu = "adjust"``).
        """
        totals = np.bincount(self.cluster, influence, len(self.stratum_of))
        m = np.bincount(self.stratum_of)
        lonely = (m == 1)[self.stratum_of]
        mean = (np.bincount(self.stratum_of, totals) / m)[self.stratum_of]
        factor = np.where(lonely, 1.0, (m / np.maximum(m - 1, 1))[self.stratum_of])
        return float((factor * (totals - np.where(lonely, 0.0, mean)) ** 2).sum())

    def clusters(self, inside: Booleans) -> int:
        """Return the number of clusters that units of a domain, shape (n,), are in."""
        return int(self._present(inside).size)

    def df(self, inside: Booleans) -> int:
        """Return clusters minus strata in which a domain, shape (n,), occurs."""
        present = self._present(inside)
        return int(present.size - np.count_nonzero(np.bincount(self.stratum_of[present])))

    def _present(self, inside: Booleans) -> Integers:
        return np.flatnonzero(np.bincount(self.cluster[inside], minlength=len(self.stratum_of)))

    def _calibrated(self, influence: Floats) -> Floats:
        if self.calibration is None:
            return influence
        return self.calibration.residual(influence, self.weights)

    def _domain(self, values: ArrayLike, domain: ArrayLike | None) -> tuple[Floats, Booleans]:
        n = self.weights.size
        outcome = np.asarray(values, dtype=float)
        inside = np.ones(n, dtype=bool) if domain is None else np.asarray(domain, dtype=bool)
        if outcome.shape != (n,) or inside.shape != (n,):
            raise RefusedError(f"values and domain need {n} entries, one per weight")
        if np.isinf(outcome).any():
            raise RefusedError("the values contain infinite entries")
        inside = inside & ~np.isnan(outcome)
        return np.where(inside, outcome, 0.0), inside

    def _mean_influence(self, outcome: Floats, inside: Booleans) -> tuple[Floats, float]:
        size = self.weights[inside].sum()
        if not inside.any():
            raise RefusedError("no respondent in the domain (of one of the waves) has a value")
        mean = float((self.weights[inside] * outcome[inside]).sum() / size)
        return np.where(inside, self.weights * (outcome - mean) / size, 0.0), mean

    def _estimate(
        self, estimate: float, variance: float, inside: Booleans, deff: float
    ) -> DesignEstimate:
        clusters, df = self.clusters(inside), self.df(inside)
        if df < 1:
            raise RefusedError(
                f"{clusters} sampling units leave no degrees of freedom for a standard error",
                allowed="at least two units (households) in some stratum (area)",
            )
        return DesignEstimate(estimate, variance**0.5, df, int(inside.sum()), clusters, deff)


def design_mean(
    values: ArrayLike,
    weights: ArrayLike,
    strata: ArrayLike,
    clusters: ArrayLike,
    calibration: Calibration | None = None,
    domain: ArrayLike | None = None,
) -> DesignEstimate:
    """Estimate a weighted mean; of zeros and ones, a share.

    Parameters
    ----------
    values : array_like, shape (n,)
        Outcome; NaN where it is missing.
    weights, strata, clusters, calibration
        As in `Design.of`.
    domain : array_like of bool, shape (n,), optional
        Units the mean is about; the whole design is kept for the variance.

    Returns
    -------
    DesignEstimate

    Raises
    ------
    RefusedError
        No unit with a value, or one cluster per stratum throughout (no degrees of freedom).

    Notes
    -----
    ``ybar = sum_D w y / sum_D w``; influence ``z_i = w_i d_i (y_i - ybar) / sum_D w``, replaced by
    its calibration residual. Missing values leave the domain, not the design (as
    ``subset(design, !is.na(y))``), so they count as if missing at random within weights.

    References
    ----------
    Sarndal, Swensson & Wretman (1992), ch. 5-6. Agrees with ``survey::svymean``/``svyby``.
    """
    return Design.of(weights, strata, clusters, calibration).mean(values, domain)


def design_total(
    values: ArrayLike,
    weights: ArrayLike,
    strata: ArrayLike,
    clusters: ArrayLike,
    calibration: Calibration | None = None,
    domain: ArrayLike | None = None,
) -> DesignEstimate:
    """Estimate a population total, ``sum_D w y``; see `design_mean` for parameters and rules.

    References
    ----------
    Agrees with ``survey::svytotal``.
    """
    return Design.of(weights, strata, clusters, calibration).total(values, domain)


def design_change(
    values: ArrayLike,
    weights: ArrayLike,
    strata: ArrayLike,
    clusters: ArrayLike,
    later: ArrayLike,
    calibration: Calibration | None = None,
    domain: ArrayLike | None = None,
) -> DesignEstimate:
    """Estimate the mean of later rows minus the mean of earlier rows of one stacked table.

    Parameters
    ----------
    values, weights, strata, clusters, calibration, domain
        As in `design_mean`, for the rows of both waves; someone who answered twice has two rows
        with the same cluster. Calibration columns are per wave (zero in the other wave).
    later : array_like of bool, shape (n,)
        Whether a row belongs to the later wave.

    Returns
    -------
    DesignEstimate
        ``n`` counts rows, ``n_clusters`` clusters over both waves.

    Notes
    -----
    The influence of a row is that of its own wave's mean, with a minus sign in the earlier wave.
    Clusters reach over waves, so the covariance of people who answered twice is in the variance.

    References
    ----------
    Berger & Priam (2016), JRSS A 179:361; ``survey::svycontrast`` of ``svyby(~y, ~wave, covmat =
    TRUE)`` on the stacked design.
    """
    return Design.of(weights, strata, clusters, calibration).change(values, later, domain)


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


def _simple_variance(outcome: Floats, weights: Floats) -> float:
    """Variance of the mean of an equally large simple random sample; NaN if it is zero."""
    n = outcome.size
    if n < 2:
        return float("nan")
    mean = np.average(outcome, weights=weights)
    return float(np.average((outcome - mean) ** 2, weights=weights)) / (n - 1) or float("nan")
