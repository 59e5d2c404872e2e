"""Regression with few clusters: CR0 to CR3, Bell-McCaffrey df, cluster jackknife.

Everything is computed from sums per cluster. Terms are named, never counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import (
    Booleans,
    Floats,
    Integers,
    codes,
    numbers,
    positive,
)


@dataclass(frozen=True)
class ClusterTest:
    """One coefficient with a cluster-robust standard error.

    Attributes
    ----------
    estimate, std_error, df, p_value : float
        Two-sided t test on ``df`` degrees of freedom.
    n_clusters : int
        Clusters in the regression.
    """

    estimate: float
    std_error: float
    df: float
    p_value: float
    n_clusters: int


@dataclass(frozen=True)
class ClusteredFit:
    """A (weighted) least-squares fit with rows grouped in clusters.

    Attributes
    ----------
    X : ndarray of float, shape (n, k)
        Design, rows already multiplied by the root of their weight.
    y : ndarray of float, shape (n,)
        Outcome, likewise.
    cluster : ndarray of int, shape (n,)
        0..G-1.
    names : tuple of str, length k
        Term of each column.
    absorbed : int
        Terms that were projected out of X and y beforehand: constants of units that each lie
        within one cluster. They count in the degrees of freedom of CR1.
    """

    X: Floats
    y: Floats
    cluster: Integers
    names: tuple[str, ...]
    absorbed: int = 0

    @property
    def n_clusters(self) -> int:
        """Number of clusters, G."""
        return int(self.cluster.max()) + 1

    @cached_property
    def bread(self) -> Floats:
        """Inverse of X'X, shape (k, k)."""
        return np.asarray(np.linalg.inv(self.X.T @ self.X), dtype=float)

    @cached_property
    def coefficients(self) -> Floats:
        """Least-squares coefficients, shape (k,)."""
        return np.asarray(self.bread @ (self.X.T @ self.y))

    @cached_property
    def gram(self) -> Floats:
        """X'X per cluster, shape (G, k, k)."""
        return np.stack([self.X[rows].T @ self.X[rows] for rows in self.members])

    @cached_property
    def members(self) -> tuple[Booleans, ...]:
        """Row mask of each cluster."""
        return tuple(self.cluster == g for g in range(self.n_clusters))

    def cross(self, vector: Floats) -> Floats:
        """X'v per cluster, shape (G, k)."""
        return np.stack([self.X[rows].T @ vector[rows] for rows in self.members])

    @property
    def cr1_factor(self) -> float:
        """G/(G-1) * (n-1)/(n-k), absorbed terms in k, as ``vcovCL(type = "HC1")`` and Stata."""
        (n, k), G = self.X.shape, self.n_clusters
        return float(G / (G - 1) * (n - 1) / (n - k - self.absorbed))

    @cached_property
    def residuals(self) -> Floats:
        """Outcome minus fit, shape (n,)."""
        return np.asarray(self.y - self.X @ self.coefficients)

    def position(self, term: str) -> int:
        """Return the column of a term, by its name."""
        if term not in self.names:
            raise RefusedError(f"the model has no term '{term}'", allowed=", ".join(self.names))
        return self.names.index(term)


def fit_clustered(
    y: ArrayLike,
    X: ArrayLike,
    clusters: ArrayLike,
    names: Sequence[str],
    weights: ArrayLike | None = None,
) -> ClusteredFit:
    """Fit a linear model whose errors may be correlated within clusters.

    Parameters
    ----------
    y : array_like, shape (n,)
        Outcome.
    X : array_like, shape (n, k)
        Columns of the model, the constant included, of full rank.
    clusters : array_like, shape (n,)
        Cluster label of each row.
    names : sequence of str, length k
        Unique name of each column.
    weights : array_like, shape (n,), optional
        Regression weights; the working variance of CR2 is then 1/weight.

    Returns
    -------
    ClusteredFit

    Raises
    ------
    RefusedError
        Missing values, fewer than two clusters, fewer rows than terms, or terms that cannot be
        told apart.
    """
    outcome = numbers("the outcome", y)
    design = np.asarray(X, dtype=float)
    if design.shape != (outcome.size, len(names)) or len(set(names)) < len(names):
        raise RefusedError("the model needs one uniquely named column per term, one row per value")
    numbers("the columns of the model", design.ravel())
    cluster, G = codes("the clusters", clusters, outcome.size)
    if G < 2:
        raise RefusedError("one cluster gives no variance between clusters", allowed="at least two")
    root = np.sqrt(np.ones_like(outcome) if weights is None else positive("weights", weights))
    design, outcome = design * root[:, None], outcome * root
    if design.shape[0] <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        raise RefusedError(
            "the terms of the model cannot be told apart with these rows",
            allowed=f"full column rank {design.shape[1]} and more rows than terms",
            remedy="leave out terms that are combinations of others.",
        )
    return ClusteredFit(design, outcome, cluster, tuple(names))


