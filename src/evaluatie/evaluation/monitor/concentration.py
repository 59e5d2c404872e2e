"""Rows: how cost is spread over households."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.costs.households.concentration import (
    HouseholdCosts,
    baseline_year,
    complete_years,
    household_costs,
)
from evaluatie.costs.households.residence import residence
from evaluatie.domain import Side, Status
from evaluatie.errors import RefusedError
from evaluatie.evaluation.monitor.area_contrast import area_contrast
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.concentration_tops import (
    TOPS,
    cross_domain_rows,
    dominance,
    persistence_rows,
    top_category,
)
from evaluatie.methods import bootstrap_t_top_share, gini, lorenz, resampled, top_share
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]
USERS, EVERYONE = "households=users", "households=all"
DRAWS = 399  # bootstrap samples of households
_TINY = 1e-9  # a tenth of sixty is six
CURVE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


def concentration_rows(asked: Asked) -> Iterator[Row]:
    """Yield Gini, top shares, Lorenz curve, cross-domain cost and persistence, per side and year.

    Notes
    -----
    Households with cost (``households=users``) and all that lived there (``households=all``) are
    two different populations, and both are named. Intervals of a side say how far chance in which
    households became expensive could move the number: the register is complete, nothing was
    sampled. Differences between the sides have areas as clusters.
    """
    products, study = asked.products, asked.study
    if products.ledger is None:
        return
    basis = str(asked.question.cost_basis or asked.indicator.basis)
    homes = residence(products.data, study)
    costs = household_costs(products.ledger, asked.indicator, homes, study, asked.codebook, basis)
    years, cut = complete_years(study, basis)
    for side in Side:
        for year in years:
            yield from _spread_rows(asked, costs, str(side), year)
        for year in cut:
            yield _absent(asked, "gini", USERS, "runoff", area=side, period=str(year))
        yield from persistence_rows(asked, costs, str(side), years)
    yield from cross_domain_rows(asked, costs, years)
    yield from _difference_rows(asked, costs, years)


def _spread_rows(asked: Asked, costs: HouseholdCosts, side: str, year: int) -> Iterator[Row]:
    """Yield the measures of one side in one year."""
    place = {"area": side, "period": str(year)}
    level = 1 - asked.study.design.alpha
    users, everyone = costs.users(year, side), costs.everyone(year, side)
    for category, amounts in ((USERS, users), (EVERYONE, everyone)):
        behind = {"n": len(users), "n_households": len(users)}
        try:
            found = gini(amounts.to_numpy(), level=level)
        except RefusedError:
            yield _absent(asked, "gini", category, "no_cost", **place, **behind)
            continue
        yield estimate_row(
            Table.HOUSEHOLD, "gini", category=category, estimate=found.estimate,
            std_error=found.std_error, ci_low=found.ci_low, ci_high=found.ci_high, unit="index",
            method="linearised_logit", **behind, **place, **asked.where,
        )  # fmt: skip
    if not users.sum() > 0:
        return
    yield from _top_rows(asked, costs, side, year)
    held = lorenz(users.to_numpy(), CURVE)
    for part, share in zip(CURVE, held, strict=True):
        smaller = int(min(part, 1 - part) * len(users) + _TINY)
        yield estimate_row(
            Table.HOUSEHOLD, "lorenz", category=f"{USERS}|lowest={part:g}", estimate=share,
            unit="share", n=smaller, n_households=smaller, **place, **asked.where,
        )  # fmt: skip


def _top_rows(asked: Asked, costs: HouseholdCosts, side: str, year: int) -> Iterator[Row]:
    place = {"area": side, "period": str(year)}
    users = costs.users(year, side)
    amounts = users.to_numpy()
    draws = resampled(len(amounts), DRAWS, asked.study.seed) if len(amounts) > 1 else None
    for top in TOPS:
        category = f"{USERS}|{top_category(top)}"
        try:
            if draws is None:
                raise RefusedError("one household has no top")
            found = bootstrap_t_top_share(amounts, top, draws, 1 - asked.study.design.alpha)
        except RefusedError:
            yield _absent(asked, "top_share", category, "too_few_households", **place)
            continue
        highest = users.sort_values(ascending=False, kind="stable").head(round(top * len(users)))
        behind = dominance(costs, highest, year, side)
        yield estimate_row(
            Table.HOUSEHOLD, "top_share", category=category, estimate=found.estimate,
            std_error=found.std_error, ci_low=found.ci_low, ci_high=found.ci_high, unit="share",
            method="bootstrap_t_logit", **behind, **place, **asked.where,
        )  # fmt: skip
        yield estimate_row(
            Table.HOUSEHOLD, "mean", category=category, estimate=highest.mean(),
            unit=f"EUR_{asked.study.price_level}/household/year", **behind, **place, **asked.where,
        )  # fmt: skip


def _difference_rows(asked: Asked, costs: HouseholdCosts, years: tuple[int, ...]) -> Iterator[Row]:
    """Yield the change since the baseline year, pilot minus comparison, areas as clusters."""
    start = baseline_year(asked.study)
    measures = {"gini": ("gini", 0.0, "index")} | {
        f"top_share:{top}": ("top_share", top, "share") for top in TOPS if top > min(TOPS)
    }
    for name, top, unit in measures.values():
        category = f"{USERS}|{top_category(top)}" if top else USERS
        if start not in years:
            yield _absent(asked, "difference", f"{category}|of={name}", "no_baseline_year")
            continue
        then = _areas(asked, costs, start, top)
        for year in (year for year in years if year > start):
            now = _areas(asked, costs, year, top)
            fewest = min(len(costs.users(y, str(s))) for y in (start, year) for s in Side)
            fewest = round(fewest * (top or 1))
            yield estimate_row(
                Table.HOUSEHOLD, "difference", period=str(year), category=f"{category}|of={name}",
                unit=unit, n=fewest, n_households=fewest, **asked.where,
                **area_contrast(asked, now["value"] - then["value"], now["size"]),
            )  # fmt: skip


def _areas(asked: Asked, costs: HouseholdCosts, year: int, top: float) -> pd.DataFrame:
    """Return the measure (Gini, or a top share) and the households of every area."""
    rows = {}
    for area in asked.study.areas:
        amounts = costs.users(year, area.code, "area").to_numpy()
        try:
            found = top_share(amounts, top) if top else gini(amounts)
            rows[area.code] = (found.estimate, len(amounts))
        except RefusedError:
            rows[area.code] = (np.nan, len(amounts))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "size"])


def _absent(asked: Asked, term: str, category: str, reason: str, **place: Any) -> Row:
    return estimate_row(
        Table.HOUSEHOLD, term, category=category, status=Status.NOT_ESTIMABLE, reason=reason,
        **place, **asked.where,
    )  # fmt: skip
