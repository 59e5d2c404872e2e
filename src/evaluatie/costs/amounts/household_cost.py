"""Cost per household: of all that lived somewhere, and of those with care."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from evaluatie.costs.amounts.cells import cells_by, places_of
from evaluatie.costs.amounts.prices import price_factors
from evaluatie.costs.amounts.windows import (
    BASELINE,
    baseline_quarters,
    months_of,
    wave_quarters,
)
from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.costs.booking.places import address_book, day_numbers
from evaluatie.dictionary.model import CodebookContent
from evaluatie.domain import CostBasis
from evaluatie.study import Study

QUANTILES: Mapping[str, float] = {"median": 0.5, "p90": 0.9, "p99": 0.99}
FEWEST_BEHIND = 10  # households on the smaller side of a quantile; fewer: too close to one of them
ALL = ""  # the laws together
_KEYS = ["area", "period", "law"]


def household_periods(study: Study, basis: str) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return the quarters of each period of twelve months, and which years are not complete.

    Returns
    -------
    dict
        A calendar year (``2019``), ``baseline`` or a wave id -> its four quarters; only periods
        within the cost years of which no quarter is cut off.
    list of str
        The calendar years that have a quarter among those cut off.
    """
    first, last = study.cost_years
    quarters = [f"{year}-Q{q}" for year in range(first, last + 1) for q in range(1, 5)]
    cut = 0 if basis == str(CostBasis.ALLOCATED) else study.runoff_quarters
    there = set(quarters[: len(quarters) - cut])
    years = {str(y): tuple(f"{y}-Q{q}" for q in range(1, 5)) for y in range(first, last + 1)}
    waves = {wave.id: wave_quarters(study, wave.id) for wave in study.waves}
    periods = years | {BASELINE: baseline_quarters(study)} | waves
    whole = {name: names for name, names in periods.items() if there.issuperset(names)}
    return whole, [year for year in years if year not in whole]


def household_cost(
    ledger: CostLedger,
    addresses: pd.DataFrame,
    laws: tuple[str, ...],
    basis: str,
    study: Study,
    codebook: CodebookContent,
) -> pd.DataFrame:
    """Return the cost per household of each area and side, per law and together.

    Parameters
    ----------
    ledger : CostLedger
        The amounts.
    addresses : DataFrame
        The feed ``addresses``: household_id, area_code, start, end.
    laws : tuple of str
        Laws of which the cost comes per person and month.
    basis : str
        Cost basis.
    study, codebook
        Areas, cost years, run-off, price level; prices.

    Returns
    -------
    DataFrame
        One row per area or side (``area``, ``side``, ``level``) x ``period`` (see
        `household_periods`) x ``law`` ('' for all laws together): eur (price level of the study,
        in twelve months), households (that lived there on any day), household_years, users
        (households with an amount that is not 0 after credits), per_household = eur /
        household_years, per_user = eur / users; median, p90, p99 of the amounts of users and
        median_behind, p90_behind, p99_behind, the households on the smaller side of each (NaN and
        below `FEWEST_BEHIND`: too few); persons, providers, top1_share, top2_share as in
        `cost_cells`.

    Raises
    ------
    RefusedError
        No price index for a year.

    Notes
    -----
    A household counts where it lives, by days: one that lived in two areas is among the
    households of both, with in each the days and the amounts of its time there; amounts of a
    user are those of its days in the place, not multiplied up to a full year. Households without
    care are known by their address alone, never by an amount.

    MISSING-DATA RULE: households without an address in the study areas are not in it (the
    reconciliation counts their amounts as elsewhere).
    """
    quarters, _ = household_periods(study, basis)
    periods = months_of(quarters)
    groups = {(law, basis): (law,) for law in laws} | {(ALL, basis): laws}
    lived = _lived(addresses, study, quarters)
    behind = cells_by(ledger, study, periods, groups)
    behind = behind.drop(columns=["basis", "cents", "households"])
    spent = _spent(ledger, periods, laws, basis, study, codebook)
    grid = lived.merge(pd.DataFrame({"law": [*laws, ALL]}), how="cross")
    frame = grid.merge(spent, on=_KEYS, how="left").merge(behind, on=_KEYS, how="left")
    counts = ["eur", "users", "persons", *(f"{name}_behind" for name in QUANTILES)]
    frame[counts] = frame[counts].fillna(0.0)
    frame["per_household"] = frame["eur"] / frame["household_years"]
    frame["per_user"] = frame["eur"] / frame["users"].where(frame["users"] > 0)
    return frame


