"""Rows: changes of staff around a household."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs import staff_spells
from evaluatie.domain import Side
from evaluatie.errors import RefusedError
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.duration_groups import (
    BEFORE,
    BOTH,
    FEWEST,
    SINCE,
    Pen,
    compared,
    moments,
    project_start,
)
from evaluatie.methods import cox, interval, mean_cumulative, spells

Row = dict[str, Any]
YEAR = 365.25
UNIT = "per_household_year"
TWO_YEARS = 730.0  # days of the curve where the indicator declares none


def recurrent_rows(asked: Asked) -> Iterator[Row]:
    """Yield how often the professionals around a household change.

    Notes
    -----
    Changes and days at risk as `costs.staff_spells` defines them. ``rate``: changes per household
    year with someone around, per side, by year and before and since the start of the project.
    ``mean_changes``: mean number of changes by day since a household came into view (Nelson-Aalen).
    ``change``, ``difference`` and ``change_difference`` of the rate over areas. ``rate_ratio``:
    Andersen-Gill on calendar time, so that what changed everywhere on a day drops out: how the
    ratio of pilot to comparison changed since the start. Households are the units of descriptions,
    areas of the comparison. n is the number of households: the feed knows no persons.
    """
    frame = staff_spells(asked.products.data, asked.indicator, asked.study)
    frame = frame[frame["side"] != ""]
    pen = Pen(asked, asked.where)
    if frame.empty:
        yield pen.absent("rate", "no_staff_in_areas", unit=UNIT)
        return
    start = _day(project_start(asked))
    first, last = frame["start"].min(), frame["stop"].max()
    windows = {BEFORE: (first, min(start - 1, last)), SINCE: (start - 1, last)}
    yield from _periods(pen, frame, windows)
    for year in range(asked.study.cost_years[0], asked.study.cost_years[1] + 1):
        opening, closing = (_day(pd.Timestamp(y, 1, 1)) - 1 for y in (year, year + 1))
        part = within(frame, opening, closing)
        for side in Side:
            yield rate_row(pen.at(area=str(side), period=str(year)), part[part["side"] == side])
    yield from _ratio(pen, frame, start)


def within(frame: pd.DataFrame, first: float, last: float) -> pd.DataFrame:
    """Return the time at risk, and the changes, on ``(first, last]``."""
    start, stop = frame["start"].clip(lower=first), frame["stop"].clip(upper=last)
    changed = frame["changed"].where((frame["stop"] <= last) & (frame["stop"] > first), 0)
    return frame.assign(start=start, stop=stop, changed=changed)[stop > start]


def rate_row(pen: Pen, part: pd.DataFrame) -> Row:
    """Return changes per household year, households as independent units.

    Notes
    -----
    ``r = D / T``; the variance is that of a ratio of sums over households, the interval on the log
    scale; without any change it ends at the exact Poisson bound.
    """
    households = int(part["household_id"].nunique())
    behind = {"n": households, "n_households": households}
    if households < FEWEST:
        return pen.absent("rate", "fewer_than_ten", unit=UNIT, **behind)
    sums = (
        part.assign(years=(part["stop"] - part["start"]) / YEAR)
        .groupby("household_id")[["changed", "years"]]
        .sum()
    )
    years, events = float(sums["years"].sum()), float(sums["changed"].sum())
    rate = events / years
    if not events:
        high = -float(np.log((1 - pen.level) / 2)) / years
        return pen.row("rate", 0.0, ci_low=0.0, ci_high=high, unit=UNIT, method="poisson", **behind)
    gaps = sums["changed"] - rate * sums["years"]
    error = float(np.sqrt((gaps**2).sum())) / years
    low, high = interval(float(np.log(rate)), error / rate, np.inf, pen.level)
    return pen.row("rate", rate, std_error=error, ci_low=float(np.exp(low)),
                   ci_high=float(np.exp(high)), unit=UNIT, method="ratio_by_household",
                   **behind)  # fmt: skip


def _periods(
    pen: Pen, frame: pd.DataFrame, windows: dict[str, tuple[float, float]]
) -> Iterator[Row]:
    parts = {when: within(frame, *window) for when, window in windows.items()}
    horizon = float(pen.asked.indicator.horizon_days or TWO_YEARS)
    yield pen.row("horizon", horizon, unit="days", method="declared",
                  n=frame["household_id"].nunique())  # fmt: skip
    for side in Side:
        here = pen.at(area=str(side))
        for when, part in parts.items():
            mine, place = part[part["side"] == side], here.at(category=f"when={when}")
            yield rate_row(place, mine)
            yield from _curve(place, mine, moments(horizon))
    both = pen.at(area=BOTH)
    for when, part in parts.items():
        yield _contrast(both.at(category=f"when={when}"), "difference", (part,))
    yield _contrast(both, "change_difference", (parts[SINCE], parts[BEFORE]))


def _curve(pen: Pen, part: pd.DataFrame, days: npt.NDArray[np.float64]) -> Iterator[Row]:
    """Yield the mean number of changes by day since a household came into view."""
    origin = part.groupby("household_id")["start"].transform("min")
    start, stop = part["start"] - origin, part["stop"] - origin
    if part["household_id"].nunique() < FEWEST:
        yield pen.absent("mean_changes", "fewer_than_ten", unit="changes")
        return
    data = spells(stop, part["changed"], start, clusters=part["household_id"])
    for day in days[1:]:
        seen = part.loc[(start < day) & (stop >= day), "household_id"].nunique()
        if seen < FEWEST:
            return
        found = mean_cumulative(data, [day])
        estimate, error = float(found.estimate[0]), float(found.std_error[0])
        low, high = 0.0, 0.0
        if estimate > 0:
            low, high = interval(float(np.log(estimate)), error / estimate, np.inf, pen.level)
            low, high = float(np.exp(low)), float(np.exp(high))
        yield pen.at(category=f"day={day:.0f}").row(
            "mean_changes", estimate, std_error=error, ci_low=low, ci_high=high, unit="changes",
            method="nelson_aalen_by_household", n=seen, n_households=seen,
        )  # fmt: skip


def _contrast(pen: Pen, term: str, parts: tuple[pd.DataFrame, ...]) -> Row:
    """Return pilot minus comparison of the rate, or of its change, over areas."""
    values, weights, thin = [], [], 0
    for area in pen.asked.study.areas:
        mine = [part[part["area"] == area.code] for part in parts]
        years = [float((p["stop"] - p["start"]).sum()) / YEAR for p in mine]
        thin += any(p["household_id"].nunique() < FEWEST for p in mine)
        rates = [p["changed"].sum() / y if y else np.nan for p, y in zip(mine, years, strict=True)]
        values.append(rates[0] - sum(rates[1:]))
        weights.append(sum(years))
    n = min(p.loc[p["side"] == side, "household_id"].nunique() for side in Side for p in parts)
    behind = {"n": n, "n_households": n}
    if thin:
        return pen.absent(term, f"too_few_in_area:{thin}", unit=UNIT, **behind)
    return compared(pen, term, values, weights, UNIT, behind)


def _ratio(pen: Pen, frame: pd.DataFrame, start: float) -> Iterator[Row]:
    """Yield the Andersen-Gill ratio of ratios, once by household and once by area."""
    both = pd.concat([within(frame, -np.inf, start - 1).assign(since=False),
                      within(frame, start - 1, np.inf).assign(since=True)])  # fmt: skip
    n = int(both["household_id"].nunique())
    behind = {"n": n, "n_households": n}
    pilot = both["side"] == Side.PILOT
    X = np.column_stack([pilot, pilot & both["since"]]).astype(float)
    place = pen.at(area=BOTH)
    try:
        data = spells(both["stop"], both["changed"], both["start"], clusters=both["household_id"])
        fit = cox(data, X, ["pilot", "change"])
    except RefusedError:
        yield place.absent("rate_ratio", "no_ratio", unit="ratio", **behind)
        return
    log, error = fit.log_ratio("change")
    sums = np.bincount(pd.factorize(both["area"])[0], fit.influence[:, fit.position("change")])
    G = len(sums)
    by_area = float(np.sqrt((sums**2).sum() * G / (G - 1)))
    for unit, spread, df in (("household", error, np.inf), ("area", by_area, G - 2)):
        low, high = interval(log, spread, df, pen.level)
        few = {"n_clusters": G, "df": df} if unit == "area" else {}
        yield place.at(category=f"cluster={unit}").row(
            "rate_ratio", float(np.exp(log)), std_error=spread, ci_low=float(np.exp(low)),
            ci_high=float(np.exp(high)), unit="ratio", method="andersen_gill", **few, **behind,
        )  # fmt: skip


def _day(moment: pd.Timestamp) -> float:
    return float(moment.to_datetime64().astype("datetime64[D]").astype(np.int64))
