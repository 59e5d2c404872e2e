"""Figures about the survey: the spider of a group of scales, response, representation, weights.

Each function takes publishable rows and labels and returns a `FigureView`, or the sentence why
there is no figure. Series differ in colour, marker and line, so that grey print can be read.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.projections.polar import PolarAxes

from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.drawn import draws
from evaluatie.present.fragments import FigureView, Text
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, join
from evaluatie.present.rows import first, ordered, parts, records, select, shown
from evaluatie.present.tables import (
    SIDES,
    absent,
    area_order,
    estimate,
    places,
)
from evaluatie.results import Table

NAME_WIDTH = 34


def spider(
    rows: pd.DataFrame, labels: Labels, wave: str, group: str, stamp: str = ""
) -> FigureView | Text:
    """Draw the scales of one group on a radar: each area at ``wave``.

    The axis starts at the lowest value of the scale, so that a small difference looks small. With
    the pilot side among the areas, its baseline is drawn beside it as a thin grey line.
    """
    found = select(rows, Table.SCORE, term="mean", category="")
    found = found[found["indicator"].map(lambda name: labels.groups.get(name) == group)]
    here = shown(found[found["wave"] == wave])
    scales = [s for s in labels.order("indicator") if s in set(here["indicator"])]
    areas = places(here["area"], labels)
    if len(scales) < 3 or not areas:
        return absent(labels, found[found["wave"] == wave], "figure")
    low, high = labels.ranges.get(scales[0], (0.0, 10.0))
    angles = np.linspace(0, 2 * np.pi, len(scales), endpoint=False)
    with canvas.style():
        figure = canvas.blank(6.0, 5.2)
        axes = figure.add_subplot(projection="polar")
        assert isinstance(axes, PolarAxes)
        _radar_axes(axes, labels, scales, angles, (low, high))
        before = _baseline_ring(axes, shown(found), labels, scales, angles, wave)
        for area in areas:
            look = canvas.look_of(area)
            values = _ring(here[here["area"] == area], scales)
            axes.plot(_closed(angles), _closed(values), look.line, marker=look.marker, markersize=5,
                      color=look.color, linewidth=2, label=labels.area(area).text)  # fmt: skip
        figure.legend(loc="outside upper center", ncols=2, fontsize=8.5)
        caption = "caption.spider" if set(areas) <= set(SIDES) else "caption.spider_area"
        alt = _spider_alt(here, labels, scales, areas)
        said = labels.say(caption, group=labels.name("indicator", group))
        now = here[here["area"].isin(areas) & here["indicator"].isin(scales)]
        drawn = draws(now) + draws(before)
        return canvas.finish(figure, said.capitalised(), alt, stamp, drawn=drawn)


def _ring(rows: pd.DataFrame, scales: Sequence[str]) -> np.ndarray:
    values = rows.drop_duplicates("indicator").set_index("indicator")["estimate"]
    return np.asarray(values.reindex(list(scales)), dtype=float)


def _closed(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values, values[:1]])


def _radar_axes(
    axes: PolarAxes,
    labels: Labels,
    scales: Sequence[str],
    angles: np.ndarray,
    reach: tuple[float, float],
) -> None:
    axes.set_theta_offset(np.pi / 2)
    axes.set_theta_direction(-1)
    axes.set_ylim(*reach)
    names = ["\n".join(textwrap.wrap(labels.name("indicator", s).text, 20)) for s in scales]
    axes.set_xticks(angles, names, fontsize=8.5)
    for tick, angle in zip(axes.get_xticklabels(), angles, strict=True):
        across = np.sin(angle)
        tick.set_horizontalalignment(
            "center" if abs(across) < 0.1 else "left" if across > 0 else "right"
        )
    ticks = np.linspace(*reach, 6)[1:]
    form = fmt.axis_formatter(labels.language, 0)
    axes.set_yticks(ticks, [form(tick, 0) for tick in ticks], fontsize=7.5, color=canvas.SOFT)
    axes.set_rlabel_position(180 / len(scales))
    axes.spines["polar"].set_color(canvas.GRID)


def _baseline_ring(
    axes: Axes,
    rows: pd.DataFrame,
    labels: Labels,
    scales: Sequence[str],
    angles: np.ndarray,
    wave: str,
) -> pd.DataFrame:
    """Draw the pilot side at the first wave, where that is known, and return what is drawn."""
    baseline = next(iter(labels.order("wave")), "")
    mine = select(rows, wave=baseline, area=SIDES[0], indicator=list(scales))
    values = _ring(mine, scales)
    if baseline == wave or np.isnan(values).any():
        return mine.iloc[:0]
    axes.plot(_closed(angles), _closed(values), ":", color=canvas.NEUTRAL, linewidth=1.4,
              label=labels.say("axis.pilot_baseline").text)  # fmt: skip
    return mine


def _spider_alt(
    here: pd.DataFrame, labels: Labels, scales: Sequence[str], areas: Sequence[str]
) -> Phrase:
    items = []
    for scale in scales:
        values = [
            labels.say("alt.spider_value", area=labels.area(area), estimate=estimate(row, labels))
            for area in areas
            if (row := first(here, indicator=scale, area=area)) is not None
        ]
        name = labels.name("indicator", scale)
        items.append(labels.say("alt.spider_item", name=name, values=join(values, ", ")))
    return labels.say("alt.spider", items=join(items))


def response_figure(
    rows: pd.DataFrame, labels: Labels, wave: str, stamp: str = ""
) -> FigureView | Text:
    """Draw the response per area and, for the widest area in scope, per group of age and sex."""
    found = select(rows, Table.RESPONSE, wave=wave, term="response_share")
    visible = shown(found)
    if visible.empty:
        return absent(labels, found, "figure")
    areas = ordered(visible["area"], area_order(labels))
    widest = next((a for a in ("all", "", *areas) if a in areas), areas[0])
    bars = [(labels.area(a), first(visible, area=a, category="")) for a in areas]
    groups = visible[(visible["area"] == widest) & (visible["category"] != "")]
    simple = [row for row in records(groups) if len(parts(row["category"])) == 1]
    bars += [(labels.category(row), row) for row in simple]
    drawn = [(name, row) for name, row in bars if row is not None]
    items = [
        labels.say("alt.response_item", name=name, share=estimate(row, labels))
        for name, row in drawn
    ]
    alt = labels.say("alt.response", items=join(items))
    with canvas.style():
        figure = canvas.blank(6.4, 1.0 + 0.3 * len(drawn))
        axes = figure.subplots()
        for height, (_, row) in enumerate(reversed(drawn)):
            _share_bar(axes, height, row, labels)
        axes.set_yticks(range(len(drawn)), [name.text for name, _ in reversed(drawn)])
        axes.set_xlim(0, max(0.1, min(1.0, 1.2 * max(row["estimate"] for _, row in drawn))))
        axes.xaxis.set_major_formatter(lambda v, _: fmt.digits(100 * v, 0, labels.language) + "%")
        axes.set_xlabel(labels.say("axis.response").text)
        canvas.quiet_rows(axes)
        caption = labels.say("caption.response")
        return canvas.finish(figure, caption, alt, stamp, drawn=draws(row for _, row in drawn))


def _share_bar(axes: Axes, height: int, row: Row, labels: Labels) -> None:
    look = canvas.look_of(str(row["area"])) if not row["category"] else canvas.LOOKS["other"]
    axes.barh(height, row["estimate"], height=0.62, color=look.color, zorder=2)
    axes.annotate(estimate(row, labels).text, (row["estimate"], height), xytext=(4, 0),
                  textcoords="offset points", va="center", fontsize=8.5)  # fmt: skip


def representativeness_figure(
    rows: pd.DataFrame, labels: Labels, wave: str, stamp: str = ""
) -> FigureView | Text:
    """Draw, per group, its share among respondents, after weighting, and in the population."""
    terms = ("respondents_share", "weighted_share", "population_share")
    found = select(rows, Table.REPRESENTATIVENESS, wave=wave, term=terms)
    area = next(iter(ordered(found["area"], ["all", "", *area_order(labels)])), "")
    here = shown(found[found["area"] == area])
    lines = []
    for category in dict.fromkeys(here["category"]):
        trio = [first(here, category=category, term=term) for term in terms]
        complete = [row for row in trio if row is not None]
        if len(complete) == len(terms):
            lines.append((labels.category(complete[0]), complete))
    if not lines:
        return absent(labels, found, "figure")
    items = [
        labels.say("alt.representativeness_item", name=name, raw=estimate(trio[0], labels),
                   weighted=estimate(trio[1], labels), population=estimate(trio[2], labels))
        for name, trio in lines
    ]  # fmt: skip
    alt = labels.say("alt.representativeness", items=join(items))
    with canvas.style():
        figure = canvas.blank(6.6, 1.3 + 0.3 * len(lines))
        axes = figure.subplots()
        _dots(axes, lines, labels, terms)
        caption = labels.say("caption.representativeness")
        drawn = draws(row for _, trio in lines for row in trio)
        return canvas.finish(figure, caption, alt, stamp, drawn=drawn)


def _dots(
    axes: Axes, lines: Sequence[tuple[Phrase, list[Row]]], labels: Labels, terms: Sequence[str]
) -> None:
    looks = (canvas.LOOKS["comparison"], canvas.LOOKS["pilot"], canvas.LOOKS["other"])
    heights = range(len(lines) - 1, -1, -1)
    for height, (_, trio) in zip(heights, lines, strict=True):
        values = [row["estimate"] for row in trio]
        axes.plot([min(values), max(values)], [height, height], color=canvas.GRID, linewidth=2)
    for index, (term, look) in enumerate(zip(terms, looks, strict=True)):
        values = [trio[index]["estimate"] for _, trio in lines]
        hollow = term == "population_share"
        axes.plot(values, heights, look.marker, color=look.color, markersize=9 if hollow else 6,
                  fillstyle="none" if hollow else "full", linestyle="none",
                  label=labels.say(f"head.{term}").text)  # fmt: skip
    axes.set_yticks(list(heights), [name.text for name, _ in lines])
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(lambda v, _: fmt.digits(100 * v, 0, labels.language) + "%")
    axes.set_xlabel(labels.say("axis.share").text)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize=8.5)
    canvas.quiet_rows(axes)


def weights_figure(
    rows: pd.DataFrame, labels: Labels, wave: str, stamp: str = ""
) -> FigureView | Text:
    """Draw, per area, the respondents and how many unweighted answers they are worth."""
    found = select(rows, Table.WEIGHTS, wave=wave, term="effective_n", category="")
    here = shown(found)
    here = here[here["n"].notna()]
    if here.empty:
        return absent(labels, found, "figure")
    areas = list(reversed(ordered(here["area"], area_order(labels))))
    chosen = [first(here, area=area) or {} for area in areas]
    items = [
        labels.say("alt.weights_item", name=labels.area(str(row["area"])),
                   respondents=fmt.number(row, "n", language=labels.language),
                   effective=fmt.number(row, language=labels.language, decimals=0))
        for row in reversed(chosen)
    ]  # fmt: skip
    alt = labels.say("alt.weights", items=join(items))
    with canvas.style():
        figure = canvas.blank(6.4, 1.3 + 0.42 * len(chosen))
        axes = figure.subplots()
        _pairs(axes, chosen, labels)
        drawn = draws(chosen, "n", "estimate")
        return canvas.finish(figure, labels.say("caption.weights_figure"), alt, stamp, drawn=drawn)


def _pairs(axes: Axes, chosen: Sequence[Row], labels: Labels) -> None:
    heights = np.arange(len(chosen))
    for shift, field, color, head in (
        (0.19, "n", canvas.GRID, "head.respondents"),
        (-0.19, "estimate", canvas.PILOT, "head.effective_n"),
    ):
        values = [row[field] for row in chosen]
        axes.barh(heights + shift, values, height=0.36, color=color, label=labels.say(head).text)
        for height, value in zip(heights + shift, values, strict=True):
            axes.annotate(fmt.digits(value, 0, labels.language), (value, height), xytext=(4, 0),
                          textcoords="offset points", va="center", fontsize=8)  # fmt: skip
    axes.set_yticks(heights, [labels.area(str(row["area"])).text for row in chosen])
    axes.margins(x=0.12)
    axes.xaxis.set_major_formatter(fmt.axis_formatter(labels.language))
    axes.set_xlabel(labels.say("axis.persons").text)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8.5)
    canvas.quiet_rows(axes)
