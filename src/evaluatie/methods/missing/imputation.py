"""Multiple imputation by chained equations with predictive mean matching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats
from evaluatie.methods.missing.imputation_checks import VariableKind, checked_table
from evaluatie.methods.missing.imputation_state import Chains, Variable
from evaluatie.methods.missing.predictive_mean import (
    EXACT,
    bayesian_draw,
    draw_donors,
    optimal_scores,
)

IMPUTATIONS = 20
"""As many as the per cent of incomplete cases asks for in most surveys (White et al. 2011)."""
ITERATIONS = 5
"""Sweeps over the variables, as mice."""
DONORS = 5
# As mice since its version 2.22 (Morris, White & Royston 2014).


@dataclass(frozen=True)
class Imputations:
    """Completed data sets and how the chains went.

    Attributes
    ----------
    observed : ndarray of float, shape (n, p)
        The data as given, missing as NaN.
    drawn : tuple of ndarray of float, length p, each shape (m, r_j)
        Values for the r_j missing entries of variable j, in order of row.
    names : tuple of str, length p
    chain_means, chain_variances : ndarray of float, shape (iterations, m, v)
        Mean and variance of the imputed values of each incomplete variable, per sweep and chain.
    incomplete : tuple of str, length v
        The variables that had missing values and more than one observed one, in the order in which
        they were imputed.
    """

    observed: Floats
    drawn: tuple[Floats, ...]
    names: tuple[str, ...]
    chain_means: Floats
    chain_variances: Floats
    incomplete: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of completed data sets, m."""
        return int(self.drawn[0].shape[0])

    def variable(self, name: str) -> Floats:
        """Return one variable in all completed sets, shape (m, n)."""
        j = self.names.index(name)
        full = np.tile(self.observed[:, j], (self.size, 1))
        full[:, np.isnan(self.observed[:, j])] = self.drawn[j]
        return full

    def completed(self, imputation: int) -> Floats:
        """Return one completed data set, shape (n, p)."""
        full = self.observed.copy()
        for j, values in enumerate(self.drawn):
            full[np.isnan(self.observed[:, j]), j] = values[imputation]
        return full

    def r_hat(self) -> dict[str, float]:
        """Return the larger potential scale reduction of chain means and variances, by variable.

        Near 1 the chains have mixed. With W the mean variance within chains over t sweeps and B/t
        the variance of the chain means: ``sqrt((t-1)/t + B/(t W))``; 1 where nothing varies, NaN
        for fewer than two sweeps or chains. A mean over one missing value is a single draw.

        References
        ----------
        Gelman & Rubin (1992), Statistical Science 7:457.
        """
        found = np.fmax(_scale_reduction(self.chain_means), _scale_reduction(self.chain_variances))
        return dict(zip(self.incomplete, found.tolist(), strict=True))


