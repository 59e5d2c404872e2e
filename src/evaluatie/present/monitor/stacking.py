"""Tables of stacking: how much at once, in which combinations, for how long, how it ends."""

from __future__ import annotations

import pandas as pd

from evaluatie.present import numbers as fmt
from evaluatie.present.cost_tables import law_order
from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import NumberRef, Phrase, join
from evaluatie.present.rows import first, ordered, parts, records, select, shown
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

WHAT = ("laws", "arrangements", "providers", "plans")
ERAS = ("before_start", "since_start")
JOINS, OTHER, ALL = "+", "other", "all"


def stacking_levels_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return the share of months with several things at once: one line per thing and year."""
    found = select(rows, Table.STACKING, term="stacked_share")
    between = select(rows, Table.STACKING, term="difference", unit="share")
    lines = []
    for what in _things(found):
        mine = found[_named(found, "what", what)]
        apart = between[_named(between, "what", what)]
        for year in sorted(set(mine["period"])):
            cells = [estimate(first(mine, period=year, area=side), labels) for side in SIDES]
            row = first(apart, period=year, area=CONTRAST_AREA)
            some = mine[mine["period"] == year].iloc[0].to_dict()
            name = labels.say(f"what.{what}").capitalised()
            lines.append(Line(labels.period(some), (*cells, *measured(row, labels)), name))
    if not lines or shown(found).empty:
        return absent(labels, found)
    columns = ("pilot", "comparison", "stacking_difference", "interval")
    layout = Layout(
        "stacking-levels", labels.say("head.year"), heads(labels, columns),
        labels.say("caption.stacking_levels"),
    )  # fmt: skip
    notes = (labels.say("note.stacking_difference"), interval_note(rows, labels))
    used = [*records(found), *records(between)]
    return draw(layout, lines, notes_for(labels, lines, used, *notes))


def at_once_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return the distribution of how many at once in the last year: months and households."""
    found = select(rows, Table.STACKING, term=["share_of_months", "count"])
    found = found[_has(found, "what") & (found["period"] == last_year(found))]
    if shown(found).empty:
        return absent(labels, found)
    lines = []
    for what in _things(found):
        mine = found[_named(found, "what", what)]
        for count in sorted({_number(r) for r in records(mine)}):
            cells: list[Phrase] = []
            for side in SIDES:
                here = mine[mine["area"] == side]
                for key, term in (("highest", "count"), ("at_once", "share_of_months")):
                    cells.append(estimate(_first_named(here, term, key, count), labels))
            some = next(r for r in records(mine) if _number(r) == count)
            group = labels.say(f"what.{what}").capitalised()
            lines.append(Line(_count(some, count, labels), tuple(cells), group))
    layout = Layout(
        "at-once", labels.say("head.at_once"),
        heads(labels, ("stacking_households", "stacking_months") * len(SIDES)),
        labels.say("caption.at_once", year=labels.period(found.iloc[0].to_dict())),
        above=heads(labels, SIDES),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(found), labels.say("note.at_once")))


def combinations_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return every combination of laws in the last year: months, households, cost per month."""
    found = combination_rows(rows)
    if shown(found).empty:
        return absent(labels, found)
    lines = []
    for which in sets_in_order(found, labels):
        mine = found[_named(found, "set", which)]
        cells = tuple(
            estimate(first(mine, area=side, term=term), labels)
            for side in SIDES
            for term in ("share_of_months", "count", "mean")
        )
        lines.append(Line(set_name(labels, which), cells))
    columns = ("stacking_months", "stacking_households", "eur_month")
    layout = Layout(
        "combinations", labels.say("head.combination"), heads(labels, columns * len(SIDES)),
        labels.say("caption.combinations", year=labels.period(found.iloc[0].to_dict())),
        above=heads(labels, SIDES),
    )  # fmt: skip
    notes = (labels.say("note.combinations"), price_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def stacking_episodes_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return how long stacking lasts, for episodes begun before and since the start."""
    found = select(rows, Table.STACKING, term=["median", "restricted_mean"])
    between = select(rows, Table.STACKING, term="difference", unit="days")
    if shown(found).empty:
        return absent(labels, found)
    lines = []
    for side in SIDES:
        for era in ERAS:
            mine = found[(found["area"] == side) & _named(found, "begun", era)]
            cells = (
                *_days(first(mine, term="median"), labels),
                *_days(first(mine, term="restricted_mean"), labels),
            )
            lines.append(Line(labels.say(f"begun.{era}"), cells, labels.area(side).capitalised()))
    difference = (NOTHING, NOTHING, *_days(first(between), labels))
    apart = labels.area(CONTRAST_AREA).capitalised()
    lines.append(Line(labels.say("begun.change"), difference, apart))
    columns = ("median_days", "interval", "mean_days_in_year", "interval")
    layout = Layout(
        "stacking-episodes", labels.say("head.begun"), heads(labels, columns),
        labels.say("caption.stacking_episodes"),
    )  # fmt: skip
    notes = (labels.say("note.stacking_episodes"), interval_note(rows, labels))
    used = [*records(found), *records(between)]
    return draw(layout, lines, notes_for(labels, lines, used, *notes))


