"""A mean over everybody from those who responded, by inverse probability weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats, Integers, codes, positive
from evaluatie.methods.missing.response_propensity import ResponsePropensity
from evaluatie.methods.sampling.trimming import effective_n


@dataclass(frozen=True)
class WeightedBack:
    """A mean with the uncertainty of the estimated response model in its standard error.

    Attributes
    ----------
    estimate : float
        Hajek mean, in the unit of the values.
    std_error : float
        By M-estimation: the response model was estimated too.
    std_error_known : float
        As if the chances were known; usually larger.
    n, n_clusters : int
        Respondents with a value, and clusters of all persons in the model.
    effective_n : float
        Kish, of the weights of respondents.
    """

    estimate: float
    std_error: float
    std_error_known: float
    n: int
    n_clusters: int
    effective_n: float


def ipw_mean(
    values: ArrayLike,
    propensity: ResponsePropensity,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    domain: ArrayLike | None = None,
) -> WeightedBack:
    """Estimate the mean over all persons of the response model from those who responded.

    Parameters
    ----------
    values : array_like, shape (n,)
        Outcome of respondents; what stands at non-respondents is not looked at.
    propensity : ResponsePropensity
        Model over the same n persons in the same order.
    weights : array_like, shape (n,), optional
        Base weights of the persons, e.g. weights of the first wave.
    clusters : array_like, shape (n,), optional
        Label of e.g. the household; without it every person is a cluster.
    domain : array_like of bool, shape (n,), optional
        Whom the mean is about, known for respondents, e.g. those with an answer to an item.

    Returns
    -------
    WeightedBack

    Raises
    ------
    RefusedError
        A respondent of the domain without a value, an empty domain, a length that does not fit, or
        fewer than two clusters.

    Notes
    -----
    ``mu = sum(w R y / p) / sum(w R / p)``. The stacked estimating equations of mu and of the
    response model give the influence ``(w R (y - mu)/p + s' H^-1 A) / mean(w R/p)``, with s the
    score and H the mean information of the model, ``A = -mean(w R (y - mu) (1-p)/p x)``; the
    variance is the sum of squares of the cluster totals of the influence over n^2, without a
    correction for the number of clusters. *Assumptions*: as `fit_propensity`; independent clusters;
    base weights count as fixed.
    *Missing-data rule*: a respondent without a value must be outside the domain; the mean is then
    about those who would answer the item too. R is 0 outside the domain.

    References
    ----------
    Lunceford & Davidian (2004), Statistics in Medicine 23:2937; Stefanski & Boos (2002), American
    Statistician 56:29. Without clusters and weights: R script ``14_attrition.R``.
    """
    p, n = propensity.chance, propensity.chance.size
    w = np.ones(n) if weights is None else positive("the base weights", weights, n)
    answered, y = _answered(values, propensity, domain)
    factor = np.where(answered, w / p, 0.0)
    mean = float((factor * y).sum() / factor.sum())
    own = factor * (y - mean)
    slope = -(propensity.X * (own * (1 - p))[:, None]).sum(axis=0)
    through_model = propensity.scores @ np.linalg.solve(propensity.information, slope)
    cluster = np.arange(n) if clusters is None else codes("the clusters", clusters, n)[0]
    errors = [_std_error(z / factor.sum(), cluster) for z in (own + through_model, own)]
    kish = effective_n(factor[answered])
    k = int(cluster.max()) + 1
    return WeightedBack(mean, errors[0], errors[1], int(answered.sum()), k, float(kish))


def _answered(
    values: ArrayLike, propensity: ResponsePropensity, domain: ArrayLike | None
) -> tuple[Booleans, Floats]:
    """Return who counts, and their values with 0 for all others."""
    n = propensity.chance.size
    given = np.asarray(values, dtype=float)
    inside = np.ones(n, dtype=bool) if domain is None else np.asarray(domain, dtype=bool)
    if given.shape != (n,) or inside.shape != (n,):
        raise RefusedError(f"values and domain need {n} entries, one per person of the model")
    answered = propensity.response & inside
    if not answered.any():
        raise RefusedError("nobody in the domain responded")
    if bad := int((~np.isfinite(given[answered])).sum()):
        raise RefusedError(
            f"{bad} of {int(answered.sum())} respondents have no value",
            remedy="leave them out by the domain, or impute first.",
        )
    return answered, np.where(answered, given, 0.0)


def _std_error(influence: Floats, cluster: Integers) -> float:
    totals = np.bincount(cluster, influence)
    if totals.size < 2:
        raise RefusedError("one cluster gives no variance", allowed="at least two")
    return float(np.sqrt((totals**2).sum()))
