"""How alike pilot and comparison areas were before the start: levels, changes and trends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.agreement import AgreementBook
from evaluatie.costs import CostSeries, baseline_quarters, cost_year
from evaluatie.dictionary import Codebook
from evaluatie.domain import Weighting
from evaluatie.errors import RefusedError
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.contrast_rows import contrast_unit, contrasted
from evaluatie.evaluation.products import Products
from evaluatie.evaluation.sensitivity.analysis import Setting
from evaluatie.evaluation.sensitivity.covariates import baseline_levels
from evaluatie.evaluation.sensitivity.series import Row, quarterly, series_row, thinnest
from evaluatie.methods import ClusterTest, area_difference, interval, trend_difference
from evaluatie.study import Study

Floats = NDArray[np.float64]
METHOD = "cr2"
TREND, PLACEBO, LEVEL = "pre_trend_difference", "placebo_change", "baseline_difference"


def trend_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield what pilot and comparison areas differed in before the start, with intervals.

    Notes
    -----
    ``baseline_difference``: level at the baseline, pilot minus comparison.
    ``pre_trend_difference``: difference in slope per year over the periods that ended before the
    start.
    ``placebo_change``: the contrast as agreed, of the baseline with a period before it: what the
    method finds while nothing was done. Of cost, every quarter, and with ``window=before_baseline``
    as many quarters as the baseline has. All CR2 over areas, no p:
    the interval shows which diverging trends the data allow, and holding 0 proves nothing. Survey
    outcomes with one wave before the start have no trend: ``one_wave_before_start``.
    """
    for question in contrasted(book):
        wave = str(question.verdict_wave or study.waves[-1].id)  # a descriptive one has none
        changes = changes_since_baseline(study, codebook, products, question, wave)
        absent = changes if isinstance(changes, str) else ""
        frame = pd.DataFrame() if isinstance(changes, str) else changes
        setting = Setting(study, codebook, book, products, question, wave, frame)
        if absent:
            yield series_row(setting, TREND, METHOD, absent)
            continue
        yield _level_row(setting)
        series = quarterly(setting)
        indicator = codebook.indicators.get(question.indicator)
        if series is not None:
            yield from _quarter_rows(setting, series)
        elif indicator is not None and indicator.kind == "insured_cost":
            yield from _year_rows(setting)
        else:
            yield from _wave_rows(setting)


def _weights(setting: Setting, residents: Floats) -> Floats:
    resident = setting.question.weighting is Weighting.RESIDENT
    return residents if resident else np.ones_like(residents)


def _found(setting: Setting, test: ClusterTest) -> dict[str, Any]:
    low, high = interval(test.estimate, test.std_error, test.df, setting.level)
    return {
        "estimate": test.estimate, "std_error": test.std_error, "ci_low": low, "ci_high": high,
        "df": test.df, "n_clusters": test.n_clusters,
    }  # fmt: skip


def _compared(setting: Setting, term: str, values: Floats, residents: Floats, **where: Any) -> Row:
    """Return the difference between the arms in one number per area."""
    if not np.isfinite(values).all():
        return series_row(setting, term, METHOD, "no_level_in_areas", **where)
    treated = setting.treated(setting.changes["area"])
    try:
        test = area_difference(values, treated, _weights(setting, residents))
    except RefusedError:
        return series_row(setting, term, METHOD, "too_few_areas", **where)
    return series_row(setting, term, METHOD, **where, **_found(setting, test))


def _level_row(setting: Setting) -> Row:
    residents = setting.changes["residents"].to_numpy(float)
    behind: dict[str, Any] = {"n": setting.changes["n"].sum()}
    if (series := quarterly(setting)) is not None:
        behind = thinnest(setting, series, _named(series, baseline_quarters(setting.study)))
    wave = setting.study.baseline.id
    return _compared(setting, LEVEL, baseline_levels(setting), residents, wave=wave, **behind)


def _named(series: CostSeries, quarters: tuple[str, ...]) -> NDArray[np.bool_]:
    names = [f"{period.year}-Q{period.quarter}" for period in series.periods]
    return np.isin(names, quarters)