def cr0(fit: ClusteredFit, term: str) -> ClusterTest:
    """Test a term with the CR0 standard error, without any correction, on G - 1 df.

    Notes
    -----
    ``V = (X'X)^-1 [sum_g X_g'e_g e_g'X_g] (X'X)^-1``. Far too small with few clusters: here to
    compare with other software, not to judge by.

    References
    ----------
    Liang & Zeger (1986); agrees with ``sandwich::vcovCL(type = "HC0", cadjust = FALSE)``.
    """
    j = fit.position(term)
    scores = fit.cross(fit.residuals) @ fit.bread[j]
    std_error = float(np.sqrt((scores**2).sum()))
    return _t_test(float(fit.coefficients[j]), std_error, fit.n_clusters - 1, fit.n_clusters)


def cr1(fit: ClusteredFit, term: str) -> ClusterTest:
    """Test a term with the CR1 standard error on G - 1 degrees of freedom.

    Notes
    -----
    ``V = c V_CR0``, c of `ClusteredFit.cr1_factor`. Too small with few clusters; here as the
    statistic of the wild bootstrap and for comparison.

    References
    ----------
    Liang & Zeger (1986); agrees with ``sandwich::vcovCL(type = "HC1")``.
    """
    j = fit.position(term)
    scores = fit.cross(fit.residuals) @ fit.bread[j]
    std_error = float(np.sqrt(fit.cr1_factor * (scores**2).sum()))
    return _t_test(float(fit.coefficients[j]), std_error, fit.n_clusters - 1, fit.n_clusters)


def cr2(fit: ClusteredFit, term: str) -> ClusterTest:
    """Test a term with the bias-reduced CR2 standard error and Bell-McCaffrey df.

    Notes
    -----
    Residuals of a cluster are multiplied by ``A_g = (I - H_gg)^(-1/2)`` (symmetric, pseudo-inverse
    where a cluster determines a term by itself); df is the Satterthwaite value under independent
    errors. Computed in k dimensions from the QR of each cluster's rows. Constants of units that
    were absorbed give the same SE and df as their dummies would (Pustejovsky & Tipton, theorem 2).
    With weights (inverse variances) the root is that of the weighted rows; other roots are as
    unbiased and differ a little where clusters have several rows.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28:169; Pustejovsky & Tipton (2018), JBES 36:672.
    Agrees with ``clubSandwich::coef_test(vcov = "CR2")``, with weights on the weighted rows.
    """
    return _adjusted(fit, term, -0.5)


def cr3(fit: ClusteredFit, term: str) -> ClusterTest:
    """Test a term with the CR3 standard error and its Satterthwaite df.

    Notes
    -----
    As `cr2` with ``A_g = (I - H_gg)^-1``: ``V = sum_g (b_(g) - b)^2``, b_(g) without cluster g.
    Wide; `jackknife` is the same times (G-1)/G, on G - 1 df.

    References
    ----------
    Bell & McCaffrey (2002); agrees with ``clubSandwich::coef_test(vcov = "CR3")``.
    """
    return _adjusted(fit, term, -1.0)


