"""Cost per area and quarter alone, for many simulated studies: no relation, no contributors."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.amounts.cells import places_of, residents_of
from evaluatie.costs.amounts.prices import at_price_level
from evaluatie.costs.booking.allocated import book_arrangements
from evaluatie.costs.booking.benefits import book_benefits
from evaluatie.costs.booking.bookings import Bookings
from evaluatie.costs.booking.codes import arrangement_codes, benefit_law
from evaluatie.costs.booking.declared import book_declarations
from evaluatie.costs.booking.episodes import build_episodes
from evaluatie.costs.booking.ledger import (
    ADDRESS_COLUMNS,
    cost_period,
    feed_or_empty,
    feeds_behind,
    with_household,
)
from evaluatie.costs.booking.places import AddressBook, address_book, day_numbers, month_numbers
from evaluatie.dictionary.model import CodebookContent
from evaluatie.domain import CostBasis
from evaluatie.intake.data import StudyData
from evaluatie.study import Study

_QUARTERS, _MONTHS = 4, 3
Laws = Mapping[CostBasis, Collection[str]]


def area_cells(
    data: StudyData,
    codebook: CodebookContent,
    study: Study,
    laws: Laws,
    quarters: Collection[str],
) -> pd.DataFrame:
    """Return the cost of some laws per area in some quarters.

    Parameters
    ----------
    data, codebook, study
        As in `build_ledger`.
    laws : mapping of CostBasis to collection of str
        Which laws on which basis; one whose feeds are unavailable has no rows.
    quarters : collection of str
        Periods such as ``2019-Q3``; those outside the cost years, and for delivered and declared
        amounts those of the run-off, have no rows.

    Returns
    -------
    DataFrame
        The rows of `cost_cells` of level ``area``, to the cent, without the columns about who is
        behind them: enough for `area_change`, nothing for disclosure control.
    """
    names = _quarter_names(study)
    chosen = np.array([name in set(quarters) for name in names])
    book = address_book(
        feed_or_empty(data, "addresses", ADDRESS_COLUMNS), tuple(a.code for a in study.areas)
    )
    cents = _summed(_bookings(data, codebook, study, book, laws, chosen), book, study)
    none = np.zeros((len(study.areas), len(names)), dtype=np.int64)
    parts = []
    for basis, members in laws.items():
        last = len(names) - (0 if basis is CostBasis.ALLOCATED else study.runoff_quarters)
        periods = np.flatnonzero(chosen & (np.arange(len(names)) < last))
        for law in members:
            if set(feeds_behind(law, str(basis), codebook)) <= set(data.feeds):
                amounts = cents.get((law, basis), none)
                parts.append(_rows(study, law, basis, names, periods, amounts))
    return _priced(pd.concat(parts, ignore_index=True), data, codebook, study)


def _quarter_names(study: Study) -> list[str]:
    first, last = study.cost_years
    return [f"{year}-Q{q}" for year in range(first, last + 1) for q in range(1, _QUARTERS + 1)]


def _bookings(
    data: StudyData,
    codebook: CodebookContent,
    study: Study,
    book: AddressBook,
    laws: Laws,
    chosen: npt.NDArray[np.bool_],
) -> list[Bookings]:
    """Book what the bases need; benefits only for the quarters chosen."""
    first, horizon = cost_period(study)
    residents, found = data.feeds.get("residents"), []
    if "arrangements" in data.feeds:
        codes = arrangement_codes(codebook)
        arrangements = with_household(data.feeds["arrangements"], residents)
        if CostBasis.ALLOCATED in laws:
            episodes = build_episodes(arrangements, codes, first, horizon)
            found.append(book_arrangements(episodes, book))
        if "declarations" in data.feeds and set(laws) - {CostBasis.ALLOCATED}:
            lines = (data.feeds["declarations"], arrangements, codes, book, first, horizon)
            found.append(book_declarations(*lines, bases=tuple(laws)))
    if "benefits" in data.feeds:
        benefits = with_household(data.feeds["benefits"], residents)
        months = np.repeat(chosen, _MONTHS)
        law = benefit_law(codebook)
        found.append(book_benefits(benefits, law, book, first, horizon, months, tuple(laws)))
    return found


def _summed(
    bookings: list[Bookings], book: AddressBook, study: Study
) -> dict[tuple[str, CostBasis], npt.NDArray[np.int64]]:
    """Add the pieces up: (law, basis) -> cents; shape (areas, quarters)."""
    codes, areas = pd.Index([a.code for a in study.areas]), len(study.areas)
    area_at = codes.get_indexer(pd.Index(book.area))  # -1 outside the study areas
    opening = int(month_numbers(day_numbers(pd.Series(cost_period(study))))[0])
    quarters = len(_quarter_names(study))
    totals: dict[tuple[str, CostBasis], npt.NDArray[np.int64]] = {}
    for booked in bookings:
        pieces = booked.pieces
        law, laws = pd.factorize(booked.records["law"])
        area = area_at[pieces["place"].to_numpy()]
        quarter = (pieces["month"].to_numpy() - opening) // _MONTHS
        inside = np.flatnonzero((area >= 0) & (quarter >= 0) & (quarter < quarters))
        shape = (len(laws), len(CostBasis), areas, quarters)
        cell = np.ravel_multi_index(
            (
                law[pieces["record"].to_numpy()[inside]],
                pieces["basis"].to_numpy()[inside],
                area[inside],
                quarter[inside],
            ),
            shape,
        )
        # whole cents in double precision: exact up to 90 trillion euros
        cents = np.bincount(cell, pieces["cents"].to_numpy()[inside], int(np.prod(shape)))
        for i, name in enumerate(laws):
            for j, basis in enumerate(CostBasis):
                amount = cents.reshape(shape)[i, j].astype(np.int64)
                totals[name, basis] = totals.get((name, basis), 0) + amount
    return totals


def _rows(
    study: Study,
    law: str,
    basis: CostBasis,
    names: list[str],
    periods: npt.NDArray[np.intp],
    cents: npt.NDArray[np.int64],
) -> pd.DataFrame:
    areas = [area.code for area in study.areas]
    return pd.DataFrame(
        {
            "area": np.repeat(areas, len(periods)).astype(object),
            "law": law,
            "period": np.tile(np.array(names, dtype=object)[periods], len(areas)),
            "basis": str(basis),
            "cents": cents[:, periods].ravel(),
        }
    )


def _priced(
    frame: pd.DataFrame, data: StudyData, codebook: CodebookContent, study: Study
) -> pd.DataFrame:
    places = places_of(study).drop_duplicates("area").set_index("area")
    year = frame["period"].str.slice(0, 4).astype(int)
    eur = at_price_level(frame["cents"] / 100, year, codebook.prices, study.price_level)
    residents = residents_of(data.feeds["population"], study, frame["area"], year)
    return frame.assign(
        side=frame["area"].map(places["side"]),
        level="area",
        year=year,
        eur=eur,
        residents=residents,
        eur_per_resident_year=_QUARTERS * eur / residents,
    )
