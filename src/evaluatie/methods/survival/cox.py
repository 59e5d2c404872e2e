"""Cox regression: left truncation, covariates that change, strata, weights, robust errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, codes, numbers
from evaluatie.methods.survival.cox_sums import Stratum, Ties, steps, strata_of
from evaluatie.methods.survival.spells import Spells

MOST_STEPS = 50
SETTLED = 1e-11
UNBOUNDED = 15.0
"""A log hazard ratio per standard deviation beyond which no event tells the two apart."""


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model.

    Attributes
    ----------
    names : tuple of str, length p
        Term of each coefficient.
    coefficients : ndarray of float, shape (p,)
        Log hazard ratios.
    covariance : ndarray of float, shape (p, p)
        Inverse information: right if the model holds and spells of one unit do not cluster.
    robust : ndarray of float, shape (p, p)
        Lin-Wei sandwich over the clusters of the spells.
    influence : ndarray of float, shape (n, p)
        Weighted dfbeta of each spell.
    log_likelihood : float
    events, n_clusters : int
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    robust: Floats
    influence: Floats
    log_likelihood: float
    events: int
    n_clusters: int
    strata: tuple[Stratum, ...]
    centre: Floats
    X: Floats
    data: Spells

    def position(self, term: str) -> int:
        """Return the place of a term, by its name."""
        if term not in self.names:
            raise RefusedError(f"the model has no term '{term}'", allowed=", ".join(self.names))
        return self.names.index(term)

    def log_ratio(self, term: str, robust: bool = True) -> tuple[float, float]:
        """Return a log hazard ratio and its standard error."""
        j = self.position(term)
        variance = (self.robust if robust else self.covariance)[j, j]
        return float(self.coefficients[j]), float(np.sqrt(variance))


def cox(
    data: Spells,
    X: ArrayLike,
    names: Sequence[str],
    strata: ArrayLike | None = None,
    ties: Ties = "efron",
) -> CoxFit:
    """Fit a proportional hazards model to spells.

    Parameters
    ----------
    data : Spells
        States above 0 are the event; several spells of one unit (a covariate that changes, events
        that recur) share a cluster.
    X : array_like, shape (n, p)
        Covariates that hold throughout each spell.
    names : sequence of str, length p
        Unique name of each column.
    strata : array_like, shape (n,), optional
        Strata with a baseline hazard of their own.
    ties : {"efron", "breslow"}

    Returns
    -------
    CoxFit

    Raises
    ------
    RefusedError
        No events, missing values, terms that cannot be told apart, or a hazard ratio that runs to
        zero or infinity (no events on one side).

    Notes
    -----
    ``h(t | x) = h_s(t) exp(x'b)``. Time is whatever the spells count in: time since a start, the
    calendar, or time since the last event (gap time: start 0). Recurrent events: Andersen & Gill
    without strata, Prentice, Williams & Peterson with the number of the event as stratum. Robust
    variance: ``D'D`` with D the weighted score residuals times the inverse information, summed
    within clusters (no factor G/(G-1)): from about 40 clusters on; with few it is too small.
    ASSUMPTIONS: hazards proportional within strata (`proportional_hazards`); censoring and delayed
    entry tell nothing given x. MISSING-DATA RULE: refused. lifelines gives another, wrong, error
    with entry and clusters together.

    References
    ----------
    Cox (1972); Efron (1977); Lin & Wei (1989); Therneau & Grambsch (2000).
    ``survival::coxph(Surv(start, stop, event) ~ x + strata(s), cluster =, weights =, ties =)``.
    """
    table = _checked(data, X, names)
    layer = (
        np.zeros(data.n, dtype=np.int64)
        if strata is None
        else codes("the strata", strata, data.n)[0]
    )
    parts = strata_of(data, layer, ties)
    centre, scale = table.mean(axis=0), table.std(axis=0)
    Z = (table - centre) / scale
    b, value = _maximum(data, parts, Z)
    _, _, information = _likelihood(data, parts, Z, b)
    inverse = np.linalg.inv(information)
    residuals = score_residuals(data, parts, Z, b) * data.weight[:, None]
    influence = residuals @ inverse / scale
    total = np.zeros((data.n_clusters, len(names)))
    np.add.at(total, data.cluster, influence)
    covariance = inverse / np.outer(scale, scale)
    return CoxFit(
        tuple(names), b / scale, covariance, total.T @ total, influence, value,
        int((data.state > 0).sum()), data.n_clusters, parts, centre, table, data,
    )  # fmt: skip


def score_residuals(data: Spells, parts: Sequence[Stratum], X: Floats, b: Floats) -> Floats:
    """Return the score residual of each spell (unweighted), shape (n, p), ties as fitted."""
    result = np.zeros(X.shape)
    for part in parts:
        x, w = X[part.rows], data.weight[part.rows]
        relative = np.exp(x @ b)
        now = steps(part, x, w * relative)
        hazard = part.mean_weight / now.risk
        m, p = len(part.times), x.shape[1]
        means = np.stack([np.bincount(part.time, hazard * now.mean[:, j], m) for j in range(p)], 1)
        base = np.concatenate([[0.0], np.cumsum(np.bincount(part.time, hazard, m))])
        drift = np.vstack([np.zeros(p), np.cumsum(means, axis=0)])
        since, until = (
            np.searchsorted(part.times, end[part.rows], side="right")
            for end in (data.start, data.stop)
        )
        own = base[until] - base[since]
        residual = -relative[:, None] * (x * own[:, None] - (drift[until] - drift[since]))
        _own_events(part, now.mean, hazard, x, relative, residual)
        result[part.rows] = residual
    return result


def _own_events(
    part: Stratum, mean: Floats, hazard: Floats, x: Floats, relative: Floats, residual: Floats
) -> None:
    """Add what the events themselves contribute: being tied, and having the event."""
    m, dead, at = len(part.times), part.dead, part.time
    count = np.bincount(at, minlength=m)
    back = np.bincount(at, part.gone * hazard, m)[at]
    for j in range(x.shape[1]):
        drift = np.bincount(at, part.gone * hazard * mean[:, j], m)[at]
        average = (np.bincount(at, mean[:, j], m) / count)[at]
        residual[dead, j] += relative[dead] * (x[dead, j] * back - drift) + x[dead, j] - average


def _likelihood(
    data: Spells, parts: Sequence[Stratum], X: Floats, b: Floats
) -> tuple[float, Floats, Floats]:
    """Return the log partial likelihood, its derivative and the information."""
    value, score = 0.0, np.zeros(X.shape[1])
    information = np.zeros((X.shape[1], X.shape[1]))
    for part in parts:
        x, w = X[part.rows], data.weight[part.rows]
        now = steps(part, x, w * np.exp(x @ b))
        value += float(w[part.dead] @ (x[part.dead] @ b) - part.mean_weight @ np.log(now.risk))
        score += w[part.dead] @ x[part.dead] - part.mean_weight @ now.mean
        information += np.tensordot(part.mean_weight, now.spread, axes=1)
    return value, score, information


def _maximum(data: Spells, parts: Sequence[Stratum], X: Floats) -> tuple[Floats, float]:
    """Return the coefficients per standard deviation, by Newton steps that never go down."""
    b = np.zeros(X.shape[1])
    value, score, information = _likelihood(data, parts, X, b)
    for _ in range(MOST_STEPS):
        step = _solved(information, score)
        while True:
            new, slope, bend = _likelihood(data, parts, X, b + step)
            if new >= value - 1e-9 * abs(value) or np.abs(step).max() < SETTLED:
                break
            step = step / 2
        b, value, score, information = b + step, new, slope, bend
        if np.abs(b).max() > UNBOUNDED:
            break
        if np.abs(step).max() < SETTLED:
            return b, value
    raise RefusedError(
        "a hazard ratio runs to zero or infinity",
        remedy="leave out groups without events, or put them together with others.",
    )


def _solved(information: Floats, score: Floats) -> Floats:
    if np.linalg.matrix_rank(information, tol=1e-9 * np.abs(information).max()) < len(score):
        raise RefusedError(
            "the terms of the model cannot be told apart among those at risk",
            remedy="leave out terms that are constant within every risk set.",
        )
    return np.asarray(np.linalg.solve(information, score))


def _checked(data: Spells, X: ArrayLike, names: Sequence[str]) -> Floats:
    table = np.asarray(X, dtype=float)
    if table.shape != (data.n, len(names)) or len(set(names)) < len(names) or not len(names):
        raise RefusedError("the model needs one uniquely named column per term, one row per spell")
    numbers("the covariates", table.ravel())
    if not (data.state > 0).any():
        raise RefusedError("there are no events", remedy="describe the time at risk.")
    if constant := [name for name, sd in zip(names, table.std(axis=0), strict=True) if sd == 0]:
        raise RefusedError(f"{', '.join(constant)}: the same for every spell")
    return table
