"""Which cells the rules themselves hide."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import pandas as pd

from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.claims import (
    AMOUNT,
    HOUSEHOLDS,
    PERSONS,
    RowClaims,
    is_part,
    kind_of,
)


class Reason(StrEnum):
    """Why a number is hidden: stable keys; the words for readers are in the catalogue."""

    BELOW_THRESHOLD = "below_threshold"  # too few persons or households
    DOMINANCE = "dominance"  # one or two households or providers make up most of an amount
    PROTECTS_ANOTHER = "protects_another"
    UNKNOWN_COUNT = "unknown_count"  # the row does not say how many people are behind it
    NOT_REPORTED = "not_reported"  # no report shows it


def primary_cells(
    estimates: pd.DataFrame, rows: Sequence[RowClaims], rules: DisclosureRules
) -> dict[Cell, Reason]:
    """Return the cells that the rules themselves hide, in order of appearance."""
    primary: dict[Cell, Reason] = {}
    minimum = {PERSONS: rules.threshold.value, HOUSEHOLDS: rules.households.value}
    for row in rows:
        for claim in row.claims:
            least = minimum.get(kind_of(claim.measure), 0)
            if not np.isnan(claim.value) and 0 < round(claim.value) < least:
                primary[claim.cell] = Reason.BELOW_THRESHOLD
                primary |= dict.fromkeys(_parts(row), Reason.BELOW_THRESHOLD)
    dominated = _dominated(estimates, rules)
    for row in rows:
        if row.row in dominated:
            amounts = [claim.cell for claim in row.claims if kind_of(claim.measure) == AMOUNT]
            primary.setdefault((amounts or [row.claims[0].cell])[0], Reason.DOMINANCE)
    return primary


def _parts(row: RowClaims) -> list[Cell]:
    """Return the part of a divided whole that a row about too few people states."""
    return [claim.cell for claim in row.claims if is_part(claim)][:1]


def _dominated(estimates: pd.DataFrame, rules: DisclosureRules) -> set[str]:
    """Return the rows that fail the p% rule, the (n,k) rule or have too few providers.

    p%: total - largest - second < p/100 x largest, the second largest being the best informed.
    """
    largest, two = estimates["top1_share"], estimates["top2_share"]
    p_percent = 1.0 - two < rules.p_percent.value / 100.0 * largest
    providers = estimates["n_providers"]
    few = (providers > 0) & (providers < rules.providers.value)
    return set(estimates.loc[p_percent | (two > rules.dominance.share) | few, "id"])
