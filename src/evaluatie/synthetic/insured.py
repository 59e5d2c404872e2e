"""Insured cost per area x year x sex x age class x category, and annual totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.dictionary.model import Feed
from evaluatie.domain import Population as Who
from evaluatie.synthetic.calendar import insured_year
from evaluatie.synthetic.coding import texts
from evaluatie.synthetic.effects import event_sizes, is_pilot, planted
from evaluatie.synthetic.population import Ints, day_number
from evaluatie.synthetic.register import age_bounds
from evaluatie.synthetic.settings import TotalProfile
from evaluatie.synthetic.shocks import area_shocks
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.truth import truth_rows
from evaluatie.synthetic.world import Drawn, World

Floats = npt.NDArray[np.float64]
Lived = tuple[Ints, ...]  # indices of (year, person, area) where somebody lived


def insured_frames(world: World) -> Drawn:
    """Return the insurer's feed and the annual totals, with the truth about insured cost."""
    years = _years(world)
    own, totals = insured_feed(world), _total_feeds(world)
    if own is None:
        return Drawn(feeds=totals, truth=_total_truth(world, years))
    drawn = draw_insured(world)
    frame = world.frame(own.id, dict(drawn.cells) | dict(drawn.categories))
    truth = [*drawn.truth, *_total_truth(world, years)]
    return Drawn(feeds={own.id: frame} | totals, truth=truth)


@dataclass(frozen=True)
class Insured:
    """What the insurer's feed is made of.

    Attributes
    ----------
    cells : mapping of str to array (cells,)
        Columns of the feed: area, year, sex, age class and who is behind the cell.
    categories : mapping of str to array (cells,)
        EUR per category of care.
    truth : list of rows
        What the pilot did.
    """

    cells: Mapping[str, Any]
    categories: Mapping[str, Floats]
    truth: list[dict[str, Any]]


def draw_insured(world: World) -> Insured:
    """Draw what the insured cost, and add it up to the insurer's cells."""
    years = _years(world)
    usual = world.once("insured", lambda: _usual(world, years))
    change, shift = _changes(world, usual)
    year, _, area = usual.lived
    base = usual.cost * (1 + shift)[year, area]
    observed = base * (1 + change)[year, area]
    cells, filled, categories = world.once("insured cells", lambda: _cells(world, usual))
    amount = np.bincount(usual.cell, observed)[filled]
    euros = {name: np.round(amount * part, 2) for name, part in categories.items()}
    return Insured(cells, euros, _truth(world, years, usual, base, observed))


@dataclass(frozen=True)
class Usual:
    """What the insured cost without shocks, events and pilot: the same in every scenario.

    Attributes
    ----------
    person : array (persons,)
        Who is insured; indices into the population.
    lived : arrays (parts,)
        Year, position in ``person`` and area, for each area somebody lived in during a year.
    time, cost : array (parts,)
        Years lived there, and EUR of that part of the year.
    cell : array (parts,)
        Cell of the insurer's feed.
    mean : array (years,)
        EUR per insured year.
    """

    person: Ints
    lived: Lived
    time: Floats
    cost: Floats
    cell: Ints
    mean: Floats


def _usual(world: World, years: range) -> Usual:
    insured = stream(world.seed, "insured", "who").random(world.people.persons)
    person = np.flatnonzero(insured < world.insured.market_share)
    time = np.array([_residence(world, year, person) for year in years])  # years, persons, areas
    cost = _person_costs(world, person, years)
    mean = (cost * time.sum(axis=2)).sum(axis=1) / time.sum(axis=(1, 2))
    lived = np.nonzero(time > 0)
    parts = time[lived]
    yearly = cost[lived[0], lived[1]] * parts
    return Usual(person, lived, parts, yearly, _cell_of(world, person, lived), mean)


def _years(world: World) -> range:
    first, last = world.study.cost_years
    return range(first, last + 1)


def _residence(world: World, year: int, person: Ints | slice = slice(None)) -> Floats:
    """Return years lived in each area in a calendar year, nothing before birth."""
    start, end = day_number(date(year, 1, 1)), day_number(date(year + 1, 1, 1))
    lived = world.people.residence_years(start, end, len(world.study.areas), person)
    return np.asarray(lived * (world.people.birth_year[person] <= year)[:, None])


