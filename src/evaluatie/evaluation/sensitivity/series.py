"""Rows about a series of periods: what moved before the start, and synthetic controls."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluatie.costs import CostSeries, cost_series
from evaluatie.domain import Side, Status
from evaluatie.evaluation.contrast_rows import BETWEEN, contrast_unit
from evaluatie.evaluation.sensitivity.analysis import Setting
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]


def series_row(
    setting: Setting, term: str, method: str, reason: str = "", unit: str = "", **values: Any
) -> Row:
    """Return one row of table `series` about a question, or with the reason why there is none."""
    unit = unit or contrast_unit(setting.question, setting.codebook, setting.study)
    status: dict[str, str] = {}
    if reason:
        gone = reason.startswith("missing_feed:")
        kind = Status.UNAVAILABLE if gone else Status.NOT_ESTIMABLE
        status = {"status": str(kind), "reason": reason}
    return estimate_row(
        Table.SERIES,
        term,
        question=setting.question.id,
        indicator=setting.question.indicator,
        area=BETWEEN,
        unit=unit,
        method=method,
        **(values | status),
    )


def quarterly(setting: Setting) -> CostSeries | None:
    """Return the cost of each area per quarter, None where the indicator has no such amounts."""
    products, question = setting.products, setting.question
    indicator = setting.codebook.indicators.get(question.indicator)
    if indicator is None or indicator.kind != "arrangement_cost" or products.ledger is None:
        return None
    ledger, basis = products.ledger, str(question.cost_basis or indicator.basis)
    return products.once(
        ("cost series", indicator.id, "quarter", basis),
        lambda: cost_series(ledger, indicator, setting.study, setting.codebook, "quarter", basis),
    )


def thinnest(setting: Setting, series: CostSeries, periods: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the fewest persons and households with care, over sides and ``periods``."""
    sides = [series.among([area.code for area in setting.study.areas_on(side)]) for side in Side]

    def fewest(counts: NDArray[np.float64]) -> float:
        return float(min(counts[side][:, periods].sum(axis=0).min() for side in sides))

    return {"n": fewest(series.persons), "n_households": fewest(series.households)}
