"""Costs: ledger, constant prices, cells, annual totals, windows, durations and stacking."""

from __future__ import annotations

from evaluatie.costs.annual import annual_totals
from evaluatie.costs.cells import cells_by, cost_cells, residents_of
from evaluatie.costs.durations import durations, kaplan_meier_median
from evaluatie.costs.insured import insured_cost
from evaluatie.costs.ledger import CostLedger, build_ledger, cost_period, feeds_of, open_ledger
from evaluatie.costs.prices import at_price_level, price_factors
from evaluatie.costs.process import programme_cost, record_counts
from evaluatie.costs.series import CostSeries, cost_series
from evaluatie.costs.stacking import stacking
from evaluatie.costs.windows import (
    area_change,
    baseline_quarters,
    cost_year,
    wave_quarters,
    window_cells,
    year_change,
)

__all__ = [
    "CostLedger",
    "CostSeries",
    "annual_totals",
    "area_change",
    "at_price_level",
    "baseline_quarters",
    "build_ledger",
    "cells_by",
    "cost_cells",
    "cost_period",
    "cost_series",
    "cost_year",
    "durations",
    "feeds_of",
    "insured_cost",
    "kaplan_meier_median",
    "open_ledger",
    "price_factors",
    "programme_cost",
    "record_counts",
    "residents_of",
    "stacking",
    "wave_quarters",
    "window_cells",
    "year_change",
]
