"""Difference in differences: two by two, and two-way fixed effects over many periods.

Both are one clustered regression, whose term `EFFECT` any test of `few_clusters` or
`wild_bootstrap` can judge. The area is the cluster: its people share what happens to it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.few_clusters import ClusteredFit, fit_clustered
from evaluatie.methods.inputs import Booleans, Floats, Integers, codes, numbers, positive

EFFECT = "effect"


def two_by_two(
    y: ArrayLike,
    treated: ArrayLike,
    post: ArrayLike,
    clusters: ArrayLike,
    covariates: Mapping[str, ArrayLike] | None = None,
    weights: ArrayLike | None = None,
) -> ClusteredFit:
    """Fit the difference in differences of two groups and two periods.

    Parameters
    ----------
    y : array_like, shape (n,)
        Outcome of each row (person, or area) in the unit of the estimate.
    treated, post : array_like of bool, shape (n,)
        Whether the row's cluster is treated, and whether the row lies after the start.
    clusters : array_like, shape (n,)
        Cluster (area) of each row.
    covariates : mapping of str to array_like, shape (n,), optional
        Characteristics that the treatment cannot have changed, with the same slope in all cells.
    weights : array_like, shape (n,), optional
        Regression weights.

    Returns
    -------
    ClusteredFit
        Terms ``constant``, ``treated``, ``post``, `EFFECT` and the covariates.

    Raises
    ------
    RefusedError
        An empty cell, a cluster that is partly treated, fewer than two clusters in an arm, missing
        values.

    Notes
    -----
    ``y = a + b treated + c post + d treated x post + x'g``; d is the effect if both groups would
    have changed equally without it (parallel trends, given x), if the treatment does not reach the
    other group (no spill-over) and if nobody changed in advance. Rows with missing values are
    refused: leave them out beforehand and count them.

    References
    ----------
    Angrist & Pischke (2009), Mostly Harmless Econometrics, 5.2. ``lm(y ~ treated * post)``.
    """
    outcome = numbers("the outcome", y)
    arm, after = np.asarray(treated, dtype=bool), np.asarray(post, dtype=bool)
    check_arms(arm, clusters, outcome.size)
    for name, rows in (("treated", arm), ("comparison", ~arm)):
        for when, mask in (("before", ~after), ("after", after)):
            if not (rows & mask).any():
                raise RefusedError(f"there are no {name} rows {when} the start")
    terms: dict[str, ArrayLike] = {
        "constant": np.ones(outcome.size), "treated": arm, "post": after, EFFECT: arm & after,
    }  # fmt: skip
    terms |= covariates or {}
    return fit_clustered(outcome, columns(terms, outcome.size), clusters, tuple(terms), weights)


def two_way(
    y: ArrayLike,
    terms: Mapping[str, ArrayLike],
    units: ArrayLike,
    periods: ArrayLike,
    clusters: ArrayLike,
    weights: ArrayLike | None = None,
) -> ClusteredFit:
    """Fit terms with a constant for every unit and every period.

    Parameters
    ----------
    y : array_like, shape (n,)
        Outcome.
    terms : mapping of str to array_like, shape (n,)
        What varies within a unit: the treatment (by habit called `EFFECT`) and covariates.
    units, periods : array_like, shape (n,)
        Unit (area, person) and period of each row; a unit lies within one cluster.
    clusters : array_like, shape (n,)
        Cluster of each row.
    weights : array_like, shape (n,), optional
        Regression weights.

    Returns
    -------
    ClusteredFit
        The terms and ``period=<label>`` for all periods but the first; the constants of the units
        are absorbed.

    Raises
    ------
    RefusedError
        A unit in two clusters, terms that cannot be told apart from the constants, missing values.

    Notes
    -----
    Rows minus the (weighted) mean of their unit give the coefficients, the CR2 standard error and
    its df that dummies of the units would give, whether every unit has all periods or not
    (Frisch-Waugh-Lovell; Pustejovsky & Tipton 2018, theorem 2). Assumes parallel trends; where
    units start at different times and effects differ, the coefficient is a weighted mean of effects
    with weights that may be negative (Goodman-Bacon 2021): use it only where all start together.

    References
    ----------
    Agrees with ``lm(y ~ terms + factor(period) + factor(unit))``, ``vcovCL(type = "HC1")`` and
    ``clubSandwich`` CR2.
    """
    outcome = numbers("the outcome", y)
    n = outcome.size
    unit, count = codes("the units", units, n)
    _nested(unit, count, clusters)
    labels, place = np.unique(np.asarray(periods), return_inverse=True)
    dummies = {f"period={label}": place == k for k, label in enumerate(labels) if k}
    w = np.ones(n) if weights is None else positive("weights", weights, n)
    table = np.column_stack([columns({**terms, **dummies}, n), outcome])
    within = table - unit_means(table, unit, w)[unit]
    names = (*terms, *dummies)
    fit = fit_clustered(within[:, -1], within[:, :-1], clusters, names, w)
    return ClusteredFit(fit.X, fit.y, fit.cluster, fit.names, absorbed=count)


def check_arms(treated: Booleans, clusters: ArrayLike, n: int) -> None:
    """Refuse clusters that are partly treated, and an arm with fewer than two clusters.

    Raises
    ------
    RefusedError
        With the number of clusters.
    """
    if treated.shape != (n,):
        raise RefusedError(f"the arms have {treated.size} entries", allowed=f"{n} entries")
    cluster, G = codes("the clusters", clusters, n)
    share = np.bincount(cluster, treated, G) / np.bincount(cluster, minlength=G)
    if partly := int(((share > 0) & (share < 1)).sum()):
        raise RefusedError(f"{partly} of {G} clusters are partly treated and partly not")
    for name, arm in (("treated", share == 1), ("comparison", share == 0)):
        if (count := int(arm.sum())) < 2:
            raise RefusedError(
                f"the {name} arm has {count} cluster{'' if count == 1 else 's'}: nothing shows how "
                "much clusters of that arm differ",
                allowed="at least two clusters in each arm",
                remedy="describe the difference without an interval, or add areas.",
            )


def columns(terms: Mapping[str, ArrayLike], n: int) -> Floats:
    """Return the terms side by side, shape (n, k)."""
    table = [np.asarray(values, dtype=float) for values in terms.values()]
    for name, column in zip(terms, table, strict=True):
        if column.shape != (n,):
            raise RefusedError(f"term '{name}' has {column.size} entries", allowed=f"{n} entries")
    return np.column_stack(table) if table else np.empty((n, 0))


def unit_means(table: Floats, unit: Integers, weights: Floats) -> Floats:
    """Return weighted means per unit, shape (units, k), of a table with rows of units."""
    count = int(unit.max()) + 1
    total = np.bincount(unit, weights, count)
    sums = [np.bincount(unit, weights * column, count) for column in table.T]
    return np.asarray(np.column_stack(sums) / total[:, None])


def _nested(unit: Integers, count: int, clusters: ArrayLike) -> None:
    cluster, G = codes("the clusters", clusters, unit.size)
    pairs = np.unique(unit * G + cluster).size
    if pairs > count:
        raise RefusedError(f"{pairs - count} units lie in more than one cluster")
