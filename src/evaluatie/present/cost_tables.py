"""Tables about money: cost by law and period, users, programme cost, from file to result."""

from __future__ import annotations

import pandas as pd

from evaluatie.domain import Publication
from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, join
from evaluatie.present.rows import first, ordered, parts, records, select
from evaluatie.present.tables import SIDES, absent, estimate, price_note
from evaluatie.results import Table

QUARTERLY, ANNUAL = r"\d{4}-Q[1-4]", r"\d{4}"
PARTS = ("source", "set_aside", "in_study_areas", "elsewhere", "ledger", "difference")


def law_order(labels: Labels) -> list[str]:
    """Return laws in reading order, each payer's total behind its laws."""
    order: list[str] = []
    for payer in dict.fromkeys(labels.payer_of.values()):
        order += [law for law, who in labels.payer_of.items() if who == payer]
        order.append(f"payer:{payer}")
    return order


def over_time(
    rows: pd.DataFrame, labels: Labels, kind: str, term: str, table: Table = Table.COST_LEVEL
) -> pd.DataFrame:
    """Return one measure of one kind of indicator on both sides: one row per side, period and law.

    ``kind`` is ``arrangement_cost`` (quarters), ``insured_cost`` or ``annual_total`` (years). Where
    the data are not there, the rows that say why.
    """
    of_kind = rows["indicator"].map(lambda name: labels.kinds.get(name) == kind).astype(bool)
    found = select(rows[of_kind], table)
    grain = QUARTERLY if kind == "arrangement_cost" else ANNUAL
    here = select(found, term=term, area=SIDES)
    here = here[here["period"].str.fullmatch(grain)]
    if here.empty:
        return found[found["publication"] == str(Publication.NOT_ESTIMABLE)]
    return here.drop_duplicates(["area", "period", "law"])


def cost_levels_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return cost per resident: one line per quarter, two columns (pilot, comparison) per law."""
    found = over_time(rows, labels, "arrangement_cost", "per_resident")
    return _by_period(rows, found, labels, "cost-levels", "caption.cost_levels")


def insured_levels_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return cost per insured year: one line per year."""
    found = over_time(rows, labels, "insured_cost", "per_insured_year")
    return _by_period(rows, found, labels, "insured-levels", "caption.insured_levels")


def annual_levels_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return cost of laws of which only annual totals are known."""
    found = over_time(rows, labels, "annual_total", "per_resident")
    return _by_period(rows, found, labels, "annual-levels", "caption.long_term")


def users_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return the number of people with care or support per quarter."""
    found = over_time(rows, labels, "arrangement_cost", "count", Table.COST_USERS)
    return _by_period(rows, found, labels, "users", "caption.users", priced=False)


def annual_users_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return the number of people with care of which only annual totals are known."""
    found = over_time(rows, labels, "annual_total", "count", Table.COST_USERS)
    return _by_period(rows, found, labels, "annual-users", "caption.long_term_users", priced=False)


def _by_period(
    rows: pd.DataFrame,
    found: pd.DataFrame,
    labels: Labels,
    ident: str,
    caption: str,
    priced: bool = True,
) -> TableView | Text:
    if not (found["publication"] == str(Publication.SHOWN)).any():
        return absent(labels, found)
    laws = ordered(found["law"], law_order(labels))
    cells = {(r["period"], r["law"], r["area"]): r for r in records(found)}
    lines = []
    for period in sorted(set(found["period"])):
        mine: list[Row | None] = [cells.get((period, law, side)) for law in laws for side in SIDES]
        some = next(row for row in mine if row is not None)
        lines.append(Line(labels.period(some), tuple(estimate(row, labels) for row in mine)))
    above = tuple(_short(labels, law).capitalised() for law in laws)
    heads = tuple(labels.say(f"head.{side}") for _ in laws for side in SIDES)
    layout = Layout(ident, labels.say("head.period"), heads, labels.say(caption), above=above)
    note = price_note(rows, labels) if priced else Phrase()
    return draw(layout, lines, notes_for(labels, lines, records(found), note))


def _short(labels: Labels, law: str) -> Phrase:
    """Return a law by the abbreviation in its own name, where it has one: a narrow column."""
    name = labels.law(law)
    head, bracket, tail = name.text.rpartition("(")
    return Phrase(tail.removesuffix(")")) if bracket and head and not name.numbers else name


def programme_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return programme cost: one line per project, one column per payer that bears it."""
    found = select(rows, Table.PROGRAMME, term="total")
    if not (found["publication"] == str(Publication.SHOWN)).any():
        return absent(labels, found)
    named = [(parts(str(row["category"])), row) for row in records(found)]
    payers = ordered((n["payer"] for n, _ in named if "payer" in n), labels.order("payer"))
    projects = ordered((n.get("project", "") for n, _ in named), labels.order("project"))
    cells = {(n.get("project", ""), n.get("payer", "")): row for n, row in named}
    lines = [
        Line(
            _project(labels, project),
            tuple(estimate(cells.get((project, payer)), labels) for payer in payers),
        )
        for project in sorted(projects, key=lambda name: name == "")
        if any((project, payer) in cells for payer in payers)
    ]
    heads = tuple(labels.name("payer", payer) for payer in payers)
    layout = Layout("programme", labels.say("head.project"), heads, labels.say("caption.programme"))
    whole = cells.get(("", ""))
    total = Phrase()
    if whole is not None:
        total = labels.say("note.programme_total", total=estimate(whole, labels, bare=False))
    notes = notes_for(labels, lines, records(found), total, price_note(rows, labels))
    return draw(layout, lines, notes)


def _project(labels: Labels, project: str) -> Phrase:
    if not project:
        return labels.say("category.total").capitalised()
    return labels.name("project", project)


def reconciliation_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return, per file and kind of amount, what became of every euro: one column per part."""
    found = select(rows, Table.QUALITY, term="total")
    found = found[found["category"].str.contains("part=")]
    named = [(parts(str(row["category"])), row) for row in records(found)]
    chosen = ordered((n["part"] for n, _ in named), PARTS)
    cells = {(n["feed"], n.get("basis", ""), n["part"]): row for n, row in named}
    lines = []
    for feed, basis in dict.fromkeys((feed, basis) for feed, basis, _ in cells):
        mine = [cells.get((feed, basis, part)) for part in chosen]
        kind = labels.say(f"basis.{basis}") if basis else labels.say("category.total")
        name = join((labels.name("feed", feed), kind), ", ")
        lines.append(Line(name, tuple(estimate(row, labels) for row in mine)))
    if not lines:
        return absent(labels, found)
    heads = tuple(labels.say(f"part.{part}") for part in chosen)
    layout = Layout(
        "reconciliation", labels.say("head.feed"), heads, labels.say("caption.reconciliation")
    )
    return draw(layout, lines, notes_for(labels, lines, records(found)))


def has_rows(rows: pd.DataFrame, table: Table) -> bool:
    """Return whether the slice holds anything for a table, be it a reason why there is nothing."""
    return first(rows, table) is not None
