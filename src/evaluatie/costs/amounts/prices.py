"""Constant prices: euros of one year expressed in the price level of another."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from evaluatie.dictionary.model import PriceIndex
from evaluatie.errors import RefusedError


def price_factors(prices: PriceIndex, years: Iterable[int], level: int) -> dict[int, float]:
    """Return the factor that turns euros of each year into euros of the year ``level``.

    Parameters
    ----------
    prices : PriceIndex
        Annual means of the consumer price index.
    years : iterable of int
        Calendar years of the amounts.
    level : int
        The price level asked for.

    Returns
    -------
    dict
        Year -> factor, index(level) / index(year); exactly 1 for the price level itself.

    Raises
    ------
    RefusedError
        A year without an index. An index is never extrapolated.
    """
    wanted = sorted({int(year) for year in years})
    missing = [year for year in {*wanted, level} if year not in prices.index]
    if missing:
        raise RefusedError(
            f"there is no price index for {_listed(missing)}",
            where="prices of the data dictionary",
            allowed=f"the years {_listed(prices.index)}",
            remedy="add the index of the missing year with its source, or change the cost years "
            "or the price level of the study.",
        )
    return {year: prices.index[level] / prices.index[year] for year in wanted}


def at_price_level(
    amounts: npt.ArrayLike, years: npt.ArrayLike, prices: PriceIndex, level: int
) -> npt.NDArray[np.float64]:
    """Return amounts at the price level ``level``.

    Parameters
    ----------
    amounts : array of float, shape (n,)
        Euros at the prices of their own year; NaN stays NaN.
    years : array of int, shape (n,)
        Calendar year of each amount.
    prices : PriceIndex
        See `price_factors`.
    level : int
        The price level asked for.

    Returns
    -------
    array of float, shape (n,)
        Euros of the year ``level``: amount x index(level) / index(year).
    """
    year = np.asarray(years, dtype=np.int64)
    distinct, place = np.unique(year, return_inverse=True)
    by_year = price_factors(prices, distinct.tolist(), level)
    factors = np.array([by_year[int(y)] for y in distinct], dtype=np.float64)
    return np.asarray(amounts, dtype=np.float64) * (factors[place] if len(year) else 1.0)


def _listed(years: Iterable[int]) -> str:
    return ", ".join(str(year) for year in sorted(years))
