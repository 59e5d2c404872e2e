"""One disclosure plan over every report: what is shown, what is hidden, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluatie.dictionary.model import CodebookContent
from evaluatie.disclosure.planning.primary import Reason, primary_cells
from evaluatie.disclosure.planning.protect import Task, protect, settle, task_of
from evaluatie.disclosure.planning.statuses import row_status, visible_numbers
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import Cell, CellReader
from evaluatie.disclosure.universe.claims import RowClaims, read_claims
from evaluatie.disclosure.universe.systems import build_systems, claimed_values
from evaluatie.domain import Progress, Publication, no_progress
from evaluatie.errors import DisclosureError
from evaluatie.results import COLUMNS
from evaluatie.study import Study

SOLVER = "HiGHS, one thread"


@dataclass(frozen=True)
class DisclosurePlan:
    """What may be published, over all runs together.

    Attributes
    ----------
    status : mapping row id -> Publication
        Every row of the estimates it was made for.
    reasons : mapping row id -> Reason
        Of the suppressed rows only.
    cells, primary, secondary : int
        Cells spoken of; hidden by the rules; hidden to protect those.
    systems, proven : int
        Additive tables with something to protect, and how many of them have a pattern that is
        proven to hide the fewest rows, given what other tables hide.
    solver : str
    """

    status: Mapping[str, Publication]
    reasons: Mapping[str, Reason]
    cells: int
    primary: int
    secondary: int
    systems: int
    proven: int
    solver: str = SOLVER

    @property
    def digest(self) -> str:
        """SHA-256 of the statuses and reasons; equal plans have equal digests."""
        lines = (f"{row}\t{self.status[row]}\t{self.reasons.get(row, '')}" for row in self.status)
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def plan_release(
    estimates: pd.DataFrame,
    study: Study,
    codebook: CodebookContent,
    rules: DisclosureRules,
    shown: Mapping[str, Collection[str]] | None = None,
    earlier: Iterable[pd.DataFrame] = (),
    progress: Progress = no_progress,
) -> DisclosurePlan:
    """Decide for every row whether it may be shown, over all runs together.

    Parameters
    ----------
    estimates : pandas.DataFrame
        The long table of the whole study, columns ``results.COLUMNS``.
    shown : mapping run name -> row ids, optional
        What every run of the matrix shows; None: everything. A row that no run shows is
        suppressed (and protected all the same: it must not follow from the others).
    earlier : publishable frames
        What was published before: what they show stays known.

    Returns
    -------
    DisclosurePlan

    Raises
    ------
    DisclosureError
        A small group was published before, or cannot be protected because of it.

    Notes
    -----
    Primary: rules of `DisclosureRules`. Secondary: per additive table the cheapest pattern (see
    `pattern.hide`) under which the attacker of `attacker.py` keeps an interval that is wide
    enough. Count, mean and amount of one cell share one status: each hides the whole cell, and
    hiding more never narrows an interval, so that the tables can be solved one after another.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control; Fischetti & Salazar-Gonzalez (2001),
    Solving the cell suppression problem on tabular data with linear constraints.
    """
    reader = CellReader(study, codebook)
    gone, published = _published(earlier, estimates)
    rows = read_claims(pd.concat([estimates, gone]), reader, rules)
    reported = _reported(estimates, shown)
    primary = primary_cells(estimates, rows, rules)
    price = _price(rows, reported)
    fixed = _fixed_cells(rows, published, primary)
    values = claimed_values(rows)
    told = {key: value for key, value in values.items() if not np.isnan(value)}
    tasks = [t for s in build_systems(told) if (t := task_of(s, primary, rules)) is not None]
    hidden = set(primary) | {cell for cell, _ in values if cell not in price} - fixed
    proven = _protect_all(tasks, hidden, price, fixed, progress)
    hidden = settle(
        [task for task in tasks if not task.exact],
        hidden,
        fixed,
        lambda cells: visible_numbers(
            rows, reported, published, primary, _suppressed(primary, cells, price)
        ),
    )
    suppressed = _suppressed(primary, hidden, price)
    status, reasons = row_status(estimates, rows, rules, reported, primary, suppressed)
    return DisclosurePlan(
        status=status,
        reasons=reasons,
        cells=len({cell for cell, _ in values}),
        primary=len(primary),
        secondary=len(suppressed - set(primary)),
        systems=len(tasks),
        proven=proven,
    )


def _protect_all(
    tasks: Sequence[Task],
    hidden: set[Cell],
    price: Mapping[Cell, int],
    fixed: set[Cell],
    progress: Progress,
) -> int:
    """Add to ``hidden`` what each system needs in turn; return how many patterns are proven."""
    proven = 0
    for number, task in enumerate(tasks):
        progress("Disclosure control", number, len(tasks))
        pattern = protect(task, hidden, price, fixed)
        hidden |= {task.system.cells[i] for i in np.flatnonzero(pattern.hidden)}
        proven += pattern.proven and task.exact
    progress("Disclosure control", len(tasks), len(tasks))
    return proven


def _suppressed(
    primary: Mapping[Cell, Reason], hidden: set[Cell], price: Mapping[Cell, int]
) -> set[Cell]:
    """Return the cells that are hidden although a report would show them, and all primary ones."""
    return set(primary) | {cell for cell in hidden if cell in price}


def _reported(estimates: pd.DataFrame, shown: Mapping[str, Collection[str]] | None) -> set[str]:
    """Return the ids that some run shows, and refuse ids that the estimates do not have."""
    every = set(estimates["id"])
    if shown is None:
        return every
    wanted = {row for ids in shown.values() for row in ids}
    if unknown := sorted(wanted - every):
        raise DisclosureError(
            f"{len(unknown)} rows to be shown are not in the table of estimates, "
            f"the first is '{unknown[0]}'",
            remedy="make the run matrix from the same table of estimates.",
        )
    return wanted


def _price(rows: Sequence[RowClaims], reported: set[str]) -> dict[Cell, int]:
    """Return how many reported rows a reader loses when a cell is hidden."""
    price: dict[Cell, int] = {}
    for row in rows:
        for cell in dict.fromkeys(claim.cell for claim in row.claims):
            if row.row in reported:
                price[cell] = price.get(cell, 0) + 1
    return price


def _published(
    earlier: Iterable[pd.DataFrame], estimates: pd.DataFrame
) -> tuple[pd.DataFrame, set[str]]:
    """Return earlier rows that the estimates no longer have, and the ids of all that were shown."""
    gone = [estimates.iloc[:0]]
    shown: set[str] = set()
    for frame in earlier:
        visible = frame[frame["publication"] == Publication.SHOWN]
        gone.append(visible[~visible["id"].isin({*estimates["id"], *shown})][list(COLUMNS)])
        shown |= set(visible["id"])
    kept = [frame for frame in gone if len(frame)]
    return (pd.concat(kept) if kept else gone[0]), shown


def _fixed_cells(
    rows: Sequence[RowClaims], published: set[str], primary: Mapping[Cell, Reason]
) -> set[Cell]:
    """Return the cells that were published before."""
    fixed = {claim.cell for row in rows if row.row in published for claim in row.claims}
    if small := fixed & set(primary):
        raise DisclosureError(
            f"{len(small)} cells that must be hidden were published before",
            remedy="leave these rows out of every report; what was published cannot be undone.",
        )
    return fixed
