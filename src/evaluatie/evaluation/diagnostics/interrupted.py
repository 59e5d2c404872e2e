"""Interrupted time series of pilot against comparison: a picture of cost over time, no verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluatie.agreement import AgreementBook, Question
from evaluatie.costs import CostSeries, cost_series
from evaluatie.costs.amounts.series import Frequency
from evaluatie.dictionary import Codebook
from evaluatie.domain import Status
from evaluatie.errors import RefusedError
from evaluatie.evaluation.contrast_rows import BETWEEN
from evaluatie.evaluation.diagnostics.two_sides import GRAINS, TwoSides, two_sides
from evaluatie.evaluation.products import Products, feeds_for
from evaluatie.methods import (
    Effect,
    SeriesFit,
    TimeRegression,
    arima_errors,
    autocorrelation,
    breusch_godfrey,
    controlled_counts,
    controlled_outcome,
    durbin_watson,
    ljung_box,
    newey_west,
    periods_on_each_side,
    prais_winsten,
    segmented_columns,
    segmented_series,
    series_refusal,
)
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
Floats = NDArray[np.float64]
METHODS: dict[str, Callable[[TimeRegression], SeriesFit]] = {
    "segmented_newey_west": partial(newey_west, small_sample=True),
    "prais_winsten": partial(prais_winsten, small_sample=True),
    "arima_errors": arima_errors,
}
COUNTS = "quasi_poisson_newey_west"
_ANNUAL = ("insured_cost", "annual_total")


def interrupted_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield the controlled interrupted time series of every cost question, or why there is none.

    Notes
    -----
    Pilot minus comparison, euros per resident per year, resident-weighted, before the event that
    ends the comparison. All areas of a side are one series, so that this says nothing on how
    areas differ: never a verdict, and no p of an effect. ``n`` is the persons with care in the
    thinnest period of the thinnest side.
    """
    for question in book.questions.values():
        indicator = codebook.indicators.get(question.indicator)
        if indicator is None or question.section != "cost":
            continue
        if indicator.kind in _ANNUAL:
            yield _absent(study, question, "", "annual_series")
        elif indicator.kind != "arrangement_cost" or products.ledger is None:
            continue
        elif reason := products.lacking(feeds_for(question, codebook)):
            yield _absent(study, question, "", reason)
        else:
            basis = str(question.cost_basis or indicator.basis)
            for grain in GRAINS:
                series = cost_series(products.ledger, indicator, study, codebook, grain, basis)
                yield from _grain_rows(study, book, question, grain, series)


def _grain_rows(
    study: Study, book: AgreementBook, question: Question, grain: Frequency, series: CostSeries
) -> Iterator[Row]:
    sides = two_sides(study, book, question, grain, series)
    outcome = controlled_outcome(*sides.eur) if sides.months.size else np.array([])
    if reason := series_refusal(sides.months, outcome, sides.spec):
        yield _absent(study, question, f"grain={grain}", reason)
        return
    before, after = periods_on_each_side(sides.months, sides.spec)
    for term, count in (("periods_before", before), ("periods_after", after)):
        yield estimate_row(
            Table.SERIES, term, category=f"grain={grain}", estimate=count, unit="periods",
            **sides.same,
        )  # fmt: skip
    yield from _measures(sides, outcome)


def _measures(sides: TwoSides, outcome: Floats) -> Iterator[Row]:
    """Yield the models of euros, of the ratio of euros, and of the ratio of shares with care."""
    cost = segmented_series(sides.months, outcome, sides.spec)
    for method, fit in METHODS.items():
        yield from _model_rows(sides, "cost", method, partial(fit, cost), cost)
    pilot, comparison = (p / r for p, r in zip(sides.persons, sides.residents, strict=True))
    for measure, values in (("cost_ratio", sides.eur), ("users_ratio", (pilot, comparison))):
        if min(side.min() for side in values) > 0:
            log_ratio = controlled_outcome(*values, scale="log_ratio")
            model = segmented_series(sides.months, log_ratio, sides.spec)
            method = "arima_errors"
            yield from _model_rows(sides, measure, method, partial(METHODS[method], model), model)
    columns = segmented_columns(sides.months, sides.spec)
    counts = partial(controlled_counts, sides.persons, columns, sides.residents, small_sample=True)
    yield from _model_rows(sides, "users_ratio", COUNTS, counts)


