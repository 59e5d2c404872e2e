"""Raking of weights to known margins, one set or many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats, Integers, numbers, positive


@dataclass(frozen=True)
class Margin:
    """One set of known population totals.

    Attributes
    ----------
    name : str
        What the margin is about, for messages.
    codes : ndarray of int, shape (n,)
        Cell of each unit, 0..k-1.
    totals : ndarray of float, shape (k,)
        Population total per cell; above zero.
    labels : sequence of str, optional
        What the cells are called, for messages.
    """

    name: str
    codes: Integers
    totals: Floats
    labels: Sequence[str] = ()

    def named(self, cells: Booleans) -> str:
        """Return the names of some cells, (k,) of bool, for a message; empty without labels."""
        chosen = [label for label, one in zip(self.labels, cells, strict=False) if one]
        return f" ({', '.join(chosen)})" if chosen else ""

    def misfit(self, weights: Floats) -> float:
        """Return the largest relative difference of the weighted cells, (n,), from the totals."""
        sums = np.bincount(self.codes, weights, len(self.totals))
        return float(np.max(np.abs(sums / self.totals - 1)))


@dataclass(frozen=True)
class Raked:
    """Weights that reproduce every margin.

    Attributes
    ----------
    weights : ndarray of float, shape (n,), or (n, R) for many columns
        Raked weights; every column sums to the population total.
    iterations : int
        Rounds over all margins until every total was reproduced to the tolerance.
    """

    weights: Floats
    iterations: int


def rake(
    base: ArrayLike,
    margins: Sequence[Margin],
    tolerance: float = 1e-10,
    max_iterations: int = 500,
) -> Raked:
    """Scale weights until they reproduce all margins (iterative proportional fitting).

    Parameters
    ----------
    base : array_like, shape (n,)
        Design weights, above zero.
    margins : sequence of Margin
        Totals to reproduce; all must add up to the same population.
    tolerance : float
        Largest relative difference from any total at which raking stops.
    max_iterations : int
        Rounds after which the margins are declared incompatible.

    Returns
    -------
    Raked

    Raises
    ------
    RefusedError
        A cell without units, a total that is not above zero, margins of different populations,
        or no convergence; the margin is named.

    Notes
    -----
    In turn for each margin, ``w_i <- w_i * T_c / sum_{j in c} w_j`` for the units of cell c.
    Missing values are not allowed: a unit without a cell has to be left out or given one.

    References
    ----------
    Deming & Stephan (1940), Annals of Mathematical Statistics 11:427. Agrees with
    ``survey::rake`` (R survey 4.1).
    """
    weights = positive("the base weights", base)
    raked = rake_columns(weights[:, None], margins, tolerance, max_iterations)
    return Raked(raked.weights[:, 0], raked.iterations)


def rake_columns(
    base: Floats,
    margins: Sequence[Margin],
    tolerance: float = 1e-10,
    max_iterations: int = 500,
) -> Raked:
    """Rake many sets of weights to the same margins at once, e.g. all replicates of a bootstrap.

    Parameters
    ----------
    base : ndarray of float, shape (n, R)
        Weights of zero and above; a column may leave units out.
    margins, tolerance, max_iterations
        As in `rake`.

    Returns
    -------
    Raked
        Weights of shape (n, R); a weight of zero stays zero.

    Raises
    ------
    RefusedError
        As `rake`; also when a cell is empty in some columns, with their number.

    Notes
    -----
    Units in the same cell of every margin share one correction. So the weights are first added up
    over the crossed cells, which is one sparse matrix product for all columns; raking runs on
    the small table (cells x R), and its corrections are spread over the units at the end.
    """
    for margin in margins:
        _check_margin(margin, len(base))
    _check_same_population(margins)
    cell, members = _crossed([margin.codes for margin in margins])
    start = _sums(cell, len(members), base)
    table, goals = start.copy(), [margin.totals[:, None] for margin in margins]
    add = [_indicator(of, len(goal)) for of, goal in zip(members.T, goals, strict=True)]
    _check_columns(margins, [A @ table for A in add])
    for iteration in range(1, max_iterations + 1):
        for A, of, goal in zip(add, members.T, goals, strict=True):
            table *= (goal / (A @ table))[of]
        # not "weights stopped changing": conflicting margins also end in a standstill
        off = [np.abs((A @ table) / goal - 1).max() for A, goal in zip(add, goals, strict=True)]
        if max(off) < tolerance:
            factor = np.divide(table, start, out=np.zeros_like(table), where=start > 0)
            return Raked(base * factor[cell], iteration)
    raise _unsettled(margins, add, table, max_iterations, tolerance)


def _crossed(margin_codes: Sequence[Integers]) -> tuple[Integers, Integers]:
    """Return the crossed cell of each unit, (n,), and the cell of each margin it is in, (c, m)."""
    sizes = [int(of.max()) + 1 for of in margin_codes]
    label = np.ravel_multi_index(tuple(margin_codes), sizes)
    present, cell = np.unique(label, return_inverse=True)
    return cell, np.column_stack(np.unravel_index(present, sizes))


def _indicator(of: Integers, k: int) -> Floats:
    """Return a (k, len(of)) matrix that adds up rows by their cell."""
    return np.asarray(np.arange(k)[:, None] == of, dtype=float)


def _sums(cell: Integers, k: int, columns: Floats) -> Floats:
    """Return column totals per cell, shape (k, R)."""
    if columns.shape[1] == 1:
        return np.bincount(cell, columns[:, 0], k)[:, None].astype(float)
    ones = np.ones(cell.size)
    return np.asarray(csr_array((ones, (cell, np.arange(cell.size))), (k, cell.size)) @ columns)


def _unsettled(
    margins: Sequence[Margin], add: Sequence[Floats], table: Floats, rounds: int, tolerance: float
) -> RefusedError:
    """Say which cell of which margin is furthest off, and in how many sets of weights."""
    off = [
        np.abs((A @ table) / margin.totals[:, None] - 1)
        for A, margin in zip(add, margins, strict=True)
    ]
    at = int(np.argmax([part.max() for part in off]))
    worst, cells = margins[at], off[at].max(axis=1)
    which = worst.named(np.arange(cells.size) == np.argmax(cells))
    some = np.max([part.max(axis=0) for part in off], axis=0) > tolerance
    among = f" in {some.sum()} of {some.size} sets of weights" if some.size > 1 else ""
    return RefusedError(
        f"raking did not settle in {rounds} rounds{among}; margin '{worst.name}' is still off by "
        f"{100 * cells.max():.2g}%{which}",
        remedy="merge small cells: some combination of cells has no respondents at all, or two "
        "margins contradict each other.",
    )


def _check_columns(margins: Sequence[Margin], sums: Sequence[Floats]) -> None:
    for margin, found in zip(margins, sums, strict=True):
        if lost := int((found <= 0).any(axis=0).sum()):
            raise RefusedError(
                f"{lost} of {found.shape[1]} sets of weights leave a cell without respondents",
                where=f"margin '{margin.name}'",
                remedy="merge small cells: a resampled survey must still have people in each.",
            )


def _check_margin(margin: Margin, n: int) -> None:
    where = f"margin '{margin.name}'"
    totals = numbers(f"the totals of {where}", margin.totals)
    if margin.codes.shape != (n,) or margin.codes.min() < 0 or margin.codes.max() >= totals.size:
        raise RefusedError(
            "every unit needs one cell", where=where, allowed=f"codes 0 to {totals.size - 1}"
        )
    if bad := int((totals <= 0).sum()):
        which = margin.named(totals <= 0)
        raise RefusedError(f"{bad} cells have a population of zero or less{which}", where=where)
    empty = np.bincount(margin.codes, minlength=totals.size) == 0
    if empty.any():
        raise RefusedError(
            f"{int(empty.sum())} of {totals.size} cells have no respondents{margin.named(empty)}",
            where=where,
            remedy="merge those cells with their neighbours before raking.",
        )


def _check_same_population(margins: Sequence[Margin]) -> None:
    if not margins:
        raise RefusedError("raking needs at least one margin")
    sums = {margin.name: float(margin.totals.sum()) for margin in margins}
    if max(sums.values()) > min(sums.values()) * (1 + 1e-9):
        listed = ", ".join(f"{name} {total:.6g}" for name, total in sums.items())
        raise RefusedError(
            f"the margins add up to different populations ({listed})",
            remedy="scale the margins to one total first.",
        )
