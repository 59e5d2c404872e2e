"""Annual totals that are only known per area: long-term care."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluatie.costs.amounts.cells import places_of, residents_of
from evaluatie.costs.amounts.prices import at_price_level
from evaluatie.dictionary.model import CodebookContent
from evaluatie.study import Study

_CELL = ["area", "side", "level", "year"]
COLUMNS = (
    *_CELL,
    "amount_eur",
    "eur",
    "users",
    "eur_per_user",
    "residents",
    "eur_per_resident",
    "areas_missing",
)


def annual_totals(
    totals: pd.DataFrame,
    study: Study,
    codebook: CodebookContent,
    population: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return annual totals per area and side.

    Parameters
    ----------
    totals : DataFrame
        The feed ``wlz``: area_code, year, users, amount_eur; one row per area x year.
    study : Study
        Areas, cost years and price level; other areas and years are left out.
    codebook : CodebookContent
        Prices.
    population : DataFrame, optional
        The feed ``population``; without it the columns per resident are NaN.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row per area or side x year that has a total: amount_eur (own
        prices), eur (price level of the study), users, eur_per_user, residents,
        eur_per_resident (annual; never divided into quarters or added to other laws),
        areas_missing (areas of a side without a total that year; its numbers are then NaN, since
        a sum over fewer areas would look like a fall).

    Raises
    ------
    RefusedError
        No population for a year of an area, or no price index for a year.
    """
    first, last = study.cost_years
    kept = totals[totals["year"].between(first, last) & totals["amount_eur"].notna()]
    places = places_of(study)
    joined = kept.astype({"year": int}).merge(places, on="area_code")
    joined["eur"] = at_price_level(
        joined["amount_eur"], joined["year"], codebook.prices, study.price_level
    )
    result = joined.groupby(_CELL, as_index=False).agg(
        amount_eur=("amount_eur", "sum"),
        eur=("eur", "sum"),
        users=("users", lambda values: values.sum(skipna=False)),
        areas=("area_code", "size"),
    )
    complete = places.groupby("area")["area_code"].size()
    result["areas_missing"] = result["area"].map(complete) - result.pop("areas")
    numbers = ["amount_eur", "eur", "users"]
    result[numbers] = result[numbers].astype(float).where(result["areas_missing"] == 0)
    result["eur_per_user"] = result["eur"] / result["users"].where(result["users"] > 0)
    result["residents"] = np.nan
    if population is not None:
        result["residents"] = residents_of(population, study, result["area"], result["year"])
    result["eur_per_resident"] = result["eur"] / result["residents"]
    return result.sort_values(["level", "area", "year"], ignore_index=True)[list(COLUMNS)]
