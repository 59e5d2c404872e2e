"""The agreed contrast beside the same contrast calculated in other ways; never a p value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.drawn import MEASURED, draws
from evaluatie.present.forest import forest_axis, margin_lines, name_rows
from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import NumberRef, Phrase, join
from evaluatie.present.rows import ordered, parts, records, select, shown
from evaluatie.present.tables import (
    NOTHING,
    absent,
    anchors_of,
    contrast_row,
    estimate,
    heads,
    margin_row,
    measured,
    unit_words,
)
from evaluatie.present.wording import has_message
from evaluatie.results import Table

LEFT_OUT = "drop="
KINDS = ("drop", "drop_event", "without_wave", "population", "answers", "weights", "mode",
         "measurement", "method")  # fmt: skip


@dataclass(frozen=True)
class Variants:
    """The agreed contrast of one question at its verdict wave, and all other ways to it."""

    question: str
    wave: str
    agreed: Row | None
    rows: pd.DataFrame

    def alike(self, *, left_out: bool) -> pd.DataFrame:
        """Return the shown rows in the unit of the agreed one, without an area or otherwise."""
        found = shown(self.rows)
        if self.agreed is not None:
            found = found[found["unit"] == self.agreed["unit"]]
        return found[found["category"].str.startswith(LEFT_OUT) == left_out]


def variants_of(rows: pd.DataFrame, labels: Labels, wave: str) -> Iterator[Variants]:
    """Yield the questions that were calculated another way, at a verdict wave up to ``wave``."""
    waves = labels.order("wave")
    reached = waves[: waves.index(wave) + 1] if wave in waves else [wave]
    found = select(rows, Table.SENSITIVITY, wave=[*reached, ""])
    for question in ordered(found["question"], labels.order("question")):
        mine = found[found["question"] == question]
        at = str(ordered(mine["wave"], ["", *reached])[-1])
        agreed = contrast_row(rows, question, at or wave)
        kinds = mine["category"].str.partition("=")[0]
        rank = kinds.map({kind: place for place, kind in enumerate(KINDS)}).fillna(len(KINDS))
        mine = mine.loc[rank.sort_values(kind="stable").index]
        yield Variants(question, at, agreed, mine[mine["wave"] == at])


def sensitivity_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return every other calculation of each question below the agreed one."""
    lines, used = [], []
    for found in variants_of(rows, labels, wave):
        group = labels.name("question", found.question)
        if found.wave not in ("", wave):
            group = join((group, labels.name("wave", found.wave)), " · ")
        if found.agreed is not None:
            lines.append(_line(labels.say("variant.agreed"), found.agreed, group, rows, labels))
        for row in records(found.rows):
            lines.append(_line(variant_name(row, labels), row, group, rows, labels))
            used.append(row)
    if not lines:
        return absent(labels, select(rows, Table.SENSITIVITY))
    layout = Layout(
        "sensitivity", labels.say("head.variant"), heads(labels, ("difference", "interval")),
        labels.say("caption.sensitivity"),
    )  # fmt: skip
    notes = [labels.say("note.sensitivity")]
    if any(str(row["category"]).startswith(LEFT_OUT) for row in used):
        notes.append(labels.say("note.drop_area", variant=labels.say("variant.cr2")))
    return draw(layout, lines, notes_for(labels, lines, used, *notes))


def _line(name: Phrase, row: Row, group: Phrase, rows: pd.DataFrame, labels: Labels) -> Line:
    if fmt.is_ratio(row):
        name = join((name, unit_words(row, labels)), ", ")
    return Line(name, measured(row, labels, anchors_of(rows, str(row["question"]))), group)


def variant_name(row: Row, labels: Labels) -> Phrase:
    """Return how a sensitivity row was calculated, in words."""
    named = []
    known = parts(str(row["category"]))
    if "drop_event" in known:  # the areas it names are part of the event
        known.pop("drop", None)
    for key, value in known.items():
        if value in labels.texts.get("area", {}):
            named.append(labels.say("category.drop_area", area=labels.name("area", value)))
        elif (text := _variant_text(key, value, labels)) is not None:
            named.append(text)
        else:
            named.append(labels.category({**row, "category": f"{key}={value}"}))
    return join(named, ", ")


def _variant_text(key: str, value: str, labels: Labels) -> Phrase | None:
    for kind in ("event", "wave"):
        if value in labels.texts.get(kind, {}) and has_message(f"variant.{key}", labels.language):
            return labels.say(f"variant.{key}", what=labels.name(kind, value))
    for name in (f"{key}_{value}", value, key):
        if has_message(f"variant.{name}", labels.language):
            return labels.say(f"variant.{name}")
    return None


