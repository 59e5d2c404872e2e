"""Health insurance cost per insured year, per calendar year, standardised for age and sex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.amounts.prices import at_price_level
from evaluatie.dictionary.model import CodebookContent
from evaluatie.domain import Side
from evaluatie.errors import RefusedError
from evaluatie.study import Study

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
STRATUM = ["sex", "age_class"]
_CELL = ["area", "side", "level", "year"]
COLUMNS = (
    *_CELL,
    "category",
    "amount_eur",
    "eur",
    "insured_persons",
    "insured_years",
    "eur_per_insured_year",
    "eur_per_insured_year_standardised",
    "filled_weight",
    "missing",
)


def insured_cost(zvw: pd.DataFrame, study: Study, codebook: CodebookContent) -> pd.DataFrame:
    """Return the insurer's cost per area and side, calendar year and category of care.

    Parameters
    ----------
    zvw : DataFrame
        The feed ``zvw``: area_code, year, sex, age_class, category, insured_persons,
        insured_years, amount_eur; one row per stratum x category.
    study : Study
        Areas, cost years and price level; other areas and years are left out.
    codebook : CodebookContent
        Prices.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row per area or side x year x category ('' is the total of all
        categories): amount_eur (own prices), eur (price level of the study), insured_persons and
        insured_years (of all strata, whatever the category), eur_per_insured_year,
        eur_per_insured_year_standardised, filled_weight, missing (amounts that are empty).

    Raises
    ------
    RefusedError
        A stratum whose insured years differ between its categories.

    Notes
    -----
    Direct standardisation: sum over strata k (sex x age class) of W_k x (eur_k / years_k), with
    W_k the share of stratum k in the insured years of all study areas and cost years together, so
    that areas and years are compared on one population. A stratum without insured years in an area
    gets the rate of all areas in that year, which favours nobody; ``filled_weight`` is the W of
    such strata. If nobody is insured in it anywhere that year, its weight is spread over the rest.
    An empty amount counts as 0 and in ``missing``; a stratum without insured years known is left
    out altogether and counts in ``missing``.

    The insurer's own population, annual: never per quarter, per resident, or added to other laws.
    """
    frame = _within(zvw, study)
    _refuse_ambiguous(frame)
    unknown = frame["insured_years"].isna()
    frame = frame.assign(missing=frame["amount_eur"].isna() | unknown)
    frame["amount_eur"] = frame["amount_eur"].fillna(0.0).where(~unknown, 0.0)
    frame["eur"] = at_price_level(
        frame["amount_eur"], frame["year"], codebook.prices, study.price_level
    )
    table = _tabulated(frame.dropna(subset=STRATUM), study)
    rate, filled_weight = _standardised(table)
    result = _result(table, study, rate, filled_weight)
    return result.astype({"insured_persons": zvw["insured_persons"].dtype})


def _within(zvw: pd.DataFrame, study: Study) -> pd.DataFrame:
    first, last = study.cost_years
    codes = [area.code for area in study.areas]
    kept = zvw["area_code"].isin(codes) & zvw["year"].between(first, last)
    frame = zvw[kept].copy()
    return frame.astype({"year": int, "insured_years": float, "amount_eur": float})


def _refuse_ambiguous(frame: pd.DataFrame) -> None:
    years = frame.groupby(["area_code", "year", *STRATUM])["insured_years"]
    differ = years.max() != years.min()
    differ &= years.count() > 0
    if differ.any():
        raise RefusedError(
            f"the insured years differ between the categories of {differ.sum()} strata",
            where="feed of insured cost, column insured_years",
            allowed="one number of insured years per area, year, sex and age class",
        )


@dataclass(frozen=True)
class _Table:
    """The feed as arrays over place (areas, then sides), year, category ('' last) and stratum.

    ``amount``, ``eur`` and ``missing`` have shape (P, Y, C, S), ``persons`` and ``years`` (P, Y, S)
    with NaN-free zeros, ``known`` (P, Y, S) says where the insured years of a stratum are known and
    ``there`` (P, Y, C) where the feed has any row.
    """

    year: Ints
    category: list[str]
    amount: Floats
    eur: Floats
    missing: Floats
    persons: Floats
    years: Floats
    known: Flags
    there: Flags
    areas: int


def _tabulated(frame: pd.DataFrame, study: Study) -> _Table:
    codes = [area.code for area in study.areas]
    sides = np.array([[area.side is side for area in study.areas] for side in Side], dtype=float)
    places = np.vstack([np.eye(len(codes)), sides])  # which areas make up which place
    area = pd.Index(codes).get_indexer(frame["area_code"])
    year, years = pd.factorize(frame["year"], sort=True)
    category, names = pd.factorize(frame["category"], sort=True)
    sex, age = (pd.factorize(frame[name], sort=True) for name in STRATUM)
    stratum, strata = sex[0] * len(age[1]) + age[0], len(sex[1]) * len(age[1])
    wide, shape = (len(codes), len(years), len(names), strata), (len(codes), len(years), strata)
    at = np.ravel_multi_index((area, year, category, stratum), wide)

    def summed(column: str) -> Floats:
        cells = np.bincount(at, frame[column], int(np.prod(wide))).reshape(wide)
        cells = np.concatenate([cells, cells.sum(axis=2, keepdims=True)], axis=2)
        return np.tensordot(places, cells, axes=1)

    rows = np.bincount(at, minlength=int(np.prod(wide))).reshape(wide).sum(axis=3)
    rows = np.concatenate([rows, rows.sum(axis=2, keepdims=True)], axis=2)
    known = frame["insured_years"].notna().to_numpy()
    one = np.ravel_multi_index((area[known], year[known], stratum[known]), shape)
    cell, first = np.unique(one, return_index=True)
    by_stratum = []
    for column in ("insured_persons", "insured_years"):
        values = np.zeros(int(np.prod(shape)))
        values[cell] = frame[column].to_numpy(dtype=float)[known][first]
        by_stratum.append(np.tensordot(places, np.nan_to_num(values).reshape(shape), axes=1))
    seen = np.zeros(int(np.prod(shape)))
    seen[cell] = 1.0
    persons, insured_years = by_stratum
    return _Table(
        year=np.asarray(years),
        category=[*names, ""],
        amount=summed("amount_eur"),
        eur=summed("eur"),
        missing=summed("missing"),
        persons=persons,
        years=insured_years,
        known=np.tensordot(places, seen.reshape(shape), axes=1) > 0,
        there=np.tensordot(places, rows, axes=1) > 0,
        areas=len(codes),
    )


def _standardised(table: _Table) -> tuple[Floats, Floats]:
    """Return the standardised rate and the weight filled in; shape (P, Y, C) each."""
    own_areas = slice(table.areas)
    weight = table.years[own_areas].sum(axis=(0, 1))
    weight = weight / weight.sum()
    there = table.there[own_areas][..., None]
    eur = np.where(there, table.eur[own_areas], 0.0).sum(axis=0)
    behind = np.where(there, table.years[own_areas][:, :, None, :], 0.0).sum(axis=0)
    years = table.years[:, :, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = np.where(behind > 0, eur / behind, np.nan)
        own = np.where(years > 0, table.eur / years, np.nan)
        rate = np.where(np.isnan(own), pooled, own)
        used = np.where(np.isnan(rate), 0.0, weight).sum(axis=-1)
        filled = np.where(np.isnan(own) & ~np.isnan(pooled), weight, 0.0).sum(axis=-1)
        return (weight * np.nan_to_num(rate)).sum(axis=-1) / used, filled / used


def _result(table: _Table, study: Study, rate: Floats, filled_weight: Floats) -> pd.DataFrame:
    """Return the cells with any row and any stratum of known size as a frame."""
    names = [area.code for area in study.areas] + [str(side) for side in Side]
    sides = [str(area.side) for area in study.areas] + [str(side) for side in Side]
    some = table.known.sum(axis=-1)[..., None] > 0
    place, year, category = np.nonzero(table.there & some)
    cell = (place, year, category)
    persons, years = (t.sum(axis=-1)[place, year] for t in (table.persons, table.years))
    eur = table.eur.sum(axis=-1)[cell]
    with np.errstate(divide="ignore", invalid="ignore"):
        per_year = eur / years
    columns = {
        "area": np.array(names, dtype=object)[place],
        "side": np.array(sides, dtype=object)[place],
        "level": np.where(place < table.areas, "area", "side").astype(object),
        "year": table.year[year],
        "category": np.array(table.category, dtype=object)[category],
        "amount_eur": table.amount.sum(axis=-1)[cell],
        "eur": eur,
        "insured_persons": persons,
        "insured_years": years,
        "eur_per_insured_year": per_year,
        "eur_per_insured_year_standardised": rate[cell],
        "filled_weight": filled_weight[cell],
        "missing": table.missing.sum(axis=-1)[cell].astype(np.int64),
    }
    order = ["level", "area", "year", "category"]
    return pd.DataFrame(columns).sort_values(order, ignore_index=True)[list(COLUMNS)]
