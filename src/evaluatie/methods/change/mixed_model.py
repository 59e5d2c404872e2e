"""Linear mixed model by REML, with Satterthwaite degrees of freedom.

The covariance of the outcomes is a sum of known matrices times unknown variances, plus, where
given, a known covariance: person-level models with random effects, and models of estimates (means
of areas per wave) whose sampling covariance comes from the design, are the same to this code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats, codes, numbers

ROUNDS = 200
SETTLED = 1e-11  # relative move of the largest component
SMALLEST = 1e-9  # of the variance of an outcome: zero
LARGEST = 1_500
"""Rows above which the dense matrices of this file are the wrong tool."""


@dataclass(frozen=True)
class MixedModel:
    """A fitted linear mixed model.

    Attributes
    ----------
    names : tuple of str, length k
        Terms of the fixed part.
    coefficients : (k,) array
        Generalised least squares at the estimated variances.
    covariance : (k, k) array
        Of the coefficients.
    components : dict of str to float
        Estimated variances (and covariances, for those declared so).
    singular : tuple of str
        Components estimated at zero; they are left out of the degrees of freedom.
    loglik : float
        Restricted log-likelihood, as ``lme4::logLik``.
    gradients : (free, k, k) array
        Derivative of ``covariance`` to each component above zero.
    uncertainty : (free, free) array
        Covariance of those components: inverse observed information.
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    components: dict[str, float]
    singular: tuple[str, ...]
    loglik: float
    gradients: Floats
    uncertainty: Floats

    def contrast(self, weights: Mapping[str, float] | str) -> tuple[float, float, float]:
        """Return estimate, standard error and Satterthwaite df of a term or a sum of terms.

        Raises
        ------
        RefusedError
            The model has no such term.
        """
        combination = {weights: 1.0} if isinstance(weights, str) else weights
        if unknown := set(combination) - set(self.names):
            raise RefusedError(
                f"the model has no term '{sorted(unknown)[0]}'", allowed=", ".join(self.names)
            )
        L = np.array([combination.get(name, 0.0) for name in self.names])
        variance = float(L @ self.covariance @ L)
        slope = np.array([L @ gradient @ L for gradient in self.gradients])
        spread = float(slope @ self.uncertainty @ slope) if len(slope) else 0.0
        df = 2 * variance**2 / spread if spread > 0 else float("inf")
        return float(L @ self.coefficients), float(np.sqrt(variance)), df


@dataclass(frozen=True)
class _State:
    """Everything the steps of the fit need at one value of the variances."""

    inverse: Floats  # of V
    C: Floats  # covariance of the coefficients
    coefficients: Floats
    P: Floats
    Py: Floats
    loglik: float


def grouping(labels: ArrayLike, slope: ArrayLike | None = None) -> Floats:
    """Return the covariance pattern of a random intercept (or slope) per group, shape (n, n)."""
    code, _ = codes("the groups", labels)
    same = np.asarray(code[:, None] == code[None, :], dtype=float)
    if slope is None:
        return same
    x = numbers("the slope", slope, code.size)
    return np.asarray(same * np.outer(x, x))


def intercept_slope(labels: ArrayLike, slope: ArrayLike) -> Floats:
    """Return the pattern of the covariance between random intercept and slope, shape (n, n)."""
    x = numbers("the slope", slope)
    return np.asarray(grouping(labels) * (x[:, None] + x[None, :]))


