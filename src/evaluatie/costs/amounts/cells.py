"""Cost cells: cents per area or side, law or payer, period and basis, with who is behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import nan
from types import MappingProxyType

import pandas as pd

from evaluatie.costs.amounts.completion import FINAL, PAYER, completed_cells
from evaluatie.costs.amounts.prices import at_price_level
from evaluatie.costs.amounts.runoff import Runoff
from evaluatie.costs.booking.codes import laws_by_arrangement
from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.dictionary.model import CodebookContent
from evaluatie.domain import CostBasis, Side
from evaluatie.errors import RefusedError
from evaluatie.study import Study

KEYS = ("area", "law", "period", "basis")
_QUARTERS = 4


def cost_cells(
    ledger: CostLedger,
    study: Study,
    codebook: CodebookContent,
    runoffs: Mapping[str, Runoff] = MappingProxyType({}),
) -> pd.DataFrame:
    """Return the cost of the arrangement-grain laws per area and side, by quarter.

    Parameters
    ----------
    ledger : CostLedger
        Needs the feeds of a law and basis (see `feeds_of`) and the feed population; a law whose
        feed is missing has no rows, neither has the total of its payer.
    study : Study
        Areas, cost years, run-off and price level.
    codebook : CodebookContent
        Laws, payers and prices.
    runoffs : mapping of str to Runoff, optional
        By basis: complete the last quarters by these instead of leaving them out.

    Returns
    -------
    DataFrame
        One row per area (an area code, or a side) x law (a law, or ``payer:<id>`` for all laws of
        one payer) x period (``2019-Q3`` style) x basis. Columns: area, side, level (``area`` or
        ``side``), law, period, year, basis; cents (own prices), eur (price level of the study);
        persons, households, providers (with an amount that is not 0 after credits; providers NaN
        where all of it is benefits, which have none); top1_share, top2_share (largest and two
        largest households' share of the sum of absolute household amounts; NaN without amounts);
        residents;
        eur_per_resident_year = 4 x eur / residents; completed (the amounts in euros, not the cents
        and not who is behind them, include what is still to come in), low and high (bounds of
        eur_per_resident_year; NaN unless completed). A quarter without care is a row with 0.

    Raises
    ------
    RefusedError
        No population for a year of an area, or no price index for a year.

    Notes
    -----
    The last ``study.runoff_quarters`` quarters of the cost years are left out for the bases
    delivered and declared, of every law alike, so that the laws of a payer stay comparable. With
    ``runoffs`` those of which enough is in are completed (`completed_cells`); contrasts and series
    never use a completed quarter.
    """
    periods = _quarters(study)
    groups = _available(ledger, codebook)
    frame = cells_by(ledger, study, periods, groups)
    frame = _grid(frame, study, periods, groups)
    late = _in_runoff(frame, study)
    frame = _with_completed(frame[~late], completed_cells(frame[late], runoffs, groups))
    frame["year"] = frame["period"].str.slice(0, 4).astype(int)
    frame["residents"] = residents_of(ledger.population, study, frame["area"], frame["year"])
    for name, euros in zip(("eur", "low", "high"), FINAL, strict=True):
        level = codebook.prices, study.price_level
        frame[name] = at_price_level(frame[euros], frame["year"], *level)
    for name, eur in (("eur_per_resident_year", "eur"), ("low", "low"), ("high", "high")):
        frame[name] = _QUARTERS * frame[eur] / frame["residents"]
    return frame[list(COLUMNS)]


def _with_completed(whole: pd.DataFrame, completed: pd.DataFrame) -> pd.DataFrame:
    """Put both together in the order of the cells; what is whole is final as booked."""
    frame = whole.assign(completed=False, final=whole["cents"] / 100, final_low=nan, final_high=nan)
    if not completed.empty:
        frame = pd.concat([frame, completed.assign(completed=True)]).sort_index()
    return frame.reset_index(drop=True)


COLUMNS = (
    "area",
    "side",
    "level",
    "law",
    "period",
    "year",
    "basis",
    "cents",
    "eur",
    "persons",
    "households",
    "providers",
    "top1_share",
    "top2_share",
    "residents",
    "eur_per_resident_year",
    "completed",
    "low",
    "high",
)


def cells_by(
    ledger: CostLedger,
    study: Study,
    periods: pd.DataFrame,
    groups: Mapping[tuple[str, str], Iterable[str]],
) -> pd.DataFrame:
    """Sum the ledger over any periods and groups of laws, with contributors and concentration.

    Parameters
    ----------
    ledger : CostLedger
        The amounts.
    study : Study
        Areas; only these and their sides become rows.
    periods : DataFrame
        Columns period, month: which months (first day) make up which period; a month may be in
        several periods.
    groups : Mapping
        (law label, basis) -> laws summed under that label.

    Returns
    -------
    DataFrame
        Columns area, law, period, basis, cents, persons, households, providers, top1_share,
        top2_share; only combinations with a booking.
    """
    members = pd.DataFrame(
        [(label, basis, law) for (label, basis), laws in groups.items() for law in laws],
        columns=["law", "basis", "member"],
        dtype=object,
    )
    places = places_of(study)[["area", "area_code"]]
    frame = ledger.query(
        _CELLS,
        periods=_numbered(periods, ["period"], "p"),
        places=_numbered(_numbered(places, ["area"], "s"), ["area_code"], "a"),
        members=_numbered(_numbered(members, ["law", "basis"], "m"), ["member", "basis"], "l"),
    )
    return frame.sort_values(list(KEYS), ignore_index=True)


def _numbered(frame: pd.DataFrame, columns: list[str], name: str) -> pd.DataFrame:
    """Add a small number per distinct value of ``columns``: numbers join and sum faster."""
    number = frame.groupby(columns, sort=True).ngroup().astype("int16")
    return frame.assign(**{name: number})


def _contributors(column: str) -> str:
    """Return SQL: amount per cell and contributor, areas and their sides, laws and their groups."""
    return f"""
    select s, m, p, {column}, sum(cents)::bigint as cents
    from (select a, l, p, {column}, sum(cents)::bigint as cents from booked group by all) as mine
    join (select m, l from members) using (l)
    join (select s, a from places) using (a)
    group by all
    """


_CELLS = f"""
with booked as materialized (
    select a, l, p, person_id, household_id, provider_id, sum(cents)::bigint as cents
    from ledger
    join (select distinct area_code, a from places) as areas using (area_code)
    join (select distinct member, basis, l from members) as laws
        on laws.member = ledger.law and laws.basis = ledger.basis
    join periods using (month)
    group by all
),
persons as (
    select s, m, p, count(*) filter (cents <> 0) as persons
    from ({_contributors("person_id")}) group by all
),
providers as (
    select s, m, p, count(*) filter (cents <> 0) as providers
    from ({_contributors("provider_id")}) where provider_id <> '' group by all
),
households as (
    select s, m, p, sum(cents)::bigint as cents, count(*) filter (cents <> 0) as households,
        sum(abs(cents))::bigint as size, max(abs(cents), 2) as largest
    from ({_contributors("household_id")}) group by all
)
select area, law, period, basis, cents, persons, households, providers::double as providers,
    case when size > 0 then largest[1] / size end as top1_share,
    case when size > 0 then list_sum(largest)::double / size end as top2_share
from households
join persons using (s, m, p)
left join providers using (s, m, p)
join (select distinct s, area from places) using (s)
join (select distinct m, law, basis from members) using (m)
join (select distinct p, period from periods) using (p)
"""


def residents_of(
    population: pd.DataFrame, study: Study, areas: pd.Series, years: pd.Series
) -> pd.Series:
    """Return the inhabitants of each area or side in each year.

    Raises
    ------
    RefusedError
        An area of the study without inhabitants in one of the years: counts and years are named.
    """
    wanted = sorted({int(year) for year in years})
    known = population[(population["inhabitants"] > 0) & population["year"].notna()]
    keys = zip(known["area_code"], known["year"].astype(int), strict=True)
    known = dict(zip(keys, known["inhabitants"], strict=True))
    if missing := {(a.code, year) for a in study.areas for year in wanted} - set(known):
        absent = {year: sorted(code for code, y in missing if y == year) for _, year in missing}
        listed = [f"{year} ({', '.join(codes)})" for year, codes in sorted(absent.items())]
        raise RefusedError(
            f"the population is missing for {len(missing)} combinations of area and year: "
            + "; ".join(listed),
            where="feed 'population'",
            allowed="one positive number of inhabitants per area of the study and cost year",
            remedy="add the key figures of these years, or change the cost years of the study.",
        )
    codes = places_of(study).groupby("area")["area_code"].agg(list)
    total = {
        (area, year): float(sum(known[code, year] for code in members))
        for area, members in codes.items()
        for year in wanted
    }
    found = [total.get(key, float("nan")) for key in zip(areas, years, strict=True)]
    return pd.Series(found, index=areas.index, dtype=float)


def places_of(study: Study) -> pd.DataFrame:
    """Return area (code or side), area_code, side, level: each area by itself and in its side."""
    rows = [(a.code, a.code, str(a.side), "area") for a in study.areas]
    rows += [(str(s), a.code, str(s), "side") for s in Side for a in study.areas_on(s)]
    return pd.DataFrame(rows, columns=["area", "area_code", "side", "level"])


def side_of(areas: pd.Series, study: Study) -> pd.Series:
    """Return the side of each area code or side."""
    places = places_of(study).drop_duplicates("area").set_index("area")
    return areas.map(places["side"]).astype(object)


def _quarters(study: Study) -> pd.DataFrame:
    """Return period, month of every quarter of the cost years."""
    first, last = study.cost_years
    months = pd.date_range(f"{first}-01-01", f"{last}-12-01", freq="MS")
    names = [f"{month.year}-Q{month.quarter}" for month in months]
    return pd.DataFrame({"period": names, "month": months})


def _available(
    ledger: CostLedger, codebook: CodebookContent
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the laws, and the payers with all their laws, for which every feed was there."""
    laws = laws_by_arrangement(codebook)
    groups: dict[tuple[str, str], tuple[str, ...]] = {}
    for basis in map(str, CostBasis):
        there = [law for law in laws if ledger.has(law, basis, codebook)]
        groups |= {(law, basis): (law,) for law in there}
        for payer in dict.fromkeys(laws.values()):
            paid = tuple(law for law in laws if laws[law] == payer)
            if set(paid) <= set(there):
                groups[PAYER + payer, basis] = paid
    return groups


def _grid(
    frame: pd.DataFrame,
    study: Study,
    periods: pd.DataFrame,
    groups: Mapping[tuple[str, str], Iterable[str]],
) -> pd.DataFrame:
    """Return every cell there can be; one without a booking is a true 0."""
    labels = pd.DataFrame(list(groups), columns=["law", "basis"], dtype=object)
    grid = places_of(study)[["area", "side", "level"]].drop_duplicates()
    grid = grid.merge(labels, how="cross")
    grid = grid.merge(periods[["period"]].drop_duplicates(), how="cross")
    grid = grid.merge(frame, on=list(KEYS), how="left")
    counts = ["cents", "persons", "households"]
    grid[counts] = grid[counts].fillna(0).astype("int64")
    grid["providers"] = grid["providers"].where(grid["persons"] > 0, 0.0)
    return grid


def _in_runoff(frame: pd.DataFrame, study: Study) -> pd.Series:
    """Return which cells lie in the quarters whose declarations are incomplete."""
    quarters = _quarters(study)["period"].unique()
    cut = quarters[len(quarters) - study.runoff_quarters :]
    return frame["period"].isin(cut) & (frame["basis"] != str(CostBasis.ALLOCATED))
