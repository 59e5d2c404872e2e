"""Households with care under several laws in the same month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluatie.costs.cells import places_of
from evaluatie.costs.codes import laws_by_arrangement
from evaluatie.costs.ledger import CostLedger, cost_period
from evaluatie.costs.places import address_book, day_numbers
from evaluatie.dictionary.model import CodebookContent, Indicator
from evaluatie.domain import CostBasis
from evaluatie.errors import RefusedError
from evaluatie.intake.data import StudyData
from evaluatie.study import Study

COLUMNS = (
    "area",
    "side",
    "level",
    "year",
    "share_of_users",
    "share_of_households",
    "stacked_months",
    "user_months",
    "household_months",
    "stacked_households",
    "user_households",
    "households",
)
_CELL = ["area", "side", "level", "year"]


def stacking(
    ledger: CostLedger,
    data: StudyData,
    indicator: Indicator,
    study: Study,
    codebook: CodebookContent,
) -> pd.DataFrame:
    """Return the share of households with care under at least ``minimum`` laws at once.

    Parameters
    ----------
    ledger : CostLedger
        Needs arrangements, benefits and addresses: allocated days of care decide.
    data : StudyData
        Needs the feeds residents (which households there are) and addresses.
    indicator : Indicator
        Kind ``stacking``: laws and minimum.
    study, codebook
        Areas, cost years; laws.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row per area and side x year. A household is stacked in a month in
        which it has care under at least ``minimum`` of the laws, by one person or by several.
        share_of_users = stacked_months / user_months, the months of households with any care;
        share_of_households = stacked_months / household_months, those of all households of the
        register; ``..._households`` count the different households behind each number.

    Raises
    ------
    RefusedError
        A law of the indicator whose cost is not known per household.

    Notes
    -----
    A household-month belongs to the area of the address on the first of that month. Households
    that are not in the register, or live elsewhere, are in neither number.
    """
    _refuse_unknown_laws(indicator, codebook)
    months = _household_months(data, study)
    care = ledger.query(
        f"""
        select household_id, month, count(distinct law) as laws from ledger
        join laws using (law) where basis = '{CostBasis.ALLOCATED}' and days > 0
        group by household_id, month
        """,
        laws=pd.DataFrame({"law": list(indicator.laws)}, dtype=object),
    )
    care["month"] = care["month"].astype("datetime64[ns]")
    joined = months.merge(care, on=["household_id", "month"], how="left")
    joined["user"] = joined["laws"].notna()
    joined["stacked"] = joined["laws"] >= (indicator.minimum or 2)
    placed = joined.merge(places_of(study), on="area_code")
    result = _counted(placed)
    result["share_of_users"] = result["stacked_months"] / result["user_months"].where(
        result["user_months"] > 0
    )
    result["share_of_households"] = result["stacked_months"] / result["household_months"]
    return result[list(COLUMNS)]


def _household_months(data: StudyData, study: Study) -> pd.DataFrame:
    """Return household_id, month, year, area_code of registered households in study areas."""
    first, horizon = cost_period(study)
    months = pd.date_range(first, horizon, freq="MS")
    book = address_book(data.feeds["addresses"], tuple(area.code for area in study.areas))
    registered = book.households.isin(data.feeds["residents"]["household_id"])
    number = np.flatnonzero(registered).astype(np.int64)
    household = np.repeat(number, len(months))
    day = np.tile(day_numbers(pd.Series(months)), len(number))
    pieces, place = book.cut(household, day, day)
    frame = pd.DataFrame(
        {
            "household_id": book.households.to_numpy()[household[pieces.row]],
            "month": np.tile(months.to_numpy(), len(number))[pieces.row],
            "area_code": book.area[place],
        }
    )
    frame = frame[frame["area_code"] != ""]
    return frame.assign(year=frame["month"].dt.year)


def _counted(placed: pd.DataFrame) -> pd.DataFrame:
    kinds = {"household": placed, "user": placed[placed["user"]]}
    kinds["stacked"] = placed[placed["stacked"]]
    counts = {}
    for name, rows in kinds.items():
        by = rows.groupby(_CELL)
        counts[f"{name}_months"] = by.size()
        counts["households" if name == "household" else f"{name}_households"] = by[
            "household_id"
        ].nunique()
    frame = pd.DataFrame(counts).fillna(0).astype("int64")
    return frame.rename_axis(_CELL).reset_index().sort_values(_CELL, ignore_index=True)


def _refuse_unknown_laws(indicator: Indicator, codebook: CodebookContent) -> None:
    known = laws_by_arrangement(codebook)
    if unknown := [law for law in indicator.laws if law not in known]:
        raise RefusedError(
            f"{', '.join(unknown)}: care under these laws is not known per household",
            where=f"indicator '{indicator.id}'",
            allowed=", ".join(known),
        )
