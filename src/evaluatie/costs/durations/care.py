"""From the start of support to scaling down or its end: records chained into one course of care."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.codes import FEED, ArrangementCodes, arrangement_codes
from evaluatie.costs.booking.places import day_numbers
from evaluatie.costs.booking.valuation import PERIODS
from evaluatie.costs.durations.waiting import area_on
from evaluatie.dictionary.model import CodebookContent, Indicator
from evaluatie.intake.data import StudyData
from evaluatie.study import Study

STATES = ("scaled_down", "goal", "moved", "deceased", "other")
"""What a course of care comes to, in the order of the states 1, 2, .."""
BRIDGE_DAYS = 31
"""A record that starts at most so many days after another ended goes on with it."""
_LENGTH = {"day": 1.0, "week": 7.0, "four_weeks": 28.0, "month": 365.25 / 12, "year": 365.25}
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CareCourses:
    """Courses of care, and what could not be one.

    Attributes
    ----------
    frame : DataFrame
        One row per course: person_id, household_id, provider_id, law, area, side ('' elsewhere),
        start (first day), entry and stop (days since ``start``; at risk on ``(entry, stop]``),
        state (0 still going on, else position in `STATES` plus 1).
    set_aside : dict of str to int
        Reason -> courses left out.
    """

    frame: pd.DataFrame
    set_aside: dict[str, int]


def care_courses(
    data: StudyData, indicator: Indicator, study: Study, codebook: CodebookContent
) -> CareCourses:
    """Chain arrangements into courses of care and say how each came to scaling down or its end.

    Parameters
    ----------
    data : StudyData
        Needs the feeds arrangements, residents, addresses.
    indicator : Indicator
        Kind ``care_end``: laws.
    study : Study
        Areas and cost years.
    codebook : CodebookContent
        What products, frequencies and change reasons mean.

    Returns
    -------
    CareCourses

    Notes
    -----
    Records that follow one another (equal columns of the succession rule of the feed, in order of
    start) are one course while the next starts within `BRIDGE_DAYS` and the earlier one did not end
    for a reason of its own (goal, moved, deceased). Where records overlap the earlier ends the day
    before the next starts. A course comes to ``scaled_down`` on the last day of a record that is
    followed by one with less volume per day in the same unit (other units cannot be compared: the
    course goes on), else to the reason of its last record; ``other`` is every reason that the code
    list does not explain, none included. Open, or ending after the last cost year: censored there.
    Delayed entry: a course that started before the cost years is seen from their first day on.
    Area and side are those of the household on the first day that is seen.
    MISSING-DATA RULE: without a start date, or void: no record. Where a feed has no record at all
    that starts before the first day, those that start on it began no one knows when
    (``origin_unknown``): set aside and counted, as are courses that ended before that day.
    """
    codes = arrangement_codes(codebook)
    records = _records(data.feeds[FEED], indicator, codes, codebook)
    first, last = (
        int(pd.Timestamp(year, month, day).to_numpy().astype("datetime64[D]").astype(np.int64))
        for year, (month, day) in zip(study.cost_years, ((1, 1), (12, 31)), strict=True)
    )
    courses = _courses(records, last)
    opened, ended = courses["opened"].to_numpy(), courses["closed"].to_numpy()
    cut_off = not (records["first"] < first).any()
    unknown = cut_off & (opened <= first)
    outside = (ended < first) | (opened > last)
    kept = courses[~unknown & ~outside].reset_index(drop=True)
    kept["entry"] = np.maximum(first - kept["opened"], 0).astype(float)
    kept["stop"] = (kept["closed"] - kept["opened"] + 1).astype(float)
    kept["start"] = pd.to_datetime(kept["opened"].to_numpy().astype("datetime64[D]"))
    seen = pd.Series(
        pd.to_datetime(np.maximum(kept["opened"], first).to_numpy().astype("datetime64[D]"))
    )
    household, area = area_on(data, study, kept["person_id"], seen)
    kept["household_id"] = household.fillna(kept["person_id"])
    kept["area"] = area
    kept["side"] = area.map({a.code: str(a.side) for a in study.areas}).fillna("")
    aside = {
        "origin_unknown": int((unknown & ~outside).sum()),
        "outside_cost_years": int(outside.sum()),
    }
    columns = ["person_id", "household_id", "provider_id", "law", "area", "side", "start", "entry",
               "stop", "state"]  # fmt: skip
    return CareCourses(kept[columns], aside)


def _records(
    arrangements: pd.DataFrame,
    indicator: Indicator,
    codes: ArrangementCodes,
    codebook: CodebookContent,
) -> pd.DataFrame:
    """Return the records that took effect, in order within their series."""
    frame = arrangements[arrangements["start"].notna()].reset_index(drop=True)
    frame["law"] = codes.laws_of(frame["product_code"])
    void = frame["change_reason"].isin(codes.void) & (frame["end"] == frame["start"])
    frame = frame[~void & frame["law"].isin(indicator.laws)].copy()
    frame["first"] = day_numbers(frame["start"])
    frame["last"] = day_numbers(frame["end"], missing=np.iinfo(np.int64).max // 4)
    frame["number"] = frame.groupby(list(codes.succession), sort=False, dropna=False).ngroup()
    frame["assigned"] = day_numbers(frame["assigned_on"])
    frame["state"] = frame["change_reason"].map(_states(codebook)).fillna(0).astype(np.int64)
    period = codes.periods_of(frame["frequency"])
    names = np.array([*PERIODS, ""])[period]  # -1, the last: no frequency
    length = pd.Series(names, index=frame.index).map(_LENGTH)
    span = (frame["last"] - frame["first"] + 1).clip(lower=1).astype(float)
    frame["per_day"] = frame["volume"] / length.where(names != "total", span)
    return frame.sort_values(["number", "first", "assigned", "assignment_no"])


def _states(codebook: CodebookContent) -> dict[str, int]:
    """Return change reason -> state, for the reasons that end care."""
    column = next(c for c in codebook.feeds[FEED].columns if c.name == "change_reason")
    reasons = codebook.code_lists[str(column.code_list)]
    return {k: STATES.index(str(c.means)) + 1 for k, c in reasons.items() if c.means in STATES}


def _courses(records: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Return one row per course: opened, closed (days since 1970), state, person, provider."""
    number, first = records["number"].to_numpy(), records["first"].to_numpy()
    same = np.append(number[1:] == number[:-1], False)
    following = np.where(same, np.append(first[1:], 0), np.iinfo(np.int64).max // 2)
    last = np.minimum(records["last"].to_numpy(), np.maximum(following - 1, first))
    state = records["state"].to_numpy()
    replaced = last < records["last"].to_numpy()  # its reason speaks of an end that never came
    goes_on = same & (following - last - 1 <= BRIDGE_DAYS) & ((state == 0) | replaced)
    less = goes_on & _lower(records)
    chain = np.cumsum(np.append(True, ~goes_on[:-1]))
    stops = less | ~goes_on
    order = np.arange(len(records))
    ends = pd.Series(np.where(stops, order, len(order))).groupby(chain).min().to_numpy()
    begin = np.flatnonzero(np.append(True, chain[1:] != chain[:-1])) if len(order) else order
    closed, shown = last[ends], np.where(less, 1, np.where(state == 0, len(STATES), state))[ends]
    shown = np.where(closed > horizon, 0, shown)
    found = records.iloc[begin][["person_id", "provider_id", "law"]].reset_index(drop=True)
    return found.assign(opened=first[begin], closed=np.minimum(closed, horizon), state=shown)


def _lower(records: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return whether the next record has less volume per day, in the same unit."""
    volume, unit = records["per_day"].to_numpy(dtype=float), records["unit"].to_numpy(dtype=object)
    less = np.append(volume[1:] < volume[:-1] * (1 - 1e-9), False)
    return np.asarray(less & np.append(unit[1:] == unit[:-1], False), dtype=bool)
