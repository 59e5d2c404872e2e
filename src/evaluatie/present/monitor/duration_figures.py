"""Pictures of time: who still waits, how support comes to an end, new faces around a household."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from evaluatie.domain import Publication
from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.drawn import draws
from evaluatie.present.fragments import FigureView, Text
from evaluatie.present.labels import Labels
from evaluatie.present.monitor.durations import (
    CARE,
    STAFF,
    WAITING,
    WHEN,
    of_kinds,
    route_words,
    routes_of,
    within_words,
)
from evaluatie.present.phrase import NumberRef, Phrase, join
from evaluatie.present.rows import ordered, parts, records, select, shown
from evaluatie.present.tables import SIDES, absent, estimate

WIDTH, PANEL = 7.2, 2.2
OTHER = "other"
HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx")
SHADES = ("#00527c", "#6fa8c7", "#b3500f", "#e3b58f", "#767676")


def waiting_figure(rows: pd.DataFrame, labels: Labels, stamp: str = "") -> FigureView | Text:
    """Draw who still waits by day: before and since the start, pilot beside comparison."""
    found = select(of_kinds(rows, labels, WAITING), term="open_share")
    return _curves(found, of_kinds(rows, labels, WAITING), labels, "waiting", stamp, top=1.0)


def staff_figure(rows: pd.DataFrame, labels: Labels, stamp: str = "") -> FigureView | Text:
    """Draw the mean number of changes of staff by day since a household came into view."""
    found = select(of_kinds(rows, labels, STAFF), term="mean_changes")
    return _curves(found, of_kinds(rows, labels, STAFF), labels, "staff", stamp, top=None)


def support_ends_figure(rows: pd.DataFrame, labels: Labels, stamp: str = "") -> FigureView | Text:
    """Draw, stacked by day, what share of support came to which end."""
    whole = select(of_kinds(rows, labels, CARE), law="")
    found = select(whole, term="ended_share")
    here = shown(found)
    if here.empty:
        return absent(labels, found, "figure")
    ends = [end for end in dict.fromkeys(_part(here, "end")) if _ever(here, end)]
    with canvas.style():
        figure = canvas.blank(WIDTH, 0.9 + 2 * PANEL)
        grid = np.asarray(figure.subplots(2, 2, squeeze=False, sharex=True, sharey=True))
        drawn: list[NumberRef] = []
        for across, side in enumerate(SIDES):
            for down, when in enumerate(WHEN):
                axes = grid[down, across]
                drawn += _stack(axes, _of(found, side, when), ends)
                _hidden(axes, _of(found, side, when), labels)
                title = join((labels.area(side).capitalised(), labels.say(f"when.{when}")), ", ")
                axes.set_title(title.text)
        _frame(grid, labels, "axis.ended_share", 1.0)
        names = [labels.say(f"end.{end}").capitalised().text for end in ends]
        handles = grid[0, 0].collections[: len(ends)]
        figure.legend(handles, names, loc="outside lower center", ncols=min(3, len(names)),
                      fontsize=8.5)  # fmt: skip
        alt = labels.say("alt.support_ends", items=_alt_ends(here, labels, ends))
        caption = labels.say("caption.support_ends_figure")
        return canvas.finish(figure, caption, alt, stamp, drawn=drawn)


def _curves(
    found: pd.DataFrame, whole: pd.DataFrame, labels: Labels, key: str, stamp: str,
    top: float | None,
) -> FigureView | Text:  # fmt: skip
    here = shown(found)
    if here.empty:
        return absent(labels, found, "figure")
    indicators = ordered(here["indicator"], labels.order("indicator"))
    with canvas.style():
        figure = canvas.blank(WIDTH, 0.7 + PANEL * len(indicators))
        grid = np.asarray(figure.subplots(len(indicators), 2, squeeze=False, sharey=True))
        drawn: list[NumberRef] = []
        for down, indicator in enumerate(indicators):
            mine = select(found, indicator=indicator)
            name = within_words(select(whole, indicator=indicator), labels, "duration.plain")
            for across, when in enumerate(WHEN):
                axes = grid[down, across]
                drawn += _panel(axes, mine, labels, when)
                words = [*textwrap.wrap(name.text, 38), labels.say(f"when.{when}").text]
                axes.set_title("\n".join(words))
        _frame(grid, labels, f"axis.{key}", top)
        alt = labels.say(f"alt.{key}", items=_alt_curves(here, labels, indicators))
        caption = labels.say(f"caption.{key}_figure")
        return canvas.finish(figure, caption, alt, stamp, drawn=drawn)


def _panel(axes: Axes, found: pd.DataFrame, labels: Labels, when: str) -> list[NumberRef]:
    """Draw the curves of one period and return what can be read off them."""
    ends: list[tuple[float, float, str, str]] = []
    drawn: list[NumberRef] = []
    for side in SIDES:
        for route in ["", *routes_of(_of(found, side, when))]:
            mine = _of(found, side, when, route)
            if route and not _is_last(found, side, when, route):
                continue  # the usual route is nearly the curve of all
            look = canvas.look_of(OTHER if route else side)
            day, value = _points(mine)
            drawn += draws(mine[_has_day(mine)])
            axes.plot(day, value, look.line, color=look.color, marker=look.marker, markersize=3.5,
                      markerfacecolor=look.color if look.line == "-" else "white",
                      linewidth=1.5)  # fmt: skip
            known = np.flatnonzero(np.isfinite(value))
            if len(known):
                row = records(mine)[0]
                name = route_words(labels, row) if route else labels.say(f"head.{side}")
                at = known[-1]
                ends.append((day[at], value[at], name.capitalised().text, look.color))
    _end_names(axes, ends)
    _hidden(axes, _of(found, None, when), labels)
    return drawn


def _is_last(found: pd.DataFrame, side: str, when: str, route: str) -> bool:
    return route == routes_of(_of(found, side, when))[-1]


def _end_names(axes: Axes, drawn: Sequence[tuple[float, float, str, str]]) -> None:
    """Name each line at its end, names apart that would overlap."""
    if not drawn:
        return
    low, high = axes.get_ylim()
    gap, right = 0.12 * (max(high, 1e-9) - low), max(day for day, *_ in drawn)
    place = -np.inf
    for _, value, name, color in sorted(drawn, key=lambda one: one[1]):
        place = max(value, place + gap)
        axes.annotate(name, (right, place), xytext=(5, 0), textcoords="offset points", va="center",
                      fontsize=8, fontweight="bold", color=color,
                      annotation_clip=False)  # fmt: skip


def _stack(axes: Axes, found: pd.DataFrame, ends: Sequence[str]) -> tuple[NumberRef, ...]:
    """Stack the ends on the days of which all of them may be shown; return what is drawn."""
    columns = [dict(zip(*_points(found[_mask(found, "end", end)]), strict=True)) for end in ends]
    days = [
        day for day in sorted(set().union(*columns))
        if all(np.isfinite(one.get(day, np.nan)) for one in columns)
    ]  # fmt: skip
    base = np.zeros(len(days))
    for index, column in enumerate(columns):
        upper = base + np.array([column[day] for day in days])
        axes.fill_between(days, base, upper, facecolor=SHADES[index % len(SHADES)], alpha=0.85,
                          hatch=HATCHES[index % len(HATCHES)], edgecolor="white",
                          linewidth=0.5)  # fmt: skip
        base = upper
    on_days = np.isin([float(day or "nan") for day in _part(found, "day")], days)
    return draws(found[on_days & np.isin(_part(found, "end"), ends)])


def _frame(grid: Any, labels: Labels, ylabel: str, top: float | None) -> None:
    percent = top is not None
    for axes in grid.flat:
        axes.set_ylim(bottom=0, top=top)
        axes.yaxis.set_major_formatter(
            _percent(labels) if percent else fmt.axis_formatter(labels.language, 2)
        )
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_xlim(left=0)
        axes.grid(axis="y")
        axes.set_axisbelow(True)
    for axes in grid[:, 0]:
        axes.set_ylabel(labels.say(ylabel).text)
    for axes in grid[-1, :]:
        axes.set_xlabel(labels.say("axis.days_since").text)


def _percent(labels: Labels) -> Callable[[float, float], str]:
    form = fmt.axis_formatter(labels.language, 0, "%")

    def percent(value: float, place: float = 0) -> str:
        return form(100 * value, place)

    return percent


def _hidden(axes: Axes, found: pd.DataFrame, labels: Labels) -> None:
    """Say where a value is suppressed: a gap is no zero."""
    hidden = found[found["publication"] == str(Publication.SUPPRESSED)]
    if not hidden.empty:
        axes.annotate(labels.say("axis.partly_suppressed").text, (0.02, 0.03), fontsize=7,
                      xycoords="axes fraction", color=canvas.SOFT)  # fmt: skip


def _points(found: pd.DataFrame) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return day and value, in order of day; NaN where the value is not shown."""
    days = np.array([float(parts(str(c)).get("day", "nan")) for c in found["category"]])
    visible = (found["publication"] == str(Publication.SHOWN)).to_numpy()
    values = np.where(visible, found["estimate"].to_numpy(dtype=float), np.nan)
    order = np.argsort(days)
    kept = order[np.isfinite(days[order])]
    return days[kept], values[kept]


