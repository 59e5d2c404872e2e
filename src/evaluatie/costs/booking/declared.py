"""Declared lines become bookings: what was delivered and what was declared, by month of care."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.bookings import Bookings, aside_lines, piece_frame, source_lines
from evaluatie.costs.booking.codes import ArrangementCodes
from evaluatie.costs.booking.episodes import IDENTITY, Flags
from evaluatie.costs.booking.places import (
    LAST_DAY,
    AddressBook,
    Stretches,
    day_numbers,
    first_of_month,
    month_numbers,
)
from evaluatie.costs.booking.valuation import Ints, split_cents, whole_cents
from evaluatie.domain import CostBasis


def book_declarations(
    declarations: pd.DataFrame,
    arrangements: pd.DataFrame,
    codes: ArrangementCodes,
    book: AddressBook,
    first: pd.Timestamp,
    horizon: pd.Timestamp,
    bases: Collection[CostBasis] = (CostBasis.DELIVERED, CostBasis.DECLARED),
) -> Bookings:
    """Book declared lines twice: what was delivered, at the agreed rate, and what was declared.

    Parameters
    ----------
    declarations : DataFrame
        One row per line: assignment_no, month, delivered_volume, amount_eur. Credits are negative
        and are booked as written, in the month of care that they correct.
    arrangements : DataFrame
        The feed; gives person, household, product, provider and rate. A line on a void or replaced
        arrangement was paid all the same and is booked.
    codes, book, first, horizon
        As elsewhere in this module.
    bases : collection of CostBasis
        What to book; both by default.

    Notes
    -----
    In a month with a move the amount is split by the days of that month on which the arrangement
    held; by all days of the month where the arrangement did not hold at all.
    Lines without an arrangement, without a month or outside the cost years are set aside.
    """
    found = pd.Index(arrangements["assignment_no"]).get_indexer(declarations["assignment_no"])
    month = month_numbers(day_numbers(declarations["month"]))
    reasons = _unplaced(found, month, declarations["month"].notna().to_numpy(), (first, horizon))
    rows = np.flatnonzero(~np.logical_or.reduce(list(reasons.values())))
    place, month = found[rows], month[rows]
    records = arrangements.assign(law=codes.laws_of(arrangements["product_code"]))
    records = records[list(IDENTITY[1:])].reset_index(drop=True)
    pieces = _lines_by_address(arrangements, book, place, month)
    amounts = euros_of_lines(declarations, arrangements, codes, found, bases)
    booked, source, aside = [], [], []
    for basis, amount in amounts.items():
        cents = whole_cents(amount)
        part = split_cents(cents[rows][pieces.row], pieces.before, pieces.days, pieces.of)
        booked.append(piece_frame(place[pieces.row], pieces.place, month[pieces.row], basis, part))
        source.append((len(declarations), int(cents.sum())))
        lines = [(why, int(mask.sum()), int(cents[mask].sum())) for why, mask in reasons.items()]
        lines.append(("no_amount", int(np.isnan(amount[rows]).sum()), 0))
        aside.append(aside_lines("declarations", basis, lines))
    return Bookings(
        records=records,
        pieces=pd.concat(booked, ignore_index=True),
        source=source_lines("declarations", tuple(amounts), source),
        set_aside=pd.concat(aside, ignore_index=True),
    )


@dataclass(frozen=True)
class _Parts:
    """Parts of declared lines, each at one address; arrays of shape (parts,)."""

    row: Ints  # position of the line
    place: Ints  # position in the areas of the address book
    before: Ints  # days of the line before this part
    days: Ints
    of: Ints  # days of the whole line


def _lines_by_address(
    arrangements: pd.DataFrame, book: AddressBook, record: Ints, month: Ints
) -> _Parts:
    """Divide lines over the addresses of their household in the month.

    Most households stay where they are for as long as an arrangement holds: only the lines of the
    others, and those of a month in which it did not hold, have to be cut.
    """
    household = book.numbers(arrangements["household_id"])
    start = day_numbers(arrangements["start"], missing=-1)
    end = day_numbers(arrangements["end"], missing=LAST_DAY)
    first, last = book.position(household, start), book.position(household, end)
    settled = (first == last) & (start >= 0) & (end >= start)
    begin, until = month_numbers(start), month_numbers(end)
    whole = settled[record] & (begin[record] <= month) & (month <= until[record])
    rows, cut = np.flatnonzero(whole), np.flatnonzero(~whole)
    days = _days_of_care(arrangements, record[cut], month[cut])
    pieces, place = book.cut(household[record[cut]], *days)
    share = _share_of_days(pieces, *days)
    one, none = np.ones_like(rows), np.zeros_like(rows)
    return _Parts(
        np.concatenate([rows, cut[pieces.row]]),
        np.concatenate([first[record[rows]], place]),
        *(np.concatenate(both) for both in zip((none, one, one), share, strict=True)),
    )


def euros_of_lines(
    declarations: pd.DataFrame,
    arrangements: pd.DataFrame,
    codes: ArrangementCodes,
    place: Ints,
    bases: Collection[CostBasis],
) -> dict[CostBasis, npt.NDArray[np.float64]]:
    """Return the euros of each line on the bases; delivered is NaN without an arrangement."""
    amounts = {}
    if CostBasis.DELIVERED in bases:
        budget = codes.is_budget(arrangements["unit"])
        rate = np.where(budget, 1.0, arrangements["rate_eur"].to_numpy(dtype=float))
        agreed = np.where(place >= 0, np.append(rate, np.nan)[place], np.nan)
        volume = declarations["delivered_volume"].to_numpy(dtype=float)
        amounts[CostBasis.DELIVERED] = volume * agreed
    if CostBasis.DECLARED in bases:
        amounts[CostBasis.DECLARED] = declarations["amount_eur"].to_numpy(dtype=float)
    return amounts


def _unplaced(
    place: Ints, month: Ints, dated: Flags, period: tuple[pd.Timestamp, pd.Timestamp]
) -> dict[str, Flags]:
    """Return, per reason, which lines cannot be booked; no line has two reasons."""
    opening, limit = month_numbers(day_numbers(pd.Series(period))).tolist()
    known = place >= 0
    return {
        "no_arrangement": ~known,
        "no_start_date": known & ~dated,
        "before_cost_years": known & dated & (month < opening),
        "after_cost_years": known & dated & (month > limit),
    }


def _days_of_care(arrangements: pd.DataFrame, place: Ints, month: Ints) -> tuple[Ints, Ints]:
    """Return the days of each month on which its arrangement held; the whole month if none."""
    far = np.iinfo(np.int64).max // 4
    begin, end = first_of_month(month), first_of_month(month + 1) - 1
    first = np.maximum(begin, day_numbers(arrangements["start"], missing=-far)[place])
    last = np.minimum(end, day_numbers(arrangements["end"], missing=far)[place])
    empty = last < first
    return np.where(empty, begin, first), np.where(empty, end, last)


def _share_of_days(pieces: Stretches, first: Ints, last: Ints) -> tuple[Ints, Ints, Ints]:
    """Return, per piece, days before it, its days, and days of the whole."""
    whole = (last - first + 1)[pieces.row]
    return pieces.first - first[pieces.row], pieces.last - pieces.first + 1, whole
