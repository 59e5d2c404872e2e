"""Rows: how long support under several laws at once lasts, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.costs.booking.places import day_numbers
from evaluatie.costs.households.episodes import RUNNING, stacking_episodes
from evaluatie.costs.households.residence import Residence
from evaluatie.domain import Side, Status
from evaluatie.errors import RefusedError
from evaluatie.evaluation.monitor.area_contrast import area_contrast
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.methods import interval, logit_interval
from evaluatie.methods.survival.cumulative_incidence import cumulative_incidence
from evaluatie.methods.survival.kaplan_meier import kaplan_meier
from evaluatie.methods.survival.restricted_mean import restricted_mean
from evaluatie.methods.survival.spells import Spells, spells
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
BEFORE, SINCE = "before_start", "since_start"
ERAS = (BEFORE, SINCE)
WITHIN = 365  # days in which the restricted mean and the shares that ended are counted


def episode_rows(asked: Asked, care: pd.DataFrame, homes: Residence, minimum: int) -> Iterator[Row]:
    """Yield how often stacking began, how long it lasted and how it ended, per side and era.

    ``begun=before_start`` are the episodes that began before the start of the pilot, and
    ``since_start`` those that began after it, whenever they ended.
    """
    found = stacking_episodes(care, minimum, homes, asked.study)
    found = _with_side(found, asked.study)
    yield from _begin_rows(asked, found)
    seen = found[found["seen_to_begin"]]
    for side in Side:
        for era in ERAS:
            mine = seen[(seen["side"] == side) & (seen["era"] == era)]
            place = asked.where | {"area": side}
            yield from _duration_rows(asked, mine, place, f"begun={era}")
            yield from _end_rows(asked, mine, place, f"begun={era}")
    yield _difference_row(asked, seen)


def _with_side(found: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Add side, era and year of the beginning; leave out what began elsewhere."""
    start = int(day_numbers(pd.Series([pd.Timestamp(study.pilot_start)]))[0])
    sides = {area.code: str(area.side) for area in study.areas}
    year = found["first"].to_numpy().astype("datetime64[D]").astype("datetime64[Y]").astype(int)
    found = found.assign(
        side=found["area"].map(sides),
        era=np.where(found["first"] < start, BEFORE, SINCE),
        year=year + np.datetime64(0, "Y").astype(object).year,
    )
    return found[found["side"].notna()]


def _begin_rows(asked: Asked, found: pd.DataFrame) -> Iterator[Row]:
    """Yield how many episodes began in each year, and how many already ran."""
    for (side, year, seen), mine in found.groupby(["side", "year", "seen_to_begin"], sort=True):
        yield estimate_row(
            Table.STACKING, "episodes", area=side, period=str(year), estimate=len(mine),
            category=f"episodes={'began' if seen else 'already_running'}", unit="count",
            **_behind(mine), **asked.where,
        )  # fmt: skip


def _duration_rows(
    asked: Asked, mine: pd.DataFrame, place: dict[str, Any], era: str
) -> Iterator[Row]:
    level = 1 - asked.study.design.alpha
    same = place | _behind(mine) | {"unit": "days"}
    within = f"{era}|within={WITHIN}"
    if mine.empty:
        for term, category in (("median", era), ("restricted_mean", within)):
            yield _absent(term, category, "no_episodes", same)
        return
    data = _spells(mine)
    middle, low, high = kaplan_meier(data).quantile(0.5, level)
    if np.isnan(middle):
        yield _absent("median", era, "fewer_than_half_ended", same)
    else:
        yield estimate_row(
            Table.STACKING, "median", category=era, estimate=middle, method="kaplan_meier",
            ci_low=low, ci_high=high, **same,
        )  # fmt: skip
    try:
        found = restricted_mean(data, WITHIN)
    except RefusedError:
        yield _absent("restricted_mean", within, "follow_up_too_short", same)
        return
    low, high = interval(found.estimate, found.robust_error, np.inf, level)
    yield estimate_row(
        Table.STACKING, "restricted_mean", category=within, estimate=found.estimate,
        std_error=found.robust_error, ci_low=low, ci_high=high, method="kaplan_meier", **same,
    )  # fmt: skip


