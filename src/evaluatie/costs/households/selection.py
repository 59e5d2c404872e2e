"""Households that a project chose for their high cost, and everybody they can be held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.amounts.prices import price_factors
from evaluatie.costs.booking.codes import laws_by_arrangement
from evaluatie.costs.booking.ledger import CostLedger, cost_period, with_household
from evaluatie.costs.booking.places import address_book, day_numbers
from evaluatie.dictionary.model import CodebookContent, Indicator
from evaluatie.domain import CostBasis, Side
from evaluatie.errors import RefusedError
from evaluatie.intake.data import StudyData
from evaluatie.methods import Histories, HouseholdMonths, household_months
from evaluatie.study import Study

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
NOWHERE = -1
_YEAR, _QUARTER = 12, 3


@dataclass(frozen=True)
class ChosenHouseholds:
    """Monthly cost of every registered household, and who was chosen when.

    Attributes
    ----------
    panel : HouseholdMonths
        EUR at the price level of the study; households x usable months. A household is observed
        in a month when it lives in an area of the study on its first day.
    by_law : tuple of HouseholdMonths
        The same per law of the indicator.
    place : ndarray of int, shape (households, months)
        Position in the areas of the study, `NOWHERE` elsewhere.
    size : ndarray of float, shape (households,)
        Persons of the household in the register.
    unit, month : ndarray of int
        Row and month of the first enrolment of each chosen household that can be placed.
    enrolled : ndarray of bool, shape (households,)
        Ever enrolled in any project.
    households : int
        Different households enrolled in the project.
    unknown, elsewhere : int
        Of these: not in the register; not living in a pilot area in a usable month of enrolment.
    providers : DataFrame
        unit, month, provider: who was paid for which household.
    """

    panel: HouseholdMonths
    by_law: tuple[HouseholdMonths, ...]
    place: npt.NDArray[np.int16]
    size: Floats
    unit: Integers
    month: Integers
    enrolled: Booleans
    households: int
    unknown: int
    elsewhere: int
    providers: pd.DataFrame

    def further(self, unit: Integers, month: Integers) -> Floats:
        """Return laws with cost in the twelve months before, and household size; (n, 2)."""
        laws = [panel.between(unit, month, -_YEAR, -1)[0] > 0 for panel in self.by_law]
        return np.column_stack([np.sum(laws, axis=0, dtype=float), self.size[unit]])

    def never_enrolled(self, areas: Booleans) -> Booleans:
        """Return who lived in these areas in which month and was in no project; (households, T)."""
        here = (self.place >= 0) & areas[np.maximum(self.place, 0)]
        return np.asarray(here & ~self.enrolled[:, None])

    def providers_of(self, who: Histories, first: int, last: int) -> int:
        """Return how many providers these households had, months relative to the choice."""
        since = pd.Series(who.month).groupby(who.unit).agg(["min", "max"])
        mine = self.providers[self.providers["unit"].isin(since.index)]
        bounds = since.loc[mine["unit"]]
        at = mine["month"].to_numpy()
        inside = (at >= bounds["min"].to_numpy() + first) & (at <= bounds["max"].to_numpy() + last)
        return int(mine["provider"][inside].nunique())


def chosen_households(
    ledger: CostLedger,
    data: StudyData,
    indicator: Indicator,
    study: Study,
    codebook: CodebookContent,
    basis: str | None = None,
) -> ChosenHouseholds:
    """Return cost per household and month, with the enrolments of the indicator's project.

    Parameters
    ----------
    ledger : CostLedger
        Needs the feeds that `feeds_of` names.
    data : StudyData
        Needs enrolments, residents and addresses.
    indicator : Indicator
        Kind ``selection``: project and laws.
    study, codebook
        Areas, cost years, run-off, price level; laws and prices.
    basis : str, optional
        Cost basis of the question; by default that of the indicator.

    Raises
    ------
    RefusedError
        A law of the indicator whose cost is not known per household, or a year without an index.

    Notes
    -----
    The month of choice is that of a household's first enrolment. The last ``runoff_quarters``
    are left out unless the basis is what is allocated. MISSING-DATA RULE: cost in a month that
    starts elsewhere (before arrival, after leaving, after death) is left out with the month.
    """
    _refuse_unknown_laws(indicator, codebook)
    chosen_basis = basis or str(indicator.basis or CostBasis.ALLOCATED)
    months = usable_months(study, chosen_basis)
    ids, place = _places(data, study, months)
    amounts = _amounts(ledger, indicator, study, codebook, chosen_basis, months, ids)
    observed = place >= 0
    size = data.feeds["residents"].drop_duplicates("person_id")["household_id"].value_counts()
    enrolments = with_household(data.feeds["enrolments"], data.feeds["residents"])
    mine = enrolments[enrolments["project_id"] == indicator.project]
    first = mine.groupby("household_id")["start"].min()
    unit = ids.get_indexer(first.index)
    at = months.get_indexer(first.dt.to_period("M").dt.to_timestamp())
    pilot = np.array([area.side == Side.PILOT for area in study.areas])
    lived = np.where((unit >= 0) & (at >= 0), place[unit, at], NOWHERE)
    placed = (lived >= 0) & pilot[np.maximum(lived, 0)]
    return ChosenHouseholds(
        panel=household_months(amounts.sum(axis=0), observed),
        by_law=tuple(household_months(amount, observed) for amount in amounts),
        place=place,
        size=size.reindex(ids).fillna(1).to_numpy(dtype=float),
        unit=unit[placed].astype(np.int64),
        month=at[placed].astype(np.int64),
        enrolled=np.asarray(ids.isin(enrolments["household_id"])),
        households=len(first),
        unknown=int((unit < 0).sum()),
        elsewhere=int(((unit >= 0) & ~placed).sum()),
        providers=_providers(ledger, indicator, chosen_basis, months, ids),
    )


def usable_months(study: Study, basis: str) -> pd.DatetimeIndex:
    """Return the first days of the months whose amounts on this basis are complete."""
    first, last = cost_period(study)
    cut = 0 if basis == str(CostBasis.ALLOCATED) else _QUARTER * study.runoff_quarters
    months = pd.date_range(first, last, freq="MS")
    return months[: len(months) - cut]


def _places(
    data: StudyData, study: Study, months: pd.DatetimeIndex
) -> tuple[pd.Index, npt.NDArray[np.int16]]:
    """Return registered households and where each lived on the first of each month."""
    codes = [area.code for area in study.areas]
    book = address_book(data.feeds["addresses"], tuple(codes))
    registered = book.households.isin(data.feeds["residents"]["household_id"])
    number = np.flatnonzero(registered).astype(np.int64)
    day = np.tile(day_numbers(pd.Series(months)), len(number))
    position = book.position(np.repeat(number, len(months)), day)
    area = pd.Index(codes).get_indexer(book.area).astype(np.int16)[position]
    return book.households[registered], area.reshape(len(number), len(months))


def _amounts(
    ledger: CostLedger,
    indicator: Indicator,
    study: Study,
    codebook: CodebookContent,
    basis: str,
    months: pd.DatetimeIndex,
    ids: pd.Index,
) -> Floats:
    """Return EUR at the price level of the study, laws x households x months."""
    found = ledger.query(
        _AMOUNTS,
        chosen=pd.DataFrame({"law": list(indicator.laws)}, dtype=object),
        bases=pd.DataFrame({"basis": [basis]}, dtype=object),
    )
    factor = price_factors(codebook.prices, set(months.year), study.price_level)
    per_month = np.array([factor[int(year)] for year in months.year]) / 100
    law = pd.Index(indicator.laws).get_indexer(found["law"])
    row, column = ids.get_indexer(found["household_id"]), months.get_indexer(found["month"])
    known = (row >= 0) & (column >= 0)
    amounts = np.zeros((len(indicator.laws), len(ids), len(months)))
    cents = found["cents"].to_numpy() * per_month[column]
    amounts[law[known], row[known], column[known]] = cents[known]
    return amounts


def _providers(
    ledger: CostLedger, indicator: Indicator, basis: str, months: pd.DatetimeIndex, ids: pd.Index
) -> pd.DataFrame:
    found = ledger.query(
        _PROVIDERS,
        chosen=pd.DataFrame({"law": list(indicator.laws)}, dtype=object),
        bases=pd.DataFrame({"basis": [basis]}, dtype=object),
    )
    return pd.DataFrame(
        {
            "unit": ids.get_indexer(found["household_id"]),
            "month": months.get_indexer(found["month"]),
            "provider": found["provider_id"],
        }
    )


_AMOUNTS = """
select household_id, month, law, sum(cents)::double as cents
from ledger join chosen using (law) join bases using (basis)
where area_code <> '' group by household_id, month, law
"""
_PROVIDERS = """
select distinct household_id, month, provider_id
from ledger join chosen using (law) join bases using (basis)
where area_code <> '' and provider_id <> ''
"""


def _refuse_unknown_laws(indicator: Indicator, codebook: CodebookContent) -> None:
    known = laws_by_arrangement(codebook)
    if unknown := [law for law in indicator.laws if law not in known]:
        raise RefusedError(
            f"{', '.join(unknown)}: cost under these laws is not known per household",
            where=f"indicator '{indicator.id}'",
            allowed=", ".join(known),
        )