def _adjusted(fit: ClusteredFit, term: str, power: float) -> ClusterTest:
    """Test a term with residuals multiplied by ``(I - H_gg)^power`` per cluster."""
    j = fit.position(term)
    scores, norms, crosses = (
        np.empty(fit.n_clusters),
        np.empty(fit.n_clusters),
        np.empty((fit.n_clusters, fit.X.shape[1])),
    )
    for g, rows in enumerate(fit.members):
        Q, R = np.linalg.qr(fit.X[rows])
        values, vectors = np.linalg.eigh(np.eye(len(R)) - R @ fit.bread @ R.T)
        factor = np.where(values > 1e-10, np.maximum(values, 1e-300) ** power, 0.0)
        adjusted = (vectors * factor) @ vectors.T @ R @ fit.bread[j]  # A_g X_g (X'X)^-1 e_j, in Q
        scores[g] = adjusted @ (Q.T @ fit.residuals[rows])
        norms[g], crosses[g] = adjusted @ adjusted, R.T @ adjusted
    gram = np.diag(norms) - crosses @ fit.bread @ crosses.T
    std_error = float(np.sqrt((scores**2).sum()))
    if not (gram**2).sum() > 0:
        raise RefusedError("the residuals do not vary between clusters: no standard error")
    df = float(np.trace(gram) ** 2 / (gram**2).sum())
    return _t_test(float(fit.coefficients[j]), std_error, df, fit.n_clusters)


def jackknife(fit: ClusteredFit, term: str) -> ClusterTest:
    """Test a term with the cluster jackknife CV3 on G - 1 degrees of freedom.

    Notes
    -----
    ``V = (G-1)/G * sum_g (b_(g) - b)^2``, b_(g) without cluster g. Terms that vanish with a
    cluster (its own constant) are dropped; if the tested term itself vanishes the test is refused.

    References
    ----------
    MacKinnon, Nielsen & Webb (2023), J. Applied Econometrics 38:671.
    """
    j = fit.position(term)
    moments = fit.cross(fit.y)
    without = np.empty(fit.n_clusters)
    for g in range(fit.n_clusters):
        gram = fit.gram.sum(axis=0) - fit.gram[g]
        inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
        if abs((inverse @ gram)[j, j] - 1) > 1e-6:
            raise RefusedError(
                f"the term '{term}' rests on one cluster only; without it there is no estimate",
                allowed="at least two clusters per arm",
            )
        without[g] = (inverse @ (moments.sum(axis=0) - moments[g]))[j]
    estimate = float(fit.coefficients[j])
    variance = (fit.n_clusters - 1) / fit.n_clusters * ((without - estimate) ** 2).sum()
    return _t_test(estimate, float(np.sqrt(variance)), fit.n_clusters - 1, fit.n_clusters)


def jackknife_of(
    estimator: Callable[[Booleans], float], clusters: ArrayLike, df: float | None = None
) -> ClusterTest:
    """Test any estimate by leaving out each cluster in turn.

    Parameters
    ----------
    estimator : callable
        Takes a row mask, shape (n,), and returns the estimate from those rows.
    clusters : array_like, shape (n,)
        Cluster of each row.
    df : float, optional
        Degrees of freedom of the t test; by default G - 1.

    Raises
    ------
    RefusedError
        Fewer than two clusters, or the estimator refuses the rows without one of them.

    Notes
    -----
    ``V = (G-1)/G * sum_g (b_(g) - b)^2`` as `jackknife`, for estimators that are no single
    regression (doubly robust). Everything, nuisance models too, is estimated again without the
    cluster. Missing values are the estimator's to refuse.

    References
    ----------
    MacKinnon, Nielsen & Webb (2023), J. Applied Econometrics 38:671.
    """
    cluster, G = codes("the clusters", clusters)
    if G < 2:
        raise RefusedError("one cluster gives no variance between clusters", allowed="at least two")
    estimate = float(estimator(np.ones(cluster.size, dtype=bool)))
    without = np.array([estimator(cluster != g) for g in range(G)])
    variance = (G - 1) / G * ((without - estimate) ** 2).sum()
    return _t_test(estimate, float(np.sqrt(variance)), df or G - 1, G)


def _t_test(estimate: float, std_error: float, df: float, G: int) -> ClusterTest:
    if not std_error > 0:
        raise RefusedError("the residuals do not vary between clusters: no standard error")
    p_value = float(2 * stats.t.sf(abs(estimate / std_error), df))
    return ClusterTest(estimate, std_error, df, p_value, G)
