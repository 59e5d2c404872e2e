"""The tornado of the business cases: which assumptions move the outcome most."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.drawn import draws
from evaluatie.present.fragments import FigureView, Text
from evaluatie.present.labels import Labels
from evaluatie.present.monitor.business_cases import (
    assumption_name,
    case_rows,
    heaviest_first,
    one,
    project_name,
    projects_of,
)
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import NumberRef, Phrase, join
from evaluatie.present.rows import shown
from evaluatie.present.tables import absent, estimate

BARS = 2  # per project: the assumptions that move the outcome most
WIDE = 60  # characters of a name beside the axis
THOUSAND = 1000.0


@dataclass(frozen=True)
class Bar:
    """One assumption of one project: the outcome at both ends of its range."""

    name: Phrase
    low: Row
    high: Row


def tornado_figure(rows: pd.DataFrame, labels: Labels, stamp: str = "") -> FigureView | Text:
    """Draw, per project, the balance at both ends of the assumptions that weigh most."""
    found = case_rows(rows)
    groups = [(project, _bars(found, labels, project)) for project in projects_of(found, labels)]
    groups = [(project, bars) for project, bars in groups if bars]
    if not groups:
        return absent(labels, found, "figure")
    lines = sum(1 + len(bars) for _, bars in groups)
    with canvas.style():
        figure = canvas.blank(7.2, min(0.9 + 0.2 * lines, 6.8))
        axes = figure.subplots()
        names, items, y = [], [], 0.0
        drawn: list[NumberRef] = []
        for project, bars in groups:
            title = project_name(labels, project)
            names.append((y, title.text, True))
            central = one(found, "net_present_value", project)
            for bar in bars:
                y += 1
                names.append((y, bar.name.text, False))
                _draw(axes, y, bar, central)
                drawn += draws((bar.low, bar.high, central))
            items.append(_alt_item(labels, title, bars))
            y += 1.25
        _finish(axes, names, labels)
        alt = labels.say("alt.tornado", items=join(items))
        return canvas.finish(figure, labels.say("caption.tornado"), alt, stamp, drawn=drawn)


def _bars(found: pd.DataFrame, labels: Labels, project: str) -> list[Bar]:
    visible, bars = shown(found), []
    for effect, piece in heaviest_first(found, project)[:BARS]:
        place = ((f"effect={effect}",) if effect else ()) + (f"assumed={piece}",)
        low, high = (
            one(visible, "assumed_net_at", project, *place, f"end={end}") for end in ("low", "high")
        )
        if low is not None and high is not None:
            bars.append(Bar(assumption_name(labels, (effect, piece)), low, high))
    return bars


def _draw(axes: Axes, y: float, bar: Bar, central: Row | None) -> None:
    low, high = (float(row["estimate"]) / THOUSAND for row in (bar.low, bar.high))
    axes.barh(y, abs(high - low), left=min(low, high), height=0.55, color=canvas.PILOT, alpha=0.35)
    for value, marker in ((low, "o"), (high, "s")):
        axes.plot(value, y, marker, color=canvas.PILOT, markersize=4.5,
                  markerfacecolor="white" if marker == "o" else canvas.PILOT)  # fmt: skip
    if central is not None and fmt.is_shown(central):
        axes.plot(float(central["estimate"]) / THOUSAND, y, "|", color=canvas.INK, markersize=11)


def _finish(axes: Axes, names: list[tuple[float, str, bool]], labels: Labels) -> None:
    axes.set_yticks([y for y, _, _ in names])
    ticks = axes.set_yticklabels([_short(name) for _, name, _ in names])
    for tick, (_, _, bold) in zip(ticks, names, strict=True):
        tick.set_fontsize(7)
        tick.set_fontweight("bold" if bold else "normal")
    canvas.quiet_rows(axes)
    axes.use_sticky_edges = False
    axes.margins(x=0.05)
    axes.invert_yaxis()
    axes.axvline(0, color=canvas.SOFT, linewidth=1.0)
    axes.xaxis.set_major_formatter(fmt.axis_formatter(labels.language))
    axes.set_xlabel(labels.say("axis.net_thousand").text)
    handles = [
        axes.plot(
            [], [], marker, color=canvas.PILOT, markerfacecolor=fill, label=labels.say(key).text
        )[0]
        for marker, fill, key in (
            ("o", "white", "axis.at_low"),
            ("s", canvas.PILOT, "axis.at_high"),
        )
    ]
    handles.append(axes.plot([], [], "|", color=canvas.INK, markersize=9,
                             label=labels.say("axis.at_value").text)[0])  # fmt: skip
    axes.legend(
        handles=handles, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3, fontsize=7.5
    )


def _short(name: str) -> str:
    """Return a name that fits beside the axis; which value of the effect it is stays readable."""
    effect, colon, piece = name.rpartition(": ")
    if not colon:
        return textwrap.shorten(name, WIDE, placeholder=" …")
    return textwrap.shorten(effect, WIDE - len(piece), placeholder=" …") + colon + piece


def _alt_item(labels: Labels, title: Phrase, bars: list[Bar]) -> Phrase:
    said = [
        labels.say("alt.tornado_bar", name=bar.name,
                   low=estimate(bar.low, labels, bare=False),
                   high=estimate(bar.high, labels, bare=False))
        for bar in bars
    ]  # fmt: skip
    return labels.say("alt.tornado_item", project=title, bars=join(said, "; "))
