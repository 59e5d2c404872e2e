"""What care costs, for who provides it: agreed rates per product, cost per household by laws."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluatie.costs.booking.codes import arrangement_codes
from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.dictionary.model import CodebookContent

CENTS = 100
RATE_COLUMNS = ("law", "product_code", "unit", "over", "rate_eur", "arrangements", "n",
                "n_households", "n_providers")  # fmt: skip
LAW_COLUMNS = ("laws", "eur_per_household", "n", "n_households", "n_providers",
               "top1_share", "top2_share")  # fmt: skip


def agreed_rates(
    arrangements: pd.DataFrame, laws: tuple[str, ...], year: int, codebook: CodebookContent
) -> pd.DataFrame:
    """Return what one unit of each product costs by agreement, and how much that differs.

    Parameters
    ----------
    arrangements : DataFrame
        The feed; an arrangement counts in every year in which it holds.
    laws : tuple of str
        Laws to show.
    year : int
        Calendar year.

    Returns
    -------
    DataFrame
        Columns `RATE_COLUMNS`, three rows per law x product x unit: ``over`` is ``median`` (of the
        arrangements), ``low`` and ``high`` (the quartiles of the providers' own medians: the ends
        of the range would each tell the price of one provider). The numbers of people are those of
        all of them.

    Notes
    -----
    Void records and records without a rate or with an amount of money as their unit (a budget) are
    left out. Prices of the year: what a professional agrees today is what counts.
    """
    codes = arrangement_codes(codebook)
    frame = arrangements.assign(law=codes.laws_of(arrangements["product_code"]))
    void = frame["change_reason"].isin(codes.void) & (frame["end"] == frame["start"])
    first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
    holds = (frame["start"] <= last) & ~(frame["end"] < first)
    kept = frame[holds & ~void & frame["law"].isin(laws) & frame["rate_eur"].notna()]
    kept = kept[~np.asarray(codes.is_budget(kept["unit"]), dtype=bool)]
    rows = []
    for key, mine in kept.groupby(["law", "product_code", "unit"]):
        own = mine.groupby("provider_id")["rate_eur"].median()
        rates = {"median": mine["rate_eur"].median(), "low": own.quantile(0.25)}
        rates["high"] = own.quantile(0.75)
        rows += [(*key, over, rate, *_behind(mine)) for over, rate in rates.items()]
    return pd.DataFrame(rows, columns=list(RATE_COLUMNS))


def _behind(rows: pd.DataFrame) -> tuple[int, int, int, int]:
    return (
        len(rows),
        rows["person_id"].nunique(),
        rows["household_id"].nunique(),
        rows["provider_id"].nunique(),
    )


def cost_by_laws(ledger: CostLedger, year: int, basis: str) -> pd.DataFrame:
    """Return what a household costs in a year by the number of laws that paid for it.

    Parameters
    ----------
    ledger : CostLedger
        Every law by arrangement or benefit.
    year : int
        Calendar year.
    basis : str
        A `CostBasis`.

    Returns
    -------
    DataFrame
        Columns `LAW_COLUMNS`, one row per number of laws: mean euros per household (prices of the
        year), people with care and their households, providers, and the part of the largest
        households in the amount.

    Notes
    -----
    A law counts when more than nothing was paid under it in that year. Only care in the study
    areas. Laws of which no cost per household is known (annual totals) are in none of the numbers.
    """
    lines = ledger.query(
        f"""
        with paid as (
            select household_id, law, sum(cents) as cents from ledger
            where basis = '{basis}' and area_code <> '' and year(month) = {int(year)}
            group by household_id, law having sum(cents) > 0
        ), homes as (
            select household_id, count(*) as laws, sum(cents) as cents from paid
            group by household_id
        ), people as (
            select household_id, count(distinct person_id) as persons from ledger
            where basis = '{basis}' and area_code <> '' and year(month) = {int(year)}
            group by household_id
        )
        select laws, cents, persons from homes join people using (household_id)
        order by laws, cents desc
        """
    )
    providers = ledger.query(
        f"""
        select count(distinct provider_id) as providers from ledger
        where basis = '{basis}' and area_code <> '' and year(month) = {int(year)}
        and provider_id <> ''
        """
    )["providers"].iloc[0]
    rows = []
    for laws, mine in lines.groupby("laws"):
        cents = mine["cents"].to_numpy(dtype=float)
        total = cents.sum()
        rows.append(
            (int(laws), total / CENTS / len(mine), int(mine["persons"].sum()), len(mine),
             int(providers), cents[:1].sum() / total, cents[:2].sum() / total)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(LAW_COLUMNS))
