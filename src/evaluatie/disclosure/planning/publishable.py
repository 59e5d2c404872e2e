"""The only way to a publishable table: hidden numbers are gone, not merely marked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluatie.disclosure.planning.plan import DisclosurePlan
from evaluatie.domain import Publication
from evaluatie.errors import DisclosureError
from evaluatie.results import COLUMNS, NUMBER

PUBLISHABLE_COLUMNS = (*COLUMNS, "publication")
_NEVER = ["top1_share", "top2_share"]  # with the amount they give the largest household away


def publishable(estimates: pd.DataFrame, plan: DisclosurePlan) -> pd.DataFrame:
    """Return the estimates as far as they may be published.

    Parameters
    ----------
    estimates : pandas.DataFrame
        The table the plan was made for, or some of its rows.

    Returns
    -------
    pandas.DataFrame
        Columns ``results.COLUMNS`` and ``publication``. Every number of a row that is not shown
        is missing, its n included; ``reason`` is then a key such as ``below_threshold``. The
        shares of the largest contributors are missing in every row.

    Raises
    ------
    DisclosureError
        A row that the plan does not know.
    """
    unknown = ~estimates["id"].isin(list(plan.status))
    if unknown.any():
        raise DisclosureError(
            f"{int(unknown.sum())} rows are not in the disclosure plan",
            remedy="make the plan again, over all estimates.",
        )
    frame = estimates.loc[:, list(COLUMNS)].reset_index(drop=True)
    frame["publication"] = [str(plan.status[row]) for row in frame["id"]]
    suppressed = frame["publication"] == Publication.SUPPRESSED
    frame.loc[suppressed, "reason"] = [
        str(plan.reasons[row]) for row in frame.loc[suppressed, "id"]
    ]
    frame.loc[frame["publication"] != Publication.SHOWN, list(NUMBER)] = np.nan
    frame[_NEVER] = np.nan
    return frame
