"""Insured cost per area x year x sex x age class x category, and annual totals."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.dictionary.model import Feed
from evaluatie.domain import Population as Who
from evaluatie.synthetic.calendar import insured_year
from evaluatie.synthetic.coding import file_frame, texts
from evaluatie.synthetic.effects import event_sizes, is_pilot, planted
from evaluatie.synthetic.population import Ints, day_number
from evaluatie.synthetic.register import age_bounds
from evaluatie.synthetic.settings import TotalProfile
from evaluatie.synthetic.shocks import area_shocks
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.truth import truth_rows
from evaluatie.synthetic.world import Drawn, World

Floats = npt.NDArray[np.float64]


def insured_frames(world: World) -> Drawn:
    """Return the insurer's feed and the annual totals, with the truth about insured cost."""
    years = _years(world)
    own, totals = _insured_feed(world), _total_feeds(world)
    if own is None:
        return Drawn(feeds=totals, truth=_total_truth(world, years))
    insured = stream(world.seed, "insured", "who").random(world.people.persons)
    covered = insured < world.insured.market_share
    person = np.flatnonzero(covered)
    time = np.array([_residence(world, year)[person] for year in years])  # years, persons, areas
    cost = _person_costs(world, person, years)
    change, shift = _changes(world, time, cost)
    base = cost[:, :, None] * time * (1 + shift)[:, None, :]
    observed = base * (1 + change)[:, None, :]
    frame = _cells(world, own, person, years, time, observed)
    truth = [*_truth(world, years, time, base, observed), *_total_truth(world, years)]
    return Drawn(feeds={own.id: frame} | totals, truth=truth)


def _years(world: World) -> range:
    first, last = world.study.cost_years
    return range(first, last + 1)


def _residence(world: World, year: int) -> Floats:
    """Return years lived in each area in a calendar year, nothing before birth."""
    start, end = day_number(date(year, 1, 1)), day_number(date(year + 1, 1, 1))
    lived = world.people.residence_years(start, end, len(world.study.areas))
    return np.asarray(lived * (world.people.birth_year <= year)[:, None])


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


def _changes(world: World, time: Floats, cost: Floats) -> tuple[Floats, Floats]:
    """Return the share by which cost changes per year and area: by the pilot, by all else.

    Notes
    -----
    A planted size (EUR per insured year, price level of the study) of a wave holds for the
    calendar year before the wave; later years keep the last size.
    """
    study, profile = world.study, world.insured
    years = np.array(_years(world))
    rng = stream(world.seed, "insured", "shocks")
    shock = area_shocks(rng, profile.shock, len(years), len(study.areas), 1)[:, :, 0]
    mean = (cost[:, :, None] * time).sum(axis=1).sum(axis=1) / time.sum(axis=(1, 2))
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
    world: World, years: range, time: Floats, base: Floats, observed: Floats
) -> list[dict[str, Any]]:
    """Return what the pilot did to cost per insured year in the year before each wave."""
    pilot, rows = is_pilot(world.study), list[dict[str, Any]]()
    for indicator in _asked(world, "insured_cost", world.insured.law):
        for wave in world.study.waves:
            if (year := insured_year(wave)) not in years:
                continue
            index = year - years[0]
            price = world.codebook.price_factor(year, world.study.price_level)
            weight = time[index].sum(axis=0)[pilot]
            gain = (observed - base)[index].sum(axis=0)[pilot] * price / weight
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


def _cells(
    world: World, feed: Feed, person: Ints, years: range, time: Floats, cost: Floats
) -> pd.DataFrame:
    """Add persons up to the insurer's cells; one column per category of care."""
    classes = next(c for c in feed.columns if c.name == "age_class").codes.values()
    lower = np.array(sorted(age_bounds(name)[0] for name in classes))
    names = texts(sorted(classes, key=age_bounds))
    people, areas = world.people, len(world.study.areas)
    shape = (len(years), areas, 2, len(lower))
    year, one, area = np.nonzero(time > 0)
    age = np.array(years)[year] - people.birth_year[person[one]]
    band = np.searchsorted(lower, np.maximum(age, 0), side="right") - 1
    cell = np.ravel_multi_index((year, area, people.woman[person[one]], band), shape)
    size = int(np.prod(shape))
    insured_years = np.bincount(cell, time[year, one, area], minlength=size)
    amount = np.bincount(cell, cost[year, one, area], minlength=size).astype(np.float64)
    filled = np.flatnonzero(insured_years > 0)
    at_year, at_area, woman, at_band = np.unravel_index(filled, shape)
    columns: dict[str, Any] = {
        "area_code": world.area_codes(at_area),
        "year": np.array(years)[at_year],
        "sex": texts(["m", "v"])[woman],
        "age_class": names[at_band],
        "insured_persons": np.bincount(cell, minlength=size)[filled],
        "insured_years": np.round(insured_years[filled], 2),
    }
    columns |= _categories(world, woman, lower[at_band], amount[filled])
    return file_frame(feed, columns)


def _feed(world: World, kind: str, law: str) -> Feed | None:
    """Return the feed of the study that holds the annual amounts of a law."""
    indicators = world.codebook.indicators.values()
    found = (i.feed for i in indicators if i.kind == kind and law in i.laws and world.has(i.feed))
    return next((world.codebook.feeds[feed] for feed in found), None)


def _insured_feed(world: World) -> Feed | None:
    profile = world.settings.insured
    return _feed(world, "insured_cost", profile.law) if profile else None


def _total_feeds(world: World) -> dict[str, pd.DataFrame]:
    found = ((_feed(world, "annual_total", p.law), p) for p in world.settings.totals)
    return {feed.id: _totals(world, feed, profile) for feed, profile in found if feed}


def _categories(world: World, woman: Ints, lower: Ints, amount: Floats) -> dict[str, Floats]:
    """Divide the amount of each cell over the categories; some only occur for some women."""
    profile = world.insured
    rng = stream(world.seed, "insured", "categories")
    share = np.array(list(profile.categories.values()))
    spread = profile.category_spread * rng.standard_normal((len(amount), len(share)))
    part = share * np.exp(spread - profile.category_spread**2 / 2)
    low, high = profile.women_ages
    may = (woman == 1) & (lower + 4 >= low) & (lower <= high)
    for index, name in enumerate(profile.categories):
        if name in profile.women_only:
            part[:, index] *= may * 5.0  # about a fifth of the residents are women of these ages
    part /= part.sum(axis=1, keepdims=True)
    euros = np.round(amount[:, None] * part, 2)
    return {name: euros[:, index] for index, name in enumerate(profile.categories)}


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
    return file_frame(feed, columns)
