"""Outcomes minus what characteristics of people explain in the comparison areas."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.did import unit_means
from evaluatie.methods.inputs import Floats, codes, numbers, positive


def residualise(
    y: ArrayLike,
    covariates: ArrayLike,
    areas: ArrayLike,
    reference: ArrayLike,
    weights: ArrayLike | None = None,
) -> Floats:
    """Return outcomes minus what covariates explain within the reference areas.

    Parameters
    ----------
    y : array_like, shape (n,)
        Outcomes at one wave.
    covariates : array_like, shape (n, k)
        Characteristics that the treatment cannot have changed, without a constant.
    areas : array_like, shape (n,)
        Area of each person.
    reference : array_like of bool, shape (n,)
        Persons the slopes are taken from: those in comparison areas.
    weights : array_like, shape (n,), optional
        Weights of the persons.

    Returns
    -------
    ndarray of float, shape (n,)
        ``y - (x - mean of x)'b``, mean over all persons, so that the level stays that of y.

    Raises
    ------
    RefusedError
        Fewer reference persons than areas and covariates, covariates that cannot be told apart
        within areas, missing values.

    Notes
    -----
    b: weighted regression of y on x with a constant per area, over reference persons. Done at two
    waves, each with its own b, and averaged per area, the difference between the arms of the change
    in means is the outcome-regression estimate of the effect on the treated: unlike compositions
    and unlike trends of unlike people are both removed. Assumes that people of the treated areas
    would have changed as people like them did elsewhere. The slopes are taken as known in what
    follows; they rest on people, the interval on areas. Missing values are refused.

    References
    ----------
    Heckman, Ichimura & Todd (1997), REStud 64:605; Abadie (2005), REStud 72:1. Slopes as
    ``lm(y ~ x + factor(area), weights = w)``.
    """
    outcome = numbers("the outcome", y)
    n = outcome.size
    table = np.asarray(covariates, dtype=float).reshape(n, -1)
    if table.shape[1] == 0:
        return outcome
    numbers("the covariates", table.ravel())
    rows = np.asarray(reference, dtype=bool)
    w = np.ones(n) if weights is None else positive("weights", weights, n)
    area, _ = codes("the areas", areas, n)
    if rows.shape != (n,) or not rows.any():
        raise RefusedError("there are no people in comparison areas to take the slopes from")
    place, count = codes("the areas", area[rows], int(rows.sum()))
    both = np.column_stack([table[rows], outcome[rows]])
    within = (both - unit_means(both, place, w[rows])[place]) * np.sqrt(w[rows])[:, None]
    k = table.shape[1]
    if rows.sum() <= k + count or np.linalg.matrix_rank(within[:, :k]) < k:
        raise RefusedError(
            f"{int(rows.sum())} people in {count} comparison areas do not tell {k} covariates "
            "apart",
            remedy="use fewer covariates, or merge their levels.",
        )
    slope = np.linalg.lstsq(within[:, :k], within[:, k], rcond=None)[0]
    return np.asarray(outcome - (table - w @ table / w.sum()) @ slope)
