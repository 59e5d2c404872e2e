"""What follows from everything that is told: the interval of every hidden number.

An attacker knows which groups add up to which (over the finest cross of all categories in all
reports), that nothing is negative, and every number that he can read anywhere, each as far as its
rounding leaves it. What he derives for a hidden number are its smallest and largest value over
all tables that agree with that; counts of people are whole numbers, which he knows as well.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from evaluatie.disclosure.auditing.demands import Key, Requirement
from evaluatie.disclosure.auditing.printed.claims import TOGETHER
from evaluatie.disclosure.auditing.system import Interval, SystemAttack
from evaluatie.disclosure.universe.claims import AMOUNT, Told, kind_of
from evaluatie.disclosure.universe.systems import build_systems
from evaluatie.domain import Progress, no_progress


@dataclass(frozen=True)
class Front:
    """One additive table with everything that is told of it.

    Attributes
    ----------
    keys : tuple of (Cell, measure), length C
    matrix : (C, A) sparse matrix
    told : tuple of Told
        The claims on these cells.
    counts : bool
        Whether the cells are numbers of people, that are whole.
    """

    keys: tuple[Key, ...]
    matrix: sparse.csr_matrix
    told: tuple[Told, ...]
    counts: bool

    @property
    def reports(self) -> tuple[str, ...]:
        """Return who tells something of these cells, sorted."""
        return tuple(sorted({name for told in self.told for name in speakers(told)}))

    def told_of(self, row: int) -> tuple[Told, ...]:
        """Return what is told of one cell; of what is no cell, nothing."""
        if row >= len(self.keys):
            return ()
        return tuple(told for told in self.told if (told.cell, told.measure) == self.keys[row])

    def attack(
        self,
        reports: Collection[str] | None = None,
        *,
        whole: bool = True,
        open_rows: Collection[int] = (),
    ) -> SystemAttack:
        """Return the attack with what some reports tell, or all of them."""
        place = {key: i for i, key in enumerate(self.keys)}
        size = self.matrix.shape[0]
        low, high = np.zeros(size), np.full(size, np.inf)
        for told in self.told:
            if reports is None or speakers(told) <= set(reports):
                row = place[told.cell, told.measure]
                low[row], high[row] = max(low[row], told.low), min(high[row], told.high)
        return SystemAttack(
            self.matrix, low, high, counts=self.counts, whole=whole, open_rows=open_rows
        )


def speakers(told: Told) -> set[str]:
    """Return the reports that say something: one, or some that say it only together."""
    return set(told.where.split(TOGETHER))


def fronts(
    told: Iterable[Told], wanted: Collection[Key], fractional: Collection[Key] = ()
) -> tuple[Front, ...]:
    """Return the additive tables that hold a wanted cell, over everything that is told.

    ``fractional``: numbers of people that are known not to be whole, as they follow from weighted
    shares.
    """
    claims: dict[Key, list[Told]] = {}
    for claim in told:
        claims.setdefault((claim.cell, claim.measure), []).append(claim)
    broken, asked = set(fractional), set(wanted)
    found = []
    for system in build_systems(dict.fromkeys([*claims, *wanted], math.nan)):
        keys = tuple((cell, system.measure) for cell in system.cells)
        if asked.isdisjoint(keys):
            continue
        own = tuple(claim for key in keys for claim in claims.get(key, ()))
        counts = kind_of(system.measure) != AMOUNT and broken.isdisjoint(keys)
        found.append(Front(keys, system.matrix, own, counts))
    return tuple(found)


def derived_intervals(
    told: Iterable[Told],
    wanted: Collection[Key],
    *,
    whole: bool = True,
    fractional: Collection[Key] = (),
    progress: Progress = no_progress,
) -> dict[Key, Interval]:
    """Return the interval that an attacker derives for every wanted number.

    Parameters
    ----------
    told : iterable of Told
        Everything that can be read anywhere; several intervals of one number are intersected.
    wanted : collection of (Cell, measure)
    whole : bool
        Whether counts are also searched over whole numbers, in systems of up to
        ``WHOLE_CELLS`` cells.
    fractional : collection of (Cell, measure)
        Numbers of people that are known not to be whole.

    Returns
    -------
    dict
        Every wanted number, in the given order; (0, inf) where nothing follows.
    """
    asked = tuple(dict.fromkeys(wanted))
    found: dict[Key, Interval] = {}
    for front in fronts(told, asked, fractional):
        attack, known = front.attack(whole=whole), set(asked)
        for row, key in enumerate(front.keys):
            if key in known:
                found[key] = attack.interval(row)
                progress("attack", len(found), len(asked))
    return {key: found[key] for key in asked}


def too_narrow(
    told: Iterable[Told],
    needs: Mapping[Key, Requirement],
    *,
    whole: bool = True,
    fractional: Collection[Key] = (),
    progress: Progress = no_progress,
) -> dict[Key, Interval]:
    """Return the numbers that follow too closely, each with the interval that is derived.

    Answers yes or no faster than `derived_intervals`: most numbers need no programme of their own.
    """
    found: dict[Key, Interval] = {}
    done = 0
    for front in fronts(told, needs, fractional):
        attack = front.attack(whole=whole)
        for row, key in enumerate(front.keys):
            if key in needs:
                done += 1
                if (narrow := attack.too_narrow(row, needs[key])) is not None:
                    found[key] = narrow
                progress("attack", done, len(needs))
    return found
