"""Rows: cost per household over time, by side, and what changed since before the start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from evaluatie.costs.amounts.household_cost import (
    ALL,
    QUANTILES,
    household_cost,
    household_periods,
)
from evaluatie.costs.amounts.windows import BASELINE, cost_year
from evaluatie.domain import CostBasis, Side, Status, Weighting
from evaluatie.errors import RefusedError
from evaluatie.evaluation.agreed_tests import TREATED, collapsed_fit
from evaluatie.evaluation.contrast_rows import BETWEEN
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.methods import check_arms, cr2, interval
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]
INCOMPLETE = "declarations_incomplete"
METHOD = "cr2"
BEHIND = {
    "n": "persons", "n_households": "users", "n_providers": "providers",
    "top1_share": "top1_share", "top2_share": "top2_share",
}  # fmt: skip


def household_rows(asked: Asked) -> Iterator[Row]:
    """Yield cost per household per side and calendar year, and differences of change.

    Per law and for the laws together (law ''): ``per_household`` (all households, per
    household-year), ``per_household_with_care``, ``median``, ``p90``, ``p99`` (of households with
    care), ``share_with_care``; counts of households by category. ``difference``, area
    pilot-comparison: change of the areas since the year before the first wave (per year), and
    since the baseline window (per wave); areas are the clusters. Years with quarters whose
    declarations are incomplete are rows with a reason.
    """
    ledger = asked.products.ledger
    if ledger is None:
        return
    basis = str(asked.question.cost_basis or asked.indicator.basis or CostBasis.ALLOCATED)
    laws = tuple(asked.indicator.laws)
    addresses = asked.products.data.feeds["addresses"]
    cost = household_cost(ledger, addresses, laws, basis, asked.study, asked.codebook)
    _, incomplete = household_periods(asked.study, basis)
    years = cost["period"].str.fullmatch(r"\d{4}")
    for cell in cost[years & (cost["level"] == "side")].to_dict("records"):
        yield from _level_rows(asked, cell)
    for year in incomplete:
        for side in Side:
            yield _absent(asked, "per_household", INCOMPLETE, area=side, period=year)
    yield from _differences(asked, cost[cost["level"] == "area"], incomplete)


def _level_rows(asked: Asked, cell: dict[str, Any]) -> Iterator[Row]:
    """Yield the rows of one side, period and law; a level is a full count, without interval."""
    place = asked.where | {"area": cell["area"], "period": cell["period"], "law": cell["law"]}
    behind = {name: cell[column] for name, column in BEHIND.items()}
    unit = _unit(asked)
    yield estimate_row(
        Table.HOUSEHOLD, "per_household", estimate=cell["per_household"], unit=unit,
        **place, **behind,
    )  # fmt: skip
    if cell["users"] > 0:
        yield estimate_row(
            Table.HOUSEHOLD, "per_household_with_care", estimate=cell["per_user"], unit=unit,
            **place, **behind,
        )  # fmt: skip
        for name in QUANTILES:
            few = {"n": cell[f"{name}_behind"], "n_households": cell[f"{name}_behind"]}
            found: Row = {"estimate": cell[name]}
            if cell[name] != cell[name]:
                reason = "too_few_households_behind"
                found = {"status": Status.NOT_ESTIMABLE, "reason": reason}
            yield estimate_row(Table.HOUSEHOLD, name, unit=unit, **found, **place, **few)
    yield from _count_rows(cell, place)


def _count_rows(cell: dict[str, Any], place: dict[str, str]) -> Iterator[Row]:
    """Yield how many households there were, with and without care."""
    users, people = {"n_households": cell["users"]}, {"n": cell["persons"]}
    yield estimate_row(
        Table.HOUSEHOLD, "share_with_care", estimate=cell["users"] / cell["households"],
        unit="share", **place, **users, **people,
    )  # fmt: skip
    yield estimate_row(
        Table.HOUSEHOLD, "count", category="households=with_care", estimate=cell["users"],
        unit="households", **place, **users, **people,
    )  # fmt: skip
    if cell["law"] != ALL:
        return
    counts = {"all": cell["households"], "without_care": cell["households"] - cell["users"]}
    for name, count in counts.items():
        yield estimate_row(
            Table.HOUSEHOLD, "count", category=f"households={name}", estimate=count,
            unit="households", n_households=count, **place,
        )  # fmt: skip
    yield estimate_row(
        Table.HOUSEHOLD, "household_years", estimate=cell["household_years"], unit="years",
        n_households=cell["households"], **place,
    )  # fmt: skip


def _differences(asked: Asked, areas: pd.DataFrame, incomplete: list[str]) -> Iterator[Row]:
    """Yield pilot minus comparison: per year since the year before, per wave since the window."""
    study = asked.study
    first = str(cost_year(study, study.baseline.id))
    later = [str(year) for year in range(int(first) + 1, study.cost_years[1] + 1)]
    spans = [(year, first, {"period": year}) for year in later]
    spans += [(wave.id, BASELINE, {"wave": wave.id}) for wave in study.waves[1:]]
    there = set(areas["period"])
    for period, before, where in spans:
        if not {period, before} <= there:
            reason = INCOMPLETE if period in incomplete else "window_incomplete"
            yield _absent(asked, "difference", reason, area=BETWEEN, **where)
            continue
        chosen = areas[areas["period"].isin([period, before])]
        for law, mine in chosen.groupby("law", sort=False):
            yield _difference(asked, mine, (period, before), where | {"law": str(law)})


def _difference(
    asked: Asked, cells: pd.DataFrame, periods: tuple[str, str], where: dict[str, str]
) -> Row:
    now, before = (cells[cells["period"] == p].set_index("area") for p in periods)
    before = before.loc[now.index]
    change = (now["per_household"] - before["per_household"]).to_numpy(float)
    treated = (now["side"] == str(Side.PILOT)).to_numpy()
    weights = now["household_years"].to_numpy(float)
    if asked.question.weighting is not Weighting.RESIDENT:
        weights[:] = 1.0
    try:
        check_arms(treated, now.index, len(now))
        found = cr2(collapsed_fit(change, weights, treated), TREATED)
    except RefusedError:
        return _absent(asked, "difference", "too_few_areas", area=BETWEEN, **where)
    low, high = interval(found.estimate, found.std_error, found.df, 1 - asked.study.design.alpha)
    smallest = cells.groupby(["side", "period"])[["persons", "users"]].sum().min()
    return estimate_row(
        Table.HOUSEHOLD, "difference", area=BETWEEN, estimate=found.estimate,
        std_error=found.std_error, ci_low=low, ci_high=high, df=found.df, method=METHOD,
        n=smallest["persons"], n_households=smallest["users"], n_clusters=found.n_clusters,
        unit=_unit(asked), **asked.where, **where,
    )  # fmt: skip


def _unit(asked: Asked) -> str:
    return f"EUR_{asked.study.price_level}/household/year"


def _absent(asked: Asked, term: str, reason: str, **where: str) -> Row:
    return estimate_row(
        Table.HOUSEHOLD, term, status=Status.NOT_ESTIMABLE, reason=reason, unit=_unit(asked),
        **asked.where, **where,
    )  # fmt: skip
