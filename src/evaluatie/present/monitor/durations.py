"""Tables about time: waiting, support until less or none, changes of staff around a household."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, enumeration
from evaluatie.present.rows import first, ordered, parts, records, select, shown
from evaluatie.present.tables import (
    CONTRAST_AREA,
    NOTHING,
    SIDES,
    absent,
    bounds,
    estimate,
    heads,
    interval_note,
    measured,
)
from evaluatie.results import Table

WHEN = ("before", "since")
WAITING, CARE, STAFF = "duration", "care_end", "recurrent"
WHEN_HEADS = ("when_before", "when_since")


def of_kinds(rows: pd.DataFrame, labels: Labels, *kinds: str) -> pd.DataFrame:
    """Return the rows about durations of indicators of these kinds."""
    found = select(rows, Table.DURATION)
    return found[found["indicator"].map(lambda name: labels.kinds.get(name) in kinds).astype(bool)]


def within_words(found: pd.DataFrame, labels: Labels, key: str = "duration.within") -> Phrase:
    """Return the indicator with the horizon up to which its durations count."""
    name = labels.name("indicator", str(found["indicator"].iloc[0]))
    horizon = first(found, term="horizon")
    if horizon is None:
        return name
    return labels.say(key, name=name, days=estimate(horizon, labels, bare=False))


def _extra(row: Row) -> dict[str, str]:
    """Return what the category says beside period and day: the route a request took."""
    return {k: v for k, v in parts(str(row["category"])).items() if k not in ("when", "day")}


def route_words(labels: Labels, row: Row) -> Phrase:
    """Return the route of a row in words; empty where it speaks about all routes."""
    extra = "|".join(f"{key}={value}" for key, value in _extra(row).items())
    return labels.category({"id": row["id"], "category": extra}) if extra else Phrase()


def routes_of(found: pd.DataFrame) -> list[str]:
    """Return the routes that have rows of their own, as they stand in a category."""
    named = (
        "|".join(f"{key}={value}" for key, value in _extra(row).items()) for row in records(found)
    )
    return sorted({name for name in named if name})


def durations_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return mean days waited within the horizon, before and since the start, and the contrast."""
    return _means(rows, labels, WAITING, "durations")


def support_durations_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return mean days that support went on as it began, and the contrast, per law."""
    return _means(rows, labels, CARE, "support-durations")


def _means(rows: pd.DataFrame, labels: Labels, kind: str, ident: str) -> TableView | Text:
    found = of_kinds(rows, labels, kind)
    means = select(found, term="restricted_mean", period="")
    if means.empty:
        return absent(labels, found)
    lines = []
    for indicator in ordered(means["indicator"], labels.order("indicator")):
        mine, here = select(means, indicator=indicator), select(found, indicator=indicator)
        group = within_words(here, labels)
        for law in ordered(mine["law"], ["", *labels.order("law")]):
            of_law = select(here, law=law)
            name = labels.law(law) if len(set(mine["law"])) > 1 else labels.say("duration.all")
            lines.append(_mean_line(labels, of_law, name, "", group))
            lines += [
                _mean_line(labels, of_law, _route(labels, of_law, route), route, group)
                for route in routes_of(select(of_law, term="restricted_mean", period=""))
            ]
    columns = (*WHEN_HEADS, *WHEN_HEADS, "duration_days", "interval")
    layout = Layout(
        ident, labels.say("head.duration_what"), heads(labels, columns),
        labels.say("caption.durations"), above=_sides(labels, "head.duration_difference"),
    )  # fmt: skip
    notes = (labels.say("note.duration_mean"), labels.say("note.duration_areas"),
             *_route_notes(found, labels), interval_note(rows, labels))  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def _route_notes(found: pd.DataFrame, labels: Labels) -> list[Phrase]:
    """Return how one route differs from the usual one, where that may be shown."""
    notes = []
    for row in shown_records(select(found, term="route_difference")):
        key, value = next(iter(_extra(row).items()))
        one, other = (
            labels.category({"id": row["id"], "category": f"{key}={name}"})
            for name in value.split("-")
        )
        estimated, spread = measured(row, labels)
        notes.append(labels.say("note.duration_route", one=one, other=other, area=labels.area(
            str(row["area"])), difference=estimated, interval=spread))  # fmt: skip
    return notes


def shown_records(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows that may be shown, as mappings."""
    return records(shown(found))


def _mean_line(
    labels: Labels, found: pd.DataFrame, name: Phrase, route: str, group: Phrase
) -> Line:
    cells = []
    for side in SIDES:
        for when in WHEN:
            category = "|".join(part for part in (route, f"when={when}") if part)
            row = first(found, term="restricted_mean", period="", area=side, category=category)
            cells.append(estimate(row, labels))
    contrast = None if route else first(found, term="change_difference")
    return Line(name.capitalised(), (*cells, *measured(contrast, labels, bare=True)), group)


def _route(labels: Labels, found: pd.DataFrame, route: str) -> Phrase:
    row = next(
        row
        for row in records(found)
        if "|".join(f"{k}={v}" for k, v in _extra(row).items()) == route
    )
    return route_words(labels, row)


def _sides(labels: Labels, last: str) -> tuple[Phrase, ...]:
    return (*(labels.say(f"head.{side}") for side in SIDES), labels.say(last))