def _has_day(found: pd.DataFrame) -> np.ndarray[Any, Any]:
    return np.array([bool(day) for day in _part(found, "day")], dtype=bool)


def _of(found: pd.DataFrame, side: str | None, when: str, route: str | None = None) -> pd.DataFrame:
    """Return the rows of a side and period; of one route (``""``: all together) or of any."""
    mine = found if side is None else select(found, area=side)
    mine = mine[_mask(mine, "when", when)]
    if route is None:
        return mine
    if not route:
        return mine[[not routes_of(mine.iloc[[i]]) for i in range(len(mine))]]
    return mine[mine["category"].str.startswith(f"{route}|")]


def _part(found: pd.DataFrame, key: str) -> list[str]:
    return [parts(str(category)).get(key, "") for category in found["category"]]


def _mask(found: pd.DataFrame, key: str, value: str) -> np.ndarray[Any, Any]:
    return np.array([one == value for one in _part(found, key)], dtype=bool)


def _ever(found: pd.DataFrame, end: str) -> bool:
    return bool((found[_mask(found, "end", end)]["estimate"] > 0).any())


def _last(found: pd.DataFrame, labels: Labels) -> tuple[Phrase, Phrase] | None:
    """Return the last day and value that are shown, in words."""
    if found.empty:
        return None
    row = max(records(found), key=lambda one: float(parts(str(one["category"]))["day"]))
    text = parts(str(row["category"]))["day"]
    day = Phrase(text, (NumberRef(text, str(row["id"]), "category"),))
    return day, estimate(row, labels, bare=False)


def _alt_curves(here: pd.DataFrame, labels: Labels, indicators: Sequence[str]) -> Phrase:
    items = []
    for indicator in indicators:
        for when in WHEN:
            for side in SIDES:
                mine = _of(select(here, indicator=indicator), side, when, "")
                if (last := _last(mine, labels)) is not None:
                    items.append(labels.say(
                        "alt.duration_item", name=labels.name("indicator", indicator),
                        when=labels.say(f"when.{when}"), area=labels.area(side), day=last[0],
                        value=last[1],
                    ))  # fmt: skip
    return join(items)


def _alt_ends(here: pd.DataFrame, labels: Labels, ends: Sequence[str]) -> Phrase:
    items = []
    for side in SIDES:
        for when in WHEN:
            for end in ends:
                mine = _of(here, side, when)
                if (last := _last(mine[_mask(mine, "end", end)], labels)) is not None:
                    items.append(labels.say(
                        "alt.duration_item", name=labels.say(f"end.{end}").capitalised(),
                        when=labels.say(f"when.{when}"), area=labels.area(side), day=last[0],
                        value=last[1],
                    ))  # fmt: skip
    return join(items)
