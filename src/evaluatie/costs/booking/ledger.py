"""The cost ledger: cents per person, household, area, law, product, provider, month and basis."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from evaluatie.costs.booking.allocated import book_arrangements
from evaluatie.costs.booking.benefits import book_benefits
from evaluatie.costs.booking.bookings import Bookings
from evaluatie.costs.booking.by_year import (
    YEARLY,
    allocated_years,
    benefit_years,
    declared_years,
    reconcile_years,
)
from evaluatie.costs.booking.codes import arrangement_codes, benefit_law
from evaluatie.costs.booking.connection import connect
from evaluatie.costs.booking.declared import book_declarations
from evaluatie.costs.booking.episodes import IDENTITY, build_episodes
from evaluatie.costs.booking.findings import (
    FINDINGS,
    arrangement_findings,
    declaration_findings,
)
from evaluatie.costs.booking.left_out import (
    arrangements_worth,
    benefits_worth,
    declarations_worth,
    with_left_out,
)
from evaluatie.costs.booking.places import AddressBook, address_book
from evaluatie.costs.booking.reconciliation import reconcile
from evaluatie.dictionary.model import CodebookContent, Indicator
from evaluatie.domain import CostBasis
from evaluatie.intake.data import StudyData
from evaluatie.study import Study

UNKNOWN_PROVIDER = "?"
FEEDS = ("arrangements", "declarations", "benefits", "addresses")
STORED = ("reconciliation", "set_aside", "population", "feeds", "by_year", "findings")
ADDRESS_COLUMNS = ("household_id", "area_code", "start", "end")
_POPULATION_COLUMNS = ("area_code", "year", "inhabitants")


@dataclass(frozen=True)
class CostLedger:
    """Amounts of the arrangement-grain laws, with what is needed to judge them.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
        Relation ``ledger``: person_id, household_id, area_code ('' outside the study areas), law,
        product_code, provider_id ('' for benefits, `UNKNOWN_PROVIDER` where a provider should be
        and the feed has none: all of these count as one), month (first day), basis, days (of care;
        only allocated amounts and benefits), cents (at the prices of their own month).
        One row per combination of the text columns and month.
    reconciliation : DataFrame
        See `evaluatie.costs.booking.reconciliation.reconcile`.
    set_aside : DataFrame
        One row per feed x basis x reason: records, cents.
    population : DataFrame
        area_code, year, inhabitants; empty when the feed `population` is unavailable.
    feeds : tuple of str
        Which of the feeds it is built on were there.
    by_year : DataFrame
        The reconciliation per cost year, see `reconcile_years`.
    findings : DataFrame
        Records that are booked as written and deserve a question: columns `FINDINGS`.
    """

    connection: duckdb.DuckDBPyConnection
    reconciliation: pd.DataFrame
    set_aside: pd.DataFrame
    population: pd.DataFrame
    feeds: tuple[str, ...]
    by_year: pd.DataFrame
    findings: pd.DataFrame

    def query(self, sql: str, **frames: pd.DataFrame) -> pd.DataFrame:
        """Run SQL on ``ledger``; each of ``frames`` can be named as a table in it."""
        for name, frame in frames.items():
            self.connection.register(name, frame)
        try:
            return _plain(self.connection.execute(sql).df())
        finally:
            for name in frames:
                self.connection.unregister(name)

    def has(self, law: str, basis: str, codebook: CodebookContent) -> bool:
        """Return whether the feeds of this law and basis were there; if not, 0 means nothing."""
        return set(feeds_behind(law, basis, codebook)) <= set(self.feeds)

    def close(self) -> None:
        """Release the relation, and its file where there is one."""
        self.connection.close()


def build_ledger(
    data: StudyData, codebook: CodebookContent, study: Study, path: Path | None = None
) -> CostLedger:
    """Build the ledger from the validated feeds.

    Parameters
    ----------
    data : StudyData
        Uses the feeds arrangements, declarations, benefits, addresses, residents and population;
        one that is unavailable leaves its rows out (see `CostLedger.has`).
    codebook : CodebookContent
        Code lists, laws and payers.
    study : Study
        Areas and cost years; the horizon is the last day of the last cost year.
    path : Path, optional
        Write it to this file (mode 0600, in place at once) instead of keeping it in memory.

    Raises
    ------
    FeedError
        Records that no amount can be built on.

    Notes
    -----
    Allocated: volume x frequency x unit x rate over the days that the arrangement held; the rate is
    that of one unit of the volume (one minute where it is in minutes, one hour where in hours), and
    1 where the volume is itself euros. Nothing is converted from one unit to another. Delivered:
    delivered volume x agreed rate. Declared: the amount of the line. They are never added.
    Benefits are paid amounts: the same on all three bases. Amounts are integer cents; every
    stretch of a record is valued by cumulative rounding, so all of them add up to the record.
    """
    book = address_book(
        feed_or_empty(data, "addresses", ADDRESS_COLUMNS), tuple(area.code for area in study.areas)
    )
    booked = _booked(data, codebook, study, book)
    connection = connect()
    _fill(connection, booked.bookings, book)
    population = feed_or_empty(data, "population", _POPULATION_COLUMNS)
    laws = {str(b.source["feed"].iloc[0]): set(b.records["law"]) for b in booked.bookings}
    ledger = CostLedger(
        connection=connection,
        reconciliation=reconcile(booked.bookings, connection),
        set_aside=_stacked([b.set_aside for b in booked.bookings]),
        population=population[list(_POPULATION_COLUMNS)].reset_index(drop=True),
        feeds=tuple(name for name in FEEDS if name in data.feeds),
        by_year=reconcile_years(_stacked(booked.years, list(YEARLY)), laws, connection),
        findings=_stacked(booked.findings, list(FINDINGS)),
    )
    return ledger if path is None else _written(ledger, path)


def open_ledger(path: Path) -> CostLedger:
    """Open, read only, a ledger that `build_ledger` wrote to ``path``."""
    connection = connect(str(path), read_only=True)
    stored = {name: connection.execute(f"select * from stored_{name}").df() for name in STORED}
    feeds = tuple(stored.pop("feeds")["feed"])
    return CostLedger(connection=connection, feeds=feeds, **stored)


def feeds_of(indicator: Indicator, codebook: CodebookContent) -> tuple[str, ...]:
    """Return the feeds that a cost per resident of this indicator cannot do without."""
    basis = str(indicator.basis or CostBasis.ALLOCATED)
    needed = [feed for law in indicator.laws for feed in feeds_behind(law, basis, codebook)]
    return tuple(dict.fromkeys((*needed, "population")))


def feeds_behind(law: str, basis: str, codebook: CodebookContent) -> tuple[str, ...]:
    """Return the feeds without which a law has no amounts on a basis."""
    if law == benefit_law(codebook):
        return ("benefits", "addresses")
    lines = () if basis == CostBasis.ALLOCATED else ("declarations",)
    return ("arrangements", *lines, "addresses")


@dataclass(frozen=True)
class _Booked:
    """What the feeds hand on: bookings, amounts by year, findings."""

    bookings: list[Bookings]
    years: list[pd.DataFrame]
    findings: list[pd.DataFrame]


def _booked(data: StudyData, codebook: CodebookContent, study: Study, book: AddressBook) -> _Booked:
    first, horizon = cost_period(study)
    years, residents = study.cost_years, data.feeds.get("residents")
    result = _Booked([], [], [])
    if "arrangements" in data.feeds:
        codes = arrangement_codes(codebook)
        arrangements = with_household(data.feeds["arrangements"], residents)
        episodes = build_episodes(arrangements, codes, first, horizon)
        gone = data.left_out.get("arrangements")
        worth = arrangements_worth(gone, codes, (first, horizon))
        result.bookings.append(with_left_out(book_arrangements(episodes, book), gone, worth))
        result.years.append(allocated_years(episodes, years))
        result.findings.append(arrangement_findings(arrangements, episodes))
        if "declarations" in data.feeds:
            lines = (data.feeds["declarations"], arrangements, codes)
            gone = data.left_out.get("declarations")
            worth = declarations_worth(gone, arrangements, codes)
            found = book_declarations(*lines, book, first, horizon)
            result.bookings.append(with_left_out(found, gone, worth))
            result.years.append(declared_years(*lines, years))
            result.findings.append(declaration_findings(*lines))
    if "benefits" in data.feeds:
        law = benefit_law(codebook)
        benefits = with_household(data.feeds["benefits"], residents)
        gone = data.left_out.get("benefits")
        found = book_benefits(benefits, law, book, first, horizon)
        result.bookings.append(with_left_out(found, gone, benefits_worth(gone, horizon)))
        result.years.append(benefit_years(benefits, horizon, years))
    return result


def cost_period(study: Study) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and the last day of the cost years."""
    first, last = study.cost_years
    return pd.Timestamp(first, 1, 1), pd.Timestamp(last, 12, 31)


