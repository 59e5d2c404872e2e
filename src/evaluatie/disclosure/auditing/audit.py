"""Audit everything that is told against what the rules demand of the numbers behind it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.disclosure.auditing.demands import (
    Demand,
    Key,
    Requirement,
    least_of,
    not_pinned,
    rounded_counts,
    small_count,
    true_demands,
)
from evaluatie.disclosure.auditing.findings import Finding, Kind, named
from evaluatie.disclosure.auditing.insider import NOT_EXACT, Insight, insights
from evaluatie.disclosure.auditing.leaks import smallest_leak
from evaluatie.disclosure.auditing.scenes import Scene, scenes_of
from evaluatie.disclosure.auditing.system import SystemAttack
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.claims import AMOUNT, RowClaims, Told, kind_of
from evaluatie.disclosure.universe.systems import claimed_values
from evaluatie.domain import Progress, no_progress

Array = NDArray[np.float64]
KEPT = 200  # attacks that stay ready for the next question
_WHOLE = 1e-6


@dataclass(frozen=True)
class Question:
    """Something that must not follow: it does where every one of ``asks`` is too narrow.

    ``asks``: (number of the scene, row in it, what is demanded).
    """

    row: str
    asks: tuple[tuple[int, int, Requirement], ...]


def audit_claims(
    told: Iterable[Told],
    truth_rows: Sequence[RowClaims],
    truth: pd.DataFrame,
    rules: DisclosureRules,
    *,
    progress: Progress = no_progress,
) -> tuple[Finding, ...]:
    """Return everything that leaks from what is told, whoever tells it.

    Parameters
    ----------
    told : iterable of Told
        Every claim that can be read in any report, file or earlier release.
    truth_rows : sequence of RowClaims
        The claims of the private estimates, shown or not.
    truth : pandas.DataFrame
        The private estimates themselves, columns ``results.COLUMNS``.

    Returns
    -------
    tuple of Finding
        Each with the interval that an attacker derives and the smallest set of reports found that
        together leak it; first the cells, in the order of the rows, then groups, then insiders.

    Notes
    -----
    Targets are the cells that the rules hide (`demands.true_demands`), every group of few people
    that is the difference of two nested cells, with the amount of such a group, and what somebody
    in a cell of one learns (`insider`).
    """
    values = claimed_values(truth_rows)
    demands = true_demands(truth_rows, truth, rules)
    rounded = rounded_counts(truth_rows, rules)
    return audit_told(told, demands, rules, values=values, rounded=rounded, progress=progress)


def audit_told(
    told: Iterable[Told],
    demands: Iterable[Demand],
    rules: DisclosureRules,
    *,
    values: Mapping[Key, float],
    rounded: Collection[Key] = (),
    progress: Progress = no_progress,
) -> tuple[Finding, ...]:
    """Return the demands that are not met, and the groups and insiders that follow too closely.

    Parameters
    ----------
    demands : iterable of Demand
    values : mapping (Cell, measure) -> number
        Every number that rows claim, NaN where the auditor does not know it. Of an unknown one
        only what is told exactly counts for groups, and insiders are not looked for.
    rounded : collection of (Cell, measure)
        Numbers of tables that are rounded instead of hidden.
    """
    demands = tuple(demands)
    wanted = {key for demand in demands for key in demand.needs}
    progress("tables", 0, 1)
    audit = _Audit(scenes_of(told, wanted, values, rules), rules, rounded)
    progress("tables", 1, 1)
    questions = [*audit.demanded(demands), *audit.grouped()]
    found: list[Finding] = []
    for number, question in enumerate(questions, start=1):
        found += audit.answer(question)
        progress("attack", number, len(questions))
    for number in range(len(audit.scenes)):
        found += audit.inside(number, questions)
        progress("insiders", number + 1, len(audit.scenes))
    return tuple(found)


class _Audit:
    """Scenes, and the attacks on them that are ready."""

    def __init__(
        self, scenes: tuple[Scene, ...], rules: DisclosureRules, rounded: Collection[Key]
    ) -> None:
        self.scenes, self.rules, self._rounded = scenes, rules, set(rounded)
        self._attacks: OrderedDict[tuple[int, frozenset[str] | None], SystemAttack] = OrderedDict()
        self._leaks: dict[int, list[tuple[str, ...]]] = {}
        self._place = {
            key: (number, row)
            for number, scene in enumerate(scenes)
            for row, key in enumerate(scene.front.keys)
        }

    def demanded(self, demands: Iterable[Demand]) -> Iterator[Question]:
        """Yield the question of every demand on a number that is claimed."""
        for demand in demands:
            asks = [
                (*self._place[key], need)
                for key, need in demand.needs.items()
                if key in self._place
            ]
            if asks:
                yield Question(demand.row, tuple(asks))

    def grouped(self) -> Iterator[Question]:
        """Yield the question of every small group that is no cell, and of its amount."""
        for number, scene in enumerate(self.scenes):
            for row, group in enumerate(scene.groups, start=len(scene.front.keys)):
                ends = {scene.front.keys[group.outer], scene.front.keys[group.inner]}
                yield Question("", ((number, row, self._need(ends, group.value)),))

    def _need(self, ends: set[Key], value: float) -> Requirement:
        """Return what is demanded of a group between two cells."""
        measure = next(iter(ends))[1]
        if kind_of(measure) == AMOUNT:
            share = self.rules.p_percent.value / 100.0
            return Requirement(value * (1 - share), value * (1 + share))
        if ends <= self._rounded:
            return not_pinned()
        return small_count(value, least_of(measure, self.rules))

    def answer(self, question: Question) -> Iterator[Finding]:
        """Yield the finding, if what must not follow does follow."""
        if not self._leaky(question, None):
            return
        number, row, need = question.asks[0]
        interval = self._attack(number, None).interval(row)
        if not self._is_true(number, row, interval):
            return
        cell, measure = self._name(number, row)
        alone = any(
            not need.met(told.low, told.high) for told in self.scenes[number].front.told_of(row)
        )
        yield Finding(
            kind=Kind.SMALL_SHOWN if alone else Kind.DERIVED,
            row=question.row,
            cell=cell,
            measure=measure,
            low=interval[0],
            high=interval[1],
            required=str(need),
            reports=self._leaking(question),
        )

    def _is_true(self, number: int, row: int, interval: tuple[float, float]) -> bool:
        """Return whether what follows for a group holds; of a cell, the demand says so.

        Where numbers do not add up, two that differ by a few need not be about a few people.
        """
        value = self.scenes[number].numbers[row]
        slack = _WHOLE * max(1.0, abs(value))
        is_cell = row < len(self.scenes[number].front.keys)
        return is_cell or interval[0] - slack <= value <= interval[1] + slack

    def _leaky(self, question: Question, reports: frozenset[str] | None) -> bool:
        return all(
            self._attack(number, reports).too_narrow(row, need) is not None
            for number, row, need in question.asks
        )

    def _leaking(self, question: Question) -> tuple[str, ...]:
        numbers = {number for number, _, _ in question.asks}
        reports = [name for number in numbers for name in self.scenes[number].front.reports]
        before = self._leaks.setdefault(question.asks[0][0], [])
        found = smallest_leak(reports, lambda kept: self._leaky(question, kept), before)
        if found not in before:
            before.append(found)
        return found

    def _attack(self, number: int, reports: frozenset[str] | None) -> SystemAttack:
        """Return the attack on a scene with what some reports tell; None: with everything."""
        name = (number, reports)
        if name not in self._attacks:
            self._attacks[name] = self.scenes[number].front.attack(reports)
            while len(self._attacks) > KEPT:
                self._attacks.popitem(last=False)
        self._attacks.move_to_end(name)
        return self._attacks[name]

    def _name(self, number: int, row: int) -> tuple[str, str]:
        """Return the name of a cell, or of a group below the cells, and its measure."""
        scene = self.scenes[number]
        keys = scene.front.keys
        if row < len(keys):
            return named(keys[row][0]), keys[row][1]
        group = scene.groups[row - len(keys)]
        outer, inner = keys[group.outer][0], keys[group.inner][0]
        return f"{named(outer)} without {named(inner)}", keys[0][1]

    def inside(self, number: int, questions: Iterable[Question]) -> Iterator[Finding]:
        """Yield what a person in a cell of one learns of another hidden count of the scene."""
        scene = self.scenes[number]
        own = np.flatnonzero(np.abs(scene.numbers - 1.0) < _WHOLE).tolist()
        if not (own and scene.front.counts):
            return
        rows = {
            ask[1]: question.row
            for question in questions
            for ask in question.asks[:1]
            if ask[0] == number
        }
        for insight in insights(scene.front, own, rows, scene.numbers):
            cell, measure = self._name(number, insight.cell)
            reports = smallest_leak(scene.front.reports, partial(_learns, scene, insight))
            yield Finding(
                kind=Kind.INSIDER,
                row=rows[insight.cell],
                cell=cell,
                measure=measure,
                low=insight.value,
                high=insight.value,
                required=f"{NOT_EXACT}, for the one in {self._name(number, insight.own)[0]}",
                reports=reports,
            )


def _learns(scene: Scene, insight: Insight, reports: frozenset[str]) -> bool:
    """Return whether somebody learns the same from these reports only."""
    return any(insights(scene.front, [insight.own], [insight.cell], scene.numbers, reports))
