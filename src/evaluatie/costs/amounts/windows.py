"""Which quarters or years a wave stands for, and what changed in each area since the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from evaluatie.costs.amounts.cells import cells_by, side_of
from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.dictionary.model import Indicator
from evaluatie.domain import CostBasis
from evaluatie.errors import RefusedError
from evaluatie.study import Study

CHANGE = ("area", "side", "baseline", "level", "change", "residents", "reason")
BASELINE = "baseline"
_QUARTERS = 4
_DAY = timedelta(days=1)


def wave_quarters(study: Study, wave: str) -> tuple[str, ...]:
    """Return the four full quarters that end before the wave starts, earliest first."""
    following = _quarter_number(study.wave(wave).start)
    return _names(range(following - _QUARTERS, following))


def baseline_quarters(study: Study) -> tuple[str, ...]:
    """Return the quarters of ``study.cost_baseline``, earliest first.

    Raises
    ------
    RefusedError
        The period is not made of whole quarters.
    """
    first, last = study.cost_baseline
    quarters = range(_quarter_number(first), _quarter_number(last + _DAY))
    if (
        not quarters
        or _first_day(quarters.start) != first
        or _first_day(quarters.stop) - _DAY != last
    ):
        raise RefusedError(
            "the period is not made of whole quarters",
            where="cost_baseline in analysis/study.yml",
            allowed="the first day of a quarter to the last day of the same or a later quarter",
        )
    return _names(quarters)


def cost_year(study: Study, wave: str) -> int:
    """Return the last calendar year that ended before the wave starts."""
    return study.wave(wave).start.year - 1


def area_change(
    cells: pd.DataFrame,
    indicator: Indicator,
    wave: str,
    study: Study,
    basis: str | None = None,
) -> pd.DataFrame:
    """Return the change in cost per resident of each area since the baseline.

    Parameters
    ----------
    cells : DataFrame
        From `cost_cells`; needs the feeds that `feeds_of` names.
    indicator : Indicator
        Kind ``arrangement_cost``; its laws are summed.
    wave : str
        Wave id; its window is the four full quarters before its start.
    study : Study
        Areas, waves and baseline period.
    basis : str, optional
        Cost basis of the question; by default that of the indicator.

    Returns
    -------
    DataFrame
        One row per area of the study, columns `CHANGE`: baseline and level in euros per resident
        per year at the price level of the cells (mean over the quarters of the window), change =
        level - baseline, residents (mean over the window of the wave). Where a window is not
        complete the numbers are NaN and ``reason`` says why; otherwise ``reason`` is empty.
    """
    chosen = _areas_of(cells, indicator, basis or _basis(indicator))
    reason = _missing_laws(chosen, indicator, basis or _basis(indicator))
    windows = {BASELINE: baseline_quarters(study), wave: wave_quarters(study, wave)}
    there = set(chosen["period"])
    for name, quarters in windows.items():
        absent = [quarter for quarter in quarters if quarter not in there]
        if absent and not reason:
            what = "the baseline" if name == BASELINE else f"wave {name}"
            reason = (
                f"the window of {what} is not complete: {', '.join(absent)} outside the cost years "
                "or among the last quarters, whose declarations are not complete"
            )
    level = {k: _mean_level(chosen, quarters) for k, quarters in windows.items()}
    residents = _mean_residents(chosen, windows[wave])
    return _changes(study, level[BASELINE], level[wave], residents, reason)


def year_change(
    annual: pd.DataFrame, measure: str, denominator: str, wave: str, study: Study
) -> pd.DataFrame:
    """Return the change of an annual amount of each area since the year before the first wave.

    Parameters
    ----------
    annual : DataFrame
        From `insured_cost` or `annual_totals`: one row per area x year (x category; only the
        total, category '', is used).
    measure, denominator : str
        Columns: the level, and what is reported as ``residents`` (for instance insured_years).
    wave : str
        Wave id; its year is the last full calendar year before its start.
    study : Study
        Areas and waves.

    Returns
    -------
    DataFrame
        As `area_change`; a year that the feed does not hold gives NaN with the reason.
    """
    rows = annual[annual["level"] == "area"]
    if "category" in rows:
        rows = rows[rows["category"] == ""]
    rows = rows.set_index(["year", "area"])
    first, year = cost_year(study, study.baseline.id), cost_year(study, wave)
    held = set(rows.index.get_level_values("year"))
    absent = sorted({first, year} - held)
    reason = f"the feed holds no amounts of {', '.join(map(str, absent))}" if absent else ""
    empty = pd.Series(dtype=float)
    level = {y: rows[measure].loc[y] if y in held else empty for y in (first, year)}
    residents = rows[denominator].loc[year] if year in held else empty
    return _changes(study, level[first], level[year], residents, reason)


def window_cells(
    ledger: CostLedger, indicator: Indicator, study: Study, basis: str | None = None
) -> pd.DataFrame:
    """Return who is behind the amount of each window: for disclosure control.

    Parameters
    ----------
    ledger, indicator, study, basis
        As in `area_change`.

    Returns
    -------
    DataFrame
        One row per area and side x window (``baseline`` or a wave id) with a booking: area, side,
        window, cents, persons, households, providers, top1_share, top2_share over all quarters
        of the window together. Amounts at the prices of their own year.
    """
    windows = {BASELINE: baseline_quarters(study)}
    windows |= {wave.id: wave_quarters(study, wave.id) for wave in study.waves}
    periods = months_of(windows)
    chosen = basis or _basis(indicator)
    frame = cells_by(ledger, study, periods, {(indicator.id, chosen): indicator.laws})
    frame = frame.rename(columns={"period": "window"}).drop(columns=["law", "basis"])
    frame.insert(1, "side", side_of(frame["area"], study))
    return frame


def months_of(windows: Mapping[str, Iterable[str]]) -> pd.DataFrame:
    """Return columns period, month: the first day of each month of the quarters of each period."""
    months = [
        (name, pd.Timestamp(_first_day(int(quarter[:4]) * _QUARTERS + int(quarter[-1]) - 1)))
        for name, quarters in windows.items()
        for quarter in quarters
    ]
    frame = pd.DataFrame(
        [(name, first + pd.DateOffset(months=k)) for name, first in months for k in range(3)],
        columns=["period", "month"],
    )
    return frame.astype({"month": "datetime64[ns]"})


def _basis(indicator: Indicator) -> str:
    return str(indicator.basis or CostBasis.ALLOCATED)


def _areas_of(cells: pd.DataFrame, indicator: Indicator, basis: str) -> pd.DataFrame:
    mine = cells["law"].isin(indicator.laws) & (cells["basis"] == basis)
    if "completed" in cells:  # an amount that is partly expected never carries a contrast
        mine &= ~cells["completed"]
    return cells[mine & (cells["level"] == "area")]


def _missing_laws(chosen: pd.DataFrame, indicator: Indicator, basis: str) -> str:
    absent = [law for law in indicator.laws if law not in set(chosen["law"])]
    if not absent:
        return ""
    return f"there are no {basis} amounts of {', '.join(absent)}: a feed is unavailable"


def _mean_level(chosen: pd.DataFrame, quarters: tuple[str, ...]) -> pd.Series:
    """Sum over laws, mean over quarters: euros per resident per year, by area."""
    rows = chosen[chosen["period"].isin(quarters)]
    per_quarter = rows.groupby(["area", "period"])["eur_per_resident_year"].sum()
    return per_quarter.groupby("area").mean()


def _mean_residents(chosen: pd.DataFrame, quarters: tuple[str, ...]) -> pd.Series:
    rows = chosen[chosen["period"].isin(quarters)].drop_duplicates(["area", "period"])
    return rows.groupby("area")["residents"].mean()


def _changes(
    study: Study, baseline: pd.Series, level: pd.Series, residents: pd.Series, reason: str
) -> pd.DataFrame:
    codes = [area.code for area in study.areas]
    frame = pd.DataFrame(
        {
            "area": codes,
            "side": [str(area.side) for area in study.areas],
            "baseline": baseline.reindex(codes).to_numpy(dtype=float),
            "level": level.reindex(codes).to_numpy(dtype=float),
            "residents": residents.reindex(codes).to_numpy(dtype=float),
        }
    )
    if reason:
        frame[["baseline", "level", "residents"]] = np.nan
    frame["change"] = frame["level"] - frame["baseline"]
    unknown = "there are no amounts of this area in one of the two windows"
    frame["reason"] = np.where(frame["change"].isna(), reason or unknown, "")
    return frame[list(CHANGE)]


def _quarter_number(day: date) -> int:
    """Return quarters since year 0."""
    return _QUARTERS * day.year + (day.month - 1) // 3


def _first_day(quarter: int) -> date:
    return date(quarter // _QUARTERS, 3 * (quarter % _QUARTERS) + 1, 1)


def _names(quarters: range) -> tuple[str, ...]:
    return tuple(f"{q // _QUARTERS}-Q{q % _QUARTERS + 1}" for q in quarters)
