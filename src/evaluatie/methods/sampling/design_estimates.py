"""Means, totals and changes of a sample design, asked once; see `Design` to ask many."""

from __future__ import annotations

from numpy.typing import ArrayLike

from evaluatie.methods.sampling.design import Design, DesignEstimate
from evaluatie.methods.sampling.residuals import Calibration


def design_mean(
    values: ArrayLike,
    weights: ArrayLike,
    strata: ArrayLike,
    clusters: ArrayLike,
    calibration: Calibration | None = None,
    domain: ArrayLike | None = None,
) -> DesignEstimate:
    """Estimate a weighted mean; of zeros and ones, a share.

    Parameters
    ----------
    values : array_like, shape (n,)
        Outcome; NaN where it is missing.
    weights, strata, clusters, calibration
        As in `Design.of`.
    domain : array_like of bool, shape (n,), optional
        Units the mean is about; the whole design is kept for the variance.

    Returns
    -------
    DesignEstimate

    Raises
    ------
    RefusedError
        No unit with a value, or one cluster per stratum throughout (no degrees of freedom).

    Notes
    -----
    ``ybar = sum_D w y / sum_D w``; influence ``z_i = w_i d_i (y_i - ybar) / sum_D w``, replaced by
    its calibration residual. Missing values leave the domain, not the design (as
    ``subset(design, !is.na(y))``), so they count as if missing at random within weights.

    References
    ----------
    Sarndal, Swensson & Wretman (1992), ch. 5-6. Agrees with ``survey::svymean``/``svyby``.
    """
    return Design.of(weights, strata, clusters, calibration).mean(values, domain)


def design_total(
    values: ArrayLike,
    weights: ArrayLike,
    strata: ArrayLike,
    clusters: ArrayLike,
    calibration: Calibration | None = None,
    domain: ArrayLike | None = None,
) -> DesignEstimate:
    """Estimate a population total, ``sum_D w y``; see `design_mean` for parameters and rules.

    References
    ----------
    Agrees with ``survey::svytotal``.
    """
    return Design.of(weights, strata, clusters, calibration).total(values, domain)


def design_change(
    values: ArrayLike,
    weights: ArrayLike,
    strata: ArrayLike,
    clusters: ArrayLike,
    later: ArrayLike,
    calibration: Calibration | None = None,
    domain: ArrayLike | None = None,
) -> DesignEstimate:
    """Estimate the mean of later rows minus the mean of earlier rows of one stacked table.

    Parameters
    ----------
    values, weights, strata, clusters, calibration, domain
        As in `design_mean`, for the rows of both waves; someone who answered twice has two rows
        with the same cluster. Calibration columns are per wave (zero in the other wave).
    later : array_like of bool, shape (n,)
        Whether a row belongs to the later wave.

    Returns
    -------
    DesignEstimate
        ``n`` counts rows, ``n_clusters`` clusters over both waves.

    Notes
    -----
    The influence of a row is that of its own wave's mean, with a minus sign in the earlier wave.
    Clusters reach over waves, so the covariance of people who answered twice is in the variance.

    References
    ----------
    Berger & Priam (2016), JRSS A 179:361; ``survey::svycontrast`` of ``svyby(~y, ~wave, covmat =
    TRUE)`` on the stacked design.
    """
    return Design.of(weights, strata, clusters, calibration).change(values, later, domain)