def _spent(
    ledger: CostLedger,
    periods: pd.DataFrame,
    laws: Iterable[str],
    basis: str,
    study: Study,
    codebook: CodebookContent,
) -> pd.DataFrame:
    """Return eur, users and quantiles per place, period and law, from amounts per household."""
    factors = price_factors(codebook.prices, periods["month"].dt.year, study.price_level)
    priced = periods.assign(factor=periods["month"].dt.year.map(factors))
    amounts = ledger.query(
        _AMOUNTS, priced=priced, chosen=pd.DataFrame({"law": [*laws], "basis": basis})
    )
    amounts = amounts.merge(places_of(study)[["area", "area_code"]], on="area_code")
    amounts = pd.concat([amounts, amounts.assign(law=ALL)])
    each = amounts.groupby([*_KEYS, "household_id"], sort=False)[["eur", "cents"]].sum()
    total = each.groupby(_KEYS, sort=False)["eur"].sum()
    users = each[each["cents"] != 0].groupby(_KEYS, sort=False)["eur"]
    rows = {"eur": total, "users": users.size()}
    for name, share in QUANTILES.items():
        smaller = np.floor(rows["users"] * min(share, 1 - share) + 1e-9)
        rows[f"{name}_behind"] = smaller
        rows[name] = users.quantile(share).where(smaller >= FEWEST_BEHIND)
    return pd.DataFrame(rows).reset_index()


_AMOUNTS = """
select household_id, area_code, period, law, sum(cents * factor)::double / 100 as eur,
    sum(cents)::bigint as cents
from ledger join priced using (month) join chosen using (law, basis)
where area_code <> '' group by all
"""


def _lived(
    addresses: pd.DataFrame, study: Study, quarters: Mapping[str, tuple[str, ...]]
) -> pd.DataFrame:
    """Return households and household-years per place and period; every place has a row."""
    book = address_book(addresses, tuple(area.code for area in study.areas))
    everyone = np.arange(len(book.households), dtype=np.int64)
    places = places_of(study)
    parts = []
    for period, names in quarters.items():
        first, last = _days(names)
        whole = np.full(len(everyone), first), np.full(len(everyone), last)
        stretches, at = book.cut(everyone, *whole)
        stays = pd.DataFrame(
            {
                "area_code": book.area[at],
                "household": stretches.row,
                "days": stretches.last - stretches.first + 1,
            }
        ).merge(places, on="area_code", how="right")
        found = stays.groupby(["area", "side", "level"], as_index=False).agg(
            households=("household", "nunique"), days=("days", "sum")
        )
        found["household_years"] = found.pop("days") / (last - first + 1)
        parts.append(found.assign(period=period))
    return pd.concat(parts, ignore_index=True)


def _days(quarters: tuple[str, ...]) -> tuple[int, int]:
    """Return the first and the last day of some quarters in a row, days since 1970."""
    ends = [(int(name[:4]), int(name[-1])) for name in (quarters[0], quarters[-1])]
    (year, quarter), (until, last) = ends
    starts = date(year, 3 * quarter - 2, 1), date(until + last // 4, 3 * (last % 4) + 1, 1)
    first, following = day_numbers(pd.Series(pd.to_datetime(list(starts)))).tolist()
    return first, following - 1