def _slope_row(
    setting: Setting, values: Floats, years: Floats, residents: Floats, behind: dict[str, Any]
) -> Row:
    unit = contrast_unit(setting.question, setting.codebook, setting.study) + "/year"
    treated = setting.treated(setting.changes["area"])
    if (count := values.shape[1]) < 3:
        return series_row(setting, TREND, METHOD, f"periods_before_start:{count}", unit)
    try:
        test = trend_difference(values, years, treated, _weights(setting, residents))
    except RefusedError:
        return series_row(setting, TREND, METHOD, "too_few_areas", unit)
    return series_row(setting, TREND, METHOD, unit=unit, **_found(setting, test), **behind)


def _quarter_rows(setting: Setting, series: CostSeries) -> Iterator[Row]:
    """Yield the slope over the quarters before the start, and changes up to the baseline."""
    before = series.ended_before(setting.study.pilot_start) & series.complete
    base = _named(series, baseline_quarters(setting.study))
    residents = series.residents[:, base].mean(axis=1)
    behind = thinnest(setting, series, before) if before.any() else {}
    years = np.arange(before.size) / 4
    yield _slope_row(setting, series.eur[:, before], years[before], residents, behind)
    earlier = before & (np.arange(before.size) < np.argmax(base))
    places: list[tuple[dict[str, str], NDArray[np.int64]]] = [
        ({"period": f"{series.periods[t].year}-Q{series.periods[t].quarter}"}, np.array([t]))
        for t in np.flatnonzero(earlier)
    ]
    if earlier.sum() >= base.sum():
        window = np.flatnonzero(earlier)[-int(base.sum()) :]
        places.append(({"category": "window=before_baseline"}, window))
    reference = series.eur[:, base].mean(axis=1)
    for where, chosen in places:
        change = reference - series.eur[:, chosen].mean(axis=1)
        used = base | np.isin(np.arange(base.size), chosen)
        where_from = where | thinnest(setting, series, used)
        yield _compared(setting, PLACEBO, change, residents, **where_from)


def _year_rows(setting: Setting) -> Iterator[Row]:
    """Yield the same for a cost per insured year, over the full years before the start."""
    insured = setting.products.insured
    if insured is None:
        return
    rows = insured[(insured["level"] == "area") & (insured["category"] == "")]
    base = cost_year(setting.study, setting.study.baseline.id)
    areas = setting.changes["area"]

    def table(column: str) -> pd.DataFrame:
        found = rows.pivot_table(column, index="area", columns="year").reindex(areas)
        return found[[year for year in found if year <= base]].dropna(axis=1)

    levels, people = table("eur_per_insured_year_standardised"), table("insured_persons")
    if base not in levels or base not in people:
        yield series_row(setting, TREND, METHOD, f"no_amounts_of_year:{base}")
        return
    size = table("insured_years")[base].to_numpy(float)
    years = np.array(levels.columns, dtype=float)
    treated = setting.treated(areas)

    def behind(chosen: list[int]) -> dict[str, Any]:
        counts = people[chosen].to_numpy(float)
        return {"n": float(min(counts[treated].sum(0).min(), counts[~treated].sum(0).min()))}

    yield _slope_row(setting, levels.to_numpy(float), years, size, behind(list(levels)))
    for year in levels.columns[:-1]:
        change = (levels[base] - levels[year]).to_numpy(float)
        where = {"period": str(year), **behind([year, base])}
        yield _compared(setting, PLACEBO, change, size, **where)


def _wave_rows(setting: Setting) -> Iterator[Row]:
    """Yield the contrast at every wave before the start, relative to the first; mostly none."""
    s = setting
    early = [wave.id for wave in s.study.waves if wave.start < s.study.pilot_start]
    if len(early) < 2:
        yield series_row(setting, TREND, METHOD, "one_wave_before_start")
    for wave in early[1:]:
        changes = changes_since_baseline(s.study, s.codebook, s.products, s.question, wave)
        if isinstance(changes, str):
            yield series_row(setting, PLACEBO, METHOD, changes, wave=wave)
            continue
        residents, n = changes["residents"].to_numpy(float), changes["n"].sum()
        values = changes["change"].to_numpy(float)
        yield _compared(setting, PLACEBO, values, residents, wave=wave, n=n)
