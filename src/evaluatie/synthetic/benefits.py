"""Participatiewet benefits: spells of households with an adult below pension age."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from evaluatie.synthetic.coding import days
from evaluatie.synthetic.population import AWAY, NEVER, Ints, Population, day_number
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.world import World

DAYS_PER_YEAR = 365.25


def benefit_frame(world: World) -> Any:
    """Return one row per spell; at most one household spell at a time."""
    rng, profile = stream(world.seed, "cost", "benefits"), world.benefits
    people, study = world.people, world.study
    first, last = study.cost_years
    begin, stop = day_number(date(first, 1, 1)), day_number(date(last + 1, 1, 1))
    holder = _holder(world)
    eligible = np.flatnonzero(holder >= 0)
    weight = np.exp(profile.deprivation * world.deprivation(people.first_area[eligible]))
    weight *= rng.gamma(0.35, 1 / 0.35, len(eligible))  # most households never need it
    present = (people.household_area((begin + stop) // 2) != AWAY)[eligible].sum()
    # on benefits = starts per year x mean years; spells that began before the cost years count
    warm = 2 * profile.years
    starts = profile.share * present / profile.years * ((stop - begin) / DAYS_PER_YEAR + warm)
    count = rng.poisson(starts * len(eligible) / present)
    household = rng.choice(eligible, count, p=weight / weight.sum())
    start = (
        begin
        - int(warm * DAYS_PER_YEAR)
        + (rng.random(count) * (stop - begin + warm * DAYS_PER_YEAR)).astype(np.int64)
    )
    end = start + 30 + rng.exponential(profile.years * DAYS_PER_YEAR, count).astype(np.int64)
    return _frame(world, holder, household, start, np.minimum(end, people.leaves[household] - 1))


def _holder(world: World) -> Ints:
    """Return the oldest eligible adult of each household, -1 where there is none."""
    people, (low, high) = world.people, world.benefits.ages
    middle = sum(world.study.cost_years) // 2
    age = middle - people.birth_year
    able = np.flatnonzero((age >= low) & (age <= high))
    holder = np.full(people.households, -1)
    order = able[np.argsort(age[able], kind="stable")]
    holder[people.household[order]] = order
    return holder


def _frame(world: World, holder: Ints, household: Ints, start: Ints, end: Ints) -> Any:
    people, profile = world.people, world.benefits
    begin = day_number(date(world.study.cost_years[0], 1, 1))
    start = np.maximum(np.maximum(start, people.enters[household]), begin)
    keep = (end > start + 30) & (people.area_of(household, start) != AWAY)
    household, start, end = household[keep], start[keep], end[keep]
    apart = _apart(household, start, end)
    household, start, end = household[apart], start[apart], end[apart]
    extracted = day_number(world.settings.extracted_on)
    known = start <= extracted
    household, start, end = household[known], start[known], end[known]
    adults = _adults(people, world)[household]
    amounts = profile.amount_month_eur
    amount = np.where(adults > 1, amounts["couple"], amounts["single"])
    columns = {
        "person_id": world.person_ids[holder[household]],
        "household_id": world.household_ids[household],
        "start": days(start),
        "end": days(np.minimum(end, NEVER), end > extracted),
        "amount_month_eur": np.round(amount * 1.0, 2),
    }
    return world.frame("benefits", columns)


def _apart(household: Ints, start: Ints, end: Ints) -> Ints:
    """Return the spells, ordered, that do not overlap an earlier spell of the household."""
    order = np.lexsort((start, household))
    chosen, busy = [], dict[int, int]()
    for row in order:
        if start[row] > busy.get(int(household[row]), -1):
            chosen.append(row)
            busy[int(household[row])] = int(end[row])
    return np.array(chosen, dtype=np.int64)


def _adults(people: Population, world: World) -> Ints:
    """Return the number of adults under pension age or over it in each household."""
    adult = people.birth_year <= sum(world.study.cost_years) // 2 - world.benefits.ages[0]
    return np.bincount(people.household, weights=adult, minlength=people.households).astype(int)