def _person_costs(world: World, person: Ints, years: range) -> Floats:
    """Return the yearly cost of each insured person, current prices; shape (years, persons).

    Notes
    -----
    log cost = age slope + deprivation + a persistent and a passing normal component; scaled so
    that the mean over the insured of the areas is the configured cost per insured year.
    """
    rng, profile = stream(world.seed, "insured", "cost"), world.insured
    people = world.people
    stays = rng.standard_normal(len(person)) * np.sqrt(profile.persistent_share)
    passes = rng.standard_normal((len(years), len(person))) * np.sqrt(1 - profile.persistent_share)
    age = np.array(years)[:, None] - people.birth_year[person]
    log = profile.age_slope * np.clip(age, 0, 90) / 10 + profile.log_sd * (stays + passes)
    placed = world.deprivation(people.first_area[people.household[person]])
    level = np.exp(log - profile.log_sd**2 / 2 + profile.deprivation * placed)
    typical = np.exp(log - profile.log_sd * (stays + passes) + profile.deprivation * placed).mean()
    growth = (1 + profile.growth) ** (np.array(years) - profile.year)
    return np.asarray(profile.eur_per_resident * level / typical * growth[:, None])


def _changes(world: World, usual: Usual) -> tuple[Floats, Floats]:
    """Return the share by which cost changes per year and area: by the pilot, by all else.

    Notes
    -----
    A planted size (EUR per insured year, price level of the study) of a wave holds for the
    calendar year before the wave; later years keep the last size.
    """
    study, profile = world.study, world.insured
    years = np.array(_years(world))
    rng = stream(world.seed, "insured", "shocks")
    shock = area_shocks(rng, world.shock(profile.shock), len(years), len(study.areas), 1)[:, :, 0]
    mean = usual.mean
    price = np.array([world.codebook.price_factor(int(y), study.price_level) for y in years])
    change = np.zeros((len(years), len(study.areas)))
    for indicator in world.codebook.indicators.values():
        if indicator.kind != "insured_cost" or profile.law not in indicator.laws:
            continue
        effect = planted(world, indicator.id)
        events = event_sizes(world, indicator.id)
        pilot = is_pilot(study)
        for wave, size in zip(study.waves, effect, strict=True):
            now = (years >= insured_year(wave))[:, None] & pilot
            now &= (years >= study.pilot_start.year)[:, None]
            change = np.where(now, (size / (mean * price))[:, None], change)
        for wave, row in zip(study.waves, events, strict=True):
            now = (years == insured_year(wave))[:, None]
            shock = shock + np.where(now, row / (mean * price)[:, None], 0.0)
    return change, shock


def _truth(
    world: World, years: range, usual: Usual, base: Floats, observed: Floats
) -> list[dict[str, Any]]:
    """Return what the pilot did to cost per insured year in the year before each wave."""
    pilot, rows = is_pilot(world.study), list[dict[str, Any]]()
    shape = (len(years), len(pilot))
    place, size = np.ravel_multi_index((usual.lived[0], usual.lived[2]), shape), np.prod(shape)
    gains = np.bincount(place, observed - base, minlength=int(size)).reshape(shape)
    weights = np.bincount(place, usual.time, minlength=int(size)).reshape(shape)
    for indicator in _asked(world, "insured_cost", world.insured.law):
        for wave in world.study.waves:
            if (year := insured_year(wave)) not in years:
                continue
            index = year - years[0]
            price = world.codebook.price_factor(year, world.study.price_level)
            weight = weights[index, pilot]
            gain = gains[index, pilot] * price / weight
            unit = f"EUR_{world.study.price_level}/insured_year"
            rows += truth_rows(indicator, wave.id, str(Who.INSURED), unit, gain, weight)
    return rows


def _total_truth(world: World, years: range) -> list[dict[str, Any]]:
    """Return zero for annual totals: the pilot does not touch them in any scenario."""
    unit, rows = f"EUR_{world.study.price_level}/resident/year", list[dict[str, Any]]()
    for profile in world.settings.totals:
        for indicator in _asked(world, "annual_total", profile.law):
            for wave in world.study.waves:
                if insured_year(wave) in years:
                    who = str(Who.CURRENT_RESIDENTS)
                    rows += truth_rows(indicator, wave.id, who, unit, np.zeros(1), np.ones(1))
    return rows


def _asked(world: World, kind: str, law: str) -> list[str]:
    """Return the indicators of a kind and law that a question is about."""
    asked = {question.indicator for question in world.questions}
    found = (i for i in world.codebook.indicators.values() if i.kind == kind and law in i.laws)
    return [indicator.id for indicator in found if indicator.id in asked]


