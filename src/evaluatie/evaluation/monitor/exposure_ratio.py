"""How much sooner things end once a project is under way: Cox with exposure that begins in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs import cut_at, enrolled_since
from evaluatie.domain import Side
from evaluatie.errors import RefusedError
from evaluatie.evaluation.monitor.duration_groups import (
    BOTH,
    FEWEST,
    Pen,
    compared,
    project_start,
)
from evaluatie.methods import CoxFit, cox, interval, spells

Row = dict[str, Any]
Floats = npt.NDArray[np.float64]
TERM = "hazard_ratio"


def ratio_rows(pen: Pen, frame: pd.DataFrame) -> Iterator[Row]:
    """Yield hazard ratios of the start of the project in the pilot areas, and of enrolment.

    Notes
    -----
    Days since the start of each duration are the clock; every area and law has a baseline of its
    own. Spells are cut on the day of the project's own start and on the day that a person enrolled:
    days before count as days without. ``exposure=project_start``: per area the log hazard ratio of
    the time since the start, and the mean of the pilot areas minus that of the others with a CR2
    interval over areas (an area counts by its number of ends). ``exposure=enrolled``: people who
    take part beside people of the same area and law who do not (yet), time since the start taken
    into account, households as units. Who enrols differs from who does not: no effect.
    """
    cut = _cut(pen, frame)
    yield _by_area(pen.at(area=BOTH, category="exposure=project_start"), cut)
    yield _of_enrolled(pen.at(area=str(Side.PILOT), category="exposure=enrolled"), cut)


def _by_area(pen: Pen, cut: pd.DataFrame) -> Row:
    """Return the ratio of pilot to comparison of how the hazard changed at the start."""
    values, weights, thin = [], [], 0
    for area in pen.asked.study.areas:
        mine = cut[cut["area"] == area.code]
        try:
            values.append(_fit(mine, ["since"]).log_ratio("since")[0])
        except RefusedError:
            thin += 1
        weights.append(float((mine["state"] > 0).sum()))
    sides = [_behind(part) for _, part in cut.groupby(["side", "since"])]
    behind = {key: min((side[key] for side in sides), default=0) for key in ("n", "n_households")}
    if thin:
        return pen.absent(TERM, f"too_few_in_area:{thin}", unit="ratio", **behind)
    row = compared(pen, TERM, values, weights, "ratio", behind)
    logs = {name: row[name] for name in ("estimate", "ci_low", "ci_high")}
    return row | {name: float(np.exp(value)) for name, value in logs.items()}


def _of_enrolled(pen: Pen, cut: pd.DataFrame) -> Row:
    """Return the hazard ratio of taking part in a project."""
    cut = cut[cut["side"] == Side.PILOT]
    taking_part = cut[cut["enrolled"]]
    taken = _behind(taking_part)
    if min(taken["n"], int((taking_part["state"] > 0).sum())) < FEWEST:
        return pen.absent(TERM, "fewer_than_ten_enrolled", unit="ratio", **taken)
    try:
        log, error = _fit(cut, ["since", "enrolled"]).log_ratio("enrolled")
    except RefusedError:
        return pen.absent(TERM, "no_ratio", unit="ratio", **taken)
    low, high = interval(log, error, np.inf, pen.level)
    return pen.row(TERM, float(np.exp(log)), std_error=error, ci_low=float(np.exp(low)),
                   ci_high=float(np.exp(high)), unit="ratio", method="cox_by_household",
                   **taken)  # fmt: skip


def _cut(pen: Pen, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the durations in study areas, cut at the project's start and at enrolment."""
    asked = pen.asked
    began = (project_start(asked) - frame["start"]).dt.days.to_numpy(dtype=float)
    began = np.where(began <= 0, -np.inf, began)  # from the first day on
    enrolled = np.full(len(frame), np.inf)
    if "enrolments" in asked.products.data.feeds and (projects := _projects(pen)):
        days = enrolled_since(asked.products.data.feeds["enrolments"], projects, frame["person_id"])
        after = (days - frame["start"]).dt.days.to_numpy(dtype=float)
        enrolled = np.where(np.isnan(after), np.inf, np.where(after <= 0, -np.inf, after))
    entry = np.where(frame["entry"] > 0, frame["entry"], -np.inf)
    pieces = cut_at(entry, frame["stop"].to_numpy(float), frame["state"].to_numpy(), began)
    again = cut_at(pieces.entry, pieces.exit, pieces.state, enrolled[pieces.row])
    row = pieces.row[again.row]
    return frame.iloc[row].assign(
        entry=again.entry, stop=again.exit, state=again.state, enrolled=again.exposed,
        since=pieces.exposed[again.row],
    )  # fmt: skip


def _projects(pen: Pen) -> set[str]:
    """Return the project the indicator names, else those that touch one of its laws."""
    indicator = pen.asked.indicator
    if indicator.project:
        return {indicator.project}
    return {p.id for p in pen.asked.book.projects if set(p.domains) & set(indicator.laws)}


def _fit(cut: pd.DataFrame, names: list[str]) -> CoxFit:
    start = np.maximum(cut["entry"].to_numpy(float), -1.0)  # before every event
    data = spells(cut["stop"], cut["state"] > 0, start, clusters=cut["household"])
    strata = (cut["area"] + "|" + cut.get("law", "")).to_numpy()
    return cox(data, cut[names].to_numpy(float), names, strata=strata)


def _behind(cut: pd.DataFrame) -> dict[str, int]:
    return {"n": int(cut["person"].nunique()), "n_households": int(cut["household"].nunique())}
