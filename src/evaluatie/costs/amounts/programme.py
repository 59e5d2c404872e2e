"""Counts of records by code, and the cost of the programme itself."""

from __future__ import annotations

import pandas as pd

from evaluatie.costs.amounts.cells import side_of
from evaluatie.costs.amounts.prices import at_price_level
from evaluatie.dictionary.model import CodebookContent
from evaluatie.study import Study

ALL = "all"


def record_counts(feed: pd.DataFrame, by: str, study: Study) -> pd.DataFrame:
    """Count the records of a feed by code.

    Parameters
    ----------
    feed : DataFrame
        For instance ``cases`` (area_code, opened_on) or ``citizen_science`` (year, count). With a
        column ``count`` that is summed, otherwise rows are counted.
    by : str
        Column with the code.
    study : Study
        Areas.

    Returns
    -------
    DataFrame
        One row per side x year x code: side (pilot, comparison, '' where the area is unknown;
        ``all`` for everything together), year (0 for all years), code ('' where none was recorded),
        count. Only combinations that occur.
    """
    frame = pd.DataFrame(
        {
            "side": _sides(feed, study),
            "year": _years(feed),
            "code": feed[by].astype(object).where(feed[by].notna(), ""),
            "count": feed["count"].fillna(0) if "count" in feed else 1,
        }
    )
    frame = pd.concat([frame, frame.assign(side=ALL)] if "area_code" in feed else [frame])
    frame = pd.concat([frame, frame.assign(year=0)])
    counted = frame.groupby(["side", "year", "code"], as_index=False)["count"].sum()
    return counted.astype({"count": "int64"})


def programme_cost(feed: pd.DataFrame, study: Study, codebook: CodebookContent) -> pd.DataFrame:
    """Return what the programme cost, by project, payer and year.

    Parameters
    ----------
    feed : DataFrame
        The feed ``programme_costs``: project_id, payer, year, amount_eur.
    study, codebook
        Cost years and price level; prices.

    Returns
    -------
    DataFrame
        One row per project_id x payer x year within the cost years: cents (own prices), eur
        (price level of the study), missing (amounts that are empty, counted as 0).
    """
    first, last = study.cost_years
    frame = feed[feed["year"].between(first, last)].astype({"year": int})
    frame = frame.assign(
        cents=(frame["amount_eur"].fillna(0) * 100).round().astype("int64"),
        missing=frame["amount_eur"].isna(),
    )
    keys = ["project_id", "payer", "year"]
    result = frame.groupby(keys, as_index=False)[["cents", "missing"]].sum()
    result["eur"] = at_price_level(
        result["cents"] / 100, result["year"], codebook.prices, study.price_level
    )
    return result[[*keys, "cents", "eur", "missing"]]


def _sides(feed: pd.DataFrame, study: Study) -> pd.Series:
    if "area_code" not in feed:
        return pd.Series(ALL, index=feed.index, dtype=object)
    return side_of(feed["area_code"], study).fillna("")


def _years(feed: pd.DataFrame) -> pd.Series:
    years = feed["year"] if "year" in feed else feed["opened_on"].dt.year
    return years.fillna(-1).astype(int)
