"""Mean time without the event up to a horizon: the number of durations that a reader can add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats
from evaluatie.methods.survival.kaplan_meier import kaplan_meier
from evaluatie.methods.survival.spells import Spells


@dataclass(frozen=True)
class RestrictedMean:
    """A restricted mean survival time.

    Attributes
    ----------
    estimate : float
        Area under the survival curve up to ``horizon``.
    horizon : float
        In the unit of time.
    greenwood_error : float
        Standard error if all spells are independent (as ``survRM2::rmst2``).
    robust_error : float
        Standard error with the clusters of the spells as independent units.
    influence : ndarray of float, shape (n,)
        Weighted influence of each spell on the estimate; sums to 0.
    """

    estimate: float
    horizon: float
    greenwood_error: float
    robust_error: float
    influence: Floats


def restricted_mean(data: Spells, horizon: float) -> RestrictedMean:
    """Estimate the mean time without the event, restricted to ``horizon``.

    Parameters
    ----------
    data : Spells
        States above 0 are all the same event.
    horizon : float
        End of the time that counts, above 0.

    Returns
    -------
    RestrictedMean

    Raises
    ------
    RefusedError
        The curve does not reach the horizon: nobody was followed so far and it is not yet 0.

    Notes
    -----
    ``m = int_0^h S(t) dt``. Greenwood: ``sum_{u <= h} A(u)^2 d / (Y (Y - d))`` with
    ``A(u) = int_u^h S``. Robust: with ``I_i = - sum_{u <= h} A(u) (dN_i - Y_i d/Y) / (Y - d)``, the
    sum over clusters of the squared sums of ``w_i I_i`` (infinitesimal jackknife). With one spell
    per cluster and no weights the two are equal. ASSUMPTIONS and MISSING-DATA RULE as `spells`.

    References
    ----------
    Royston & Parmar (2013), BMC Med Res Methodol 13:152. ``print(survfit(), rmean = )``;
    ``survRM2::rmst2``; ``survfit(cluster =)``.
    """
    curve = kaplan_meier(data)
    finished = len(curve.survival) > 0 and curve.survival[-1] == 0
    if not horizon > 0 or (horizon > curve.last and not finished):
        raise RefusedError(
            f"a horizon of {horizon:g} cannot be reached",
            allowed=f"above 0 and at most {curve.last:g}, the longest time that was observed",
        )
    inside = curve.times <= horizon
    knots = np.concatenate([[0.0], curve.times[inside], [horizon]])
    area = np.concatenate([[1.0], curve.survival[inside]]) * np.diff(knots)
    left = np.zeros(len(curve.times))
    left[inside] = area.sum() - np.cumsum(area)[:-1]
    d, y = data.events(), data.at_risk
    open_ = y - d > 1e-9 * y  # where all end, nothing is left to lose
    per = np.divide(left, y - d, out=np.zeros_like(left), where=open_)
    greenwood = float(np.sum(left**2 * np.divide(d, y * (y - d), out=0 * d, where=open_)))
    influence = -data.at_own_time(per) + data.while_at_risk(per * d / y)
    return RestrictedMean(
        float(area.sum()),
        float(horizon),
        float(np.sqrt(greenwood)),
        float(np.sqrt(data.robust_variance(influence))),
        data.weight * influence,
    )


def restricted_difference(
    first: tuple[Spells, RestrictedMean], second: tuple[Spells, RestrictedMean]
) -> tuple[float, float]:
    """Return first minus second restricted mean, and its standard error.

    Parameters
    ----------
    first, second : (Spells, RestrictedMean)
        Spells and what `restricted_mean` made of them, with the same horizon. Clusters with the
        same number in both are the same units: a household may be in both.

    Raises
    ------
    RefusedError
        Different horizons.

    Notes
    -----
    The influence of a cluster on the difference is the difference of its influences, so that units
    in both groups are not counted as independent. Without such units the variance is the sum of
    the two robust variances.
    """
    (one, a), (other, b) = first, second
    if a.horizon != b.horizon:
        raise RefusedError("restricted means with different horizons cannot be compared")
    count = max(one.n_clusters, other.n_clusters)
    total = np.bincount(one.cluster, a.influence, count)
    total -= np.bincount(other.cluster, b.influence, count)
    return a.estimate - b.estimate, float(np.sqrt((total**2).sum()))
