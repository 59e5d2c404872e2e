"""What the rows that intake left out are worth: they are part of the files, and never booked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from evaluatie.costs.booking.benefits import benefit_spells
from evaluatie.costs.booking.bookings import SOURCE, Bookings
from evaluatie.costs.booking.codes import ArrangementCodes
from evaluatie.costs.booking.declared import euros_of_lines
from evaluatie.costs.booking.episodes import SET_ASIDE, build_episodes
from evaluatie.costs.booking.valuation import whole_cents
from evaluatie.domain import CostBasis

REASON = "left_out_at_intake"
Worth = Mapping[CostBasis, int]


def with_left_out(booked: Bookings, rows: pd.DataFrame | None, worth: Worth) -> Bookings:
    """Add rows that intake left out to the source of a feed and to what was set aside.

    Parameters
    ----------
    booked : Bookings
        Of the rows that intake handed on.
    rows : DataFrame or None
        The others.
    worth : mapping of CostBasis to int
        Their cents; a row that cannot be valued is counted and worth nothing.
    """
    if rows is None:
        return booked
    source = booked.source.copy()
    for basis, cents in worth.items():
        mine = source["basis"] == str(basis)
        source.loc[mine, "records"] += len(rows)
        source.loc[mine, "cents"] += cents
    feed = str(source["feed"].iloc[0])
    lines = [(feed, str(basis), REASON, len(rows), cents) for basis, cents in worth.items()]
    aside = pd.DataFrame(lines, columns=list(SET_ASIDE))
    return replace(
        booked,
        source=source[list(SOURCE)],
        set_aside=pd.concat([booked.set_aside, aside], ignore_index=True),
    )


def arrangements_worth(
    rows: pd.DataFrame | None, codes: ArrangementCodes, period: tuple[pd.Timestamp, pd.Timestamp]
) -> Worth:
    """Return the cents of arrangements as they were written, those that can be valued."""
    if rows is None:
        return {}
    usable = rows["start"].notna() & ~(rows["end"] < rows["start"]) & rows["person_id"].notna()
    usable &= ~(rows["volume"] < 0) & ~(rows["rate_eur"] < 0)
    for column in ("product_code", "unit", "frequency"):
        usable &= rows[column].notna()
    whole = rows[usable].reset_index(drop=True)
    single = whole.assign(assignment_no=whole.index.astype(str), person_id=whole.index.astype(str))
    return {CostBasis.ALLOCATED: build_episodes(single, codes, *period).source_cents}


def declarations_worth(
    rows: pd.DataFrame | None, arrangements: pd.DataFrame, codes: ArrangementCodes
) -> Worth:
    """Return the cents of declared lines, on both bases; delivered ones need their arrangement."""
    if rows is None:
        return {}
    place = pd.Index(arrangements["assignment_no"]).get_indexer(rows["assignment_no"])
    bases = (CostBasis.DELIVERED, CostBasis.DECLARED)
    euros = euros_of_lines(rows, arrangements, codes, place, bases)
    return {basis: int(whole_cents(amount).sum()) for basis, amount in euros.items()}


def benefits_worth(rows: pd.DataFrame | None, horizon: pd.Timestamp) -> Worth:
    """Return the cents of benefits up to the horizon; the same on every basis."""
    if rows is None:
        return {}
    usable = ~(rows["amount_month_eur"] < 0) & ~(rows["end"] < rows["start"])
    _, tariff, span = benefit_spells(rows[usable], horizon)
    return dict.fromkeys(CostBasis, int(tariff.cents(*span).sum()))
