"""The checks over more than one column or row: each returns which rows break the rule.

Every check takes a frame with parsed values (one row per record, empty as NaN/NaT) and returns a
boolean array, True where the rule is broken. An empty value never breaks a rule here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

Mask = np.ndarray  # bool, shape (n,)


def duplicates(frame: pd.DataFrame, key: list[str]) -> Mask:
    """Return the later rows of every key that occurs more than once; the first row counts."""
    filled = frame[key].notna().all(axis="columns")
    return np.asarray(frame.duplicated(key, keep="first") & filled)


def before(frame: pd.DataFrame, later: str, earlier: str) -> Mask:
    """Return the rows where ``later`` lies before ``earlier``; the same day is allowed."""
    return np.asarray(frame[later] < frame[earlier])


def not_in(values: pd.Series, known: Collection[str] | pd.Series) -> Mask:
    """Return the rows with a value that is not one of ``known``."""
    return np.asarray(
        values.notna() & ~values.isin(known if isinstance(known, pd.Series) else list(known))
    )


def outside(values: pd.Series, minimum: float | None, maximum: float | None) -> Mask:
    """Return the rows with a value below ``minimum`` or above ``maximum``."""
    low = values < minimum if minimum is not None else pd.Series(False, index=values.index)
    high = values > maximum if maximum is not None else pd.Series(False, index=values.index)
    return np.asarray(low | high)


@dataclass(frozen=True)
class Overlap:
    """Spells of one key that run into the next one.

    Attributes
    ----------
    overlapping : numpy.ndarray of bool, shape (n,)
        Spell has a successor that starts before it ends.
    closed_end : pandas.Series of datetime64, shape (n,)
        Day before the successor starts; the own end where there is no overlap.
    """

    overlapping: Mask
    closed_end: pd.Series


def overlaps(frame: pd.DataFrame, key: list[str], start: str, end: str) -> Overlap:
    """Return the spells that the next spell of the same key overlaps by more than one day.

    An open spell ends never. Sharing one day is no overlap: where one record ends on the day the
    next starts both notations of an end (inclusive, exclusive) occur. Spells of no length (void
    records) take no part.
    """
    usable = frame[frame[key].notna().all(axis="columns") & frame[start].notna()]
    usable = usable[usable[start] != usable[end]]
    group = usable.groupby(key, sort=False, observed=True).ngroup()
    order = usable.assign(_group=group).sort_values(["_group", start], kind="stable")
    same = order["_group"].eq(order["_group"].shift(-1))
    successor = order[start].shift(-1).where(same)
    late = order[end].isna() & successor.notna() | (successor < order[end])
    closed = successor.where(late) - pd.Timedelta(days=1)
    mask = pd.Series(False, index=frame.index)
    mask.loc[order.index] = late
    return Overlap(mask.to_numpy(), closed.reindex(frame.index).fillna(frame[end]))
