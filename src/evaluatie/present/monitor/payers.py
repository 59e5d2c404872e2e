"""Tables of who pays: the matrix of laws and payers, care within a law, who invests, who gains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from evaluatie.domain import Publication, Side
from evaluatie.present import numbers as fmt
from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, enumeration
from evaluatie.present.rows import first, ordered, parts, records, select
from evaluatie.present.tables import (
    CONTRAST_AREA,
    NOTHING,
    absent,
    estimate,
    heads,
    interval_note,
    measured,
    price_note,
)
from evaluatie.results import Table

ALL, PAYER, WITHOUT, EMPTY = "all", "payer:", "without=", "empty_as_zero"
PILOT = str(Side.PILOT)


def payer_rows_at(rows: pd.DataFrame, wave: str) -> pd.DataFrame:
    """Return the rows of a wave about laws and payers, and the amounts per year."""
    return select(rows, Table.PAYER, wave=[wave, ""])


def matrix_lines(labels: Labels, found: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (payer, law) of every line: the laws of a payer, its total, and the whole.

    A payer of one law has no line of its own: its total is that law.
    """
    measured_laws = set(select(found, term="beyond")["law"])
    laws = [law for law in labels.payer_of if law in measured_laws]
    lines: list[tuple[str, str]] = []
    for payer in dict.fromkeys(labels.payer_of[law] for law in laws):
        mine = [law for law in laws if labels.payer_of[law] == payer]
        lines += [(payer, law) for law in mine]
        lines += [(payer, PAYER + payer)] if len(mine) > 1 else []
    return [*lines, ("", ALL)]


def cell_row(
    found: pd.DataFrame, law: str, term: str, area: str, period: str | None = None
) -> Row | None:
    """Return the row of a law, a payer or the whole; of a margin also one without some laws."""
    mine = select(found, law=law, term=term, area=area)
    if period is not None:
        mine = select(mine, period=period)
    short = mine[mine["category"].str.startswith(WITHOUT)]
    gone = select(found, law=law, term="beyond", area=CONTRAST_AREA)
    if gone["category"].str.startswith(WITHOUT).any():
        names = set(gone["category"])
        short = short[short["category"].isin(names)]
        if not short.empty:
            return records(short)[0]
    return first(mine, category="")


def year_row(found: pd.DataFrame, window: str) -> Row | None:
    """Return the row that says which calendar year is the earlier or the later one."""
    return first(found, term="year", category=f"window={window}")


def matrix_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return what each law cost whom, before and after, with the difference and its interval."""
    found = payer_rows_at(rows, wave)
    years = [year_row(found, window) for window in ("before", "after")]
    if any(year is None for year in years):
        return absent(labels, found)
    lines = []
    for payer, law in matrix_lines(labels, found):
        amounts = [
            estimate(cell_row(found, law, "total", PILOT, _period(year)), labels) for year in years
        ]
        moved = cell_row(found, law, "difference", PILOT)
        lines.append(_line(labels, payer, law, (*amounts, *measured(moved, labels, bare=True))))
    named = tuple(fmt.constant(year, language=labels.language) for year in years if year)
    layout = Layout(
        "payer-matrix", labels.say("head.law"),
        (*named, *heads(labels, ("difference", "interval"))), labels.say("caption.payer_matrix"),
    )  # fmt: skip
    notes = (
        labels.say("note.payer_areas_interval"), _without(found, labels), _empty(found, labels),
        price_note(rows, labels),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def beyond_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return the difference in three parts: people, as elsewhere, and beyond that (interval)."""
    found = payer_rows_at(rows, wave)
    if select(found, term="beyond").empty:
        return absent(labels, found)
    lines = []
    for payer, law in matrix_lines(labels, found):
        split = [
            estimate(cell_row(found, law, term, PILOT), labels)
            for term in ("difference", "people", "elsewhere")
        ]
        beyond = measured(cell_row(found, law, "beyond", CONTRAST_AREA), labels, bare=True)
        lines.append(_line(labels, payer, law, (*split, *beyond)))
    columns = ("difference", "payer_people", "payer_elsewhere", "payer_beyond", "interval")
    layout = Layout(
        "payer-beyond", labels.say("head.law"), heads(labels, columns),
        labels.say("caption.payer_beyond"),
    )  # fmt: skip
    notes = (
        interval_note(rows, labels),
        _without(found, labels),
        _empty(found, labels),
        price_note(rows, labels),
    )
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def care_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return the categories of care of the laws that have them: before, after and beyond."""
    found = payer_rows_at(rows, wave)
    mine = found[found["category"].str.startswith("care=")]
    years = [year_row(found, window) for window in ("before", "after")]
    if mine.empty or any(year is None for year in years):
        return absent(labels, mine)
    lines = []
    for law in ordered(mine["law"], labels.payer_of):
        group = labels.law(law)
        for category in dict.fromkeys(select(mine, law=law)["category"]):
            of = select(mine, law=law, category=category)
            amounts = (first(of, term="total", period=_period(year)) for year in years)
            beyond = measured(first(of, term="beyond"), labels, bare=True)
            cells = (*(estimate(row, labels) for row in amounts), *beyond)
            some = records(of)[0]
            lines.append(Line(labels.category(some).capitalised(), cells, group))
    named = tuple(fmt.constant(year, language=labels.language) for year in years if year)
    layout = Layout(
        "payer-care", labels.say("head.payer_care"),
        (*named, *heads(labels, ("payer_beyond", "interval"))), labels.say("caption.payer_care"),
    )  # fmt: skip
    notes = (interval_note(rows, labels), _empty(mine, labels), price_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(mine), *notes))


def gain_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return per payer what it puts into the programme and what changed beyond elsewhere."""
    found = payer_rows_at(rows, wave)
    found = found[found["category"].eq("") | found["category"].str.startswith(WITHOUT)]
    mine = select(found, term=["invested", "net"])
    if not (mine["publication"] == str(Publication.SHOWN)).any():
        return absent(labels, mine)
    payers = ordered(
        (law for law in mine["law"] if law.startswith(PAYER)),
        (PAYER + payer for payer in labels.order("payer")),
    )
    lines = []
    for law in (*payers, ALL):
        paid = [cell_row(found, law, term, PILOT) for term in ("invested_so_far", "invested")]
        cells = [estimate(row, labels) for row in paid]
        for term in ("beyond", "net"):
            cells += measured(cell_row(found, law, term, CONTRAST_AREA), labels, bare=True)
        lines.append(Line(_payer(labels, law), tuple(cells)))
    columns = ("payer_so_far", "payer_invested", "payer_beyond", "interval", "payer_net",
               "interval")  # fmt: skip
    layout = Layout(
        "payer-gain", labels.say("head.payer"), heads(labels, columns),
        labels.say("caption.payer_gain"),
    )  # fmt: skip
    notes = (
        interval_note(rows, labels),
        _without(found, labels),
        _empty(found, labels),
        price_note(rows, labels),
    )
    return draw(layout, lines, notes_for(labels, lines, records(mine), *notes))


