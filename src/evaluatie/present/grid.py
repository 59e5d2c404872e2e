"""From phrases to an HTML table: great-tables draws it, we have formatted every number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

import pandas as pd
from great_tables import GT, loc, style

from evaluatie.domain import Publication
from evaluatie.present.fragments import TableView
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import NOT_APPLICABLE, NOT_AVAILABLE, SUPPRESSED, UNBOUNDED, Row
from evaluatie.present.phrase import NumberRef, Phrase, join

OPTIONS: dict[str, Any] = {
    "table_font_size": "0.9em",
    "table_width": "100%",
    "data_row_padding": "4px",
    "row_group_font_weight": "bold",
    "column_labels_font_weight": "bold",
    "stub_border_style": "none",
    "container_overflow_x": "auto",
}
_ID = re.compile(r' (?:id|headers)="[^"]*"')


@dataclass(frozen=True)
class Line:
    """One row of a table: its name, its cells and the group it stands under."""

    name: Phrase
    cells: tuple[Phrase, ...]
    group: Phrase = field(default_factory=Phrase)


@dataclass(frozen=True)
class Layout:
    """What stands around the cells.

    Attributes
    ----------
    ident : str
        Id of the table, unique in a report.
    stub : Phrase
        Header above the row names.
    columns : tuple of Phrase
        Header above each column of cells.
    caption : Phrase
    left : tuple of int
        Columns with words rather than numbers: aligned left.
    above : tuple of Phrase
        Headers that each stand over an equal share of the columns.
    """

    ident: str
    stub: Phrase
    columns: tuple[Phrase, ...]
    caption: Phrase
    left: tuple[int, ...] = ()
    above: tuple[Phrase, ...] = ()  # one header over each pair of columns; empty for none


def draw(layout: Layout, lines: Sequence[Line], notes: Sequence[Phrase]) -> TableView:
    """Return the table as HTML with a header per column and per row.

    Notes
    -----
    Alignment is written on every cell, because it is lost with the style sheet in Word and PDF;
    ids of cells are removed, because they would occur twice in a page with several tables.
    """
    names = [f"c{index}" for index in range(len(layout.columns))]
    frame = pd.DataFrame(
        [
            {"group": line.group.text, "name": line.name.text}
            | dict(zip(names, (cell.text for cell in line.cells), strict=True))
            for line in lines
        ]
    )
    grouped = any(line.group for line in lines)
    table = GT(
        frame if grouped else frame.drop(columns="group"),
        rowname_col="name",
        groupname_col="group" if grouped else None,
        id=layout.ident,
    )
    labels: dict[str, Any] = dict(
        zip(names, (column.text for column in layout.columns), strict=True)
    )
    table = table.tab_stubhead(layout.stub.text).cols_label(**labels)
    table = _spanned(_aligned(table, names, layout.left), names, layout.above)
    for note in notes:
        table = table.tab_source_note(note.text)
    table = table.tab_options(**OPTIONS)
    return TableView(_clean(table.as_raw_html()), layout.caption, _refs(layout, lines, notes))


def _aligned(table: GT, names: Sequence[str], left: tuple[int, ...]) -> GT:
    sides: dict[Literal["left", "right"], list[str]] = {
        "right": [name for index, name in enumerate(names) if index not in left],
        "left": [names[index] for index in left],
    }
    for side, chosen in sides.items():
        if chosen:
            where = [loc.body(columns=chosen), loc.column_labels(columns=chosen)]
            table = table.cols_align(side, columns=chosen)
            table = table.tab_style(style.text(align=side), where)
    return table


def _spanned(table: GT, names: Sequence[str], above: Sequence[Phrase]) -> GT:
    each = len(names) // max(len(above), 1)
    for index, phrase in enumerate(above):
        columns = list(names[index * each : (index + 1) * each])
        table = table.tab_spanner(phrase.text, columns=columns, id=f"above{index}")
    return table


def _clean(html: str) -> str:
    """Remove ids of cells (the container keeps its own) and the indentation of the style sheet."""
    head, mark, body = html.partition("<table")
    head = re.sub(r"\s+", " ", head)
    return head + mark + _ID.sub("", body)


def _refs(layout: Layout, lines: Sequence[Line], notes: Sequence[Phrase]) -> tuple[NumberRef, ...]:
    """Return the references in reading order; the name of a group stands on the page once."""
    parts: list[Phrase] = [layout.stub, *layout.above, *layout.columns]
    for _, members in groupby(lines, key=lambda line: line.group.text):
        several = list(members)
        parts.append(several[0].group)
        parts += [part for line in several for part in (line.name, *line.cells)]
    return tuple(ref for part in (*parts, *notes) for ref in part.numbers)


def notes_for(
    labels: Labels, lines: Sequence[Line], rows: Sequence[Row], *extra: Phrase
) -> tuple[Phrase, ...]:
    """Return the notes that explain the symbols which occur in the lines."""
    printed = {cell.text for line in lines for cell in line.cells}
    notes = [note for note in extra if note]
    if any(SUPPRESSED in text for text in printed):
        notes.append(labels.say("note.suppressed"))
    if any(NOT_AVAILABLE[labels.language] in text for text in printed):
        notes.append(_unavailable(labels, rows))
    if UNBOUNDED[labels.language] in printed:
        notes.append(labels.say("note.unbounded"))
    if NOT_APPLICABLE in printed:
        notes.append(labels.say("note.not_applicable"))
    return tuple(notes)


def _unavailable(labels: Labels, rows: Sequence[Row]) -> Phrase:
    reasons: Mapping[str, Phrase] = {
        reason.text: reason
        for reason in (
            labels.reason(row) for row in rows if row["publication"] == Publication.NOT_ESTIMABLE
        )
    }
    chosen = tuple(reasons.values()) or (labels.say("reason.unknown"),)
    return labels.say("note.unavailable", reasons=join(chosen, "; "))
