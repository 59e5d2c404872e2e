"""Cost per resident of each area over quarters or months, with which periods are complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.costs.amounts.cells import residents_of
from evaluatie.costs.amounts.prices import at_price_level
from evaluatie.costs.booking.ledger import CostLedger, cost_period
from evaluatie.dictionary.model import CodebookContent, Indicator
from evaluatie.domain import CostBasis
from evaluatie.errors import RefusedError
from evaluatie.study import Study

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Frequency = Literal["quarter", "month"]
_PER_YEAR = {"quarter": 4, "month": 12}
_CODE = {"quarter": "Q", "month": "M"}


@dataclass(frozen=True)
class CostSeries:
    """Cost of each area over the periods of the cost years; G areas, T periods.

    Attributes
    ----------
    areas : tuple of str, length G
        Area codes, in the order of the study.
    periods : pandas.PeriodIndex, length T
        Quarters or months, in order, without gaps.
    eur : ndarray of float, shape (G, T)
        EUR per resident per year (an amount of a quarter x 4, of a month x 12) at the price level
        of the study. A period without care is a true 0.
    residents : ndarray of float, shape (G, T)
        Inhabitants of the area in the year of the period.
    persons, households : ndarray of float, shape (G, T)
        People and households with an amount that is not 0 in the period.
    complete : ndarray of bool, shape (T,)
        False for the last periods of a delivered or declared series: declarations are still
        coming in, so that the amount looks like a fall. Leave them out of every estimate.
    """

    areas: tuple[str, ...]
    periods: pd.PeriodIndex
    eur: Floats
    residents: Floats
    persons: Floats
    households: Floats
    complete: Booleans

    def ended_before(self, day: date) -> Booleans:
        """Return which periods, shape (T,), were over before ``day``."""
        return np.asarray(self.periods.end_time < pd.Timestamp(day))

    def started_from(self, day: date) -> Booleans:
        """Return which periods, shape (T,), started on ``day`` or later."""
        return np.asarray(self.periods.start_time >= pd.Timestamp(day))

    def among(self, areas: Sequence[str]) -> Booleans:
        """Return which rows, shape (G,), belong to these area codes."""
        return np.isin(self.areas, list(areas))

    def mean_of(self, areas: Sequence[str], *, resident_weighted: bool = True) -> Floats:
        """Return the mean over some areas in each period, shape (T,), EUR per resident per year."""
        rows = self.among(areas)
        weights = self.residents[rows] if resident_weighted else np.ones_like(self.eur[rows])
        return np.asarray((weights * self.eur[rows]).sum(axis=0) / weights.sum(axis=0))


def cost_series(
    ledger: CostLedger,
    indicator: Indicator,
    study: Study,
    codebook: CodebookContent,
    frequency: Frequency = "quarter",
    basis: str | None = None,
) -> CostSeries:
    """Return the cost per resident of each area over the cost years.

    Parameters
    ----------
    ledger : CostLedger
        Needs the feeds that `feeds_of` names.
    indicator : Indicator
        Kind ``arrangement_cost``; its laws are summed.
    study : Study
        Areas, cost years, run-off and price level.
    codebook : CodebookContent
        Prices.
    frequency : {"quarter", "month"}
        Length of a period.
    basis : str, optional
        Cost basis of the question; by default that of the indicator.

    Raises
    ------
    RefusedError
        A feed of one of the laws is not there, no population for a year, or an indicator that has
        no amounts per month: annual amounts are never divided into quarters.

    Notes
    -----
    ``eur = cents / 100 x price factor x periods per year / residents``. A booking that is not
    there is 0, never missing; periods of which not all declarations are in are flagged.
    """
    chosen = basis or str(indicator.basis or CostBasis.ALLOCATED)
    _check(ledger, indicator, codebook, chosen)
    first, last = cost_period(study)
    periods = pd.period_range(first, last, freq=_CODE[frequency])
    areas = tuple(area.code for area in study.areas)
    sums = ledger.query(
        _SERIES.format(unit=frequency), laws=pd.DataFrame({"basis": chosen, "law": indicator.laws})
    )
    place = (
        pd.Categorical(sums["area_code"], categories=list(areas)).codes,
        periods.get_indexer(pd.PeriodIndex(sums["period"], freq=_CODE[frequency])),
    )
    known = (place[0] >= 0) & (place[1] >= 0)
    table = np.zeros((3, len(areas), len(periods)))
    for k, column in enumerate(("cents", "persons", "households")):
        table[k, place[0][known], place[1][known]] = sums.loc[known, column]
    years = np.asarray(periods.year)
    residents = _residents(ledger, study, areas, years)
    eur = at_price_level(
        table[0].ravel() / 100, np.tile(years, len(areas)), codebook.prices, study.price_level
    ).reshape(table[0].shape)
    per_year = eur * _PER_YEAR[frequency] / residents
    complete = _complete(periods, study, chosen)
    return CostSeries(areas, periods, per_year, residents, table[1], table[2], complete)


_SERIES = """
with mine as (
    select area_code, date_trunc('{unit}', month) as period, person_id, household_id,
        sum(cents)::bigint as cents
    from ledger join laws using (basis, law) where area_code <> '' group by all
)
select area_code, period, sum(cents)::double as cents,
    (count(distinct person_id) filter (cents <> 0))::double as persons,
    (count(distinct household_id) filter (cents <> 0))::double as households
from mine group by all
"""


def _check(ledger: CostLedger, indicator: Indicator, codebook: CodebookContent, basis: str) -> None:
    if indicator.kind != "arrangement_cost":
        raise RefusedError(
            f"indicator '{indicator.id}' has no amounts per month; its years are not divided",
            allowed="an indicator of kind arrangement_cost",
        )
    if absent := [law for law in indicator.laws if not ledger.has(law, basis, codebook)]:
        raise RefusedError(
            f"there are no {basis} amounts of {', '.join(absent)}: a feed is unavailable"
        )


def _residents(
    ledger: CostLedger, study: Study, areas: tuple[str, ...], years: NDArray[np.int64]
) -> Floats:
    grid = pd.DataFrame({"area": np.repeat(areas, len(years)), "year": np.tile(years, len(areas))})
    found = residents_of(ledger.population, study, grid["area"], grid["year"])
    return np.asarray(found, dtype=float).reshape(len(areas), len(years))


def _complete(periods: pd.PeriodIndex, study: Study, basis: str) -> Booleans:
    """Return which periods lie before the quarters that are cut off, as in `cost_cells`."""
    if basis == str(CostBasis.ALLOCATED) or study.runoff_quarters == 0:
        return np.ones(len(periods), dtype=bool)
    last = pd.Period(cost_period(study)[1], freq="Q") - study.runoff_quarters
    return np.asarray(periods.end_time <= last.end_time)
