"""Durations of groups of people: curves, restricted means, and how pilot and comparison differ.

A group is a side of the comparison, an area, a year. Within a side households are the independent
units; between the sides areas are, because what happens in an area happens to all who live there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.domain import Side, Status
from evaluatie.errors import RefusedError
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.methods import (
    RestrictedMean,
    Spells,
    SurvivalCurve,
    area_difference,
    clustered_error,
    interval,
    kaplan_meier,
    restricted_difference,
    restricted_mean,
)
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]
Ints = npt.NDArray[np.int64]
FEWEST = 10
"""People at risk below which a curve ends and no mean is given."""
BOTH = f"{Side.PILOT}-{Side.COMPARISON}"
BEFORE, SINCE = "before", "since"
SHORT, LONG = 120, 500  # days: horizons with points every week, month, quarter
NORMAL = float("inf")


@dataclass(frozen=True)
class Group:
    """Durations that one number speaks about.

    Attributes
    ----------
    person : ndarray of int, shape (n,)
        Number of the person of each duration.
    data : Spells
        The durations, clustered by household. Household numbers are those of the whole feed, so
        that households in two groups can be recognised.
    """

    person: Ints
    data: Spells

    @cached_property
    def behind(self) -> dict[str, int]:
        """Return how many people and households stand behind a number."""
        return _counted(self.person, self.data.cluster)

    def alive(self, day: float) -> dict[str, int]:
        """Return how many people and households are still at risk after a day."""
        mine = (self.data.stop >= day) & (self.data.start <= day)
        return _counted(self.person[mine], self.data.cluster[mine])

    @cached_property
    def reach(self) -> float:
        """Return the last day on which `FEWEST` people are at risk; 0 if there never are."""
        days = np.sort(self.data.stop)[::-1]
        for day in days[FEWEST - 1 :]:
            if self.alive(day)["n"] >= FEWEST:
                return float(day)
        return 0.0


def _counted(person: Ints, household: Ints) -> dict[str, int]:
    return {"n": len(np.unique(person)), "n_households": len(np.unique(household))}


def group_of(frame: pd.DataFrame) -> Group | None:
    """Return the group of these durations (`numbered`), None where there are none."""
    if frame.empty:
        return None
    entry = frame["entry"].to_numpy(dtype=float)
    data = Spells(
        np.where(entry > 0, entry, -np.inf),
        frame["stop"].to_numpy(dtype=float),
        frame["state"].to_numpy(dtype=np.int64),
        np.ones(len(frame)),
        frame["household"].to_numpy(dtype=np.int64),
    )
    return Group(frame["person"].to_numpy(dtype=np.int64), data)


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the durations of people in study areas that were seen, numbered for `group_of`.

    Parameters
    ----------
    frame : DataFrame
        One row per duration: person_id, household_id, area, side, start, entry, stop, state.
    """
    entry, stop = frame["entry"], frame["stop"]
    kept = frame[(frame["side"] != "") & (stop >= 0) & ((entry <= 0) | (stop > entry))]
    return kept.assign(
        person=pd.factorize(kept["person_id"])[0], household=pd.factorize(kept["household_id"])[0]
    ).reset_index(drop=True)


