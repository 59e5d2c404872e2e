"""Where every household of the register lived on the first of each month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.ledger import cost_period
from evaluatie.costs.booking.places import address_book, day_numbers
from evaluatie.intake.data import StudyData
from evaluatie.study import Study


@dataclass(frozen=True)
class Residence:
    """Households of the register and where they lived.

    Attributes
    ----------
    households : pandas.Index, length H
        Household ids; the position is the household number.
    months : pandas.DatetimeIndex, length M
        First day of every month of the cost years.
    codes : tuple of str
        Area codes of the study, in its order.
    area : ndarray of int, shape (H, M)
        Position in ``codes`` of the address on the first of the month; -1 elsewhere.
    """

    households: pd.Index
    months: pd.DatetimeIndex
    codes: tuple[str, ...]
    area: npt.NDArray[np.int16]

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years of the months, in order."""
        return tuple(dict.fromkeys(int(year) for year in self.months.year))

    def within(self, codes: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Return whether each household lived in one of these areas, shape (H, M)."""
        return np.isin(self.area, [self.codes.index(code) for code in codes])

    def columns(self, year: int) -> slice:
        """Return the months of a year as a slice of the columns of ``area``."""
        at = np.flatnonzero(self.months.year == year)
        return slice(int(at[0]), int(at[-1]) + 1)


def residence(data: StudyData, study: Study) -> Residence:
    """Return where the households of the register lived on the first of each month.

    Parameters
    ----------
    data : StudyData
        Needs the feeds residents (which households there are) and addresses.
    study : Study
        Areas and cost years.

    Notes
    -----
    A household that moves within a month counts where it lived on the first. MISSING-DATA RULE: a
    household without an address, or with one outside the areas, lives elsewhere (-1).
    """
    codes = tuple(area.code for area in study.areas)
    months = pd.date_range(*cost_period(study), freq="MS")
    book = address_book(data.feeds["addresses"], codes)
    registered = book.households.isin(data.feeds["residents"]["household_id"])
    number = np.flatnonzero(registered).astype(np.int64)
    day = np.tile(day_numbers(pd.Series(months)), len(number))
    place = book.position(np.repeat(number, len(months)), day)
    area = pd.Index(codes).get_indexer(book.area).astype(np.int16)[place]
    return Residence(
        book.households[registered], months, codes, area.reshape(len(number), len(months))
    )