def _fill(
    connection: duckdb.DuckDBPyConnection, bookings: list[Bookings], book: AddressBook
) -> None:
    """Create the relation: sum the pieces per holder, then give holders and areas their names."""
    records = _stacked([b.records for b in bookings], columns=list(IDENTITY[1:]))
    records[["product_code", "provider_id"]] = records[["product_code", "provider_id"]].fillna("")
    blank = (records["provider_id"].astype(str).str.strip() == "") & (records["product_code"] != "")
    records["provider_id"] = records["provider_id"].mask(blank, UNKNOWN_PROVIDER)
    holder = records.groupby(list(IDENTITY[1:]), sort=True, dropna=False).ngroup()
    holders = records.assign(holder=holder).drop_duplicates("holder").sort_values("holder")
    area, place = np.unique(book.area.astype(str), return_inverse=True)
    offset, pieces = 0, []
    for booked in bookings:
        part = booked.pieces.assign(place=place[booked.pieces["place"].to_numpy()])
        part["record"] = holder.to_numpy()[part["record"].to_numpy() + offset]
        pieces.append(part)
        offset += len(booked.records)
    empty = ["record", "place", "month", "basis", "days", "cents"]
    tables: dict[str, Any] = {
        "pieces": _stacked(pieces, columns=empty),
        "holders": holders.astype(dict.fromkeys(IDENTITY[1:], "category")),  # enums: 4 bytes
        "areas": pd.DataFrame({"place": range(len(area)), "area_code": pd.Categorical(area)}),
        "bases": pd.DataFrame(
            {"basis": range(len(CostBasis)), "name": pd.Categorical([*map(str, CostBasis)])}
        ),
    }
    for name, table in tables.items():
        connection.register(name, table)
    connection.execute(_CREATE)
    for name in tables:
        connection.unregister(name)


