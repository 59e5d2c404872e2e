"""Neighbourhood x period shocks with serial correlation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evaluatie.synthetic.settings import ShockProfile

Floats = npt.NDArray[np.float64]


def autoregressive(
    rng: np.random.Generator, periods: int, shape: tuple[int, ...], serial: float
) -> Floats:
    """Draw stationary AR(1) series with unit variance; shape (periods, *shape).

    Notes
    -----
    x[0] ~ N(0, 1); x[t] = serial x[t-1] + sqrt(1 - serial^2) e[t].
    """
    noise = rng.standard_normal((periods, *shape))
    series = np.empty_like(noise)
    series[0] = noise[0]
    for t in range(1, periods):
        series[t] = serial * series[t - 1] + np.sqrt(1 - serial**2) * noise[t]
    return series


def area_shocks(
    rng: np.random.Generator, profile: ShockProfile, periods: int, areas: int, outcomes: int
) -> Floats:
    """Draw shocks in units of the outcome SD; shape (periods, areas, outcomes).

    A share ``common`` of the variance is the same for every outcome of an area and period.
    """
    common = autoregressive(rng, periods, (areas, 1), profile.serial)
    own = autoregressive(rng, periods, (areas, outcomes), profile.serial)
    mixed = np.sqrt(profile.common) * common + np.sqrt(1 - profile.common) * own
    return np.asarray(profile.sd_share * mixed)
