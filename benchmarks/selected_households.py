"""Simulated households with persistent and passing cost, and two ways of choosing the expensive.

Nobody is helped unless an effect is planted: every fall in cost that is seen then is regression to
the mean. Monthly cost of a user is lognormal: a persistent part (SD of the logarithm 0.9) plus a
passing part that is autoregressive (SD 1.0, 0.85 a month); three in ten households use nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluatie.methods import (
    Cohort,
    SelectedChange,
    chosen_cohort,
    followed,
    household_months,
    selected_change,
)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
HOUSEHOLDS, MONTHS, AREAS, CHOSEN = 4000, 66, 8, 60
USERS, PERSISTENT, PASSING, SERIAL, LEVEL = 0.7, 0.9, 1.0, 0.85, 500.0
REVIEWS = (26, 38)  # months at which the twelve months before are looked at
SEASON = range(26, 50)  # months in which households are nominated
TOP = 0.9  # share of the pilot households below the threshold
NOISE = 0.7  # SD of the logarithm of what a professional perceives
STEEPNESS = {"steep": 1.5}  # of the chance of nomination in perceived cost; else 1


@dataclass(frozen=True)
class Simulated:
    """One simulated study: half the areas are the pilot."""

    cost: Floats  # households x months, EUR
    area: Integers
    unit: Integers
    month: Integers

    def compare(self, gap: int = 0) -> tuple[Cohort, SelectedChange]:
        """Return the comparison with equally selected households elsewhere."""
        panel = household_months(self.cost, np.ones(self.cost.shape, dtype=bool))
        elsewhere = np.repeat((self.area >= AREAS // 2)[:, None], self.cost.shape[1], axis=1)
        cohort = chosen_cohort(panel, self.unit, self.month, elsewhere, gap=gap)
        both = (cohort.chosen, cohort.others)
        mine, theirs = (followed(panel, part, cohort.first, cohort.last) for part in both)
        places = (self.area[part.unit] for part in both)
        return cohort, selected_change(mine, theirs, cohort.weighting, *places)


def simulate(
    rng: np.random.Generator,
    how: str,
    effect: float = 0.0,
    drift: float = 0.0,
    households: int = HOUSEHOLDS,
    chosen: int = CHOSEN,
) -> tuple[Simulated, float]:
    """Return a study and the true mean effect on the chosen (EUR per year, months 1 to 12).

    Parameters
    ----------
    how : str
        ``threshold``, ``nomination``, ``steep``, ``foresight`` or ``unmatched``, see `_choose`.
    effect : float
        Share of cost that the approach takes away from the month after choice.
    drift : float
        SD of neighbourhood x year shocks to log cost.
    """
    area = rng.integers(0, AREAS, households)
    log_cost = np.log(LEVEL) + PERSISTENT * rng.standard_normal((households, 1))
    log_cost = log_cost + PASSING * _passing(rng, households)
    if drift:
        years = np.repeat(np.arange(-(-MONTHS // 12)), 12)[:MONTHS]
        log_cost += (drift * rng.standard_normal((AREAS, years[-1] + 1)))[area][:, years]
    cost = np.exp(log_cost) * (rng.random(households) < USERS)[:, None]
    if how == "unmatched":
        cost[area >= AREAS // 2] = np.minimum(cost[area >= AREAS // 2], 800)
    unit, month = _choose(rng, how, cost, area, chosen)
    after = month[:, None] + np.arange(1, 13)
    truth = -effect * cost[unit[:, None], after].sum(axis=1).mean()
    for who, when in zip(unit, month, strict=True):
        cost[who, when + 1 :] *= 1 - effect
    return Simulated(cost, area, unit, month), float(truth)


def _passing(rng: np.random.Generator, households: int) -> Floats:
    passing = rng.standard_normal((households, MONTHS))
    for month in range(1, MONTHS):
        new = np.sqrt(1 - SERIAL**2) * passing[:, month]
        passing[:, month] = SERIAL * passing[:, month - 1] + new
    return passing


def _choose(
    rng: np.random.Generator, how: str, cost: Floats, area: Integers, number: int
) -> tuple[Integers, Integers]:
    """Choose pilot households.

    ``threshold``: at each review, at random among those above a quantile of cost over the last
    twelve months. ``nomination``: every month some, with a chance that rises with what a
    professional perceives of the last quarter's cost, noise included: they are met at a peak.
    ``steep``: the same, so steep that the dearest households are hardly ever passed over.
    ``foresight``: the same, but the professional also knows the quarter to come and chooses who
    will be cheaper; no method that looks at cost alone can see that.
    """
    pilot = area < AREAS // 2
    free = pilot.copy()
    found: list[tuple[int, int]] = []
    moments = REVIEWS if how in ("threshold", "unmatched") else tuple(SEASON)
    targets = np.diff(np.linspace(0, number, len(moments) + 1).astype(int))
    for month, wanted in zip(moments, targets, strict=True):
        if how in ("threshold", "unmatched"):
            window = cost[:, month - 12 : month].sum(axis=1)
            able = np.flatnonzero(free & (window >= np.quantile(window[pilot], TOP)))
            score = np.zeros(len(able))
        else:
            able = np.flatnonzero(free)
            recent = np.log1p(4 * cost[able, month - 3 : month].sum(axis=1) / 1000)
            score = STEEPNESS.get(how, 1.0) * recent + NOISE * rng.standard_normal(len(able))
            if how == "foresight":
                coming = np.log1p(4 * cost[able, month + 1 : month + 4].sum(axis=1) / 1000)
                score -= 0.5 * coming
        order = np.argsort(-(score + rng.gumbel(size=len(able))))[:wanted]  # chance ~ exp(score)
        free[able[order]] = False
        found += [(int(who), month) for who in able[order]]
    pairs = np.array(found, dtype=np.int64)
    return pairs[:, 0], pairs[:, 1]
