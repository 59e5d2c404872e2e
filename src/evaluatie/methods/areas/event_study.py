"""Event study: the difference in every period, and the trend before the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.did import check_arms, two_way
from evaluatie.methods.areas.few_clusters import ClusteredFit, ClusterTest, cr2, fit_clustered
from evaluatie.methods.inputs import Floats, numbers, positive

SMALLEST_TREND = 3
"""Periods a slope needs: with two, a line fits whatever happened."""


@dataclass(frozen=True)
class EventStudy:
    """The difference between the arms in each period, relative to a reference period.

    Attributes
    ----------
    fit : ClusteredFit
        Two-way fit with one term per period.
    terms : mapping
        Period -> name of its term; the reference period has none.
    """

    fit: ClusteredFit
    terms: Mapping[object, str]

    def test(
        self,
        period: object,
        method: Callable[[ClusteredFit, str], ClusterTest] = cr2,
    ) -> ClusterTest:
        """Return the difference in a period, tested with ``method``."""
        if period not in self.terms:
            raise RefusedError(
                f"there is no difference for period {period}",
                allowed=", ".join(map(str, self.terms)),
            )
        return method(self.fit, self.terms[period])


def event_study(
    y: ArrayLike,
    treated: ArrayLike,
    periods: ArrayLike,
    units: ArrayLike,
    clusters: ArrayLike,
    reference: object,
    covariates: Mapping[str, ArrayLike] | None = None,
    weights: ArrayLike | None = None,
) -> EventStudy:
    """Fit the difference between treated and comparison units in every period but the reference.

    Parameters
    ----------
    y, treated, periods, units, clusters : array_like, shape (n,)
        Outcome, arm, period, unit (area or person) and cluster (area) of each row.
    reference : label of a period
        The period that differences are relative to: the last one before the start.
    covariates : mapping of str to array_like, shape (n,), optional
        What varies within a unit and the treatment cannot have changed.
    weights : array_like, shape (n,), optional
        Regression weights.

    Raises
    ------
    RefusedError
        One period, a reference that is not among the periods, an arm with fewer than two clusters.

    Notes
    -----
    ``y_it = a_i + c_t + sum_{s != reference} d_s treated_i 1[t = s] + x'g``. Differences before the
    reference are placebo effects: under parallel trends they are 0, but an interval that holds 0
    does not prove it (Roth 2022). All units must start together. Missing values are refused.

    References
    ----------
    Agrees with ``lm(y ~ factor(unit) + factor(period) + treated:period)`` and ``vcovCL``. Roth
    (2022), AER: Insights 4:305.
    """
    arm = np.asarray(treated, dtype=bool)
    when = np.asarray(periods)
    labels = list(np.unique(when))
    if len(labels) < 2 or reference not in labels:
        raise RefusedError(
            f"an event study needs the reference period {reference} and at least one other",
            allowed=", ".join(map(str, labels)),
        )
    check_arms(arm, clusters, when.size)
    terms = {label: f"effect@{label}" for label in labels if label != reference}
    columns: dict[str, ArrayLike] = {name: arm & (when == label) for label, name in terms.items()}
    columns |= covariates or {}
    return EventStudy(two_way(y, columns, units, when, clusters, weights), terms)


def trend_difference(
    values: ArrayLike,
    times: ArrayLike,
    treated: ArrayLike,
    weights: ArrayLike | None = None,
) -> ClusterTest:
    """Return the difference in slope between treated and comparison areas.

    Parameters
    ----------
    values : array_like, shape (G, T)
        Outcome of each area in each period, all before the start.
    times : array_like, shape (T,)
        When, in the unit the slope is per (years).
    treated : array_like of bool, shape (G,)
        Arm of each area.
    weights : array_like, shape (G,), optional
        Size of each area in its arm (residents); by default equal.

    Returns
    -------
    ClusterTest
        Mean slope of the treated minus that of the comparison areas, with CR2 over areas: whatever
        serial correlation or season an area has is part of how its slope differs from others.

    Raises
    ------
    RefusedError
        Fewer than three periods, fewer than two areas in an arm, missing values.

    Notes
    -----
    Slope of an area ``b_g = sum_t (t - tbar) y_gt / sum_t (t - tbar)^2``, then the (weighted)
    regression of b_g on the arm. Read the interval: it says which diverging trends these data
    allow; that it holds 0 is no proof of parallel trends (Roth 2022).

    References
    ----------
    Rambachan & Roth (2023), REStud 90:2555 on judging by the size of a pre-trend.
    """
    table = np.atleast_2d(np.asarray(values, dtype=float))
    numbers("the outcome of the areas", table.ravel())
    time = numbers("the times", times, table.shape[1])
    if np.unique(time).size < SMALLEST_TREND:
        raise RefusedError(
            f"there are {np.unique(time).size} periods before the start",
            allowed=f"at least {SMALLEST_TREND} for a trend",
        )
    centred = time - time.mean()
    return area_difference(table @ centred / (centred @ centred), treated, weights)


def area_difference(
    values: ArrayLike, treated: ArrayLike, weights: ArrayLike | None = None
) -> ClusterTest:
    """Return the (weighted) mean of treated minus comparison areas, with CR2 over the areas.

    Parameters
    ----------
    values : array_like, shape (G,)
        One number per area.
    treated : array_like of bool, shape (G,)
        Arm of each area.
    weights : array_like, shape (G,), optional
        Size of each area in its arm.

    Raises
    ------
    RefusedError
        Fewer than two areas in an arm, missing values, no variation within the arms.

    Notes
    -----
    Regression on the arm with one cluster per area; with equal weights the statistic is that of
    Welch's t test, on the Bell-McCaffrey df.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28:169.
    """
    y = numbers("the values of the areas", values)
    arm: Floats = np.asarray(treated, dtype=float)
    areas = np.arange(y.size)
    check_arms(np.asarray(treated, dtype=bool), areas, y.size)
    size = np.ones(y.size) if weights is None else positive("the area weights", weights, y.size)
    X = np.column_stack([np.ones(y.size), arm])
    return cr2(fit_clustered(y, X, areas, ("constant", "treated"), size), "treated")
