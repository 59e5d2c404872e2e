"""A series model with errors of any ARMA form, by statsmodels."""

from __future__ import annotations

import numpy as np

from evaluatie.errors import RefusedError
from evaluatie.methods.series.series_fit import SeriesFit
from evaluatie.methods.series.time_series import TimeRegression

Order = tuple[int, int, int]
Seasonal = tuple[int, int, int, int]


def arma_errors(
    model: TimeRegression, order: Order, seasonal: Seasonal = (0, 0, 0, 0)
) -> SeriesFit:
    """Fit with ARMA errors by maximum likelihood.

    Parameters
    ----------
    model : TimeRegression
        From `segmented_series` or `time_regression`; holds its own intercept.
    order : (p, d, q)
        Errors; d must be 0, since a difference would take the step apart.
    seasonal : (P, D, Q, s)
        Seasonal part, likewise.

    Raises
    ------
    RefusedError
        A difference is asked for, or the optimiser did not converge.

    Notes
    -----
    ``cov_type="oim"``, the observed information; the default of statsmodels, products of
    gradients, was 37% too large on R's example. The columns are made uncorrelated and the series
    scaled before statsmodels optimises, which otherwise stops far from the maximum.
    ASSUMPTIONS: as `arima_errors`, unrestricted: standard errors are too small in short series.
    MISSING-DATA RULE: none may be missing.

    References
    ----------
    R: ``arima(order =, seasonal =, xreg =, method = "ML")``, to the precision of the optimisers.
    """
    # Importing it takes a second: only where it is used.
    from statsmodels.tsa.arima.model import ARIMA

    if order[1] or seasonal[1]:
        raise RefusedError("the errors of a segmented series are not differenced", allowed="d = 0")
    q, r = np.linalg.qr(model.X)
    scale = float(model.y.std())
    engine = ARIMA(model.y / scale, exog=q, order=order, seasonal_order=seasonal, trend="n")
    options = {"maxiter": 500, "disp": False, "pgtol": 1e-9, "factr": 10.0}
    found = engine.fit(method="statespace", cov_type="oim", method_kwargs=options)
    if not found.mle_retvals["converged"]:
        raise RefusedError("the ARMA model did not converge", remedy="use a simpler order.")
    names = engine.param_names
    at = [names.index(name) for name in engine.exog_names]
    back = scale * np.asarray(np.linalg.inv(r), dtype=float)
    beta = back @ np.asarray(found.params)[at]
    covariance = back @ np.asarray(found.cov_params())[np.ix_(at, at)] @ back.T
    phi = float(found.params[names.index("ar.L1")]) if "ar.L1" in names else float("nan")
    df = len(model.y) - len(names) + 1  # the variance is not counted
    innovations = scale * np.asarray(found.resid)
    return SeriesFit(
        model.terms, beta, covariance, df, model.y - model.X @ beta, innovations, phi
    )  # fmt: skip
