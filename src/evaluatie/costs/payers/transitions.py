"""Households that leave one kind of care, and those of them that enter another within a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.ledger import CostLedger, cost_period
from evaluatie.dictionary.model import CareKind
from evaluatie.domain import CostBasis
from evaluatie.study import Study

MONTHS_FOLLOWED = 12
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Transitions:
    """Households per area (G) and year of leaving (Y).

    Attributes
    ----------
    leavers : ndarray of int, shape (G, Y)
        Households that left the first kind of care and did not have the second at that time.
    entered : ndarray of int, shape (G, Y)
        Those of them that had the second kind within twelve months.
    """

    leavers: Ints
    entered: Ints

    def of(self, years: Sequence[int]) -> Transitions:
        """Return the same of some years (positions), in that order."""
        return Transitions(self.leavers[:, years], self.entered[:, years])


def transitions(
    ledger: CostLedger, study: Study, leave: CareKind, enter: CareKind, years: Sequence[int]
) -> Transitions:
    """Count households that left one kind of care and entered another within twelve months.

    Parameters
    ----------
    ledger : CostLedger
        Needs the allocated days of care of both kinds.
    study : Study
        Areas and cost years.
    leave, enter : CareKind
        Care by arrangement.
    years : sequence of int
        Calendar years of leaving; the year after each lies within the cost years.

    Returns
    -------
    Transitions

    Notes
    -----
    A household leaves in month m when somebody in it has allocated days of the first kind in m
    and nobody has in the twelve months after m; at risk of entering when nobody has the second
    kind in m; enters when somebody has it in one of those twelve months. It counts in the area
    where the care of month m was booked, at most once a year. Follow-up is complete for
    everybody, so a share needs no survival model. ASSUMPTION: who moves away or dies is followed
    as if still there and counts as not entering; the register does not say why care ended.
    MISSING-DATA RULE: none; days of care that are not there are no care.
    """
    first, last = cost_period(study)
    months = pd.date_range(first, last, freq="MS")
    care = _months_of_care(ledger, (leave, enter), months)
    index, households = pd.factorize(care["household_id"])
    shape = (len(households), len(months))
    has = np.zeros((2, *shape), dtype=bool)
    place = np.full(shape, -1)
    areas = pd.Index([area.code for area in study.areas])
    at = months.get_indexer(care["month"])
    role = care["label"].astype(int).to_numpy()
    has[role, index, at] = True
    out = role == 0
    np.maximum.at(place, (index[out], at[out]), areas.get_indexer(care["area_code"])[out])
    left = has[0] & ~_soon(has[0]) & ~has[1] & (place >= 0)
    return Transitions(
        _counted(left, place, months, len(areas), years),
        _counted(left & _soon(has[1]), place, months, len(areas), years),
    )


def _months_of_care(
    ledger: CostLedger, kinds: Sequence[CareKind], months: pd.DatetimeIndex
) -> pd.DataFrame:
    """Return label (position of the kind), household_id, month, area_code of days of care."""
    members = pd.DataFrame(
        [(str(i), k.law, p) for i, k in enumerate(kinds) for p in k.products or ("",)],
        columns=["label", "law", "product"],
        dtype=object,
    )
    return ledger.query(
        f"""
        select distinct label, household_id, month, area_code::varchar as area_code
        from ledger join members
            on members.law = ledger.law and members.product in ('', ledger.product_code)
        where basis = '{CostBasis.ALLOCATED}' and days > 0
            and month between '{months[0]:%Y-%m-%d}' and '{months[-1]:%Y-%m-%d}'
        """,
        members=members,
    )


def _soon(has: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return whether there is care in any of the months followed after each month."""
    total = np.cumsum(has, axis=1, dtype=np.int32)
    count = has.shape[1]
    until = np.minimum(np.arange(count) + MONTHS_FOLLOWED, count - 1)
    return np.asarray(total[:, until] - total > 0)


def _counted(
    flags: npt.NDArray[np.bool_],
    place: npt.NDArray[np.int64],
    months: pd.DatetimeIndex,
    areas: int,
    years: Sequence[int],
) -> Ints:
    household, month = np.nonzero(flags)
    area, year = place[household, month], np.asarray(months.year)[month]
    table = np.zeros((areas, len(years)), dtype=np.int64)
    for position, wanted in enumerate(years):
        table[:, position] = np.bincount(area[year == wanted], minlength=areas)
    return table
