"""Check references between feeds, when every feed has been validated on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd

from evaluatie.dictionary.model import FeedCheck
from evaluatie.domain import Severity
from evaluatie.errors import DeclarationError
from evaluatie.intake import rules
from evaluatie.intake.validate import Context, Table


@dataclass(frozen=True)
class Referring:
    """The rows of every feed that refer to something, and the rows that were set aside.

    ``left_out`` holds every row of a feed with amounts that is not in ``frames``, whatever the
    reason: its money must be accounted for.
    """

    frames: dict[str, pd.DataFrame]
    left_out: dict[str, pd.DataFrame]


def check_references(tables: Mapping[str, Table], contexts: Mapping[str, Context]) -> Referring:
    """Return the frames of all feeds without the rows that refer to nothing.

    A row that refers to a record that is in no file breaks the rule of its feed; a row that refers
    to a record that intake set aside is set aside with it. A feed that is not there is no reason
    to refuse those that refer to it.
    """
    frames = {feed: table.frame for feed, table in tables.items()}
    rows = {feed: table.rows for feed, table in tables.items()}
    for feed in _order(contexts):
        for check in contexts[feed].feed.checks:
            if check.rule == "refers_to":
                kept = _referring(feed, check, frames, tables, contexts[feed])
                frames[feed] = frames[feed][kept].reset_index(drop=True)
                rows[feed] = rows[feed][kept]
    left_out = {
        feed: table.before[~table.before.index.isin(rows[feed])]
        for feed, table in tables.items()
        if any(column.type == "eur" for column in contexts[feed].feed.columns)
    }
    return Referring(frames, {feed: frame for feed, frame in left_out.items() if len(frame)})


def _order(contexts: Mapping[str, Context]) -> list[str]:
    """Return the feeds, each after those it refers to."""
    graph = {
        feed: {
            other.split(".")[0]
            for check in context.feed.checks
            if check.rule == "refers_to"
            for other in check.other
        }
        - {feed}
        for feed, context in contexts.items()
    }
    try:
        return [feed for feed in TopologicalSorter(graph).static_order() if feed in contexts]
    except CycleError as error:
        raise DeclarationError(
            "these feeds refer to one another in a circle: " + " -> ".join(error.args[1]),
            remedy="remove one of the checks 'refers_to' from the dictionary.",
        ) from None


def _referring(
    feed: str,
    check: FeedCheck,
    frames: Mapping[str, pd.DataFrame],
    tables: Mapping[str, Table],
    context: Context,
) -> np.ndarray:
    """Return which rows of a feed refer to a record that is there, or to none at all."""
    frame, column = frames[feed], check.columns[0]
    other, _, name = check.other[0].partition(".")
    if other not in tables or tables[other].before[name].isna().all():
        return np.ones(len(frame), dtype=bool)
    nowhere = rules.not_in(frame[column], tables[other].before[name])
    context.report("unmatched_reference", column, nowhere, check.severity, check.other[0])
    gone = np.zeros(len(frame), dtype=bool)
    if len(frames[other]) < len(tables[other].before):
        gone = rules.not_in(frame[column], frames[other][name]) & ~nowhere
        context.report("reference_set_aside", column, gone, Severity.TOLERATE, check.other[0])
    return np.asarray(~(nowhere | gone))
