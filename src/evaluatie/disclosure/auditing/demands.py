"""What the rules demand of every hidden number: the auditor's own statement of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.claims import (
    AMOUNT,
    HOUSEHOLDS,
    PERSONS,
    Claim,
    RowClaims,
    kind_of,
)

Key = tuple[Cell, str]
TABLE = 2  # where the source of a row names its table
_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Requirement:
    """What must remain possible for a hidden number.

    ``low`` and ``high``: values that the interval must reach (NaN: not demanded); ``width``: its
    smallest width relative to its middle, where the true value is not known to the auditor;
    ``span``: its smallest width in persons or euros.
    """

    low: float
    high: float
    width: float = 0.0
    span: float = 0.0

    def met(self, low: float, high: float) -> bool:
        """Return whether the derived interval is wide enough."""
        middle = (low + high) / 2 if math.isfinite(high) else low
        slack = _TOLERANCE * max(1.0, abs(middle))
        reaches = not (low > self.low + slack or high < self.high - slack)
        return reaches and high - low >= max(self.width * middle, self.span) - slack

    def __str__(self) -> str:
        if self.width:
            return f"a width of at least {self.width:.0%} of the middle"
        if self.span:
            return f"a width of at least {self.span:.12g}"
        return f"at most {self.low:.12g} to at least {self.high:.12g}"


@dataclass(frozen=True)
class Demand:
    """What is demanded of one row: it passes when one of its numbers is wide enough.

    A demand that knows which number is small has that one alone.
    """

    row: str
    needs: Mapping[Key, Requirement]


def small_count(value: float, least: int) -> Requirement:
    """Return rule T1: at least the minimum must be possible, and half of the count or less."""
    return Requirement(round(value) // 2, least)


def not_pinned() -> Requirement:
    """Return what is demanded of a count that is rounded: not known to within one."""
    return Requirement(math.inf, -math.inf, span=3.0)


def least_of(measure: str, rules: DisclosureRules) -> int:
    """Return the smallest number of persons or households that may be shown."""
    return (rules.households if kind_of(measure) == HOUSEHOLDS else rules.threshold).value


def marked_demands(
    rows: Iterable[RowClaims], reasons: Mapping[str, str], rules: DisclosureRules
) -> tuple[Demand, ...]:
    """Return the demands of the rows that say why they are hidden, their true value unknown.

    The auditor cannot see which claim of such a row is the small one, so the row passes when one
    of its counts is wide enough; and it is held to the weakest demand that a count can make.
    """
    count = small_count(rules.threshold.value - 1, rules.threshold.value)
    amount = Requirement(math.inf, -math.inf, rules.p_percent.value / 100.0)
    demands = []
    for row in rows:
        reason = reasons.get(row.row, "")
        if reason not in {"below_threshold", "dominance"}:
            continue
        own = [(claim.cell, claim.measure) for claim in row.claims]
        if reason == "below_threshold":
            counts = {key: count for key in own if kind_of(key[1]) == PERSONS}
            demands.append(Demand(row.row, counts))
        demands.append(Demand(row.row, {key: amount for key in own if kind_of(key[1]) == AMOUNT}))
    return tuple(demands)


def true_demands(
    rows: Iterable[RowClaims], truth: pd.DataFrame, rules: DisclosureRules
) -> tuple[Demand, ...]:
    """Return the demand of every cell that the rules hide, from its true value.

    Notes
    -----
    Counts of persons and households from 1 up to their minimum: rule T1; in tables that are
    rounded, no interval of two or fewer. Amounts: p% to either
    side, where few persons or households are behind them, where the p% rule finds that the second
    largest could estimate the largest, where the two largest have most (n, k), or where there are
    too few providers.
    """
    rows = tuple(rows)
    rounded = rounded_counts(rows, rules)
    share = rules.p_percent.value / 100.0
    suspect = set(truth.loc[_few_contribute(truth, rules), "id"])
    small: set[Cell] = set()
    few: set[str] = set()
    demands: dict[Key, Demand] = {}
    for row in rows:
        for claim in row.claims:
            minimum = least_of(claim.measure, rules)
            if _is_count(claim) and 0 < round(claim.value) < minimum:
                small.add(claim.cell)
                few.add(row.row)
                key = (claim.cell, claim.measure)
                need = not_pinned() if key in rounded else small_count(claim.value, minimum)
                demands.setdefault(key, Demand(row.row, {key: need}))
    for row in rows:
        amounts = [claim for claim in row.claims if kind_of(claim.measure) == AMOUNT]
        for claim in amounts[:1]:  # a part of a whole states the whole as well, which is no secret
            if claim.value > 0 and (claim.cell in small or row.row in few | suspect):
                need = Requirement(claim.value * (1 - share), claim.value * (1 + share))
                key = (claim.cell, claim.measure)
                demands[key] = Demand(row.row, {key: need})
    return tuple(demands.values())


def rounded_counts(rows: Iterable[RowClaims], rules: DisclosureRules) -> set[Key]:
    """Return the counts that only stand in tables of which the counts are rounded."""
    tables = set(rules.rounding.tables) if rules.rounding else set()
    found: dict[bool, set[Key]] = {True: set(), False: set()}
    for row in rows if tables else ():
        keys = {(claim.cell, claim.measure) for claim in row.claims if _is_count(claim)}
        found[row.source[TABLE] in tables] |= keys
    return found[True] - found[False]


def _is_count(claim: Claim) -> bool:
    return kind_of(claim.measure) != AMOUNT and not math.isnan(claim.value)


def _few_contribute(truth: pd.DataFrame, rules: DisclosureRules) -> pd.Series:
    largest, second = truth["top1_share"], truth["top2_share"] - truth["top1_share"]
    rest = 1.0 - largest - second
    close = rest < largest * rules.p_percent.value / 100.0
    few = truth["n_providers"].between(0, rules.providers.value, inclusive="neither")
    return close | (largest + second > rules.dominance.share) | few
