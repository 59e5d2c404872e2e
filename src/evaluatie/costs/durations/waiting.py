"""How long people wait: days between two dates of a feed, with those still waiting counted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.places import AddressBook, address_book, day_numbers
from evaluatie.dictionary.model import Indicator
from evaluatie.intake.data import StudyData
from evaluatie.methods import kaplan_meier, spells
from evaluatie.study import Study

HALF = 0.5 + 1e-12
COLUMNS = (
    "side",
    "year",
    "by",
    "n",
    "completed",
    "censored",
    "median_days",
    "q1_days",
    "q3_days",
    "km_median_days",
    "persons",
    "households",
    "reason",
)


def durations(data: StudyData, indicator: Indicator, study: Study) -> pd.DataFrame:
    """Return the days between two dates of a feed, per side and year of the first date.

    Parameters
    ----------
    data : StudyData
        Needs the feed ``indicator.feed`` (person_id, perhaps household_id and law, and the two
        dates) and the feeds residents and addresses, which give household and area.
    indicator : Indicator
        Kind ``duration``: feed, start, end, by, laws.
    study : Study
        Areas and cost years.

    Returns
    -------
    DataFrame
        One row per side x year x value of ``indicator.by`` ('' is all). Columns `COLUMNS`:
        n = completed + censored records; median, quartiles (linear interpolation, R type 7) of
        the completed ones; km_median_days over all (NaN while fewer than half are completed,
        ``reason`` then says so); persons, households behind n. Side '' holds the records of
        people who did not live in a study area on the first date.

    Notes
    -----
    A record without an end is censored on the last date seen in either column of the feed, the
    last day on which it is known to have been kept. Completed durations alone look too short when
    many still wait; the Kaplan-Meier median does not. Records without a first date, and with an
    end before the start, cannot be placed and are not in n. Kaplan & Meier (1958); agrees with
    R survival::survfit.
    """
    records = _records(data, indicator, study)
    rows = []
    for (side, year), group in records.groupby(["side", "year"], sort=True):
        for by, part in _split(group, indicator.by):
            rows.append({"side": side, "year": int(year), "by": by, **_summary(part)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def kaplan_meier_median(days: npt.ArrayLike, completed: npt.ArrayLike) -> float:
    """Return the Kaplan-Meier median: the first day on which at most half are still waiting.

    Parameters
    ----------
    days : array of float, shape (n,)
        Days until the end, or until censoring.
    completed : array of bool, shape (n,)
        Whether the end was seen.

    Returns
    -------
    float
        NaN when the curve stays above one half.

    References
    ----------
    ``lifelines.KaplanMeierFitter.median_survival_time_``; R's ``quantile(survfit())`` but where the
    curve is exactly one half: R then goes halfway to the next event.
    """
    duration = np.asarray(days, dtype=float)
    if not len(duration):
        return float("nan")
    curve = kaplan_meier(spells(duration, np.asarray(completed, dtype=bool)))
    half = np.flatnonzero(curve.survival <= HALF)
    return float(curve.times[half[0]]) if len(half) else float("nan")


def waiting_records(data: StudyData, indicator: Indicator, study: Study) -> pd.DataFrame:
    """Return one row per record of a feed with two dates: how long, completed or not, and where.

    Parameters
    ----------
    data, indicator, study
        As `durations`.

    Returns
    -------
    DataFrame
        person_id, household_id, area ('' elsewhere), side ('' elsewhere), start (first date),
        days (to the end, or to censoring), completed, by (value of ``indicator.by`` as text, ''
        without).

    Notes
    -----
    MISSING-DATA RULE as `durations`: no first date, or an end before it, is left out; no end is
    censored on the last date that the feed knows.
    """
    records = _records(data, indicator, study)
    split = [""] * len(records) if indicator.by is None else records[indicator.by].map(_code)
    return pd.DataFrame(
        {
            "person_id": records["person_id"],
            "household_id": records["household_id"],
            "area": records["area"],
            "side": records["side"],
            "start": records[str(indicator.start)],
            "days": records["days"].astype(float),
            "completed": records["completed"],
            "by": split,
        }
    ).reset_index(drop=True)


def area_on(
    data: StudyData, study: Study, persons: pd.Series, dates: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Return the household of each person and the area it lived in on a date ('' elsewhere)."""
    register = data.feeds["residents"].drop_duplicates("person_id").set_index("person_id")
    household = persons.map(register["household_id"])
    book = address_book(data.feeds["addresses"], tuple(area.code for area in study.areas))
    return household, pd.Series(_areas(book, household, dates), index=persons.index)


def _areas(book: AddressBook, household: pd.Series, dates: pd.Series) -> npt.NDArray[np.object_]:
    day = day_numbers(dates)
    pieces, place = book.cut(book.numbers(household), day, day)
    areas = np.full(len(day), "", dtype=object)
    areas[pieces.row] = book.area[place]
    return areas


def _records(data: StudyData, indicator: Indicator, study: Study) -> pd.DataFrame:
    frame = data.feeds[indicator.feed]
    if indicator.laws and "law" in frame:
        frame = frame[frame["law"].isin(indicator.laws)]
    first, last = frame[str(indicator.start)], frame[str(indicator.end)]
    seen = max(first.max(), last.max()) if last.notna().any() else first.max()
    frame = frame.assign(
        completed=last.notna(), days=(last.fillna(seen) - first).dt.days, year=first.dt.year
    )
    frame = frame[first.notna() & (frame["days"] >= 0)].copy()
    household, area = area_on(data, study, frame["person_id"], frame[str(indicator.start)])
    frame["household_id"] = household.fillna(frame["person_id"])
    sides = {code.code: str(code.side) for code in study.areas}
    frame["area"] = area
    frame["side"] = area.map(sides).fillna("")
    return frame


def _split(group: pd.DataFrame, by: str | None) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "", group
    if by is not None:
        for value, part in group.groupby(by, sort=True):
            yield _code(value), part


def _code(value: object) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value)  # type: ignore[call-overload]


def _summary(part: pd.DataFrame) -> dict[str, object]:
    done = part.loc[part["completed"], "days"].to_numpy(dtype=float)
    q1, median, q3 = np.quantile(done, [0.25, 0.5, 0.75]) if len(done) else [np.nan] * 3
    kaplan_meier = kaplan_meier_median(part["days"], part["completed"])
    return {
        "n": len(part),
        "completed": len(done),
        "censored": len(part) - len(done),
        "median_days": median,
        "q1_days": q1,
        "q3_days": q3,
        "km_median_days": kaplan_meier,
        "persons": part["person_id"].nunique(),
        "households": part["household_id"].nunique(),
        "reason": "fewer than half are completed" if np.isnan(kaplan_meier) else "",
    }
