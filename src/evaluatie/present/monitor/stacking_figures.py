"""Picture of combinations of laws: bars for how often, dots for which laws (UpSet)."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from evaluatie.domain import Publication
from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.cost_tables import law_order
from evaluatie.present.drawn import draws
from evaluatie.present.fragments import FigureView, Text
from evaluatie.present.labels import Labels
from evaluatie.present.monitor.stacking import (
    ALL,
    JOINS,
    OTHER,
    combination_rows,
    set_name,
    sets_in_order,
)
from evaluatie.present.phrase import join
from evaluatie.present.rows import first, ordered, shown
from evaluatie.present.tables import SIDES, absent, estimate

WIDTH, BAR, NAMES = 7.2, 0.36, 22
HATCH = {"pilot": "", "comparison": "////"}


def combinations_figure(rows: pd.DataFrame, labels: Labels, stamp: str = "") -> FigureView | Text:
    """Draw how often each combination of two laws or more occurs, pilot beside comparison.

    A dot for every law in the combination; combinations that may not be shown on either side are
    not drawn, and a bar that may not be shown is words.
    """
    found = combination_rows(rows)
    found = found[found["term"] == "share_of_months"]
    several = [s for s in sets_in_order(found, labels) if JOINS in s and s not in (OTHER, ALL)]
    by_set = {which: found[found["category"] == f"set={which}"] for which in several}
    sets = [which for which in several if not shown(by_set[which]).empty]
    if not sets:
        return absent(labels, found, "figure")
    laws = ordered((law for which in sets for law in which.split(JOINS)), law_order(labels))
    with canvas.style():
        figure = canvas.blank(WIDTH, 3.0 + 0.3 * len(laws))
        heights = [2.2, 0.3 + 0.3 * len(laws)]
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=heights)
        _bars(above, sets, by_set, labels)
        _dots(below, sets, laws, labels)
        year = labels.period(found.iloc[0].to_dict())
        items = [
            labels.say(
                "alt.combination_item", name=set_name(labels, which),
                **{side: estimate(first(by_set[which], area=side), labels) for side in SIDES},
            )
            for which in sets
        ]  # fmt: skip
        alt = labels.say("alt.combinations", year=year, items=join(items))
        caption = labels.say("caption.combinations_figure", year=year)
        drawn = draws(first(by_set[which], area=side) for which in sets for side in SIDES)
        return canvas.finish(figure, caption, alt, stamp, drawn=drawn)


def _bars(axes: Axes, sets: Sequence[str], by_set: dict[str, pd.DataFrame], labels: Labels) -> None:
    for shift, side in zip((-BAR / 2, BAR / 2), SIDES, strict=True):
        color = canvas.look_of(side).color
        for place, which in enumerate(sets):
            row = first(by_set[which], area=side)
            value = float(row["estimate"]) if row is not None and fmt.is_shown(row) else 0.0
            axes.bar(place + shift, 100 * value, width=BAR, edgecolor=color, hatch=HATCH[side],
                     facecolor=color if side == SIDES[0] else "white",
                     label=labels.say(f"head.{side}").text if place == 0 else None)  # fmt: skip
            hidden = row is not None and row["publication"] == str(Publication.SUPPRESSED)
            text = estimate(row, labels).text if value or not hidden else ""
            text = labels.say("word.suppressed").text if hidden else text
            axes.annotate(text, (place + shift, 100 * value), xytext=(0, 3), ha="center",
                          va="bottom", rotation=90 if hidden else 0, fontsize=7.5,
                          textcoords="offset points", color=canvas.INK)  # fmt: skip
    axes.set_ylim(bottom=0, top=1.15 * axes.get_ylim()[1])
    axes.set_ylabel("\n".join(textwrap.wrap(labels.say("axis.share_of_months").text, 30)))
    axes.yaxis.set_major_formatter(fmt.axis_formatter(labels.language))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", length=0)
    axes.legend(loc="upper right", handlelength=2.2)


def _dots(axes: Axes, sets: Sequence[str], laws: Sequence[str], labels: Labels) -> None:
    for place, which in enumerate(sets):
        members = [laws.index(law) for law in which.split(JOINS)]
        axes.plot([place] * 2, [min(members), max(members)], "-", color=canvas.INK, linewidth=2)
        for height in range(len(laws)):
            inside = height in members
            axes.plot(place, height, "o", markersize=9, color=canvas.INK if inside else canvas.GRID,
                      markerfacecolor=canvas.INK if inside else "white")  # fmt: skip
    names = ["\n".join(textwrap.wrap(labels.law(law).text, NAMES)) for law in laws]
    axes.set_yticks(range(len(laws)), names)
    axes.set_ylim(len(laws) - 0.5, -0.5)
    axes.set_xlim(-0.6, len(sets) - 0.4)
    axes.set_xticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
