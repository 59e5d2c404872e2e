"""Skewed cost: gamma model with log link, the two-part model, and their bootstrap in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats
from evaluatie.methods.irls import GlmFit, checked, fit_glm

_BLOCK = 250_000  # numbers per block: fits in the cache of a core
_TOLERANCE = 1e-10
_ROUNDS = 50
_DEPENDENT = 1e-10  # least eigenvalue of the scaled cross-products below which terms depend


def gamma_glm(y: ArrayLike, X: ArrayLike, terms: Sequence[str]) -> GlmFit:
    """Fit the mean of positive, skewed amounts: ``log E y = X b``, variance as mean squared.

    Parameters
    ----------
    y : array_like, shape (n,)
        Amounts above 0, EUR.
    X : array_like, shape (n, k)
        Design, with its intercept.
    terms : sequence of str, length k
        Name of each column; ``exp`` of a coefficient is a ratio of mean amounts.

    Raises
    ------
    RefusedError
        Amounts of 0 or below (model those apart, `two_part`), constant amounts, dependent terms.

    Notes
    -----
    Quasi-likelihood: ``sum x (y/mu - 1) = 0``. Only the mean must be right; ``robust`` needs no
    variance as mean squared either. ASSUMPTIONS: independent persons (for persons in households
    or neighbourhoods use clusters in `resampled`). MISSING-DATA RULE: none may be missing.

    References
    ----------
    R: ``glm(family = Gamma(link = "log"))``, expected information, dispersion by Pearson;
    ``sandwich::vcovHC(type = "HC0")``. Manning & Mullahy (2001), J Health Econ 20, 461-494.
    """
    return fit_glm(y, X, terms, "gamma")


@dataclass(frozen=True)
class TwoPart:
    """Whether there is any cost, and how much where there is.

    Attributes
    ----------
    any_cost : GlmFit
        Logistic model over all n persons.
    amount : GlmFit
        Gamma model with log link over the users.
    """

    any_cost: GlmFit
    amount: GlmFit

    def mean(self, X: ArrayLike) -> float:
        """Return the mean of ``P(any) x E(amount)`` over the rows of a design, EUR per person."""
        matrix = np.asarray(X, dtype=float)
        share = 1 / (1 + np.exp(-matrix @ self.any_cost.coefficients))
        return float((share * np.exp(matrix @ self.amount.coefficients)).mean())

    def incremental(self, X: ArrayLike, term: str) -> float:
        """Return the mean with a 0/1 term at 1 minus the mean with it at 0, EUR per person."""
        matrix = np.array(X, dtype=float)
        means = []
        for value in (1.0, 0.0):
            matrix[:, self.amount.terms.index(term)] = value
            means.append(self.mean(matrix))
        return means[0] - means[1]


def two_part(y: ArrayLike, X: ArrayLike, terms: Sequence[str]) -> TwoPart:
    """Fit a logistic model of having any cost and a gamma model of the amount of users.

    Parameters
    ----------
    y : array_like, shape (n,)
        Amounts of all persons, 0 for those without care.
    X, terms
        As `gamma_glm`; the same design in both parts.

    Raises
    ------
    RefusedError
        Negative amounts, nobody or everybody with cost, or a part that cannot be estimated.

    References
    ----------
    R: two calls of ``glm``. Duan, Manning, Morris & Newhouse (1983), J Bus Econ Stat 1, 115-126.
    """
    amounts, matrix = np.asarray(y, dtype=float), np.asarray(X, dtype=float)
    if bad := int((amounts < 0).sum()):
        raise RefusedError(f"{bad} amounts are negative", remedy="settle credits first.")
    users = amounts > 0
    any_cost = fit_glm(users.astype(float), matrix, terms, "binomial")
    return TwoPart(any_cost, gamma_glm(amounts[users], matrix[users], terms))


def gamma_replicates(
    y: ArrayLike, X: ArrayLike, terms: Sequence[str], weights: ArrayLike
) -> Floats:
    """Refit the gamma model under many sets of weights at once.

    Parameters
    ----------
    y, X, terms
        As `gamma_glm`.
    weights : array_like, shape (B, n)
        How often each observation counts in each replicate: a row of `resampled`, a replicate
        weight, or ones with one 0 (jackknife).

    Returns
    -------
    ndarray of float, shape (B, k)
        Coefficients of every replicate, each a full fit to 1e-10; NaN where the design of a
        replicate has dependent terms or the fit does not settle. Count those before use.

    Notes
    -----
    Newton steps for all replicates of a block together, from the full-sample fit: with
    ``r = w y / mu``, the score ``(r - w) X`` and the observed information ``sum r x x'`` are two
    matrix products with fixed columns X and x x'. The maximum is that of Fisher scoring; the
    steps converge quadratically, which is what makes three or four of them enough.
    """
    outcome, matrix = checked(y, X, terms, "gamma")
    W = np.asarray(weights, dtype=float)
    if W.ndim != 2 or W.shape[1] != outcome.size or not np.isfinite(W).all() or (W < 0).any():
        raise RefusedError(
            f"the weights have shape {W.shape}", allowed=f"(B, {outcome.size}), not negative"
        )
    start = gamma_glm(outcome, matrix, terms)
    rows = max(1, _BLOCK // outcome.size)
    blocks = [W[b : b + rows] for b in range(0, len(W), rows)]
    return np.concatenate([_newton(outcome, matrix, start, block) for block in blocks])


def _newton(y: Floats, X: Floats, start: GlmFit, W: Floats) -> Floats:
    """Return the coefficients of one block of replicates, shape (b, k)."""
    k = X.shape[1]
    upper = np.triu_indices(k)
    products = X[:, upper[0]] * X[:, upper[1]]
    whole = _full_rank(_symmetric(W @ products, upper))
    sums, ratio, XT = W @ X, W * (y / start.fitted), np.ascontiguousarray(X.T)
    delta = np.zeros((len(W), k))
    settled = np.zeros(len(W), dtype=bool)
    for _ in range(_ROUNDS):
        r = np.exp(-(delta @ XT))
        r *= ratio
        information = _symmetric(r @ products, upper)
        information[~(whole & np.isfinite(information).all(axis=(1, 2)))] = np.eye(k)
        step = np.linalg.solve(information, (r @ X - sums)[:, :, None])[:, :, 0]
        delta[whole] += step[whole]
        settled = np.abs(step).max(axis=1) < _TOLERANCE
        if (settled | ~whole).all():
            break
    return np.where((settled & whole)[:, None], start.coefficients + delta, np.nan)


def _symmetric(entries: Floats, upper: tuple[NDArray[np.intp], ...]) -> Floats:
    """Return symmetric matrices, shape (b, k, k), from their upper triangles."""
    k = int(upper[1].max()) + 1
    matrices = np.empty((len(entries), k, k))
    matrices[:, upper[0], upper[1]] = entries
    matrices[:, upper[1], upper[0]] = entries
    return matrices


def _full_rank(grams: Floats) -> NDArray[np.bool_]:
    """Return which weighted designs have independent terms; rows with y > 0 keep that rank."""
    size = np.sqrt(np.einsum("bii->bi", grams))
    there = (size > 0).all(axis=1)
    unit = np.where(size > 0, size, 1.0)
    least = np.linalg.eigvalsh(grams / unit[:, :, None] / unit[:, None, :])[:, 0]
    return np.asarray(there & (least > _DEPENDENT))
