"""From hidden cells to the status of every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from evaluatie.disclosure.planning.primary import Reason
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.claims import PERSONS, RowClaims, exempt, kind_of
from evaluatie.domain import Publication, Status


def visible_numbers(
    rows: Sequence[RowClaims],
    reported: set[str],
    published: set[str],
    primary: Mapping[Cell, Reason],
    suppressed: set[Cell],
) -> set[tuple[Cell, str]]:
    """Return (cell, measure) of every number that some report shows or once showed."""
    return {
        (claim.cell, claim.measure)
        for row in rows
        if row.row in published
        or (row.row in reported and row_reason(row, primary, suppressed) is None)
        for claim in row.claims
        if not np.isnan(claim.value)
    }


def row_status(
    estimates: pd.DataFrame,
    rows: Sequence[RowClaims],
    rules: DisclosureRules,
    reported: set[str],
    primary: Mapping[Cell, Reason],
    suppressed: set[Cell],
) -> tuple[dict[str, Publication], dict[str, Reason]]:
    """Return status and reason of every row, from the cells it claims or needs."""
    claims = {row.row: row for row in rows}
    status: dict[str, Publication] = {}
    reasons: dict[str, Reason] = {}
    for record in estimates.to_dict("records"):
        name = record["id"]
        if record["status"] != Status.ESTIMATED:
            status[name] = Publication.NOT_ESTIMABLE
            continue
        status[name] = Publication.SHOWN
        if exempt({str(key): value for key, value in record.items()}, rules):
            continue
        reason = row_reason(claims[name], primary, suppressed)
        if reason is None and name not in reported:
            reason = Reason.NOT_REPORTED
        if reason is not None:
            status[name], reasons[name] = Publication.SUPPRESSED, reason
    return status, reasons


def row_reason(
    row: RowClaims, primary: Mapping[Cell, Reason], suppressed: set[Cell]
) -> Reason | None:
    """Return why a row is hidden, or None where nothing hides it."""
    own = [claim.cell for claim in row.claims]
    counts = [c.value for c in row.claims if kind_of(c.measure) == PERSONS]
    found = [primary[cell] for cell in own if cell in primary]
    if found:
        small = Reason.BELOW_THRESHOLD in found
        return Reason.BELOW_THRESHOLD if small else Reason.DOMINANCE
    if np.isnan(counts).all():
        return Reason.UNKNOWN_COUNT
    hidden = any(cell in suppressed for cell in (*own, *row.needs))
    return Reason.PROTECTS_ANOTHER if hidden else None