def _shape(world: World) -> tuple[int, int, int, int]:
    """Return the numbers of years, areas, sexes and age classes."""
    return len(_years(world)), len(world.study.areas), 2, len(_age_classes(world))


def _age_classes(world: World) -> list[str]:
    """Return the age classes of the insurer's feed, from young to old."""
    feed = insured_feed(world)
    columns = feed.columns if feed else ()
    classes = next(c for c in columns if c.name == "age_class").codes.values()
    return sorted(classes, key=age_bounds)


def _cell_of(world: World, person: Ints, lived: Lived) -> Ints:
    """Return the cell of the feed that each part of a person's year falls in."""
    year, one, area = lived
    lower = np.array([age_bounds(name)[0] for name in _age_classes(world)])
    age = np.array(_years(world))[year] - world.people.birth_year[person[one]]
    band = np.searchsorted(lower, np.maximum(age, 0), side="right") - 1
    woman = world.people.woman[person[one]]
    return np.asarray(np.ravel_multi_index((year, area, woman, band), _shape(world)))


def _cells(world: World, usual: Usual) -> tuple[dict[str, Any], Ints, dict[str, Floats]]:
    """Return the columns of the cells with anybody in them, which these are, and their shares."""
    names = _age_classes(world)
    size = int(np.prod(_shape(world)))
    insured_years = np.bincount(usual.cell, usual.time, minlength=size)
    filled = np.flatnonzero(insured_years > 0)
    year, area, woman, band = np.unravel_index(filled, _shape(world))
    columns: dict[str, Any] = {
        "area_code": world.area_codes(area),
        "year": np.array(_years(world))[year],
        "sex": texts(["m", "v"])[woman],
        "age_class": texts(names)[band],
        "insured_persons": np.bincount(usual.cell, minlength=size)[filled],
        "insured_years": np.round(insured_years[filled], 2),
    }
    lower = np.array([age_bounds(name)[0] for name in names])
    return columns, filled, _categories(world, woman, lower[band])


def _feed(world: World, kind: str, law: str) -> Feed | None:
    """Return the feed of the study that holds the annual amounts of a law."""
    indicators = world.codebook.indicators.values()
    found = (i.feed for i in indicators if i.kind == kind and law in i.laws and world.has(i.feed))
    return next((world.codebook.feeds[feed] for feed in found), None)


def insured_feed(world: World) -> Feed | None:
    """Return the insurer's feed, where the study has one."""
    profile = world.settings.insured
    return _feed(world, "insured_cost", profile.law) if profile else None


def _total_feeds(world: World) -> dict[str, pd.DataFrame]:
    found = ((_feed(world, "annual_total", p.law), p) for p in world.settings.totals)
    return {feed.id: _totals(world, feed, profile) for feed, profile in found if feed}


def _categories(world: World, woman: Ints, lower: Ints) -> dict[str, Floats]:
    """Return the share of each category in each cell; some only occur for some women."""
    profile = world.insured
    rng = stream(world.seed, "insured", "categories")
    share = np.array(list(profile.categories.values()))
    spread = profile.category_spread * rng.standard_normal((len(woman), len(share)))
    part = share * np.exp(spread - profile.category_spread**2 / 2)
    low, high = profile.women_ages
    may = (woman == 1) & (lower + 4 >= low) & (lower <= high)
    for index, name in enumerate(profile.categories):
        if name in profile.women_only:
            part[:, index] *= may * 5.0  # about a fifth of the residents are women of these ages
    part /= part.sum(axis=1, keepdims=True)
    return {name: part[:, index] for index, name in enumerate(profile.categories)}


def _totals(world: World, feed: Feed, profile: TotalProfile) -> pd.DataFrame:
    """Return the annual totals of a law: one row per area and year."""
    rng, years = stream(world.seed, "insured", "total", profile.law), _years(world)
    areas = len(world.study.areas)
    people = np.array([_residence(world, year).sum(axis=0) for year in years])
    growth = (1 + profile.growth) ** (np.array(years) - profile.year)
    noise = np.exp(profile.noise * rng.standard_normal(people.shape) - profile.noise**2 / 2)
    users = rng.poisson(profile.users_per_resident * people)
    amount = profile.eur_per_resident * people * growth[:, None] * noise
    columns = {
        "area_code": world.area_codes(np.tile(np.arange(areas), len(years))),
        "year": np.repeat(np.array(years), areas),
        "users": users.ravel(),
        "amount_eur": np.round(amount.ravel(), 2),
    }
    return world.frame(feed.id, columns)
