"""Public figures of the municipality: insured cost beside the study's own, totals by law."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from evaluatie.domain import Publication
from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.cost_tables import law_order
from evaluatie.present.drawn import draws
from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, join
from evaluatie.present.rows import first, ordered, parts, records, select, shown
from evaluatie.present.tables import SIDES, absent, estimate, heads, price_note
from evaluatie.results import Table

STANDARD, CRUDE = "per_insured_year_standardised", "per_insured_year"
PUBLIC = "public_"
MUNICIPALITY, COUNTRY, INSURER = "place=municipality", "place=country", "place=insurer"
PLACES = ("", *SIDES)


def _three(found: pd.DataFrame, term: str, care: str = "") -> list[Row | None]:
    """Return the rows of the municipality and of both sides."""
    tail = f"|care={care}" if care else ""
    public = first(found, term=PUBLIC + term, category=MUNICIPALITY + tail)
    own = (first(found, term=term, area=side, category=INSURER + tail) for side in SIDES)
    return [public, *own]


def _insured(rows: pd.DataFrame) -> pd.DataFrame:
    return select(
        rows, Table.REFERENCE, term=[p + t for p in ("", PUBLIC) for t in (CRUDE, STANDARD)]
    )


def public_insured_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return cost per insured year, as it is and on the ages and sexes of the pilot's insured."""
    found = _insured(rows)
    if not (found["publication"] == str(Publication.SHOWN)).any():
        return absent(labels, found)
    lines = []
    for year in sorted(set(found["period"])):
        here = select(found, period=year)
        cells = [*_three(here, CRUDE), *_three(here, STANDARD)]
        some = here.iloc[0].to_dict()
        lines.append(Line(labels.period(some), tuple(estimate(row, labels) for row in cells)))
    names = heads(labels, ("public_municipality", *SIDES))
    layout = Layout(
        "public-insured", labels.say("head.period"), (*names, *names),
        labels.say("caption.public_insured"),
        above=heads(labels, ("public_crude", "public_standardised")),
    )  # fmt: skip
    notes = (labels.say("note.public_standardised"), price_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def public_parts_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return the same of the last year by kind of care."""
    found = _insured(rows)
    found = found[found["category"].str.contains("care=")]
    if not (found["publication"] == str(Publication.SHOWN)).any():
        return absent(labels, found)
    found = found[found["period"] == found["period"].max()]
    lines = []
    for care in ordered((parts(c)["care"] for c in found["category"]), labels.order("code")):
        cells = tuple(estimate(row, labels) for row in _three(found, STANDARD, care))
        lines.append(Line(labels.name("code", care).capitalised(), cells))
    layout = Layout(
        "public-parts", labels.say("head.public_care"),
        heads(labels, ("public_municipality", *SIDES)),
        labels.say("caption.public_parts", year=labels.period(found.iloc[0].to_dict())),
    )  # fmt: skip
    notes = (labels.say("note.public_standardised"), price_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def public_laws_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return totals, users and cost per user by law: of the municipality and of the country."""
    found = select(rows, Table.REFERENCE, category=[MUNICIPALITY, COUNTRY], method="current_prices")
    if not (found["publication"] == str(Publication.SHOWN)).any():
        return absent(labels, select(rows, Table.REFERENCE, term="public_total"))
    lines = []
    cells_of = (("public_total", MUNICIPALITY), ("public_users", MUNICIPALITY),
                ("public_per_user", MUNICIPALITY), ("public_per_user", COUNTRY))  # fmt: skip
    for year in sorted(set(found["period"])):
        here = select(found, period=year)
        group = labels.period(here.iloc[0].to_dict())
        for law in ordered(here["law"], law_order(labels)):
            mine = select(here, law=law)
            cells = tuple(
                estimate(first(mine, term=term, category=place), labels) for term, place in cells_of
            )
            lines.append(Line(labels.law(law).capitalised(), cells, group))
    columns = ("public_total", "public_users", "public_per_user", "public_per_user_country")
    layout = Layout(
        "public-laws", labels.say("head.law"), heads(labels, columns),
        labels.say("caption.public_laws"),
    )  # fmt: skip
    notes = (labels.say("note.public_laws"), _counted(found, labels))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def _counted(found: pd.DataFrame, labels: Labels) -> Phrase:
    row = first(select(found, term="public_municipalities"))
    if row is None:
        return Phrase()
    number = fmt.number(row, language=labels.language, decimals=0, bare=True)
    return labels.say("note.public_country", municipalities=number)


def public_insured_figure(rows: pd.DataFrame, labels: Labels, stamp: str = "") -> FigureView | Text:
    """Draw standardised cost per insured year of the municipality and of both sides."""
    found = _insured(rows)
    here = shown(found[~found["category"].str.contains("care=")])
    here = here[here["term"].str.endswith(STANDARD)]
    if here.empty:
        return absent(labels, found, "figure")
    with canvas.style():
        figure = canvas.blank(6.4, 3.0)
        axes = figure.subplots()
        items = [_line(axes, select(here, area=place), place, labels) for place in PLACES]
        axes.set_ylim(bottom=0, top=axes.get_ylim()[1] * 1.1)
        axes.yaxis.set_major_formatter(fmt.axis_formatter(labels.language))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
        axes.set_ylabel(labels.say("axis.eur_insured").text)
        axes.grid(axis="y")
        axes.set_axisbelow(True)
        axes.legend(loc="lower left", fontsize=8)
        alt = labels.say("alt.public_insured", items=join((i for i in items if i), "; "))
        caption = labels.say("caption.public_insured_figure")
        drawn = draws(select(here, area=list(PLACES)))
        return canvas.finish(figure, caption, alt, stamp, drawn=drawn)


def _line(axes: Axes, mine: pd.DataFrame, place: str, labels: Labels) -> Phrase:
    if mine.empty:
        return Phrase()
    mine = mine.sort_values("period")
    look = canvas.look_of(place)
    name = labels.say(f"head.{place or 'public_municipality'}")
    years, values = mine["period"].astype(int), np.asarray(mine["estimate"], dtype=float)
    axes.plot(years, values, look.line, color=look.color, marker=look.marker, markersize=4.5,
              linewidth=1.6, label=name.text)  # fmt: skip
    ends = [mine.iloc[k].to_dict() for k in (0, -1)]
    return labels.say(
        "alt.public_item", name=name,
        first=estimate(ends[0], labels, bare=False), last=estimate(ends[1], labels, bare=False),
        start=labels.period(ends[0]), end=labels.period(ends[1]),
    )  # fmt: skip
