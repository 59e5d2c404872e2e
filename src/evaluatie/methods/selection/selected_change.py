"""What chosen units cost less afterwards, beside what equally selected ones did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.few_clusters import cr3, fit_clustered
from evaluatie.methods.inputs import Floats, numbers
from evaluatie.methods.intervals import interval
from evaluatie.methods.selection.equally_selected import EquallySelected
from evaluatie.methods.selection.household_months import YEAR

LEVEL = 0.95


@dataclass(frozen=True)
class Followed:
    """Cost of units before and after; shape (n,) each.

    Attributes
    ----------
    before : ndarray of float
        EUR per year over the selection window.
    cost, months : ndarray of float
        EUR over the follow-up, and the months in which the unit was observed.
    """

    before: Floats
    cost: Floats
    months: Floats


@dataclass(frozen=True)
class Spread:
    """An estimate in EUR per household per year with its uncertainty."""

    estimate: float
    std_error: float
    df: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class SelectedChange:
    """Change of the chosen units, of equally selected comparators, and the difference.

    Attributes
    ----------
    before, after, change : Spread
        Of the chosen units. ``change`` alone is no effect.
    expected_before, expected_after, expected_change : Spread
        Of the weighted comparators: what had to be expected anyway. Intervals hold for the chosen
        units as they are; only comparators vary.
    difference : Spread
        change - expected_change, households as clusters.
    difference_areas : Spread or None
        The same with areas as clusters (CR3); None where a side has one area only.
    areas : int
        Number of areas.
    """

    before: Spread
    after: Spread
    change: Spread
    expected_before: Spread
    expected_after: Spread
    expected_change: Spread
    difference: Spread
    difference_areas: Spread | None
    areas: int


def selected_change(
    chosen: Followed,
    others: Followed,
    weighting: EquallySelected,
    chosen_areas: ArrayLike,
    other_areas: ArrayLike,
) -> SelectedChange:
    """Compare the change of chosen units with that of equally selected comparators.

    Parameters
    ----------
    chosen, others : Followed
        n chosen units; m comparator rows, in the order of ``weighting``.
    weighting : EquallySelected
        From `equally_selected`.
    chosen_areas, other_areas : array_like, shape (n,) and (m,)
        Area where each lived at the month of choice.

    Raises
    ------
    RefusedError
        Nobody observed afterwards, or numbers that are missing.

    Notes
    -----
    After: ``R = 12 sum w c / sum w m``, cost over months observed, so that who leaves counts for
    the months until then. With ``z = 12 (c - R m / 12) / mean(m)`` and b the weighted regression
    of z on the covariates among comparators, the difference varies as
    ``mean(z_i - x_i'b) - sum w_j (z_j - x_j'b) / n``; its variance is the sum over households of
    the squared sums of these terms, so that the estimation of the weights is in it (residuals of
    comparators divided by 1 - leverage, as HC3; those of the chosen with n/(n-1)). Degrees of
    freedom by Satterthwaite from n - 1 and the effective number of comparators - 1. With areas as
    clusters: CR3 and its Satterthwaite df of the same residuals, regression taken as known.
    ASSUMPTIONS: those of `equally_selected`; loss during follow-up depends on the covariates only.

    References
    ----------
    Deville & Sarndal (1992) for the linearisation of calibrated weights; Bell & McCaffrey (2002).
    """
    n, w, ones = len(weighting.chosen), weighting.weights, np.ones(len(weighting.chosen))
    mine, theirs = _ratio(chosen.cost, chosen.months, ones), _ratio(others.cost, others.months, w)
    before = numbers("the cost before", chosen.before, n), numbers("it", others.before, w.size)
    starts = float(before[0].mean()), float(w @ before[1] / w.sum())
    changes = mine.level - starts[0], theirs.level - starts[1]
    e, v = _residuals(mine.z, theirs.z, weighting)
    own = float((e[0] ** 2).sum()) / (n * (n - 1))
    df = weighting.effective_n - 1
    centred = before[0] - starts[0]
    return SelectedChange(
        before=_spread(starts[0], _of_mean(centred), n - 1),
        after=_spread(mine.level, _of_mean(mine.z), n - 1),
        change=_spread(changes[0], _of_mean(mine.z - centred), n - 1),
        expected_before=_spread(starts[1], 0.0, df),
        expected_after=_spread(theirs.level, v, df),
        expected_change=_spread(changes[1], v, df),
        difference=_spread(changes[0] - changes[1], own + v, _df(own, n - 1, v, df)),
        difference_areas=_by_area(e, w, chosen_areas, other_areas, changes),
        areas=len(np.unique(np.r_[np.asarray(chosen_areas), np.asarray(other_areas)])),
    )


def observed_level(cost: ArrayLike, months: ArrayLike) -> Spread | None:
    """Return cost per unit per year of the chosen units over any stretch; None if nobody was seen.

    Parameters
    ----------
    cost, months : array_like, shape (n,)
        EUR and months observed.
    """
    amount, seen = np.asarray(cost, dtype=float), np.asarray(months, dtype=float)
    if not seen.sum() > 0 or len(amount) < 2:
        return None
    ratio = _ratio(amount, seen, np.ones(len(amount)))
    return _spread(ratio.level, _of_mean(ratio.z), len(amount) - 1)


def expected_level(weighting: EquallySelected, cost: ArrayLike, months: ArrayLike) -> Spread | None:
    """Return the same of the weighted comparators, given the chosen units as they are."""
    amount, seen = np.asarray(cost, dtype=float), np.asarray(months, dtype=float)
    if not weighting.weights @ seen > 0:
        return None
    ratio = _ratio(amount, seen, weighting.weights)
    _, variance = _residuals(np.zeros(len(weighting.chosen)), ratio.z, weighting)
    return _spread(ratio.level, variance, weighting.effective_n - 1)


@dataclass(frozen=True)
class _Ratio:
    level: float  # EUR per unit per year
    z: Floats  # linearised; its weighted mean is 0


def _ratio(cost: ArrayLike, months: ArrayLike, w: Floats) -> _Ratio:
    amount, seen = numbers("cost", cost, w.size), numbers("months", months, w.size)
    total = float(w @ seen)
    if not total > 0:
        raise RefusedError("nobody was observed afterwards")
    level = YEAR * float(w @ amount) / total
    return _Ratio(level, (YEAR * amount - level * seen) * float(w.sum()) / total)


def _residuals(
    mine: Floats, theirs: Floats, weighting: EquallySelected
) -> tuple[tuple[Floats, Floats], float]:
    """Return z minus its regression on the covariates, fitted on comparators only.

    And the variance of the weighted mean of the comparators, households as clusters.
    """
    w, b = weighting.weights, weighting.coefficients(theirs)
    e = (theirs - weighting.others @ b) / (1 - weighting.leverage)
    sums = np.bincount(weighting.unit, w * e)
    return (mine - weighting.chosen @ b, e), float((sums**2).sum()) / float(w.sum()) ** 2


def _by_area(
    e: tuple[Floats, Floats],
    w: Floats,
    chosen_areas: ArrayLike,
    other_areas: ArrayLike,
    changes: tuple[float, float],
) -> Spread | None:
    """Return the difference with areas as clusters."""
    places = np.asarray(chosen_areas), np.asarray(other_areas)
    if min(len(np.unique(place)) for place in places) < 2:
        return None
    side = np.r_[np.ones(len(e[0])), np.zeros(len(e[1]))]
    design = np.column_stack([np.ones(len(side)), side])
    weights = np.r_[np.ones(len(e[0])), w]
    y = np.r_[e[0] + changes[0], e[1] + changes[1]]
    fit = fit_clustered(y, design, np.concatenate(places), ("constant", "chosen"), weights)
    try:
        test = cr3(fit, "chosen")
    except RefusedError:  # every area has the same residual: nothing to judge areas by
        return None
    return _spread(changes[0] - changes[1], test.std_error**2, test.df)


def _of_mean(z: Floats) -> float:
    """Return the variance of the mean of n values that are centred."""
    return float((z**2).sum()) / (z.size * (z.size - 1))


def _spread(estimate: float, variance: float, df: float) -> Spread:
    std_error = float(np.sqrt(variance))
    low, high = interval(estimate, std_error, df, LEVEL)
    return Spread(estimate, std_error, df, low, high)


def _df(v1: float, df1: float, v2: float, df2: float) -> float:
    total = v1**2 / df1 + v2**2 / df2
    return (v1 + v2) ** 2 / total if total > 0 else df1
