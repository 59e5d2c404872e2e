"""Residents in households in areas, with moves: the population every feed speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.study import Study
from evaluatie.synthetic.settings import PopulationProfile, SyntheticSettings
from evaluatie.synthetic.streams import stream

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
AWAY = -1  # area index of someone who does not live in one of the study's areas
NEVER = 10**6  # a day after every other day
OLD = 70  # households with a head of at least this age leave more often
OLD_TO_MOVE = 60  # and nobody of this age or over moves in
SHORTEST_STAY = 30  # days


def day_number(day: date) -> int:
    """Return the number of days since 1970-01-01."""
    return int(np.datetime64(day, "D").astype(int))


def year_of(day: Ints) -> Ints:
    """Return the calendar year of each day number."""
    return np.asarray(pd.DatetimeIndex(day.astype("datetime64[D]")).year, dtype=np.int64)


@dataclass(frozen=True)
class Population:
    """Everyone who lives in one of the areas at some time in the study's cost years.

    Attributes
    ----------
    household : array (n,)
        Household index of a person; the other person arrays have the same length.
    woman, birth_year : array (n,)
        Sex as 0/1 and year of birth.
    first_area, second_area : array (households,)
        Index of the area before and after the move within the areas; ``second_area`` is AWAY
        where there is none.
    enters, moves, leaves : array (households,)
        Days since 1970-01-01; NEVER where it does not happen in the study.
    size : array (households,)
        Number of persons.
    """

    household: Ints
    woman: Ints
    birth_year: Ints
    first_area: Ints
    second_area: Ints
    enters: Ints
    moves: Ints
    leaves: Ints
    size: Ints

    @property
    def persons(self) -> int:
        """Number of persons in the register."""
        return len(self.household)

    @property
    def households(self) -> int:
        """Number of households in the register."""
        return len(self.size)

    def household_area(self, day: int) -> Ints:
        """Return each household's area index on a day, AWAY when it lives elsewhere."""
        inside = (self.enters <= day) & (day < self.leaves)
        area = np.where(day < self.moves, self.first_area, self.second_area)
        return np.where(inside, area, AWAY)

    def area_of(self, household: Ints, day: Ints) -> Ints:
        """Return the area index of each (household, day) pair."""
        inside = (self.enters[household] <= day) & (day < self.leaves[household])
        before = day < self.moves[household]
        area = np.where(before, self.first_area[household], self.second_area[household])
        return np.where(inside, area, AWAY)

    def person_area(self, day: int) -> Ints:
        """Return each person's area index on a day; the unborn live nowhere."""
        year = year_of(np.array([day]))[0]
        area = self.household_area(day)[self.household]
        return np.where(self.birth_year <= year, area, AWAY)

    def residence_years(
        self, start: int, end: int, areas: int, person: Ints | slice = slice(None)
    ) -> Floats:
        """Return years lived in each area between two days (end excluded); (persons, areas)."""
        years = np.zeros((self.households, areas))
        rows = np.arange(self.households)
        for area, begins, ends in (
            (self.first_area, self.enters, np.minimum(self.moves, self.leaves)),
            (self.second_area, self.moves, self.leaves),
        ):
            days = np.clip(np.minimum(ends, end) - np.maximum(begins, start), 0, None)
            years[rows, np.maximum(area, 0)] += days / (end - start)
        return np.asarray(years[self.household[person]])


