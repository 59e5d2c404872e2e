"""Present values: an amount later counts for less."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, numbers


def discount_factors(years: ArrayLike, rate: float) -> Floats:
    """Return what one unit after some years is worth now.

    Parameters
    ----------
    years : array_like, shape (n,)
        Years from now, zero or more; whole or not.
    rate : float
        Per year, e.g. 0.04; zero for no discounting.

    Returns
    -------
    ndarray of float, shape (n,)
        ``(1 + rate) ** -years``, 1 for now.

    Raises
    ------
    RefusedError
        A moment in the past, a missing moment, or a rate below zero or of one and more.

    Notes
    -----
    ASSUMPTIONS: one constant rate; amounts are in constant prices, so the rate is a real one.
    MISSING-DATA RULE: none may be missing.
    """
    if not 0 <= rate < 1:
        raise RefusedError(
            f"a discount rate of {rate:g} per year", allowed="from 0 up to, not including, 1"
        )
    moment = numbers("the years", years)
    if bad := int((moment < 0).sum()):
        raise RefusedError(f"{bad} of {moment.size} moments lie before the year that counts as now")
    return np.asarray((1.0 + rate) ** -moment)


def present_value(amounts: ArrayLike, years: ArrayLike, rate: float) -> float | Floats:
    """Return the sum of discounted amounts.

    Parameters
    ----------
    amounts : array_like, shape (n,) or (d, n)
        An amount per moment, for each of d draws.
    years : array_like, shape (n,)
        Moment of each amount; see `discount_factors`.
    rate : float
        Per year.

    Returns
    -------
    float or ndarray of float, shape (d,)
    """
    table = np.asarray(amounts, dtype=float)
    factors = discount_factors(years, rate)
    if table.shape[-1:] != factors.shape:
        raise RefusedError(
            f"there are amounts of {table.shape[-1]} moments", allowed=f"{factors.size} moments"
        )
    value = table @ factors
    return float(value) if value.ndim == 0 else np.asarray(value)