def split_at(frame: pd.DataFrame, start: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Return durations that began before ``start``, followed up to it, and those since.

    Notes
    -----
    What began before is censored on the day of the start: from then on it is neither before nor
    since, and no day is counted as exposed that could not have been.
    """
    earlier = frame["start"] < start
    before = frame[earlier]
    room = (start - before["start"]).dt.days.astype(float)
    cut = before["stop"] > room
    before = before.assign(
        stop=before["stop"].where(~cut, room), state=before["state"].where(~cut, 0)
    )
    before = before[(before["entry"] <= 0) | (before["stop"] > before["entry"])]
    return {BEFORE: before, SINCE: frame[~earlier]}


def moments(horizon: float) -> npt.NDArray[np.float64]:
    """Return the days of a curve: every week, month (30 days) or quarter, and the horizon."""
    step = 7 if horizon <= SHORT else 30 if horizon <= LONG else 91
    days = np.arange(0, horizon - step / 2, step)
    return np.append(days, horizon).astype(float)


def common_horizon(asked: Asked, groups: Iterable[Group | None]) -> float:
    """Return the declared horizon, or without one the longest that all groups reach, in days.

    Notes
    -----
    Reached: at least `FEWEST` people at risk. A declared horizon does not depend on the data; a
    group that does not reach it has no restricted mean, and says so.
    """
    if asked.indicator.horizon_days is not None:
        return float(asked.indicator.horizon_days)
    return min((group.reach for group in groups if group is not None), default=0.0)


@dataclass(frozen=True)
class Pen:
    """Writes rows of one question: where they stand, and at which confidence level."""

    asked: Asked
    where: Mapping[str, str]

    @property
    def level(self) -> float:
        """Return the confidence level of intervals."""
        return 1 - self.asked.study.design.alpha

    def at(self, **where: str) -> Pen:
        """Return the pen at another place; ``category`` is added to what there is."""
        merged = {**self.where, **where}
        parts = [self.where.get("category", ""), where.get("category", "")]
        merged["category"] = "|".join(part for part in parts if part)
        return replace(self, where=merged)

    def row(self, term: str, estimate: float, **values: Any) -> Row:
        """Return a row with a number."""
        return estimate_row(Table.DURATION, term, estimate=estimate, **self.where, **values)

    def absent(self, term: str, reason: str, **values: Any) -> Row:
        """Return a row that says why there is no number."""
        status = Status.NOT_ESTIMABLE
        return estimate_row(
            Table.DURATION, term, status=status, reason=reason, **self.where, **values
        )

    def bounds(self, estimate: float, std_error: float, df: float = NORMAL) -> dict[str, float]:
        """Return standard error and interval."""
        low, high = interval(estimate, std_error, df, self.level)
        found = {"std_error": std_error, "ci_low": low, "ci_high": high}
        return found if df == NORMAL else found | {"df": df}


def curve_rows(pen: Pen, group: Group | None, days: npt.NDArray[np.float64]) -> Iterator[Row]:
    """Yield the share without the end, day by day, as far as `FEWEST` people are at risk.

    Notes
    -----
    Also ``curve_ends``, the last such day, and the ``median``. The error of a share counts
    households as units, its interval is log-log; that of the median takes durations as independent.
    """
    if group is None or group.behind["n"] < FEWEST:
        behind = {"n": 0, "n_households": 0} if group is None else group.behind
        yield pen.absent("open_share", "fewer_than_ten", unit="share", **behind)
        return
    reach = group.reach
    yield pen.row("curve_ends", reach, unit="days", method="at_risk", **group.behind)
    try:
        curve = kaplan_meier(group.data)
    except RefusedError:
        yield pen.absent("open_share", "nobody_at_risk_early", unit="share", **group.behind)
        return
    yield _median_row(pen, curve, group)
    inside = days[days <= min(reach, group.data.stop.max())]
    errors = clustered_error(group.data, inside)
    low, high = curve.interval(inside, pen.level, errors)
    for day, share, error, a, b in zip(inside, curve.at(inside), errors, low, high, strict=True):
        yield pen.at(category=f"day={day:.0f}").row(
            "open_share", share, std_error=error, ci_low=a, ci_high=b, unit="share",
            method="kaplan_meier_by_household", **group.alive(day),
        )  # fmt: skip


def _median_row(pen: Pen, curve: SurvivalCurve, group: Group) -> Row:
    """Return the day by which half had the end, with the interval of the curve."""
    middle, low, high = curve.quantile(0.5, pen.level)
    if np.isnan(middle):
        return pen.absent("median", "fewer_than_half_completed", unit="days", **group.behind)
    return pen.row("median", middle, ci_low=low, ci_high=high, unit="days",
                   method="kaplan_meier", **group.behind)  # fmt: skip


def mean_of(group: Group | None, horizon: float) -> RestrictedMean | str:
    """Return the restricted mean of a group, or the reason why there is none."""
    if group is None or group.behind["n"] < FEWEST:
        return "fewer_than_ten"
    try:
        return restricted_mean(group.data, horizon)
    except RefusedError:
        return f"followed_too_short:{group.data.stop.max():.0f}"


def mean_row(pen: Pen, group: Group | None, horizon: float) -> Row:
    """Return the mean days without the end within the horizon."""
    found = mean_of(group, horizon)
    behind = {"n": 0, "n_households": 0} if group is None else group.behind
    if isinstance(found, str):
        return pen.absent("restricted_mean", found, unit="days", **behind)
    numbers = pen.bounds(found.estimate, found.robust_error)
    numbers["ci_low"], numbers["ci_high"] = max(numbers["ci_low"], 0), min(
        numbers["ci_high"], horizon
    )  # fmt: skip
    return pen.row(
        "restricted_mean", found.estimate, unit="days", method="restricted_mean_by_household",
        **numbers, **behind,
    )  # fmt: skip


def change_row(
    pen: Pen, term: str, later: Group | None, earlier: Group | None, horizon: float
) -> Row:
    """Return the difference of two groups on one side, households as independent units."""
    behind = smallest(later, earlier)
    found = mean_of(later, horizon), mean_of(earlier, horizon)
    if later is None or earlier is None or isinstance(found[0], str) or isinstance(found[1], str):
        reason = next(reason for reason in found if isinstance(reason, str))
        return pen.absent(term, reason, unit="days", **behind)
    estimate, error = restricted_difference((later.data, found[0]), (earlier.data, found[1]))
    return pen.row(
        term, estimate, unit="days", method="restricted_mean_by_household",
        **pen.bounds(estimate, error), **behind,
    )  # fmt: skip


def smallest(*groups: Group | None) -> dict[str, int]:
    """Return the people and households of the smallest of the groups."""
    counts = [{"n": 0, "n_households": 0} if g is None else g.behind for g in groups]
    return {key: min(count[key] for count in counts) for key in ("n", "n_households")}


def contrast_row(pen: Pen, term: str, frames: tuple[pd.DataFrame, ...], horizon: float) -> Row:
    """Return pilot minus comparison: of one period, or of the change between two.

    Parameters
    ----------
    frames : one or two DataFrames
        The durations of the period; or of the later and the earlier one.

    Notes
    -----
    A restricted mean (or change of it) per area; the difference of the means of both sides with a
    CR2 interval over areas, Bell-McCaffrey df. An area counts by its number of durations, so that
    the difference speaks about durations. Every area must have `FEWEST` people in each period.
    """
    asked = pen.asked
    values, weights, thin = [], [], 0
    for area in asked.study.areas:
        mine = [group_of(frame[frame["area"] == area.code]) for frame in frames]
        means = [mean_of(group, horizon) for group in mine]
        numbers = [m.estimate for m in means if isinstance(m, RestrictedMean)]
        thin += len(numbers) < len(frames)
        values.append(numbers[0] - sum(numbers[1:]) if len(numbers) == len(frames) else np.nan)
        weights.append(float(sum(group.data.n for group in mine if group is not None)))
    behind = smallest(*(
        group_of(frame[frame["side"] == side]) for side in Side for frame in frames
    ))  # fmt: skip
    if thin:
        return pen.absent(term, f"too_few_in_area:{thin}", unit="days", **behind)
    return compared(pen, term, values, weights, "days", behind)


def compared(
    pen: Pen, term: str, values: list[float], weights: list[float], unit: str,
    behind: Mapping[str, int],
) -> Row:  # fmt: skip
    """Return pilot minus comparison of one number per area of the study, CR2 over areas."""
    treated = [area.side == Side.PILOT for area in pen.asked.study.areas]
    try:
        test = area_difference(values, treated, weights)
    except RefusedError:
        return pen.absent(term, "too_few_areas", unit=unit, **behind)
    return pen.row(
        term, test.estimate, unit=unit, method="cr2_over_areas", n_clusters=test.n_clusters,
        **pen.bounds(test.estimate, test.std_error, test.df), **behind,
    )  # fmt: skip


def project_start(asked: Asked) -> pd.Timestamp:
    """Return the day from which a project counts: its own start, else that of the pilot."""
    starts = {project.id: project.start for project in asked.book.projects}
    return pd.Timestamp(starts.get(asked.indicator.project or "", asked.study.pilot_start))
