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


def publishable(estimates: pd.DataFrame, plan: DisclosurePlan, audience: str = "") -> pd.DataFrame:
    """Return the estimates as far as they may be published.

    Parameters
    ----------
    estimates : pandas.DataFrame
        The table the plan was made for, or some of its rows.
    audience : str
        For an audience with stricter rules: what its reports show, and no other row. Empty, or
        an audience without rules of its own: what everybody may see.

    Returns
    -------
    pandas.DataFrame
        Columns ``results.COLUMNS`` and ``publication``. Every number of a row that is not shown
        is missing, its n included; ``reason`` is then a key such as ``below_threshold``. The
        shares of the largest contributors are missing in every row. What the rules round is
        rounded.

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
    reasons = plan.reasons_for(audience)
    hidden = frame["id"].isin(list(reasons))
    frame["publication"] = [str(plan.status[row]) for row in frame["id"]]
    frame.loc[hidden, "publication"] = str(Publication.SUPPRESSED)
    frame.loc[hidden, "reason"] = [str(reasons[row]) for row in frame.loc[hidden, "id"]]
    _put_rounded(frame, plan)
    frame.loc[frame["publication"] != Publication.SHOWN, list(NUMBER)] = np.nan
    frame[_NEVER] = np.nan
    return frame


def _put_rounded(frame: pd.DataFrame, plan: DisclosurePlan) -> None:
    """Replace the exact numbers of the rows that are rounded."""
    if not plan.rounded:
        return
    numbers = pd.DataFrame.from_dict(dict(plan.rounded), orient="index")
    place = frame["id"].isin(numbers.index)
    for column in numbers:
        told = frame.loc[place, "id"].map(lambda row, c=column: c in plan.rounded[row])
        rows = told.index[told]
        frame.loc[rows, column] = numbers.loc[frame.loc[rows, "id"], column].to_numpy()
