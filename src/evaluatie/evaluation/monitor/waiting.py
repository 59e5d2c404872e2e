"""How long people wait: medians and numbers per side and year, curves, means, differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from evaluatie.costs import durations, waiting_records
from evaluatie.domain import Side, Status
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.duration_groups import (
    BEFORE,
    BOTH,
    SINCE,
    Pen,
    change_row,
    common_horizon,
    contrast_row,
    curve_rows,
    group_of,
    mean_row,
    moments,
    numbered,
    project_start,
    split_at,
)
from evaluatie.evaluation.monitor.exposure_ratio import ratio_rows
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]


def waiting_rows(asked: Asked) -> Iterator[Row]:
    """Yield how long people wait between two dates of a feed.

    Notes
    -----
    Table PROCESS: median and numbers per side and year. Table DURATION, all within the horizon that
    the indicator declares: ``open_share`` (Kaplan-Meier by day), ``restricted_mean`` (mean days
    waited within the horizon) per side, before and since the start of the project, per year, and
    per value of ``indicator.by``; ``change`` on a side; ``difference`` of the sides and
    ``change_difference`` over areas; ``hazard_ratio`` with exposure from its start on.
    """
    yield from _medians(asked)
    records = waiting_records(asked.products.data, asked.indicator, asked.study)
    frame = records.assign(entry=0.0, stop=records["days"], state=records["completed"].astype(int))
    frame = numbered(frame)
    parts = split_at(frame, project_start(asked))
    groups = {
        (side, when): group_of(part[part["side"] == side])
        for side in Side
        for when, part in parts.items()
    }
    horizon = common_horizon(asked, groups.values())
    pen = Pen(asked, asked.where)
    yield pen.row("horizon", horizon, unit="days", method="declared", n=len(frame))
    yield from _periods(pen, parts, horizon)
    yield from _years(pen, frame, horizon)
    yield from ratio_rows(pen, frame)


def _periods(pen: Pen, parts: dict[str, pd.DataFrame], horizon: float) -> Iterator[Row]:
    """Yield curves and means before and since the start, and what changed."""
    for side in Side:
        here = pen.at(area=str(side))
        mine = {k: _of(part, str(side), "") for k, part in parts.items()}
        for when, part in mine.items():
            for by in _values(part):
                place = _by(here, by).at(category=f"when={when}")
                group = group_of(_of(part, str(side), by))
                yield from curve_rows(place, group, moments(horizon))
                yield mean_row(place, group, horizon)
        later, earlier = group_of(mine[SINCE]), group_of(mine[BEFORE])
        yield change_row(here, "change", later, earlier, horizon)
        yield from _routes(pen.at(area=str(side)), _of(parts[SINCE], str(side), ""), horizon)
    both = pen.at(area=BOTH)
    for when, part in parts.items():
        yield contrast_row(both.at(category=f"when={when}"), "difference", (part,), horizon)
    yield contrast_row(both, "change_difference", (parts[SINCE], parts[BEFORE]), horizon)


def _routes(pen: Pen, since: pd.DataFrame, horizon: float) -> Iterator[Row]:
    """Yield how the values of ``indicator.by`` differ since the start, the first one as basis."""
    values = sorted(set(since["by"]) - {""})
    for value in values[1:]:
        place = pen.at(category=f"{pen.asked.indicator.by}={value}-{values[0]}|when={SINCE}")
        one, other = (group_of(since[since["by"] == by]) for by in (value, values[0]))
        yield change_row(place, "route_difference", one, other, horizon)


def _years(pen: Pen, frame: pd.DataFrame, horizon: float) -> Iterator[Row]:
    """Yield means per year of the first date, and the difference of the sides."""
    year = frame["start"].dt.year
    for number in sorted(set(year)):
        part = frame[year == number]
        at = pen.at(period=str(number))
        for side in Side:
            mine = _of(part, str(side), "")
            for by in _values(mine):
                place = _by(at.at(area=str(side)), by)
                yield mean_row(place, group_of(_of(mine, str(side), by)), horizon)
        yield contrast_row(at.at(area=BOTH), "difference", (part,), horizon)


def _values(part: pd.DataFrame) -> list[str]:
    """Return all together, and each value of ``indicator.by`` where there are several."""
    values = sorted(set(part["by"]) - {""})
    return ["", *values] if len(values) > 1 else [""]


def _of(frame: pd.DataFrame, side: str, by: str) -> pd.DataFrame:
    mine = frame[frame["side"] == side]
    return mine[mine["by"] == by] if by else mine


def _by(pen: Pen, by: str) -> Pen:
    return pen.at(category=f"{pen.asked.indicator.by}={by}") if by else pen


def _medians(asked: Asked) -> Iterator[Row]:
    """Yield the median days between two dates, per side and year."""
    study, products, indicator = asked.study, asked.products, asked.indicator
    found = durations(products.data, indicator, study)
    for cell in found[found["side"].isin(list(Side))].to_dict("records"):
        place = asked.where | {
            "area": cell["side"], "period": str(cell["year"]),
            "category": f"{indicator.by}={cell['by']}" if cell["by"] else "",
        }  # fmt: skip
        behind = {"n": cell["persons"], "n_households": cell["households"]}
        median = cell["km_median_days"]
        absent = {} if median == median else {
            "status": Status.NOT_ESTIMABLE, "reason": "fewer_than_half_completed",
        }  # fmt: skip
        yield estimate_row(
            Table.PROCESS, "median", estimate=median, unit="days", method="kaplan_meier",
            **absent, **place, **behind,
        )  # fmt: skip
        for term in ("n", "censored"):
            yield estimate_row(
                Table.PROCESS, {"n": "records"}.get(term, term), estimate=cell[term],
                unit="records", **place, **behind,
            )  # fmt: skip
