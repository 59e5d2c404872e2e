"""Latent health of every adult in every wave, and the latent score of a scale."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from evaluatie.synthetic.population import AWAY, Ints, day_number
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.world import World

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Adults:
    """The people the questionnaire is about.

    Attributes
    ----------
    person : array (adults,)
        Index into the population.
    area : array (waves, adults)
        Area index at the start of a wave; AWAY for who lives elsewhere or is too young.
    age : array (waves, adults)
        Age in the calendar year of the wave.
    health : array (waves, adults)
        Latent health, mean 0 and SD 1 over the residents of the first wave.
    """

    person: Ints
    area: Ints
    age: Ints
    health: Singles

    @cached_property
    def home(self) -> Ints:
        """Area index, 0 for who has none: their values are never used."""
        return np.maximum(self.area, 0)


def draw_adults(world: World) -> Adults:
    """Draw latent health: household and person components, age, deprivation, wave noise."""
    rng, profile = stream(world.seed, "survey", "health"), world.settings.health
    people, waves = world.people, world.study.waves
    minimum_age = min(group.minimum for group in world.codebook.survey_age_groups)
    years = np.array([wave.start.year for wave in waves])
    person = np.flatnonzero(people.birth_year <= years.max() - minimum_age)
    age = years[:, None] - people.birth_year[person]
    area = np.array([people.person_area(day_number(w.start))[person] for w in waves])
    area = np.where(age >= minimum_age, area, AWAY)
    shares = np.array([profile.household_share, profile.person_share])
    household = rng.standard_normal(people.households, dtype=np.float32)[people.household[person]]
    permanent = rng.standard_normal(len(person), dtype=np.float32)
    passing = rng.standard_normal(age.shape, dtype=np.float32)
    health = (
        np.sqrt(shares[0]) * household
        + np.sqrt(shares[1]) * permanent
        + np.sqrt(max(1 - shares.sum(), 0)) * passing
        + profile.age_slope * (age - 50) / 10
        # who lives elsewhere in a wave has no area; that value is never used
        + profile.deprivation_slope * world.deprivation(np.maximum(area, 0))
    )
    first = health[0][area[0] != AWAY]
    return Adults(person, area, age, ((health - first.mean()) / first.std()).astype(np.float32))


def latent_own(
    rng: np.random.Generator, adults: Adults, persistent: float, loading: float
) -> Singles:
    """Draw sqrt(1 - loading^2) * own: what a scale does not share with health; (waves, adults).

    A share ``persistent`` of its variance stays with the person over the waves.
    """
    stays = rng.standard_normal(adults.health.shape[1], dtype=np.float32)
    passes = rng.standard_normal(adults.health.shape, dtype=np.float32)
    own = np.float32(np.sqrt(persistent)) * stays + np.float32(np.sqrt(1 - persistent)) * passes
    return np.asarray(np.float32(np.sqrt(1 - loading**2)) * own)


def latent_score(
    adults: Adults,
    own: Singles,
    loading: float,
    direction: int,
    shift: npt.NDArray[np.float64],
) -> Singles:
    """Return the latent score of one scale without the pilot; shape (waves, adults).

    Notes
    -----
    L = direction * loading * health + sqrt(1 - loading^2) * own + shift[wave, area]. ``shift``
    holds neighbourhood x wave shocks and concurrent events (SD units).
    """
    placed = np.array([s[a] for s, a in zip(shift.astype(np.float32), adults.home, strict=True)])
    score = np.float32(direction * loading) * adults.health + placed
    return np.asarray(score + own, dtype=np.float32)
