"""Regression with a sampling design: linear and logistic, and the two-sample t test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats
from evaluatie.methods.sampling.design import Design, Linearised

STEPS = 50
CONVERGED = 1e-12
SINGULAR = 1e14


class Family(StrEnum):
    """Distribution of the outcome and its link."""

    GAUSSIAN = "gaussian"  # identity link
    LOGIT = "logit"  # zeros and ones, logit link


@dataclass(frozen=True)
class SurveyRegression:
    """Coefficients with design-based standard errors.

    Attributes
    ----------
    coefficients, std_errors, p_values : ndarray of float, shape (k,)
        p two-sided, from t with ``df``.
    covariance : ndarray of float, shape (k, k)
    df : int
        Clusters - strata + 1 - k, as ``survey::svyglm`` (``df.residual``).
    n, n_clusters : int
        Units used, and the clusters they are in.
    """

    coefficients: Floats
    std_errors: Floats
    p_values: Floats
    covariance: Floats
    df: int
    n: int
    n_clusters: int


def survey_regression(
    design: Design,
    outcome: ArrayLike,
    predictors: ArrayLike,
    family: Family = Family.GAUSSIAN,
    domain: ArrayLike | None = None,
    names: Sequence[str] = (),
) -> SurveyRegression:
    """Fit a regression to a population, with standard errors from its sampling design.

    Parameters
    ----------
    design : Design
        n units.
    outcome : array_like, shape (n,)
        NaN where missing; zeros and ones for LOGIT.
    predictors : array_like, shape (n, k)
        Columns, the constant included; NaN where missing.
    family : Family
    domain : array_like of bool, shape (n,), optional
        Units it is about.
    names : sequence of str, optional
        What the columns are, for messages.

    Returns
    -------
    SurveyRegression

    Raises
    ------
    RefusedError
        Columns that depend on one another, a constant outcome, an outcome that the predictors
        separate perfectly (LOGIT), or no degrees of freedom left.

    Notes
    -----
    Solves ``sum w x (y - mu(x'b)) = 0``. Influence of a unit ``A^-1 w x (y - mu)`` with ``A = sum w
    mu' x x'``, then as any estimate: calibration residuals, clusters, strata; or refitted on every
    replicate, all columns at once. Complete cases: a row with a missing value leaves the domain.

    References
    ----------
    Binder (1983), Int. Statistical Review 51:279. Agrees with ``survey::svyglm`` (families
    gaussian and quasibinomial).
    """
    y, inside = design.domain(outcome, domain)
    X = np.asarray(predictors, dtype=float)
    if X.ndim != 2 or len(X) != y.size:
        raise RefusedError(f"the predictors need {y.size} rows, one per weight")
    inside = inside & np.isfinite(X).all(axis=1)
    X, y = X[inside], y[inside]
    _check(X, y, family, names)
    df = design.df(inside) + 1 - X.shape[1]
    if df < 1:
        raise RefusedError(
            f"{design.clusters(inside)} sampling units leave no degrees of freedom for "
            f"{X.shape[1]} coefficients"
        )
    w = design.weights[inside]
    b = _fit(X, y, w[:, None], family)[0]
    influence = np.zeros((inside.size, X.shape[1]))
    influence[inside] = _influence(X, y, w, b, family)
    found = Linearised(b, influence, lambda W: _fit(X, y, W[inside], family))
    V = design.covariance_of(found)
    error = np.sqrt(np.diag(V))
    p_values = 2 * special.stdtr(df, -np.abs(b / error))
    return SurveyRegression(b, error, p_values, V, df, len(y), design.clusters(inside))


@dataclass(frozen=True)
class SurveyTTest:
    """A difference of two means: second group minus first.

    Attributes
    ----------
    difference, std_error, t, p_value : float
    df : int
    n : int
        Units in either group.
    """

    difference: float
    std_error: float
    t: float
    p_value: float
    df: int
    n: int


def survey_t_test(
    design: Design, outcome: ArrayLike, second: ArrayLike, domain: ArrayLike | None = None
) -> SurveyTTest:
    """Compare the means of two groups of one sample.

    Parameters
    ----------
    design, outcome, domain
        As in `survey_regression`.
    second : array_like of bool, shape (n,)
        Units of the second group; the others are the first.

    References
    ----------
    Agrees with ``survey::svyttest`` (df = clusters - strata - 1).
    """
    group = np.asarray(second, dtype=float)
    X = np.column_stack([np.ones(group.size), group])
    fit = survey_regression(design, outcome, X, domain=domain, names=("constant", "group"))
    difference, error = float(fit.coefficients[1]), float(fit.std_errors[1])
    p_value = float(fit.p_values[1])
    return SurveyTTest(difference, error, difference / error, p_value, fit.df, fit.n)


def _fit(X: Floats, y: Floats, W: Floats, family: Family) -> Floats:
    """Return coefficients, shape (R, k), under every column of weights, shape (n, R)."""
    size = np.abs(X).max(axis=0)  # so that units do not decide what counts as singular
    X, k = X / size, X.shape[1]
    squares = (X[:, :, None] * X[:, None, :]).reshape(len(X), k * k)
    if family is Family.GAUSSIAN:
        normal = (W.T @ squares).reshape(-1, k, k)
        return np.asarray(_solve(normal, W.T @ (X * y[:, None])) / size)
    b = np.zeros((W.shape[1], k))
    for _ in range(STEPS):
        mu = special.expit(X @ b.T)
        information = ((W * mu * (1 - mu)).T @ squares).reshape(-1, k, k)
        if np.linalg.cond(information).max() > SINGULAR:
            break
        step = _solve(information, (W * (y[:, None] - mu)).T @ X)
        b = b + step
        if np.max(np.abs(step)) < CONVERGED * (1 + np.max(np.abs(b))):
            return np.asarray(b / size)
    raise RefusedError(
        "the predictors separate the ones from the zeros (almost) perfectly: the coefficients "
        "have no finite value",
        remedy="leave out or coarsen the predictor that separates them.",
    )


def _solve(A: Floats, b: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(A, b[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        raise RefusedError(
            "a set of weights leaves columns that depend on one another",
            remedy="leave out a predictor that few units have.",
        ) from None


def _influence(X: Floats, y: Floats, w: Floats, b: Floats, family: Family) -> Floats:
    linear = X @ b
    mu = special.expit(linear) if family is Family.LOGIT else linear
    slope = mu * (1 - mu) if family is Family.LOGIT else np.ones_like(mu)
    A = (X * (w * slope)[:, None]).T @ X
    return np.asarray(np.linalg.solve(A, (X * (w * (y - mu))[:, None]).T).T)


def _check(X: Floats, y: Floats, family: Family, names: Sequence[str]) -> None:
    n, k = X.shape
    if n <= k:
        raise RefusedError(f"{n} complete rows are too few for {k} coefficients")
    size = np.linalg.norm(X, axis=0)
    r = np.abs(np.diag(np.linalg.qr(X / np.where(size > 0, size, 1), mode="r")))
    if (bad := np.flatnonzero(r < 1e-8)).size:
        which = names[bad[0]] if names else f"number {bad[0] + 1}"
        raise RefusedError(f"predictor {which} is a combination of the ones before it")
    if np.ptp(y) == 0:
        raise RefusedError(f"the outcome is the same for all {n} units")
    if family is Family.LOGIT and not np.isin(y, (0, 1)).all():
        raise RefusedError("a logistic regression needs an outcome of zeros and ones")
