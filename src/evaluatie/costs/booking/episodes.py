"""Arrangements become validated episodes: voids out, replacements resolved, open ends closed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.codes import FEED, ArrangementCodes
from evaluatie.costs.booking.places import day_numbers
from evaluatie.costs.booking.valuation import Ints, Tariff, whole_parts
from evaluatie.errors import FeedError

Flags = npt.NDArray[np.bool_]
IDENTITY = ("assignment_no", "person_id", "household_id", "law", "product_code", "provider_id")
SET_ASIDE = ("feed", "basis", "reason", "records", "cents")


@dataclass(frozen=True)
class Episodes:
    """Arrangements as they held, within the years of the cost monitor.

    Attributes
    ----------
    frame : DataFrame
        One row per episode: `IDENTITY`, start, end (dates, both included, never empty),
        open_end (the source gives no end: closed at the horizon), no_amount (volume, frequency
        or rate is missing: worth 0 and counted), cents (value of the episode).
    tariff : Tariff
        How each row of ``frame`` accrues value.
    set_aside : DataFrame
        Columns ``reason, records, cents``: what is not in ``frame``, or counts for nothing there.
        A record cut in part is counted with the cents of that part.
    written : Tariff
        How each record with a start accrues value, also those that are not in ``frame``.
    days : tuple of array of int
        Of those records the first day, the last on which it held (before the first: never) and the
        last as written, days since 1970.
    source_records, source_cents : int
        Records in the feed and their value as written; ``source_cents`` equals the cents of
        ``frame`` plus those set aside.
    """

    frame: pd.DataFrame
    tariff: Tariff
    set_aside: pd.DataFrame
    written: Tariff
    days: tuple[Ints, Ints, Ints]
    source_records: int
    source_cents: int


def build_episodes(
    arrangements: pd.DataFrame, codes: ArrangementCodes, first: pd.Timestamp, horizon: pd.Timestamp
) -> Episodes:
    """Resolve the records of the feed `arrangements` into episodes.

    Parameters
    ----------
    arrangements : DataFrame
        One row per record, canonical columns.
    codes : ArrangementCodes
        What the codes mean.
    first, horizon : Timestamp
        First and last day of the cost years.

    Raises
    ------
    FeedError
        Negative volume or rate, end before start, an assignment number that occurs twice, an
        unknown frequency, unit or product: counted, never quoted.

    Notes
    -----
    In this order: (1) a record whose change reason voids and that ends on the day it starts is
    removed; (2) records that succeed one another (equal ``codes.succession``, for instance person
    and product) are put in order of start, assignment date and number, and each ends at the latest
    the day before the next starts; (3) an end that is still open is closed at the horizon; (4)
    days outside the cost years are set aside. A ``total`` volume is spread evenly over the days
    agreed, so that a record cut short is worth less; an open one over the days up to the next
    record or the horizon.
    """
    _refuse_impossible(arrangements)
    placed = arrangements["start"].notna()
    frame = arrangements[placed].reset_index(drop=True)
    frame["law"] = codes.laws_of(frame["product_code"])
    void = (frame["change_reason"].isin(codes.void) & (frame["end"] == frame["start"])).to_numpy()
    start = day_numbers(frame["start"])
    following = _start_of_successor(frame, codes.succession, start, void)
    opening, limit = day_numbers(pd.Series([first, horizon])).tolist()
    open_end = frame["end"].isna().to_numpy()
    closed = np.maximum(np.minimum(limit, following - 1), start - 1)
    end = np.where(open_end, closed, day_numbers(frame["end"]))
    tariff, no_amount = _tariff(frame, codes, start, end)
    held = np.where(void, start - 1, np.minimum(end, following - 1))
    aside = _set_aside(tariff, void, no_amount, (start, held, end), (opening, limit))
    aside.append(("no_start_date", int((~placed).sum()), 0))
    late, until = np.maximum(start, opening), np.minimum(held, limit)
    rows = np.flatnonzero(until >= late)
    kept = frame.loc[rows, list(IDENTITY)].reset_index(drop=True)
    kept["start"], kept["end"] = _dates(late[rows]), _dates(until[rows])
    kept["open_end"], kept["no_amount"] = (open_end & (held >= limit))[rows], no_amount[rows]
    kept["cents"] = tariff.cents(late, until)[rows]
    return Episodes(
        frame=kept,
        tariff=tariff.take(rows),
        set_aside=pd.DataFrame(aside, columns=list(SET_ASIDE[2:])),
        written=tariff,
        days=(start, held, end),
        source_records=len(arrangements),
        source_cents=int(tariff.cents(start, end).sum()),
    )


def _set_aside(
    tariff: Tariff,
    void: Flags,
    no_amount: Flags,
    days: tuple[Ints, Ints, Ints],
    years: tuple[int, int],
) -> list[tuple[str, int, int]]:
    """Return reason, records, cents of the days that do not count.

    ``days`` are the first day of each record, the last on which it held (before the first: never)
    and the last as written; ``years`` the first and last day of the cost years.
    """
    (start, held, end), (opening, limit) = days, years
    some = held >= start
    parts = {
        "void": (void, start, end),
        "replaced": (~void & (held < end), np.maximum(start, held + 1), end),
        "before_cost_years": (some & (start < opening), start, np.minimum(held, opening - 1)),
        "after_cost_years": (
            ~void & (start > limit) | some & (held > limit),
            np.maximum(start, limit + 1),
            held,
        ),
    }
    lines = [
        (reason, int(mask.sum()), int(tariff.cents(first, last)[mask].sum()))
        for reason, (mask, first, last) in parts.items()
    ]
    return [*lines, ("no_amount", int((no_amount & ~void).sum()), 0)]


def _dates(day: Ints) -> pd.Series:
    return pd.Series(day.astype("datetime64[D]").astype("datetime64[ns]"))


def _tariff(
    frame: pd.DataFrame, codes: ArrangementCodes, start: Ints, end: Ints
) -> tuple[Tariff, Flags]:
    """Return how each record accrues value, and whether its amount is missing."""
    period = codes.periods_of(frame["frequency"])
    rate = np.where(codes.is_budget(frame["unit"]), 1.0, frame["rate_eur"].to_numpy(dtype=float))
    euros = frame["volume"].to_numpy(dtype=float) * rate
    no_amount = np.isnan(euros) | (period < 0)
    tariff = Tariff(
        period=np.where(no_amount, 0, period).astype(np.int8),
        parts=whole_parts(np.where(no_amount, 0.0, euros)),
        origin=start,
        span=np.maximum(end - start + 1, 1),
    )
    return tariff, no_amount


def _start_of_successor(
    frame: pd.DataFrame, columns: tuple[str, ...], start: Ints, void: Flags
) -> Ints:
    """Return, per record, the first day of the next one with equal ``columns``."""
    never = np.iinfo(np.int64).max // 4
    series = frame.groupby(list(columns), sort=False, dropna=False).ngroup()
    order = pd.DataFrame(
        {
            "series": series.to_numpy(),
            "start": start,
            "assigned": day_numbers(frame["assigned_on"]),
            "number": frame["assignment_no"].to_numpy(),
        }
    )[~void]
    order = order.sort_values(["series", "start", "assigned", "number"])
    following = order.groupby("series", sort=False)["start"].shift(-1)
    result = np.full(len(frame), never, dtype=np.int64)
    result[order.index.to_numpy()] = following.fillna(never).to_numpy(dtype=np.int64)
    return result


def _refuse_impossible(arrangements: pd.DataFrame) -> None:
    checks = {
        "a negative volume": arrangements["volume"] < 0,
        "a negative rate": arrangements["rate_eur"] < 0,
        "an end before the start": arrangements["end"] < arrangements["start"],
        "an assignment number that occurs twice": arrangements["assignment_no"].duplicated(),
        "no person": arrangements["person_id"].isna(),
    }
    if found := [f"{mask.sum()} with {what}" for what, mask in checks.items() if mask.any()]:
        raise FeedError(
            "records that no amount can be built on: " + ", ".join(found),
            where=f"feed '{FEED}'",
            remedy="run 'evaluatie check' and let the owner of the feed correct these records.",
        )
