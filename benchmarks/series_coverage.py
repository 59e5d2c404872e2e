"""Coverage of 95% intervals of the interrupted time series, the figures in their docstrings.

Run from the project root: ``python -m benchmarks.series_coverage [--series 500]``. No effect,
errors autoregressive of the first order; 20 quarters or 62 months, the start two years and eight
months in, a dummy per quarter or month: the design of the shipped study. Monte Carlo error with
500 series: one percentage point.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from functools import partial

import benchmarks.timing  # isort: skip  # noqa: F401  (one thread, before numpy)

import numpy as np

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    SeriesFit,
    SeriesSpec,
    TimeRegression,
    arima_errors,
    newey_west,
    prais_winsten,
    segmented_columns,
    time_regression,
)

RHO = (0.0, 0.4, 0.7, 0.9)
ESTIMATORS: dict[str, Callable[[TimeRegression], SeriesFit]] = {
    "newey_west": newey_west,
    "newey_west, small sample": partial(newey_west, small_sample=True),
    "prais_winsten": prais_winsten,
    "prais_winsten, small sample": partial(prais_winsten, small_sample=True),
    "arima_errors, plain": partial(arima_errors, restricted=False),
    "arima_errors": arima_errors,
}


def drawn(rng: np.random.Generator, length: int, rho: float) -> np.ndarray:
    """Return autoregressive errors from their own long run."""
    errors = rng.normal(size=length)
    errors[0] /= np.sqrt(1 - rho**2)
    for t in range(1, length):
        errors[t] += rho * errors[t - 1]
    return errors


def coverage(per_year: int, length: int, series: int) -> dict[str, list[tuple[float, ...]]]:
    """Return per estimator and rho: coverage of the step and of the end effect, share refused."""
    spec, rng = SeriesSpec(per_year, date(2017, 9, 1)), np.random.default_rng(2)
    months = np.datetime64("2015-01", "M") + np.arange(length) * (12 // per_year)
    columns = segmented_columns(months, spec)
    end = float(columns["slope_change"][-1])
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in ESTIMATORS}
    for rho in RHO:
        models = [time_regression(drawn(rng, length, rho), columns) for _ in range(series)]
        for name, estimator in ESTIMATORS.items():
            hits = []
            for model in models:
                try:
                    fit = estimator(model)
                except RefusedError:
                    continue
                intervals = (fit.of("level_change").interval(), fit.effect_at(end).interval())
                hits.append([low <= 0 <= high for low, high in intervals])
            found[name].append((*np.mean(hits, axis=0), 1 - len(hits) / series))
    return found


def main() -> None:
    """Print one line per length, estimator and effect."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, default=500)
    series = parser.parse_args().series
    for per_year, length in ((4, 20), (12, 62)):
        print(f"{length} periods, {per_year} a year; rho " + ", ".join(map(str, RHO)))
        for name, rows in coverage(per_year, length, series).items():
            for column, effect in enumerate(("step", "effect at the end", "refused")):
                print(f"  {name:28}{effect:18}" + "  ".join(f"{r[column]:.2f}" for r in rows))


if __name__ == "__main__":
    main()
