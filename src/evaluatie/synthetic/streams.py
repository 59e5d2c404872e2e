"""Random numbers by name: a part draws the same numbers whether or not other parts are drawn."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, *names: str) -> np.random.Generator:
    """Return the generator that belongs to ``names`` under ``seed``.

    Parameters
    ----------
    seed : int
        Seed of the synthetic study, 0 or larger.
    *names : str
        What the numbers are for, e.g. ``"survey", "response"``; other names give independent
        numbers.

    References
    ----------
    numpy ``SeedSequence(entropy, spawn_key)``: streams with other spawn keys are independent.
    """
    key = tuple(zlib.crc32(name.encode()) for name in names)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
