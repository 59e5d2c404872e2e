"""Cost cells of recent quarters, completed by what is still to come in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from evaluatie.costs.amounts.runoff import LEVEL, Runoff
from evaluatie.methods import lognormal_interval

PAYER = "payer:"  # prefix of the total over the laws of one payer
FINAL = ("final", "final_low", "final_high")
Groups = Mapping[tuple[str, str], Iterable[str]]
Amounts = dict[tuple[str, str], tuple[float, float]]  # (area, law) -> euros, standard error


def completed_cells(
    cells: pd.DataFrame, runoffs: Mapping[str, Runoff], groups: Groups
) -> pd.DataFrame:
    """Complete the cells of quarters whose declarations are not all in.

    Parameters
    ----------
    cells : DataFrame
        Columns area, law, period, basis, cents: as booked so far.
    runoffs : mapping of str to Runoff
        By basis.
    groups : mapping
        (law label, basis) -> laws summed under that label.

    Returns
    -------
    DataFrame
        The rows that can be completed, index kept, with the columns `FINAL`: euros at own prices
        and the bounds of their 95% interval.

    Notes
    -----
    A quarter is completed for all laws of a basis or for none, so that laws and payers stay
    comparable: it is left out as soon as one law cannot be completed (`Runoff.complete`). A law
    without declarations (benefits) is complete as it is. Laws are independent of one another:
    the squares of their errors add up.
    """
    parts = []
    for (basis, period), mine in cells.groupby(["basis", "period"], sort=False):
        amounts = _by_law(mine, runoffs.get(str(basis)), str(period))
        if amounts is not None:
            parts.append(_with_final(mine, amounts, groups))
    return pd.concat(parts) if parts else cells.iloc[:0]


def _by_law(cells: pd.DataFrame, runoff: Runoff | None, period: str) -> Amounts | None:
    """Return the completed amount of each area and single law, None where one cannot be."""
    if runoff is None or runoff.delay(period) is None:
        return None
    amounts: Amounts = {}
    for law, mine in cells[~cells["law"].str.startswith(PAYER)].groupby("law"):
        euros = mine["cents"].to_numpy() / 100
        error = np.zeros(len(euros))
        if str(law) in runoff.laws:
            found = runoff.complete(str(law), period, euros)
            if found is None:
                return None
            euros, error = found.ultimate, found.std_error
        keys = [(area, str(law)) for area in mine["area"]]
        amounts |= dict(zip(keys, zip(euros, error, strict=True), strict=True))
    return amounts


def _with_final(cells: pd.DataFrame, amounts: Amounts, groups: Groups) -> pd.DataFrame:
    rows = []
    for area, label, basis in zip(cells["area"], cells["law"], cells["basis"], strict=True):
        found = np.array([amounts[area, law] for law in groups[label, basis]])
        final, error = float(found[:, 0].sum()), float(np.sqrt((found[:, 1] ** 2).sum()))
        rows.append((final, *lognormal_interval(final, error, LEVEL)))
    return cells.assign(**dict(zip(FINAL, np.array(rows).T, strict=True)))
