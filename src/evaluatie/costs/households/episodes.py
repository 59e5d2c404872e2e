"""Episodes of stacking: when several laws come together, how long that lasts, how it ends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.ledger import cost_period
from evaluatie.costs.booking.places import day_numbers, month_numbers
from evaluatie.costs.booking.valuation import Ints
from evaluatie.costs.households.care import COUNTED, LAWS, steps_of, united
from evaluatie.costs.households.residence import Residence
from evaluatie.study import Study

Objects = npt.NDArray[np.object_]
EPISODES = ("household", "area", "first", "last", "days", "seen_to_begin", "ended", "laws_left")
RUNNING, SEVERAL, UNKNOWN = "running", "several", "unknown"
"""How an episode ended that had not ended, for several reasons at once, for none that is known."""


def stacking_episodes(
    spells: pd.DataFrame, minimum: int, homes: Residence, study: Study
) -> pd.DataFrame:
    """Return maximal runs of days on which a household has care under enough laws.

    Parameters
    ----------
    spells : DataFrame
        From `care_spells`.
    minimum : int
        How many laws at once are stacked.
    homes, study
        Where households lived; cost years.

    Returns
    -------
    DataFrame
        Columns `EPISODES`, one row per run: household (position in ``homes``), area (code of the
        address on the first of the month in which it began, '' elsewhere), first and last day,
        days (both included), seen_to_begin (False: it ran on the first day of the cost years, so
        that its true beginning is not known), ended (the code that closed the arrangements of the
        law that fell away; `SEVERAL` where those differ, `UNKNOWN` where none was given, which
        is always so for benefits; `RUNNING` at the horizon), laws_left (laws on the day
        after the last; NaN while running).

    Notes
    -----
    Left truncation: episodes that ran when the cost years began are the long ones among those
    that began before. They are in the table and to be left out of durations, which then speak of
    episodes that were seen to begin. Right censoring: at the horizon. A household that leaves the
    areas is followed as long as its arrangements are in the feed.
    """
    steps = steps_of(spells, LAWS)
    household, first, last = steps.stretches(minimum)
    opening, limit = (int(n) for n in day_numbers(pd.Series(cost_period(study))))
    month = month_numbers(first) - month_numbers(np.array([opening]))
    at = homes.area[household, month] if len(household) else np.empty(0, dtype=np.int64)
    names = np.array([*homes.codes, ""], dtype=object)  # -1 is the last one
    running = last >= limit
    left = steps.at(household, last + 1).astype(float)
    return pd.DataFrame(
        {
            "household": household,
            "area": names[at],
            "first": first,
            "last": last,
            "days": last - first + 1,
            "seen_to_begin": first > opening,
            "ended": np.where(running, RUNNING, _reasons(spells, household, last)),
            "laws_left": np.where(running, np.nan, left),
        },
        columns=list(EPISODES),
    )


def _reasons(spells: pd.DataFrame, household: Ints, last: Ints) -> Objects:
    """Return why each run ended: the reason of the records that were the last of their law."""
    whose, _, until, law = _law_stretches(spells)
    fallen = pd.DataFrame({"household": whose, "law": law, "last": until})
    runs = pd.DataFrame({"household": household, "last": last, "run": np.arange(len(last))})
    closed = runs.merge(fallen, on=["household", "last"])
    closed = closed.merge(spells[["household", "law", "last", "ended"]].drop_duplicates())
    found = closed.groupby("run")["ended"].agg(["nunique", "first"])
    reason = found["first"].mask(found["nunique"] > 1, SEVERAL).replace("", UNKNOWN)
    reasons: Objects = reason.reindex(np.arange(len(last))).fillna(UNKNOWN).to_numpy(dtype=object)
    return reasons


def _law_stretches(spells: pd.DataFrame) -> tuple[Ints, Ints, Ints, Objects]:
    """Return the united stretches of each household and law: household, first, last, law."""
    parts = [(*united(mine, COUNTED[LAWS]), law) for law, mine in spells.groupby("law", sort=True)]
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return none, none, none, none.astype(object)
    laws = np.concatenate([np.full(len(part[0]), part[3], dtype=object) for part in parts])
    household, first, last = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return household, first, last, laws
