"""Who is invited in each wave and who answers: a panel, refreshment, selective response."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit

from evaluatie.synthetic.latent import Adults
from evaluatie.synthetic.population import AWAY, Ints
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.world import World

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class WaveSample:
    """The sample of one wave; indices into the adults.

    Attributes
    ----------
    invited : array (invited,)
    panel : array (invited,)
        Whether the person answered in an earlier wave.
    answered : array (respondents,)
    """

    invited: Ints
    panel: npt.NDArray[np.bool_]
    answered: Ints


def draw_samples(world: World, adults: Adults) -> tuple[WaveSample, ...]:
    """Draw the sample and the respondents of every wave.

    Panel members who still live in the areas are invited again; a refreshment sample brings the
    number invited to the agreed one. The intercept of the response model is solved so that the
    expected number of respondents is the configured one.
    """
    profile, ever = world.settings.response, np.zeros(len(adults.person), dtype=bool)
    samples = []
    for index, wave in enumerate(world.study.waves):
        rng = stream(world.seed, "survey", "response", wave.id)
        here = adults.area[index] != AWAY
        panel = np.flatnonzero(ever & here)
        fresh = np.flatnonzero(~ever & here)
        number = max(profile.invited[wave.id] - len(panel), 0)
        chosen = rng.choice(fresh, min(number, len(fresh)), replace=False)
        invited = np.sort(np.concatenate([panel, chosen]))
        logit = _logit(world, adults, index, invited, ever[invited])
        target = min(profile.respondents[wave.id], 0.95 * len(invited))
        chance = expit(logit + _intercept(logit, target))
        answered = invited[rng.random(len(invited)) < chance]
        samples.append(WaveSample(invited, ever[invited], answered))
        ever[answered] = True
    return tuple(samples)


def _logit(
    world: World, adults: Adults, wave: int, rows: Ints, panel: npt.NDArray[np.bool_]
) -> Floats:
    slope = world.settings.response
    age = np.minimum(adults.age[wave, rows], 80)
    return np.asarray(
        slope.age_slope * (age - 50) / 10
        + slope.man * (1 - world.people.woman[adults.person[rows]])
        + slope.deprivation * world.deprivation(adults.area[wave, rows])
        + slope.health * adults.health[wave, rows]
        + slope.panel * panel
    )


def _intercept(logit: Floats, target: float) -> float:
    return float(brentq(lambda b: expit(logit + b).sum() - target, -20, 20))
