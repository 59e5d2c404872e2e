"""Generalised linear models by Fisher scoring: gamma and Poisson with log link, logistic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, numbers

Family = Literal["gamma", "poisson", "binomial"]
_TOLERANCE = 1e-12
_ROUNDS = 100
_SEPARATED = 30.0  # a logit this far out, a log mean this far down: it runs to infinity


@dataclass(frozen=True)
class GlmFit:
    """A fitted generalised linear model; n observations, k terms.

    Attributes
    ----------
    terms : tuple of str, length k
        Name of each coefficient.
    coefficients : ndarray of float, shape (k,)
        On the scale of the link (log; logit for ``binomial``).
    covariance : ndarray of float, shape (k, k)
        Dispersion x inverse expected information, as R's ``summary.glm``.
    robust : ndarray of float, shape (k, k)
        Sandwich with the expected information, R's ``vcovHC(type = "HC0")``.
    dispersion : float
        Pearson chi-square / df; 1 for ``binomial``.
    df : float
        n - k.
    fitted : ndarray of float, shape (n,)
        Means.
    scores : ndarray of float, shape (n, k)
        Contribution of each observation to the estimating equations.
    """

    terms: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    robust: Floats
    dispersion: float
    df: float
    fitted: Floats
    scores: Floats

    def of(self, term: str, *, robust: bool = False) -> tuple[float, float]:
        """Return coefficient and standard error of a term, by its name."""
        if term not in self.terms:
            raise RefusedError(f"the model has no term '{term}'", allowed=", ".join(self.terms))
        at = self.terms.index(term)
        variance = self.robust if robust else self.covariance
        return float(self.coefficients[at]), float(np.sqrt(variance[at, at]))


def fit_glm(
    y: ArrayLike,
    X: ArrayLike,
    terms: Sequence[str],
    family: Family,
    offset: ArrayLike | None = None,
) -> GlmFit:
    """Fit by Fisher scoring to a relative step of 1e-12.

    Parameters
    ----------
    y : array_like, shape (n,)
        Outcome: above 0 for ``gamma``, not below 0 for ``poisson``, 0 or 1 for ``binomial``.
    X : array_like, shape (n, k)
        Design, with its intercept.
    terms : sequence of str, length k
        Name of each column.
    family : {"gamma", "poisson", "binomial"}
        The first two with a log link, the last with a logit link.
    offset : array_like, shape (n,), optional
        Added to the linear predictor: log of persons or person-time.

    Raises
    ------
    RefusedError
        Outcomes the family does not have, too few observations, dependent terms, or estimates
        that run to infinity (perfect separation; a group in which every outcome is 0).

    Notes
    -----
    ``b += (X'WX)^-1 X'(y - mu) d``, with d = 1/mu, 1, 1 and W = 1, mu, mu (1 - mu).
    ASSUMPTIONS: independent observations whose variance is the dispersion x mu^2, mu or
    mu (1 - mu). MISSING-DATA RULE: none may be missing.

    References
    ----------
    R: ``glm(control = glm.control(epsilon = 1e-12))``. McCullagh & Nelder (1989).
    """
    outcome, matrix = checked(y, X, terms, family)
    shift = np.zeros(outcome.size) if offset is None else numbers("offset", offset, outcome.size)
    beta = _start(outcome, matrix, family, shift)
    for _ in range(_ROUNDS):
        _, weight, score = _parts(outcome, matrix @ beta + shift, family)
        step = np.linalg.solve((matrix * weight[:, None]).T @ matrix, matrix.T @ score)
        beta = beta + step
        if np.abs(step).max() < _TOLERANCE * (1 + np.abs(beta).max()):
            break
        linear = matrix @ beta + shift
        far = np.abs(linear) if family == "binomial" else -linear
        if family != "gamma" and far.max() > _SEPARATED:
            raise _infinite(family)
    else:
        raise _infinite(family)
    return _finished(tuple(terms), outcome, matrix, beta, shift, family)


def checked(
    y: ArrayLike, X: ArrayLike, terms: Sequence[str], family: Family
) -> tuple[Floats, Floats]:
    """Return outcome and design, or refuse what the family cannot hold."""
    outcome = numbers("the outcome", y)
    matrix = np.asarray(X, dtype=float)
    if matrix.shape != (outcome.size, len(terms)) or not np.isfinite(matrix).all():
        raise RefusedError(
            f"the design has shape {matrix.shape}",
            allowed=f"({outcome.size}, {len(terms)}) finite numbers, one name per column",
        )
    allowed = {
        "gamma": (outcome > 0, "above 0"),
        "poisson": (outcome >= 0, "0 or more"),
        "binomial": (np.isin(outcome, (0, 1)), "0 or 1"),
    }
    fits, words = allowed[family]
    if bad := int((~fits).sum()):
        remedy = "model the zeros apart (two-part model)." if family == "gamma" else None
        raise RefusedError(
            f"{bad} outcomes do not fit a {family} model", allowed=words, remedy=remedy
        )
    if np.ptp(outcome) == 0:
        raise RefusedError(f"all {outcome.size} outcomes are equal")
    size = np.sqrt((matrix**2).sum(axis=0))
    if outcome.size <= len(terms) or (size == 0).any():
        raise RefusedError(f"{outcome.size} observations for {len(terms)} terms")
    if np.linalg.matrix_rank(matrix / size) < len(terms):
        raise RefusedError(f"the {len(terms)} terms are not independent")
    return outcome, matrix


def _start(outcome: Floats, matrix: Floats, family: Family, shift: Floats) -> Floats:
    """Return the weighted least-squares fit to the data themselves, as R's glm starts."""
    mean = {"gamma": outcome, "poisson": outcome + 0.1, "binomial": (outcome + 0.5) / 2}[family]
    linear = special.logit(mean) if family == "binomial" else np.log(mean)
    _, weight, score = _parts(outcome, linear, family)
    root = np.sqrt(weight)
    working = root * (linear - shift + score / weight)
    return np.asarray(np.linalg.lstsq(matrix * root[:, None], working, rcond=None)[0])


def _parts(outcome: Floats, linear: Floats, family: Family) -> tuple[Floats, Floats, Floats]:
    """Return mean, working weight and score per unit of the linear predictor, each (n,)."""
    if family == "binomial":
        mean = special.expit(linear)
        return mean, mean * (1 - mean), outcome - mean
    mean = np.exp(np.minimum(linear, 700.0))
    if family == "poisson":
        return mean, mean, outcome - mean
    return mean, np.ones_like(mean), outcome / mean - 1


def _finished(
    terms: tuple[str, ...], y: Floats, X: Floats, beta: Floats, shift: Floats, family: Family
) -> GlmFit:
    mean, weight, score = _parts(y, X @ beta + shift, family)
    bread = np.asarray(np.linalg.inv((X * weight[:, None]).T @ X), dtype=float)
    df = float(len(y) - len(terms))
    variance = {"gamma": mean**2, "poisson": mean, "binomial": mean * (1 - mean)}[family]
    chi2 = float(((y - mean) ** 2 / variance).sum())
    dispersion = 1.0 if family == "binomial" else chi2 / df
    scores = X * score[:, None]
    robust = bread @ (scores.T @ scores) @ bread
    return GlmFit(terms, beta, dispersion * bread, robust, dispersion, df, mean, scores)


def _infinite(family: Family) -> RefusedError:
    return RefusedError(
        f"the estimates of the {family} model run to infinity: some group has the same outcome "
        "throughout",
        remedy="leave that group out, or join it with another one, and say so.",
    )
