"""Declared lines, month by month, with and without the pilot."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from evaluatie.synthetic.calendar import MONTHS, QUARTER, Months
from evaluatie.synthetic.care import Episodes, Floats, Records
from evaluatie.synthetic.population import AWAY, Ints, day_number
from evaluatie.synthetic.shocks import area_shocks
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.world import World

NOTHING_DELIVERED = 0.03  # share of months in which nothing is delivered
OVERCHARGE = 1.25  # a line that is credited later was this much too high
DEPARTS_SHARE, DEPARTS = 0.05, 1.08  # lines declared above what was delivered, and by how much


@dataclass(frozen=True)
class Lines:
    """One row per record and month in which something was delivered.

    Attributes
    ----------
    record, month, area : array (lines,)
        Indices of the record, the month and the area of residence in that month.
    per_volume : array (lines,)
        Volume delivered per unit of allocated volume.
    charge : array (lines,)
        Declared amount (in the end) divided by delivered volume x rate.
    credited : array (lines,)
        Whether the line was first declared too high, taken back and declared again.
    """

    record: Ints
    month: Ints
    area: Ints
    per_volume: Floats
    charge: Floats
    credited: npt.NDArray[np.bool_]

    def take(self, rows: Ints) -> Lines:
        """Return these lines."""
        return Lines(*(getattr(self, f.name)[rows] for f in fields(self)))

    def delivered(self, volume: Floats) -> Floats:
        """Return the volume delivered on each line given the allocated volume per record."""
        return np.round(volume[self.record] * self.per_volume, 2)

    def amount(self, volume: Floats, rate: Floats) -> Floats:
        """Return the EUR declared on each line, after corrections."""
        return np.round(self.delivered(volume) * rate[self.record] * self.charge, 2)


def draw_lines(world: World, months: Months, episodes: Episodes, records: Records) -> Lines:
    """Draw what is delivered in each month of each record.

    Notes
    -----
    delivered = volume x frequency per month x share of the month x delivered share x season x
    neighbourhood-quarter shock x what was possible in the COVID months.
    """
    usual = world.once("lines", lambda: _usual_lines(world, months, episodes, records))
    level = _level(world, months)[usual.month, usual.area]
    return replace(usual, per_volume=usual.per_volume * level)


def _usual_lines(world: World, months: Months, episodes: Episodes, records: Records) -> Lines:
    """Draw the lines without season and shocks: the same in every scenario."""
    rng, care = stream(world.seed, "cost", "lines"), world.care
    live = np.flatnonzero(~records.void)
    first = months.index_of(records.start[live])
    last = np.minimum(months.index_of(records.end[live]), months.count - 1)
    number = np.maximum(last - first + 1, 0)
    record = np.repeat(live, number)
    month = np.arange(len(record)) - np.repeat(np.cumsum(number) - number - first, number)
    begin = np.maximum(records.start[record], months.first[month])
    until = np.minimum(records.end[record] + 1, months.first[month + 1])
    covered = (until - begin) / months.length[month]
    area = world.people.area_of(episodes.household[records.episode[record]], begin)
    share = np.clip(rng.normal(care.delivered_share, 0.12, len(record)), 0.2, 1.1)
    frequency = np.array([care.frequency_per_month[p.frequency] for p in care.products])
    times = frequency[episodes.product[records.episode]][record]
    keep = (area != AWAY) & (rng.random(len(record)) >= NOTHING_DELIVERED)
    charge = np.where(rng.random(len(record)) < DEPARTS_SHARE, DEPARTS, 1.0)
    credited = rng.random(len(record)) < care.credit_share
    columns = (record, month, area, times * covered * share, charge, credited)
    return Lines(*(column[keep] for column in columns))


def _level(world: World, months: Months) -> Floats:
    """Return season x COVID x shock per month and area; shape (months, areas)."""
    care = world.care
    season = 1 + care.seasonality * np.cos(2 * np.pi * np.arange(months.count) / MONTHS)
    for day, possible in care.covid_delivery.items():
        season[months.first[:-1] == day_number(day)] *= possible
    rng = stream(world.seed, "cost", "shocks")
    quarters = months.count // QUARTER
    shock = area_shocks(rng, world.shock(care.shock), quarters, len(world.study.areas), 1)[:, :, 0]
    return np.asarray(season[:, None] * np.exp(np.repeat(shock, QUARTER, axis=0)))