def stacking_ends_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return why stacking ended within a year, other reasons competing."""
    found = select(rows, Table.STACKING, term="ended_share")
    if shown(found).empty:
        return absent(labels, found)
    reasons = ordered((parts(c)["ended"] for c in found["category"]), labels.order("code"))
    lines = []
    for era in ERAS:
        for reason in reasons:
            mine = found[_named(found, "begun", era) & _named(found, "ended", reason)]
            if mine.empty:
                continue
            cells: list[Phrase] = []
            for side in SIDES:
                cells += measured(first(mine, area=side), labels)
            group = labels.say(f"begun.{era}")
            lines.append(Line(_reason(reason, labels), tuple(cells), group))
    layout = Layout(
        "stacking-ends", labels.say("head.ended"),
        heads(labels, ("share_ended", "interval") * len(SIDES)),
        labels.say("caption.stacking_ends"), above=heads(labels, SIDES),
    )  # fmt: skip
    notes = (labels.say("note.stacking_ends"), interval_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def combination_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows about combinations of laws of the last year that there is."""
    found = select(rows, Table.STACKING)
    found = found[_has(found, "set")]
    return found[found["period"] == last_year(found)]


def sets_in_order(found: pd.DataFrame, labels: Labels) -> list[str]:
    """Return the sets: few laws first, in the order of the laws; the rest and the whole last."""
    laws = law_order(labels)
    sets = {parts(category)["set"] for category in found["category"]}

    def place(which: str) -> tuple[int, list[int]]:
        if which in (OTHER, ALL):
            return (len(laws) + (OTHER, ALL).index(which) + 1, [])
        members = which.split(JOINS)
        return (len(members), sorted(laws.index(m) if m in laws else len(laws) for m in members))

    return sorted(sets, key=lambda which: (*place(which), which))


def set_name(labels: Labels, which: str) -> Phrase:
    """Return a set of laws in words."""
    if which in (OTHER, ALL):
        return labels.say(f"combination.{which}")
    members = ordered(which.split(JOINS), law_order(labels))
    if len(members) == 1:
        return labels.law(members[0]).capitalised()
    return join((_short(labels.law(law)) for law in members), " + ").capitalised()


def _short(law: Phrase) -> Phrase:
    """Return a law by the abbreviation that ends its name, where it has one."""
    head, bracket, tail = law.text.rpartition("(")
    return Phrase(tail.removesuffix(")")) if bracket and head and not law.numbers else law


def last_year(found: pd.DataFrame) -> str:
    """Return the last year of which something may be shown; else the last there is."""
    years = set(shown(found)["period"]) or set(found["period"])
    return max((year for year in years if year), default="")


def _things(found: pd.DataFrame) -> list[str]:
    return ordered((parts(c).get("what", "") for c in found["category"]), WHAT)


def _has(found: pd.DataFrame, key: str) -> pd.Series:
    return found["category"].map(lambda category: key in parts(category)).astype(bool)


def _named(found: pd.DataFrame, key: str, value: str) -> pd.Series:
    return found["category"].map(lambda category: parts(category).get(key) == value).astype(bool)


def _number(row: Row) -> str:
    named = parts(str(row["category"]))
    return named.get("at_once") or named.get("highest") or ""


def _first_named(found: pd.DataFrame, term: str, key: str, value: str) -> Row | None:
    return first(found[_named(found, key, value)], term=term)


def _count(row: Row, count: str, labels: Labels) -> Phrase:
    """Return a number at once; the class that is open upwards says so."""
    number = numeral(row, count.rstrip(JOINS))
    return labels.say("at_once.or_more", number=number) if count.endswith(JOINS) else number


def numeral(row: Row, text: str) -> Phrase:
    """Return a numeral that stands in the category of a row."""
    return Phrase(text, (NumberRef(text, str(row["id"]), "category"),))


def _days(row: Row | None, labels: Labels) -> tuple[Phrase, Phrase]:
    """Return a number of days and its interval, whole days both."""
    if row is None:
        return NOTHING, NOTHING
    said = fmt.number(row, language=labels.language, decimals=0, bare=True)
    return said, fmt.interval(row, language=labels.language, decimals=0, bare=True)


def _reason(reason: str, labels: Labels) -> Phrase:
    if reason in ("several", "unknown"):
        return labels.say(f"ended.{reason}").capitalised()
    return labels.name("code", reason)
