"""One disclosure plan over every report: what is shown, what is hidden, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from evaluatie.dictionary.model import CodebookContent
from evaluatie.disclosure.attacker import Target, additive_values, narrowest
from evaluatie.disclosure.cells import Cell, CellReader
from evaluatie.disclosure.claims import (
    AMOUNT,
    HOUSEHOLDS,
    PERSONS,
    RowClaims,
    exempt,
    kind_of,
    read_claims,
)
from evaluatie.disclosure.pattern import Problem, hide
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.systems import System, build_systems, claimed_values
from evaluatie.domain import Progress, Publication, Status, no_progress
from evaluatie.errors import DisclosureError
from evaluatie.results import COLUMNS
from evaluatie.study import Study

SOLVER = "HiGHS, one thread"
_SCALE = 1e4  # amounts are scaled so that the largest of a system is this


class Reason(StrEnum):
    """Why a number is hidden: stable keys; the words for readers are in the catalogue."""

    BELOW_THRESHOLD = "below_threshold"  # too few persons or households
    DOMINANCE = "dominance"  # one or two households or providers make up most of an amount
    PROTECTS_ANOTHER = "protects_another"
    UNKNOWN_COUNT = "unknown_count"  # the row does not say how many people are behind it
    NOT_REPORTED = "not_reported"  # no report shows it


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
    published = _published(earlier, estimates)
    rows = read_claims(pd.concat([estimates, published[0]]), reader, rules)
    reported = _reported(estimates, shown)
    primary = _primary_cells(estimates, rows, rules)
    price = _price(rows, reported)
    fixed = _fixed_cells(rows, published[1], primary)
    values = claimed_values(rows)
    systems = build_systems({key: value for key, value in values.items() if not np.isnan(value)})
    hidden = set(primary) | {cell for cell, _ in values if cell not in price} - fixed
    solved = proven = 0
    for number, system in enumerate(systems):
        progress("Disclosure control", number, len(systems))
        targets = _targets(system, primary, rules)
        if targets:
            solved += 1
            proven += _protect(system, targets, hidden, price, fixed)
    progress("Disclosure control", len(systems), len(systems))
    suppressed = set(primary) | {cell for cell in hidden if cell in price}
    status, reasons = _row_status(estimates, rows, rules, reported, primary, suppressed)
    return DisclosurePlan(
        status=status,
        reasons=reasons,
        cells=len({cell for cell, _ in values}),
        primary=len(primary),
        secondary=len(suppressed - set(primary)),
        systems=solved,
        proven=proven,
    )


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


def _primary_cells(
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
    dominated = _dominated(estimates, rules)
    for row in rows:
        amounts = [claim.cell for claim in row.claims if kind_of(claim.measure) == AMOUNT]
        if amounts and row.row in dominated:
            primary.setdefault(amounts[0], Reason.DOMINANCE)
    return primary


def _dominated(estimates: pd.DataFrame, rules: DisclosureRules) -> set[str]:
    """Return the rows that fail the p% rule, the (n,k) rule or have too few providers.

    p%: total - largest - second < p/100 x largest, the second largest being the best informed.
    """
    largest, two = estimates["top1_share"], estimates["top2_share"]
    p_percent = 1.0 - two < rules.p_percent.value / 100.0 * largest
    providers = estimates["n_providers"]
    few = (providers > 0) & (providers < rules.providers.value)
    return set(estimates.loc[p_percent | (two > rules.dominance.share) | few, "id"])


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


def _targets(
    system: System, primary: Mapping[Cell, Reason], rules: DisclosureRules
) -> list[Target]:
    """Return what an attacker may not know better, in the units of the system."""
    kind = kind_of(system.measure)
    percent = rules.p_percent.value / 100.0
    least = rules.households.value if kind == HOUSEHOLDS else rules.threshold.value
    targets = []
    for i, (cell, value) in enumerate(zip(system.cells, system.values, strict=True)):
        reason = primary.get(cell)
        if reason is None or value <= 0:
            continue
        if kind == AMOUNT:
            targets.append(Target(i, value * (1 - percent), value * (1 + percent)))
        elif reason is Reason.BELOW_THRESHOLD and (kind == PERSONS or round(value) < least):
            low = min(int(round(value) // 2), (least - 1) // 2)
            targets.append(Target(i, float(low), float(least)))
    return targets


def _protect(
    system: System,
    targets: list[Target],
    hidden: set[Cell],
    price: Mapping[Cell, int],
    fixed: set[Cell],
) -> bool:
    """Hide further cells of one system until its targets are safe; return whether proven."""
    scale = 1.0
    if kind_of(system.measure) == AMOUNT:
        scale = max(float(np.max(system.values)), 1.0) / _SCALE
    actual = np.maximum(system.values, 0.0) / scale
    targets = [Target(t.cell, t.low / scale, t.high / scale) for t in targets]
    additive = additive_values(system.matrix, actual)
    problem = Problem(
        matrix=system.matrix,
        values=additive,
        price=np.array([float(price.get(cell, 0)) for cell in system.cells]),
        hidden=np.array([cell in hidden for cell in system.cells]),
        fixed=np.array([cell in fixed for cell in system.cells]),
        targets=targets,
    )
    pattern = hide(problem)
    chosen, proven = pattern.hidden.copy(), pattern.proven
    if not np.allclose(additive, actual, rtol=1e-9, atol=1e-6):
        proven = False
        while (further := narrowest(system.matrix, actual, chosen, targets)) is not None:
            chosen[further] = True
    hidden |= {system.cells[i] for i in np.flatnonzero(chosen)}
    return proven


def _row_status(
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
        reason = _row_reason(claims[name], primary, suppressed)
        if reason is None and name not in reported:
            reason = Reason.NOT_REPORTED
        if reason is not None:
            status[name], reasons[name] = Publication.SUPPRESSED, reason
    return status, reasons


def _row_reason(
    row: RowClaims, primary: Mapping[Cell, Reason], suppressed: set[Cell]
) -> Reason | None:
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
