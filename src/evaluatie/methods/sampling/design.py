"""A declared sampling design: strata, clusters, calibration, replicate weights, and its variance.

For descriptives strata are areas and clusters households. Variances are Taylor-linearised, with
replacement at the first stage unless a finite population is declared, as
``survey::svydesign(id, strata, weights, fpc, nest = TRUE)``; or, when the design carries replicate
weights, the spread of the estimate over them, as ``survey::svrepdesign``. Every estimator hands in
a `Linearised` estimate, which serves both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats, Integers, codes, positive
from evaluatie.methods.sampling.replicates import Replicates
from evaluatie.methods.sampling.residuals import Calibration
from evaluatie.methods.sampling.stages import FinitePopulation, Stage, spread


@dataclass(frozen=True)
class DesignEstimate:
    """An estimate with its design-based standard error.

    Attributes
    ----------
    estimate, std_error : float
        In the unit of the values.
    df : float
        Clusters minus strata in which the domain occurs, as ``survey::degf(subset(...))``; after
        pooling over imputations that of Barnard and Rubin.
    n : int
        Units with a value in the domain.
    n_clusters : int
        Clusters those units are in.
    deff : float
        Variance over that of an equally large simple random sample with replacement, as
        ``svymean(deff = "replace")``; of a change: over that of two independent waves, so below 1
        when panel overlap pays off; NaN for other estimates.
    """

    estimate: float
    std_error: float
    df: float
    n: int
    n_clusters: int
    deff: float

    def deff_of(self, population: float) -> float:
        """Return ``deff`` against sampling without replacement from ``population`` people.

        As ``svymean(deff = TRUE)``, which takes the sum of the weights for the population.
        """
        return self.deff / (1 - self.n / population)


@dataclass(frozen=True)
class Linearised:
    """An estimate of k numbers in a form from which any design makes a variance.

    Attributes
    ----------
    value : ndarray of float, shape (k,)
        The estimates.
    influence : ndarray of float, shape (n, k)
        Weighted influence of each unit; zero outside the domain.
    at : callable
        The estimates under other weights: (n, R) -> (R, k), all columns at once.
    """

    value: Floats
    influence: Floats
    at: Callable[[Floats], Floats]


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
    stages : tuple of Stage
        Finite populations, first stage first; empty for sampling with replacement.
    replicates : Replicates or None
        Replicate weights; with them every standard error is theirs.
    """

    weights: Floats
    cluster: Integers
    stratum_of: Integers
    calibration: Calibration | None = None
    stages: tuple[Stage, ...] = ()
    replicates: Replicates | None = None

    @classmethod
    def of(
        cls,
        weights: ArrayLike,
        strata: ArrayLike,
        clusters: ArrayLike,
        calibration: Calibration | None = None,
        finite: FinitePopulation | None = None,
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
        finite : FinitePopulation, optional
            How many clusters (and units within them) there are, to count sampling without
            replacement at one or two stages.
        """
        vector = positive("the weights", weights)
        if calibration is not None and len(calibration.matrix) != vector.size:
            raise RefusedError("the calibration matrix needs one row per weight")
        stratum, _ = codes("the strata", strata, vector.size)
        label, k = codes("the clusters", clusters, vector.size)
        pairs, cluster = np.unique(stratum * k + label, return_inverse=True)
        cluster, stratum_of = cluster.astype(np.int64), (pairs // k).astype(np.int64)
        stages = finite.stages(cluster, stratum_of) if finite else ()
        return cls(vector, cluster, stratum_of, calibration, stages)

    def with_replicates(self, replicates: Replicates) -> Design:
        """Return the design with replicate weights, whose spread replaces the Taylor variance."""
        if len(replicates.weights) != self.weights.size:
            raise RefusedError("the replicate weights need one row per weight")
        return replace(self, replicates=replicates)

    def mean(self, values: ArrayLike, domain: ArrayLike | None = None) -> DesignEstimate:
        """Estimate a weighted mean; see `design_mean`."""
        outcome, inside = self.domain(values, domain)
        found = self.linear_means(outcome[:, None], inside)
        variance = float(self.covariance_of(found)[0, 0])
        deff = variance / simple_variance(outcome[inside], self.weights[inside])
        return self.estimate(float(found.value[0]), variance, inside, deff)

    def total(self, values: ArrayLike, domain: ArrayLike | None = None) -> DesignEstimate:
        """Estimate a population total; see `design_total`."""
        outcome, inside = self.domain(values, domain)
        influence = np.where(inside, self.weights * outcome, 0.0)
        column = np.where(inside, outcome, 0.0)[:, None]
        total = np.array([influence.sum()])
        found = Linearised(total, influence[:, None], lambda W: np.asarray(W.T @ column))
        variance = float(self.covariance_of(found)[0, 0])
        return self.estimate(float(total[0]), variance, inside)

    def change(
        self, values: ArrayLike, later: ArrayLike, domain: ArrayLike | None = None
    ) -> DesignEstimate:
        """Estimate the mean of later rows minus that of earlier rows; see `design_change`."""
        outcome, inside = self.domain(values, domain)
        is_later = np.asarray(later, dtype=bool)
        before = self.linear_means(outcome[:, None], inside & ~is_later)
        after = self.linear_means(outcome[:, None], inside & is_later)
        # the difference as a column of its own: from the two variances it would lose digits
        three = Linearised(
            np.append(np.append(before.value, after.value), after.value - before.value),
            np.hstack([before.influence, after.influence, after.influence - before.influence]),
            lambda W: _with_difference(before.at(W), after.at(W)),
        )
        V = self.covariance_of(three)
        apart = float(V[0, 0] + V[1, 1])
        deff = float(V[2, 2]) / apart if apart > 0 else float("nan")
        return self.estimate(float(three.value[2]), float(V[2, 2]), inside, deff)

    def linear_means(self, outcomes: Floats, inside: Booleans) -> Linearised:
        """Return the weighted means of columns, shape (n, k), over the units ``inside``."""
        if not inside.any():
            raise RefusedError("no respondent in the domain (of one of the waves) has a value")
        w, rows = self.weights[inside], outcomes[inside]
        size = w.sum()
        value = w @ rows / size
        influence = np.zeros(outcomes.shape)
        influence[inside] = (w / size)[:, None] * (rows - value)

        def at(W: Floats) -> Floats:
            within = W[inside]
            sizes = within.sum(axis=0)
            with np.errstate(divide="ignore", invalid="ignore"):  # an empty replicate: NaN, refused
                return np.asarray(within.T @ rows / sizes[:, None])

        return Linearised(np.asarray(value), influence, at)

    def covariance_of(self, found: Linearised) -> Floats:
        """Return the covariance, shape (k, k), of estimates under this design."""
        if self.replicates is not None:
            return self.replicates.covariance(found.at(self.replicates.weights), found.value)
        influence = found.influence
        if self.calibration is not None:
            influence = self.calibration.residual(influence, self.weights)
        return self.covariance(influence)

    def covariance(self, influence: Floats) -> Floats:
        """Return ``sum_h (1 - f_h) m_h/(m_h - 1) sum_c (z_c - zbar_h)(z_c - zbar_h)'``.

        z_c are cluster totals of the influences, shape (n, k), in strata h; f_h is the sampled
        share of clusters (0 with replacement). A stratum with one cluster has no spread of its
        own: its total is compared with the mean over the whole sample, which is 0 (R:
        ``survey.lonely.psu = "adjust"``). A second stage adds f_h times the same within clusters.
        """
        if not self.stages:
            return spread(influence, self.cluster, self.stratum_of)
        return np.asarray(sum(stage.covariance(influence) for stage in self.stages))

    def variance(self, influence: Floats) -> float:
        """Return the variance of one estimate from its influences, shape (n,); no calibration."""
        return float(self.covariance(influence[:, None])[0, 0])

    def clusters(self, inside: Booleans) -> int:
        """Return the number of clusters that units of a domain, shape (n,), are in."""
        return int(self._present(inside).size)

    def df(self, inside: Booleans) -> int:
        """Return clusters minus strata in which a domain, shape (n,), occurs."""
        present = self._present(inside)
        return int(present.size - np.count_nonzero(np.bincount(self.stratum_of[present])))

    def _present(self, inside: Booleans) -> Integers:
        return np.flatnonzero(np.bincount(self.cluster[inside], minlength=len(self.stratum_of)))

    def domain(self, values: ArrayLike, domain: ArrayLike | None) -> tuple[Floats, Booleans]:
        """Return values with 0 outside the domain or where missing, and who is in it; (n,) each."""
        n = self.weights.size
        outcome = np.asarray(values, dtype=float)
        inside = np.ones(n, dtype=bool) if domain is None else np.asarray(domain, dtype=bool)
        if outcome.shape != (n,) or inside.shape != (n,):
            raise RefusedError(f"values and domain need {n} entries, one per weight")
        if np.isinf(outcome).any():
            raise RefusedError("the values contain infinite entries")
        inside = inside & ~np.isnan(outcome)
        return np.where(inside, outcome, 0.0), inside

    def estimate(
        self, estimate: float, variance: float, inside: Booleans, deff: float = float("nan")
    ) -> DesignEstimate:
        """Return an estimate about the units ``inside``, or refuse when no df are left."""
        clusters, df = self.clusters(inside), self.df(inside)
        if df < 1:
            raise RefusedError(
                f"{clusters} sampling units leave no degrees of freedom for a standard error",
                allowed="at least two units (households) in some stratum (area)",
            )
        return DesignEstimate(estimate, variance**0.5, df, int(inside.sum()), clusters, deff)


def _with_difference(before: Floats, after: Floats) -> Floats:
    return np.hstack([before, after, after - before])


def simple_variance(outcome: Floats, weights: Floats) -> float:
    """Return the variance of the mean of an equally large simple random sample; NaN if zero."""
    n = outcome.size
    if n < 2:
        return float("nan")
    mean = np.average(outcome, weights=weights)
    return float(np.average((outcome - mean) ** 2, weights=weights)) / (n - 1) or float("nan")
