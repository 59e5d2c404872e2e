"""The reconciliation of each cost year: every euro of care in that year, by days of care."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd

from evaluatie.costs.booking.benefits import benefit_spells
from evaluatie.costs.booking.codes import ArrangementCodes
from evaluatie.costs.booking.declared import euros_of_lines
from evaluatie.costs.booking.episodes import Episodes
from evaluatie.costs.booking.places import ELSEWHERE, day_numbers
from evaluatie.costs.booking.valuation import Ints, Tariff, whole_cents
from evaluatie.domain import CostBasis

YEARLY = ("feed", "basis", "year", "source_cents", "set_aside_cents")
COLUMNS = (*YEARLY, "ledger_cents", "in_study_areas_cents", "elsewhere_cents", "difference_cents")


def allocated_years(episodes: Episodes, years: tuple[int, int]) -> pd.DataFrame:
    """Return per cost year what arrangements were worth as written, and what of it was set aside.

    Columns `YEARLY`. Set aside: days of void records and days after a successor started.
    """
    start, held, end = episodes.days
    dropped = np.maximum(start, held + 1), end
    lines = [
        (
            year,
            _within(episodes.written, (start, end), year),
            _within(episodes.written, dropped, year),
        )
        for year in _each(years)
    ]
    return _frame("arrangements", (CostBasis.ALLOCATED,), lines)


def benefit_years(
    benefits: pd.DataFrame, horizon: pd.Timestamp, years: tuple[int, int]
) -> pd.DataFrame:
    """Return per cost year what benefits were worth as written; columns `YEARLY`."""
    _, tariff, span = benefit_spells(benefits, horizon)
    lines = [(year, _within(tariff, span, year), 0) for year in _each(years)]
    return _frame("benefits", tuple(CostBasis), lines)


def declared_years(
    declarations: pd.DataFrame,
    arrangements: pd.DataFrame,
    codes: ArrangementCodes,
    years: tuple[int, int],
) -> pd.DataFrame:
    """Return per cost year of care what lines came to as written, and those of no arrangement.

    Columns `YEARLY`, on the bases delivered and declared.
    """
    place = pd.Index(arrangements["assignment_no"]).get_indexer(declarations["assignment_no"])
    bases = (CostBasis.DELIVERED, CostBasis.DECLARED)
    care, parts = declarations["month"].dt.year, []
    for basis, euros in euros_of_lines(declarations, arrangements, codes, place, bases).items():
        cents = pd.Series(whole_cents(euros), index=declarations.index)
        source, aside = (
            value.groupby(care).sum().reindex(list(_each(years)), fill_value=0)
            for value in (cents, cents.where(place < 0, 0))
        )
        lines = list(zip(source.index, source, aside, strict=True))
        parts.append(_frame("declarations", (basis,), lines))
    return pd.concat(parts, ignore_index=True)


def reconcile_years(
    sources: pd.DataFrame, laws: dict[str, set[str]], connection: duckdb.DuckDBPyConnection
) -> pd.DataFrame:
    """Return one row per feed, basis and cost year: source = set aside + ledger, to the cent.

    Parameters
    ----------
    sources : DataFrame
        Columns `YEARLY`.
    laws : dict of str to set of str
        Laws that each feed books on.
    connection : duckdb.DuckDBPyConnection
        Holds the relation ``ledger``.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. A record without a date of care is in no year: it is in the
        reconciliation of the whole feed.

    Raises
    ------
    AssertionError
        It does not add up: a bug of this package, never of the data.
    """
    totals = connection.execute(
        "select law, basis, year(month)::integer as year, sum(cents)::bigint as cents,"
        " coalesce(sum(cents) filter (area_code <> ?), 0)::bigint as inside"
        " from ledger group by all",
        [ELSEWHERE],
    ).df()
    rows = []
    for feed, basis, year, source, aside in sources.itertuples(index=False):
        mine = totals[(totals["basis"] == basis) & (totals["year"] == year)]
        mine = mine[mine["law"].isin(laws[feed])]
        total, inside = int(mine["cents"].sum()), int(mine["inside"].sum())
        rest = source - aside - total
        rows.append((feed, basis, year, source, aside, total, inside, total - inside, rest))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    assert not frame["difference_cents"].any(), "a year of the ledger does not add up"
    return frame


def _each(years: tuple[int, int]) -> range:
    return range(years[0], years[1] + 1)


def _within(tariff: Tariff, span: tuple[Ints, Ints], year: int) -> int:
    """Return the value of the days of each span that lie in a calendar year, summed."""
    first, following = day_numbers(
        pd.Series(pd.to_datetime([f"{year}-01-01", f"{year + 1}-01-01"]))
    )
    days = np.maximum(span[0], first), np.minimum(span[1], following - 1)
    return int(tariff.cents(*days).sum())


def _frame(
    feed: str, bases: tuple[CostBasis, ...], lines: list[tuple[int, int, int]]
) -> pd.DataFrame:
    rows: Iterator[tuple[object, ...]] = (
        (feed, str(basis), int(year), int(source), int(aside))
        for basis in bases
        for year, source, aside in lines
    )
    return pd.DataFrame(rows, columns=list(YEARLY))
