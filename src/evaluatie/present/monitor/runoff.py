"""How complete the declarations of recent quarters are: one small table."""

from __future__ import annotations

import pandas as pd

from evaluatie.present.cost_tables import law_order
from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.rows import first, ordered, records, select, shown
from evaluatie.present.tables import absent, estimate, heads, interval_note, measured
from evaluatie.results import Table

COLUMNS = ("share_complete", "interval", "factor_to_final")


def runoff_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return per law and recent quarter which share of the declarations is in."""
    found = select(rows, Table.RUNOFF, term=["share_complete", "factor_to_final"])
    found = found.drop_duplicates(["law", "period", "term"])
    if shown(found).empty:
        return absent(labels, select(rows, Table.RUNOFF))
    lines = []
    for law in ordered(found["law"], law_order(labels)):
        mine = found[found["law"] == law]
        for quarter in sorted(set(mine["period"])):
            here = mine[mine["period"] == quarter]
            share = measured(first(here, term="share_complete"), labels, bare=True)
            factor = estimate(first(here, term="factor_to_final"), labels)
            name = labels.period(records(here)[0])
            lines.append(Line(name, (*share, factor), labels.law(law).capitalised()))
    layout = Layout(
        "runoff", labels.say("head.period"), heads(labels, COLUMNS), labels.say("caption.runoff")
    )
    notes = (labels.say("note.runoff"), interval_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))
