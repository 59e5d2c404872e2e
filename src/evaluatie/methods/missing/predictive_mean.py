"""One step of predictive mean matching, for all imputations at once.

A regression is computed from sums of squares and products only, so that many chains cost little
more than one: arrays have the chains on their first axis.
"""

from __future__ import annotations

import numpy as np

from evaluatie.methods.inputs import Floats, Integers

RIDGE = 1e-5
"""Share added to the diagonal of X'X, as mice: keeps collinear predictors from failing."""
EXACT = 1e-10
"""Share of unexplained variance below which an outcome counts as determined by the others."""


def bayesian_draw(
    XtX: Floats, Xty: Floats, yty: Floats, n: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Draw regression coefficients from their posterior under the standard prior.

    Parameters
    ----------
    XtX : ndarray of float, shape (m, q, q)
        Sums of products of the predictors over the complete rows, per chain.
    Xty : ndarray of float, shape (m, q)
        Their products with the outcome.
    yty : ndarray of float, shape (m,)
        Sum of squares of the outcome.
    n : int
        Complete rows.
    rng : numpy.random.Generator

    Returns
    -------
    fitted, drawn : ndarray of float, shape (m, q)
        Least squares (ridge) coefficients and the draw.
    residual : ndarray of float, shape (m,)
        Residual sum of squares.

    Notes
    -----
    ``sigma*^2 = RSS / chi2(n - q)``, ``beta* = b + sigma* V^(1/2) z`` with
    ``V = (X'X + ridge diag(X'X))^-1``: mice's ``.norm.draw`` (at least one degree of freedom).

    References
    ----------
    Rubin (1987), Multiple imputation, p. 167; van Buuren (2018), algorithm 3.1.
    """
    chains, q = Xty.shape
    gram = XtX.copy()
    diagonal = np.arange(q)
    gram[:, diagonal, diagonal] *= 1 + RIDGE
    gram[:, diagonal, diagonal] += 1e-12  # a predictor that is zero in every complete row
    fitted = np.asarray(np.linalg.solve(gram, Xty[:, :, None])[:, :, 0], dtype=float)
    explained = np.matmul(XtX, fitted[:, :, None])[:, :, 0] - 2 * Xty
    residual = np.maximum(yty + (fitted * explained).sum(axis=1), 0.0)
    sigma = np.sqrt(residual / rng.chisquare(max(n - q, 1), chains))
    noise = rng.standard_normal((chains, q, 1))
    upper = np.linalg.cholesky(gram).transpose(0, 2, 1)  # V = upper^-1 upper'^-1
    spread = np.linalg.solve(upper, noise)[:, :, 0]
    return fitted, fitted + sigma[:, None] * spread, residual


def draw_donors(
    observed: Floats, wanted: Floats, donors: int, rng: np.random.Generator
) -> Integers:
    """Return for each incomplete row one of the complete rows with the nearest prediction.

    Parameters
    ----------
    observed : ndarray of float, shape (m, n)
        Predictions of the complete rows, per chain.
    wanted : ndarray of float, shape (m, r)
        Predictions of the incomplete rows.
    donors : int
        How many nearest complete rows one is drawn from, with equal chance.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (m, r)
        Positions among the complete rows; equal predictions are in random order, as
        ``mice:::matchindex``.
    """
    chains, n = observed.shape
    mixed = rng.permutation(n)
    choice = rng.integers(0, donors, wanted.shape)
    order = np.argsort(observed[:, mixed], axis=1)
    rank = mixed[order]
    ordered = np.take_along_axis(observed, rank, axis=1)
    start = np.stack([np.searchsorted(ordered[c], wanted[c]) for c in range(chains)]) - donors
    window = np.arange(min(2 * donors, n))
    place = np.clip(start, 0, n - window.size)[:, :, None] + window
    chain = np.arange(chains)[:, None, None]
    distance = np.abs(ordered[chain, place] - wanted[:, :, None])
    nearest = np.argpartition(distance, donors - 1, axis=2)
    chosen = np.take_along_axis(nearest, choice[:, :, None], axis=2)
    return np.asarray(rank[chain, np.take_along_axis(place, chosen, axis=2)][:, :, 0])


def optimal_scores(within: Floats, XtX: Floats, Xty: Floats, counts: Floats, n: int) -> Floats:
    """Return the score of each category that the predictors can explain best.

    Parameters
    ----------
    within : ndarray of float, shape (m, k, k)
        Sums of products of the k category indicators (all but the first category).
    XtX, Xty : ndarray of float, shapes (m, q, q), (m, q, k)
        Products of the predictors, the constant included, and of those with the indicators.
    counts : ndarray of float, shape (m, k)
        Rows in each category.
    n : int
        Complete rows.

    Returns
    -------
    ndarray of float, shape (m, k)
        First canonical variate between indicators and predictors; the first category scores 0. Of
        two categories: 0 and 1.

    References
    ----------
    van Buuren (2018), section 3.4.1; mice >= 3.16 ``quantify`` (before: integer codes).
    """
    chains, k = counts.shape
    if k == 1:
        return np.ones((chains, 1))
    total = within - counts[:, :, None] * counts[:, None, :] / n
    gram = XtX + RIDGE * np.eye(XtX.shape[-1]) * np.trace(XtX, axis1=1, axis2=2)[:, None, None] / n
    fitted = np.matmul(Xty.transpose(0, 2, 1), np.linalg.solve(gram, Xty))
    explained = fitted - counts[:, :, None] * counts[:, None, :] / n
    root = np.linalg.inv(np.linalg.cholesky(total))
    _, vectors = np.linalg.eigh(root @ explained @ root.transpose(0, 2, 1))
    return np.asarray(np.matmul(root.transpose(0, 2, 1), vectors[:, :, -1:])[:, :, 0])
