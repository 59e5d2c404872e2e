"""Health insurance cost per insured year, per calendar year, standardised for age and sex."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluatie.costs.cells import places_of
from evaluatie.costs.prices import at_price_level
from evaluatie.dictionary.model import CodebookContent
from evaluatie.errors import RefusedError
from evaluatie.study import Study

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
    strata = frame[~unknown].drop_duplicates(["area_code", "year", *STRATUM])
    strata = _placed(strata, study, ["insured_persons", "insured_years"], STRATUM)
    amounts = pd.concat([frame, frame.assign(category="")])
    amounts = _placed(amounts, study, ["amount_eur", "eur", "missing"], ["category", *STRATUM])
    rates = _standardised(amounts, strata)
    totals = amounts.groupby([*_CELL, "category"], as_index=False)[
        ["amount_eur", "eur", "missing"]
    ].sum()
    insured = strata.groupby(_CELL, as_index=False)[["insured_persons", "insured_years"]].sum()
    result = totals.merge(insured, on=_CELL).merge(rates, on=[*_CELL, "category"])
    result["eur_per_insured_year"] = result["eur"] / result["insured_years"]
    order = ["level", "area", "year", "category"]
    return result.sort_values(order, ignore_index=True)[list(COLUMNS)]


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


def _placed(frame: pd.DataFrame, study: Study, values: list[str], keys: list[str]) -> pd.DataFrame:
    """Sum per area and per side."""
    joined = frame.merge(places_of(study), on="area_code")
    return joined.groupby([*_CELL, *keys], as_index=False)[values].sum()


def _standardised(amounts: pd.DataFrame, strata: pd.DataFrame) -> pd.DataFrame:
    """Return the standardised rate and the weight filled in, per cell and category."""
    areas = strata[strata["level"] == "area"]
    weight = areas.groupby(STRATUM)["insured_years"].sum()
    weight = (weight / weight.sum()).rename("weight").reset_index()
    cells = amounts[[*_CELL, "category"]].drop_duplicates()
    grid = cells.merge(weight, how="cross")
    grid = grid.merge(strata, on=[*_CELL, *STRATUM], how="left")
    grid = grid.merge(
        amounts[[*_CELL, "category", *STRATUM, "eur"]],
        on=[*_CELL, "category", *STRATUM],
        how="left",
    )
    keys = ["year", "category", *STRATUM]
    pooled = grid[grid["level"] == "area"].groupby(keys)[["eur", "insured_years"]].sum()
    pooled["pooled"] = pooled["eur"] / pooled["insured_years"].replace(0.0, np.nan)
    grid = grid.merge(pooled[["pooled"]].reset_index(), on=keys, how="left")
    own = grid["eur"].fillna(0.0) / grid["insured_years"].where(grid["insured_years"] > 0)
    grid["filled"] = grid["weight"].where(own.isna() & grid["pooled"].notna(), 0.0)
    grid["rate"] = own.fillna(grid["pooled"])
    grid["used"] = grid["weight"].where(grid["rate"].notna(), 0.0)
    grid["weighted"] = grid["weight"] * grid["rate"].fillna(0.0)
    sums = grid.groupby([*_CELL, "category"])[["weighted", "used", "filled"]].sum()
    sums["eur_per_insured_year_standardised"] = sums["weighted"] / sums["used"]
    sums["filled_weight"] = sums["filled"] / sums["used"]
    return sums[["eur_per_insured_year_standardised", "filled_weight"]].reset_index()
