"""Enrolment of households because they are expensive: by a threshold, or by who meets them."""

from __future__ import annotations

from datetime import date

import numpy as np

from evaluatie.synthetic.calendar import MONTHS, QUARTER, Months, study_months
from evaluatie.synthetic.care import Floats, draw_episodes, draw_records, household_propensity
from evaluatie.synthetic.effects import is_pilot
from evaluatie.synthetic.population import AWAY, Ints, day_number
from evaluatie.synthetic.settings import HighCostProfile
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.world import World

LOG_UNIT = 1000.0  # EUR per year; below it cost hardly tells households apart


def chosen_for_cost(
    world: World, profile: HighCostProfile, start: date, days: int, number: int
) -> tuple[Ints, Ints]:
    """Return households of the pilot areas and the day each was enrolled, in order of enrolment.

    Parameters
    ----------
    profile : HighCostProfile
        How they are chosen.
    start : date
        Start of the project.
    days : int
        Length of the period of enrolment.
    number : int
        Households to choose; fewer where fewer can be chosen.

    Notes
    -----
    A share is nominated: every month some, with a chance that rises with cost over the last
    quarter as a professional perceives it, with lognormal noise. The others come from a review at
    the start and after each year: at random among the most expensive over the last twelve months.
    Cost is what is allocated without the pilot: the same in every scenario. Nothing that happens
    later plays a part, so that all that falls afterwards falls by itself.
    """
    rng = stream(world.seed, "process", "selected")
    months = study_months(world.study, world.codebook)
    cost = allocated_by_month(world, months)
    first = int(months.index_of(np.array([day_number(start)]))[0])
    last = int(months.index_of(np.array([day_number(start) + days]))[0])
    moments = [*range(first + 1, last + 1)]
    reviews = [*range(first + 1, last + 1, MONTHS)]
    nominated = round(number * profile.nominated_share)
    free = np.ones(len(cost), dtype=bool)
    found: list[tuple[Ints, Ints]] = []
    for month in moments:
        here = free & _in_pilot(world, int(months.first[month]))
        wanted = _part(nominated, moments, month)
        some = _nominated(rng, profile, cost[:, month - QUARTER : month], here, wanted)
        here[some] = False
        if month in reviews:
            window = cost[:, month - MONTHS : month].sum(axis=1)
            wanted = _part(number - nominated, reviews, month)
            some = np.concatenate([some, _reviewed(rng, profile, window, here, wanted)])
        free[some] = False
        length = int(months.length[month])
        found.append((some, months.first[month] + np.sort(rng.integers(0, length, len(some)))))
    household, day = (np.concatenate(part) for part in zip(*found, strict=True))
    return household, day


def allocated_by_month(world: World, months: Months) -> Floats:
    """Return EUR of support allocated without the pilot, households x months, own prices."""
    care = world.care
    episodes = draw_episodes(world, household_propensity(world))
    records = draw_records(world, episodes)
    live = np.flatnonzero(~records.void)
    begin = np.maximum(months.index_of(records.start[live]), 0)
    until = np.minimum(months.index_of(records.end[live]), months.count - 1)
    number = np.maximum(until - begin + 1, 0)
    record = np.repeat(live, number)
    month = np.arange(len(record)) - np.repeat(np.cumsum(number) - number - begin, number)
    held = np.minimum(records.end[record] + 1, months.first[month + 1]) - np.maximum(
        records.start[record], months.first[month]
    )
    times = np.array([care.frequency_per_month[p.frequency] for p in care.products])
    episode = records.episode[record]
    amount = records.volume[record] * records.rate[record] * times[episodes.product[episode]]
    cell = episodes.household[episode] * months.count + month
    total = np.bincount(
        cell, amount * held / months.length[month], world.people.households * months.count
    )
    return np.asarray(total).reshape(world.people.households, months.count).astype(np.float64)


def _in_pilot(world: World, day: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    area = world.people.household_area(day)
    return np.asarray((area != AWAY) & is_pilot(world.study)[np.maximum(area, 0)])


def _part(number: int, moments: list[int], month: int) -> int:
    """Return how many of ``number`` fall on this moment when they are spread evenly."""
    place = moments.index(month)
    return number * (place + 1) // len(moments) - number * place // len(moments)


def _nominated(
    rng: np.random.Generator,
    profile: HighCostProfile,
    recent: Floats,
    here: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    wanted: int,
) -> Ints:
    """Draw without replacement, with a chance that rises with perceived cost of the last months."""
    able = np.flatnonzero(here)
    yearly = recent[able].sum(axis=1) * MONTHS / QUARTER
    perceived = np.log1p(yearly / LOG_UNIT) + profile.perception_sd * rng.standard_normal(len(able))
    score = profile.steepness * perceived + rng.gumbel(size=len(able))
    return able[np.argsort(-score, kind="stable")[:wanted]]


def _reviewed(
    rng: np.random.Generator,
    profile: HighCostProfile,
    window: Floats,
    here: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    wanted: int,
) -> Ints:
    """Draw at random among the most expensive of the last year."""
    limit = np.quantile(window[here], 1 - profile.top_share)
    able = np.flatnonzero(here & (window >= limit) & (window > 0))
    return rng.choice(able, min(wanted, len(able)), replace=False)
