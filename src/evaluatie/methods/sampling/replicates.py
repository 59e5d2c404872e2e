"""Replicate weights: jackknife and bootstrap, and the variance of any estimate over them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, Integers, codes, positive


class Centre(StrEnum):
    """Around what the replicate estimates spread."""

    REPLICATE_MEAN = (
        "replicate_mean"  # their own mean: survey::svrepdesign(mse = FALSE), R's default
    )
    ESTIMATE = "estimate"  # the full-sample estimate: mse = TRUE


@dataclass(frozen=True)
class Replicates:
    """R sets of weights whose spread of estimates is their variance.

    Attributes
    ----------
    weights : ndarray of float, shape (n, R)
        One column per replicate; zero for units it leaves out.
    scale : float
        Common factor of all squared deviations.
    factors : ndarray of float, shape (R,)
        Factor of each replicate (``rscales`` in R).
    centre : Centre
        The convention, by name.

    Notes
    -----
    ``V = scale * sum_r factors_r (theta_r - centre)(theta_r - centre)'``. With ``REPLICATE_MEAN``
    the centre is the plain mean of the replicates with a factor above zero.

    References
    ----------
    Wolter (2007), Introduction to Variance Estimation. ``survey::svrVar``.
    """

    weights: Floats
    scale: float
    factors: Floats
    centre: Centre = Centre.REPLICATE_MEAN

    def covariance(self, estimates: Floats, full: Floats) -> Floats:
        """Return the covariance, (k, k), of estimates over replicates, (R, k), and in full, (k,).

        Raises
        ------
        RefusedError
            An estimate that does not exist in some replicate, e.g. of a domain it leaves out.
        """
        if lost := int((~np.isfinite(estimates).all(axis=1)).sum()):
            raise RefusedError(
                f"{lost} of {len(estimates)} replicates leave nobody to estimate from",
                remedy="take a larger domain, or the linearised standard error.",
            )
        used = self.factors > 0
        centre = estimates[used].mean(axis=0) if self.centre is Centre.REPLICATE_MEAN else full
        apart = (estimates - centre) * np.sqrt(self.factors)[:, None]
        return np.asarray(self.scale * apart.T @ apart)


def jackknife_replicates(weights: ArrayLike, strata: ArrayLike, clusters: ArrayLike) -> Replicates:
    """Leave out one cluster at a time, the others of its stratum standing in for it.

    Parameters
    ----------
    weights : array_like, shape (n,)
        Weights above zero.
    strata, clusters : array_like, shape (n,)
        Labels; the same cluster label in two strata means two clusters.

    Returns
    -------
    Replicates
        One replicate per cluster; ``scale`` 1 and ``factors`` (m_h - 1)/m_h.

    Raises
    ------
    RefusedError
        A stratum with one cluster.

    Notes
    -----
    Weights of the left-out cluster become 0, those of its stratum times ``m_h/(m_h - 1)``. With
    one stratum this is JK1, else JKn. Not for quantiles (inconsistent there): use the bootstrap.

    References
    ----------
    ``survey::as.svrepdesign(type = "JK1")`` and ``"JKn"``.
    """
    base = positive("the weights", weights)
    cluster, stratum_of = _clusters(strata, clusters, base.size)
    m = np.bincount(stratum_of)[stratum_of]  # clusters in the stratum of each cluster
    same = stratum_of[:, None] == stratum_of[None, :]
    multiplier = np.where(same, (m / (m - 1))[None, :], 1.0)
    np.fill_diagonal(multiplier, 0.0)
    return Replicates(base[:, None] * multiplier[cluster], 1.0, (m - 1) / m)


def bootstrap_replicates(
    weights: ArrayLike,
    strata: ArrayLike,
    clusters: ArrayLike,
    replicates: int,
    rng: np.random.Generator,
) -> Replicates:
    """Draw m_h - 1 of the m_h clusters of every stratum with replacement, rescaled (Rao-Wu).

    Parameters
    ----------
    weights, strata, clusters
        As in `jackknife_replicates`.
    replicates : int
        Number of replicates, at least 2; 500 or more for a stable standard error.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    Replicates
        ``scale`` 1/(R - 1), ``factors`` 1.

    Raises
    ------
    RefusedError
        A stratum with one cluster, or fewer than two replicates.

    Notes
    -----
    A cluster drawn t times has its weights times ``t m_h/(m_h - 1)``: unbiased for the variance
    of a total, and consistent for quantiles. First-stage sampling counts as with replacement.

    References
    ----------
    Rao & Wu (1988), JASA 83:231; ``survey::as.svrepdesign(type = "subbootstrap")``.
    """
    if replicates < 2:
        raise RefusedError(f"{replicates} replicates have no spread", allowed="at least 2")
    base = positive("the weights", weights)
    cluster, stratum_of = _clusters(strata, clusters, base.size)
    multiplier = np.empty((len(stratum_of), replicates))
    for members in _members(stratum_of):
        m = members.size
        times = rng.multinomial(m - 1, np.full(m, 1 / m), size=replicates).T
        multiplier[members] = times * (m / (m - 1))
    scaled = base[:, None] * multiplier[cluster]
    return Replicates(scaled, 1 / (replicates - 1), np.ones(replicates))


def _clusters(strata: ArrayLike, clusters: ArrayLike, n: int) -> tuple[Integers, Integers]:
    """Return the cluster of each unit and the stratum of each cluster, two or more in each."""
    stratum, _ = codes("the strata", strata, n)
    label, k = codes("the clusters", clusters, n)
    pairs, cluster = np.unique(stratum * k + label, return_inverse=True)
    stratum_of = (pairs // k).astype(np.int64)
    sizes = np.bincount(stratum_of)
    if lonely := int((sizes == 1).sum()):
        raise RefusedError(
            f"{lonely} of {sizes.size} strata have one sampling unit (household)",
            remedy="merge such a stratum (area) with another, or take the linearised standard "
            "error.",
        )
    return cluster.astype(np.int64), stratum_of


def _members(stratum_of: Integers) -> list[Integers]:
    order = np.argsort(stratum_of, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(stratum_of[order])) + 1)
