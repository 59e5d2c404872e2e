"""How totals of sampled units spread: within strata, in one or two stages, populations finite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, Integers, codes, positive


@dataclass(frozen=True)
class Stage:
    """One stage of sampling without replacement.

    Attributes
    ----------
    unit : ndarray of int, shape (n,)
        Sampled unit of this stage that each row is in.
    group_of : ndarray of int, shape (c,)
        Stratum (first stage) or cluster (second stage) of each unit.
    unsampled : ndarray of float, shape (g,)
        Per group, 1 minus the sampled share of its units.
    factor : ndarray of float, shape (g,)
        What the spread of a group counts for: 1 at the first stage, at the second the sampled
        share of clusters of the first.
    """

    unit: Integers
    group_of: Integers
    unsampled: Floats
    factor: Floats

    def covariance(self, influence: Floats) -> Floats:
        """Return what this stage adds to the covariance of influences, shape (n, k)."""
        return spread(influence, self.unit, self.group_of, self.unsampled * self.factor)


@dataclass(frozen=True)
class FinitePopulation:
    """How many sampling units there are in the population.

    Attributes
    ----------
    clusters : array_like, shape (n,)
        Clusters in the population of the row's stratum.
    units : array_like, shape (n,), optional
        Label of the row's second-stage unit, e.g. the person when clusters are households.
    units_in_cluster : array_like, shape (n,), optional
        Second-stage units in the population of the row's cluster.

    Notes
    -----
    Two stages: ``V = V1 + sum_c f_h V2_c`` with V1 over cluster totals, V2_c over unit totals
    within cluster c, f_h the sampled share of clusters in its stratum. Assumes simple random
    sampling without replacement at each stage.

    References
    ----------
    Sarndal, Swensson & Wretman (1992), section 4.3. Agrees with ``survey::svydesign(id = ~a + b,
    fpc = ~A + B)``.
    """

    clusters: ArrayLike
    units: ArrayLike | None = None
    units_in_cluster: ArrayLike | None = None

    def stages(self, cluster: Integers, stratum_of: Integers) -> tuple[Stage, ...]:
        """Return the stages of a design with these clusters, (n,), in these strata, (c,).

        Raises
        ------
        RefusedError
            More units sampled than there are, a population that differs within its stratum or
            cluster, or a cluster of which one of several units was sampled.
        """
        n = cluster.size
        known = positive("the numbers of clusters", self.clusters, n)
        sampled = np.bincount(stratum_of)
        share = sampled / _constant("stratum", known, stratum_of[cluster], len(sampled))
        _check_share("clusters", share)
        first = Stage(cluster, stratum_of, 1 - share, np.ones(len(share)))
        if self.units is None or self.units_in_cluster is None:
            return (first,)
        label, k = codes("the second-stage units", self.units, n)
        pairs, unit = np.unique(cluster * k + label, return_inverse=True)
        cluster_of = (pairs // k).astype(np.int64)
        units = np.bincount(cluster_of)
        there = positive("the numbers of second-stage units", self.units_in_cluster, n)
        within = units / _constant("cluster", there, cluster, len(units))
        _check_share("second-stage units", within)
        if lonely := int(((units == 1) & (within < 1)).sum()):
            raise RefusedError(
                f"of {lonely} clusters one of several second-stage units was sampled: their "
                "spread within the cluster is not known",
                remedy="leave the second stage out; the first stage then counts it as well.",
            )
        return first, Stage(unit.astype(np.int64), cluster_of, 1 - within, share[stratum_of])


def spread(
    influence: Floats, unit: Integers, group_of: Integers, factor: Floats | None = None
) -> Floats:
    """Return ``sum_g factor_g m_g/(m_g - 1) sum_u (z_u - zbar_g)(z_u - zbar_g)'``, shape (k, k).

    Parameters
    ----------
    influence : ndarray of float, shape (n, k)
    unit : ndarray of int, shape (n,)
        Sampled unit of each row.
    group_of : ndarray of int, shape (c,)
        Stratum of each unit.
    factor : ndarray of float, shape (g,), optional
        1 when not given. A group with one unit is compared with 0.
    """
    c = len(group_of)
    totals = np.stack([np.bincount(unit, column, c) for column in influence.T], axis=1)
    m = np.bincount(group_of)
    mean = np.stack([np.bincount(group_of, column) / m for column in totals.T], axis=1)
    mean[m == 1] = 0.0
    scale = np.where(m > 1, m / np.maximum(m - 1, 1), 1.0) * (1.0 if factor is None else factor)
    centred = (totals - mean[group_of]) * np.sqrt(scale)[group_of, None]
    return np.asarray(centred.T @ centred)


def _constant(where: str, values: Floats, group: Integers, groups: int) -> Floats:
    """Return the value of each group, which all its rows must share."""
    found = np.full(groups, np.nan)
    found[group] = values
    if differ := np.unique(group[values != found[group]]).size:
        raise RefusedError(f"the population differs among the rows of {differ} units ({where})")
    return found


def _check_share(what: str, share: Floats) -> None:
    if over := int((share > 1 + 1e-12).sum()):
        raise RefusedError(f"more {what} were sampled than there are, {over} times")
