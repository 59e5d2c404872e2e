"""Forest plots: differences and changes on a common scale, right is better, margins drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.drawn import MEASURED, draws
from evaluatie.present.fragments import FigureView, Text
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import NumberRef, Phrase, join
from evaluatie.present.rows import first, ordered, select, shown
from evaluatie.present.tables import (
    CONTRAST_AREA,
    SIDES,
    absent,
    anchors_of,
    area_order,
    margin_row,
    measured,
    places,
)
from evaluatie.results import Table

NAME_WIDTH = 34
TALLEST = 6.8  # inches for the rows of a forest plot: it must fit on a page


@dataclass(frozen=True)
class Bar:
    """One interval of a forest plot, on the common scale."""

    series: str
    low: float
    middle: float
    high: float
    alt: Phrase
    drawn: tuple[NumberRef, ...]


@dataclass(frozen=True)
class Line:
    """One measure of a forest plot: its name, its intervals, its own numbers at the right."""

    name: str
    bars: tuple[Bar, ...]
    numbers: str = ""


def forest_of_questions(
    rows: pd.DataFrame, labels: Labels, wave: str, stamp: str = ""
) -> FigureView | Text:
    """Draw the contrast of every question with a margin, divided by that margin, right is better.

    A question is drawn at the wave of its test where that has been, else at ``wave``. Its own
    numbers, in its own unit and with its own sign, stand at the right.
    """
    contrasts = select(rows, Table.CONTRAST, term="difference")
    lines = []
    for question in ordered(contrasts["question"], labels.order("question")):
        mine = contrasts[contrasts["question"] == question]
        tested = mine[mine["p_value"].notna()]
        here = shown(tested if not tested.empty else mine[mine["wave"] == wave])
        margin = margin_row(rows, question)
        if here.empty or margin is None or not _has_interval(here.iloc[-1]):
            continue
        row = here.iloc[-1].to_dict()
        scale = labels.favourable(str(row["indicator"])) / float(margin["estimate"])
        value, spread = measured(row, labels, anchors_of(rows, question))
        name = labels.name("indicator", str(row["indicator"]))
        bar = _bar(row, labels, scale, name, anchors_of(rows, question))
        bar = replace(bar, drawn=(*bar.drawn, *draws([margin])))
        lines.append(Line(name.text, (bar,), f"{value.text}  ({spread.text})"))
    if not lines:
        return absent(labels, contrasts, "figure")
    caption = labels.say("caption.forest")
    return _forest(lines, labels, labels.say("axis.margins").text, caption, stamp, margin=True)


def forest_of_changes(
    rows: pd.DataFrame, labels: Labels, wave: str, stamp: str = ""
) -> FigureView | Text:
    """Draw the change of every indicator as a percentage of the range of the measure.

    Right is better. Per cent of the maximum possible range (Cohen et al. 1999,
    doi 10.1207/S15327906MBR3403_2) puts measures of different length on one axis without a
    standard deviation of the sample. The numbers stand in the table beside the figure.
    """
    found = select(rows, Table.CHANGE, wave=wave, term=["difference", "change"], category="")
    here = shown(found)
    areas = places(here["area"], labels)
    lines = []
    for indicator in ordered(here["indicator"], labels.order("indicator")):
        low, high = labels.ranges.get(indicator, (0.0, 1.0))
        if high <= low:
            continue
        scale = 100 * labels.favourable(indicator) / (high - low)
        name = labels.name("indicator", indicator)
        mine = (first(here, indicator=indicator, area=area) for area in areas)
        bars = tuple(
            _bar(row, labels, scale, join((name, labels.area(str(row["area"]))), ", "))
            for row in mine
            if row is not None and _has_interval(row)
        )
        if bars:
            lines.append(Line(name.text, bars))
    if not lines:
        return absent(labels, found, "figure")
    caption = labels.say("caption.change")
    return _forest(lines, labels, labels.say("axis.range").text, caption, stamp)


def _has_interval(row: Row) -> bool:
    return bool(np.isfinite(row["ci_low"]) and np.isfinite(row["ci_high"]))


def _bar(
    row: Row, labels: Labels, scale: float, name: Phrase, anchors: tuple[float, ...] = (0.0,)
) -> Bar:
    low, high = sorted((row["ci_low"] * scale, row["ci_high"] * scale))
    value, spread = measured(row, labels, anchors)
    said = labels.say("alt.forest_item", name=name, estimate=value, interval=spread)
    series = str(row["area"]) if row["area"] != CONTRAST_AREA else SIDES[0]
    return Bar(series, low, row["estimate"] * scale, high, said, draws([row], *MEASURED))


def _forest(
    lines: Sequence[Line],
    labels: Labels,
    axis: str,
    caption: Phrase,
    stamp: str,
    margin: bool = False,
) -> FigureView:
    series = ordered((bar.series for line in lines for bar in line.bars), area_order(labels))
    room = 0.4 if len(series) < 2 else 0.16 + 0.15 * len(series)
    room = min(room, TALLEST / len(lines))
    reach = max(abs(v) for line in lines for bar in line.bars for v in (bar.low, bar.high))
    reach = 1.05 * max(reach, 1.15 if margin else 0.0)
    with canvas.style():
        figure = canvas.blank(7.2, 1.35 + room * len(lines))
        axes = figure.subplots()
        axes.set_xlim(-reach, reach)
        axes.axvline(0, color=canvas.INK, linewidth=1.0, zorder=1)
        for height, line in enumerate(reversed(lines)):
            _draw_line(axes, height, line, series)
        name_rows(axes, [line.name for line in lines])
        forest_axis(axes, labels, axis)
        if margin:
            margin_lines(axes, labels.say("axis.margin").text)
        if len(series) > 1:
            _series_legend(axes, labels, series)
        items = [bar.alt for line in lines for bar in line.bars[:1]]
        alt = labels.say("alt.forest" if margin else "alt.changes", items=join(items))
        drawn = [ref for line in lines for bar in line.bars for ref in bar.drawn]
        return canvas.finish(figure, caption, alt, stamp, drawn=drawn)


def _draw_line(axes: Axes, height: int, line: Line, series: Sequence[str]) -> None:
    for bar in line.bars:
        look = canvas.look_of(bar.series)
        shift = 0.22 * ((len(series) - 1) / 2 - series.index(bar.series))
        place = height + shift
        axes.plot([bar.low, bar.high], [place, place], color=look.color, linewidth=2.0,
                  solid_capstyle="butt", zorder=3)  # fmt: skip
        axes.plot(bar.middle, place, look.marker, color=look.color, markersize=6.5,
                  markeredgecolor="white", zorder=4)  # fmt: skip
    axes.annotate(line.numbers, (1.0, height), xycoords=("axes fraction", "data"), xytext=(8, 0),
                  textcoords="offset points", va="center", fontsize=8.5)  # fmt: skip


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows of a plot, the first one on top."""
    wrapped = ["\n".join(textwrap.wrap(name, NAME_WIDTH)) for name in reversed(names)]
    axes.set_yticks(range(len(names)), wrapped)
    axes.set_ylim(-0.6, len(names) - 0.4)
    canvas.quiet_rows(axes)


