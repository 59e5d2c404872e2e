"""Arrangements of the municipal laws: episodes of care become records of allocated products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from evaluatie.synthetic.calendar import MONTHS
from evaluatie.synthetic.population import AWAY, Ints, day_number, year_of
from evaluatie.synthetic.settings import CareProfile
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.world import World

Floats = npt.NDArray[np.float64]
WARM_UP_YEARS = 3  # episodes that run when the cost years begin started before
DAYS_PER_MONTH = 365.25 / MONTHS
LONGEST = 3.5  # cap on the length of an episode, in means


@dataclass(frozen=True)
class Episodes:
    """One row per episode of care; ``product`` indexes the products of the settings."""

    person: Ints
    household: Ints
    product: Ints
    provider: Ints
    start: Ints
    end: Ints  # last day
    moved: npt.NDArray[np.bool_]  # ended because the household left the areas
    volume: Floats  # per frequency


@dataclass(frozen=True)
class Records:
    """One row per allocated product. ``episode`` indexes the episodes."""

    episode: Ints
    start: Ints
    end: Ints  # last day
    open_ended: npt.NDArray[np.bool_]
    reason: npt.NDArray[np.object_]
    void: npt.NDArray[np.bool_]
    volume: Floats  # without the pilot
    rate: Floats


def household_propensity(world: World) -> Floats:
    """Return each household's persistent propensity to use care: mean 1, Pareto tail."""
    care = world.care
    rng = stream(world.seed, "cost", "propensity")
    pareto = rng.random(world.people.households) ** (-1 / care.pareto_shape)
    pareto = np.minimum(pareto, care.pareto_cap)
    level = pareto * np.exp(care.deprivation * world.deprivation(world.people.first_area))
    return np.asarray(level / level.mean())


def draw_episodes(world: World, propensity: Floats) -> Episodes:
    """Draw the episodes of every product, year by year, among the residents of an eligible age.

    Notes
    -----
    Part of a household's log propensity makes episodes more likely, the rest makes them heavier.
    The number of episodes follows from the law's target per resident and the expected cost of an
    episode, so that the target is met in expectation.
    """
    rng = stream(world.seed, "cost", "episodes")
    care, people = world.care, world.people
    often = (propensity**care.frequency_power)[people.household]
    heavy = (propensity ** (1 - care.frequency_power))[people.household]
    first, last = world.study.cost_years
    drawn: list[tuple[Ints, Ints, Ints]] = []
    for year in range(first - WARM_UP_YEARS, last + 1):
        begin = day_number(date(year, 1, 1))
        middle = day_number(date(max(year, first), 7, 1))
        present = np.flatnonzero(people.person_area(middle) != AWAY)
        age = (year - people.birth_year[present]).astype(np.int16)
        groups = {p.ages for p in care.products}
        of_age = {a: present[(age >= a[0]) & (age <= a[1])] for a in groups}
        eligible = [of_age[p.ages] for p in care.products]
        for law in care.eur_per_resident:
            for product, number in _expected(world, law, often, heavy, eligible, len(present)):
                share = np.cumsum(often[eligible[product]])
                count = rng.poisson(number)
                place = np.searchsorted(share, rng.random(count) * share[-1])
                day = begin + rng.integers(0, 365, count)
                drawn.append((eligible[product][place], np.full(count, product), day))
    columns = [np.concatenate(parts) for parts in zip(*drawn, strict=True)]
    return _complete(world, rng, propensity, columns[0], columns[1], columns[2])


def _expected(
    world: World,
    law: str,
    often: Floats,
    heavy: Floats,
    eligible: Sequence[Ints],
    present: int,
) -> list[tuple[int, float]]:
    """Return (product, expected number of episodes that start in a year) of one law."""
    care = world.care
    cost = {}
    for index, product in enumerate(care.products):
        if product.law != law:
            continue
        heavier = 1.0
        if product.code not in care.fixed_volume:
            weight = often[eligible[index]]
            heavier = float(weight @ heavy[eligible[index]] / weight.sum())
        per_month = care.frequency_per_month[product.frequency]
        amount = product.months * product.volume * per_month * product.rate_eur * heavier
        cost[index] = amount * care.delivered_share * care.kept_share
    mean = sum(care.products[i].weight * amount for i, amount in cost.items())
    number = care.eur_per_resident[law] * present / mean
    return [(i, number * care.products[i].weight) for i in cost]


def _complete(
    world: World,
    rng: np.random.Generator,
    propensity: Floats,
    person: Ints,
    product: Ints,
    day: Ints,
) -> Episodes:
    """Add length, volume and provider; keep what lies in the cost years and the areas."""
    care, people = world.care, world.people
    household = people.household[person]
    months = np.array([p.months for p in care.products])[product]
    length = np.minimum(rng.gamma(1.3, months / 1.3), LONGEST * months) * DAYS_PER_MONTH
    median = np.array([p.volume for p in care.products])[product]
    fixed = np.isin([p.code for p in care.products], care.fixed_volume)[product]
    noise = np.exp(care.transient_sd * rng.standard_normal(len(day)) - care.transient_sd**2 / 2)
    heavy = propensity[household] ** (1 - care.frequency_power)
    volume = median * np.where(fixed, 1.0, np.minimum(heavy * noise, care.volume_cap))
    provider = _providers(care, rng, product)
    begin = day_number(date(world.study.cost_years[0], 1, 1))
    leaves = people.leaves[household]
    end = np.minimum(day + np.maximum(length.astype(np.int64), 14), leaves - 1)
    start = np.maximum(np.maximum(day, begin), people.enters[household])
    keep = (end - start >= 14) & (people.area_of(household, start) != AWAY)
    keep &= _first_of(person, product, provider, start, keep)
    order = np.flatnonzero(keep)[np.argsort(start[keep], kind="stable")]
    moved = end == leaves - 1
    return Episodes(
        person=person[order],
        household=household[order],
        product=product[order],
        provider=provider[order],
        start=start[order],
        end=end[order],
        moved=moved[order],
        volume=np.round(volume, 2)[order],
    )


