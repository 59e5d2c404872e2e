"""Rows: households with high cost, under several laws, and whether they stay there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.costs.households.concentration import (
    HouseholdCosts,
    baseline_year,
    high_cost_threshold,
)
from evaluatie.domain import Side, Status
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.methods import logit_interval
from evaluatie.methods.inequality.top_share import in_top
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]
TOPS = (0.01, 0.05, 0.10)
PERSISTS = 0.05  # the top whose households are followed into the next year
LAWS, QUANTILE = 2, 0.9  # of cross-domain cost, where the indicator does not say
CROSS_DOMAIN = "group=cross_domain"


def top_category(top: float) -> str:
    """Return the part of a category that names a top, in percent."""
    return f"top={100 * top:g}"


def cross_domain_rows(asked: Asked, costs: HouseholdCosts, years: tuple[int, ...]) -> Iterator[Row]:
    """Yield households with cost under several laws and above a declared threshold.

    The threshold is a quantile of the cost of households in the baseline year, both sides
    together, in euros of the price level of the study: the same amount in every year and side.
    """
    start = baseline_year(asked.study)
    laws = asked.indicator.minimum or LAWS
    threshold = np.nan
    if start in years:
        threshold = high_cost_threshold(costs, start, asked.indicator.quantile or QUANTILE)
    if np.isnan(threshold):
        yield estimate_row(
            Table.HOUSEHOLD, "threshold", category=CROSS_DOMAIN, status=Status.NOT_ESTIMABLE,
            reason="no_baseline_year", **asked.where,
        )  # fmt: skip
        return
    users = sum(len(costs.users(start, str(side))) for side in Side)
    above = round(users * (1 - (asked.indicator.quantile or QUANTILE)))
    yield estimate_row(
        Table.HOUSEHOLD, "threshold", category=CROSS_DOMAIN, estimate=threshold, n=above,
        n_households=above, period=str(start), unit=f"EUR_{asked.study.price_level}/household/year",
        **asked.where,
    )  # fmt: skip
    for side in Side:
        for year in years:
            yield from _cross_domain(asked, costs, str(side), year, laws, threshold)


def _cross_domain(
    asked: Asked, costs: HouseholdCosts, side: str, year: int, laws: int, threshold: float
) -> Iterator[Row]:
    users, number = costs.users(year, side), costs.laws(year, side)
    chosen = users[(users > threshold) & (number.reindex(users.index) >= laws)]
    same = asked.where | {"area": side, "period": str(year), "category": CROSS_DOMAIN}
    behind = dominance(costs, chosen, year, side)
    counted = {key: behind[key] for key in ("n", "n_households")}
    share, n = len(chosen) / max(len(users), 1), max(len(users), 1)
    error = float(np.sqrt(share * (1 - share) / n))
    low, high = logit_interval(share, error, np.inf, 1 - asked.study.design.alpha, n)
    yield estimate_row(
        Table.HOUSEHOLD, "count", estimate=len(chosen), unit="households", **same, **counted
    )
    yield estimate_row(
        Table.HOUSEHOLD, "share_of_users", estimate=share, std_error=error, ci_low=low,
        ci_high=high, unit="share", **same, **counted,
    )  # fmt: skip
    whole = users.sum()
    yield estimate_row(
        Table.HOUSEHOLD, "share_of_cost", estimate=chosen.sum() / whole if whole > 0 else 0.0,
        unit="share", **same, **behind,
    )  # fmt: skip


def persistence_rows(
    asked: Asked, costs: HouseholdCosts, side: str, years: tuple[int, ...]
) -> Iterator[Row]:
    """Yield how many households in the top of a year are there again in the next, and their cost.

    Of those that still live on the side, or have cost there. ``when=before`` is their mean cost in
    the year in which they were in the top, ``when=after`` the mean of the same households in the
    year of the row: what falls without anybody doing anything is seen here.
    """
    for year, following in pairwise(years):
        users, later = costs.users(year, side), costs.everyone(following, side)
        again = costs.users(following, side)
        category = top_category(PERSISTS)
        same = asked.where | {"area": side, "period": str(following)}
        top = users.index[in_top(users.to_numpy(), PERSISTS)] if len(users) else users.index
        there = top[top.isin(later.index)]
        if not len(there) or not len(again):
            yield estimate_row(
                Table.HOUSEHOLD, "still_top", category=category, status=Status.NOT_ESTIMABLE,
                reason="too_few_households", **same,
            )  # fmt: skip
            continue
        stayed = there.isin(again.index[in_top(again.to_numpy(), PERSISTS)])
        share, n = float(stayed.mean()), len(there)
        smaller = int(min(stayed.sum(), n - stayed.sum()))
        error = float(np.sqrt(share * (1 - share) / n))
        low, high = logit_interval(share, error, np.inf, 1 - asked.study.design.alpha, n)
        yield estimate_row(
            Table.HOUSEHOLD, "still_top", category=category, estimate=share, std_error=error,
            ci_low=low, ci_high=high, unit="share", n=smaller, n_households=smaller, **same,
        )  # fmt: skip
        for when, amounts, at in (("before", users, year), ("after", later, following)):
            yield estimate_row(
                Table.HOUSEHOLD, "mean", category=f"{category}|when={when}",
                estimate=amounts.reindex(there).mean(),
                unit=f"EUR_{asked.study.price_level}/household/year", **same,
                **dominance(costs, amounts.reindex(there), at, side),
            )  # fmt: skip


def dominance(costs: HouseholdCosts, amounts: pd.Series, year: int, side: str) -> dict[str, Any]:
    """Return who is behind the amount of some households: numbers and the largest shares."""
    largest = amounts.abs().sort_values(ascending=False)
    whole = float(largest.sum())
    shares = {
        f"top{k}_share": float(largest.head(k).sum()) / whole if whole > 0 else np.nan
        for k in (1, 2)
    }
    behind = {"n": len(amounts), "n_households": len(amounts)}
    providers = costs.provider_count(year, side, amounts.index)
    return behind | {"n_providers": providers or None} | shares
