"""Which laws (or products) households have in the same month: every exact set, counted."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.amounts.prices import at_price_level
from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.costs.booking.valuation import Ints
from evaluatie.costs.households.residence import Residence
from evaluatie.dictionary.model import CodebookContent, Indicator
from evaluatie.domain import CostBasis
from evaluatie.errors import RefusedError
from evaluatie.study import Study

Floats = npt.NDArray[np.float64]
OTHER, ALL = "other", "all"  # the sets that are not listed, and all sets together
JOINS = "+"  # between the members of a set
_CARE = f"basis = '{CostBasis.ALLOCATED}' and days > 0"
_BITS = 62  # members that fit in one number
COMBINATIONS = (
    "area",
    "side",
    "year",
    "set",
    "months",
    "share_of_months",
    "households",
    "providers",
    "eur",
    "eur_per_month",
    "top1_share",
    "top2_share",
)


def combinations(
    ledger: CostLedger,
    indicator: Indicator,
    homes: Residence,
    study: Study,
    codebook: CodebookContent,
    by: Literal["law", "product"] = "law",
    limit: int = 12,
) -> pd.DataFrame:
    """Return the exact sets of laws or products that households have care under in a month.

    Parameters
    ----------
    ledger : CostLedger
        Allocated days of care decide, as in `stacking`.
    indicator : Indicator
        Its laws.
    homes, study, codebook
        Where households lived; areas and price level; prices.
    by : {"law", "product"}
        What a set is made of; a benefit has no product and counts as its law.
    limit : int
        Sets that are listed: those with most household-months in all years together.

    Returns
    -------
    DataFrame
        Columns `COMBINATIONS`, one row per side x year x set that occurs; ``set`` names its
        members in alphabetical order, `OTHER` is what is not listed and `ALL` the sum of all.
        months: household-months with exactly this set; households, providers: different ones
        behind them; eur: allocated cost of those household-months at the price level of the study;
        top1_share, top2_share: largest and two largest households' share in it.

    Notes
    -----
    A household-month belongs to the area of the address on its first day, with all its cost of
    that month. Months add up over sets, households do not: one that changes sets is in both.
    Household-months of sets with at least the ``minimum`` of laws are the stacked months of
    `stacking`.
    """
    care = _sets(ledger, indicator, by)
    row, column, at = _place(care, homes)
    care, row, column, at = care[at >= 0], row[at >= 0], column[at >= 0], at[at >= 0]
    sets = _listed(care["set"], limit)
    names, chosen = np.unique(sets.to_numpy(dtype=str), return_inverse=True)
    sides = [str(area.side) for area in study.areas]
    side_names, side = np.unique(sides, return_inverse=True)
    years = homes.months.year.to_numpy()
    eur = at_price_level(
        care["cents"].to_numpy() / 100, years[column], codebook.prices, study.price_level
    )
    place = side[at] * len(homes.years) + years[column] - homes.years[0]
    cell = np.concatenate(
        [place * (len(names) + 1) + chosen, place * (len(names) + 1) + len(names)]
    )
    size = len(side_names) * len(homes.years) * (len(names) + 1)
    whole = pd.MultiIndex.from_product([side_names, homes.years, [*names, ALL]])
    table = whole.to_frame(index=False, name=["side", "year", "set"]).assign(
        months=np.bincount(cell, minlength=size),
        eur=np.bincount(cell, np.tile(eur, 2), size),
        **_households(cell, np.tile(row, 2), np.tile(eur, 2), size),
        providers=_providers(ledger, indicator, homes, cell, row, column, size),
    )
    total = table.groupby(["side", "year"])["months"].transform("max")  # that of all sets
    table = table.assign(
        area=table["side"],
        share_of_months=table["months"] / total,
        eur_per_month=table["eur"] / table["months"],
    )
    return table.loc[table["months"] > 0, list(COMBINATIONS)].reset_index(drop=True)


def _sets(ledger: CostLedger, indicator: Indicator, by: str) -> pd.DataFrame:
    """Return household_id, month, set and cents of every household-month with care."""
    kinds = ledger.query(
        f"select distinct law, product_code from ledger where {_CARE} order by law, product_code"
    )
    kinds = kinds[kinds["law"].isin(indicator.laws)]
    product = kinds["product_code"].where(kinds["product_code"] != "", kinds["law"])
    kinds = kinds.assign(member=kinds["law"] if by == "law" else product)
    members = sorted(kinds["member"].unique())
    if len(members) > _BITS:
        raise RefusedError(f"there are {len(members)} members of sets", allowed=f"at most {_BITS}")
    care = ledger.query(
        f"""
        select household_id, month, bit_or(bit) as members, sum(cents)::bigint as cents
        from ledger join kinds using (law, product_code) where {_CARE}
        group by household_id, month order by household_id, month
        """,
        kinds=kinds.assign(bit=[1 << members.index(member) for member in kinds["member"]]),
    )
    known, place = np.unique(care["members"].to_numpy(dtype=np.int64), return_inverse=True)
    names = [JOINS.join(m for k, m in enumerate(members) if bits >> k & 1) for bits in known]
    return care.assign(set=np.array(names, dtype=object)[place])


def _place(care: pd.DataFrame, homes: Residence) -> tuple[Ints, Ints, Ints]:
    """Return household, month and area (-1 elsewhere) of household-months, as positions."""
    row = homes.households.get_indexer(care["household_id"]).astype(np.int64)
    column = homes.months.get_indexer(care["month"]).astype(np.int64)
    return row, column, np.where((row >= 0) & (column >= 0), homes.area[row, column], -1)


def _listed(sets: pd.Series, limit: int) -> pd.Series:
    """Return the sets, those beyond the ``limit`` most frequent (by name if equal) as `OTHER`."""
    size = sets.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return sets.where(sets.isin(size.index[:limit]), OTHER)


def _households(cell: Ints, household: Ints, eur: Floats, size: int) -> dict[str, Floats]:
    """Return the different households of each cell, and the share of the largest in its amount."""
    width = int(household.max(initial=0)) + 1
    pair, member = np.unique(cell * width + household, return_inverse=True)
    amount = np.abs(np.bincount(member, eur, len(pair)))
    where = pair // width
    order = np.lexsort((-amount, where))
    rank = np.arange(len(order)) - np.searchsorted(where[order], where[order])
    whole = np.bincount(where, amount, size)
    shares = {
        f"top{k}_share": np.divide(
            np.bincount(where[order][rank < k], amount[order][rank < k], size), whole,
            out=np.full(size, np.nan), where=whole > 0,
        )
        for k in (1, 2)
    }  # fmt: skip
    return {"households": np.bincount(where, minlength=size), **shares}


def _providers(
    ledger: CostLedger,
    indicator: Indicator,
    homes: Residence,
    cell: Ints,
    row: Ints,
    column: Ints,
    size: int,
) -> Ints:
    """Return the number of different providers behind each cell; benefits have none."""
    given = ledger.query(
        f"""
        select distinct household_id, month, provider_id from ledger
        join laws using (law) where {_CARE} and provider_id <> ''
        """,
        laws=pd.DataFrame({"law": list(indicator.laws)}, dtype=object),
    )
    whose, when, at = _place(given, homes)
    inside = at >= 0
    number, providers = pd.factorize(given["provider_id"][inside])
    width, key = len(homes.months), row * len(homes.months) + column  # sorted, each once
    found = np.searchsorted(key, whose[inside] * width + when[inside])
    seen = np.zeros((size, len(providers)), dtype=bool)
    for part in (cell[: len(key)], cell[len(key) :]):  # the set itself, and all sets together
        seen[part[found], number] = True
    return np.asarray(seen.sum(axis=1), dtype=np.int64)