def mixed_model(
    y: ArrayLike,
    X: ArrayLike,
    names: Sequence[str],
    patterns: Mapping[str, Floats],
    known: ArrayLike | None = None,
    signed: Collection[str] = (),
) -> MixedModel:
    """Fit ``y = X b + e`` with ``cov(e) = known + sum_k theta_k pattern_k`` by REML.

    Parameters
    ----------
    y : array_like, shape (n,)
        Outcome, at most 1,500 rows.
    X : array_like, shape (n, k)
        Fixed part, of full rank.
    names : sequence of str, length k
        Term of each column.
    patterns : mapping of str to (n, n) array
        Symmetric; see `grouping`. Without ``known`` one must be the identity (the residual).
    known : array_like, shape (n, n), optional
        Covariance that is not estimated, e.g. of sampling.
    signed : collection of str
        Components that may be negative (covariances); all others are variances, at least zero.

    Raises
    ------
    RefusedError
        Missing values, too many rows, terms or components that cannot be told apart, an outcome
        without variance around the fixed part, no convergence.

    Notes
    -----
    Newton's method with Fisher scoring where the likelihood is not concave, and step halving; a
    variance that ends at zero is fixed there and reported as ``singular``.
    ``df = 2 v^2 / (g' A g)``: v the variance of the contrast, g its gradient to the components, A
    the inverse observed information (as ``lmerTest``). *Assumptions*: normal effects; the fixed
    part is right; effects of different components are independent. *Missing data*: rows without
    an outcome are left out by the caller; valid when missing at random given the rows there.

    References
    ----------
    Patterson & Thompson (1971); Fai & Cornelius (1996); Kuznetsova et al. (2017), JSS 82(13).
    Agrees with ``lmerTest::lmer``.
    """
    outcome, design = _checked(y, X, names)
    n = outcome.size
    sampling = np.zeros((n, n)) if known is None else np.asarray(known, dtype=float)
    if sampling.shape != (n, n) or any(p.shape != (n, n) for p in patterns.values()):
        raise RefusedError(f"every covariance pattern must have {n} rows and columns")
    problem = _Problem(outcome, design, tuple(patterns.values()), sampling)
    bounded = np.array([name not in signed for name in patterns])
    theta = _scoring(problem, _start(problem, bounded), bounded)
    return _result(problem, theta, tuple(names), tuple(patterns))


@dataclass(frozen=True)
class _Problem:
    y: Floats
    X: Floats
    patterns: tuple[Floats, ...]
    known: Floats

    def at(self, theta: Floats) -> _State | None:
        """Return the state at ``theta``; None where the covariance is not positive definite."""
        V = self.known + sum(t * p for t, p in zip(theta, self.patterns, strict=True))
        try:
            factor = linalg.cholesky(V, lower=True)
        except linalg.LinAlgError:
            return None
        inverse = linalg.cho_solve((factor, True), np.eye(len(V)))
        VX = inverse @ self.X
        gram = self.X.T @ VX
        C = np.asarray(np.linalg.inv(gram), dtype=float)
        coefficients = C @ (VX.T @ self.y)
        P = inverse - VX @ C @ VX.T
        Py = P @ self.y
        n, k = self.X.shape
        loglik = -0.5 * (
            2 * np.log(np.diag(factor)).sum()
            + np.linalg.slogdet(gram)[1]
            + self.y @ Py
            + (n - k) * np.log(2 * np.pi)
        )
        return _State(inverse, C, coefficients, P, Py, float(loglik))

    def score(self, state: _State, free: Booleans) -> tuple[Floats, Floats, Floats]:
        """Return score, expected and observed information about the free components."""
        patterns = [p for p, is_free in zip(self.patterns, free, strict=True) if is_free]
        traces = np.array([(state.P * p).sum() for p in patterns])
        images = np.array([p @ state.Py for p in patterns])
        quadratic = images @ state.P @ images.T
        products = [state.P @ p for p in patterns]
        crossed = np.array([[(a * b.T).sum() for b in products] for a in products])
        score = -0.5 * traces + 0.5 * images @ state.Py
        return score, 0.5 * crossed, quadratic - 0.5 * crossed


def _checked(y: ArrayLike, X: ArrayLike, names: Sequence[str]) -> tuple[Floats, Floats]:
    outcome = numbers("the outcome", y)
    design = np.asarray(X, dtype=float)
    if design.shape != (outcome.size, len(names)) or len(set(names)) < len(names):
        raise RefusedError("the model needs one uniquely named column per term, one row per value")
    numbers("the columns of the model", design.ravel())
    if outcome.size > LARGEST:
        raise RefusedError(
            f"{outcome.size:,} rows are too many for this mixed model",
            allowed=f"at most {LARGEST:,}",
            remedy="model the means of areas per wave with their sampling covariance.",
        )
    if outcome.size <= design.shape[1] or np.linalg.matrix_rank(design) < design.shape[1]:
        raise RefusedError(
            "the terms of the model cannot be told apart with these rows",
            allowed=f"full column rank {design.shape[1]} and more rows than terms",
        )
    left = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    if not left @ left > 1e-20 * (outcome @ outcome):
        raise RefusedError("the outcome does not vary around the fixed part of the model")
    return outcome, design


