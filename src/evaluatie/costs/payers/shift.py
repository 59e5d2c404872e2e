"""What changed for who pays: before, after, difference, and what went beyond the other areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from evaluatie.costs.payers.care_years import CareYears
from evaluatie.domain import Side, Weighting
from evaluatie.errors import RefusedError
from evaluatie.methods.areas.few_clusters import cr2, fit_clustered
from evaluatie.methods.areas.joint_randomisation import joint_contrast
from evaluatie.methods.areas.randomisation import Assignments

Floats = npt.NDArray[np.float64]
_CENTS = 100


@dataclass(frozen=True)
class Amount:
    """Euros per year with an interval; NaN ends where there is none."""

    estimate: float
    low: float = float("nan")
    high: float = float("nan")


@dataclass(frozen=True)
class Comparison:
    """Which areas are compared, and how.

    Attributes
    ----------
    assignments : Assignments
        Of the G areas, in the order of the study.
    heads : ndarray of float, shape (G,)
        People per area in the later year: the weight of an area in the interval of a difference.
    level : float
        Confidence level.
    weighting : Weighting
        How areas are combined into a side.
    """

    assignments: Assignments
    heads: Floats
    level: float
    weighting: Weighting = Weighting.RESIDENT

    def members(self, side: Side) -> npt.NDArray[np.bool_]:
        """Return which areas are on a side, shape (G,)."""
        treated = self.assignments.treated
        return treated if side is Side.PILOT else ~treated


@dataclass(frozen=True)
class Shift:
    """One cell, row, column or the whole of the matrix of laws and payers; euros per year.

    Attributes
    ----------
    before, after : mapping of Side to float
        Euros of the earlier and the later calendar year.
    difference : mapping of Side to Amount
        after - before; the interval says how unequally the areas of the side changed.
    people, elsewhere : float
        Parts of the pilot side's difference: more or fewer people at the earlier cost per person,
        and the change per person of the comparison areas. NaN with equal weights.
    beyond : Amount
        The rest: what changed in the pilot beyond the comparison areas.
    """

    before: Mapping[Side, float]
    after: Mapping[Side, float]
    difference: Mapping[Side, Amount]
    people: float
    elsewhere: float
    beyond: Amount


def shift(parts: Sequence[CareYears], before: int, after: int, areas: Comparison) -> Shift:
    """Return the shift of some kinds of care together.

    Parameters
    ----------
    parts : sequence of CareYears
        Kinds of care, each once: one cell, all of a law, of a payer, or all there is.
    before, after : int
        Positions of the two years, both known for every part.
    areas : Comparison

    Returns
    -------
    Shift

    Notes
    -----
    With ``Y_gl`` the euros and ``N_gl`` the payer's own denominator (residents, insured years) of
    care l in area g, 0 and 1 the two years, P and C the sides:

    - rate change ``r_gl = Y_gl1 / N_gl1 - Y_gl0 / N_gl0``;
    - ``beyond_l = N_Pl1 (mean_P r_gl - mean_C r_gl)``, means weighted by N_gl1 (or equal, as the
      question says): the difference in differences per person, times the pilot's own people of
      that payer. Rounded to the cent; a sum over care is the sum of these.
    - ``people_l = sum_P Y_gl0 (N_gl1 / N_gl0 - 1)`` and ``elsewhere_l = N_Pl1 mean_C r_gl``; then
      ``Y_Pl1 - Y_Pl0 = people_l + elsewhere_l + beyond_l`` for every care, so for every sum.

    Euros of a payer are added, never rates: nothing is per resident across payers.

    Interval of ``beyond``: of the sum over care, by `joint_contrast`, an effect being divided over
    care in proportion to the pilot's earlier cost; intervals are never added. With one denominator
    it is the randomisation interval of the areas' summed change, times N_P: that of the verdict on
    the same laws and windows, where that is not standardised. Interval of a difference: CR2 of the
    areas' change per head (weight: heads), times all heads, t on its Satterthwaite df; the amounts
    themselves are complete counts.

    ASSUMPTIONS: parallel change per person without the programme; areas exchangeable, all care of
    an area together. MISSING-DATA RULE: an unknown year is the caller's to leave out and name.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28:169; Rosenbaum (2002), ch. 2.
    """
    cents = [np.stack([p.cents[:, before], p.cents[:, after]]) for p in parts]
    sizes = [np.stack([p.size[:, before], p.size[:, after]]) for p in parts]
    total = np.sum(cents, axis=0)
    sums = {side: total[:, areas.members(side)].sum(axis=1) for side in Side}
    change = np.asarray(total[1] - total[0], dtype=float) / _CENTS
    pilot = areas.members(Side.PILOT)
    beyond = _beyond(cents, sizes, areas)
    people, elsewhere = float("nan"), float("nan")
    if areas.weighting is Weighting.RESIDENT:
        grown = sum(_people(c, n, pilot) for c, n in zip(cents, sizes, strict=True))
        pair = sums[Side.PILOT]
        people = grown / _CENTS
        elsewhere = (int(pair[1] - pair[0]) - grown - round(beyond.estimate * _CENTS)) / _CENTS
    return Shift(
        before={side: float(pair[0]) / _CENTS for side, pair in sums.items()},
        after={side: float(pair[1]) / _CENTS for side, pair in sums.items()},
        difference={
            side: _difference(change, sums[side], areas.members(side), areas) for side in Side
        },
        people=people,
        elsewhere=elsewhere,
        beyond=beyond,
    )


def _people(cents: npt.NDArray[np.int64], size: Floats, pilot: npt.NDArray[np.bool_]) -> int:
    """Return the cents that more people would have cost at the earlier cost per person."""
    grown = cents[0, pilot] * (size[1, pilot] / size[0, pilot] - 1)
    return int(np.rint(grown.sum()))


def _beyond(
    cents: Sequence[npt.NDArray[np.int64]], sizes: Sequence[Floats], areas: Comparison
) -> Amount:
    pilot = areas.members(Side.PILOT)
    rates = [(c[1] / n[1] - c[0] / n[0]) / _CENTS for c, n in zip(cents, sizes, strict=True)]
    own = areas.weighting is Weighting.RESIDENT
    found = joint_contrast(
        np.array(rates),
        np.array([n[1] if own else np.ones_like(n[1]) for n in sizes]),
        [float(n[1, pilot].sum()) for n in sizes],
        [abs(float(c[0, pilot].sum())) for c in cents],
        areas.assignments,
        areas.level,
    )
    estimate = float(np.rint(found.parts * _CENTS).sum()) / _CENTS
    return Amount(estimate, min(found.low, estimate), max(found.high, estimate))


def _difference(
    change: Floats,
    pair: npt.NDArray[np.int64],
    mine: npt.NDArray[np.bool_],
    areas: Comparison,
) -> Amount:
    """Return after - before with the interval from how the areas of the side differ."""
    estimate = float(pair[1] - pair[0]) / _CENTS
    heads = areas.heads[mine]
    if mine.sum() < 2 or not (heads > 0).all():
        return Amount(estimate)
    try:
        fit = fit_clustered(
            change[mine] / heads, np.ones((len(heads), 1)), np.arange(len(heads)), ["mean"], heads
        )
        test = cr2(fit, "mean")
    except RefusedError:  # all areas changed equally: nothing to make an interval of
        return Amount(estimate)
    reach = float(stats.t.ppf((1 + areas.level) / 2, test.df)) * test.std_error * heads.sum()
    return Amount(estimate, estimate - reach, estimate + reach)
