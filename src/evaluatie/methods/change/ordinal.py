"""Weighted proportional-odds model: one odds ratio for every cut between ordered answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.few_clusters import ClusterTest
from evaluatie.methods.change.cluster_sandwich import sandwich, small_sample_test
from evaluatie.methods.inputs import Floats, Integers, codes, numbers, positive

ROUNDS = 100
LARGEST_LOG_ODDS = 25.0
"""A linear predictor beyond this means a term that predicts perfectly."""


@dataclass(frozen=True)
class OrdinalFit:
    """A fitted proportional-odds model.

    Attributes
    ----------
    names : tuple of str, length k
        Terms; a positive coefficient means higher answers.
    coefficients : (k,) array
        Log odds ratio of an answer above any cut.
    thresholds : (J - 1,) array
        Cut points, increasing.
    information : (m, m) array
        Observed information, m = k + J - 1, coefficients first.
    loglik : float
        Weighted log-likelihood.
    row_scores : (n, m) array
        Weighted score of each row.
    """

    names: tuple[str, ...]
    coefficients: Floats
    thresholds: Floats
    information: Floats
    loglik: float
    row_scores: Floats
    _rows: _Rows

    @property
    def model_covariance(self) -> Floats:
        """Inverse observed information: right for frequency weights and independent rows."""
        return np.asarray(np.linalg.inv(self.information))

    def clustered(
        self, term: str, clusters: ArrayLike, lost: int, *, corrected: bool = True
    ) -> ClusterTest:
        """Return the log odds ratio of a term with a cluster sandwich on G - ``lost`` df.

        Parameters
        ----------
        clusters : array_like, shape (n,)
            Cluster of each row.
        lost : int
            Terms that vary between clusters only, the constant included.
        corrected : bool
            Apply Mancl & DeRouen's small-sample correction; see `cluster_sandwich.sandwich`.
        """
        if term not in self.names:
            raise RefusedError(f"the model has no term '{term}'", allowed=", ".join(self.names))
        j = self.names.index(term)
        cluster, G = codes("the clusters", clusters, len(self.row_scores))
        if G < 2:
            raise RefusedError("one cluster gives no variance", allowed="at least two")
        scores = np.zeros((G, self.row_scores.shape[1]))
        np.add.at(scores, cluster, self.row_scores)
        theta = np.concatenate([self.coefficients, self.thresholds])
        parts = [self._rows.take(cluster == g).information(theta) for g in range(G)]
        V = sandwich(self.model_covariance, np.stack(parts), scores, corrected=corrected)
        return small_sample_test(float(self.coefficients[j]), float(np.sqrt(V[j, j])), G, lost)


@dataclass(frozen=True)
class _Rows:
    """Rows of the model; ``upper`` and ``lower`` point at the cut above and below an answer."""

    answer: Integers
    X: Floats
    weights: Floats
    cuts: int

    def take(self, rows: np.ndarray) -> _Rows:
        return _Rows(self.answer[rows], self.X[rows], self.weights[rows], self.cuts)

    def parts(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """Return P(answer) and the cumulative probabilities at its upper and lower cut."""
        k = self.X.shape[1]
        eta, padded = self.X @ theta[:k], np.concatenate([[-np.inf], theta[k:], [np.inf]])
        upper = _logistic(padded[self.answer + 1] - eta)
        lower = _logistic(padded[self.answer] - eta)
        # from the side of the smaller tail, so that no digits are lost
        above = _logistic(eta - padded[self.answer])
        beyond = _logistic(eta - padded[self.answer + 1])
        probability = np.where(upper < 0.5, upper - lower, above - beyond)
        return probability, upper, lower

    def loglik(self, theta: Floats) -> float:
        probability = self.parts(theta)[0]
        if (probability <= 0).any():
            return -np.inf
        return float(self.weights @ np.log(probability))

    def scores(self, theta: Floats) -> Floats:
        """Return the weighted score of each row, shape (n, k + cuts)."""
        probability, upper, lower = self.parts(theta)
        to_upper = upper * (1 - upper) / probability * self.weights
        to_lower = -lower * (1 - lower) / probability * self.weights
        scores = np.zeros((len(self.answer), self.X.shape[1] + self.cuts))
        scores[:, : self.X.shape[1]] = -(to_upper + to_lower)[:, None] * self.X
        self._spread(scores, to_upper, to_lower)
        return scores

    def _spread(self, target: Floats, to_upper: Floats, to_lower: Floats) -> None:
        k, rows = self.X.shape[1], np.arange(len(self.answer))
        has = self.answer < self.cuts
        target[rows[has], k + self.answer[has]] += to_upper[has]
        has = self.answer > 0
        target[rows[has], k + self.answer[has] - 1] += to_lower[has]

    def information(self, theta: Floats) -> Floats:
        """Return minus the second derivative of the log-likelihood, (k + cuts, k + cuts)."""
        probability, upper, lower = self.parts(theta)
        a, b = upper * (1 - upper), lower * (1 - lower)
        uu = a * (1 - 2 * upper) / probability - (a / probability) ** 2
        ll = -b * (1 - 2 * lower) / probability - (b / probability) ** 2
        ul = a * b / probability**2
        k, m = self.X.shape[1], self.X.shape[1] + self.cuts
        # directions of the two linear predictors of a row: cut minus X b
        U, L = np.zeros((len(a), m)), np.zeros((len(a), m))
        zero = np.zeros_like(a)
        U[:, :k] = -self.X
        L[:, :k] = -self.X
        self._spread(U, np.ones_like(a), zero)
        self._spread(L, zero, np.ones_like(a))
        w = self.weights[:, None]
        second = U.T @ (w * (uu[:, None] * U + ul[:, None] * L))
        second += L.T @ (w * (ul[:, None] * U + ll[:, None] * L))
        return np.asarray(-second)


def proportional_odds(
    answers: ArrayLike,
    X: ArrayLike,
    names: Sequence[str],
    categories: int,
    weights: ArrayLike | None = None,
) -> OrdinalFit:
    """Fit ``logit P(answer <= j) = threshold_j - X b`` by (pseudo) maximum likelihood.

    Parameters
    ----------
    answers : array_like, shape (n,)
        Place of the answer among the ordered categories, 0 to J - 1.
    X : array_like, shape (n, k)
        Columns of the model, without a constant (the thresholds are the constants).
    names : sequence of str, length k
    categories : int
        Number of ordered categories J, at least two; each must have been answered.
    weights : array_like, shape (n,), optional
        Frequencies, or weights of respondents; for the latter use `OrdinalFit.clustered`.

    Raises
    ------
    RefusedError
        Missing values, a category nobody chose, terms that cannot be told apart, perfect
        separation, no convergence.

    Notes
    -----
    Newton's method with step halving on thresholds and coefficients together. *Assumptions*: one
    odds ratio holds at every cut (see `cut_odds` for a look at that); rows independent, or
    clusters given. *Missing data*: rows without an answer are left out by the caller; valid when
    missing at random given X and the weights.

    References
    ----------
    McCullagh (1980), JRSS B 42:109. Agrees with ``MASS::polr`` and ``ordinal::clm``.
    """
    rows = _checked(answers, X, names, categories, weights)
    k = rows.X.shape[1]
    theta = np.concatenate([np.zeros(k), _marginal_cuts(rows)])
    value = rows.loglik(theta)
    for _ in range(ROUNDS):
        information = rows.information(theta)
        if np.linalg.cond(information) > 1e14:
            raise _separated()
        step = np.linalg.solve(information, rows.scores(theta).sum(axis=0))
        theta, value, moved = _shortened(rows, theta, step, value)
        if np.abs(rows.X @ theta[:k]).max() > LARGEST_LOG_ODDS:
            raise _separated()
        if moved <= 1e-11:
            return OrdinalFit(
                tuple(names), theta[:k], theta[k:], rows.information(theta), value,
                rows.scores(theta), rows,
            )  # fmt: skip
    raise RefusedError(f"the proportional-odds model did not converge in {ROUNDS} rounds")


def cut_odds(
    answers: ArrayLike,
    X: ArrayLike,
    names: Sequence[str],
    categories: int,
    term: str,
    weights: ArrayLike | None = None,
) -> Floats:
    """Return the log odds ratio of a term at every cut by itself, shape (J - 1,).

    The diagnostic of `proportional_odds`: under its assumption these differ by chance only. NaN at
    a cut where the term predicts perfectly.
    """
    place = np.asarray(answers, dtype=float)
    found = np.full(categories - 1, np.nan)
    for cut in range(1, categories):
        try:
            fit = proportional_odds((place >= cut).astype(float), X, names, 2, weights)
        except RefusedError:
            continue
        found[cut - 1] = fit.coefficients[fit.names.index(term)]
    return found


def _checked(
    answers: ArrayLike,
    X: ArrayLike,
    names: Sequence[str],
    categories: int,
    weights: ArrayLike | None,
) -> _Rows:
    place = numbers("the answers", answers)
    design = np.asarray(X, dtype=float).reshape(place.size, -1)
    if design.shape[1] != len(names) or len(set(names)) < len(names):
        raise RefusedError("the model needs one uniquely named column per term, one row per value")
    numbers("the columns of the model", design.ravel())
    if categories < 2 or ((place < 0) | (place >= categories) | (place % 1 != 0)).any():
        raise RefusedError("an answer is no place among the categories", allowed="0 to J - 1")
    weight = np.ones(place.size) if weights is None else positive("weights", weights, place.size)
    answer = place.astype(np.int64)
    if empty := int((np.bincount(answer, minlength=categories) == 0).sum()):
        raise RefusedError(
            f"{empty} of {categories} categories have no answers",
            remedy="join the category with its neighbour.",
        )
    with_constant = np.column_stack([np.ones(place.size), design])
    if np.linalg.matrix_rank(with_constant) < with_constant.shape[1]:
        raise RefusedError(
            "the terms of the model cannot be told apart with these rows",
            allowed="no constant among the columns, and none a combination of others",
        )
    return _Rows(answer, design, weight, categories - 1)


def _marginal_cuts(rows: _Rows) -> Floats:
    share = np.bincount(rows.answer, rows.weights, rows.cuts + 1) / rows.weights.sum()
    below = np.cumsum(share)[:-1]
    return np.asarray(np.log(below / (1 - below)))


def _shortened(
    rows: _Rows, theta: Floats, step: Floats, value: float
) -> tuple[Floats, float, float]:
    """Go along the Newton step as far as the likelihood does not fall and cuts keep their order."""
    k, length = rows.X.shape[1], 1.0
    while length > 1e-9:
        there = theta + length * step
        if (np.diff(there[k:]) > 0).all():
            new = rows.loglik(there)
            if new >= value - 1e-12 * abs(value):
                moved = np.abs(length * step).max() / max(1.0, float(np.abs(there).max()))
                return there, new, float(moved)
        length /= 2
    return theta, value, 0.0


def _logistic(values: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-values)))


def _separated() -> RefusedError:
    return RefusedError(
        "a term predicts the answer perfectly: its log odds have no finite value",
        remedy="join categories or leave the term out.",
    )
