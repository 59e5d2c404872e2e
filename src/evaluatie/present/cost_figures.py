"""Cost over time: one panel per law, pilot side against comparison side."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from evaluatie.domain import Publication
from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.cost_tables import law_order, over_time
from evaluatie.present.drawn import draws
from evaluatie.present.fragments import FigureView, Text
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, join
from evaluatie.present.rows import first, ordered, shown
from evaluatie.present.tables import SIDES, absent, estimate
from evaluatie.results import Table

ACROSS = 2
QUARTERS = 4


def cost_figure(rows: pd.DataFrame, labels: Labels, stamp: str = "") -> FigureView | Text:
    """Draw cost per resident by law and period, with the start of the pilot and the cut-off."""
    return _panels(
        rows,
        over_time(rows, labels, "arrangement_cost", "per_resident"),
        labels,
        "caption.cost",
        stamp,
    )


def insured_figure(rows: pd.DataFrame, labels: Labels, stamp: str = "") -> FigureView | Text:
    """Draw cost per insured year; annual points, never quarters."""
    found = over_time(rows, labels, "insured_cost", "per_insured_year")
    return _panels(rows, found, labels, "caption.cost_insured", stamp)


def _panels(
    rows: pd.DataFrame, found: pd.DataFrame, labels: Labels, caption: str, stamp: str
) -> FigureView | Text:
    here = shown(found)
    laws = ordered(here["law"], law_order(labels))
    if here.empty:
        return absent(labels, found, "figure")
    across = min(ACROSS, len(laws))
    down = -(-len(laws) // across)
    with canvas.style():
        figure = canvas.blank(7.2 if across > 1 else 6.0, 0.55 + 2.35 * down)
        grid = np.asarray(figure.subplots(down, across, squeeze=False))
        for axes, law in zip(grid.flat, laws, strict=False):
            _panel(axes, found[found["law"] == law], labels, law)
            _start_line(axes, rows, labels)
        for axes in grid.flat[len(laws) :]:
            axes.set_visible(False)
        alt = _alt(rows, here, labels, laws)
        drawn = draws(here[here["area"].isin(SIDES)]) + draws([pilot_start(rows)])
        return canvas.finish(figure, labels.say(caption), alt, stamp, drawn=drawn)


def _panel(axes: Axes, found: pd.DataFrame, labels: Labels, law: str) -> None:
    ends = []
    for side in SIDES:
        look = canvas.look_of(side)
        mine = found[found["area"] == side].sort_values("period")
        moments = mine["period"].map(moment).to_numpy(float)
        visible = (mine["publication"] == str(Publication.SHOWN)).to_numpy()
        values = np.where(visible, mine["estimate"].to_numpy(float), np.nan)
        filled = look.color if look.line == "-" else "white"
        axes.plot(moments, values, look.line, color=look.color, marker=look.marker, markersize=4,
                  markerfacecolor=filled, linewidth=1.6)  # fmt: skip
        if visible.any():
            last = np.flatnonzero(visible)[-1]
            ends.append((moments[last], values[last], side))
    _end_labels(axes, ends, labels)
    _hidden_moments(axes, found, labels)
    axes.set_title("\n".join(textwrap.wrap(labels.law(law).capitalised().text, 40)))
    axes.set_ylim(bottom=0, top=axes.get_ylim()[1] * 1.12)
    axes.yaxis.set_major_formatter(fmt.axis_formatter(labels.language))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.set_ylabel(_unit(found, labels))


def _hidden_moments(axes: Axes, found: pd.DataFrame, labels: Labels) -> None:
    """Say at the foot of the panel where an amount is suppressed: a gap is no zero."""
    hidden = found[found["publication"] == str(Publication.SUPPRESSED)]
    for period in sorted(set(hidden["period"])):
        axes.annotate(labels.say("word.suppressed").text, (moment(period), 0), rotation=90,
                      xycoords=("data", "axes fraction"), xytext=(0, 4), ha="center", va="bottom",
                      textcoords="offset points", fontsize=7, color=canvas.SOFT)  # fmt: skip


def _unit(found: pd.DataFrame, labels: Labels) -> str:
    unit = str(found["unit"].iloc[0])
    if "insured" in unit:
        return labels.say("axis.eur_insured").text
    return labels.say("axis.eur_quarter" if "quarter" in unit else "axis.eur_year").text


def moment(period: str) -> float:
    """Return the middle of a quarter, or the middle of a year, on an axis of years."""
    year, _, quarter = period.partition("-Q")
    return int(year) + ((int(quarter) - 0.5) / QUARTERS if quarter else 0.5)


def _end_labels(axes: Axes, ends: Sequence[tuple[float, float, str]], labels: Labels) -> None:
    """Name each line at its end; two names that would overlap are moved apart."""
    if not ends:
        return
    span = axes.get_ylim()[1] or 1.0
    gap = 0.09 * span
    places = [value for _, value, _ in ends]
    if len(places) == 2 and abs(places[0] - places[1]) < gap:
        middle = sum(places) / 2
        up = 0 if places[0] >= places[1] else 1
        places[up], places[1 - up] = middle + gap / 2, middle - gap / 2
    right = max(when for when, _, _ in ends)
    for (_, _, side), place in zip(ends, places, strict=True):
        axes.annotate(labels.say(f"head.{side}").text, (right, place), xytext=(6, 0),
                      textcoords="offset points", va="center", fontsize=8.5, fontweight="bold",
                      color=canvas.look_of(side).color, annotation_clip=False)  # fmt: skip


def pilot_start(rows: pd.DataFrame) -> Row | None:
    """Return the row with the date on which the pilot began."""
    return first(rows, Table.FACT, category="pilot_start")


def _date_moment(row_value: float) -> float:
    year, rest = divmod(int(row_value), 10_000)
    month, day = divmod(rest, 100)
    return year + (month - 1) / 12 + (day - 1) / 365


def _start_line(axes: Axes, rows: pd.DataFrame, labels: Labels) -> None:
    start = pilot_start(rows)
    if start is None:
        return
    place = _date_moment(start["estimate"])
    axes.axvline(place, color=canvas.INK, linewidth=1, linestyle=(0, (2, 2)))
    axes.annotate(labels.say("axis.pilot_start").text, (place, 1), xytext=(3, -2),
                  xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
                  fontsize=7.5, color=canvas.SOFT)  # fmt: skip


def _alt(rows: pd.DataFrame, here: pd.DataFrame, labels: Labels, laws: Sequence[str]) -> Phrase:
    items = []
    for law in laws:
        ends: dict[str, Phrase] = {}
        for side, name in zip(SIDES, ("pilot", "other"), strict=True):
            mine = here[(here["law"] == law) & (here["area"] == side)].sort_values("period")
            for which, index in (("first", 0), ("last", -1)):
                row = None if mine.empty else mine.iloc[index].to_dict()
                ends[f"{name}_{which}"] = estimate(row, labels, bare=False)
        items.append(labels.say("alt.cost_item", law=labels.law(law), **ends))
    start = pilot_start(rows)
    when = Phrase() if start is None else fmt.constant(start, language=labels.language)
    return labels.say("alt.cost", start=when, items=join(items))
