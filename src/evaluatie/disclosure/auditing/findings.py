"""What an audit finds: a number that follows too closely, or that should not be there at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from enum import StrEnum

import pandas as pd

from evaluatie.disclosure.universe.cells import Cell


class Kind(StrEnum):
    """In what way a number leaks."""

    DERIVED = "derived"  # follows from what is told, exactly or too closely
    SMALL_SHOWN = "small_shown"  # stands there by itself
    NUMBER_LEFT = "number_left"  # left behind in a row that is hidden
    INSIDER = "insider"  # follows for the one person in a cell of one
    UNCLAIMED = "unclaimed"  # printed, and no claim covers it
    HIDDEN_PRINTED = "hidden_printed"  # hidden by the plan, and printed all the same
    NOT_ITS_ROW = "not_its_row"  # printed as the number of a row that does not bear it out
    NARROWED_BY_RELEASE = "narrowed_by_release"  # safe by itself, not beside an earlier release
    UNLABELLED = "unlabelled"  # a file that does not say how sensitive it is


@dataclass(frozen=True)
class Finding:
    """One leak.

    Attributes
    ----------
    kind : Kind
    row : str
        Id of the row whose number it is; empty where no row states it.
    cell : str
        The group of people, or a file where the finding is about a file.
    measure : str
        persons, households or amount, or the column of a number left behind.
    low, high : float
        The interval that an attacker derives; equal where he knows the number exactly.
    required : str
        What should have remained possible.
    reports : tuple of str
        The smallest set of reports found that together leak it.
    """

    kind: Kind
    row: str
    cell: str
    measure: str
    low: float
    high: float
    required: str
    reports: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Return whether an attacker knows the number itself."""
        return self.high - self.low < 1e-6 * max(1.0, abs(self.high))


FINDING_COLUMNS = tuple(field.name for field in fields(Finding))


def findings_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return one row per finding, columns ``FINDING_COLUMNS``; reports joined by a comma."""
    rows = [(*astuple(found)[:-1], ", ".join(found.reports)) for found in findings]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS))


def named(cell: Cell) -> str:
    """Return the name of a group: family, wave, period, areas, laws and further categories."""
    chosen = [f"{name}={value}" for name, value in cell.selection]
    joined = ("+".join(part) for part in (cell.periods, cell.areas, cell.laws))
    return " ".join(filter(None, (cell.family, cell.wave, *joined, *chosen)))
