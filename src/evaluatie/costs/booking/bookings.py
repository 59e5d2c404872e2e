"""What every feed hands to the ledger: pieces of cents, and how the source splits into them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluatie.costs.booking.episodes import SET_ASIDE, Flags
from evaluatie.costs.booking.places import AddressBook, cut_at_months, day_numbers, month_numbers
from evaluatie.costs.booking.valuation import Ints, Tariff
from evaluatie.domain import CostBasis

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


def pieces_by_day(
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
    frames = [piece_frame(record, place[pieces.row], month, basis, cents, days) for basis in bases]
    return pd.concat(frames, ignore_index=True)


def piece_frame(
    record: Ints, place: Ints, month: Ints, basis: CostBasis, cents: Ints, days: Ints | int = 0
) -> pd.DataFrame:
    """Return pieces of one basis, columns as in `Bookings.pieces`."""
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


def aside_lines(feed: str, basis: CostBasis, lines: list[tuple[str, int, int]]) -> pd.DataFrame:
    """Return reasons with records and cents, columns `SET_ASIDE`."""
    rows = [(feed, str(basis), *line) for line in lines]
    return pd.DataFrame(rows, columns=list(SET_ASIDE))


def source_lines(
    feed: str, bases: tuple[CostBasis, ...], totals: list[tuple[int, int]]
) -> pd.DataFrame:
    """Return records and cents of a feed as written, one row per basis, columns `SOURCE`."""
    rows = [(feed, str(basis), *total) for basis, total in zip(bases, totals, strict=True)]
    return pd.DataFrame(rows, columns=list(SOURCE))