def impute(
    values: ArrayLike,
    names: Sequence[str],
    kinds: Sequence[VariableKind],
    *,
    seed: int | Sequence[int],
    imputations: int = IMPUTATIONS,
    iterations: int = ITERATIONS,
    donors: int = DONORS,
) -> Imputations:
    """Fill in missing values ``imputations`` times, each from a similar row that has the value.

    Parameters
    ----------
    values : array_like, shape (n, p)
        Rows of persons, missing as NaN; categories as numbers that stand for a label.
    names : sequence of str, length p
    kinds : sequence of VariableKind, length p
        Numeric or categorical.
    seed : int or sequence of int
        The same seed gives the same imputations.
    imputations, iterations, donors : int
        Completed sets m, sweeps over the variables, complete rows a value is drawn from.

    Returns
    -------
    Imputations

    Raises
    ------
    RefusedError
        A variable that nobody has; fewer complete rows than donors, or than predictors; a
        predictor that separates the categories of an incomplete variable perfectly, or predictors
        that determine one exactly.

    Notes
    -----
    Chained equations: start from random observed values; then each incomplete variable in turn,
    fewest missing first, is regressed on all others. Coefficients are *drawn* from their posterior,
    so that the imputations are proper; each incomplete row gets, by type-1 matching, the
    value of one of the ``donors`` complete rows whose prediction (by least squares) is nearest to
    its own (by the draw). Categorical variables are matched on the prediction of their optimal
    scores (first canonical variate on the predictors): what mice does for ``pmm`` on a factor since
    3.16; mice's *default* for factors is logistic (``logreg``) or multinomial (``polyreg``)
    regression, which fails under separation. Of a variable with more than two categories only that
    one dimension is matched.

    *Assumptions*: missing at random given all variables in the table; linear prediction is enough
    to find similar rows. *Missing-data rule*: every missing entry is filled, no observed one is
    touched, every imputed value is one that somebody had.

    References
    ----------
    van Buuren (2018), Flexible imputation of missing data, sections 3.4 and 4.5; Little (1988),
    JBES 6:287; agrees in distribution with ``mice::mice(method = "pmm")``.
    """
    table = checked_table(values, names, kinds, donors)
    if imputations < 1 or iterations < 1:
        raise RefusedError("imputation needs at least one set and one sweep over the variables")
    rng = np.random.default_rng(seed)
    chains = Chains.start(table, imputations, rng)
    # a variable with one observed value was filled with it at the start
    varying = [variable for variable in chains.incomplete if np.ptp(variable.known) > 0]
    order = sorted(varying, key=lambda variable: variable.gaps.size)
    means = np.empty((iterations, imputations, len(order)))
    variances = np.empty_like(means)
    for sweep in range(iterations):
        for v, variable in enumerate(order):
            imputed = _step(chains, variable, donors, rng)
            means[sweep, :, v], variances[sweep, :, v] = imputed.mean(axis=1), imputed.var(axis=1)
    return Imputations(
        table.values, chains.drawn(), table.names, means, variances, tuple(v.name for v in order)
    )


def _step(chains: Chains, variable: Variable, donors: int, rng: np.random.Generator) -> Floats:
    """Impute one variable in every chain; return the values drawn, shape (m, missing)."""
    gram = chains.gram_of_donors(variable)
    X, Y, n = variable.predictors, variable.columns, len(variable.known)
    XtX, Xty = gram[:, X[:, None], X], gram[:, X[:, None], Y]
    if variable.kind is VariableKind.CATEGORICAL:
        counts = gram[:, 0, Y]
        scores = optimal_scores(gram[:, Y[:, None], Y], XtX, Xty, counts, n)
        yty = np.einsum("mk,mkl,ml->m", scores, gram[:, Y[:, None], Y], scores)
    else:
        scores, yty = np.ones((len(gram), 1)), gram[:, Y[0], Y[0]]
    response = np.matmul(Xty, scores[:, :, None])[:, :, 0]
    fitted, drawn, residual = bayesian_draw(XtX, response, yty, n, rng)
    _check_undetermined(variable, residual, yty - response[:, 0] ** 2 / n)
    observed = chains.predict_donors(variable, fitted)
    wanted = chains.predict_gaps(variable, drawn)
    return chains.fill(variable, draw_donors(observed, wanted, donors, rng), gram)


def _check_undetermined(variable: Variable, residual: Floats, total: Floats) -> None:
    varies = total > EXACT * len(variable.known)
    if (varies & (residual < EXACT * total)).any():
        raise RefusedError(
            f"variable '{variable.name}' is determined exactly by the others, so that imputing it "
            "would carry no uncertainty",
            remedy="leave out the variable it is computed from, or compute it after imputation.",
        )


def _scale_reduction(series: Floats) -> Floats:
    sweeps, chains, size = series.shape
    if sweeps < 2 or chains < 2:
        return np.full(size, np.nan)
    within = series.var(axis=0, ddof=1).mean(axis=0)
    between = series.mean(axis=0).var(axis=0, ddof=1)
    still: NDArray[np.bool_] | Booleans = within <= 0
    ratio = np.divide(between, within, out=np.zeros(size), where=~still)
    return np.where(still, 1.0, np.sqrt((sweeps - 1) / sweeps + ratio))
