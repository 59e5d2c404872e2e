"""What every estimator of durations starts from: who was at risk when, and what happened then."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, Integers, codes, numbers, positive


@dataclass(frozen=True)
class Spells:
    """Stretches of time at risk, each with what happened at its end.

    Attributes
    ----------
    start, stop : ndarray of float, shape (n,)
        At risk on ``(start, stop]``: an event at ``stop`` counts, one at ``start`` does not. A
        start before every event (by default minus infinity) means: from the beginning.
    state : ndarray of int, shape (n,)
        What happened at ``stop``: 0 nothing (censored), 1.. the kind of event.
    weight : ndarray of float, shape (n,)
        Case weight.
    cluster : ndarray of int, shape (n,)
        0..G-1, what a robust variance counts as independent: a person, a household.
    """

    start: Floats
    stop: Floats
    state: Integers
    weight: Floats
    cluster: Integers

    @property
    def n(self) -> int:
        """Number of spells."""
        return len(self.stop)

    @property
    def n_clusters(self) -> int:
        """Number of clusters, G."""
        return int(self.cluster.max()) + 1

    @cached_property
    def times(self) -> Floats:
        """Distinct times at which something happened, shape (m,), in order."""
        return np.asarray(np.unique(self.stop[self.state > 0]))

    @cached_property
    def at_risk(self) -> Floats:
        """Weight at risk just before each of ``times``, shape (m,)."""
        return self.at_risk_at(self.times)

    def at_risk_at(self, times: ArrayLike) -> Floats:
        """Return the weight of the spells with ``start < time <= stop``."""
        wanted = np.asarray(times, dtype=float)
        return _weight_from(self.stop, self.weight, wanted) - _weight_from(
            self.start, self.weight, wanted
        )

    def events(self, state: int | None = None) -> Floats:
        """Return the weight of the events of one kind (or of any) at each of ``times``."""
        chosen = self.state > 0 if state is None else self.state == state
        place = np.searchsorted(self.times, self.stop[chosen])
        return np.bincount(place, self.weight[chosen], len(self.times)).astype(float)

    @cached_property
    def reach(self) -> tuple[Integers, Integers]:
        """Positions in ``times`` from which, and before which, each spell is at risk."""
        return (
            np.searchsorted(self.times, self.start, side="right"),
            np.searchsorted(self.times, self.stop, side="right"),
        )

    def at_own_time(self, values: Floats, states: tuple[int, ...] | None = None) -> Floats:
        """Return ``values`` (one per time) at each spell's own event, 0 without such an event."""
        happened = self.state > 0 if states is None else np.isin(self.state, states)
        place = np.minimum(np.searchsorted(self.times, self.stop), max(len(self.times) - 1, 0))
        return np.where(happened, values[place], 0.0) if len(self.times) else np.zeros(self.n)

    def while_at_risk(self, values: Floats) -> Floats:
        """Return the sum of ``values`` (one per time) over the times each spell was at risk."""
        total = np.concatenate([[0.0], np.cumsum(values)])
        first, last = self.reach
        return np.asarray(total[np.maximum(last, first)] - total[first])

    def robust_variance(self, influence: Floats) -> float:
        """Return the sum over clusters of their squared weighted influence.

        Notes
        -----
        The infinitesimal jackknife: without a factor G/(G-1), as ``survfit(cluster =)`` in R.
        """
        totals = np.bincount(self.cluster, self.weight * influence, self.n_clusters)
        return float((totals**2).sum())


def spells(
    stop: ArrayLike,
    state: ArrayLike,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> Spells:
    """Return checked spells.

    Parameters
    ----------
    stop : array_like, shape (n,)
        Time of the event or of the last observation.
    state : array_like of bool or int, shape (n,)
        0 (False) censored, 1.. (True) what happened.
    start : array_like, shape (n,), optional
        Time from which a spell could have been seen to end (left truncation), or from which these
        covariates held (counting process). By default the beginning of time.
    weights : array_like, shape (n,), optional
        Case weights above zero.
    clusters : array_like, shape (n,), optional
        What the robust variance counts as independent; by default each spell.

    Raises
    ------
    RefusedError
        Missing values, a spell that ends at or before its start, a negative state, no spells.

    Notes
    -----
    MISSING-DATA RULE: refused here; leave such spells out beforehand and count them. ASSUMPTION of
    everything built on spells: given what is modelled, who is censored or enters late would have
    gone on like those who were seen.
    """
    until = numbers("the end times", stop)
    n = until.size
    what = numbers("the states", np.asarray(state, dtype=float), n)
    if (what < 0).any() or (what != np.round(what)).any():
        raise RefusedError("states must be whole numbers", allowed="0 (censored), 1, 2, ..")
    since = np.full(n, -np.inf) if start is None else numbers("the start times", start, n)
    if bad := int((until <= since).sum()):
        raise RefusedError(
            f"{bad} of {n} spells end at or before their start",
            allowed="start < stop; a spell is at risk on (start, stop]",
            remedy="count a spell that starts and ends on one day as half a day, or leave it out.",
        )
    weight = np.ones(n) if weights is None else positive("the weights", weights, n)
    group = np.arange(n) if clusters is None else codes("the clusters", clusters, n)[0]
    return Spells(since, until, what.astype(np.int64), weight, group.astype(np.int64))


def _weight_from(values: Floats, weight: Floats, wanted: Floats) -> Floats:
    """Return the weight of the ``values`` at or after each wanted one."""
    order = np.argsort(values, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    return np.asarray(total[-1] - total[np.searchsorted(values[order], wanted, side="left")])
