"""Households with care under several laws in the same month."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.amounts.cells import places_of
from evaluatie.costs.booking.codes import laws_by_arrangement
from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.costs.households.residence import Residence, residence
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
    homes: Residence | None = None,
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
    homes : Residence, optional
        Where households lived, if it was made before.

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
    refuse_unknown_laws(indicator, codebook)
    homes = homes or residence(data, study)
    months = homes.months
    laws = _laws_at_once(ledger, indicator, homes.households, months)
    rows = []
    for place, codes in places_of(study).groupby(_CELL[:-1], sort=True)["area_code"]:
        here = homes.within(codes)
        for year in dict.fromkeys(months.year):
            at = months.year == year
            counts = _counts(here[:, at], laws[:, at], indicator.minimum or 2)
            rows.append(dict(zip(_CELL, (*place, year), strict=True)) | counts)
    return pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(_CELL, ignore_index=True)


def _laws_at_once(
    ledger: CostLedger, indicator: Indicator, households: pd.Index, months: pd.DatetimeIndex
) -> npt.NDArray[np.int8]:
    """Return the number of laws with days of care, households x months."""
    care = ledger.query(
        f"""
        select household_id, month, count(distinct law) as laws from ledger
        join laws using (law) where basis = '{CostBasis.ALLOCATED}' and days > 0
        group by household_id, month
        """,
        laws=pd.DataFrame({"law": list(indicator.laws)}, dtype=object),
    )
    row = households.get_indexer(care["household_id"])
    column = months.get_indexer(care["month"])
    counts = np.zeros((len(households), len(months)), dtype=np.int8)
    known = row >= 0
    counts[row[known], column[known]] = care["laws"].to_numpy()[known]
    return counts


def _counts(
    here: npt.NDArray[np.bool_], laws: npt.NDArray[np.int8], minimum: int
) -> dict[str, float]:
    """Count months and households; arrays are households x months of one year."""
    kinds = {"stacked": here & (laws >= minimum), "user": here & (laws > 0), "household": here}
    months = {f"{kind}_months": int(mask.sum()) for kind, mask in kinds.items()}
    behind = {kind: int(mask.any(axis=1).sum()) for kind, mask in kinds.items()}
    stacked = months["stacked_months"]
    return {
        **months,
        "share_of_users": stacked / (months["user_months"] or np.nan),
        "share_of_households": stacked / (months["household_months"] or np.nan),
        "stacked_households": behind["stacked"],
        "user_households": behind["user"],
        "households": behind["household"],
    }


def refuse_unknown_laws(indicator: Indicator, codebook: CodebookContent) -> None:
    """Refuse an indicator with a law whose care is not known per household.

    Raises
    ------
    RefusedError
        Naming the laws.
    """
    known = laws_by_arrangement(codebook)
    if unknown := [law for law in indicator.laws if law not in known]:
        raise RefusedError(
            f"{', '.join(unknown)}: care under these laws is not known per household",
            where=f"indicator '{indicator.id}'",
            allowed=", ".join(known),
        )