def _start(problem: _Problem, bounded: Booleans) -> Floats:
    """Return equal shares of the residual variance, for variances; 0 for covariances."""
    left = problem.y - problem.X @ np.linalg.lstsq(problem.X, problem.y, rcond=None)[0]
    total = left @ left / (len(problem.y) - problem.X.shape[1])
    sizes = np.array([np.abs(np.diag(p)).mean() or 1.0 for p in problem.patterns])
    return np.where(bounded, total / bounded.sum() / sizes, 0.0)


def _scoring(problem: _Problem, theta: Floats, bounded: Booleans) -> Floats:
    """Return the components of the largest likelihood; those at zero have a falling likelihood."""
    free = np.ones(len(theta), dtype=bool)
    tried_again, start = ~free, _start(problem, bounded)
    scale = np.abs(start).max() + np.diag(problem.known).mean()
    state = problem.at(theta)
    for _ in range(ROUNDS):
        if state is None:
            break
        moved = 0.0
        if free.any():
            step = np.zeros(len(theta))
            step[free] = _step(*problem.score(state, free))
            theta, state, moved = _shortened(problem, theta, step, state, bounded & free)
        small = bounded & free & (theta <= SMALLEST * scale)
        if small.any():
            theta, free = np.where(small, 0.0, theta), free & ~small
            state = problem.at(theta)
        elif moved < SETTLED:
            wanted = _wanted(problem, state, free) & ~tried_again
            if not wanted.any():
                return theta
            tried_again |= wanted
            theta, free = np.where(wanted, start / 100, theta), free | wanted
            state = problem.at(theta)
    raise RefusedError(
        f"the variances of the mixed model did not converge in {ROUNDS} rounds",
        remedy="leave out a random effect that the data cannot tell apart from another.",
    )


def _wanted(problem: _Problem, state: _State, free: Booleans) -> Booleans:
    """Return the components fixed at zero whose likelihood would rise above zero."""
    if free.all():
        return ~free
    score = problem.score(state, np.ones_like(free))[0]
    size = np.array([(state.P * p).sum() for p in problem.patterns])
    return np.asarray(~free & (score > 1e-8 * np.abs(size)))


def _step(score: Floats, expected: Floats, observed: Floats) -> Floats:
    """Return the Newton step where the likelihood is concave, else the Fisher scoring step."""
    concave = np.linalg.eigvalsh(observed)[0] > 0
    information = observed if concave else expected
    if np.linalg.cond(information) > 1e14:
        raise RefusedError(
            "two variances of the mixed model cannot be told apart with these data",
            remedy="leave out one of the random effects.",
        )
    return np.asarray(np.linalg.solve(information, score), dtype=float)


def _shortened(
    problem: _Problem, theta: Floats, step: Floats, state: _State, bounded: Booleans
) -> tuple[Floats, _State, float]:
    """Go along ``step`` as far as the likelihood does not fall.

    A variance goes at most nine tenths of the way to zero: its top may lie close to it.
    """
    length = 1.0
    scale = max(float(np.abs(theta).max()), 1e-300)
    while length > 1e-10:
        there = theta + length * step
        there = np.where(bounded, np.maximum(there, 0.1 * theta), there)
        found = problem.at(there)
        if found is not None and found.loglik >= state.loglik - 1e-10 * abs(state.loglik):
            return there, found, float(np.abs(there - theta).max() / scale)
        length /= 2
    return theta, state, 0.0


def _result(
    problem: _Problem, theta: Floats, names: tuple[str, ...], components: tuple[str, ...]
) -> MixedModel:
    free = theta != 0
    state = problem.at(theta)
    assert state is not None  # the last accepted value
    observed = problem.score(state, free)[2] if free.any() else np.empty((0, 0))
    patterns = [p for p, is_free in zip(problem.patterns, free, strict=True) if is_free]
    half = state.inverse @ problem.X @ state.C
    gradients = np.array([half.T @ p @ half for p in patterns])
    return MixedModel(
        names, state.coefficients, state.C,
        dict(zip(components, theta.tolist(), strict=True)),
        tuple(c for c, is_free in zip(components, free, strict=True) if not is_free),
        state.loglik, gradients.reshape(len(patterns), len(names), len(names)),
        np.asarray(np.linalg.inv(observed), dtype=float),
    )  # fmt: skip
