"""Attack a publishable table: what follows from it for the numbers that it hides.

Shares no code with the planner but the reading of rows (which cell a row is about): it has its
own linear programmes and its own statement of the rules, so that a mistake in the plan shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from evaluatie.dictionary.model import CodebookContent
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import Cell, CellReader
from evaluatie.disclosure.universe.claims import (
    AMOUNT,
    HOUSEHOLDS,
    PERSONS,
    RowClaims,
    exempt,
    kind_of,
    read_claims,
)
from evaluatie.disclosure.universe.systems import System, build_systems, claimed_values
from evaluatie.domain import Publication
from evaluatie.errors import DisclosureError
from evaluatie.results import NUMBER
from evaluatie.study import Study

FINDING_COLUMNS = ("row", "measure", "low", "high", "required")

Array = NDArray[np.float64]
Key = tuple[Cell, str]
_TOLERANCE = 1e-4
_FAR = 1e3  # a value this many times everything that is shown counts as unbounded


@dataclass(frozen=True)
class Requirement:
    """What must remain possible for a hidden number.

    ``low`` and ``high``: values that the interval must reach (NaN: not demanded); ``width``: its
    smallest width relative to its middle, where the true value is not known to the auditor.
    """

    low: float
    high: float
    width: float = 0.0

    def met(self, low: float, high: float) -> bool:
        """Return whether the derived interval is wide enough."""
        middle = (low + high) / 2 if math.isfinite(high) else low
        slack = _TOLERANCE * max(1.0, abs(middle))
        reaches = not (low > self.low + slack or high < self.high - slack)
        return reaches and high - low >= self.width * middle - slack

    def __str__(self) -> str:
        if self.width:
            return f"a width of at least {self.width:.0%} of the middle"
        return f"at most {self.low:.12g} to at least {self.high:.12g}"


def audit_publishable(
    publishable: pd.DataFrame,
    study: Study,
    codebook: CodebookContent,
    rules: DisclosureRules,
    truth: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return every hidden number that follows too closely from what is shown.

    Parameters
    ----------
    publishable : pandas.DataFrame
        Everything that is published together: columns of ``publishable``.
    truth : pandas.DataFrame, optional
        The table of estimates behind it. With it every small cell is a target and is held to
        what its own value demands; without it the targets are the rows that are marked
        ``below_threshold`` or ``dominance``, and they are held to the weakest of the demands.

    Returns
    -------
    pandas.DataFrame
        Columns ``FINDING_COLUMNS``: row id, measure, interval that an attacker derives, and what
        was required. Empty where nothing leaks. A number left in a hidden row, or a small number
        in a shown one, is a finding with low = high.

    Notes
    -----
    Two linear programmes per target over the finest cross of all categories. Numbers that do not
    quite add up are met by the tables nearest to them (sum of absolute distances / (1 + value)).
    """
    findings = [*_numbers_left(publishable), *_small_shown(publishable, rules)]
    reader = CellReader(study, codebook)
    rows = read_claims(publishable if truth is None else truth, reader, rules)
    shown = set(publishable.loc[publishable["publication"] == Publication.SHOWN, "id"])
    known = claimed_values(row for row in rows if row.row in shown)
    values = {key: known.get(key, math.nan) for key in claimed_values(rows)}
    hidden = publishable.set_index("id")["reason"]
    demands = _marked(rows, hidden, rules) if truth is None else _true_demands(rows, truth, rules)
    intervals = _intervals(build_systems(values), values, {k for d in demands for k in d[1]})
    for row, wanted in demands:
        derived = {key: intervals[key] for key in wanted if key in intervals}
        failed = {key for key, found in derived.items() if not wanted[key].met(*found)}
        if derived and len(failed) == len(derived):
            key = next(key for key in wanted if key in failed)
            findings.append((row, key[1], *derived[key], str(wanted[key])))
    return pd.DataFrame(findings, columns=list(FINDING_COLUMNS))


def _numbers_left(frame: pd.DataFrame) -> Iterator[tuple[str, str, float, float, str]]:
    """Yield every number in a row that is not shown."""
    gone = frame[frame["publication"] != Publication.SHOWN]
    for column in NUMBER:
        for name, value in gone.loc[gone[column].notna(), ["id", column]].itertuples(index=False):
            yield name, column, value, value, "no number in a row that is not shown"


def _small_shown(
    frame: pd.DataFrame, rules: DisclosureRules
) -> Iterator[tuple[str, str, float, float, str]]:
    """Yield every shown number of persons, households or providers below its minimum."""
    least = {"n": rules.threshold, "n_households": rules.households, "n_providers": rules.providers}
    for row in frame[frame["publication"] == Publication.SHOWN].to_dict("records"):
        if exempt({str(name): value for name, value in row.items()}, rules):
            continue
        counts = {name: (row[name], rule.value) for name, rule in least.items()}
        if row["term"] == "count":
            counts["estimate"] = (row["estimate"], rules.threshold.value)
        for name, (value, minimum) in counts.items():
            if 0 < value < minimum:
                yield row["id"], name, value, value, f"at least {minimum}"


