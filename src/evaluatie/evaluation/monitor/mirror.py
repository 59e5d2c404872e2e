"""Rows: one provider beside anonymous others, and what care costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.costs.durations.care import care_courses
from evaluatie.costs.providers.care import provider_care
from evaluatie.costs.providers.pattern import (
    CLIENTS,
    COMPARED,
    COST,
    COST_RATIO,
    DECLARED,
    DURATION,
    HOUSEHOLDS,
    provider_patterns,
)
from evaluatie.costs.providers.rates import agreed_rates, cost_by_laws
from evaluatie.domain import Status
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.mirror_limits import Spread, limits, spread_of
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]
FEWEST_PROVIDERS = 5
"""Below this, who is who among the others would be no secret."""
QUARTERS = {"low": 0.25, "median": 0.5, "high": 0.75}
NUMBERED = (CLIENTS, HOUSEHOLDS)
BEHIND = ("n", "n_households", "top1_share", "top2_share")


def mirror_rows(asked: Asked) -> Iterator[Row]:
    """Yield the pattern of the providers that get a report, and of all providers without names.

    Only a provider that a report is made for is named (``provider=``); all of them, these
    included, stand among the others by a number in order of size (``peer=``). Years are those
    before the waves of such reports, and the one before the first wave.
    """
    products, codebook = asked.products, asked.codebook
    if products.ledger is None:
        return
    laws, basis = asked.indicator.laws, str(asked.indicator.basis)
    years = _years(asked)
    care = provider_care(products.ledger, products.data, laws, basis, codebook, years)
    courses = care_courses(products.data, asked.indicator, asked.study, codebook).frame
    pattern = _at_price_level(provider_patterns(care, courses, years), asked)
    named = _named(asked)
    for (law, year, measure), rows in pattern.groupby(["law", "year", "measure"]):
        where = asked.where | {"area": "all", "law": str(law), "period": str(year)}
        yield from _measure_rows(asked, str(measure), rows, named, where)
    for year in years:
        yield from _rate_rows(asked, year)
        yield from _household_rows(asked, year, basis)


def _named(asked: Asked) -> list[str]:
    """Return the providers that a report is made for, in order."""
    specs = asked.book.reports.values()
    return list(dict.fromkeys(name for spec in specs for name in spec.providers))


def _years(asked: Asked) -> tuple[int, ...]:
    """Return the last whole year before each wave that a report is made of, and the baseline."""
    study, section = asked.study, asked.question.section
    specs = [spec for spec in asked.book.reports.values() if section in spec.sections]
    waves = {study.baseline.id, *(wave for spec in specs for wave in spec.waves)}
    first, last = study.cost_years
    years = {wave.start.year - 1 for wave in study.waves if wave.id in waves}
    return tuple(sorted(year for year in years if first <= year <= last))


def _at_price_level(pattern: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """Return the pattern with euros of the price level of the study; ratios keep their years."""
    years = {int(year) for year in pattern["year"].unique()}
    level = asked.study.price_level
    factor = {year: asked.codebook.price_factor(year, level) for year in years}
    euros = (pattern["measure"] == COST).to_numpy()
    times = np.where(euros, pattern["year"].map(factor).astype(float), 1.0)
    return pattern.assign(
        estimate=pattern["estimate"] * times, target=pattern["target"].astype(float) * times
    )


def _measure_rows(
    asked: Asked, measure: str, rows: pd.DataFrame, named: Iterable[str], where: dict[str, str]
) -> Iterator[Row]:
    unit = _unit(measure, asked)
    enough = len(rows) >= FEWEST_PROVIDERS
    compared = enough and measure in COMPARED
    spread = spread_of(rows, unit == "share") if compared else None
    by_provider = rows.set_index("provider_id")
    for provider in named:
        if provider not in by_provider.index:
            continue
        mine = by_provider.loc[provider]
        yield _own(measure, f"provider={provider}", mine, unit, where)
        if spread is not None:
            yield from _own_limits(measure, provider, mine, spread, unit, where)
    if measure in NUMBERED:
        return
    yield from _others(measure, rows, unit, where, enough)
    if spread is not None:
        yield from _points(measure, rows, unit, where)
        yield from _curves(measure, rows, spread, unit, where)


def _own(measure: str, category: str, cell: pd.Series, unit: str, where: dict[str, str]) -> Row:
    absent = {} if np.isfinite(cell["estimate"]) else {
        "status": Status.NOT_ESTIMABLE, "reason": "fewer_than_half_completed",
    }  # fmt: skip
    behind = {name: float(cell[name]) for name in BEHIND}
    return estimate_row(
        Table.MIRROR, measure, category=category, estimate=float(cell["estimate"]),
        unit=unit, **behind, **absent, **where,
    )  # fmt: skip


def _own_limits(
    measure: str, provider: str, cell: pd.Series, spread: Spread, unit: str, where: dict[str, str]
) -> Iterator[Row]:
    """Yield between which limits a provider of this size and make-up lies like the others."""
    for name, low, high in limits(spread, float(cell["std_error"]), float(cell["size"])):
        yield estimate_row(
            Table.MIRROR, f"{measure}_limits", category=f"provider={provider}|limits={name}",
            estimate=spread.target, ci_low=low, ci_high=high, unit=unit, method=spread.method,
            n=float(cell["n"]), n_households=float(cell["n_households"]), **where,
        )  # fmt: skip


def _others(
    measure: str, rows: pd.DataFrame, unit: str, where: dict[str, str], enough: bool
) -> Iterator[Row]:
    """Yield the quartiles over all providers; of few of them nothing but the reason.

    A quartile is the value of one provider or lies between two: the people behind it are those of
    the smaller one.
    """
    known = rows[rows["estimate"].notna()].sort_values("estimate")
    common = {"unit": unit, "n_providers": float(len(rows))} | where
    if not enough or len(known) < FEWEST_PROVIDERS:
        yield estimate_row(
            Table.MIRROR, f"{measure}_quartile", category="peers=median",
            status=Status.NOT_ESTIMABLE, reason="too_few_providers", **common,
        )  # fmt: skip
        return
    for name, level in QUARTERS.items():
        place = level * (len(known) - 1)
        beside = known.iloc[[int(np.floor(place)), int(np.ceil(place))]]
        yield estimate_row(
            Table.MIRROR, f"{measure}_quartile", category=f"peers={name}",
            estimate=float(np.quantile(known["estimate"], level)),
            n=float(beside["n"].min()), n_households=float(beside["n_households"].min()),
            **common,
        )  # fmt: skip


def _points(measure: str, rows: pd.DataFrame, unit: str, where: dict[str, str]) -> Iterator[Row]:
    """Yield every provider without its name, the largest first."""
    ordered = rows.sort_values(["n", "n_households", "estimate"], ascending=False)
    for number, (_, cell) in enumerate(ordered.iterrows(), start=1):
        yield _own(measure, f"peer={number}", cell, unit, where)


def _curves(
    measure: str, rows: pd.DataFrame, spread: Spread, unit: str, where: dict[str, str]
) -> Iterator[Row]:
    """Yield the limits for a provider of the usual make-up, at sizes from small to large.

    The people behind a limit are those of a provider of that size.
    """
    common = {"n_providers": float(len(rows))} | where
    for size in spread.sizes:
        for name, low, high in limits(spread, spread.error_at(size), size):
            yield estimate_row(
                Table.MIRROR, f"{measure}_limits", category=f"size={size}|limits={name}",
                estimate=spread.target, ci_low=low, ci_high=high, method=spread.method,
                unit=unit, n=float(size), **common,
            )  # fmt: skip
    yield estimate_row(
        Table.MIRROR, f"{measure}_spread", category="spread=phi", estimate=spread.phi,
        unit="ratio", n=float(rows["n"].median() // 1), **common,
    )  # fmt: skip


def _unit(measure: str, asked: Asked) -> str:
    if measure in NUMBERED:
        return "persons" if measure == CLIENTS else "households"
    if measure == COST:
        return f"EUR_{asked.study.price_level}/client/year"
    if measure == DURATION:
        return "days"
    return "ratio" if measure in (COST_RATIO, DECLARED) else "share"


def _rate_rows(asked: Asked, year: int) -> Iterator[Row]:
    """Yield what one unit of each product costs by agreement, in prices of the year."""
    feed = asked.products.data.feeds["arrangements"]
    found = agreed_rates(feed, asked.indicator.laws, year, asked.codebook)
    for cell in found.to_dict("records"):
        product = f"product_code={cell['product_code']}|unit={cell['unit']}"
        place = asked.where | {"area": "all", "law": cell["law"], "period": str(year)}
        place |= {name: cell[name] for name in ("n", "n_households")}
        place["n_providers"] = cell["n_providers"]
        yield estimate_row(
            Table.MIRROR, "agreed_rate", category=f"{product}|over={cell['over']}",
            estimate=cell["rate_eur"], unit="EUR/unit", **place,
        )  # fmt: skip
        if cell["over"] == "median":
            yield estimate_row(
                Table.MIRROR, "arrangements", category=product, estimate=cell["arrangements"],
                unit="assignments", **place,
            )  # fmt: skip


def _household_rows(asked: Asked, year: int, basis: str) -> Iterator[Row]:
    """Yield what a household costs in a year, by the number of laws that paid for it."""
    ledger, study = asked.products.ledger, asked.study
    if ledger is None:
        return
    price = asked.codebook.price_factor(year, study.price_level)
    for cell in cost_by_laws(ledger, year, basis).to_dict("records"):
        behind = {name: cell[name] for name in (*BEHIND, "n_providers")}
        yield estimate_row(
            Table.MIRROR, "household_eur", category=f"laws={cell['laws']}",
            estimate=cell["eur_per_household"] * price, area="all", period=str(year),
            unit=f"EUR_{study.price_level}/household/year", **behind, **asked.where,
        )  # fmt: skip
