"""Weights under which comparators were as expensive, and as lately, as the chosen units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, Integers, codes, positive
from evaluatie.methods.sampling.calibration_weights import Distance, calibrate

LEAST_CHOSEN = 10
LEAST_EFFECTIVE = 10.0
"""Comparator households that the weights must be worth; with fewer one household decides."""


@dataclass(frozen=True)
class EquallySelected:
    """Comparators that carry the same selection as n chosen units.

    Attributes
    ----------
    weights : ndarray of float, shape (m,)
        Odds of having been chosen, up to a constant; they sum to n.
    chosen, others : ndarray of float, shape (n, 1 + k) and (m, 1 + k)
        A constant and the covariates, centred on the chosen units and divided by their SD.
    unit : ndarray of int, shape (m,)
        Household code of each comparator row.
    names : tuple of str, length k
    unweighted, weighted : ndarray of float, shape (k,)
        Mean of the comparators minus that of the chosen units in SD of the chosen units, before
        and after weighting.
    effective_n : float
        Kish, over households.
    largest_share : float
        Share of all weight on one household.
    """

    weights: Floats
    chosen: Floats
    others: Floats
    unit: Integers
    names: tuple[str, ...]
    unweighted: Floats
    weighted: Floats
    effective_n: float
    largest_share: float

    @cached_property
    def bread(self) -> Floats:
        """Inverse of the weighted cross products of the comparators, shape (1 + k, 1 + k)."""
        return np.asarray(np.linalg.pinv(self._weighted.T @ self.others, hermitian=True))

    @cached_property
    def leverage(self) -> Floats:
        """Leverage of each comparator row in a weighted regression on the covariates, below 1."""
        own = ((self._weighted @ self.bread) * self.others).sum(axis=1)
        return np.asarray(np.minimum(own, 0.999), dtype=np.float64)

    @cached_property
    def _weighted(self) -> Floats:
        return np.asarray(self.others * self.weights[:, None])

    def coefficients(self, z: Floats) -> Floats:
        """Return the weighted regression of z (m,) on the covariates of the comparators."""
        return np.asarray(self.bread @ (self._weighted.T @ z))


def equally_selected(
    chosen: ArrayLike,
    others: ArrayLike,
    base: ArrayLike,
    units: ArrayLike,
    names: Sequence[str],
) -> EquallySelected:
    """Weigh comparators until every covariate has the mean that it has among the chosen units.

    Parameters
    ----------
    chosen : array_like, shape (n, k)
        Covariates of the chosen units at the month of choice: what selection looked at.
    others : array_like, shape (m, k)
        The same of comparators, at the same calendar months.
    base : array_like, shape (m,)
        Weight before balancing, above zero; e.g. chosen units over comparators of that month.
    units : array_like, shape (m,)
        Household of each comparator row; one may occur at several months.
    names : sequence of str, length k

    Returns
    -------
    EquallySelected

    Raises
    ------
    RefusedError
        Fewer than `LEAST_CHOSEN` chosen units, covariates that no weights of these comparators
        reproduce, or weights worth fewer than `LEAST_EFFECTIVE` households: units that were
        selected equally do not exist, and nothing is extrapolated.

    Notes
    -----
    Entropy balancing: ``w_j = d_j exp(x_j'b)`` with ``sum w_j x_j = sum x_i``, which is
    calibration by raking, and the odds of selection under a logistic model in x estimated so that
    balance is exact. ASSUMPTIONS: given x, who was chosen does not depend on what the unit would
    have cost later (selection on observables); untreated units develop alike on both sides;
    every chosen unit could have been a comparator (see `has_neighbours`).
    MISSING-DATA RULE: none is allowed; units without a complete history are left out and counted
    before.

    References
    ----------
    Hainmueller (2012), Political Analysis 20:25; Zhao & Percival (2017), J. Causal Inference 5.
    """
    X, Z = np.asarray(chosen, dtype=float), np.asarray(others, dtype=float)
    if X.ndim != 2 or Z.ndim != 2 or X.shape[1] != Z.shape[1] or X.shape[1] != len(names):
        raise RefusedError("chosen units and comparators need the same covariates")
    if len(X) < LEAST_CHOSEN:
        raise RefusedError(
            f"{len(X)} chosen units can be followed", allowed=f"at least {LEAST_CHOSEN}"
        )
    if len(Z) == 0:
        raise RefusedError("there are no comparators at all")
    unit, _ = codes("the households", units, len(Z))
    spread = X.std(axis=0, ddof=1)
    kept = spread > 1e-9 * (1 + np.abs(X).max(axis=0))
    centre, scale = X[:, kept].mean(axis=0), spread[kept]
    X, Z = (X[:, kept] - centre) / scale, (Z[:, kept] - centre) / scale
    d = positive("the base weights", base, len(Z))
    d = d * (len(X) / d.sum())
    designs = [np.column_stack([np.ones(len(part)), part]) for part in (X, Z)]
    labels = tuple(name for name, keep in zip(names, kept, strict=True) if keep)
    goal = np.r_[float(len(X)), np.zeros(X.shape[1])]
    with np.errstate(over="ignore"):  # a step that is far too long is halved until it fits
        w = calibrate(d, designs[1], goal, Distance.RAKING, names=("number", *labels)).weights
    share = np.bincount(unit, w) / w.sum()
    effective = float(1 / (share**2).sum())
    if effective < LEAST_EFFECTIVE:
        raise RefusedError(
            f"the weights are worth {effective:.1f} comparator households",
            allowed=f"at least {LEAST_EFFECTIVE:g}",
            remedy="use a larger comparison side, or make no claim about these households.",
        )
    return EquallySelected(
        w, designs[0], designs[1], unit, labels,
        d @ Z / len(X), w @ Z / len(X), effective, float(share.max()),
    )  # fmt: skip
