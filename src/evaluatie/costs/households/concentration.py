"""How cost is spread over households: amounts per household, who is in the top, who stays there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.amounts.prices import at_price_level
from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.costs.households.residence import Residence
from evaluatie.dictionary.model import CodebookContent, Indicator
from evaluatie.domain import CostBasis
from evaluatie.study import Study

_QUARTERS, _MONTHS = 4, 3
_ROUND_EUR = 100  # a threshold is nobody's amount
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HouseholdCosts:
    """Cost per household and year, and which households there were.

    Attributes
    ----------
    frame : DataFrame
        One row per household x area x year with an amount: household_id, area, side, year, eur
        (at the price level of the study; net of credits), laws (with an amount that is not 0).
    residents : DataFrame
        One row per household x area x year in which it lived there on the first of some month or
        has an amount: household_id, area, side, year.
    providers : DataFrame
        One row per household x side x year x provider with an amount: household_id, side, year,
        provider_id.
    """

    frame: pd.DataFrame
    residents: pd.DataFrame
    providers: pd.DataFrame

    def users(self, year: int, place: str, level: str = "side") -> pd.Series:
        """Return euros per household with cost in a side or area: index household_id, sorted."""
        found: pd.Series = self._amounts.get((level, place, year), pd.Series(dtype=float))
        return found

    def everyone(self, year: int, place: str, level: str = "side") -> pd.Series:
        """Return euros per household that lived in a side or area, 0 without cost."""
        there = self._living.get((level, place, year), pd.Index([]))
        return self.users(year, place, level).reindex(there, fill_value=0.0)

    def laws(self, year: int, side: str) -> pd.Series:
        """Return the largest number of laws with cost of each household in one area of a side."""
        mine = self.frame[(self.frame["year"] == year) & (self.frame["side"] == side)]
        return mine.groupby("household_id", sort=True)["laws"].max()

    def provider_count(self, year: int, side: str, households: pd.Index) -> int:
        """Return the number of different providers behind the cost of some households."""
        mine = self._given.get((side, year))
        if mine is None:
            return 0
        return int(mine.loc[mine.index.isin(households)].nunique())

    @cached_property
    def _amounts(self) -> dict[tuple[str, str, int], pd.Series]:
        return {
            (level, place, year): mine.groupby("household_id", sort=True)["eur"].sum()
            for level in ("side", "area")
            for (place, year), mine in self.frame.groupby([level, "year"])
        }

    @cached_property
    def _living(self) -> dict[tuple[str, str, int], pd.Index]:
        return {
            (level, place, year): pd.Index(np.sort(mine["household_id"].unique()))
            for level in ("side", "area")
            for (place, year), mine in self.residents.groupby([level, "year"])
        }

    @cached_property
    def _given(self) -> dict[tuple[str, int], pd.Series]:
        given = self.providers.set_index("household_id")
        return {key: mine["provider_id"] for key, mine in given.groupby(["side", "year"])}


def household_costs(
    ledger: CostLedger,
    indicator: Indicator,
    homes: Residence,
    study: Study,
    codebook: CodebookContent,
    basis: str | None = None,
) -> HouseholdCosts:
    """Return what every household cost in every year, in every area it lived in.

    Parameters
    ----------
    ledger : CostLedger
        Needs the feeds that `feeds_of` names.
    indicator : Indicator
        Its laws are summed.
    homes, study, codebook
        Where households lived; areas, price level; prices.
    basis : str, optional
        Cost basis of the question; by default that of the indicator.

    Notes
    -----
    Cost is that of the days in the area; a household that moved has a row in each, and one in a
    side that adds up its areas. Nothing is scaled up for a part of a year: a household that came
    in November has two months of cost. Households that are not in the register count when they
    have cost, so that the amounts are all amounts. MISSING-DATA RULE: no booking is no cost.
    """
    places = pd.DataFrame(
        [(a.code, str(a.side)) for a in study.areas], columns=["area_code", "side"], dtype=object
    )
    chosen = {
        "chosen": pd.DataFrame({"law": list(indicator.laws)}, dtype=object),
        "bases": pd.DataFrame({"basis": [basis or str(indicator.basis or CostBasis.ALLOCATED)]}),
        "places": places,
    }
    frame = ledger.query(_HOUSEHOLDS, **chosen)
    frame["eur"] = at_price_level(
        frame["cents"] / 100, frame["year"], codebook.prices, study.price_level
    )
    lived = _lived(homes).merge(places, on="area_code")
    booked = frame[["household_id", "area_code", "side", "year"]]
    residents = pd.concat([lived, booked], ignore_index=True).drop_duplicates(ignore_index=True)
    named = {"area_code": "area"}
    return HouseholdCosts(
        frame.drop(columns="cents").rename(columns=named),
        residents.rename(columns=named),
        ledger.query(_PROVIDERS, **chosen),
    )


def complete_years(study: Study, basis: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the cost years with all amounts in, and those cut short by the run-off.

    Of delivered and declared amounts the last ``runoff_quarters`` are not complete, and a year that
    holds one of them is not either; allocated amounts are complete at once.
    """
    first, last = study.cost_years
    cut = 0 if basis == CostBasis.ALLOCATED else -(-study.runoff_quarters // _QUARTERS)
    years = tuple(range(first, last + 1))
    return years[: len(years) - cut], years[len(years) - cut :]


def baseline_year(study: Study) -> int:
    """Return the last calendar year that ended before the pilot started."""
    return study.pilot_start.year - 1


def high_cost_threshold(costs: HouseholdCosts, year: int, quantile: float) -> float:
    """Return the amount above which cost is high: a quantile over both sides in one year.

    Rounded to hundreds of euros, so that it is nobody's amount. Households with cost only; a
    household that moved between the sides counts in each.
    """
    both = [costs.users(year, side) for side in sorted(costs.frame["side"].unique())]
    amounts = pd.concat(both).to_numpy() if both else np.empty(0)
    if not len(amounts):
        return float("nan")
    return float(np.round(np.quantile(amounts, quantile) / _ROUND_EUR) * _ROUND_EUR)


def _lived(homes: Residence) -> pd.DataFrame:
    """Return household_id, area_code, year where a household lived on the first of some month."""
    parts = []
    for year in homes.years:
        area = homes.area[:, homes.columns(year)]
        for place, code in enumerate(homes.codes):
            there = homes.households[(area == place).any(axis=1)]
            parts.append(pd.DataFrame({"household_id": there, "area_code": code, "year": year}))
    return pd.concat(parts, ignore_index=True)


_HOUSEHOLDS = """
select household_id, area_code, side, year(month)::integer as year, sum(cents)::bigint as cents,
    count(distinct law) filter (cents <> 0) as laws
from ledger join chosen using (law) join bases using (basis) join places using (area_code)
group by all having sum(abs(cents)) > 0 order by all
"""
_PROVIDERS = """
select distinct household_id, side, year(month)::integer as year, provider_id
from ledger join chosen using (law) join bases using (basis) join places using (area_code)
where cents <> 0 and provider_id <> '' order by all
"""
