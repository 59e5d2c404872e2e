"""From source to ledger to the cent: what came in, what was set aside, what is booked."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pandas as pd

from evaluatie.costs.booking.bookings import Bookings
from evaluatie.costs.booking.places import ELSEWHERE

COLUMNS = (
    "feed",
    "basis",
    "records",
    "source_cents",
    "set_aside_cents",
    "ledger_cents",
    "in_study_areas_cents",
    "elsewhere_cents",
    "difference_cents",
)


def reconcile(bookings: Iterable[Bookings], connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return one row per feed and basis: source = set aside + ledger, to the cent.

    Parameters
    ----------
    bookings : iterable of Bookings
        What each feed handed on.
    connection : duckdb.DuckDBPyConnection
        Holds the relation ``ledger``.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. ``source_cents`` is the whole file, records valued as written; what
        intake left out (duplicates, references to nobody) is among what was set aside;
        ``ledger_cents`` is summed from the relation itself; ``difference_cents`` must be 0.

    Raises
    ------
    AssertionError
        It does not add up: a bug of this package, never of the data.
    """
    totals = connection.execute(
        "select law, basis, sum(cents)::bigint as cents,"
        " (sum(cents) filter (area_code <> ?))::bigint as inside from ledger group by all",
        [ELSEWHERE],
    ).df()
    rows = [row for booked in bookings for row in _lines(booked, totals)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    assert not frame["difference_cents"].any(), "the ledger does not add up to its sources"
    return frame


def _lines(booked: Bookings, totals: pd.DataFrame) -> list[tuple[object, ...]]:
    laws = booked.records["law"].unique()
    lines: list[tuple[object, ...]] = []
    for feed, basis, records, source in booked.source.itertuples(index=False):
        aside = int(booked.set_aside.loc[booked.set_aside["basis"] == basis, "cents"].sum())
        mine = totals[(totals["basis"] == basis) & totals["law"].isin(laws)]
        total, inside = int(mine["cents"].sum()), int(mine["inside"].fillna(0).sum())
        rest = source - aside - total
        lines.append((feed, basis, records, source, aside, total, inside, total - inside, rest))
    return lines