def margin_lines(axes: Axes, text: str) -> None:
    """Draw the agreed margin on both sides, with ``text`` at it."""
    for place, side, gap in ((-1, "right", 4), (1, "left", -4)):
        axes.axvline(place, color=canvas.SOFT, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        axes.annotate(text, (place, 1), xycoords=("data", "axes fraction"), xytext=(gap, 2),
                      textcoords="offset points", ha=side, va="bottom", fontsize=8,
                      color=canvas.SOFT)  # fmt: skip


def forest_axis(axes: Axes, labels: Labels, axis: str) -> None:
    """Name the axis, say where better is, and write its numbers in the language of the labels."""
    reach = axes.get_xlim()[1]
    axes.xaxis.set_major_locator(MaxNLocator(7))
    axes.xaxis.set_major_formatter(fmt.axis_formatter(labels.language, 0 if reach > 4 else 1))
    worse, better = labels.say("axis.unfavourable").text, labels.say("axis.favourable").text
    axes.set_xlabel(f"{axis}\n← {worse}          {better} →")


def _series_legend(axes: Axes, labels: Labels, series: Sequence[str]) -> None:
    for name in series:
        look = canvas.look_of(name)
        axes.plot([], [], look.marker + "-", color=look.color, label=labels.area(name).text)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(series), fontsize=8.5)
