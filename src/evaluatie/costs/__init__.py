"""Costs: ledger, constant prices, cells, annual totals, windows, durations and stacking."""

from __future__ import annotations

from evaluatie.costs.amounts.annual import annual_totals
from evaluatie.costs.amounts.cells import cells_by, cost_cells, residents_of
from evaluatie.costs.amounts.insured import insured_cost
from evaluatie.costs.amounts.prices import at_price_level, price_factors
from evaluatie.costs.amounts.programme import programme_cost, record_counts
from evaluatie.costs.amounts.runoff import LawRunoff, Runoff, run_off, runoffs_of
from evaluatie.costs.amounts.series import CostSeries, cost_series
from evaluatie.costs.amounts.windows import (
    area_change,
    baseline_quarters,
    cost_year,
    wave_quarters,
    window_cells,
    year_change,
)
from evaluatie.costs.booking.ledger import (
    CostLedger,
    build_ledger,
    cost_period,
    feeds_of,
    open_ledger,
)
from evaluatie.costs.booking.parquet import write_parquet
from evaluatie.costs.durations.care import STATES, CareCourses, care_courses
from evaluatie.costs.durations.exposure import ExposedSpells, cut_at, enrolled_since
from evaluatie.costs.durations.staff import staff_spells
from evaluatie.costs.durations.waiting import durations, kaplan_meier_median, waiting_records
from evaluatie.costs.households.stacking import stacking

__all__ = [
    "STATES",
    "CareCourses",
    "CostLedger",
    "CostSeries",
    "ExposedSpells",
    "LawRunoff",
    "Runoff",
    "annual_totals",
    "area_change",
    "at_price_level",
    "baseline_quarters",
    "build_ledger",
    "care_courses",
    "cells_by",
    "cost_cells",
    "cost_period",
    "cost_series",
    "cost_year",
    "cut_at",
    "durations",
    "enrolled_since",
    "feeds_of",
    "insured_cost",
    "kaplan_meier_median",
    "open_ledger",
    "price_factors",
    "programme_cost",
    "record_counts",
    "residents_of",
    "run_off",
    "runoffs_of",
    "stacking",
    "staff_spells",
    "waiting_records",
    "wave_quarters",
    "window_cells",
    "write_parquet",
    "year_change",
]