def draw_population(study: Study, settings: SyntheticSettings, seed: int) -> Population:
    """Draw the households of every area with their moves over the study's cost years.

    The number of inhabitants of an area is stable in expectation: for every household that leaves
    another one enters.
    """
    rng = stream(seed, "population")
    profile = settings.population
    first, last = study.cost_years
    start, end = day_number(date(first, 1, 1)), day_number(date(last + 1, 1, 1))
    shares = np.array(profile.household_sizes) / sum(profile.household_sizes)
    mean_size = float(shares @ np.arange(1, len(shares) + 1))
    inhabitants = np.array([settings.areas[a.code].inhabitants for a in study.areas])
    initial = np.round(inhabitants / mean_size).astype(int)
    leaving = profile.leave_rate * _old_factor(profile)
    entering = rng.poisson(initial * leaving * (last + 1 - first))
    area = np.concatenate([np.repeat(np.arange(len(initial)), n) for n in (initial, entering)])
    new = np.arange(len(area)) >= initial.sum()
    order = rng.permutation(len(area))
    area, new = area[order], new[order]
    enters = np.where(new, rng.integers(start, end, len(area)), start)
    size = rng.choice(len(shares), len(area), p=shares) + 1
    household, woman, age, head = _members(rng, profile, size, new)
    rate = profile.leave_rate * np.where(head >= OLD, profile.old_leave_factor, 1.0)
    stay = rng.exponential(365.25 / np.maximum(rate, 1e-9)).astype(np.int64) + SHORTEST_STAY
    leaves = np.where(enters + stay < end, enters + stay, NEVER)
    moves, second = _inner_moves(rng, profile.move_rate, area, enters, leaves, end, inhabitants)
    born = study.pilot_start.year - age
    return Population(household, woman, born, area, second, enters, moves, leaves, size)


def _old_factor(profile: PopulationProfile) -> float:
    """Return the mean leave rate as a multiple of that of younger households."""
    total = sum(profile.head_ages.values())
    old = sum(share for lower, share in profile.head_ages.items() if lower >= OLD) / total
    old *= sum(profile.household_sizes[:2]) / sum(profile.household_sizes)  # others are parents
    return 1 + old * (profile.old_leave_factor - 1)


def _inner_moves(
    rng: np.random.Generator,
    rate: float,
    area: Ints,
    enters: Ints,
    leaves: Ints,
    end: int,
    inhabitants: Ints,
) -> tuple[Ints, Ints]:
    """Draw at most one move of a household to another area of the study."""
    wait = rng.exponential(365.25 / max(rate, 1e-9), len(area)).astype(np.int64)
    day = enters + 30 + wait
    target = rng.choice(len(inhabitants), len(area), p=inhabitants / inhabitants.sum())
    happens = (day < np.minimum(leaves, end) - 30) & (target != area)
    return np.where(happens, day, NEVER), np.where(happens, target, AWAY)


def _members(
    rng: np.random.Generator, profile: PopulationProfile, size: Ints, new: npt.NDArray[np.bool_]
) -> tuple[Ints, Ints, Ints, Ints]:
    """Draw household, sex and age of every member, and the age of every head.

    A household is a head, a partner or not, and children; parents are 25 to 56. Ages are those in
    the year the pilot starts; a child with a negative age is born later. Who moves in is young.
    """
    household = np.repeat(np.arange(len(size)), size)
    position = np.arange(len(household)) - np.repeat(np.cumsum(size) - size, size)
    head = _head_ages(rng, profile, size, new)
    lone = (size >= 3) & (rng.random(len(size)) < profile.lone_parent_share)
    adults = np.where((size == 1) | lone, 1, 2)
    partner = np.clip(head[household] + rng.integers(-4, 5, len(household)), 20, 99)
    oldest = np.clip(head - 22, 2, 21)[household]
    youngest = np.maximum(head - 40, -3)[household]
    child = youngest + (rng.random(len(household)) * (oldest - youngest + 1)).astype(np.int64)
    age = np.where(position == 0, head[household], partner)
    age = np.where(position < adults[household], age, child)
    head_woman = (rng.random(len(size)) < np.where(lone, 0.8, 0.5)).astype(np.int64)
    woman = rng.integers(0, 2, len(household))
    woman = np.where(position == 0, head_woman[household], woman)
    woman = np.where((position == 1) & (adults[household] == 2), 1 - head_woman[household], woman)
    return household, woman, age, head


def _head_ages(
    rng: np.random.Generator, profile: PopulationProfile, size: Ints, new: npt.NDArray[np.bool_]
) -> Ints:
    lower = np.array(list(profile.head_ages))
    share = np.array(list(profile.head_ages.values()))
    young = np.where(lower < OLD_TO_MOVE, share, 0.0)
    band = np.where(
        new,
        rng.choice(lower, len(size), p=young / young.sum()),
        rng.choice(lower, len(size), p=share / share.sum()),
    )
    head = band + rng.integers(0, 10, len(size))
    return np.where(size >= 3, 25 + (head - 25) % 32, head)
