"""Euros of a kind of care per area and full calendar year, with the payer's own denominator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.amounts.cells import residents_of
from evaluatie.costs.amounts.prices import at_price_level
from evaluatie.costs.booking.ledger import CostLedger, feeds_behind
from evaluatie.dictionary.model import CareKind, CodebookContent
from evaluatie.domain import CostBasis
from evaluatie.study import Study

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
INCOMPLETE = "window_incomplete"
_QUARTERS = 4


@dataclass(frozen=True)
class CareYears:
    """One kind of care that one payer pays; G areas, Y calendar years.

    Attributes
    ----------
    law, payer : str
    care : str
        Category of care; empty where the law has none.
    cents : ndarray of int, shape (G, Y)
        At the price level of the study, rounded to the cent in every area and year, so that
        every sum over care, laws, payers and areas is exact.
    size : ndarray of float, shape (G, Y)
        The payer's own denominator: residents, or insured years of an insurer.
    reasons : tuple of str, length Y
        Why a year is not there; empty where it is.
    empty : tuple of int, length Y
        Amounts of the feed that are empty and count as 0; without them, no year has any.
    """

    law: str
    payer: str
    care: str
    cents: Ints
    size: Floats
    reasons: tuple[str, ...]
    empty: tuple[int, ...] = ()

    def reason(self, *years: int) -> str:
        """Return why one of the years (positions) is not there, or an empty text."""
        return next((self.reasons[year] for year in years if self.reasons[year]), "")


@dataclass(frozen=True)
class CostSources:
    """Where amounts come from.

    Attributes
    ----------
    study, codebook
        Areas, cost years, run-off, price level; laws, payers, prices.
    basis : str
        Which amounts of an arrangement are meant.
    years : tuple of int, length Y
        Calendar years asked for.
    ledger : CostLedger, optional
    annual : mapping of law to DataFrame
        `insured_cost` or `annual_totals` of the laws that come as annual aggregates.
    lacking : mapping of law to str
        Why the aggregate of a law is not there.
    """

    study: Study
    codebook: CodebookContent
    basis: str
    years: tuple[int, ...]
    ledger: CostLedger | None
    annual: Mapping[str, pd.DataFrame]
    lacking: Mapping[str, str]

    @property
    def areas(self) -> tuple[str, ...]:
        """Area codes in the order of the study, length G."""
        return tuple(area.code for area in self.study.areas)

    @cached_property
    def booked(self) -> pd.DataFrame:
        """Cents by area_code, law, product_code and year, at the prices of their own year."""
        if self.ledger is None:
            return pd.DataFrame(columns=["area_code", "law", "product_code", "year", "cents"])
        return self.ledger.query(_BOOKED, bases=pd.DataFrame({"basis": [self.basis]}))

    @cached_property
    def residents(self) -> Floats | None:
        """Inhabitants, shape (G, Y), NaN outside the cost years; None without the feed."""
        if self.ledger is None or self.ledger.population.empty:
            return None
        first, last = self.study.cost_years
        inside = [year for year in self.years if first <= year <= last]
        grid = pd.MultiIndex.from_product([self.areas, inside]).to_frame(index=False)
        found = residents_of(self.ledger.population, self.study, grid[0], grid[1])
        table = np.full((len(self.areas), len(self.years)), np.nan)
        at = [self.years.index(year) for year in inside]
        table[:, at] = found.to_numpy(float).reshape(len(self.areas), len(inside))
        return table


def law_years(sources: CostSources, law: str) -> tuple[CareYears, ...]:
    """Return a law as its kinds of care: the categories of its totals, or the law as a whole.

    Parameters
    ----------
    sources : CostSources
    law : str
        A law of the dictionary.

    Returns
    -------
    tuple of CareYears
        What adds up to the law, each part once.

    Notes
    -----
    Amounts of arrangements are those of the months of the year; of annual aggregates those of the
    feed, never divided. MISSING-DATA RULE: a year that is not complete (outside the cost years,
    among the last quarters of which declarations are still coming in, or without amounts of one
    of the areas) has a reason and no amount; it is never 0. An empty amount of one stratum in an
    otherwise known area and year counts as 0, as in `insured_cost`, and is counted.
    """
    if sources.codebook.laws[law].grain == "arrangement":
        return (care_years(sources, CareKind(law=law)),)
    frame = sources.annual.get(law)
    names = () if frame is None or "category" not in frame else frame["category"].unique()
    kinds = sorted(name for name in names if name)
    if not kinds:
        return (care_years(sources, CareKind(law=law)),)
    return tuple(care_years(sources, CareKind(law=law, categories=(kind,))) for kind in kinds)


def care_years(sources: CostSources, care: CareKind) -> CareYears:
    """Return one kind of care as one amount per area and year; see `law_years`.

    Notes
    -----
    ``cents = round(100 x amount x price factor)`` per area, year and category.
    """
    law = sources.codebook.laws[care.law]
    if law.grain == "arrangement":
        return _by_arrangement(sources, care)
    reason, frame = sources.lacking.get(care.law, ""), sources.annual.get(care.law)
    if reason or frame is None:
        return _absent(sources, care, reason or "no_feed_for_law")
    if care.categories and "category" not in frame:
        return _absent(sources, care, "no_categories_of_law")
    return _by_year(sources, care, frame[frame["level"] == "area"])


def _absent(sources: CostSources, care: CareKind, reason: str) -> CareYears:
    shape = (len(sources.areas), len(sources.years))
    payer = sources.codebook.laws[care.law].payer
    nothing = np.zeros(shape, dtype=np.int64)
    reasons = (reason,) * len(sources.years)
    return CareYears(care.law, payer, _name(care), nothing, np.full(shape, np.nan), reasons)


def _name(care: CareKind) -> str:
    return care.categories[0] if len(care.categories) == 1 else ""


def _by_arrangement(sources: CostSources, care: CareKind) -> CareYears:
    ledger, codebook = sources.ledger, sources.codebook
    there = () if ledger is None else ledger.feeds
    gone = [f for f in feeds_behind(care.law, sources.basis, codebook) if f not in there]
    residents = sources.residents
    if ledger is None or gone or residents is None:
        feed = gone[0] if gone else "population"
        return _absent(sources, care, f"missing_feed:{feed}")
    sums = sources.booked[sources.booked["law"] == care.law]
    if care.products:
        sums = sums[sums["product_code"].isin(care.products)]
    sums = sums.groupby(["area_code", "year"], as_index=False)["cents"].sum()
    eur = at_price_level(
        sums["cents"] / 100, sums["year"], codebook.prices, sources.study.price_level
    )
    cents = _placed(sources, sums["area_code"], sums["year"], _cents(eur))
    reasons = tuple("" if _complete(sources, year) else INCOMPLETE for year in sources.years)
    return CareYears(
        care.law, codebook.laws[care.law].payer, _name(care), cents, residents, reasons
    )


_BOOKED = """
select area_code, law, product_code, year(month)::integer as year, sum(cents)::double as cents
from ledger join bases using (basis) where area_code <> '' group by all
"""


def _by_year(sources: CostSources, care: CareKind, rows: pd.DataFrame) -> CareYears:
    insured = "insured_years" in rows
    wanted = care.categories or ("",)
    here = rows[rows["category"].isin(wanted)] if "category" in rows else rows
    whole = rows[rows["category"] == ""] if "category" in rows else rows
    cents = _placed(sources, here["area"], here["year"], _cents(here["eur"]))
    count = _placed(sources, whole["area"], whole["year"], np.ones(len(whole), dtype=np.int64))
    if insured:
        size = _placed_floats(sources, whole, "insured_years")
    else:
        found = sources.residents
        size = np.full(cents.shape, np.nan) if found is None else found
    known = (count > 0) & (size > 0)
    reasons = tuple("" if known[:, y].all() else INCOMPLETE for y in range(len(sources.years)))
    empty: tuple[int, ...] = ()
    if "missing" in here:
        by_year = here.groupby("year")["missing"].sum()
        empty = tuple(int(by_year.get(year, 0)) for year in sources.years)
    payer = sources.codebook.laws[care.law].payer
    return CareYears(care.law, payer, _name(care), cents, size, reasons, empty)


def _cents(eur: Any) -> Ints:
    return np.asarray(np.rint(np.asarray(eur, dtype=float) * 100), dtype=np.int64)


def _placed(sources: CostSources, areas: Any, years: Any, values: Ints) -> Ints:
    """Add values up in an array of areas by years; what lies outside both is left out."""
    at = (
        pd.Index(sources.areas).get_indexer(pd.Index(areas)),
        pd.Index(sources.years).get_indexer(pd.Index(years)),
    )
    inside = (at[0] >= 0) & (at[1] >= 0)
    table = np.zeros((len(sources.areas), len(sources.years)), dtype=np.int64)
    np.add.at(table, (at[0][inside], at[1][inside]), values[inside])
    return table


def _placed_floats(sources: CostSources, rows: pd.DataFrame, column: str) -> Floats:
    wide = rows.pivot_table(index="area", columns="year", values=column, aggfunc="sum")
    wide = wide.reindex(index=list(sources.areas), columns=list(sources.years))
    return np.asarray(wide, dtype=float)


def _complete(sources: CostSources, year: int) -> bool:
    """Return whether a year lies in the cost years and before the quarters that are cut off."""
    first, last = sources.study.cost_years
    cut = 0 if sources.basis == CostBasis.ALLOCATED else sources.study.runoff_quarters
    return first <= year and _QUARTERS * (year + 1) <= _QUARTERS * (last + 1) - cut
