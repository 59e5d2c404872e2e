"""New faces: professionals around a household who take over from someone else in the same role."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.places import address_book, day_numbers
from evaluatie.dictionary.model import Indicator
from evaluatie.intake.data import StudyData
from evaluatie.study import Study

GAP_DAYS = 182
"""Someone who starts later than this after another left begins anew and replaces nobody."""
OVERLAP_DAYS = 31
"""So long may two people hand over; longer together, they work beside one another."""
COLUMNS = ("household_id", "area", "side", "first", "start", "stop", "changed")
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_EVER = 1 << 40  # days: an end that is not there
_APART = 1e-3  # changes of one household on one day, in days


def staff_spells(data: StudyData, indicator: Indicator, study: Study) -> pd.DataFrame:
    """Return the days on which a change of staff could happen around each household, and did.

    Parameters
    ----------
    data : StudyData
        Needs the feed ``indicator.feed`` (household_id, professional_id, perhaps role, and the two
        dates) and addresses.
    indicator : Indicator
        Kind ``recurrent``: feed, start, end.
    study : Study
        Areas and cost years.

    Returns
    -------
    DataFrame
        One row per stretch of days: household_id, area, side ('' elsewhere), first (first day at
        risk of the household), start and stop (days since 1970; at risk on ``(start, stop]``),
        changed (1: a change at ``stop``).

    Notes
    -----
    A **change** is the first day of a professional in a role in which another professional of the
    same household leaves: no more than `OVERLAP_DAYS` after it (handing over) and no more than
    `GAP_DAYS` before it. Each one who leaves is replaced once, the latest first; who was in the
    role within `GAP_DAYS` before is no new face. A household is **at risk** while someone is around
    and up to `GAP_DAYS` after, within the cost years and up to the last date that the feed knows.
    Stretches are cut at changes and at moves. In the first `GAP_DAYS` of a feed changes can be
    missed: who left before it began is not in it.
    MISSING-DATA RULE: spells without a start or with an end before it are left out; no end is still
    going on; no role is a role of its own.
    """
    spells, seen = _spells(data, indicator)
    first, last = (
        int(np.datetime64(f"{year}-{day}").astype("datetime64[D]").astype(np.int64))
        for year, day in zip(study.cost_years, ("01-01", "12-31"), strict=True)
    )
    last = min(last, seen)
    begin, end = spells["begin"].to_numpy(), spells["end"].to_numpy()
    who = spells["professional"].to_numpy()
    home = spells["home"].to_numpy()
    roles = _runs(home, spells["role"].to_numpy())
    days: dict[int, list[int]] = {int(home[run.start]): [] for run in _runs(home)}
    for run in roles:
        days[int(home[run.start])] += _changes(begin[run], end[run], who[run])
    found = [
        (int(home[run.start]), _stretches(begin[run], end[run], days[int(home[run.start])],
                                          first, last))
        for run in _runs(home)
    ]  # fmt: skip
    table = np.vstack([np.empty((0, 3)), *(part for _, part in found)])
    number = np.repeat([h for h, _ in found], [len(part) for _, part in found]).astype(np.int64)
    frame = pd.DataFrame(table, columns=["start", "stop", "changed"])
    frame["household_id"] = spells["household_id"].unique()[number]
    frame["first"] = frame.groupby("household_id")["start"].transform("min")
    frame["changed"] = frame["changed"].astype(np.int64)
    return _placed(frame, data, study)


def _runs(*columns: npt.NDArray[np.int64]) -> list[slice]:
    """Return the runs of rows that are equal in all columns."""
    n = len(columns[0])
    if not n:
        return []
    edge = np.flatnonzero(np.any([c[1:] != c[:-1] for c in columns], axis=0)) + 1
    return [slice(int(a), int(b)) for a, b in pairwise([0, *edge, n])]


def _spells(data: StudyData, indicator: Indicator) -> tuple[pd.DataFrame, int]:
    """Return the spells in order of household, role and start, and the last date of the feed."""
    frame = data.feeds[indicator.feed]
    begin, end = frame[str(indicator.start)], frame[str(indicator.end)]
    seen = max(begin.max(), end.max()) if end.notna().any() else begin.max()
    role = frame["role"].fillna("").astype(str) if "role" in frame else ""
    kept = begin.notna() & ~(end < begin) & frame["household_id"].notna()
    frame = frame.assign(role=role)[kept].sort_values("household_id", kind="stable")
    spells = pd.DataFrame(
        {
            "household_id": frame["household_id"],
            "home": pd.factorize(frame["household_id"])[0],
            "role": pd.factorize(frame["role"])[0],
            "professional": pd.factorize(frame["professional_id"], use_na_sentinel=False)[0],
            "begin": day_numbers(frame[str(indicator.start)]),
            "end": day_numbers(frame[str(indicator.end)], missing=_EVER),
        }
    )
    order = ["home", "role", "begin", "end", "professional"]
    return spells.sort_values(order), int(day_numbers(pd.Series([seen]))[0])


def _changes(begin: Ints, end: Ints, who: Ints) -> list[int]:
    """Return the days on which someone takes over, in one role of one household."""
    replaced = np.zeros(len(begin), dtype=bool)
    days: list[int] = []
    for j in range(1, len(begin)):
        recent = end >= begin[j] - GAP_DAYS
        recent[j:] = False
        if (recent & (who == who[j])).any():
            continue  # was there already
        leaves = recent & (end <= begin[j] + OVERLAP_DAYS) & (begin < begin[j]) & ~replaced
        if leaves.any():
            replaced[np.argmax(np.where(leaves, end, -_EVER))] = True
            days.append(int(begin[j]))
    return days


def _stretches(begin: Ints, end: Ints, days: list[int], first: int, last: int) -> Floats:
    """Return start, stop, changed of the stretches at risk of one household, cut at its changes."""
    order = np.argsort(begin, kind="stable")
    begin, until = begin[order], np.minimum(end[order], last) + GAP_DAYS
    reach = np.maximum.accumulate(until)
    fresh = np.append(True, begin[1:] > reach[:-1])
    closes = reach[np.append(np.flatnonzero(fresh)[1:] - 1, len(begin) - 1)]
    moments = np.sort(np.array(days, dtype=np.int64))
    moment = moments + _APART * _rank(moments)
    rows = [np.empty((0, 3))]
    for a, b in zip(np.maximum(begin[fresh], first - 1), np.minimum(closes, last), strict=True):
        inside = moment[(moment > a) & (np.floor(moment) <= b)]
        table = np.column_stack([np.append(a, inside), np.append(inside, b),
                                 np.append(np.ones(len(inside)), 0)])  # fmt: skip
        rows.append(table[table[:, 1] > table[:, 0]])
    return np.vstack(rows)


def _rank(days: Ints) -> Ints:
    """Return 0, 1, .. within equal (sorted) days."""
    _, start, inverse = np.unique(days, return_index=True, return_inverse=True)
    return np.asarray(np.arange(len(days)) - start[inverse], dtype=np.int64)


def _placed(frame: pd.DataFrame, data: StudyData, study: Study) -> pd.DataFrame:
    """Cut the stretches at moves and say where each was lived; a change belongs to its day."""
    if frame.empty:
        return frame
    book = address_book(data.feeds["addresses"], tuple(area.code for area in study.areas))
    start, stop = frame["start"].to_numpy(dtype=float), frame["stop"].to_numpy(dtype=float)
    first, last = np.floor(start).astype(np.int64) + 1, np.ceil(stop - 0.5)
    pieces, place = book.cut(
        book.numbers(frame["household_id"]), first, np.maximum(last.astype(np.int64), first)
    )
    cut = frame.iloc[pieces.row].reset_index(drop=True)
    edge = pieces.row[1:] != pieces.row[:-1]
    opens, closes = np.append(True, edge), np.append(edge, True)
    cut["start"] = np.where(opens, cut["start"], pieces.first - 1.0)
    cut["stop"] = np.where(closes, cut["stop"], pieces.last.astype(float))
    cut["changed"] = np.where(closes, cut["changed"], 0)
    cut["area"] = book.area[place]
    cut["side"] = cut["area"].map({a.code: str(a.side) for a in study.areas}).fillna("")
    return cut[[*COLUMNS]]
