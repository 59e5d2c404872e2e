"""Funnel plots: this provider among the others, with the limits that belong to its size."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.cost_tables import law_order
from evaluatie.present.drawn import draws
from evaluatie.present.fragments import FigureView, Text
from evaluatie.present.labels import Labels
from evaluatie.present.monitor.mirror import OWN, last_year
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import NumberRef, Phrase, join
from evaluatie.present.rows import first, ordered, parts, records, select, shown
from evaluatie.present.tables import absent, estimate
from evaluatie.results import Table

LINES = {"inner": "--", "outer": ":"}
PERCENT = 100


def funnel_figure(
    rows: pd.DataFrame, labels: Labels, measure: str, stamp: str = ""
) -> FigureView | Text:
    """Draw one measure of every provider against its number of clients.

    Parameters
    ----------
    measure : str
        A term of the table with limits, for instance ``cost_ratio``.
    """
    found = last_year(select(rows, Table.MIRROR, term=[measure, f"{measure}_limits"]))
    own = found[found["category"].str.match(OWN)]
    laws = ordered(shown(own)["law"], law_order(labels))
    if not laws:
        return absent(labels, own, "figure")
    with canvas.style():
        figure = canvas.blank(6.6, 0.5 + 3.3 * len(laws))
        grid = np.asarray(figure.subplots(len(laws), 1, squeeze=False))
        drawn: list[NumberRef] = []
        for axes, law in zip(grid.flat, laws, strict=True):
            drawn += _panel(axes, select(found, law=law), labels, measure)
        alt = join((_alt(select(found, law=law), labels, measure) for law in laws), " ")
        year = labels.period(own.iloc[0].to_dict())
        caption = labels.say(f"caption.{_short(measure)}", year=year)
        return canvas.finish(figure, caption, alt, stamp, drawn=drawn)


def _short(measure: str) -> str:
    return f"mirror_{measure}"


def _panel(axes: Axes, found: pd.DataFrame, labels: Labels, measure: str) -> tuple[NumberRef, ...]:
    """Draw one law and return what can be read off it."""
    factor = PERCENT if str(found["unit"].iloc[0]) == "share" else 1
    curves = shown(found[found["category"].str.startswith("size=")])
    points = shown(found[found["category"].str.startswith("peer=")])
    axes.scatter(points["n"], points["estimate"] * factor, s=22, color=canvas.NEUTRAL, alpha=0.75,
                 linewidths=0, zorder=2)  # fmt: skip
    for name, line in LINES.items():
        mine = curves[curves["category"].str.endswith(f"limits={name}")]
        size = mine["category"].map(lambda text: float(parts(text)["size"])).to_numpy(float)
        order = np.argsort(size)
        for bound in ("ci_low", "ci_high"):
            values = mine[bound].to_numpy(float)[order] * factor
            axes.plot(size[order], values, line, color=canvas.SOFT, linewidth=1.1, zorder=1)
        if len(order):  # at the small end, where the lines lie apart
            place = (size[order][0], mine["ci_high"].to_numpy(float)[order][0] * factor)
            axes.annotate(labels.say(f"axis.limits_{name}").text, place, xytext=(8, 4),
                          textcoords="offset points", va="center", fontsize=7.5,
                          color=canvas.SOFT)  # fmt: skip
    _target(axes, curves, labels, factor)
    own = _own_point(axes, found, labels, measure, factor)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(fmt.axis_formatter(labels.language))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(labels.say("axis.mirror_clients").text)
    axes.set_ylabel(labels.say(f"axis.{_short(measure)}").text)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    decimals = 0 if factor == PERCENT else 1
    suffix = "%" if factor == PERCENT else ""
    axes.yaxis.set_major_formatter(fmt.axis_formatter(labels.language, decimals, suffix))
    axes.set_title(labels.law(str(found["law"].iloc[0])).capitalised().text)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    limits = draws(curves, "ci_low", "ci_high") + draws(curves.iloc[:1])
    return draws(points, "n", "estimate") + limits + draws([own], "n", "estimate")


def _target(axes: Axes, curves: pd.DataFrame, labels: Labels, factor: int) -> None:
    if curves.empty:
        return
    target = float(curves["estimate"].iloc[0]) * factor
    axes.axhline(target, color=canvas.INK, linewidth=1, zorder=1)
    axes.annotate(labels.say("axis.mirror_target").text, (1, target), xytext=(4, 0),
                  xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
                  fontsize=7.5, color=canvas.INK, annotation_clip=False)  # fmt: skip


def _own_point(
    axes: Axes, found: pd.DataFrame, labels: Labels, measure: str, factor: int
) -> Row | None:
    mine = shown(found[found["category"].str.match(OWN)])
    row = first(mine, term=measure)
    if row is None:
        return None
    place = (float(row["n"]), float(row["estimate"]) * factor)
    axes.scatter(*place, s=90, marker="D", color=canvas.COMPARISON, edgecolor="white", zorder=4)
    axes.annotate(labels.say("axis.mirror_own").text, place, xytext=(8, 11), fontsize=9,
                  textcoords="offset points", fontweight="bold", color=canvas.COMPARISON, zorder=5,
                  path_effects=[withStroke(linewidth=3, foreground="white")])  # fmt: skip
    return row


def _alt(found: pd.DataFrame, labels: Labels, measure: str) -> Phrase:
    own = found[found["category"].str.match(OWN)]
    row = first(own, term=measure)
    inner = found[found["category"].str.match(r"^provider=[^|]+\|limits=inner$")]
    limits = first(inner, term=f"{measure}_limits")
    between = Phrase()
    if limits is not None:
        said = fmt.interval(limits, language=labels.language, anchors=(), bare=False)
        between = labels.say("alt.mirror_between", limits=said)
    others = len(records(shown(found[found["category"].str.startswith("peer=")]))) > 0
    return labels.say(
        "alt.mirror", measure=labels.say(f"mirror.{measure}"), law=labels.law(str(row["law"])),
        own=estimate(row, labels, bare=False), between=between,
        others=labels.say("alt.mirror_others") if others else Phrase(),
    ) if row is not None else Phrase()  # fmt: skip
