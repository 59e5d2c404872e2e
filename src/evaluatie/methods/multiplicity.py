"""Several questions, one promise about false claims."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, Integers
from evaluatie.methods.randomisation import TIE


def fixed_sequence(p_values: ArrayLike) -> Floats:
    """Adjust p-values of questions that are tested in an order fixed beforehand.

    Parameters
    ----------
    p_values : array_like, shape (k,)
        In testing order; NaN for a question that could not be tested.

    Returns
    -------
    ndarray of float, shape (k,)
        Running maximum: a question can be claimed only if all before it were. A NaN stays NaN
        and ends the sequence (every later value is 1).

    References
    ----------
    Maurer, Hothorn & Lehmacher (1995); strong control of the family-wise error rate.
    """
    p = np.asarray(p_values, dtype=float)
    return np.where(np.isnan(p), np.nan, np.maximum.accumulate(np.where(np.isnan(p), 1.0, p)))


def stepdown_max_t(statistics: ArrayLike, observed: int) -> tuple[Floats, Floats]:
    """Adjust randomisation tests of several questions over the same assignments.

    Parameters
    ----------
    statistics : array_like, shape (Q, A)
        Statistic of each question under each assignment at that question's own null, turned so
        that larger is more extreme (`randomisation.toward`).
    observed : int
        Column of the assignment that took place.

    Returns
    -------
    adjusted : ndarray of float, shape (Q,)
        Adjusted p-values; for one question the p-value itself.
    attainable : ndarray of float, shape (Q,)
        Smallest adjusted p-value each question could have had, had any of the assignments been
        the observed one with these data: what it can show next to the other questions.

    Notes
    -----
    Rows are divided by their root mean square over assignments (invariant under assignment, so
    the test stays exact) to make points and euros comparable. Questions are taken from the
    most extreme down; the k-th p is the share of assignments whose maximum over the questions
    not yet taken reaches it, made monotone. A constant row gets p = 1.

    References
    ----------
    Westfall & Young (1993), algorithm 4.1; Romano & Wolf (2005), JASA 100:94.
    """
    T = np.atleast_2d(np.asarray(statistics, dtype=float))
    if not np.isfinite(T).all():
        raise RefusedError("a statistic is missing: leave that question out of the adjustment")
    if not 0 <= observed < T.shape[1]:
        raise RefusedError("the observed assignment is not among the assignments")
    scale = np.sqrt((T**2).mean(axis=1, keepdims=True))
    T = np.divide(T, scale, out=np.zeros_like(T), where=scale > 0)
    every = np.arange(T.shape[1])
    adjusted = _adjust(T, every)
    return adjusted[:, observed], adjusted.min(axis=1)


def _adjust(T: Floats, columns: Integers) -> Floats:
    """Return adjusted p, shape (Q, len(columns)), each column in turn as the observed one."""
    Q, A = T.shape
    order = np.argsort(-T[:, columns], axis=0, kind="stable")  # row k: the k-th most extreme
    adjusted = np.empty((Q, len(columns)))
    previous = np.zeros(len(columns))
    for k in range(Q):
        p = np.empty(len(columns))
        remaining = np.sort(order[k:], axis=0)
        subsets, member = np.unique(remaining, axis=1, return_inverse=True)
        for s in range(subsets.shape[1]):
            maxima = np.sort(T[subsets[:, s]].max(axis=0))
            mine = np.flatnonzero(member.ravel() == s)
            reached = T[order[k, mine], columns[mine]]
            below = np.searchsorted(maxima, reached - TIE * max(1.0, float(np.abs(maxima).max())))
            p[mine] = (A - below) / A
        previous = np.maximum(previous, p)
        adjusted[order[k], np.arange(len(columns))] = previous
    return adjusted
