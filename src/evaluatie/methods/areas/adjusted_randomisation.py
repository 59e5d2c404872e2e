"""Randomisation inference with covariates that are estimated again for every assignment."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.randomisation import (
    TIE,
    Alternative,
    Assignments,
    RandomisationTest,
    toward,
)
from evaluatie.methods.inputs import Floats, codes, numbers, positive


def adjusted_randomisation_test(
    y: ArrayLike,
    covariates: ArrayLike,
    exposure: ArrayLike,
    areas: ArrayLike,
    assignments: Assignments,
    weights: ArrayLike | None = None,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
) -> RandomisationTest:
    """Test the effect in a regression by fitting it anew under every assignment of the areas.

    Parameters
    ----------
    y : array_like, shape (n,)
        Outcome of each row: person, area x wave, or one change per area.
    covariates : array_like, shape (n, k)
        Everything else in the model, the constant and the constants of areas and waves included.
    exposure : array_like, shape (n,)
        What a row gets when its area is treated: 1 after the start and 0 before it; 1 throughout
        where rows are changes.
    areas : array_like, shape (n,)
        Area of each row; in sorted order these are the columns of ``assignments``.
    assignments : Assignments
        A assignments of G areas.
    weights : array_like, shape (n,), optional
        Regression weights.
    null : float
        Effect under the hypothesis, in the unit of y.
    alternative : {"two-sided", "greater", "less"}
        As in `randomisation_test`.

    Returns
    -------
    RandomisationTest
        The coefficient of exposure x treated, and the same under every assignment.

    Raises
    ------
    RefusedError
        Missing values, other areas than those assigned, or an assignment whose effect the
        covariates leave nothing to estimate from.

    Notes
    -----
    With M the annihilator of the covariates and P_g the exposure of area g, the coefficient under
    assignment z is ``z'u / z'Kz``, ``u_g = P_g'M(y - null D)``, ``K_gh = P_g'M P_h``: G x G sums,
    and no regression per assignment. ``p = #{|b_z| >= |b_obs|} / A``. The smallest
    attainable p is that of the assignments. Covariates may not be affected by the treatment; exact
    for the sharp hypothesis when areas are exchangeable given the covariates.

    References
    ----------
    Rosenbaum (2002), Statistical Science 17:286; MacKinnon & Webb (2020). Agrees with one
    ``lm(y ~ ...)`` per assignment in R.
    """
    outcome = numbers("the outcome", y)
    n = outcome.size
    area, G = codes("the areas", areas, n)
    if assignments.matrix.shape[1] != G:
        raise RefusedError(
            f"the rows are of {G} areas", allowed=f"the {assignments.matrix.shape[1]} assigned ones"
        )
    root = np.sqrt(np.ones(n) if weights is None else positive("weights", weights, n))
    effect = np.zeros((n, G))
    effect[np.arange(n), area] = numbers("the exposure", exposure, n)
    table = np.asarray(covariates, dtype=float).reshape(n, -1)
    numbers("the covariates", table.ravel())
    shifted = outcome - null * (effect @ assignments.treated)
    left = _annihilated(np.column_stack([effect, shifted]) * root[:, None], table * root[:, None])
    K, u = left[:, :G].T @ left[:, :G], left[:, :G].T @ left[:, G]
    z = assignments.matrix.astype(float)
    spread = np.einsum("ag,gh,ah->a", z, K, z)
    before = z @ ((effect * root[:, None]) ** 2).sum(axis=0)
    if bad := int((spread <= 1e-10 * before).sum()):
        raise RefusedError(
            f"under {bad} of {len(z)} assignments the covariates leave no effect to estimate",
            remedy="leave out covariates that follow the areas.",
        )
    statistics = np.asarray(z @ u / spread)
    observed = float(statistics[assignments.observed])
    extreme = toward(statistics, alternative)
    tolerance = TIE * max(float(np.abs(outcome).max()), float(np.abs(statistics).max()))
    p_value = float(np.mean(extreme >= extreme[assignments.observed] - tolerance))
    attainable = assignments.attainable(alternative)
    return RandomisationTest(observed + null, p_value, attainable, statistics)


def _annihilated(table: Floats, others: Floats) -> Floats:
    """Return what is left of each column after regression on ``others``."""
    fitted = others @ np.linalg.lstsq(others, table, rcond=None)[0]
    return np.asarray(table - fitted)
