"""Population feeds: register, addresses, and the tables of a statistics office."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.synthetic.coding import days, file_frame, texts
from evaluatie.synthetic.population import AWAY, NEVER, Ints, day_number
from evaluatie.synthetic.world import Drawn, World

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
    feeds = world.codebook.feeds
    return Drawn(
        feeds={
            "residents": file_frame(feeds["residents"], residents),
            "addresses": file_frame(feeds["addresses"], _addresses(world)),
        }
    )


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
    counts = pd.concat([_counted(world, year) for year in _years(world)], ignore_index=True)
    draw = {"population": _key_figures, "population_age_sex": _age_sex}
    return Drawn(
        feeds={feed: table(world, counts) for feed, table in draw.items() if world.has(feed)}
    )


def _age_sex(world: World, counts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per area, year, sex and age group of the feed."""
    feed = world.codebook.feeds["population_age_sex"]
    groups = next(column for column in feed.columns if column.name == "age_group").codes.values()
    parts = [
        counts[counts["age"].between(*age_bounds(group))]
        .groupby(["area", "year", "woman"], as_index=False)["persons"]
        .sum()
        .assign(age_group=group)
        for group in groups
    ]
    detailed = pd.concat(parts, ignore_index=True).sort_values(
        ["area", "year", "woman", "age_group"], ignore_index=True
    )
    table = {
        "area_code": world.area_codes(detailed["area"].to_numpy()),
        "year": detailed["year"].to_numpy(),
        "sex": texts(["m", "v"])[detailed["woman"].to_numpy()],
        "age_group": detailed["age_group"].to_numpy(dtype=object),
        "persons": detailed["persons"].to_numpy(),
    }
    return file_frame(feed, table)


def _years(world: World) -> range:
    first, last = world.study.cost_years
    return range(first, last + 1)


def _counted(world: World, year: int) -> pd.DataFrame:
    """Return persons per area, sex and age on 1 January of a year."""
    people = world.people
    area = people.person_area(day_number(date(year, 1, 1)))
    age = year - people.birth_year
    keep = (area != AWAY) & (age >= 0)
    frame = pd.DataFrame({"area": area, "woman": people.woman, "age": age})[keep]
    counted = frame.value_counts(sort=False).rename("persons").reset_index()
    return counted.assign(year=year)


def age_bounds(group: str) -> tuple[int, int]:
    """Return the closed interval of an age group id such as ``18-34`` or ``75+``."""
    numbers = [int(n) for n in re.findall(r"\d+", group)]
    return numbers[0], numbers[1] if len(numbers) > 1 else 130


def _key_figures(world: World, counts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per area and year; columns ``age_a_b`` and ``age_a_plus`` by their name."""
    feed = world.codebook.feeds["population"]
    keys = counts.groupby(["area", "year"])
    masks = {"inhabitants": counts["age"] >= 0, "men": counts["woman"] == 0}
    masks["women"] = counts["woman"] == 1
    for column in feed.columns:
        if column.name.startswith("age_"):
            masks[column.name] = counts["age"].between(*age_bounds(column.name))
    table = keys.size().reset_index()[["area", "year"]]
    values: dict[str, Any] = {
        "area_code": world.area_codes(table["area"].to_numpy()),
        "year": table["year"].to_numpy(),
    }
    for name, mask in masks.items():
        total = counts["persons"].where(mask, 0).groupby([counts["area"], counts["year"]]).sum()
        values[name] = _rounded(total.to_numpy())
    return file_frame(feed, values)


def _rounded(count: Ints) -> Ints:
    return np.asarray(np.round(count / MULTIPLE) * MULTIPLE, dtype=np.int64)
