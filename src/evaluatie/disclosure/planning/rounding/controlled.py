"""Controlled rounding: every count becomes a multiple of a base, and all tables still add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.rounding.model import RoundingModel
from evaluatie.disclosure.planning.rounding.pinned import Known, pinned_cells, table_of
from evaluatie.errors import DisclosureError

Array = NDArray[np.float64]

ROUNDS = 40  # of searching again, without what turned out not to be a table or to be too telling


@dataclass(frozen=True)
class Rounded:
    """Counts rounded to multiples of a base, such that all of them together are a table.

    Attributes
    ----------
    values : (C,) array of int
    additive : bool
        Whether some table without negative numbers has exactly these counts; always so, and
        looked at again after the search.
    error : float
        Mean of |rounded - value| over the cells.
    largest : int
        The largest of them: what readers may be told that a number differs by at most.
    bound : float
        Certified: no additive rounding under the same limits has a smaller mean error.
    pinned : tuple of int
        Small cells that readers could still narrow down to two or three numbers; empty unless
        ``known`` tells them too much. Hide the table then.
    stopped : bool
        Whether the clock, and not the search itself, has decided when to stop.
    """

    values: NDArray[np.int64]
    additive: bool
    error: float
    largest: int
    bound: float
    pinned: tuple[int, ...]
    stopped: bool

    @property
    def proven(self) -> bool:
        """Whether no additive rounding has a smaller mean error."""
        return self.error <= self.bound + 0.5 / max(len(self.values), 1)


def round_counts(
    matrix: sparse.csr_matrix,
    values: Array,
    base: int,
    fixed: Array | None = None,
    *,
    known: Known | None = None,
    small: float | None = None,
    seconds: float = 60.0,
) -> Rounded:
    """Round the counts of one system to multiples of ``base`` that add up, as near as possible.

    Parameters
    ----------
    matrix : (C, A) sparse matrix of 0 and 1
        Which atoms a cell consists of; all tables that are rounded, together.
    values : (C,) array
        Counts; what is no whole number (a share times n) is taken as the nearest one.
    fixed : (C,) array, optional
        What was printed for a cell before, in a rounded table; NaN where nothing was.
    known : (low, high), two (C,) arrays, optional
        Between what readers know a count to be from elsewhere; equal where it is shown exactly.
    small : float, optional
        Counts below this may not be pinned; twice the base unless given.
    seconds : float
        A safety net: the search stops by its own limits long before.

    Raises
    ------
    DisclosureError
        A count is missing; a number published before is no rounding of the count; no table of
        multiples of the base is within two bases of the counts (they do not add up by far, or
        what was published before does not leave any); or the time ran out before one was found.

    Notes
    -----
    min sum |r - v| over r = base x (whole numbers), r = Ay for some y >= 0, r = 0 where v = 0;
    |r - v| < base, but a multiple of the base may move by one base. Where that leaves nothing,
    every count above zero may move by one base more.

    Counts that do not quite add up (people move) are rounded to the nearest table that does: no
    additive version of them is needed first, because only r has to add up.

    Because r = Ay for some y >= 0, nothing is pinned as long as readers know only r and that
    |r - v| < base: for every atom of a cell the table y + t (t at that atom, 0 <= t < base) is
    possible too, so that every cell, and every union or difference of cells, keeps an interval
    of at least base - 1. Relations alone, without y, do not give that.

    References
    ----------
    Cox (1987), A constructive procedure for unbiased controlled rounding; Salazar-Gonzalez,
    Lowthian, Young, Merola, Bond & Brown (2004), Getting the best results in controlled rounding.
    """
    counts = _whole(values)
    printed = np.full(len(counts), np.nan) if fixed is None else np.asarray(fixed, dtype=float)
    _refuse_unlike(counts, printed, base)
    deadline = monotonic() + seconds
    least = 2.0 * base if small is None else small
    small_cells = np.flatnonzero((counts > 0) & (counts < least)).tolist()
    told = _told_already(matrix, counts, small_cells, known)
    watched = [cell for cell in small_cells if cell not in told]
    for wide in (False, True):
        model = RoundingModel(matrix, counts, base, printed, wide=wide)
        found = _search(model, watched, known, deadline)
        if found is not None:
            return replace(found, pinned=tuple(sorted({*found.pinned, *told})))
        if monotonic() >= deadline:
            raise DisclosureError(
                f"{len(counts)} counts were not rounded within {seconds:g} seconds",
                remedy="allow more seconds, or round fewer tables.",
            )
    raise DisclosureError(
        f"{len(counts)} counts cannot be rounded to multiples of {base} that add up, within "
        f"{2 * base} of every count; {int(np.isfinite(printed).sum())} were rounded before",
        remedy="hide the table instead, or leave out the counts that do not add up.",
    )


def _search(
    model: RoundingModel, watched: Sequence[int], known: Known | None, deadline: float
) -> Rounded | None:
    """Return the best rounding that is a table and pins nothing, or None where there is none."""
    best: Rounded | None = None
    for _ in range(ROUNDS):
        rounded = model.solve(deadline)
        if rounded is None:
            return best
        error = np.abs(rounded - model.counts)
        witness, excess = table_of(model.matrix, rounded, model.base)
        if excess is not None:
            model.exclude(excess)
            continue
        reach = max(model.base - 1, float(error.max(initial=0.0)))
        pinned = pinned_cells(model.matrix, rounded, reach, watched, known, witness)
        found = Rounded(
            values=rounded.astype(np.int64),
            additive=True,
            error=float(error.mean()) if len(error) else 0.0,
            largest=int(error.max(initial=0.0)),
            bound=model.bound,
            pinned=tuple(sorted(pinned)),
            stopped=model.stopped,
        )
        if best is None or len(pinned) < len(best.pinned):
            best = found
        changed = [model.change_one(because) for because in pinned.values()]
        if not any(changed):
            return best
    return best


def _told_already(
    matrix: sparse.csr_matrix, counts: Array, cells: Sequence[int], known: Known | None
) -> set[int]:
    """Return the cells that are pinned whatever the rounding says."""
    if known is None:
        return set()
    nothing = float(counts.sum()) + len(counts)  # how far from 0 a count may be: no knowledge
    return set(pinned_cells(matrix, np.zeros(len(counts)), nothing, cells, known))


def _whole(values: Array) -> Array:
    counts = np.rint(np.asarray(values, dtype=float))
    if missing := int((~np.isfinite(counts)).sum()):
        raise DisclosureError(
            f"{missing} of {len(counts)} counts of a table to be rounded are not known",
            remedy="round only tables of which every count is known.",
        )
    nonnegative: Array = np.maximum(counts, 0.0)
    return nonnegative


def _refuse_unlike(counts: Array, printed: Array, base: int) -> None:
    """Refuse numbers published before that are no rounding of the counts."""
    given = np.isfinite(printed)
    far = np.abs(printed - counts) > base
    odd = given & ((np.mod(printed, base) != 0) | far)
    if odd.any():
        raise DisclosureError(
            f"{int(odd.sum())} of {int(given.sum())} counts published before are no multiple of "
            f"{base} within {base} of the count they should round",
            remedy="the counts have changed since; hide these tables, what was published stays.",
        )
