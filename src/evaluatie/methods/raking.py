"""Raking of weights to known margins, trimming, and what unequal weights cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, Integers, numbers, positive


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
    """

    name: str
    codes: Integers
    totals: Floats


@dataclass(frozen=True)
class Raked:
    """Weights that reproduce every margin.

    Attributes
    ----------
    weights : ndarray of float, shape (n,)
        Raked weights; they sum to the population total.
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
    for margin in margins:
        _check_margin(margin, weights.size)
    _check_same_population(margins)
    for iteration in range(1, max_iterations + 1):
        for margin in margins:
            sums = np.bincount(margin.codes, weights, len(margin.totals))
            weights = weights * (margin.totals / sums)[margin.codes]
        # not "weights stopped changing": conflicting margins also end in a standstill
        if max(_misfit(margin, weights) for margin in margins) < tolerance:
            return Raked(weights, iteration)
    worst = max(margins, key=lambda margin: _misfit(margin, weights))
    raise RefusedError(
        f"raking did not settle in {max_iterations} rounds; margin '{worst.name}' is still off by "
        f"{100 * _misfit(worst, weights):.2g}%",
        remedy="merge small cells: some combination of cells has no respondents at all.",
    )


def trim(weights: ArrayLike, cap: float, floor: float = 0.0) -> Floats:
    """Cut weights to ``[floor, cap]`` and spread the difference evenly over the others.

    Parameters
    ----------
    weights : array_like, shape (n,)
        Weights above zero.
    cap, floor : float
        Largest and smallest weight allowed.

    Returns
    -------
    ndarray of float, shape (n,)
        Weights with the same sum, none above the cap or below the floor.

    Raises
    ------
    RefusedError
        The mean weight lies outside ``[floor, cap]``, so that no such weights exist.

    References
    ----------
    ``survey::trimWeights(strict = TRUE)``: repeated until nothing exceeds the bounds; a weight
    that was once cut stays where it is.
    """
    current = positive("the weights", weights).copy()
    total = current.sum()
    if not floor <= total / current.size <= cap:
        raise RefusedError(
            "weights cannot be trimmed: the mean weight lies outside the bounds",
            allowed=f"bounds around {total / current.size:.4g}",
        )
    cut = np.zeros(current.size, dtype=bool)
    slack = 1e-12 * max(cap, 1.0)
    while (outside := (current > cap + slack) | (current < floor - slack)).any():
        cut |= outside
        current = np.clip(current, floor, cap)
        if cut.all():
            break
        current[~cut] += (total - current.sum()) / (~cut).sum()
    return current


def effective_n(weights: ArrayLike) -> float:
    """Return Kish's effective number of units, ``(sum w)^2 / sum w^2``.

    Parameters
    ----------
    weights : array_like, shape (n,)
        Weights above zero.

    Notes
    -----
    The size of an equally weighted simple random sample with the same variance of a mean, if
    weight and outcome are unrelated (Kish 1965, section 11.7). Clustering is not in it.
    """
    vector = positive("the weights", weights)
    return float(vector.sum() ** 2 / (vector**2).sum())


def kish_deff(weights: ArrayLike) -> float:
    """Return the variance inflation of unequal weights, ``n * sum w^2 / (sum w)^2`` (Kish)."""
    vector = positive("the weights", weights)
    return vector.size / effective_n(vector)


def _misfit(margin: Margin, weights: Floats) -> float:
    sums = np.bincount(margin.codes, weights, len(margin.totals))
    return float(np.max(np.abs(sums / margin.totals - 1)))


def _check_margin(margin: Margin, n: int) -> None:
    where = f"margin '{margin.name}'"
    totals = numbers(f"the totals of {where}", margin.totals)
    if margin.codes.shape != (n,) or margin.codes.min() < 0 or margin.codes.max() >= totals.size:
        raise RefusedError(
            "every unit needs one cell", where=where, allowed=f"codes 0 to {totals.size - 1}"
        )
    if bad := int((totals <= 0).sum()):
        raise RefusedError(f"{bad} cells have a population of zero or less", where=where)
    if empty := int((np.bincount(margin.codes, minlength=totals.size) == 0).sum()):
        raise RefusedError(
            f"{empty} of {totals.size} cells have no respondents",
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
