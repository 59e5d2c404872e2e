"""Who answered again: a logistic model of response, and what it says about selectivity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import expit, xlogy

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats, numbers, positive

SWEEPS = 50
CERTAIN = 1e-6
"""A fitted chance this near 0 or 1 means that some predictor separates perfectly; its inverse would
make one person stand for a million."""


@dataclass(frozen=True)
class ResponsePropensity:
    """A logistic model of response.

    Attributes
    ----------
    names : tuple of str, length k
    coefficients : ndarray of float, shape (k,)
        Log odds.
    chance : ndarray of float, shape (n,)
        Fitted chance of response, between 0 and 1.
    X : ndarray of float, shape (n, k)
    response : ndarray of bool, shape (n,)
    weights : ndarray of float, shape (n,)
        Weights the model was fitted with.
    """

    names: tuple[str, ...]
    coefficients: Floats
    chance: Floats
    X: Floats
    response: Booleans
    weights: Floats

    @cached_property
    def information(self) -> Floats:
        """``sum w p (1-p) x x'``, shape (k, k)."""
        factor = self.weights * self.chance * (1 - self.chance)
        return np.asarray((self.X * factor[:, None]).T @ self.X)

    @property
    def scores(self) -> Floats:
        """Contribution of each row to the estimating equations, shape (n, k)."""
        return np.asarray(self.X * (self.weights * (self.response - self.chance))[:, None])

    @property
    def std_errors(self) -> Floats:
        """Model-based standard errors, shape (k,); they take the weights for counts."""
        return np.sqrt(np.diag(np.linalg.inv(self.information)))

    @property
    def deviance(self) -> float:
        """Minus twice the (weighted) log likelihood."""
        return _deviance(self.chance, self.response, self.weights)

    @property
    def mcfadden(self) -> float:
        """Share of the null deviance that is explained."""
        rate = np.full_like(self.chance, np.average(self.response, weights=self.weights))
        return 1 - self.deviance / _deviance(rate, self.response, self.weights)

    @property
    def auc(self) -> float:
        """Chance that a respondent was given a higher chance than a non-respondent, unweighted.

        The Mann-Whitney statistic (``wilcox.test``) over the number of pairs; ties count half.
        """
        n1, n = int(self.response.sum()), self.response.size
        ranks = stats.rankdata(self.chance)[self.response].sum()
        return float((ranks - n1 * (n1 + 1) / 2) / (n1 * (n - n1)))

    @property
    def r_indicator(self) -> float:
        """``1 - 2 sd(chance)``: 1 where response is as good as random, weighted like the model.

        References
        ----------
        Schouten, Cobben & Bethlehem (2009), Survey Methodology 35:101; without their correction
        for the number of predictors.
        """
        size, n = self.weights.sum(), self.chance.size
        mean = (self.weights * self.chance).sum() / size
        variance = (self.weights * (self.chance - mean) ** 2).sum() / size * n / (n - 1)
        return float(1 - 2 * np.sqrt(variance))


def fit_propensity(
    response: ArrayLike, X: ArrayLike, names: Sequence[str], weights: ArrayLike | None = None
) -> ResponsePropensity:
    """Model who responded, by (weighted) logistic regression.

    Parameters
    ----------
    response : array_like of bool, shape (n,)
        Whether the person responded.
    X : array_like, shape (n, k)
        Columns of the model, the constant included, known for respondents and others alike.
    names : sequence of str, length k
    weights : array_like, shape (n,), optional
        Weights of the persons, above zero; estimating equations as ``glm(weights = )``.

    Returns
    -------
    ResponsePropensity

    Raises
    ------
    RefusedError
        Everybody or nobody responded; missing values; terms that cannot be told apart; perfect
        separation, with the term that does it where one does.

    Notes
    -----
    ``logit P(R = 1) = x'b`` by Newton steps to a relative change of the deviance below 1e-12.
    *Assumptions*: response depends on the outcome only through x (missing at random), and everybody
    had some chance. *Missing-data rule*: none allowed in x; fill in and flag before.

    References
    ----------
    Little & Rubin (2002), section 3.3; agrees with ``glm(family = binomial)``.
    """
    table = np.asarray(X, dtype=float)
    answered = np.asarray(response, dtype=bool)
    if table.shape != (answered.size, len(names)):
        raise RefusedError("the response model needs one name per column and one row per person")
    numbers("the predictors of response", table.ravel())
    if answered.all() or not answered.any():
        raise RefusedError(
            f"{int(answered.sum())} of {answered.size} persons responded, so that there is nothing "
            "to model"
        )
    w = np.ones(answered.size) if weights is None else positive("weights", weights, answered.size)
    if np.linalg.matrix_rank(table) < table.shape[1]:
        raise RefusedError(
            "the terms of the response model cannot be told apart",
            remedy="leave out terms that are combinations of others.",
        )
    coefficients, chance = _newton(table, answered, w, tuple(names))
    return ResponsePropensity(tuple(names), coefficients, chance, table, answered, w)


def _newton(
    X: Floats, response: Booleans, w: Floats, names: tuple[str, ...]
) -> tuple[Floats, Floats]:
    b, before = np.zeros(X.shape[1]), np.inf
    for _ in range(SWEEPS):
        chance = expit(X @ b)
        factor = w * chance * (1 - chance)
        deviance = _deviance(chance, response, w)
        edge = min(chance.min(), 1 - chance.max())
        if edge < CERTAIN:
            break
        if abs(before - deviance) <= 1e-12 * (deviance + 0.1):
            return b, chance
        before = deviance
        b = b + np.linalg.solve((X * factor[:, None]).T @ X, X.T @ (w * (response - chance)))
    culprit = _separating(X, response, names)
    raise RefusedError(
        f"response is separated perfectly{f' by {culprit}' if culprit else ''}: some of the "
        f"{response.size} persons were certain to respond, or certain not to",
        remedy="join categories or leave the term out; nobody represents those without a chance.",
    )


def _separating(X: Floats, response: Booleans, names: tuple[str, ...]) -> str:
    """Return the term that, above or below some value, has only respondents or only others."""
    for j, name in enumerate(names):
        levels = np.unique(X[:, j])
        if len(levels) < 2:
            continue
        for outer in (X[:, j] == levels[0], X[:, j] == levels[-1]):
            if len(levels) == 2 and response[outer].min() == response[outer].max():
                return f"'{name}'"
        yes, no = X[response, j], X[~response, j]
        if yes.min() > no.max() or yes.max() < no.min():
            return f"'{name}'"
    return ""


def _deviance(chance: Floats, response: Booleans, w: Floats) -> float:
    return float(-2 * (w * (xlogy(response, chance) + xlogy(~response, 1 - chance))).sum())
