"""Probabilistic sensitivity analysis: draws of assumed values, one stream per name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats

Distribution = Literal["fixed", "normal", "lognormal", "gamma", "beta", "triangular", "pert"]
_Z = 1.959963984540054  # low and high are the ends of a 95% range
_PERT = 4.0  # weight of the mode


@dataclass(frozen=True)
class Assumption:
    """A value that is not known, and how far it may lie off.

    Attributes
    ----------
    name : str
        Unique; it also names the stream of random numbers.
    value, low, high : float
        Central value and range.
    distribution : str
        ``normal``, ``gamma`` (costs, quantities), ``beta`` (shares): mean ``value``, standard
        deviation ``(high - low) / 3.92``. ``lognormal``: median ``value``, 95% range as wide as
        ``low`` to ``high`` on the log scale. ``triangular`` and ``pert``: ends ``low`` and
        ``high``, mode ``value``. ``fixed``: always ``value``.
    """

    name: str
    value: float
    low: float
    high: float
    distribution: Distribution = "fixed"

    def __post_init__(self) -> None:
        """Refuse a range or a distribution that cannot be."""
        if not np.isfinite([self.value, self.low, self.high]).all():
            raise RefusedError(f"assumption '{self.name}' has a missing or infinite value")
        if not self.low <= self.value <= self.high:
            raise RefusedError(
                f"assumption '{self.name}' has a value outside its own range",
                allowed="low <= value <= high",
            )
        _check_shape(self)

    def quantile(self, at: ArrayLike) -> Floats:
        """Return quantiles of the distribution, same shape as ``at``."""
        u = np.asarray(at, dtype=float)
        if self.distribution == "fixed" or self.low == self.high:
            return np.full(u.shape, self.value)
        return np.asarray(_QUANTILES[self.distribution](self, u))

    @property
    def spread(self) -> float:
        """Standard deviation that the range stands for, for normal, gamma and beta."""
        return (self.high - self.low) / (2 * _Z)


def _check_shape(assumed: Assumption) -> None:
    if assumed.low == assumed.high:
        return
    kind, wrong = assumed.distribution, ""
    if kind in ("gamma", "lognormal") and assumed.low <= 0:
        wrong = "above 0"
    if kind == "beta" and not (0 < assumed.value < 1 and assumed.low >= 0 and assumed.high <= 1):
        wrong = "a share between 0 and 1"
    elif kind == "beta" and assumed.spread**2 >= assumed.value * (1 - assumed.value):
        wrong = "a narrower range around a share"
    if wrong:
        raise RefusedError(
            f"assumption '{assumed.name}' cannot have a {kind} distribution", allowed=wrong
        )


def _normal(a: Assumption, u: Floats) -> Floats:
    return np.asarray(a.value + a.spread * special.ndtri(u))


def _lognormal(a: Assumption, u: Floats) -> Floats:
    sigma = np.log(a.high / a.low) / (2 * _Z)
    return np.asarray(a.value * np.exp(sigma * special.ndtri(u)))


def _gamma(a: Assumption, u: Floats) -> Floats:
    shape = (a.value / a.spread) ** 2
    return np.asarray(special.gammaincinv(shape, u) * a.value / shape)


def _beta(a: Assumption, u: Floats) -> Floats:
    size = a.value * (1 - a.value) / a.spread**2 - 1
    return np.asarray(special.betaincinv(a.value * size, (1 - a.value) * size, u))


def _triangular(a: Assumption, u: Floats) -> Floats:
    mode = (a.value - a.low) / (a.high - a.low)
    return np.asarray(stats.triang.ppf(u, mode, loc=a.low, scale=a.high - a.low))


def _pert(a: Assumption, u: Floats) -> Floats:
    mode = (a.value - a.low) / (a.high - a.low)
    inner = special.betaincinv(1 + _PERT * mode, 1 + _PERT * (1 - mode), u)
    return np.asarray(a.low + (a.high - a.low) * inner)


_QUANTILES = {
    "normal": _normal,
    "lognormal": _lognormal,
    "gamma": _gamma,
    "beta": _beta,
    "triangular": _triangular,
    "pert": _pert,
}


def draw_assumptions(
    assumed: Sequence[Assumption], draws: int, seed: int, correlation: ArrayLike | None = None
) -> Floats:
    """Return draws of every assumption.

    Parameters
    ----------
    assumed : sequence of Assumption, length k
        Unique names.
    draws : int
        How many, d.
    seed : int
        Seed; each name has a stream of its own, so that adding an assumption or changing the
        order leaves the draws of the others as they were.
    correlation : array_like, shape (k, k), optional
        Correlation on the normal scale (Gaussian copula). Independent unless it is declared.

    Returns
    -------
    ndarray of float, shape (d, k)

    Raises
    ------
    RefusedError
        Equal names, no draws, or a matrix that is no correlation matrix.

    References
    ----------
    Briggs, Claxton & Sculpher (2006), Decision Modelling for Health Economic Evaluation, ch. 4.
    """
    names = [one.name for one in assumed]
    if len(set(names)) < len(names) or draws < 1 or not names:
        raise RefusedError("assumptions need different names and at least one draw")
    streams = (np.random.default_rng([seed, crc32(name.encode())]) for name in names)
    normal = np.column_stack([stream.standard_normal(draws) for stream in streams])
    if correlation is not None:
        normal = normal @ _root(correlation, len(names)).T
    u = special.ndtr(normal)
    return np.column_stack([one.quantile(u[:, k]) for k, one in enumerate(assumed)])


def _root(correlation: ArrayLike, k: int) -> Floats:
    matrix = np.asarray(correlation, dtype=float)
    valid = matrix.shape == (k, k) and np.allclose(matrix, matrix.T)
    if not valid or not np.allclose(np.diag(matrix), 1) or np.linalg.eigvalsh(matrix)[0] < -1e-9:
        raise RefusedError(
            "the correlations of the assumptions form no correlation matrix",
            allowed=f"{k} by {k}, symmetric, ones on the diagonal, no impossible combination",
        )
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
