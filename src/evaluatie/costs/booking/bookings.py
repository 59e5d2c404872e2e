"""Records of each feed become bookings: cents per record x month x area x basis.

Each function returns `Bookings`: the pieces as integer columns, and the lines of the
reconciliation that say how the source splits into what is booked and what is set aside.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.codes import ArrangementCodes
from evaluatie.costs.booking.episodes import IDENTITY, SET_ASIDE, Episodes, Flags
from evaluatie.costs.booking.places import (
    LAST_DAY,
    AddressBook,
    Stretches,
    cut_at_months,
    day_numbers,
    first_of_month,
    month_numbers,
)
from evaluatie.costs.booking.valuation import (
    PERIODS,
    Ints,
    Tariff,
    split_cents,
    whole_cents,
    whole_parts,
)
from evaluatie.domain import CostBasis
from evaluatie.errors import FeedError

SOURCE = ("feed", "basis", "records", "cents")


@dataclass(frozen=True)
class Bookings:
    """What one feed adds to the ledger.

    Attributes
    ----------
    records : DataFrame
        One row per record that something is booked on, columns person_id, household_id, law,
        product_code, provider_id; its position is the ``record`` of the pieces.
    pieces : DataFrame
        Columns record, place (position in the areas of the address book), month (since January
        1970), basis, days (of care; 0 for delivered and declared lines), cents.
    source : DataFrame
        Columns `SOURCE`: the feed as written.
    set_aside : DataFrame
        Columns `SET_ASIDE`: what was not booked, by reason.
    """

    records: pd.DataFrame
    pieces: pd.DataFrame
    source: pd.DataFrame
    set_aside: pd.DataFrame


def book_arrangements(episodes: Episodes, book: AddressBook) -> Bookings:
    """Book episodes day by day as allocated amounts."""
    frame = episodes.frame
    pieces = _by_day(frame, episodes.tariff, book, (CostBasis.ALLOCATED,))
    basis = str(CostBasis.ALLOCATED)
    aside = episodes.set_aside.assign(feed="arrangements", basis=basis)
    source = [("arrangements", basis, episodes.source_records, episodes.source_cents)]
    return Bookings(
        records=frame[list(IDENTITY[1:])],
        pieces=pieces,
        source=pd.DataFrame(source, columns=list(SOURCE)),
        set_aside=aside[list(SET_ASIDE)],
    )


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
    _refuse(benefits["amount_month_eur"] < 0, "benefits", "a negative amount")
    _refuse(benefits["end"] < benefits["start"], "benefits", "an end before the start")
    placed = benefits["start"].notna()
    frame = benefits[placed].reset_index(drop=True)
    opening, limit = (int(n) for n in day_numbers(pd.Series([first, horizon])))
    start = day_numbers(frame["start"])
    end = np.where(frame["end"].isna(), np.maximum(limit, start - 1), day_numbers(frame["end"]))
    tariff = _monthly(frame["amount_month_eur"], start)
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
        pieces=_by_day(frame, tariff, book, tuple(bases), months, opening),
        source=_source("benefits", tuple(bases), [source] * len(bases)),
        set_aside=pd.concat(
            [_aside("benefits", basis, aside) for basis in bases], ignore_index=True
        ),
    )


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
    amounts = _amounts(declarations, arrangements, codes, found, bases)
    booked, source, aside = [], [], []
    for basis, amount in amounts.items():
        cents = whole_cents(amount)
        part = split_cents(cents[rows][pieces.row], pieces.before, pieces.days, pieces.of)
        booked.append(_pieces(place[pieces.row], pieces.place, month[pieces.row], basis, part))
        source.append((len(declarations), int(cents.sum())))
        lines = [(why, int(mask.sum()), int(cents[mask].sum())) for why, mask in reasons.items()]
        lines.append(("no_amount", int(np.isnan(amount[rows]).sum()), 0))
        aside.append(_aside("declarations", basis, lines))
    return Bookings(
        records=records,
        pieces=pd.concat(booked, ignore_index=True),
        source=_source("declarations", tuple(amounts), source),
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


def _amounts(
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


def _by_day(
    frame: pd.DataFrame,
    tariff: Tariff,
    book: AddressBook,
    bases: tuple[CostBasis, ...],
    months: Flags | None = None,
    opening: int = 0,
) -> pd.DataFrame:
    """Cut records at moves and months and value each piece by its days."""
    first = frame["first"] if "first" in frame else day_numbers(frame["start"])
    last = frame["last"] if "last" in frame else day_numbers(frame["end"])
    household = book.numbers(frame["household_id"])
    stretches, place = book.cut(household, np.asarray(first), np.asarray(last))
    pieces, month = cut_at_months(stretches)
    if months is not None:
        kept = np.flatnonzero(months[month - month_numbers(np.array([opening]))[0]])
        pieces, month = pieces.take(kept), month[kept]
    record = stretches.row[pieces.row]
    cents = tariff.take(record).cents(pieces.first, pieces.last)
    days = pieces.last - pieces.first + 1
    frames = [_pieces(record, place[pieces.row], month, basis, cents, days) for basis in bases]
    return pd.concat(frames, ignore_index=True)


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


def _monthly(amount: pd.Series, start: Ints) -> Tariff:
    count = len(amount)
    return Tariff(
        period=np.full(count, PERIODS.index("month"), dtype=np.int8),
        parts=whole_parts(amount.to_numpy(dtype=float)),
        origin=start,
        span=np.ones(count, dtype=np.int64),
    )


def _pieces(
    record: Ints, place: Ints, month: Ints, basis: CostBasis, cents: Ints, days: Ints | int = 0
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record": record,
            "place": place,
            "month": month,
            "basis": np.full(len(record), list(CostBasis).index(basis), dtype=np.int8),
            "days": days,
            "cents": cents,
        }
    )


def _aside(feed: str, basis: CostBasis, lines: list[tuple[str, int, int]]) -> pd.DataFrame:
    rows = [(feed, str(basis), *line) for line in lines]
    return pd.DataFrame(rows, columns=list(SET_ASIDE))


def _source(feed: str, bases: tuple[CostBasis, ...], totals: list[tuple[int, int]]) -> pd.DataFrame:
    rows = [(feed, str(basis), *total) for basis, total in zip(bases, totals, strict=True)]
    return pd.DataFrame(rows, columns=list(SOURCE))


def _refuse(mask: pd.Series, feed: str, what: str) -> None:
    if mask.any():
        raise FeedError(
            f"{mask.sum()} records with {what}",
            where=f"feed '{feed}'",
            remedy="run 'evaluatie check' and let the owner of the feed correct these records.",
        )
