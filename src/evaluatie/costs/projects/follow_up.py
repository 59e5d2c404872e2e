"""What each area cost over the follow-up, beyond its own level before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from evaluatie.costs.amounts.windows import baseline_quarters, cost_year
from evaluatie.methods.economics.discounting import discount_factors
from evaluatie.study import Study

_QUARTERS = 4


def excess_of_quarters(
    cells: pd.DataFrame, laws: Sequence[str], basis: str, wave: str, study: Study, rate: float
) -> pd.DataFrame | str:
    """Return the cost per resident of each area over the follow-up, minus its baseline level.

    Parameters
    ----------
    cells : DataFrame
        From `cost_cells`.
    laws : sequence of str
        Summed.
    basis : str
    wave : str
        The follow-up runs from the start of the baseline wave to the start of this one, in whole
        quarters.
    study : Study
    rate : float
        Discount rate of cost per year; the first year is not discounted.

    Returns
    -------
    DataFrame or str
        One row per area of the study: area, excess (euros per resident over the whole follow-up),
        size (mean number of residents); or ``window_incomplete``.

    Notes
    -----
    ``sum_q (level_q - baseline) / 4 * (1 + r)^-floor(q / 4)``, level and baseline in euros per
    resident per year at the price level of the cells, baseline the mean of ``study.cost_baseline``.
    MISSING-DATA RULE: a quarter that is not there, of any law, makes the whole incomplete.
    """
    rows = cells[(cells["level"] == "area") & (cells["basis"] == basis) & cells["law"].isin(laws)]
    codes, quarters = [area.code for area in study.areas], _quarters(study, wave)
    wide = rows.pivot_table(
        index=["area", "law"], columns="period", values="eur_per_resident_year", aggfunc="sum"
    )
    wanted = [(code, law) for code in codes for law in laws]
    wide = wide.reindex(index=pd.MultiIndex.from_tuples(wanted, names=["area", "law"]))
    wide = wide.reindex(columns=[*baseline_quarters(study), *quarters])
    if wide.isna().to_numpy().any():
        return "window_incomplete"
    level = wide.groupby(level="area").sum().loc[codes]
    before = level[list(baseline_quarters(study))].mean(axis=1).to_numpy(float)
    later = level[list(quarters)].to_numpy(float)
    factors = discount_factors(np.arange(len(quarters)) // _QUARTERS, rate) / _QUARTERS
    people = rows[rows["period"].isin(quarters)].drop_duplicates(["area", "period"])
    size = people.groupby("area")["residents"].mean().loc[codes].to_numpy(float)
    excess = (later - before[:, None]) @ factors
    return pd.DataFrame({"area": codes, "excess": excess, "size": size})


def excess_of_years(
    annual: pd.DataFrame, measure: str, size: str, wave: str, study: Study, rate: float
) -> pd.DataFrame | str:
    """Return an annual cost of each area over the follow-up years, minus its baseline year.

    Parameters
    ----------
    annual : DataFrame
        From `insured_cost` or `annual_totals`; only totals (category '').
    measure, size : str
        Columns: euros per insured year or per resident; insured years or residents.
    wave, study, rate
        As in `excess_of_quarters`. Baseline: the last calendar year before the first wave; the
        follow-up: the calendar years after it, up to the last one before the wave.

    Returns
    -------
    DataFrame or str
        As `excess_of_quarters`; size is that of the last year.

    Notes
    -----
    Calendar years of an annual aggregate: never divided, interpolated or shifted to fit the survey.
    """
    rows = annual[annual["level"] == "area"]
    if "category" in rows:
        rows = rows[rows["category"] == ""]
    first, last = cost_year(study, study.baseline.id), cost_year(study, wave)
    years, codes = range(first, last + 1), [area.code for area in study.areas]
    wide = rows.pivot_table(index="area", columns="year", values=measure, aggfunc="sum")
    wide = wide.reindex(index=codes, columns=list(years))
    sizes = rows[rows["year"] == last].set_index("area")[size].reindex(codes)
    if wide.isna().to_numpy().any() or sizes.isna().any() or last == first:
        return "window_incomplete"
    table = wide.to_numpy(float)
    factors = discount_factors(np.arange(last - first), rate)
    excess = (table[:, 1:] - table[:, [0]]) @ factors
    return pd.DataFrame({"area": codes, "excess": excess, "size": sizes.to_numpy(float)})


def programme_in_follow_up(
    programme: pd.DataFrame, wave: str, study: Study, rate: float
) -> pd.Series:
    """Return what each payer spent on the programme between the first wave and a later one.

    Parameters
    ----------
    programme : DataFrame
        From `programme_cost`.
    wave, study, rate
        As in `excess_of_quarters`.

    Returns
    -------
    Series
        Euros per payer at the price level of the study, present value.

    Notes
    -----
    ASSUMPTIONS: the amount of a year is spent evenly over the part of the year since the start of
    the pilot; of the year of the wave only the part before it counts.
    """
    begin, end = study.pilot_start, study.wave(wave).start
    since = _moment(study.baseline.start)
    weight = {}
    for year in programme["year"].unique():
        opened = max(_moment(begin), float(year))
        closed = min(_moment(end), float(year) + 1)
        inside = max(0.0, closed - opened) / max(float(year) + 1 - opened, 1e-9)
        after = max(0.0, (opened + closed) / 2 - since)
        weight[year] = inside * float(discount_factors([np.floor(after)], rate)[0])
    amounts = programme["eur"] * programme["year"].map(weight)
    return amounts.groupby(programme["payer"]).sum()


def follow_up_years(study: Study, wave: str) -> float:
    """Return the years between the start of the first wave and that of a later one."""
    return _moment(study.wave(wave).start) - _moment(study.baseline.start)


def _moment(day: date) -> float:
    """Return a day as a number of years, months as twelfths."""
    return day.year + (day.month - 1) / 12 + (day.day - 1) / 365.25


def _quarters(study: Study, wave: str) -> tuple[str, ...]:
    first, stop = (
        _QUARTERS * day.year + (day.month - 1) // 3
        for day in (study.baseline.start, study.wave(wave).start)
    )
    return tuple(f"{q // _QUARTERS}-Q{q % _QUARTERS + 1}" for q in range(first, stop))
