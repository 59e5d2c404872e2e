"""Benefits become bookings: one paid amount on every basis, day by day."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from evaluatie.costs.booking.bookings import Bookings, aside_lines, pieces_by_day, source_lines
from evaluatie.costs.booking.episodes import IDENTITY, Flags
from evaluatie.costs.booking.places import AddressBook, day_numbers
from evaluatie.costs.booking.valuation import PERIODS, Ints, Tariff, whole_parts
from evaluatie.domain import CostBasis
from evaluatie.errors import FeedError


def book_benefits(
    benefits: pd.DataFrame,
    law: str,
    book: AddressBook,
    first: pd.Timestamp,
    horizon: pd.Timestamp,
    months: Flags | None = None,
    bases: Collection[CostBasis] = tuple(CostBasis),
) -> Bookings:
    """Book benefits day by day; a benefit is paid, so it is one amount on all three bases.

    Parameters
    ----------
    benefits : DataFrame
        One row per spell: person_id, household_id, start, end (NaT: still paid), amount_month_eur.
        A part of a calendar month is paid by its days.
    law : str
        The law that pays them.
    book : AddressBook
        Where households lived.
    first, horizon : Timestamp
        First and last day of the cost years; an open end is closed at the horizon.
    months : array of bool, optional
        Which months, counted from the first of the cost years, become pieces; by default all.
    bases : collection of CostBasis
        What to book; all by default.

    Raises
    ------
    FeedError
        A negative amount, or an end before the start.
    """
    placed, tariff, (start, end) = benefit_spells(benefits, horizon)
    opening, limit = (int(n) for n in day_numbers(pd.Series([first, horizon])))
    frame = benefits[placed].reset_index(drop=True)
    late, until = np.maximum(start, opening), np.minimum(end, limit)
    frame = frame.assign(law=law, product_code="", provider_id="", first=late, last=until)
    early = tariff.cents(start, np.minimum(end, opening - 1))
    after = tariff.cents(np.maximum(start, limit + 1), end)
    aside = [
        ("before_cost_years", int((start < opening).sum()), int(early.sum())),
        ("after_cost_years", int((np.maximum(start, end) > limit).sum()), int(after.sum())),
        ("no_amount", int(frame["amount_month_eur"].isna().sum()), 0),
        ("no_start_date", int((~placed).sum()), 0),
    ]
    source = (len(benefits), int(tariff.cents(start, end).sum()))
    return Bookings(
        records=frame[list(IDENTITY[1:])],
        pieces=pieces_by_day(frame, tariff, book, tuple(bases), months, opening),
        source=source_lines("benefits", tuple(bases), [source] * len(bases)),
        set_aside=pd.concat(
            [aside_lines("benefits", basis, aside) for basis in bases], ignore_index=True
        ),
    )


def benefit_spells(
    benefits: pd.DataFrame, horizon: pd.Timestamp
) -> tuple[Flags, Tariff, tuple[Ints, Ints]]:
    """Return which spells have a start, and of those how they accrue, first and last day.

    Raises
    ------
    FeedError
        A negative amount, or an end before the start.
    """
    _refuse(benefits["amount_month_eur"] < 0, "benefits", "a negative amount")
    _refuse(benefits["end"] < benefits["start"], "benefits", "an end before the start")
    placed = benefits["start"].notna().to_numpy()
    frame = benefits[placed]
    limit = int(day_numbers(pd.Series([horizon]))[0])
    start = day_numbers(frame["start"])
    end = np.where(frame["end"].isna(), np.maximum(limit, start - 1), day_numbers(frame["end"]))
    return placed, _monthly(frame["amount_month_eur"], start), (start, end)


def _monthly(amount: pd.Series, start: Ints) -> Tariff:
    count = len(amount)
    return Tariff(
        period=np.full(count, PERIODS.index("month"), dtype=np.int8),
        parts=whole_parts(amount.to_numpy(dtype=float)),
        origin=start,
        span=np.ones(count, dtype=np.int64),
    )


def _refuse(mask: pd.Series, feed: str, what: str) -> None:
    if mask.any():
        raise FeedError(
            f"{mask.sum()} records with {what}",
            where=f"feed '{feed}'",
            remedy="run 'evaluatie check' and let the owner of the feed correct these records.",
        )