def pockets_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return per project who pays for it, and whose laws it says that it is about."""
    found = payer_rows_at(rows, wave)
    mine = found[found["category"].str.startswith("project=")]
    lines = []
    for project in ordered(_projects(mine), labels.order("project")):
        of = select(mine, category=f"project={project}")
        paid = select(of, term="invested_so_far")
        who = [law.removeprefix(PAYER) for law in paid["law"] if law != ALL]
        laws = select(of, term="declared")["law"]
        about = list(dict.fromkeys(labels.payer_of[law] for law in laws if law in labels.payer_of))
        cells = (
            estimate(first(paid, law=ALL), labels),
            _names(labels, who),
            _names(labels, about),
            _names(labels, [payer for payer in about if payer not in who]),
        )
        lines.append(Line(labels.name("project", project), cells))
    if not lines:
        return absent(labels, mine)
    columns = ("payer_so_far", "payer_pays", "payer_declared", "payer_pays_not")
    layout = Layout(
        "payer-pockets", labels.say("head.project"), heads(labels, columns),
        labels.say("caption.payer_pockets"), left=(1, 2, 3),
    )  # fmt: skip
    notes = (labels.say("note.payer_declared"), price_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(mine), *notes))


def _projects(rows: pd.DataFrame) -> Iterator[str]:
    for category in rows["category"]:
        yield parts(str(category))["project"]


def _period(year: Row | None) -> str:
    return "" if year is None or pd.isna(year["estimate"]) else str(int(year["estimate"]))


def _line(labels: Labels, payer: str, law: str, cells: Sequence[Phrase]) -> Line:
    if law == ALL:
        group = labels.say("cost.every_payer")
        return Line(labels.say("cost.all_together"), tuple(cells), group)
    name = labels.say("cost.together") if law.startswith(PAYER) else labels.law(law)
    return Line(name.capitalised(), tuple(cells), labels.name("payer", payer))


def _payer(labels: Labels, law: str) -> Phrase:
    if law == ALL:
        return labels.say("cost.every_payer")
    return labels.name("payer", law.removeprefix(PAYER)).capitalised()


def _names(labels: Labels, payers: Sequence[str]) -> Phrase:
    """Return payers by name, in reading order; the symbol for none."""
    named = [labels.name("payer", payer) for payer in ordered(payers, labels.order("payer"))]
    if not named:
        return NOTHING
    return enumeration(named, str(labels.say("word.and")))


def _without(found: pd.DataFrame, labels: Labels) -> Phrase:
    """Return which laws the totals are without; empty where they hold all of them."""
    whole = select(found, law=ALL, term="beyond")
    gone = [c.removeprefix(WITHOUT) for c in whole["category"] if c.startswith(WITHOUT)]
    if not gone:
        return Phrase()
    laws = [labels.law(law) for law in gone[0].split(",")]
    return labels.say("note.payer_without", laws=enumeration(laws, str(labels.say("word.and"))))


def _empty(found: pd.DataFrame, labels: Labels) -> Phrase:
    """Return that empty amounts count as zero, where there are any."""
    if not found["method"].str.contains(EMPTY, regex=False).any():
        return Phrase()
    return labels.say("note.payer_empty")
