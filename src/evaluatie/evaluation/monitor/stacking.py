"""Rows: what households have at once, in which combinations, for how long, and how that ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from evaluatie.costs import stacking
from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.costs.households.at_once import (
    HIGHEST,
    at_once_classes,
    at_once_levels,
    highest_at_once,
)
from evaluatie.costs.households.care import LAWS, care_spells
from evaluatie.costs.households.combinations import combinations
from evaluatie.costs.households.concentration import baseline_year
from evaluatie.costs.households.residence import Residence, residence
from evaluatie.domain import CostBasis, Side, Status
from evaluatie.evaluation.monitor.area_contrast import area_contrast
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.stacking_episodes import episode_rows
from evaluatie.methods import interval, logit_interval
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]
MINIMUM = 2  # laws at once that are stacking, where the indicator does not say
SAME_DAY = "same_day"
OR_MORE = "+"


def stacking_rows(asked: Asked) -> Iterator[Row]:
    """Yield how households are stacked: levels, combinations, episodes, pilot and comparison."""
    products = asked.products
    if (ledger := products.ledger) is None:
        return
    homes = residence(products.data, asked.study)
    yield from _share_rows(asked, ledger, homes)
    if missing := _missing(asked, ledger):
        yield _absent(asked, missing)
        return
    minimum = asked.indicator.minimum or MINIMUM
    spells = care_spells(products.data, asked.indicator, asked.codebook, asked.study, homes)
    if spells.empty:
        yield _absent(asked, "no_care_in_register")
        return
    highest = highest_at_once(spells, homes)
    levels = at_once_levels(highest, homes, asked.study, minimum)
    yield from _level_rows(asked, levels, minimum)
    yield from _change_rows(asked, levels, minimum)
    yield from _class_rows(asked, at_once_classes(highest, homes, asked.study))
    yield from _combination_rows(asked, ledger, homes)
    yield from episode_rows(asked, spells, homes, minimum)


def _share_rows(asked: Asked, ledger: CostLedger, homes: Residence) -> Iterator[Row]:
    """Yield the share of households with support under several laws in the same month."""
    data = asked.products.data
    found = stacking(ledger, data, asked.indicator, asked.study, asked.codebook, homes)
    for cell in found[found["level"] == "side"].to_dict("records"):
        place = asked.where | {"area": cell["area"], "period": str(cell["year"])}
        behind = {
            "n": cell["stacked_households"], "n_households": cell["stacked_households"],
            "unit": "share",
        }  # fmt: skip
        for term in ("share_of_users", "share_of_households"):
            yield estimate_row(Table.PROCESS, term, estimate=cell[term], **place, **behind)


def _level_rows(asked: Asked, levels: pd.DataFrame, minimum: int) -> Iterator[Row]:
    level = 1 - asked.study.design.alpha
    for cell in levels[levels["level"] == "side"].to_dict("records"):
        place = asked.where | {"area": cell["area"], "period": str(cell["year"])}
        users, share = cell["user_households"], cell["stacked_share"]
        if users < MINIMUM:
            yield _absent(asked, "no_care_in_register", **place, category=f"what={cell['what']}")
            continue
        low, high = logit_interval(share, cell["stacked_error"], users - 1, level, users)
        yield estimate_row(
            Table.STACKING, "stacked_share", category=_stacked(cell["what"], minimum),
            estimate=share, std_error=cell["stacked_error"], ci_low=low, ci_high=high,
            df=users - 1, unit="share", method=SAME_DAY, **place,
            **_behind(cell["stacked_households"]),
        )  # fmt: skip
        low, high = interval(cell["mean"], cell["mean_error"], users - 1, level)
        yield estimate_row(
            Table.STACKING, "mean_at_once", category=f"what={cell['what']}", estimate=cell["mean"],
            std_error=cell["mean_error"], ci_low=low, ci_high=high, df=users - 1, unit="number",
            method=SAME_DAY, **place, **_behind(users),
        )  # fmt: skip


def _change_rows(asked: Asked, levels: pd.DataFrame, minimum: int) -> Iterator[Row]:
    """Yield the change in the stacked share since the baseline year: each side, and between."""
    start = baseline_year(asked.study)
    if start not in set(levels["year"]):
        yield _absent(asked, "no_baseline_year", term="difference")
        return
    for (what, year), now in levels[levels["year"] > start].groupby(["what", "year"], sort=True):
        then = levels[(levels["year"] == start) & (levels["what"] == what)].set_index("area")
        now = now.set_index("area")
        change = now["stacked_share"] - then["stacked_share"]
        fewest = pd.concat([now, then])["stacked_households"].groupby(level=0).min()
        same = asked.where | {
            "period": str(year), "category": _stacked(str(what), minimum), "unit": "share",
        }  # fmt: skip
        for side in Side:
            yield estimate_row(
                Table.STACKING, "change", area=side, estimate=change[side], method=SAME_DAY,
                **same, **_behind(fewest[side]),
            )  # fmt: skip
        found = area_contrast(asked, change, now["user_households"])
        behind = _behind(fewest[list(Side)].min())
        yield estimate_row(Table.STACKING, "difference", **found, **same, **behind)


def _class_rows(asked: Asked, classes: pd.DataFrame) -> Iterator[Row]:
    """Yield how many households have how many things at once, by month and at their highest."""
    cells = ["area", "year", "what"]
    whole = classes.groupby(cells)["months"].transform("sum")
    for cell in classes.assign(share=classes["months"] / whole).to_dict("records"):
        place = asked.where | {"area": cell["area"], "period": str(cell["year"])}
        count = f"{cell['at_once']}{OR_MORE if cell['at_once'] == HIGHEST else ''}"
        yield estimate_row(
            Table.STACKING, "share_of_months", category=f"what={cell['what']}|at_once={count}",
            estimate=cell["share"], unit="share", method=SAME_DAY, **place,
            **_behind(cell["households"]),
        )  # fmt: skip
        if cell["highest"]:
            yield estimate_row(
                Table.STACKING, "count", category=f"what={cell['what']}|highest={count}",
                estimate=cell["highest"], unit="households", method=SAME_DAY, **place,
                **_behind(cell["highest"]),
            )  # fmt: skip


def _combination_rows(asked: Asked, ledger: CostLedger, homes: Residence) -> Iterator[Row]:
    """Yield every exact set of laws in a month: how often, how many households, what it costs."""
    found = combinations(ledger, asked.indicator, homes, asked.study, asked.codebook)
    for cell in found.to_dict("records"):
        same = asked.where | {
            "area": cell["area"], "period": str(cell["year"]), "category": f"set={cell['set']}",
            "method": "same_month", "n_providers": cell["providers"] or None,
        }  # fmt: skip
        behind = _behind(cell["households"])
        for term, column, unit in (
            ("share_of_months", "share_of_months", "share"),
            ("household_months", "months", "count"),
            ("count", "households", "households"),
        ):
            yield estimate_row(
                Table.STACKING, term, estimate=cell[column], unit=unit, **same, **behind
            )
        yield estimate_row(
            Table.STACKING, "mean", estimate=cell["eur_per_month"], **same, **behind,
            unit=f"EUR_{asked.study.price_level}/household/month",
            top1_share=cell["top1_share"], top2_share=cell["top2_share"],
        )  # fmt: skip


def _missing(asked: Asked, ledger: CostLedger) -> str:
    """Return why nothing can be said of all laws together, or an empty text."""
    laws = [law for law in asked.indicator.laws
            if not ledger.has(law, str(CostBasis.ALLOCATED), asked.codebook)]  # fmt: skip
    return f"missing_feed_of:{laws[0]}" if laws else ""


def _absent(asked: Asked, reason: str, term: str = "stacked_share", **place: Any) -> Row:
    same = asked.where | {"category": f"what={LAWS}"} | place
    return estimate_row(Table.STACKING, term, status=Status.NOT_ESTIMABLE, reason=reason, **same)


def _stacked(what: str, minimum: int) -> str:
    return f"what={what}|at_once={minimum}{OR_MORE}"


def _behind(households: float) -> dict[str, Any]:
    return {"n": households, "n_households": households}