def robustness_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return per question the agreed contrast and how far the other calculations lie apart."""
    lines = []
    for found in variants_of(rows, labels, wave):
        if found.agreed is None:
            continue
        cells = [estimate(found.agreed, labels, bare=False)]
        for left_out in (True, False):
            cells += _extremes(found.alike(left_out=left_out), labels)
        name = labels.name("indicator", str(found.agreed["indicator"])).capitalised()
        lines.append(Line(name, tuple(cells)))  # the whole question leaves the numbers no room
    if not lines:
        return absent(labels, select(rows, Table.SENSITIVITY))
    columns = ("agreed", "lowest_left_out", "highest_left_out", "lowest_other", "highest_other")
    layout = Layout(
        "robustness", labels.say("head.indicator"), heads(labels, columns),
        labels.say("caption.robustness"),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, [], labels.say("note.sensitivity")))


def _extremes(found: pd.DataFrame, labels: Labels) -> tuple[Phrase, Phrase]:
    if found.empty:
        return NOTHING, NOTHING
    low, high = (found.loc[at].to_dict() for at in _ends(found))
    return estimate(low, labels), estimate(high, labels)


def _ends(found: pd.DataFrame) -> tuple[int, int]:
    return found["estimate"].idxmin(), found["estimate"].idxmax()


def robustness_figure(
    rows: pd.DataFrame, labels: Labels, wave: str, stamp: str = ""
) -> FigureView | Text:
    """Draw the agreed contrast with its interval and a mark per other calculation.

    Every question is divided by its margin and turned so that right is better, as in the forest
    plot of the questions.
    """
    drawn: list[tuple[Variants, float]] = []
    for found in variants_of(rows, labels, wave):
        margin = margin_row(rows, found.question)
        if margin is None or found.agreed is None or not _complete(found.agreed):
            continue
        sign = labels.favourable(str(found.agreed["indicator"]))
        drawn.append((found, sign / float(margin["estimate"])))
    if not drawn:
        return absent(labels, select(rows, Table.SENSITIVITY), "figure")
    names = [
        labels.name("indicator", str(f.agreed["indicator"])).text for f, _ in drawn if f.agreed
    ]
    with canvas.style():
        figure = canvas.blank(7.2, 1.75 + 0.4 * len(drawn))
        axes = figure.subplots()
        for height, (found, scale) in enumerate(reversed(drawn)):
            _draw_variants(axes, height, found, scale)
        reach = max(1.2, *np.abs(axes.get_xlim()))
        axes.set_xlim(-reach, reach)
        axes.axvline(0, color=canvas.INK, linewidth=1.0, zorder=1)
        name_rows(axes, names)
        forest_axis(axes, labels, labels.say("axis.margins").text)
        margin_lines(axes, labels.say("axis.margin").text)
        _legend(axes, labels)
        items = join(_told(found, rows, labels) for found, _ in drawn)
        alt = labels.say("alt.robustness", items=items)
        caption = labels.say("caption.robustness_figure")
        marks = [ref for found, _ in drawn for ref in _marks(found, rows)]
        return canvas.finish(figure, caption, alt, stamp, drawn=marks)


def _marks(found: Variants, rows: pd.DataFrame) -> tuple[NumberRef, ...]:
    """Return what is drawn of one question, the margin that it is divided by included."""
    others = (draws(found.alike(left_out=left_out)) for left_out in (True, False))
    agreed = draws([found.agreed], *MEASURED)
    return (*agreed, *draws([margin_row(rows, found.question)]), *chain.from_iterable(others))


def _complete(row: Row) -> bool:
    return bool(np.isfinite([row["estimate"], row["ci_low"], row["ci_high"]]).all())


def _draw_variants(axes: Axes, height: int, found: Variants, scale: float) -> None:
    agreed = found.agreed or {}
    ends = [agreed["ci_low"] * scale, agreed["ci_high"] * scale]
    axes.plot(ends, [height, height], color=canvas.PILOT, linewidth=2.0, zorder=2)
    for left_out, marker, shift, color in MARKS:
        values = found.alike(left_out=left_out)["estimate"].to_numpy(float) * scale
        axes.plot(values, np.full(len(values), height + shift), marker, color=color,
                  markerfacecolor="none", markersize=4.5, zorder=3)  # fmt: skip
    axes.plot(agreed["estimate"] * scale, height, "o", color=canvas.PILOT, markersize=7,
              markeredgecolor="white", zorder=4)  # fmt: skip


MARKS: Sequence[tuple[bool, str, float, str]] = (
    (True, "|", 0.2, canvas.INK),
    (False, "D", -0.22, canvas.COMPARISON),
)


def _legend(axes: Axes, labels: Labels) -> None:
    look = {"linestyle": "none", "markerfacecolor": "none"}
    handles = [
        Line2D([], [], marker="o", color=canvas.PILOT, linewidth=2, label="variant.agreed"),
        *(
            Line2D([], [], marker=marker, color=color, label=f"variant.{name}", **look)  # type: ignore[arg-type]
            for (_, marker, _, color), name in zip(MARKS, ("left_out", "other"), strict=True)
        ),
    ]
    names = [labels.say(str(handle.get_label())).text for handle in handles]
    axes.legend(
        handles, names, loc="lower center", bbox_to_anchor=(0.5, 1.06), ncols=3, fontsize=8.5
    )


def _told(found: Variants, rows: pd.DataFrame, labels: Labels) -> Phrase:
    row = found.agreed or {}
    value, spread = measured(row, labels, anchors_of(rows, found.question))
    name = labels.name("indicator", str(row["indicator"]))
    every = pd.concat([found.alike(left_out=True), found.alike(left_out=False)])
    if every.empty:
        return labels.say("alt.forest_item", name=name, estimate=value, interval=spread)
    low, high = (estimate(every.loc[at].to_dict(), labels) for at in _ends(every))
    return labels.say(
        "alt.robustness_item", name=name, estimate=value, interval=spread, low=low, high=high
    )
