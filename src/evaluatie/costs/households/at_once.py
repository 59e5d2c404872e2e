"""How many laws, arrangements, providers and plans households have at once, per side and year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.amounts.cells import places_of
from evaluatie.costs.households.care import COUNTED, LAWS, steps_of
from evaluatie.costs.households.residence import Residence
from evaluatie.study import Study

HIGHEST = 4  # this many and more are one class
LEVELS = (
    "area",
    "side",
    "level",
    "year",
    "what",
    "user_months",
    "user_households",
    "stacked_months",
    "stacked_households",
    "stacked_share",
    "stacked_error",
    "mean",
    "mean_error",
)
CLASSES = ("area", "side", "level", "year", "what", "at_once", "months", "households", "highest")
Counts = npt.NDArray[np.int16]


def highest_at_once(spells: pd.DataFrame, homes: Residence) -> dict[str, Counts]:
    """Return, for each thing of `COUNTED`, the highest number on a day, households x months."""
    return {what: steps_of(spells, what).monthly_highest(homes) for what in COUNTED}


def at_once_levels(
    highest: dict[str, Counts], homes: Residence, study: Study, minimum: int
) -> pd.DataFrame:
    """Return how much is stacked, per area and side, year and thing.

    Parameters
    ----------
    highest : dict
        From `highest_at_once`; needs ``laws``, which decides what a month with care is.
    homes, study
        Where households lived; areas.
    minimum : int
        How many at once are stacked.

    Returns
    -------
    DataFrame
        Columns `LEVELS`. user_months are the household-months with care, stacked_months those with
        at least ``minimum`` on one and the same day, stacked_share their ratio; ..._households the
        different households behind them; mean the number at once (highest of the month) over the
        household-months with care; ..._error standard errors with households as clusters.

    Notes
    -----
    A household-month belongs to the area of the address on its first day. Linearised: ``V(mean) =
    H/(H-1) sum_h (x_h - mean m_h)^2 / (sum_h m_h)^2``, x and m the number and the months of
    household h.
    """
    rows = []
    for where, users, numbers in _places(highest, homes, study):
        months, households = int(users.sum()), int(users.any(axis=1).sum())
        for what, number in numbers.items():
            stacked = number >= minimum
            rows.append(
                {key: where[key] for key in LEVELS[:4]}
                | {
                    "what": what,
                    "user_months": months,
                    "user_households": households,
                    "stacked_months": int(stacked.sum()),
                    "stacked_households": int(stacked.any(axis=1).sum()),
                }
                | _per_month("stacked_share", "stacked_error", stacked, users)
                | _per_month("mean", "mean_error", number, users)
            )
    return pd.DataFrame(rows, columns=list(LEVELS))


def at_once_classes(highest: dict[str, Counts], homes: Residence, study: Study) -> pd.DataFrame:
    """Return the distribution of the number at once, per side and year.

    Returns
    -------
    DataFrame
        Columns `CLASSES`, one row per side x year x thing x number (0 up to `HIGHEST` and more)
        that occurs: months with care in which it was the highest number on a day, the different
        households behind them, and ``highest``: households with care whose highest number in the
        whole year it was. ``months`` add up to the months with care, ``highest`` to the households.
    """
    rows = []
    for where, users, numbers in _places(highest, homes, study, ("side",)):
        for what, exact in numbers.items():
            number = np.minimum(exact, HIGHEST)
            top = number.max(axis=1, initial=0)
            for count in range(HIGHEST + 1):
                mine = users & (number == count)
                if mine.any():
                    found = (mine.sum(), mine.any(axis=1).sum(), (top == count).sum())
                    rows.append((*(where[k] for k in CLASSES[:4]), what, count, *map(int, found)))
    return pd.DataFrame(rows, columns=list(CLASSES))


def _places(
    highest: dict[str, Counts],
    homes: Residence,
    study: Study,
    levels: tuple[str, ...] = ("area", "side"),
) -> Iterator[tuple[dict[str, object], npt.NDArray[np.bool_], dict[str, Counts]]]:
    """Yield each area and side x year: what it is, months with care, and the numbers in them.

    Arrays are households with care x months of the year; a number is 0 in a month without care.
    """
    for place, codes in places_of(study).groupby(list(LEVELS[:3]), sort=True)["area_code"]:
        where = dict(zip(LEVELS[:3], place, strict=True))
        if where["level"] not in levels:
            continue
        care = homes.within(codes) & (highest[LAWS] > 0)
        for year in homes.years:
            columns = homes.columns(year)
            some = np.flatnonzero(care[:, columns].any(axis=1))
            users = care[some, columns]
            numbers = {k: np.where(users, table[some, columns], 0) for k, table in highest.items()}
            yield where | {"year": year}, users, numbers


def _per_month(
    name: str, error: str, number: npt.NDArray[Any], users: npt.NDArray[np.bool_]
) -> dict[str, float]:
    """Return the mean of ``number`` per month with care, and its standard error."""
    months = users.sum(axis=1)
    some = months > 0
    count, total = int(some.sum()), int(months.sum())
    if count < 2:
        return {name: number.sum() / (total or np.nan), error: np.nan}
    mean = number.sum() / total
    spread = ((number.sum(axis=1) - mean * months)[some] ** 2).sum()
    return {name: float(mean), error: float(np.sqrt(count / (count - 1) * spread) / total)}
