"""What the support of a household costs: levels per year, change since before the start, figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from evaluatie.domain import Publication
from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.cost_figures import moment, pilot_start
from evaluatie.present.cost_tables import law_order
from evaluatie.present.drawn import draws
from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, join
from evaluatie.present.rows import first, ordered, records, select, shown
from evaluatie.present.tables import (
    CONTRAST_AREA,
    NOTHING,
    SIDES,
    absent,
    estimate,
    heads,
    interval_note,
    measured,
    price_note,
)
from evaluatie.results import Table

KIND = "household_cost"
TOGETHER = ""  # the law of rows about all laws together
LEVELS = ("per_household", "per_household_with_care", "median")
COUNTS = ("share_with_care", "p90", "p99")


def household_cost_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return per year what a household costs: of all, of those with care, and the middle one."""
    return _by_year(rows, labels, LEVELS, "household-cost")


def household_spread_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return per year how many households have care, and what the expensive ones cost."""
    return _by_year(rows, labels, COUNTS, "household-spread")


def household_change_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return pilot minus comparison in change, per law: last full year, and window of ``wave``."""
    found = select(_mine(rows, labels), term="difference", area=CONTRAST_AREA)
    yearly = shown(found[found["period"] != ""])
    last = yearly["period"].max() if len(yearly) else ""
    spans = [found[found["period"] == last], found[found["wave"] == wave]]
    spans = [span for span in spans if not shown(span).empty]
    if not spans:
        return absent(labels, found)
    laws = [TOGETHER, *ordered((law for law in found["law"] if law), law_order(labels))]
    lines = []
    for law in laws:
        cells: list[Phrase] = []
        for span in spans:
            cells += measured(first(span, law=law), labels, bare=True)
        lines.append(Line(_law(labels, law), tuple(cells)))
    above = tuple(_span_name(records(span)[0], labels) for span in spans)
    layout = Layout(
        "household-change", labels.say("head.law"),
        heads(labels, ("difference", "interval") * len(spans)),
        labels.say("caption.household_change"), above=above,
    )  # fmt: skip
    notes = (labels.say("note.household_change"), interval_note(rows, labels))
    chosen = [row for span in spans for row in records(span)]
    return draw(layout, lines, notes_for(labels, lines, chosen, *notes, price_note(rows, labels)))


def household_cost_figure(rows: pd.DataFrame, labels: Labels, stamp: str = "") -> FigureView | Text:
    """Draw cost per household by year, of both sides, with the start of the pilot."""
    found = select(_mine(rows, labels), term="per_household", area=SIDES, law=TOGETHER)
    if shown(found).empty:
        return absent(labels, found, "figure")
    with canvas.style():
        figure = canvas.blank(6.4, 3.4)
        axes = figure.subplots()
        for side in SIDES:
            _line(axes, found[found["area"] == side], side, labels)
        _frame(axes, labels)
        _hidden_years(axes, found, labels)
        _start(axes, rows, labels)
        caption = labels.say("caption.household_figure")
        drawn = draws(found) + draws([pilot_start(rows)])
        return canvas.finish(figure, caption, _alt(found, labels), stamp, drawn=drawn)


