"""Rows: how arrangements end, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs import STATES, care_courses
from evaluatie.domain import Side
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.duration_groups import (
    BEFORE,
    BOTH,
    FEWEST,
    SINCE,
    Group,
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
from evaluatie.methods import cumulative_incidence, logit_interval

Row = dict[str, Any]


def care_end_rows(asked: Asked) -> Iterator[Row]:
    """Yield how long support goes on as it began, and how it comes to less or to an end.

    Notes
    -----
    Courses of support (`costs.care_courses`) that began before and since the start of the project;
    the former are followed up to that day. ``open_share`` (Kaplan-Meier) and ``ended_share`` per
    reason (Aalen-Johansen, ends compete) by day; they add up to 1. ``restricted_mean``: mean days
    without scaling down or end within the horizon; ``change``, ``difference``,
    ``change_difference`` and ``hazard_ratio`` as for waiting. ``count``: courses by what they came
    to, and those set aside.
    """
    found = care_courses(asked.products.data, asked.indicator, asked.study, asked.codebook)
    frame = numbered(found.frame)
    parts = split_at(frame, project_start(asked))
    pen = Pen(asked, asked.where)
    groups = [group_of(p[p["side"] == side]) for side in Side for p in parts.values()]
    horizon = common_horizon(asked, groups)
    yield pen.row("horizon", horizon, unit="days", method="declared", n=len(frame))
    yield from _counts(pen, frame, found.set_aside)
    laws = [law for law in asked.indicator.laws if (frame["law"] == law).any()]
    for law in ["", *laws] if len(laws) > 1 else [""]:
        mine = {k: p[p["law"] == law] if law else p for k, p in parts.items()}
        yield from _of_law(pen.at(law=law), mine, horizon)
    yield from ratio_rows(pen, frame)


def _counts(pen: Pen, frame: pd.DataFrame, aside: dict[str, int]) -> Iterator[Row]:
    """Yield how many courses came to what, per side, and how many could not be used."""
    for side in Side:
        mine = frame[frame["side"] == side]
        for state, name in enumerate(("open", *STATES)):
            part = mine[mine["state"] == state]
            yield pen.at(area=str(side), category=f"end={name}").row(
                "count", len(part), unit="courses", n=part["person_id"].nunique(),
                n_households=part["household_id"].nunique(),
                n_providers=part["provider_id"].nunique(),
            )  # fmt: skip
    for reason, number in aside.items():
        yield pen.at(category=f"set_aside={reason}").row("count", number, unit="courses", n=number)


def _of_law(pen: Pen, parts: dict[str, pd.DataFrame], horizon: float) -> Iterator[Row]:
    days = moments(horizon) if not pen.where.get("law") else np.array([horizon])
    for side in Side:
        here = pen.at(area=str(side))
        mine = {when: group_of(part[part["side"] == side]) for when, part in parts.items()}
        for when, group in mine.items():
            place = here.at(category=f"when={when}")
            yield from curve_rows(place, group, days)
            yield from _ends(place, group, days)
            yield mean_row(place, group, horizon)
        yield change_row(here, "change", mine[SINCE], mine[BEFORE], horizon)
    both = pen.at(area=BOTH)
    for when, part in parts.items():
        yield contrast_row(both.at(category=f"when={when}"), "difference", (part,), horizon)
    yield contrast_row(both, "change_difference", (parts[SINCE], parts[BEFORE]), horizon)


def _ends(pen: Pen, group: Group | None, days: npt.NDArray[np.float64]) -> Iterator[Row]:
    """Yield the share that came to each end, by day, while `FEWEST` people are at risk."""
    if group is None or group.behind["n"] < FEWEST:
        for name in STATES:
            yield pen.at(category=f"end={name}").absent(
                "ended_share", "fewer_than_ten", unit="share",
                **(group.behind if group else {"n": 0, "n_households": 0}),
            )  # fmt: skip
        return
    inside = days[days <= group.reach]
    at_risk = [group.alive(day) for day in inside]
    for state, name in enumerate(STATES, start=1):
        found = cumulative_incidence(group.data, state, inside)
        for day, share, error, behind in zip(
            inside, found.estimate, found.std_error, at_risk, strict=True
        ):
            place = pen.at(category=f"end={name}|day={day:.0f}")
            low, high = logit_interval(
                share, error, np.inf, pen.level, group.behind["n_households"]
            )
            yield place.row("ended_share", share, std_error=error, ci_low=low, ci_high=high,
                            unit="share", method="aalen_johansen", **behind)  # fmt: skip
