"""Ratios of two totals, e.g. cost per user, with design-based standard errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats
from evaluatie.methods.sampling.design import Design, DesignEstimate, Linearised


def design_ratio(
    design: Design,
    numerator: ArrayLike,
    denominator: ArrayLike,
    domain: ArrayLike | None = None,
) -> DesignEstimate:
    """Estimate the ratio of two population totals.

    Parameters
    ----------
    design : Design
        n units.
    numerator, denominator : array_like, shape (n,)
        Outcomes; NaN where missing.
    domain : array_like of bool, shape (n,), optional
        Units it is about.

    Returns
    -------
    DesignEstimate
        ``deff`` is NaN.

    Raises
    ------
    RefusedError
        Nobody with both values, or a denominator that adds up to zero.

    Notes
    -----
    ``R = sum w y / sum w x``; influence ``w (y - R x) / sum w x``. A unit without either value
    leaves the domain, not the design. A ratio of means is not a mean of ratios.

    References
    ----------
    Cochran (1977), ch. 6. Agrees with ``survey::svyratio``.
    """
    y, inside_y = design.domain(numerator, domain)
    x, inside_x = design.domain(denominator, domain)
    inside = inside_y & inside_x
    pair = np.where(inside[:, None], np.column_stack([y, x]), 0.0)
    top, bottom = design.weights @ pair
    if not inside.any() or bottom == 0:
        raise RefusedError(
            f"the denominator of {int(inside.sum())} units in the domain adds up to zero"
        )
    ratio = float(top / bottom)
    influence = design.weights * (pair[:, 0] - ratio * pair[:, 1]) / bottom

    def at(W: Floats) -> Floats:
        totals = W.T @ pair
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(totals[:, :1] / totals[:, 1:])

    found = Linearised(np.array([ratio]), influence[:, None], at)
    return design.estimate(ratio, float(design.covariance_of(found)[0, 0]), inside)
