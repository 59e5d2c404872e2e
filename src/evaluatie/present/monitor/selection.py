"""Households chosen for their high cost: what was seen, what was to be expected, the difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from evaluatie.domain import Publication
from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.drawn import MEASURED, draws
from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase
from evaluatie.present.rows import first, parts, records, select, shown
from evaluatie.present.tables import (
    CONTRAST_AREA,
    NOTHING,
    SIDES,
    absent,
    bounds,
    estimate,
    heads,
    interval_note,
    price_note,
)
from evaluatie.results import Table

YEARS = {"1-12": "year_one", "13-24": "year_two"}
COLUMNS = (
    "selected_before", "selected_after", "selected_change", "selected_expected",
    "selected_difference", "interval",
)  # fmt: skip
GROUPS = {"selected": "mine", "expected": "others"}


def selection_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return per follow-up the change seen, the change to be expected, and their difference."""
    found = select(rows, Table.SELECTION)
    if select(found, term="difference").empty:
        return absent(labels, found)
    lines = [line for months in YEARS for line in _lines(found, labels, months)]
    layout = Layout(
        "selected", labels.say("head.selected_against"), heads(labels, COLUMNS),
        labels.say("caption.selected"),
    )  # fmt: skip
    notes = (
        _counts(found, labels), labels.say("note.selected_intervals"), interval_note(rows, labels),
        price_note(rows, labels),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def _lines(found: pd.DataFrame, labels: Labels, months: str) -> list[Line]:
    group = labels.say(f"selected.{YEARS[months]}")

    def row(term: str, area: str, category: str) -> Row | None:
        return first(found, term=term, area=area, category=f"{category}|months={months}")

    def levels(more: str = "") -> tuple[Phrase, ...]:
        mine = [
            row(term, SIDES[0], f"who=selected{more}") for term in ("before", "after", "change")
        ]
        expected = row("change", SIDES[1], f"who=expected{more}")
        return tuple(estimate(one, labels) for one in (*mine, expected))

    def difference(one: Row | None) -> tuple[Phrase, Phrase]:
        return estimate(one, labels), bounds(one, labels) if one is not None else NOTHING

    blank = (NOTHING,) * 3
    main = row("difference", CONTRAST_AREA, "against=expected|clusters=households")
    areas = row("difference", CONTRAST_AREA, "against=expected|clusters=areas")
    donut = row("difference", CONTRAST_AREA, "against=expected|clusters=households|variant=donut")
    never = row("difference", SIDES[0], "against=never_enrolled|clusters=households")
    passed = estimate(row("change", SIDES[0], "who=never_enrolled"), labels)
    cells = {
        "expected": (main, (*levels(), *difference(main))),
        "areas": (areas, (*blank, NOTHING, *difference(areas))),
        "donut": (donut, (*levels("|variant=donut"), *difference(donut))),
        "never_enrolled": (never, (*blank, passed, *difference(never))),
    }
    lines = [
        Line(labels.say(f"selected.{name}"), content, group)
        for name, (there, content) in cells.items()
        if there is not None
    ]
    for name in ("normal", "lognormal"):
        model = row("model_change", SIDES[1], f"model={name}")
        if model is not None:
            content = (*blank, estimate(model, labels), NOTHING, NOTHING)
            lines.append(Line(labels.say(f"selected.model_{name}"), content, group))
    return lines


def _counts(found: pd.DataFrame, labels: Labels) -> Phrase:
    """Return who is spoken of, and who is outside the claim."""
    months = next(iter(YEARS))

    def count(name: str) -> Phrase:
        category = f"households={name}|against=expected|months={months}"
        row = first(found, term=["count", "reach"], area=SIDES[0], category=category)
        return estimate(row, labels)

    enrolled = first(found, term="count", category="households=enrolled")
    worth = first(found, term="effective_n", category=f"against=expected|months={months}")
    if worth is None or enrolled is None:
        return Phrase()
    return labels.say(
        "note.selected_counts", enrolled=estimate(enrolled, labels), compared=count("compared"),
        early=count("not_yet_followed"), history=count("no_history"), alone=count("no_comparable"),
        left=count("left"),
        worth=fmt.number(worth, language=labels.language, decimals=0, bare=True),
    )  # fmt: skip


def selection_figure(rows: pd.DataFrame, labels: Labels, stamp: str = "") -> FigureView | Text:
    """Draw cost per quarter around the choice; the lower line after it is no effect by itself."""
    found = select(rows, Table.SELECTION, term="trajectory")
    panels = [m for m in YEARS if not shown(_of(found, m)).empty]
    if not panels:
        return absent(labels, select(rows, Table.SELECTION), "figure")
    with canvas.style():
        figure = canvas.blank(7.2, 3.4 if len(panels) > 1 else 3.2)
        grid = figure.subplots(1, len(panels), squeeze=False, sharey=True)
        for axes, months in zip(grid.flat, panels, strict=True):
            _panel(axes, _of(found, months), labels)
            if len(panels) > 1:
                axes.set_title(labels.say(f"selected.{YEARS[months]}").text)
        grid.flat[0].set_ylabel(labels.say("axis.selected_eur").text)
        grid.flat[0].legend(loc="lower center", fontsize=8)
        grid.flat[0].set_ylim(bottom=0)  # shared: after every panel has said how high it goes
        alt = _alt(_of(found, panels[0]), labels)
        drawn = [ref for months in panels for ref in draws(_of(found, months), *MEASURED)]
        return canvas.finish(figure, labels.say("caption.selected_path"), alt, stamp, drawn=drawn)


def _of(found: pd.DataFrame, months: str) -> pd.DataFrame:
    """Return the points of one follow-up with their quarter and group."""
    named = [parts(str(category)) for category in found["category"]]
    marked = found.assign(
        quarter=[int(part["quarter"]) for part in named], who=[part["who"] for part in named]
    )
    mine = np.array([part["months"] == months for part in named], dtype=bool)
    return marked[mine].sort_values("quarter")


def _panel(axes: Axes, found: pd.DataFrame, labels: Labels) -> None:
    for who, side in zip(GROUPS, SIDES, strict=True):
        mine, look = found[found["who"] == who], canvas.look_of(side)
        visible = (mine["publication"] == str(Publication.SHOWN)).to_numpy()
        quarter = mine["quarter"].to_numpy(float)
        x = np.where(quarter < 0, quarter + 0.5, quarter - 0.5)  # the middle of the quarter
        level, low, high = (
            np.where(visible, mine[name].to_numpy(float), np.nan)  # a hidden point is a gap
            for name in ("estimate", "ci_low", "ci_high")
        )
        axes.fill_between(x, low, high, color=look.color, alpha=0.13, linewidth=0)
        axes.plot(x, level, look.line, color=look.color, marker=look.marker, markersize=4,
                  markerfacecolor=look.color if look.line == "-" else "white", linewidth=1.6,
                  label=labels.say(f"axis.selected_{GROUPS[who]}").text)  # fmt: skip
    axes.axvline(0, color=canvas.INK, linewidth=1, linestyle=(0, (2, 2)))
    axes.annotate(labels.say("axis.selected_moment").text, (0, 1), xytext=(3, -2), va="top",
                  xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=7.5,
                  color=canvas.SOFT)  # fmt: skip
    axes.set_xlabel(labels.say("axis.selected_quarter").text)
    axes.yaxis.set_major_formatter(fmt.axis_formatter(labels.language))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.xaxis.set_major_formatter(fmt.axis_formatter(labels.language))
    axes.grid(axis="y")
    axes.set_axisbelow(True)


def _alt(found: pd.DataFrame, labels: Labels) -> Phrase:
    ends = {}
    for who, name in zip(GROUPS, ("mine", "other"), strict=True):
        mine = found[found["who"] == who]
        peak, last = first(mine, quarter=-1), mine.iloc[-1].to_dict()
        ends[f"{name}_peak"] = estimate(peak, labels, bare=False)
        ends[f"{name}_last"] = estimate(last, labels, bare=False)
    return labels.say("alt.selected", **ends)