def _mine(rows: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Return the rows of this kind of indicator; other kinds share the table."""
    here = select(rows, Table.HOUSEHOLD)
    return here[here["indicator"].map(lambda name: labels.kinds.get(name) == KIND).astype(bool)]


def _by_year(
    rows: pd.DataFrame, labels: Labels, terms: tuple[str, ...], ident: str
) -> TableView | Text:
    """Return the laws together: one line per year, the terms of each side beside one another."""
    found = select(_mine(rows, labels), term=list(terms), area=SIDES, law=TOGETHER)
    if shown(found).empty:
        return absent(labels, found)
    lines = []
    for year in sorted(set(found["period"])):
        mine = found[found["period"] == year]
        cells = tuple(
            _cell(first(mine, area=side, term=term), labels) for side in SIDES for term in terms
        )
        lines.append(Line(labels.period(records(mine)[0]), cells))
    key = ident.replace("-", "_")
    layout = Layout(
        ident, labels.say("head.year"), heads(labels, terms * len(SIDES)),
        labels.say(f"caption.{key}"), above=heads(labels, SIDES),
    )  # fmt: skip
    notes = (labels.say(f"note.{key}"), price_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def _cell(row: Row | None, labels: Labels) -> Phrase:
    return NOTHING if row is None else estimate(row, labels)


def _law(labels: Labels, law: str) -> Phrase:
    return labels.say("law.together") if law == TOGETHER else labels.law(law).capitalised()


def _span_name(row: Row, labels: Labels) -> Phrase:
    if row["period"]:
        return labels.say("head.household_until", when=labels.period(row))
    return labels.say("head.household_before", when=labels.name("wave", str(row["wave"])))


def _line(axes: Axes, found: pd.DataFrame, side: str, labels: Labels) -> None:
    """Draw one side, its name at its end; what is not shown is no point."""
    look, mine = canvas.look_of(side), found.sort_values("period")
    moments = mine["period"].map(moment).to_numpy(float)
    visible = (mine["publication"] == str(Publication.SHOWN)).to_numpy()
    values = np.where(visible, mine["estimate"].to_numpy(float), np.nan)
    filled = look.color if look.line == "-" else "white"
    name = labels.say(f"head.{side}").text
    axes.plot(moments, values, look.line, color=look.color, marker=look.marker, markersize=4.5,
              markerfacecolor=filled, linewidth=1.7, label=name)  # fmt: skip


def _hidden_years(axes: Axes, found: pd.DataFrame, labels: Labels) -> None:
    """Say at the foot where an amount is suppressed: a gap is no zero."""
    hidden = found[found["publication"] == str(Publication.SUPPRESSED)]
    for year in sorted(set(hidden["period"])):
        axes.annotate(labels.say("word.suppressed").text, (moment(year), 0), rotation=90,
                      xycoords=("data", "axes fraction"), xytext=(0, 4), ha="center", va="bottom",
                      textcoords="offset points", fontsize=7, color=canvas.SOFT)  # fmt: skip


def _frame(axes: Axes, labels: Labels) -> None:
    axes.set_ylim(bottom=0, top=axes.get_ylim()[1] * 1.15)
    axes.yaxis.set_major_formatter(fmt.axis_formatter(labels.language))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    low, high = (int(np.floor(limit)) for limit in axes.dataLim.intervalx)
    years = list(range(low, high + 1))
    axes.set_xticks([year + 0.5 for year in years], [str(year) for year in years])
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.set_ylabel(labels.say("axis.eur_household").text)
    axes.legend(loc="lower left", frameon=False, fontsize=8.5, handlelength=3.2)


def _start(axes: Axes, rows: pd.DataFrame, labels: Labels) -> None:
    start = pilot_start(rows)
    if start is None:
        return
    year, rest = divmod(int(start["estimate"]), 10_000)
    place = year + (rest // 100 - 1) / 12 + (rest % 100 - 1) / 365
    axes.axvline(place, color=canvas.INK, linewidth=1, linestyle=(0, (2, 2)))
    axes.annotate(labels.say("axis.pilot_start").text, (place, 1), xytext=(3, -2),
                  xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
                  fontsize=7.5, color=canvas.SOFT)  # fmt: skip


def _alt(found: pd.DataFrame, labels: Labels) -> Phrase:
    items = []
    for side in SIDES:
        mine = shown(found[found["area"] == side]).sort_values("period")
        if mine.empty:
            continue
        ends = [mine.iloc[0].to_dict(), mine.iloc[-1].to_dict()]
        amounts = {
            name: estimate(row, labels, bare=False)
            for name, row in zip(("first", "last"), ends, strict=True)
        }
        years = {
            name: labels.period(row) for name, row in zip(("since", "until"), ends, strict=True)
        }
        items.append(labels.say("alt.household_item", side=labels.area(side), **amounts, **years))
    return labels.say("alt.household_cost", items=join(items, " "))
