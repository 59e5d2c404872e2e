"""Arrangements become bookings: what was allocated, day by day."""

from __future__ import annotations

import pandas as pd

from evaluatie.costs.booking.bookings import SOURCE, Bookings, pieces_by_day
from evaluatie.costs.booking.episodes import IDENTITY, SET_ASIDE, Episodes
from evaluatie.costs.booking.places import AddressBook
from evaluatie.domain import CostBasis


def book_arrangements(episodes: Episodes, book: AddressBook) -> Bookings:
    """Book episodes day by day as allocated amounts."""
    frame = episodes.frame
    pieces = pieces_by_day(frame, episodes.tariff, book, (CostBasis.ALLOCATED,))
    basis = str(CostBasis.ALLOCATED)
    aside = episodes.set_aside.assign(feed="arrangements", basis=basis)
    source = [("arrangements", basis, episodes.source_records, episodes.source_cents)]
    return Bookings(
        records=frame[list(IDENTITY[1:])],
        pieces=pieces,
        source=pd.DataFrame(source, columns=list(SOURCE)),
        set_aside=aside[list(SET_ASIDE)],
    )
