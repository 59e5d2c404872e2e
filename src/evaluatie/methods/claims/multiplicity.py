"""Several questions, one promise about false claims."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.randomisation import TIE
from evaluatie.methods.inputs import Floats, Integers, numbers

Correction = Literal["bonferroni", "holm", "hochberg", "hommel", "BH", "BY"]


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


def drawn_max_t(statistics: ArrayLike, observed: int) -> Floats:
    """Adjust the tests of many drawn studies at once, as `stepdown_max_t` does one study.

    Parameters
    ----------
    statistics : array_like, shape (D, Q, A)
        Statistics of Q questions under A assignments in D studies, larger is more extreme.
    observed : int
        Column of the assignment that took place.

    Returns
    -------
    ndarray of float, shape (D, Q)
        Adjusted p-values.

    Notes
    -----
    Per study the questions are sorted by their observed statistic; the maximum over the k-th and
    all less extreme ones, accumulated from below, is compared with the k-th, made monotone.
    """
    T = np.asarray(statistics, dtype=float)
    scale = np.sqrt((T**2).mean(axis=2, keepdims=True))
    T = np.divide(T, scale, out=np.zeros_like(T), where=scale > 0)
    order = np.argsort(-T[:, :, observed], axis=1, kind="stable")
    ordered = np.take_along_axis(T, order[:, :, None], axis=1)
    maxima = np.maximum.accumulate(ordered[:, ::-1], axis=1)[:, ::-1]
    tolerance = TIE * np.maximum(1.0, np.abs(maxima).max(axis=2))
    reached = maxima >= (ordered[:, :, observed] - tolerance)[:, :, None]
    p = np.maximum.accumulate(reached.mean(axis=2), axis=1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, p, axis=1)
    return adjusted


def intersection_union(p_values: ArrayLike) -> float:
    """Return the p of "at least one of these claims is false".

    Parameters
    ----------
    p_values : array_like, shape (k,)
        p of each claim by its own test, in the direction of the claim. With a missing value
        there is no answer: NaN.

    Notes
    -----
    The largest p. The null is the union of the nulls of the claims; rejecting only when every
    test rejects has at most the level of each, so nothing is divided (Berger 1982). It is
    conservative when several claims are only just true. Taken over p-values that were adjusted
    for other questions already, the claim follows from its parts and costs nothing further.

    References
    ----------
    Berger (1982), Technometrics 24:295; Berger & Hsu (1996), Stat. Sci. 11:283.
    """
    p = np.asarray(p_values, dtype=float)
    if p.ndim != 1 or p.size == 0:
        raise RefusedError("an intersection-union test needs the p-value of each of its claims")
    if bool(((p < 0) | (p > 1)).any()):
        raise RefusedError("a p-value lies outside 0 to 1")
    return float(p.max())


def p_adjust(p_values: ArrayLike, method: Correction) -> Floats:
    """Adjust independent p-values by a classical correction.

    Parameters
    ----------
    p_values : array_like, shape (k,)
        Finite p-values; a question that could not be tested is left out first.
    method : {"bonferroni", "holm", "hochberg", "hommel", "BH", "BY"}
        The first four hold the family-wise error (Hochberg and Hommel under positive dependence),
        the last two the false discovery rate.

    Returns
    -------
    ndarray of float, shape (k,)

    Notes
    -----
    For comparison only: no verdict uses them, because max-T over the assignments is sharper with
    p-values as coarse as those of few areas.

    References
    ----------
    Agrees with R ``p.adjust``; Holm (1979), Hochberg (1988), Hommel (1988), Benjamini & Hochberg
    (1995), Benjamini & Yekutieli (2001).
    """
    p = numbers("the p-values", p_values)
    if bool(((p < 0) | (p > 1)).any()):
        raise RefusedError("a p-value lies outside 0 to 1")
    k, order = p.size, np.argsort(p, kind="stable")
    rank, ascending = np.arange(1, k + 1), p[order]
    if method == "bonferroni":
        return np.minimum(1.0, k * p)
    if method == "holm":
        stepped = np.maximum.accumulate((k - rank + 1) * ascending)
    elif method == "hommel":
        stepped = _hommel(ascending)
    else:
        factor = {"hochberg": k - rank + 1, "BH": k / rank, "BY": k / rank * (1 / rank).sum()}
        stepped = np.minimum.accumulate((factor[method] * ascending)[::-1])[::-1]
    adjusted = np.empty(k)
    adjusted[order] = np.minimum(1.0, stepped)
    return adjusted


def _hommel(p: Floats) -> Floats:
    """Return Hommel's adjusted values of ascending p (Wright 1992, appendix)."""
    k = p.size
    rank = np.arange(1, k + 1)
    adjusted = np.full(k, (k * p / rank).min())
    for m in range(k - 1, 1, -1):
        head, tail = np.arange(k - m + 1), np.arange(k - m + 1, k)
        smallest = (m * p[tail] / np.arange(2, m + 1)).min()
        trial = np.empty(k)
        trial[head] = np.minimum(m * p[head], smallest)
        trial[tail] = trial[k - m]
        adjusted = np.maximum(adjusted, trial)
    return np.asarray(np.maximum(adjusted, p))


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
