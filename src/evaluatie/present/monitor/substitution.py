"""Tables of substitution: what fell and what rose, and households that went from one to another."""

from __future__ import annotations

import pandas as pd

from evaluatie.present import numbers as fmt
from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.monitor.payers import PILOT, payer_rows_at
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, join
from evaluatie.present.rows import first, ordered, parts, records, select
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
    price_note,
)

HOUSEHOLDS = "households"


def substitution_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return per declared pair what changed on both sides, and whether that fits substitution."""
    found = payer_rows_at(rows, wave)
    lines = []
    for pair in _pairs(found, labels):
        flag = first(found, term="opposite", area=CONTRAST_AREA, category=f"substitution={pair}")
        group = join((labels.name("substitution", pair), _word(flag, labels)), ": ")
        for role in ("from", "to"):
            cells = [
                cell
                for term, area in (("difference", PILOT), ("beyond", CONTRAST_AREA))
                for cell in measured(_role(found, pair, role, term, area), labels, bare=True)
            ]
            lines.append(Line(labels.say(f"substitution.{role}"), tuple(cells), group))
    if not lines:
        return absent(labels, found)
    columns = ("difference", "interval", "payer_beyond", "interval")
    layout = Layout(
        "substitution", labels.say("head.payer_care"), heads(labels, columns),
        labels.say("caption.substitution"),
    )  # fmt: skip
    notes = (
        interval_note(rows, labels), labels.say("note.substitution"), price_note(rows, labels),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def households_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return how many households that left one kind of care entered the other within a year."""
    found = payer_rows_at(rows, wave)
    mine = found[found["category"].str.endswith(f"role={HOUSEHOLDS}")]
    difference = select(mine, term="difference")
    periods = sorted(set(select(mine, term="share_entered")["period"]))
    if difference.empty or not periods:
        return absent(labels, difference)
    first_year, last_year = periods[0], periods[-1]
    lines = []
    for pair in _pairs(mine, labels):
        of = select(mine, category=f"substitution={pair}|role={HOUSEHOLDS}")
        group = labels.name("substitution", pair)
        for side in SIDES:
            here = select(of, area=side)
            counts = (first(here, term=t, period=last_year) for t in ("leavers", "entered"))
            shares = (first(here, term="share_entered", period=p)
                      for p in (first_year, last_year))  # fmt: skip
            cells = (*(_count(row, labels) for row in counts),
                     *(estimate(row, labels) for row in shares), NOTHING)  # fmt: skip
            lines.append(Line(labels.area(side).capitalised(), cells, group))
        row = first(of, term="difference")
        cells = (NOTHING, NOTHING, NOTHING, estimate(row, labels, bare=False), bounds(row, labels))
        lines.append(Line(labels.say("substitution.difference"), cells, group))
    shares = select(mine, term="share_entered")
    years = [labels.period(records(select(shares, period=p))[0]) for p in (first_year, last_year)]
    columns = (
        labels.say("head.left_care", year=years[1]), labels.say("head.entered_care"),
        labels.say("head.entered_share", year=years[0]),
        labels.say("head.entered_share", year=years[1]), labels.say("head.interval"),
    )  # fmt: skip
    layout = Layout(
        "substitution-households", labels.say("head.area"), columns,
        labels.say("caption.substitution_households"),
    )  # fmt: skip
    notes = (interval_note(rows, labels), labels.say("note.substitution_households"))
    return draw(layout, lines, notes_for(labels, lines, records(mine), *notes))


def _pairs(found: pd.DataFrame, labels: Labels) -> list[str]:
    named = (parts(str(c)).get("substitution", "") for c in found["category"])
    return ordered((name for name in named if name), labels.order("substitution"))


def _word(flag: Row | None, labels: Labels) -> Phrase:
    """Return whether what is seen fits substitution; never that one caused the other."""
    if flag is None or not fmt.is_shown(flag):
        return labels.say("substitution.unknown")
    return labels.say("substitution.consistent" if flag["estimate"] == 1 else "substitution.not")


def _role(found: pd.DataFrame, pair: str, role: str, term: str, area: str) -> Row | None:
    """Return a number of one role: its own row, or the row of the matrix that it is."""
    label = f"substitution={pair}|role={role}"
    own = first(found, category=label, term=term, area=area)
    if own is not None:
        return own
    pointer = select(found, term="role")
    pointer = pointer[(pointer["category"] + "|").str.startswith(label + "|")]
    if pointer.empty:
        return None
    row = records(pointer)[0]
    care = parts(str(row["category"])).get("care", "")
    category = f"care={care}" if care else ""
    return first(found, law=row["law"], category=category, term=term, area=area)


def _count(row: Row | None, labels: Labels) -> Phrase:
    return NOTHING if row is None else fmt.number(row, language=labels.language, bare=True)
