"""Competing ends and recurrences: how many had what by when.

One estimator: ``F(t) = sum_{u <= t} S(u-) dN(u) / Y(u)``, where S is the share that no terminal
event has removed. All ends terminal: Aalen-Johansen. Nothing terminal: the mean number of
recurrences (Nelson-Aalen). Recurrences until a terminal event: Ghosh-Lin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats
from evaluatie.methods.survival.spells import Spells


@dataclass(frozen=True)
class Cumulated:
    """What was counted up to each time that was asked for.

    Attributes
    ----------
    times, estimate, std_error : ndarray of float, shape (k,)
        Time, share (or mean number), robust standard error with the clusters of the spells.
    """

    times: Floats
    estimate: Floats
    std_error: Floats


def cumulative_incidence(data: Spells, cause: int, times: ArrayLike) -> Cumulated:
    """Estimate the share that ended by ``cause`` by each time, other ends competing.

    Parameters
    ----------
    data : Spells
        States 1.. are different ends; every end is terminal.
    cause : int
        State whose share is asked for.
    times : array_like, shape (k,)

    Returns
    -------
    Cumulated

    Raises
    ------
    RefusedError
        A time after the last one that was observed, unless everyone has ended.

    Notes
    -----
    Aalen-Johansen without jittered ties. The variance is the infinitesimal jackknife (the sum of
    squared influences), summed over clusters. ASSUMPTIONS and MISSING-DATA RULE as `spells`.

    References
    ----------
    Aalen & Johansen (1978). ``survival::survfit(Surv(start, stop, factor(state)) ~ 1)``: pstate and
    its std.err.
    """
    return _cumulated(data, (cause,), data.events(), times)


def mean_cumulative(
    data: Spells, times: ArrayLike, counted: int = 1, terminal: int | None = None
) -> Cumulated:
    """Estimate the mean number of recurrent events by each time.

    Parameters
    ----------
    data : Spells
        Spells between events: one unit has several, and is a cluster.
    times : array_like, shape (k,)
    counted : int
        State of the recurrent event.
    terminal : int, optional
        State after which a unit can have no more events (Ghosh-Lin); by default there is none.

    Returns
    -------
    Cumulated

    Raises
    ------
    RefusedError
        As `cumulative_incidence`.

    Notes
    -----
    Without a terminal event ``F(t) = sum dN / Y``. The variance is robust: the sum over clusters of
    squared influences, so that events of one unit may depend on one another. ASSUMPTIONS and
    MISSING-DATA RULE as `spells`; censoring may not depend on the events so far.

    References
    ----------
    Lawless & Nadeau (1995); Ghosh & Lin (2000). Agrees with the cumhaz and std.chaz of
    ``survival::survfit(Surv(start, stop, event) ~ 1, id = id)``.
    """
    removed = np.zeros(len(data.times)) if terminal is None else data.events(terminal)
    return _cumulated(data, (counted,), removed, times, terminal)


def _cumulated(
    data: Spells,
    counted: tuple[int, ...],
    removed: Floats,
    times: ArrayLike,
    terminal: int | None = -1,
) -> Cumulated:
    """Return F and its robust error; ``terminal``: -1 any event, None none, else that state."""
    y, d = data.at_risk, data.events(counted[0])
    gone = np.isclose(removed, y) & (removed > 0)
    survival = np.cumprod(np.where(gone, 0.0, 1 - removed / y))
    before = np.concatenate([[1.0], survival])[: len(y)]
    growth = before * d / y
    total = np.cumsum(growth)
    wanted = np.atleast_1d(np.asarray(times, dtype=float))
    ended = len(survival) > 0 and survival[-1] == 0
    if (late := int((wanted > data.stop.max()).sum())) and not ended:
        raise RefusedError(
            f"{late} of the times lie after the last observation",
            allowed=f"at most {data.stop.max():g}",
        )
    estimate, error = np.zeros(len(wanted)), np.zeros(len(wanted))
    left = np.divide(1.0, y - removed, out=np.zeros_like(y), where=~gone)
    states = None if terminal == -1 else () if terminal is None else (terminal,)
    for k, time in enumerate(wanted):
        inside = data.times <= time
        estimate[k] = growth[inside].sum()
        ahead = np.where(inside, (estimate[k] - total) * left, 0.0)  # lost by who was removed
        share = np.where(inside, before / y, 0.0)
        influence = (
            data.while_at_risk(ahead * removed / y - share * d / y)
            - data.at_own_time(ahead, states)
            + data.at_own_time(share, counted)
        )
        error[k] = np.sqrt(data.robust_variance(influence))
    return Cumulated(wanted, estimate, error)