def _model_rows(
    sides: TwoSides,
    measure: str,
    method: str,
    fitted: Callable[[], SeriesFit],
    model: TimeRegression | None = None,
) -> Iterator[Row]:
    """Yield the effects and the diagnostics of one model; ratios are taken out of their log."""
    category = f"measure={measure}|grain={sides.grain}|method={method}"
    same = sides.same | {"category": category, "method": method}
    try:
        fit = fitted()
    except RefusedError:
        yield estimate_row(
            Table.SERIES, "level_change", status=Status.NOT_ESTIMABLE,
            reason=f"model_refused:{method}", **same,
        )  # fmt: skip
        return
    found = {
        "trend_before": (fit.of("trend"), "/year"),
        "level_change": (fit.of("level_change"), ""),
        "slope_change": (fit.of("slope_change"), "/year"),
        "effect_at_end": (fit.effect_at(sides.last), ""),
    }
    for term, (effect, per) in found.items():
        numbers = _numbers(effect, sides.level, ratio=measure != "cost")
        unit = (sides.unit if measure == "cost" else "ratio") + per
        yield estimate_row(Table.SERIES, term, unit=unit, df=effect.df, **numbers, **same)
    for row in _diagnostics(fit, GRAINS[sides.grain], model):
        yield estimate_row(Table.SERIES, **row, **same)


def _numbers(effect: Effect, level: float, *, ratio: bool) -> dict[str, float]:
    estimate, error, (low, high) = effect.estimate, effect.std_error, effect.interval(level)
    if not ratio:
        return {"estimate": estimate, "std_error": error, "ci_low": low, "ci_high": high}
    ends = {"estimate": math.exp(estimate), "ci_low": math.exp(low), "ci_high": math.exp(high)}
    return ends | {"std_error": math.exp(estimate) * error}  # delta method; the interval is not


def _diagnostics(fit: SeriesFit, lags: int, model: TimeRegression | None) -> Iterator[Row]:
    """Yield what the residuals say; the p of a diagnostic speaks of the model, not of an effect."""
    modelled = math.isfinite(fit.autocorrelation)
    first = fit.autocorrelation if modelled else float(autocorrelation(fit.innovations, 1)[0])
    yield {"term": "autocorrelation", "estimate": first, "unit": "correlation"}
    yield {"term": "durbin_watson", "estimate": durbin_watson(fit.innovations), "unit": "statistic"}
    tests = {"ljung_box": ljung_box(fit.innovations, lags)}
    if model is not None and not modelled:
        tests["breusch_godfrey"] = breusch_godfrey(model, lags)
    for term, test in tests.items():
        yield {
            "term": term, "estimate": test.statistic, "df": test.lags, "p_value": test.p_value,
            "unit": "statistic",
        }  # fmt: skip
    if math.isfinite(fit.lag):
        yield {"term": "newey_west_lag", "estimate": fit.lag, "unit": "periods"}
    if math.isfinite(fit.dispersion):
        yield {"term": "dispersion", "estimate": fit.dispersion, "unit": "ratio"}


def _absent(study: Study, question: Question, category: str, reason: str) -> Row:
    gone = reason.startswith("missing_feed:")
    return estimate_row(
        Table.SERIES, "level_change", question=question.id, indicator=question.indicator,
        area=BETWEEN, wave=study.waves[-1].id, category=category, reason=reason,
        status=Status.UNAVAILABLE if gone else Status.NOT_ESTIMABLE,
    )  # fmt: skip
