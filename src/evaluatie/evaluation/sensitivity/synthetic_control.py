"""Cost of the pilot areas against a weighted mix of comparison areas: descriptive only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evaluatie.costs import CostSeries, wave_quarters
from evaluatie.domain import Weighting
from evaluatie.errors import RefusedError
from evaluatie.evaluation.sensitivity.analysis import Setting
from evaluatie.evaluation.sensitivity.series import Row, quarterly, series_row, thinnest
from evaluatie.methods import synthetic_control, synthetic_did

METHODS = {"synthetic_control": synthetic_control, "sdid": synthetic_did}


def by_synthetic_control(setting: Setting) -> Iterator[Row]:
    """Yield, for a cost per quarter, the difference with a mix of comparison areas.

    Before: all complete quarters that ended before the start. After: the window of the verdict
    wave, so that the numbers stand beside the agreed contrast. Rows of table `series`, terms
    ``difference`` and ``misfit`` (root mean square of the gap before the start), category
    ``method=<method>``; without interval and without p: a handful of donors describes, and
    shows nothing about how far such mixes go astray. A cost that is known per year is too short a
    series: its rows say so.
    """
    series = quarterly(setting)
    if series is None:
        indicator = setting.codebook.indicators.get(setting.question.indicator)
        if indicator is not None and indicator.kind == "insured_cost":
            for method in METHODS:
                where = {"wave": setting.wave, "category": f"method={method}"}
                yield series_row(setting, "difference", method, "annual_series", "", **where)
        return
    yield from _estimates(setting, series)


def _estimates(setting: Setting, series: CostSeries) -> Iterator[Row]:
    names = np.array([f"{period.year}-Q{period.quarter}" for period in series.periods])
    before = series.ended_before(setting.study.pilot_start) & series.complete
    after = np.isin(names, wave_quarters(setting.study, setting.wave)) & ~before
    used = before | after
    resident = setting.question.weighting is Weighting.RESIDENT
    weights = series.residents[:, after].mean(axis=1) if resident else None
    for method, estimate in METHODS.items():
        where: dict[str, Any] = {"wave": setting.wave, "category": f"method={method}"}
        try:
            found = estimate(
                np.hstack([series.eur[:, before], series.eur[:, after]]),
                setting.treated(setting.changes["area"]), int(before.sum()), weights,
            )  # fmt: skip
        except RefusedError:
            yield series_row(setting, "difference", method, "too_few_periods_or_donors", **where)
            continue
        behind = thinnest(setting, series, used) | {"n_clusters": len(series.areas)}
        for term, value in (("difference", found.estimate), ("misfit", found.misfit)):
            yield series_row(setting, term, method, estimate=value, **where, **behind)
