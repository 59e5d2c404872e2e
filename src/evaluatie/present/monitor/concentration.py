"""How cost is spread over households: tables, and the Lorenz curve."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from evaluatie.domain import Publication
from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.drawn import draws
from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.monitor.stacking import last_year, numeral
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, join
from evaluatie.present.rows import first, parts, records, select, shown
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

USERS = "households=users"
CROSS_DOMAIN = "group=cross_domain"
ANNUAL = r"\d{4}"


def concentration_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return Gini and top shares by year: each side, and the difference in change."""
    found = _spread(rows, ["gini", "top_share", "difference"])
    if shown(found).empty:
        return absent(labels, found)
    lines: list[Line] = []
    for category in _measures(found):
        top = parts(category).get("top", "")
        mine = found[found["category"] == category]
        between = found[found["category"] == f"{category}|of={'top_share' if top else 'gini'}"]
        for year in sorted(set(mine["period"])):
            some = mine[mine["period"] == year].iloc[0].to_dict()
            cells: list[Phrase] = []
            for side in SIDES:
                cells += _pair(first(mine, area=side, period=year), labels)
            cells += _pair(first(between, area=CONTRAST_AREA, period=year), labels)
            group = labels.say("spread.gini") if not top else _top(some, top, labels)
            lines.append(Line(labels.period(some), tuple(cells), group))
    layout = Layout(
        "concentration", labels.say("head.year"),
        heads(labels, ("level", "interval") * len(SIDES) + ("change", "interval")),
        labels.say("caption.concentration"), above=heads(labels, (*SIDES, "side_difference")),
    )  # fmt: skip
    notes = (labels.say("note.concentration"), interval_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def cross_domain_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return households with high cost under several laws, by year."""
    found = select(
        rows, Table.HOUSEHOLD, category=CROSS_DOMAIN,
        term=["count", "share_of_users", "share_of_cost", "threshold"],
    )  # fmt: skip
    sides = found[found["area"].isin(SIDES)]
    if shown(sides).empty:
        return absent(labels, found)
    terms = ("count", "share_of_users", "share_of_cost")
    lines = []
    for year in sorted(set(sides["period"])):
        mine = sides[sides["period"] == year]
        cells = tuple(
            estimate(first(mine, area=side, term=term), labels) for side in SIDES for term in terms
        )
        lines.append(Line(labels.period(mine.iloc[0].to_dict()), cells))
    columns = ("stacking_households", "of_households", "of_cost")
    layout = Layout(
        "cross-domain", labels.say("head.year"), heads(labels, columns * len(SIDES)),
        labels.say("caption.cross_domain"), above=heads(labels, SIDES),
    )  # fmt: skip
    notes = [labels.say("note.cross_domain"), price_note(rows, labels)]
    if (row := first(found, term="threshold")) is not None:
        amount, year = estimate(row, labels, bare=False), labels.period(row)
        notes.insert(0, labels.say("note.high_cost_threshold", amount=amount, year=year))
    return draw(layout, lines, notes_for(labels, lines, records(sides), *notes))


def persistence_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return whether the most expensive households are so again, and what they cost then."""
    found = select(rows, Table.HOUSEHOLD, term=["still_top", "mean"])
    named = found["category"].map(parts)
    found = found[(found["term"] == "still_top") | named.map(lambda p: "when" in p).astype(bool)]
    if shown(found).empty:
        return absent(labels, found)
    lines = []
    for year in sorted(set(found["period"])):
        mine, cells = found[found["period"] == year], []
        for side in SIDES:
            here = mine[mine["area"] == side]
            cells.append(estimate(first(here, term="still_top"), labels))
            for when in ("before", "after"):
                chosen = here[here["category"].str.endswith(f"when={when}")]
                cells.append(estimate(first(chosen, term="mean"), labels))
        lines.append(Line(labels.period(mine.iloc[0].to_dict()), tuple(cells)))
    layout = Layout(
        "persistence", labels.say("head.year"),
        heads(labels, ("still_top", "year_before", "this_year") * len(SIDES)),
        labels.say("caption.persistence"), above=heads(labels, SIDES),
    )  # fmt: skip
    notes = (labels.say("note.persistence"), price_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def lorenz_figure(rows: pd.DataFrame, labels: Labels, stamp: str = "") -> FigureView | Text:
    """Draw which part of the cost the households with least cost have, beside equal shares."""
    found = select(rows, Table.HOUSEHOLD, term="lorenz")
    here = found[found["period"] == last_year(found)]
    if shown(here).empty:
        return absent(labels, found, "figure")
    with canvas.style():
        figure = canvas.blank(5.4, 4.6)
        axes = figure.subplots()
        axes.plot([0, 100], [0, 100], ":", color=canvas.NEUTRAL, linewidth=1.4)
        axes.annotate(labels.say("axis.equal_shares").text, (46, 46), rotation=40, ha="center",
                      xytext=(-7, 7), textcoords="offset points", fontsize=8,
                      color=canvas.SOFT)  # fmt: skip
        for side in SIDES:
            _curve(axes, here[here["area"] == side], side, labels)
        for axis, key in ((axes.xaxis, "lorenz_households"), (axes.yaxis, "lorenz_cost")):
            axis.set_major_formatter(fmt.axis_formatter(labels.language))
            axis.set_label_text(labels.say(f"axis.{key}").text)
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 100)
        axes.grid()
        axes.set_axisbelow(True)
        axes.legend(loc="upper left")
        year = labels.period(here.iloc[0].to_dict())
        alt = labels.say("alt.lorenz", year=year, items=_points(rows, here, labels))
        caption, drawn = labels.say("caption.lorenz", year=year), draws(select(here, area=SIDES))
        return canvas.finish(figure, caption, alt, stamp, drawn=drawn)


def _curve(axes: Axes, mine: pd.DataFrame, side: str, labels: Labels) -> None:
    if mine.empty:
        return
    look = canvas.look_of(side)
    at = np.array([float(parts(category)["lowest"]) for category in mine["category"]])
    order = np.argsort(at)
    x = np.concatenate([[0], 100 * at[order], [100]])
    visible = (mine["publication"] == str(Publication.SHOWN)).to_numpy()
    held = np.where(visible, mine["estimate"].to_numpy(float), np.nan)  # a hidden point is a gap
    y = np.concatenate([[0], 100 * held[order], [100]])
    axes.plot(x, y, look.line, color=look.color, marker=look.marker, markersize=4,
              markerfacecolor=look.color if look.line == "-" else "white", linewidth=1.6,
              label=labels.say(f"head.{side}").text)  # fmt: skip


def _points(rows: pd.DataFrame, here: pd.DataFrame, labels: Labels) -> Phrase:
    """Return the Gini and the share of the top of each side, in words."""
    year = str(here["period"].iloc[0])
    found = _spread(rows, ["gini", "top_share"])
    items = []
    for side in dict.fromkeys(here["area"]):
        mine = select(found, area=side, period=year)
        gini = first(mine, term="gini", category=USERS)
        tops = [
            labels.say("alt.top_item", top=numeral(r, parts(r["category"])["top"]),
                       share=estimate(r, labels))
            for r in records(mine[mine["term"] == "top_share"])
        ]  # fmt: skip
        items.append(
            labels.say("alt.lorenz_item", side=labels.area(side).capitalised(),
                       gini=_bare(gini, labels), tops=join(tops, ", "))
        )  # fmt: skip
    return join(items)


def _spread(rows: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    """Return the rows about households with cost; years, not the reasons why there is none."""
    found = select(rows, Table.HOUSEHOLD, term=terms)
    found = found[found["category"].str.startswith(USERS)]
    return found[found["period"].str.fullmatch(ANNUAL)]


def _measures(found: pd.DataFrame) -> list[str]:
    """Return the categories in reading order: the Gini, then from the smallest top up."""
    categories = {c for c in found["category"] if "of" not in parts(c)}
    return sorted(categories, key=lambda c: float(parts(c).get("top", 0)))


def _top(row: Row, top: str, labels: Labels) -> Phrase:
    return labels.say("spread.top", top=numeral(row, top))


def _pair(row: Row | None, labels: Labels) -> tuple[Phrase, Phrase]:
    """Return estimate and interval; an index has two decimals."""
    if row is None:
        return NOTHING, NOTHING
    if row["unit"] == "share":
        return measured(row, labels)
    said = _bare(row, labels)
    return said, fmt.interval(row, language=labels.language, decimals=2, bare=True)


def _bare(row: Row | None, labels: Labels) -> Phrase:
    if row is None:
        return NOTHING
    return fmt.number(row, language=labels.language, decimals=2, bare=True)