def _end_rows(asked: Asked, mine: pd.DataFrame, place: dict[str, Any], era: str) -> Iterator[Row]:
    """Yield the reasons why episodes ended, others competing, and the laws that went on."""
    level = 1 - asked.study.design.alpha
    reasons = [str(reason) for reason in sorted(mine["ended"].unique())]
    ends = [reason for reason in reasons if reason != RUNNING]
    for reason in reasons:
        chosen = mine[mine["ended"] == reason]
        yield estimate_row(
            Table.STACKING, "episodes", category=f"{era}|ended={reason}", estimate=len(chosen),
            unit="count", **place, **_behind(chosen),
        )  # fmt: skip
    for count, chosen in mine[mine["ended"] != RUNNING].groupby("laws_left", sort=True):
        yield estimate_row(
            Table.STACKING, "episodes", category=f"{era}|laws_left={int(count)}", unit="count",
            estimate=len(chosen), **place, **_behind(chosen),
        )  # fmt: skip
    data = _spells(mine, ends) if len(mine) else None
    for state, reason in enumerate(ends, start=1):
        same = place | _behind(mine[(mine["ended"] == reason) & (mine["days"] <= WITHIN)])
        category = f"{era}|ended={reason}|within={WITHIN}"
        try:
            found = cumulative_incidence(data, state, [WITHIN]) if data else None
        except RefusedError:
            found = None
        if found is None:
            yield _absent("ended_share", category, "follow_up_too_short", same)
            continue
        share, error = float(found.estimate[0]), float(found.std_error[0])
        low, high = logit_interval(share, error, np.inf, level, len(mine))
        yield estimate_row(
            Table.STACKING, "ended_share", category=category, estimate=share, std_error=error,
            ci_low=low, ci_high=high, unit="share", method="aalen_johansen", **same,
        )  # fmt: skip


def _difference_row(asked: Asked, seen: pd.DataFrame) -> Row:
    """Return the difference in change of the restricted mean between the eras, over areas."""
    codes = [area.code for area in asked.study.areas]
    means = {(code, era): _mean_of(seen, code, era) for code in codes for era in ERAS}
    change = pd.Series({code: means[code, SINCE] - means[code, BEFORE] for code in codes})
    size = seen.groupby("area")["household"].nunique().reindex(codes, fill_value=0)
    fewest = seen.groupby(["side", "era"])["household"].nunique().min() if len(seen) else 0
    return estimate_row(
        Table.STACKING, "difference", unit="days", n=fewest, n_households=fewest,
        category=f"begun={SINCE}|within={WITHIN}", **area_contrast(asked, change, size),
        **asked.where,
    )  # fmt: skip


def _mean_of(seen: pd.DataFrame, code: str, era: str) -> float:
    mine = seen[(seen["area"] == code) & (seen["era"] == era)]
    try:
        return restricted_mean(_spells(mine), WITHIN).estimate
    except RefusedError:
        return float("nan")


def _spells(mine: pd.DataFrame, ends: list[str] | None = None) -> Spells:
    """Return durations in days with the household as cluster; each end a state of its own."""
    ended = mine["ended"].to_numpy()
    state = (
        (ended != RUNNING).astype(int) if ends is None else pd.Index(ends).get_indexer(ended) + 1
    )
    return spells(mine["days"], state, clusters=mine["household"])


def _absent(term: str, category: str, reason: str, same: dict[str, Any]) -> Row:
    return estimate_row(
        Table.STACKING, term, category=category, status=Status.NOT_ESTIMABLE, reason=reason, **same
    )


def _behind(mine: pd.DataFrame) -> dict[str, Any]:
    households = mine["household"].nunique()
    return {"n": households, "n_households": households}
