"""The sums over risk sets that Cox's partial likelihood is made of, one stratum at a time.

Sums over who is at risk come from cumulative sums of the sorted spells: no risk set is ever listed.
Ties: Efron takes the d events of one time in d steps, with a share k/d of them gone at step k;
Breslow leaves all of them in. Everything below is per step, so that both are one computation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluatie.methods.inputs import Floats, Integers
from evaluatie.methods.survival.spells import Spells

Ties = Literal["efron", "breslow"]


@dataclass(frozen=True)
class Stratum:
    """The spells of one stratum, sorted out for repeated sums; p covariates, m event times.

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
        Positions of its spells in the data.
    dead : ndarray of int, shape (e,)
        Positions, within ``rows``, of the events, in order of time.
    time : ndarray of int, shape (e,)
        Position in ``times`` of each event; also that of each step.
    times : ndarray of float, shape (m,)
        Distinct event times.
    gone : ndarray of float, shape (e,)
        Share of the tied events that a step leaves out: k/d for Efron, 0 for Breslow.
    mean_weight : ndarray of float, shape (e,)
        Mean case weight of the events of that time.
    """

    rows: Integers
    dead: Integers
    time: Integers
    times: Floats
    gone: Floats
    mean_weight: Floats
    order_stop: Integers
    order_start: Integers
    place_stop: Integers
    place_start: Integers


@dataclass(frozen=True)
class Steps:
    """Per step of one stratum: total risk, mean covariates, information; e steps."""

    risk: Floats  # (e,)
    mean: Floats  # (e, p)
    spread: Floats  # (e, p, p)


def strata_of(data: Spells, layer: Integers, ties: Ties) -> tuple[Stratum, ...]:
    """Return the strata that have events."""
    found = (np.flatnonzero(layer == k) for k in range(int(layer.max()) + 1))
    return tuple(_stratum(data, rows, ties) for rows in found if (data.state[rows] > 0).any())


def _stratum(data: Spells, rows: Integers, ties: Ties) -> Stratum:
    start, stop = data.start[rows], data.stop[rows]
    dead = np.flatnonzero(data.state[rows] > 0)
    dead = dead[np.argsort(stop[dead], kind="stable")]
    times, time, count = np.unique(stop[dead], return_inverse=True, return_counts=True)
    first = np.cumsum(count) - count
    step = np.arange(len(dead)) - first[time]
    gone = step / count[time] if ties == "efron" else np.zeros(len(dead))
    weight = np.bincount(time, data.weight[rows][dead]) / count
    by_stop, by_start = np.argsort(stop, kind="stable"), np.argsort(start, kind="stable")
    return Stratum(
        rows, dead, time, times, gone, weight[time], by_stop, by_start,
        np.searchsorted(stop[by_stop], times, side="left"),
        np.searchsorted(start[by_start], times, side="left"),
    )  # fmt: skip


def steps(part: Stratum, X: Floats, risk: Floats) -> Steps:
    """Return the sums of one stratum at the current coefficients.

    Parameters
    ----------
    part : Stratum
    X : ndarray of float, shape (n, p)
        Covariates of its spells, roughly centred (sums of squares lose digits otherwise).
    risk : ndarray of float, shape (n,)
        Case weight x exp(X b).
    """
    n, p = X.shape
    squares = (X[:, :, None] * X[:, None, :]).reshape(n, p * p)
    table = risk[:, None] * np.column_stack([np.ones(n), X, squares])
    total = _tail(table, part.order_stop, part.place_stop)
    total = total - _tail(table, part.order_start, part.place_start)
    of_dead = np.stack(
        [np.bincount(part.time, table[part.dead, j]) for j in range(table.shape[1])], axis=1
    )
    left = total[part.time] - part.gone[:, None] * of_dead[part.time]
    mean = left[:, 1 : p + 1] / left[:, :1]
    second = (left[:, p + 1 :] / left[:, :1]).reshape(-1, p, p)
    return Steps(left[:, 0], mean, second - mean[:, :, None] * mean[:, None, :])


def _tail(table: Floats, order: Integers, place: Integers) -> Floats:
    """Return, per place, the sum of the sorted rows from there on."""
    sums = np.cumsum(table[order[::-1]], axis=0)[::-1]
    padded = np.vstack([sums, np.zeros((1, table.shape[1]))])
    return np.asarray(padded[place])