_CREATE = """
create table ledger as
with sums as (
    select record, place, month, basis, sum(days)::bigint as days, sum(cents)::bigint as cents
    from pieces group by all having sum(days) > 0 or sum(cents) <> 0
)
select person_id, household_id, area_code, law, product_code, provider_id,
    (epoch_ms(0)::date + to_months(sums.month::integer))::date as month,
    bases.name as basis, days, cents
from sums
join holders on holders.holder = sums.record
join areas using (place)
join bases using (basis)
"""


def with_household(frame: pd.DataFrame, residents: pd.DataFrame | None) -> pd.DataFrame:
    """Fill an empty household from the register; a person unknown there is a household alone."""
    household = frame["household_id"]
    unknown = household.isna() | (household == "")
    if not unknown.any():
        return frame
    household = household.mask(unknown, None)
    if residents is not None:
        register = residents.drop_duplicates("person_id").set_index("person_id")["household_id"]
        household = household.fillna(frame["person_id"].map(register))
    return frame.assign(household_id=household.fillna(frame["person_id"]))


def _written(ledger: CostLedger, path: Path) -> CostLedger:
    """Move the ledger to a file that only its owner can read, and open it from there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = {name: getattr(ledger, name) for name in STORED}
    stored["feeds"] = pd.DataFrame({"feed": pd.Series(ledger.feeds, dtype=object)})
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".ledger-") as folder:  # mode 0700
        draft = Path(folder) / path.name
        ledger.connection.execute(f"attach '{draft}' as target")
        ledger.connection.execute("create table target.ledger as from ledger")
        for name, frame in stored.items():
            ledger.connection.register("frame", frame)
            ledger.connection.execute(f"create table target.stored_{name} as from frame")
            ledger.connection.unregister("frame")
        ledger.connection.execute("detach target")
        ledger.close()
        draft.chmod(0o600)
        os.replace(draft, path)
    return open_ledger(path)


def feed_or_empty(data: StudyData, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a feed, or a table without rows when it is unavailable."""
    if name in data.feeds:
        return data.feeds[name]
    dates = {c: "datetime64[ns]" for c in columns if c in ("start", "end")}
    return pd.DataFrame(columns=list(columns)).astype(dates)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return codes as text; inside the relation they are numbered."""
    coded = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(coded, "object"))


def _stacked(frames: list[pd.DataFrame], columns: list[str] | None = None) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame(columns=columns)
    return pd.concat(frames, ignore_index=True)
