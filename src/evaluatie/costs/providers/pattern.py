"""The pattern of each provider: one row per provider, law, year and measure."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from evaluatie.costs.durations.care import STATES
from evaluatie.costs.durations.waiting import kaplan_meier_median
from evaluatie.costs.providers.care import UNIT
from evaluatie.methods import ratio_errors, share_errors

COST_RATIO, DECLARED, TOGETHER, GOAL = (
    "cost_ratio",
    "declared_ratio",
    "together_share",
    "goal_share",
)
COST, DURATION, CLIENTS, HOUSEHOLDS = "cost_per_client", "median_days", "clients", "homes"
COMPARED = (COST_RATIO, DECLARED, TOGETHER, GOAL)
"""Measures with a standard error, so with the limits of a funnel."""
PROVIDER = "provider_id"
COLUMNS = (*UNIT, "measure", "estimate", "std_error", "target", "n", "n_households", "size",
           "top1_share", "top2_share")  # fmt: skip
_REACHED = [STATES.index(state) + 1 for state in ("scaled_down", "goal")]


def provider_patterns(
    care: pd.DataFrame, courses: pd.DataFrame, years: Iterable[int]
) -> pd.DataFrame:
    """Return the measures of every provider in some years.

    Parameters
    ----------
    care : DataFrame
        From `provider_care`.
    courses : DataFrame
        Courses of care (`care_courses`): provider_id, law, person_id, household_id, start, entry,
        stop, state.
    years : iterable of int
        Calendar years.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. ``size`` is the number that limits depend on: n / design effect for a
        ratio, n for a share. ``target`` is the value of all providers of the law and year together.

    Notes
    -----
    clients, homes: people and households with days of care. cost_per_client: euros per client in
    the year (prices of the year). cost_ratio: observed / expected euros. declared_ratio: declared /
    allocated euros. together_share: clients whose household had another provider in the same month.
    goal_share: of the courses of care that went on in the year, those that were scaled down or
    ended because the goal was reached in that year. median_days: Kaplan-Meier median until
    scaling down or end, over the courses that started in the cost years and seen up to the end of
    the year. ASSUMPTION for the errors of the ratios: households deviate from what is expected in
    proportion to it, with one spread for all providers of a law (`ratio_errors`).
    """
    care, courses = _numbered(care), _numbered(courses)
    courses["last"] = courses["start"] + pd.to_timedelta(courses["stop"] - 1, unit="D")
    parts = []
    for year in years:
        for law, mine in care[care["year"] == year].groupby("law"):
            known, here = mine[mine["days"] > 0], courses[courses["law"] == law]
            found = [
                *_numbers(known),
                _cost(known),
                _share(known, known["together"].astype(float), TOGETHER),
                _ratio(mine, "eur", "expected_eur", COST_RATIO, 1.0),
                _ratio(mine, "eur", "allocated_eur", DECLARED, None),
                _goal(here, year),
                _median(here, year),
            ]
            parts += [part.assign(law=law, year=year) for part in found if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True).reindex(columns=list(COLUMNS))


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return people and households as numbers, which are counted faster than texts."""
    coded = {name: pd.factorize(frame[name])[0] for name in ("person_id", "household_id")}
    return frame.assign(**coded)


def _behind(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the people and households behind each provider."""
    grouped = rows.groupby(PROVIDER)
    return pd.DataFrame(
        {"n": grouped["person_id"].nunique(), "n_households": grouped["household_id"].nunique()}
    )


def _table(frame: pd.DataFrame, measure: str) -> pd.DataFrame:
    return frame.rename_axis(PROVIDER).reset_index().assign(measure=measure)


def _numbers(known: pd.DataFrame) -> list[pd.DataFrame]:
    behind = _behind(known)
    return [
        _table(behind.assign(estimate=behind[column]), measure)
        for measure, column in ((CLIENTS, "n"), (HOUSEHOLDS, "n_households"))
    ]


def _cost(known: pd.DataFrame) -> pd.DataFrame:
    behind = _behind(known)
    total = known.groupby(PROVIDER)["eur"].sum()
    whole = known["eur"].sum() / (len(known) or np.nan)
    return _table(
        behind.assign(estimate=total / behind["n"], target=whole, **_largest(known)), COST
    )


def _largest(care: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the share of the largest and of the two largest households in each amount."""
    homes = care.groupby([PROVIDER, "household_id"])["eur"].sum().clip(lower=0)
    by_unit = homes.sort_values(ascending=False, kind="stable").groupby(level=PROVIDER)
    total = by_unit.sum()
    total = total.where(total > 0)
    return {f"top{k}_share": by_unit.head(k).groupby(level=PROVIDER).sum() / total for k in (1, 2)}


def _ratio(
    care: pd.DataFrame, over: str, under: str, measure: str, target: float | None
) -> pd.DataFrame:
    """Return a ratio of sums per provider; providers of whom nothing is expected are left out."""
    homes = care.groupby([PROVIDER, "household_id"])[[over, under]].sum()
    sums = homes.groupby(level=PROVIDER).sum()
    kept = sums[sums[under] > 0]
    if kept.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    homes = homes[homes.index.get_level_values(PROVIDER).isin(kept.index)]
    code = kept.index.get_indexer(homes.index.get_level_values(PROVIDER))
    errors = ratio_errors(homes[over], homes[under], code)
    whole = float(sums[over].sum() / sums[under].sum()) if target is None else target
    squares = np.bincount(code, homes[under] ** 2, len(kept))
    size = kept[under].to_numpy() ** 2 / squares  # so many equal households say as much
    found = _behind(care).reindex(kept.index).assign(
        estimate=kept[over] / kept[under], std_error=errors, target=whole, size=size,
        **_largest(care),
    )  # fmt: skip
    return _table(found, measure)


def _share(rows: pd.DataFrame, yes: pd.Series, measure: str) -> pd.DataFrame:
    if rows.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    counts = yes.groupby(rows[PROVIDER]).agg(["sum", "count"])
    target = float(counts["sum"].sum() / counts["count"].sum())
    found = _behind(rows).assign(
        estimate=counts["sum"] / counts["count"], target=target, size=counts["count"]
    )
    if 0 < target < 1:
        found["std_error"] = share_errors(found["size"], target)
    return _table(found, measure)


def _goal(courses: pd.DataFrame, year: int) -> pd.DataFrame:
    last = courses["last"].dt.year
    here = (courses["start"].dt.year <= year) & (last >= year)
    reached = courses["state"].isin(_REACHED) & (last == year)
    return _share(courses[here], reached[here].astype(float), GOAL)


def _median(courses: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the median until the end of the year; NaN where fewer than half came to an end."""
    known = courses[(courses["entry"] == 0) & (courses["start"].dt.year <= year)]
    if known.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    seen = ((pd.Timestamp(year, 12, 31) - known["start"]).dt.days + 1).to_numpy()
    stop = known["stop"].to_numpy()
    days, ended = np.minimum(stop, seen), (known["state"] > 0).to_numpy() & (stop <= seen)
    places = known.groupby(PROVIDER).indices
    median = {one: kaplan_meier_median(days[rows], ended[rows]) for one, rows in places.items()}
    found = _behind(known).assign(
        estimate=pd.Series(median, dtype=float), target=kaplan_meier_median(days, ended)
    )
    return _table(found, DURATION)
