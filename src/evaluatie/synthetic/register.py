"""Population feeds: register, addresses, and the tables of a statistics office."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.synthetic.coding import days, texts
from evaluatie.synthetic.population import AWAY, NEVER, Ints, day_number
from evaluatie.synthetic.world import Drawn, World

OLDEST = 130
MULTIPLE = 5  # published neighbourhood counts are rounded to multiples of this


def register_frames(world: World) -> Drawn:
    """Return the feeds ``residents`` (a row per person) and ``addresses`` (a row per spell)."""
    people = world.people
    residents = {
        "person_id": world.person_ids,
        "household_id": world.household_ids[people.household],
        "sex": texts(["m", "v"])[people.woman],
        "birth_year": people.birth_year,
    }
    return Drawn(
        feeds={
            "residents": world.frame("residents", residents),
            "addresses": address_frame(world),
        }
    )


def address_frame(world: World) -> pd.DataFrame:
    """Return one row per household and spell."""
    return world.frame("addresses", _addresses(world))


def _addresses(world: World) -> dict[str, Any]:
    """Return one row per household and spell; ``end`` is the last day, empty when it goes on."""
    people = world.people
    moved = np.flatnonzero(people.second_area != AWAY)
    household = np.concatenate([np.arange(people.households), moved])
    area = np.concatenate([people.first_area, people.second_area[moved]])
    start = np.concatenate([people.enters, people.moves[moved]])
    end = np.concatenate([np.minimum(people.moves, people.leaves), people.leaves[moved]])
    order = np.lexsort((start, household))
    household, area, start, end = household[order], area[order], start[order], end[order]
    return {
        "household_id": world.household_ids[household],
        "area_code": world.area_codes(area),
        "start": days(start),
        "end": days(np.where(end == NEVER, 0, end - 1), end == NEVER),
    }


def population_frames(world: World) -> Drawn:
    """Return ``population`` (multiples of 5) and ``population_age_sex``: 1 January of each year."""
    counts = np.array([_counted(world, year) for year in _years(world)])
    draw = {"population": _key_figures, "population_age_sex": _age_sex}
    return Drawn(
        feeds={feed: table(world, counts) for feed, table in draw.items() if world.has(feed)}
    )


def _age_sex(world: World, counts: Ints) -> pd.DataFrame:
    """Return one row per area, year, sex and age group of the feed with anybody in it."""
    feed = world.codebook.feeds["population_age_sex"]
    codes = next(column for column in feed.columns if column.name == "age_group").codes.values()
    groups = sorted(codes)
    persons = np.stack([_of_ages(counts, group) for group in groups], axis=-1)
    persons = persons.transpose(1, 0, 2, 3)  # area, year, woman, group
    area, year, woman, group = np.nonzero(persons)
    table = {
        "area_code": world.area_codes(area),
        "year": np.array(_years(world))[year],
        "sex": texts(["m", "v"])[woman],
        "age_group": texts(groups)[group],
        "persons": persons[area, year, woman, group],
    }
    return world.frame("population_age_sex", table)


def _years(world: World) -> range:
    first, last = world.study.cost_years
    return range(first, last + 1)


def _counted(world: World, year: int) -> Ints:
    """Return persons on 1 January of a year; shape (areas, sexes, ages)."""
    people = world.people
    area = people.person_area(day_number(date(year, 1, 1)))
    age = year - people.birth_year
    keep = np.flatnonzero((area != AWAY) & (age >= 0))
    shape = (len(world.study.areas), 2, OLDEST + 1)
    cell = np.ravel_multi_index((area[keep], people.woman[keep], age[keep]), shape)
    return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)


def _of_ages(counts: Ints, group: str) -> Ints:
    """Add up the ages of a group such as ``18-34``: the last axis of ``counts``."""
    low, high = age_bounds(group)
    return np.asarray(counts[..., low : high + 1].sum(axis=-1))


def age_bounds(group: str) -> tuple[int, int]:
    """Return the closed interval of an age group id such as ``18-34`` or ``75+``."""
    numbers = [int(n) for n in re.findall(r"\d+", group)]
    return numbers[0], numbers[1] if len(numbers) > 1 else OLDEST


def _key_figures(world: World, counts: Ints) -> pd.DataFrame:
    """Return one row per area and year; columns ``age_a_b`` and ``age_a_plus`` by their name."""
    feed = world.codebook.feeds["population"]
    by_sex = counts.sum(axis=-1)
    totals = {"inhabitants": by_sex.sum(axis=-1), "men": by_sex[..., 0], "women": by_sex[..., 1]}
    for column in feed.columns:
        if column.name.startswith("age_"):
            totals[column.name] = _of_ages(counts.sum(axis=2), column.name)
    area, year = np.nonzero(totals["inhabitants"].T)
    values: dict[str, Any] = {
        "area_code": world.area_codes(area),
        "year": np.array(_years(world))[year],
    }
    values |= {name: _rounded(total[year, area]) for name, total in totals.items()}
    return world.frame("population", values)


def _rounded(count: Ints) -> Ints:
    return np.asarray(np.round(count / MULTIPLE) * MULTIPLE, dtype=np.int64)
