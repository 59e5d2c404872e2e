"""Sizes per wave and area: what the pilot does, and what concurrent events do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evaluatie.domain import Side
from evaluatie.study import Study
from evaluatie.synthetic.settings import SizeByWave
from evaluatie.synthetic.world import World

Floats = npt.NDArray[np.float64]


def is_pilot(study: Study) -> npt.NDArray[np.bool_]:
    """Return which areas are on the pilot side; shape (areas,)."""
    return np.array([area.side is Side.PILOT for area in study.areas])


def _by_wave(study: Study, sizes: SizeByWave) -> Floats:
    return np.array([sizes.get(wave.id, 0.0) for wave in study.waves])


def planted(world: World, indicator: str) -> Floats:
    """Return the planted effect of the pilot per wave (units of the indicator); shape (waves,)."""
    scenario = world.settings.scenarios[world.scenario]
    return _by_wave(world.study, scenario.effects.get(indicator, {}))


def event_sizes(world: World, indicator: str) -> Floats:
    """Return what concurrent events do per wave and area; shape (waves, areas)."""
    study, pilot = world.study, is_pilot(world.study)
    total = np.zeros((len(study.waves), len(study.areas)))
    for event in world.settings.events:
        if world.scenario not in event.scenarios or indicator not in event.effects:
            continue
        here = np.ones_like(pilot) if event.side == "both" else pilot == (event.side == Side.PILOT)
        total += _by_wave(study, event.effects[indicator])[:, None] * here
    return total
