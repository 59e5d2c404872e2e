"""Survival of someone with given covariates, from a Cox fit."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, numbers
from evaluatie.methods.survival.cox import CoxFit
from evaluatie.methods.survival.cox_sums import steps


def predicted_survival(
    fit: CoxFit, x: ArrayLike, times: ArrayLike, level: float
) -> tuple[Floats, Floats, Floats]:
    """Return survival at ``times`` for covariates ``x``, with its log interval.

    Parameters
    ----------
    fit : CoxFit
        Without strata.
    x : array_like, shape (p,)
        Covariates, in the order of ``fit.names``.
    times : array_like, shape (k,)
    level : float
        Confidence level.

    Returns
    -------
    survival, low, high : ndarray of float, shape (k,)

    Raises
    ------
    RefusedError
        A fit with strata: each stratum has a baseline of its own.

    Notes
    -----
    ``S = exp(-exp(x'b) H0(t))`` with the baseline of Efron's (or Breslow's) steps. The variance of
    the cumulative hazard is ``sum dH / risk + q'V q`` with ``q = sum (x - mean) dH``; the interval
    is ``exp(log S -+ z se)``, at most 1. Model-based: no clusters.

    References
    ----------
    Tsiatis (1981). ``survfit(coxph(), newdata =)``: surv, lower, upper.
    """
    if len(fit.strata) != 1:
        raise RefusedError(f"a fit with {len(fit.strata)} strata has no single baseline hazard")
    part, own = fit.strata[0], numbers("the covariates", x, len(fit.names)) - fit.centre
    X, b = fit.X[part.rows] - fit.centre, fit.coefficients
    now = steps(part, X, fit.data.weight[part.rows] * np.exp(X @ b))
    relative = float(np.exp(own @ b))
    jump = part.mean_weight / now.risk * relative
    place = np.searchsorted(part.times[part.time], np.asarray(times, dtype=float), side="right")
    hazard = np.concatenate([[0.0], np.cumsum(jump)])[place]
    noise = np.concatenate([[0.0], np.cumsum(jump * relative / now.risk)])[place]
    drift = np.vstack([0 * own, np.cumsum((own - now.mean) * jump[:, None], axis=0)])[place]
    error = np.sqrt(noise + np.einsum("ki,ij,kj->k", drift, fit.covariance, drift))
    z = float(special.ndtri(0.5 + level / 2))
    return (
        np.exp(-hazard),
        np.exp(-hazard - z * error),
        np.minimum(np.exp(-hazard + z * error), 1.0),
    )