def duration_years_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return mean days waited per year, on both sides, with the difference."""
    found = of_kinds(rows, labels, WAITING)
    yearly = select(found, term=["restricted_mean", "difference"], category="")
    yearly = yearly[yearly["period"] != ""]
    if yearly.empty:
        return absent(labels, found)
    lines = []
    for indicator in ordered(yearly["indicator"], labels.order("indicator")):
        mine = select(yearly, indicator=indicator)
        group = within_words(select(found, indicator=indicator), labels)
        for period in sorted(set(mine["period"])):
            here = select(mine, period=period)
            cells = [estimate(first(here, area=side), labels) for side in SIDES]
            contrast = measured(first(here, area=CONTRAST_AREA), labels, bare=True)
            lines.append(Line(labels.period(records(here)[0]), (*cells, *contrast), group))
    layout = Layout(
        "duration-years", labels.say("head.period"),
        heads(labels, (*SIDES, "difference", "interval")), labels.say("caption.duration_years"),
    )  # fmt: skip
    notes = (labels.say("note.duration_mean"), interval_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def support_ends_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return per law what share came to which end within the horizon, and what share went on."""
    found = of_kinds(rows, labels, CARE)
    shares = select(found, term=["open_share", "ended_share"])
    if shares.empty or (horizon := first(found, term="horizon")) is None:
        return absent(labels, found)
    last = f"day={float(horizon['estimate']):.0f}" if horizon["estimate"] else ""
    ends, never = _ends(shares)
    lines = []
    for law in ordered(shares["law"], ["", *labels.order("law")]):
        mine = select(shares, law=law)
        for end in ["", *ends]:
            chosen = [_share(mine, side, when, end, last) for side in SIDES for when in WHEN]
            name = labels.say(f"end.{end.removeprefix('end=') or 'open'}").capitalised()
            cells = tuple(estimate(row, labels) for row in chosen)
            lines.append(Line(name, cells, labels.law(law).capitalised()))
    layout = Layout(
        "support-ends", labels.say("head.duration_end"),
        heads(labels, (*WHEN_HEADS, *WHEN_HEADS)),
        labels.say("caption.support_ends", days=estimate(horizon, labels, bare=False)),
        above=tuple(labels.say(f"head.{side}") for side in SIDES),
    )  # fmt: skip
    missing = enumeration((labels.say(f"end.{end}") for end in never), labels.say("word.and").text)
    notes = (
        labels.say("note.support_ends"), labels.say("note.duration_start"),
        labels.say("note.support_never", ends=missing) if never else Phrase(),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(shares), *notes))


def _ends(shares: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return the ends as they stand in a category, and the names of those that never came."""
    named = [(parts(str(row["category"])).get("end", ""), row) for row in records(shares)]
    names = [name for name in dict.fromkeys(name for name, _ in named) if name]
    seen = {name for name, row in named if row["estimate"] != 0}  # hidden ones count as seen
    kept = [f"end={name}" for name in names if name in seen]
    return kept, [name for name in names if name not in seen]


def _share(found: pd.DataFrame, side: str, when: str, end: str, last: str) -> Row | None:
    category = "|".join(part for part in (f"when={when}", end, last) if part)
    term = "ended_share" if end else "open_share"
    return first(found, term=term, area=side, category=category)


def staff_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return changes of staff per household year, on both sides, with the difference."""
    found = of_kinds(rows, labels, STAFF)
    rates = select(found, term="rate")
    if rates.empty:
        return absent(labels, found)
    lines = [
        _rate_line(labels.say(f"when.{when}").capitalised(), labels, found, category=f"when={when}")
        for when in WHEN
    ]
    change = measured(first(found, term="change_difference"), labels, bare=True)
    lines.append(Line(labels.say("duration.change"), (*([NOTHING] * 4), *change)))
    for period in sorted(set(rates["period"]) - {""}):
        here = select(found, period=period)
        lines.append(_rate_line(labels.period(records(here)[0]), labels, here, category=""))
    columns = ("duration_rate", "interval", "duration_rate", "interval", "difference", "interval")
    layout = Layout(
        "staff", labels.say("head.period"), heads(labels, columns), labels.say("caption.staff"),
        above=_sides(labels, "head.duration_contrast"),
    )  # fmt: skip
    notes = (labels.say("note.staff"), labels.say("note.duration_areas"),
             interval_note(rows, labels))  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def _rate_line(name: Phrase, labels: Labels, found: pd.DataFrame, category: str) -> Line:
    cells: list[Phrase] = []
    for side in SIDES:
        row = first(found, term="rate", area=side, category=category)
        cells += [estimate(row, labels), bounds(row, labels)]
    contrast = first(found, term="difference", category=category)
    return Line(name, (*cells, *measured(contrast, labels, bare=True)))


def duration_ratios_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return ratios of pace for who reads methods: exposure that begins in time, recurrences."""
    found = of_kinds(rows, labels, WAITING, CARE, STAFF)
    ratios = select(found, term=["hazard_ratio", "rate_ratio"])
    if ratios.empty:
        return absent(labels, found)
    lines = [
        Line(labels.category(row).capitalised(), measured(row, labels, bare=True),
             labels.name("indicator", str(row["indicator"])))
        for indicator in ordered(ratios["indicator"], labels.order("indicator"))
        for row in records(select(ratios, indicator=indicator))
    ]  # fmt: skip
    layout = Layout(
        "duration-ratios", labels.say("head.duration_what"),
        heads(labels, ("duration_ratio", "interval")), labels.say("caption.duration_ratios"),
    )  # fmt: skip
    notes = (labels.say("note.duration_ratio"), interval_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(ratios), *notes))
