"""One disclosure plan over every report: what is shown, what is hidden, and why."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from evaluatie.dictionary.model import CodebookContent
from evaluatie.disclosure.planning.history.earlier import read_earlier
from evaluatie.disclosure.planning.history.published import known_cells, refuse_corrected
from evaluatie.disclosure.planning.primary import Reason
from evaluatie.disclosure.planning.redesign.merging import MergeAdvice, merge_advice
from evaluatie.disclosure.planning.rounding.rows import Numbers
from evaluatie.disclosure.planning.solve import Asked, Solved, ask, solve
from evaluatie.disclosure.planning.statuses import row_status
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import CellReader
from evaluatie.disclosure.universe.systems import System
from evaluatie.domain import Progress, Publication, no_progress
from evaluatie.errors import DisclosureError
from evaluatie.study import Study

SOLVER = "HiGHS, one thread"


@dataclass(frozen=True)
class Stricter:
    """What one audience sees less than everybody.

    Attributes
    ----------
    seen : frozenset of row ids
        What its reports show under the rules for everybody.
    reasons : mapping row id -> Reason
        Of the rows among those that are hidden from it, and from it alone.
    """

    seen: frozenset[str]
    reasons: Mapping[str, Reason]


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
    groups : int
        Groups that no row shows and that are protected with the cells.
    systems, proven, out_of_time : int
        Additive tables with something to protect; how many of them have a pattern that is proven
        to hide the fewest rows, given what other tables hide; and on how many the clock stopped
        the search.
    cost, bound : float
        Rows lost to protect others, a row counting for each of its cells; and what no safe plan
        can be below, as far as is proven.
    seconds : float
        How long planning took.
    audiences : mapping audience -> Stricter
        Of the audiences with stricter rules only.
    rounded : mapping row id -> column -> number
        What is printed instead of the exact numbers, where the rules round; NaN: nothing.
    advice : tuple of MergeAdvice
        Which categories to take together in tables of which too many cells are small.
    solver : str
    """

    status: Mapping[str, Publication]
    reasons: Mapping[str, Reason]
    cells: int
    primary: int
    secondary: int
    groups: int
    systems: int
    proven: int
    out_of_time: int
    cost: float
    bound: float
    seconds: float = field(compare=False)
    audiences: Mapping[str, Stricter]
    rounded: Mapping[str, Numbers] = field(default_factory=dict)
    advice: tuple[MergeAdvice, ...] = ()
    solver: str = SOLVER

    @property
    def gap(self) -> float:
        """How far the cost can be from the best, as a share of the cost."""
        return (self.cost - self.bound) / self.cost if self.cost else 0.0

    def reasons_for(self, audience: str) -> dict[str, Reason]:
        """Return why every hidden row is hidden from an audience; empty: from everybody.

        An audience with stricter rules is shown what its own reports show, and nothing else.
        """
        own = self.audiences.get(audience)
        if own is None:
            return dict(self.reasons)
        unseen = {
            row: Reason.NOT_REPORTED
            for row, status in self.status.items()
            if status == Publication.SHOWN and row not in own.seen
        }
        return {**self.reasons, **unseen, **own.reasons}

    @property
    def digest(self) -> str:
        """SHA-256 of the statuses and reasons; equal plans have equal digests."""
        lines = [f"{row}\t{self.status[row]}\t{self.reasons.get(row, '')}" for row in self.status]
        for row, numbers in self.rounded.items():
            lines += [f"{row}\t{column}\t{value:.10g}" for column, value in numbers.items()]
        for audience, stricter in self.audiences.items():
            lines += [f"{audience}\t{row}\t{why}" for row, why in stricter.reasons.items()]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def plan_release(
    estimates: pd.DataFrame,
    study: Study,
    codebook: CodebookContent,
    rules: DisclosureRules,
    shown: Mapping[str, Collection[str]] | None = None,
    earlier: Iterable[pd.DataFrame] = (),
    progress: Progress = no_progress,
    audiences: Mapping[str, str] | None = None,
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
        What was published before, oldest first: what they show stays known. With the columns
        ``release`` and ``run`` an error names the reports it is about.
    audiences : mapping run name -> audience, optional
        Whose report every run is; needed where the rules have audiences of their own.

    Returns
    -------
    DisclosurePlan

    Raises
    ------
    DisclosureError
        A small group was published before, or cannot be protected because of it; or a count was
        corrected by so few that the difference is a small group.

    Notes
    -----
    Primary: rules of `DisclosureRules`. Secondary: per additive table the cheapest pattern (see
    `pattern.hide`) under which the attacker of `attacker.py` keeps an interval that is wide
    enough, for the small cells and for the small groups that are no cell (`universe.gaps`). Count,
    mean and amount of one cell share one status: each hides the whole cell, and hiding more never
    narrows an interval, so that the tables can be solved one after another.

    An audience with stricter rules is planned for on top: what its own reports would show is
    hidden until nothing that its rules hide follows from them. It then sees a part of what
    everybody may see; tables that are made for everybody keep the common rules.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control; Fischetti & Salazar-Gonzalez (2001),
    Solving the cell suppression problem on tabular data with linear constraints.
    """
    start = time.monotonic()
    frames = tuple(earlier)
    reader = CellReader(study, codebook)
    asked = ask(estimates, reader, rules, _reported(estimates, shown), frames)
    solved = solve(asked, progress)
    status, reasons = _statuses(asked, solved)
    shown_rows = {row for row, found in status.items() if found == Publication.SHOWN}
    refuse_corrected([row for row in asked.known.corrected if row in shown_rows], asked.earlier)
    stricter = {
        held[0]: _stricter(asked, frames, reader, held, progress)
        for held in _held_to_more(rules, shown, audiences, shown_rows)
    }
    return DisclosurePlan(
        status=status,
        reasons=reasons,
        cells=len({claim.cell for row in asked.rows for claim in row.claims}),
        primary=len(solved.primary),
        secondary=len(solved.suppressed - set(solved.primary)),
        groups=solved.groups,
        systems=solved.systems,
        proven=solved.proven,
        out_of_time=solved.out_of_time,
        cost=solved.cost,
        bound=solved.bound,
        seconds=time.monotonic() - start,
        audiences=stricter,
        rounded=asked.rounded.numbers,
        advice=_advice(asked.systems, rules),
    )


def _advice(systems: Sequence[System], rules: DisclosureRules) -> tuple[MergeAdvice, ...]:
    if rules.redesign is None:
        return ()
    found = merge_advice(systems, rules.threshold.value, rules.redesign.small_share)
    halves = {*rules.share_terms, "share"}  # yes and no of one share are no categories
    return tuple(each for each in found if each.dimension not in halves)


def _statuses(asked: Asked, solved: Solved) -> tuple[dict[str, Publication], dict[str, Reason]]:
    """Return status and reason of every row; what is rounded instead of hidden is shown."""
    status, reasons = row_status(
        asked.estimates, asked.rows, asked.rules, asked.reported, solved.primary, solved.suppressed
    )
    for row in asked.rounded.instead & asked.reported:
        status[row] = Publication.SHOWN
        reasons.pop(row, None)
    return status, reasons


Held = tuple[str, DisclosureRules, set[str], set[str]]


def _held_to_more(
    rules: DisclosureRules,
    shown: Mapping[str, Collection[str]] | None,
    audiences: Mapping[str, str] | None,
    visible: set[str],
) -> Iterator[Held]:
    """Yield audience, its rules, the runs of others and the rows it sees, where it has rules."""
    for audience in rules.audiences:
        own = rules.for_audience(audience)
        if own == rules:
            continue
        if audiences is None and shown is not None:
            raise DisclosureError(
                f"audience '{audience}' has rules of its own, but no run says whose it is",
                remedy="give the audience of every run to the plan.",
            )
        others = {run for run, whose in (audiences or {}).items() if whose != audience}
        told = [rows for run, rows in (shown or {}).items() if run not in others]
        seen = visible if shown is None else visible.intersection({row for r in told for row in r})
        yield audience, own, others, seen


def _stricter(
    asked: Asked, frames: Sequence[pd.DataFrame], reader: CellReader, held: Held, progress: Progress
) -> Stricter:
    """Return what an audience may not see although everybody may.

    Of earlier releases it knows every report but those that are made for others.
    """
    _, rules, others, seen = held
    before = read_earlier(frames, asked.estimates, others)
    own = replace(
        asked,
        reported=seen,
        earlier=before,
        known=known_cells(asked.rows, before, reader, rules, asked.rounded),
        rules=rules,
    )
    _, reasons = _statuses(own, solve(own, progress))
    return Stricter(frozenset(seen), {row: why for row, why in reasons.items() if row in seen})


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
