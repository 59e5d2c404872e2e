"""The two series of a cost question: pilot and comparison areas, as far as they may be used."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluatie.agreement import AgreementBook, Question
from evaluatie.costs import CostSeries
from evaluatie.costs.amounts.series import Frequency
from evaluatie.domain import Side
from evaluatie.evaluation.contrast_rows import BETWEEN
from evaluatie.methods import SeriesSpec, segmented_columns, usable_periods
from evaluatie.study import Study

Floats = NDArray[np.float64]
GRAINS: dict[Frequency, int] = {"quarter": 4, "month": 12}


def comparison_ends(study: Study, book: AgreementBook) -> date | None:
    """Return the first day of the event that ends the series: COVID, by what is declared of it.

    That is the earliest event on both sides that touches no other waves than those flagged
    ``covid``; without such an event, the start of the first flagged wave; without one, None.
    """
    flagged = [wave for wave in study.waves if wave.covid]
    names = {wave.id for wave in flagged}
    starts = [
        e.start for e in book.events if e.side == "both" and e.waves and set(e.waves) <= names
    ]
    return min(starts or [wave.start for wave in flagged], default=None)


@dataclass(frozen=True)
class TwoSides:
    """The two series of one question and grain, the gate, and what each row repeats.

    Attributes
    ----------
    eur, persons, residents : tuple of (T,) arrays
        Pilot, comparison; usable periods only.
    """

    months: NDArray[np.datetime64]
    spec: SeriesSpec
    eur: tuple[Floats, Floats]
    persons: tuple[Floats, Floats]
    residents: tuple[Floats, Floats]
    same: dict[str, Any]
    unit: str
    level: float
    grain: Frequency

    @property
    def last(self) -> float:
        """Years from the start to the middle of the treated part of the last period."""
        return float(segmented_columns(self.months, self.spec)["slope_change"][-1])


def two_sides(
    study: Study, book: AgreementBook, question: Question, grain: Frequency, series: CostSeries
) -> TwoSides:
    """Return the usable part of the series of both sides."""
    months = series.periods.to_timestamp().to_numpy().astype("datetime64[M]")
    whole = series.periods[series.complete]
    spec = SeriesSpec(
        GRAINS[grain],
        study.pilot_start,
        event=comparison_ends(study, book),
        complete_until=whole[-1].end_time.date() if len(whole) else study.pilot_start,
    )
    kept = usable_periods(months, spec)
    areas = [[area.code for area in study.areas_on(side)] for side in (Side.PILOT, Side.COMPARISON)]
    eur, persons, residents, households = (
        tuple(table[kept] for table in tables)
        for tables in zip(*(_side_tables(series, codes) for codes in areas), strict=True)
    )
    same = {
        "question": question.id, "indicator": question.indicator, "area": BETWEEN,
        "wave": study.waves[-1].id,  # a report of an earlier wave must not see the later periods
        "n": _thinnest(persons), "n_households": _thinnest(households),
        "n_clusters": len(study.areas),
    }  # fmt: skip
    unit = f"EUR_{study.price_level}/resident/year"
    level = 1 - study.design.alpha
    return TwoSides(months[kept], spec, eur, persons, residents, same, unit, level, grain)


def _side_tables(series: CostSeries, codes: list[str]) -> tuple[Floats, ...]:
    """Return cost per resident, persons, residents and households of a side, each (T,)."""
    rows = series.among(codes)
    summed = (t[rows].sum(axis=0) for t in (series.persons, series.residents, series.households))
    return (series.mean_of(codes), *summed)


def _thinnest(sides: tuple[Floats, ...]) -> float:
    return float(min(side.min() for side in sides)) if sides[0].size else math.nan
