"""Tables of counts from a sampling design: Rao-Scott tests of association and of fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats, Integers, codes, positive
from evaluatie.methods.sampling.design import Design


@dataclass(frozen=True)
class RaoScott:
    """Pearson's chi-square corrected for the design.

    Attributes
    ----------
    statistic : float
        F, second-order corrected.
    df_numerator, df_denominator : float
    p_value : float
        From F with those df.
    chi_square : float
        Pearson's X2 of the weighted table scaled to n units, not corrected.
    mean_deff : float
        Mean generalised design effect: what X2 is too large by.
    p_first_order : float
        From ``chi_square / mean_deff`` as chi-square (Rao-Scott's first correction).
    n : int
        Units in the table.
    """

    statistic: float
    df_numerator: float
    df_denominator: float
    p_value: float
    chi_square: float
    mean_deff: float
    p_first_order: float
    n: int


def rao_scott(
    design: Design, rows: ArrayLike, columns: ArrayLike, domain: ArrayLike | None = None
) -> RaoScott:
    """Test whether two classifications are independent in the population.

    Parameters
    ----------
    design : Design
        n units.
    rows, columns : array_like, shape (n,)
        Labels; numbers or texts, none missing within the domain.
    domain : array_like of bool, shape (n,), optional
        Units it is about.

    Returns
    -------
    RaoScott

    Raises
    ------
    RefusedError
        A classification with one category in the domain, or no degrees of freedom.

    Notes
    -----
    ``X2`` of the weighted table scaled to n; ``Delta`` is the covariance of the interaction
    contrasts relative to that under simple random sampling. ``F = X2 / tr Delta`` with ``d =
    (tr Delta)^2 / tr Delta^2`` and ``d (clusters - strata)`` df. Asymptotic: with expected counts
    below about 5 or very few clusters it is not to be trusted.

    References
    ----------
    Rao & Scott (1984), Annals of Statistics 12:46. Agrees with ``survey::svychisq(statistic =
    "F")`` and ``"Chisq"``.
    """
    inside = _inside(design, domain)
    row, nr = codes("the rows", np.asarray(rows)[inside], int(inside.sum()))
    column, nc = codes("the columns", np.asarray(columns)[inside], int(inside.sum()))
    if min(nr, nc) < 2:
        raise RefusedError(f"a table of {nr} by {nc} has nothing to compare")
    shares, V = _shares(design, inside, row * nc + column, nr * nc)
    grid = shares.reshape(nr, nc)
    expected = np.outer(grid.sum(axis=1), grid.sum(axis=0)).ravel()
    x2 = row.size * float(((shares - expected) ** 2 / expected).sum())
    return _corrected(design, inside, x2, shares, V, _interactions(nr, nc))


def rao_scott_fit(
    design: Design, cells: ArrayLike, shares: ArrayLike, domain: ArrayLike | None = None
) -> RaoScott:
    """Test whether the units of a sample are spread over cells as the population is.

    Parameters
    ----------
    design : Design
        n units; with base weights it asks whether those who answered represent the population.
    cells : array_like of int, shape (n,)
        Cell of each unit, 0..k-1.
    shares : array_like, shape (k,)
        Shares of the population, above zero; scaled to add up to 1.
    domain : array_like of bool, shape (n,), optional
        Units it is about.

    Returns
    -------
    RaoScott

    Notes
    -----
    ``X2 = n sum (p - P)^2 / P``; Delta is the covariance of k - 1 shares relative to multinomial
    sampling from P. Corrections as in `rao_scott`. The population counts as known.

    References
    ----------
    Rao & Scott (1981), JASA 76:221. ``survey::svygofchisq`` (which integrates the exact
    distribution of the same X2 where this takes the F approximation).
    """
    inside = _inside(design, domain)
    known = positive("the population shares", shares)
    known = known / known.sum()
    cell = np.asarray(cells)[inside].astype(np.int64)
    if known.size < 2:
        raise RefusedError("a fit needs at least two cells")
    if cell.size == 0 or cell.min() < 0 or cell.max() >= known.size:
        raise RefusedError("every unit needs one cell", allowed=f"codes 0 to {known.size - 1}")
    found, V = _shares(design, inside, cell, known.size)
    x2 = cell.size * float(((found - known) ** 2 / known).sum())
    free = slice(0, known.size - 1)
    simple = (np.diag(known) - np.outer(known, known))[free, free] / cell.size
    return _test(
        design, inside, x2, np.asarray(np.linalg.solve(simple, V[free, free]), dtype=float)
    )


def _inside(design: Design, domain: ArrayLike | None) -> Booleans:
    n = design.weights.size
    inside = np.ones(n, dtype=bool) if domain is None else np.asarray(domain, dtype=bool)
    if inside.shape != (n,):
        raise RefusedError(f"the domain needs {n} entries, one per weight")
    return inside


def _shares(design: Design, inside: Booleans, cell: Integers, k: int) -> tuple[Floats, Floats]:
    """Return the weighted share of each cell and the covariance of the shares."""
    indicators = np.zeros((inside.size, k))
    indicators[np.flatnonzero(inside), cell] = 1.0
    found = design.linear_means(indicators, inside)
    return found.value, design.covariance_of(found)


def _interactions(nr: int, nc: int) -> Floats:
    """Return contrasts of the interaction, orthogonal to rows and columns: (cells, contrasts)."""
    effects = [np.eye(k) - 1 / k for k in (nr, nc)]
    return np.asarray(np.kron(effects[0][:, 1:], effects[1][:, 1:]))


def _corrected(
    design: Design, inside: Booleans, x2: float, shares: Floats, V: Floats, contrasts: Floats
) -> RaoScott:
    inverse = np.divide(1.0, shares, out=np.zeros_like(shares), where=shares > 0)
    scaled = contrasts * inverse[:, None]
    simple = (contrasts * (inverse / inside.sum())[:, None]).T @ contrasts
    delta = np.linalg.solve(simple, scaled.T @ V @ scaled)
    return _test(design, inside, x2, np.asarray(delta, dtype=float))


def _test(design: Design, inside: Booleans, x2: float, delta: Floats) -> RaoScott:
    trace, k = float(np.trace(delta)), len(delta)
    units, df = design.clusters(inside), design.df(inside)
    if df < 1 or trace <= 0:
        raise RefusedError(f"{units} sampling units leave no degrees of freedom for a test")
    d = trace**2 / float(np.trace(delta @ delta))
    statistic, mean_deff = x2 / trace, trace / k
    p_value = float(special.fdtrc(d, d * df, statistic))
    first = float(special.chdtrc(k, x2 / mean_deff))
    n = int(inside.sum())
    return RaoScott(statistic, d, d * df, p_value, x2, mean_deff, first, n)
