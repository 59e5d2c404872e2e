"""Months of the cost monitor and the windows in which cost questions are judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from evaluatie.dictionary import Codebook
from evaluatie.study import Study, Wave
from evaluatie.synthetic.population import Ints

MONTHS, QUARTER = 12, 3


@dataclass(frozen=True)
class Months:
    """The months of the cost years.

    Attributes
    ----------
    first : array (months + 1,)
        First day of each month as days since 1970-01-01, and the first day after the last.
    price : array (months,)
        What a euro of the month is worth at the study's price level.
    """

    first: Ints
    price: npt.NDArray[np.float64]

    @property
    def count(self) -> int:
        """Number of months."""
        return len(self.first) - 1

    @property
    def length(self) -> Ints:
        """Days in each month."""
        return np.diff(self.first)

    def index_of(self, day: Ints) -> Ints:
        """Return the index of the month a day lies in (-1 before the first)."""
        return np.searchsorted(self.first, day, side="right") - 1

    def within(self, start: int, end: int) -> npt.NDArray[np.bool_]:
        """Return which months begin on or after ``start`` and before ``end`` (day numbers)."""
        return np.asarray((self.first[:-1] >= start) & (self.first[:-1] < end))


def study_months(study: Study, codebook: Codebook) -> Months:
    """Return the months of the study's cost years."""
    first, last = study.cost_years
    months = np.arange(f"{first}-01", f"{last + 1}-02", dtype="datetime64[M]")
    factor = {y: codebook.price_factor(y, study.price_level) for y in range(first, last + 1)}
    price = np.array([factor[y] for y in range(first, last + 1)]).repeat(MONTHS)
    return Months(months.astype("datetime64[D]").astype(np.int64), price)


def quarter_window(wave: Wave) -> tuple[date, date]:
    """Return the four full quarters that end before a wave starts: first day, day after."""
    month = wave.start.month - (wave.start.month - 1) % QUARTER
    return date(wave.start.year - 1, month, 1), date(wave.start.year, month, 1)


def insured_year(wave: Wave) -> int:
    """Return the calendar year before a wave starts."""
    return wave.start.year - 1
