"""Between which limits a provider lies when it is like the others, by its size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluatie.methods import additive_limits, exact_share_limits, overdispersion

COVERAGE = {"inner": 0.95, "outer": 0.998}
SMALLEST, STEPS = 10, 8  # clients at the left end of a curve, and points on it


@dataclass(frozen=True)
class Spread:
    """How much the providers of a law and year differ on one measure.

    Attributes
    ----------
    target : float
        The value of all providers together.
    phi, tau2 : float
        See `overdispersion`.
    unit_error : float
        Standard error of a provider of the usual make-up with one client.
    sizes : tuple of int
        Numbers of clients at which the limits are drawn.
    share : bool
        Whether the measure is a share of people, so that it lies between 0 and 1.
    """

    target: float
    phi: float
    tau2: float
    unit_error: float
    sizes: tuple[int, ...]
    share: bool

    @property
    def method(self) -> str:
        """Name of the method in the table of estimates."""
        if self.tau2 > 0:
            return "funnel_overdispersed"
        return "funnel_exact" if self.share else "funnel"

    def error_at(self, size: int) -> float:
        """Return the standard error of a provider of the usual make-up with so many clients."""
        return self.unit_error / float(np.sqrt(size))


def spread_of(rows: pd.DataFrame, share: bool) -> Spread | None:
    """Return how much providers differ; None where they cannot: no spread, too few of them."""
    known = rows[rows["std_error"].notna() & (rows["std_error"].astype(float) > 0)]
    if len(known) < SMALLEST // 2:
        return None
    errors = known["std_error"].to_numpy(dtype=float)
    target = float(known["target"].iloc[0])
    found = overdispersion(known["estimate"].to_numpy(dtype=float), errors, target)
    people = known["n"].to_numpy(dtype=float)
    usual = float(np.median(errors * np.sqrt(people)))
    return Spread(target, found.phi, found.tau2, usual, _sizes(people), share)


def _sizes(people: np.ndarray) -> tuple[int, ...]:
    """Return round numbers of clients up to the largest provider; its own number is not told."""
    step = 10 ** max(1, int(np.log10(max(people.max(), SMALLEST))))
    largest = int(np.ceil(people.max() / step) * step)
    grid = np.geomspace(SMALLEST, max(largest, 2 * SMALLEST), STEPS)
    return tuple(dict.fromkeys(int(round(size / 5) * 5) for size in grid))


def limits(spread: Spread, std_error: float, size: float) -> Iterator[tuple[str, float, float]]:
    """Yield name, lower and upper limit of each coverage; no limits without a standard error.

    A share that differs by chance alone has exact limits; no limit lies where no value can.
    """
    if not np.isfinite(std_error) or std_error <= 0:
        return
    for name, coverage in COVERAGE.items():
        if spread.method == "funnel_exact":
            found = exact_share_limits([size], spread.target, coverage)
        else:
            found = additive_limits([std_error], spread.target, coverage, spread.tau2)
        high = float(found.high[0])
        yield name, max(0.0, float(found.low[0])), min(1.0, high) if spread.share else high