def _providers(care: CareProfile, rng: np.random.Generator, product: Ints) -> Ints:
    """Draw a provider per episode; a few large ones have most of the clients."""
    provider = np.zeros(len(product), dtype=np.int64)
    laws = np.array([p.law for p in care.products])[product]
    for law, count in care.providers.items():
        rows = np.flatnonzero(laws == law)
        share = 1 / np.arange(1, count + 1)
        provider[rows] = rng.choice(count, len(rows), p=share / share.sum())
    return provider


def _first_of(
    person: Ints, product: Ints, provider: Ints, start: Ints, keep: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Return the first kept episode of each person x product x provider: records do not overlap."""
    order = np.lexsort((start, ~keep, provider, product, person))
    key = np.column_stack([person, product, provider])[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (key[1:] != key[:-1]).any(axis=1)
    first = np.zeros(len(order), dtype=bool)
    first[order[new]] = True
    return first


def draw_records(world: World, episodes: Episodes) -> Records:
    """Cut episodes into records: a changed volume closes a record and opens a new number."""
    rng, care = stream(world.seed, "cost", "records"), world.care
    length = episodes.end - episodes.start + 1
    chances = np.minimum(length // 240, 4)
    parts = 1 + rng.binomial(chances, care.replaced_share)
    episode = np.repeat(np.arange(len(parts)), parts)
    position = np.arange(len(episode)) - np.repeat(np.cumsum(parts) - parts, parts)
    jitter = np.where(position == 0, 0.0, rng.uniform(-0.3, 0.3, len(episode)))
    cut = ((position + jitter) / parts[episode] * length[episode]).astype(np.int64)
    start = episodes.start[episode] + cut
    last = position == parts[episode] - 1
    end = np.where(last, episodes.end[episode], np.append(start[1:], 0) - 1)
    fixed = np.isin([p.code for p in care.products], care.fixed_volume)
    change = np.exp(0.25 * rng.standard_normal(len(episode)))
    same = (position == 0) | fixed[episodes.product[episode]]
    volume = np.where(same, 1.0, change) * episodes.volume[episode]
    reason = _reasons(world, episodes, episode, last, end)
    running = end > day_number(world.settings.extracted_on)
    open_ended = running & (rng.random(len(episode)) < care.open_share)
    records = Records(
        episode,
        start,
        end,
        open_ended,
        reason,
        np.zeros(len(episode), dtype=bool),
        np.maximum(np.round(volume, 2), 0.25),
        _rates(world, rng, episodes, episode, start),
    )
    return _with_void(rng, care, records)


def _reasons(
    world: World, episodes: Episodes, episode: Ints, last: npt.NDArray[np.bool_], end: Ints
) -> npt.NDArray[np.object_]:
    care = world.care
    closed = np.where(episodes.moved[episode], care.moved_code, care.ended_code)
    reason = np.where(last, closed, care.replaced_code).astype(object)
    reason[end > day_number(world.settings.extracted_on)] = None
    return reason


def _rates(
    world: World, rng: np.random.Generator, episodes: Episodes, episode: Ints, start: Ints
) -> Floats:
    """Return EUR per unit: the product's rate, a provider's difference, yearly price growth."""
    care = world.care
    base = np.array([p.rate_eur for p in care.products])[episodes.product[episode]]
    most = max(care.providers.values())
    own = 1 + 0.05 * rng.uniform(-1, 1, most)[episodes.provider[episode]]
    growth = (1 + care.price_growth) ** (year_of(start) - world.study.price_level)
    return np.asarray(np.round(base * own * growth, 2), dtype=np.float64)


def _with_void(rng: np.random.Generator, care: CareProfile, records: Records) -> Records:
    """Add records that never took effect: same start, end = start, a void reason."""
    rows = np.flatnonzero(rng.random(len(records.start)) < care.void_share)
    code = np.where(rng.random(len(rows)) < 0.3, care.old_void_code, care.void_code)
    reason = np.concatenate([records.reason, code.astype(object)])
    both = np.concatenate([np.arange(len(records.start)), rows])
    void = np.arange(len(both)) >= len(records.start)
    end = np.where(void, records.start[both], records.end[both])
    order = np.argsort(records.start[both], kind="stable")
    return Records(
        records.episode[both][order],
        records.start[both][order],
        end[order],
        (records.open_ended[both] & ~void)[order],
        reason[order],
        void[order],
        records.volume[both][order],
        records.rate[both][order],
    )
