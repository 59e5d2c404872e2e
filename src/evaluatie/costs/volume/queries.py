"""Queries on the ledger that any engine can run: Ibis expressions, and no SQL of one product.

Each takes the ledger as an Ibis table with the columns of `COLUMNS` and returns one. Amounts and
counts are 64-bit integers, so that two engines agree to the cent and count for count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import ibis
import ibis.expr.types as ir

from evaluatie.domain import CostBasis

COLUMNS = (
    "person_id", "household_id", "area_code", "law", "product_code", "provider_id", "month",
    "basis", "days", "cents",
)  # fmt: skip
CELL = ("area_code", "law", "period", "basis")
SEPARATOR = "+"  # between the laws of a combination
Period = Literal["month", "quarter", "year"]


def by_period(ledger: ir.Table, period: Period) -> ir.Table:
    """Return the ledger with a column ``period``: the first day of the month, quarter or year."""
    month = ledger["month"]  # a first day already: to truncate it costs more than to sum
    return ledger.mutate(
        period=month if period == "month" else month.truncate("Q" if period == "quarter" else "Y")
    )


def cost_by(ledger: ir.Table, keys: Sequence[str] = CELL) -> ir.Table:
    """Return keys, days, cents: one row per combination that occurs."""
    return ledger.group_by(list(keys)).agg(days=_sum(ledger["days"]), cents=_sum(ledger["cents"]))


def contributors(ledger: ir.Table, keys: Sequence[str] = CELL) -> ir.Table:
    """Return keys, persons, households, providers, top1_share, top2_share.

    Notes
    -----
    Counted are those whose amounts in the cell do not add up to 0 after credits. The shares are
    those of the largest, and of the two largest, households in the sum of absolute household
    amounts; null where nothing is left of it. Amounts without a provider (benefits) have none: a
    cell of only such amounts has 0 providers.
    """
    named = ledger.filter(ledger["provider_id"] != "")
    result = _largest(ledger, keys)
    for column, source in (("person_id", ledger), ("provider_id", named)):
        count = column.removesuffix("_id") + "s"
        sums = source.group_by([*keys, column]).agg(cents=_sum(source["cents"]))
        counts = sums.group_by(list(keys)).agg(**{count: _count(sums["cents"] != 0)})
        result = result.left_join(counts, list(keys)).drop(*[f"{key}_right" for key in keys])
    result = result.mutate(providers=ibis.coalesce(result["providers"], ibis.literal(0, "int64")))
    counts = ["persons", "households", "providers", "top1_share", "top2_share"]
    return result.select(*keys, *counts)


def cells(ledger: ir.Table, keys: Sequence[str] = CELL) -> ir.Table:
    """Return the columns of `cost_by` and `contributors` together."""
    return cost_by(ledger, keys).inner_join(contributors(ledger, keys), list(keys))


def household_months(ledger: ir.Table, basis: CostBasis = CostBasis.ALLOCATED) -> ir.Table:
    """Return household_id, month, arrangements, laws, providers: what a household has at once.

    Notes
    -----
    Counted are rows with at least one day of care in the month. An arrangement is what the ledger
    tells apart: person x law x product x provider. Benefits have no provider and count as none.
    """
    held = _with_care(ledger, basis)
    line = ["household_id", "month", "person_id", "law", "product_code", "provider_id"]
    lines = held.select(*line).distinct()  # a household that moved has two rows in the month
    return lines.group_by(["household_id", "month"]).agg(
        arrangements=lines.count().cast("int64"),
        laws=lines["law"].nunique().cast("int64"),
        providers=lines["provider_id"].nullif("").nunique().cast("int64"),
    )


def active_arrangements(
    ledger: ir.Table, keys: Sequence[str] = CELL[:3], basis: CostBasis = CostBasis.ALLOCATED
) -> ir.Table:
    """Return keys, arrangements: those with at least one day of care, each counted once a cell."""
    held = _with_care(ledger, basis)
    line = ["person_id", "law", "product_code", "provider_id"]
    lines = held.select(*dict.fromkeys([*keys, *line])).distinct()
    return lines.group_by(list(keys)).agg(arrangements=lines.count().cast("int64"))


def stacking_combinations(
    ledger: ir.Table, laws: Sequence[str], basis: CostBasis = CostBasis.ALLOCATED
) -> ir.Table:
    """Return combination, laws, household_months, households: which laws meet in a household.

    Parameters
    ----------
    ledger : Table
        The ledger, or a part of it.
    laws : sequence of str
        Laws that count; their order is that in the name of a combination.
    basis : CostBasis
        Days of care of this basis decide.
    """
    held = _with_care(ledger, basis)
    held = held.filter(held["law"].isin(list(laws)))
    flags = {f"law_{n}": (held["law"] == law).cast("int64").max() for n, law in enumerate(laws)}
    months = held.group_by(["household_id", "month"]).agg(**flags)
    name = ibis.literal("")
    for number, law in enumerate(laws):
        named = ibis.ifelse(months[f"law_{number}"] == 1, law + SEPARATOR, "")
        name = name + named
    total = sum((months[flag] for flag in flags), ibis.literal(0, "int64"))
    months = months.mutate(combination=name.substr(0, name.length() - 1), laws=total)
    return months.group_by(["combination", "laws"]).agg(
        household_months=months.count().cast("int64"),
        households=months["household_id"].nunique().cast("int64"),
    )


def _largest(ledger: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Return keys, households, top1_share, top2_share."""
    amounts = ledger.group_by([*keys, "household_id"]).agg(cents=_sum(ledger["cents"]))
    amounts = amounts.mutate(size=amounts["cents"].abs())
    order = ibis.window(group_by=list(keys), order_by=ibis.desc("size"))
    ranked = amounts.mutate(rank=ibis.row_number().over(order))
    size = ranked["size"]
    sums = ranked.group_by(list(keys)).agg(
        households=_count(ranked["cents"] != 0),
        size=_sum(size),
        top1=_sum(ibis.ifelse(ranked["rank"] < 1, size, 0)),
        top2=_sum(ibis.ifelse(ranked["rank"] < 2, size, 0)),
    )
    total = sums["size"].nullif(0).cast("float64")
    return sums.mutate(top1_share=sums["top1"] / total, top2_share=sums["top2"] / total)


def _with_care(ledger: ir.Table, basis: CostBasis) -> ir.Table:
    return ledger.filter((ledger["basis"] == str(basis)) & (ledger["days"] > 0))


def _sum(column: ir.Value) -> ir.Value:
    return column.sum().cast("int64")


def _count(condition: ir.Value) -> ir.Value:
    return condition.cast("int64").sum().cast("int64")