def _marked(
    rows: Iterable[RowClaims], reasons: Mapping[str, str], rules: DisclosureRules
) -> list[tuple[str, dict[Key, Requirement]]]:
    """Return the demands of the rows that say why they are hidden.

    The auditor cannot see which claim of such a row is the small one, so the row passes when one
    of its counts is wide enough.
    """
    count = Requirement((rules.threshold.value - 1) // 2, rules.threshold.value)
    amount = Requirement(math.inf, -math.inf, rules.p_percent.value / 100.0)
    demands = []
    for row in rows:
        reason = reasons.get(row.row, "")
        if reason not in {"below_threshold", "dominance"}:
            continue
        own = [(claim.cell, claim.measure) for claim in row.claims]
        if reason == "below_threshold":
            demands.append((row.row, {key: count for key in own if kind_of(key[1]) == PERSONS}))
        demands.append((row.row, {key: amount for key in own if kind_of(key[1]) == AMOUNT}))
    return demands


def _true_demands(
    rows: Iterable[RowClaims], truth: pd.DataFrame, rules: DisclosureRules
) -> list[tuple[str, dict[Key, Requirement]]]:
    """Return the demand of every cell that the rules hide, from its true value."""
    least = {PERSONS: rules.threshold.value, HOUSEHOLDS: rules.households.value}
    share = rules.p_percent.value / 100.0
    suspect = set(truth.loc[_few_contribute(truth, rules), "id"])
    small: dict[Cell, str] = {}
    few: set[str] = set()
    demands: dict[Key, tuple[str, Requirement]] = {}
    rows = tuple(rows)
    for row in rows:
        for claim in row.claims:
            minimum = least.get(kind_of(claim.measure), 0)
            if not math.isnan(claim.value) and 0 < round(claim.value) < minimum:
                small.setdefault(claim.cell, row.row)
                few.add(row.row)
                need = Requirement(round(claim.value) // 2, minimum)
                demands.setdefault((claim.cell, claim.measure), (row.row, need))
    for row in rows:
        amounts = [claim for claim in row.claims if kind_of(claim.measure) == AMOUNT]
        for claim in amounts[:1]:  # a part of a whole states the whole as well, which is no secret
            if claim.value > 0 and (claim.cell in small or row.row in few | suspect):
                need = Requirement(claim.value * (1 - share), claim.value * (1 + share))
                demands[claim.cell, claim.measure] = (row.row, need)
    return [(row, {key: need}) for key, (row, need) in demands.items()]


def _few_contribute(truth: pd.DataFrame, rules: DisclosureRules) -> pd.Series:
    largest, second = truth["top1_share"], truth["top2_share"] - truth["top1_share"]
    rest = 1.0 - largest - second
    close = rest < largest * rules.p_percent.value / 100.0
    few = truth["n_providers"].between(0, rules.providers.value, inclusive="neither")
    return close | (largest + second > rules.dominance.share) | few


def _intervals(
    systems: Iterable[System], values: Mapping[Key, float], wanted: set[Key]
) -> dict[Key, tuple[float, float]]:
    """Return the interval that an attacker derives for each wanted number."""
    found: dict[Key, tuple[float, float]] = {}
    for system in systems:
        keys = [(cell, system.measure) for cell in system.cells]
        targets = [i for i, key in enumerate(keys) if key in wanted]
        if not targets:
            continue
        shown = np.flatnonzero([not math.isnan(values[key]) for key in keys])
        for i, interval in _attack(system.matrix, system.values, shown, targets):
            found[keys[i]] = interval
    return found


def _attack(
    matrix: sparse.csr_matrix, values: Array, shown: NDArray[np.intp], targets: list[int]
) -> Iterator[tuple[int, tuple[float, float]]]:
    """Yield (target, (low, high)) over all nonnegative tables nearest to the shown numbers."""
    a, c = matrix.shape[1], len(shown)
    told = np.maximum(values[shown], 0.0)
    largest = max(float(told.max(initial=0.0)), 1.0)
    scale = largest / 1e4 if largest > 1e4 else 1.0
    told = told / scale
    eye = sparse.identity(c, format="csr")
    equal = sparse.csr_matrix(sparse.hstack([matrix[shown], eye, -eye]))
    distance = np.concatenate([np.zeros(a), *[scale / (1.0 + scale * told)] * 2])
    far = _FAR * (float(told.max(initial=0.0)) + 1e3)
    nearest = _solve(distance, equal, told, far)
    budget = sparse.csr_matrix(distance)
    for target in targets:
        goal = np.zeros(a + 2 * c)
        goal[matrix.indices[matrix.indptr[target] : matrix.indptr[target + 1]]] = 1.0
        ends = [
            sign * _solve(sign * goal, equal, told, far, budget, nearest) for sign in (1.0, -1.0)
        ]
        low, high = max(ends[0], 0.0) * scale, ends[1] * scale
        yield target, (low, math.inf if ends[1] >= far * 0.999 else high)


def _solve(
    cost: Array,
    equal: sparse.csr_matrix,
    told: Array,
    far: float,
    budget: sparse.csr_matrix | None = None,
    nearest: float = 0.0,
) -> float:
    limit = None if budget is None else np.array([nearest * (1 + 1e-9) + 1e-9])
    result = linprog(  # type: ignore[call-overload]
        cost, A_ub=budget, b_ub=limit, A_eq=equal, b_eq=told, bounds=(0.0, far), method="highs"
    )
    if not result.success:
        raise DisclosureError(f"the attack has no solution: {result.message}")
    return float(result.fun)
