"""Quality-adjusted life years: the area under a curve of index values."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.economics.discounting import discount_factors
from evaluatie.methods.inputs import Floats, numbers


def area_under_curve(index: ArrayLike, years: ArrayLike, rate: float = 0.0) -> Floats:
    """Return the quality-adjusted life years between the first and the last moment.

    Parameters
    ----------
    index : array_like, shape (t,) or (g, t)
        Index value (1 = full health) at each moment, for each of g groups; or its difference from
        the first moment, which gives the years gained since then.
    years : array_like, shape (t,)
        Moments in years, rising.
    rate : float
        Discount rate per year of effects.

    Returns
    -------
    ndarray of float, shape () or (g,)

    Raises
    ------
    RefusedError
        Fewer than two moments, moments that do not rise, or missing values.

    Notes
    -----
    Trapezoids: ``sum_k (t_k - t_{k-1}) (u_{k-1} + u_k) / 2 * (1 + r)^-(t_{k-1} - t_0)``; each
    interval is discounted from its own start, so the first one is not discounted. ASSUMPTIONS: the
    index moves in a straight line between two moments. MISSING-DATA RULE: none may be missing; a
    group without one of its moments has no area and is refused.

    References
    ----------
    Manca, Hawkins & Sculpher (2005), Health Econ 14:487.
    """
    moment = numbers("the moments", years)
    level = np.asarray(index, dtype=float)
    if moment.size < 2 or (np.diff(moment) <= 0).any():
        raise RefusedError(
            f"{moment.size} moments, or moments that do not follow one another, span no area",
            allowed="two moments or more, each later than the one before",
        )
    if level.shape[-1:] != moment.shape or level.ndim > 2:
        raise RefusedError(f"the index has {level.shape[-1]} moments", allowed=f"{moment.size}")
    if bad := int((~np.isfinite(level)).sum()):
        raise RefusedError(f"the index is missing at {bad} of {level.size} moments")
    width = np.diff(moment) * discount_factors(moment[:-1] - moment[0], rate)
    return np.asarray((level[..., :-1] + level[..., 1:]) / 2 @ width)
