"""Run-off: how complete the declarations of recent quarters are, and what they grow to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.codes import arrangement_codes
from evaluatie.costs.booking.declared import euros_of_lines
from evaluatie.costs.booking.ledger import cost_period, with_household
from evaluatie.costs.booking.places import day_numbers, month_numbers
from evaluatie.dictionary.model import CodebookContent
from evaluatie.domain import CostBasis
from evaluatie.errors import RefusedError
from evaluatie.intake.data import StudyData
from evaluatie.methods import Completed, Development, chain_ladder, complete_amounts
from evaluatie.study import Study

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEVEL = 0.95
MINIMUM_SHARE = 0.5  # a quarter of which less than this is in is cut, never completed
_DELAYS = 8  # two years after the first count nothing more is expected
_FEWEST = 3  # quarters behind a factor
_MONTHS = 3  # of a quarter


@dataclass(frozen=True)
class LawRunoff:
    """The run-off of one law; n quarters of care, J steps of a quarter.

    Attributes
    ----------
    triangle : ndarray of float, shape (n, J + 1)
        Cumulative euros (own prices) by quarter of care and delay, NaN where not yet observed.
    development : Development or None
        None where the triangle cannot be estimated from; ``refused`` then says why.
    lines : ndarray of int, shape (n,)
        Declared lines of each quarter.
    persons, households : ndarray of int, shape (n,)
        Who they are about.
    refused : str
        Plain words; empty where there is a development.
    """

    triangle: Floats
    development: Development | None
    lines: Ints
    persons: Ints
    households: Ints
    refused: str = ""


@dataclass(frozen=True)
class Runoff:
    """How declarations come in over time.

    Attributes
    ----------
    quarters : pandas.PeriodIndex, length n
        Quarters of care that ended before the last booking, earliest first.
    extracted : Timestamp
        The day of the last booking: what is known is known up to this day.
    months : tuple of int, length J + 1
        Months between the end of a quarter and each delay, rounded.
    laws : mapping of str to LawRunoff
        Laws that have declarations.
    undated : int
        Lines without a booking date: not in the triangle, in the ledger all the same.
    too_late : int
        Lines booked after the report date, which cannot be true: likewise.
    """

    quarters: pd.PeriodIndex
    extracted: pd.Timestamp
    months: tuple[int, ...]
    laws: Mapping[str, LawRunoff]
    undated: int
    too_late: int

    def delay(self, quarter: str) -> int | None:
        """Return up to which delay a quarter such as ``2019-Q3`` is known; None: not ended yet."""
        period = pd.Period(quarter.replace("-", ""), freq="Q")
        if period > self.quarters[-1]:
            return None
        return min(int(self.quarters[-1].ordinal - period.ordinal), len(self.months) - 1)

    def complete(self, law: str, quarter: str, euros: npt.ArrayLike) -> Completed | None:
        """Complete the amounts of a law in a quarter, such as those of its areas.

        Parameters
        ----------
        law, quarter : str
            A law with declarations.
        euros : array_like, shape (m,)
            What has been booked so far, by independent parts.

        Returns
        -------
        Completed or None
            None where less than `MINIMUM_SHARE` is in, the quarter had not ended at the last
            booking, or no development can be estimated: cut it off.
        """
        mine, delay = self.laws[law], self.delay(quarter)
        if delay is None or mine.development is None:
            return None
        if mine.development.to_ultimate(delay) > 1 / MINIMUM_SHARE:
            return None
        amounts = np.asarray(euros, dtype=float)
        return complete_amounts(mine.development, amounts, np.full(amounts.shape, delay))


def runoffs_of(data: StudyData, codebook: CodebookContent, study: Study) -> dict[str, Runoff]:
    """Return by basis what the last quarters are completed with; nothing where they are cut."""
    if study.runoff == "cut" or study.runoff_quarters == 0:
        return {}
    bases = (CostBasis.DELIVERED, CostBasis.DECLARED)
    found = {str(basis): run_off(data, codebook, study, basis) for basis in bases}
    return {basis: runoff for basis, runoff in found.items() if runoff is not None}


def run_off(
    data: StudyData,
    codebook: CodebookContent,
    study: Study,
    basis: CostBasis = CostBasis.DECLARED,
) -> Runoff | None:
    """Estimate per law how declarations come in after the quarter of care.

    Parameters
    ----------
    data : StudyData
        Uses the feeds declarations (month of care, booked_on, amount) and arrangements (product).
    codebook : CodebookContent
        Which law a product belongs to.
    study : Study
        Cost years, report date.
    basis : CostBasis
        Declared amounts, or the value of what was delivered by the same lines.

    Returns
    -------
    Runoff or None
        None where a feed is missing or no line has a usable booking date.

    Notes
    -----
    The last booking, day D, is the day that the feed was made up to. A quarter of care that ended
    k quarters before the last one that had ended by D is known at delays 0..k; its delay k - m is
    what had been booked by the day 3 m months before D, so that every delay is observed for full
    three months, wherever D lies in its quarter. At most eight delays: amounts after two years are
    taken as final.

    ASSUMPTIONS: those of `chain_ladder`, all areas of the feed alike; nothing arrived after D that
    was left out for another reason. MISSING-DATA RULE: lines without an arrangement, amount or
    booking date, or booked after the report date, are not in the triangle; the latter two are
    counted. Credits lower the amount from the day that they were booked.
    """
    if not {"declarations", "arrangements"} <= set(data.feeds):
        return None
    lines, undated, too_late = _lines(data, codebook, study, basis)
    if lines.empty:
        return None
    extracted = lines["booked_on"].max()
    first, horizon = (pd.Period(day, freq="Q") for day in cost_period(study))
    last = min(horizon, pd.Period(extracted + pd.Timedelta(days=1), freq="Q") - 1)
    if last < first:
        return None
    quarters = pd.period_range(first, last, freq="Q")
    lines = lines[lines["quarter"].between(first.ordinal, last.ordinal)]
    steps = max(min(_DELAYS, len(quarters) - _FEWEST), 1)
    cut = [extracted - pd.DateOffset(months=_MONTHS * m) for m in range(len(quarters))]
    laws = {
        str(law): _law(mine, quarters, np.array(cut, dtype="datetime64[ns]"), steps)
        for law, mine in lines.groupby("law", sort=True)
    }
    age = (extracted - last.end_time.normalize()).days / (365.25 / 12)
    months = tuple(round(age) + _MONTHS * j for j in range(steps + 1))
    return Runoff(quarters, extracted, months, laws, undated, too_late)


def _lines(
    data: StudyData, codebook: CodebookContent, study: Study, basis: CostBasis
) -> tuple[pd.DataFrame, int, int]:
    """Return the usable lines (law, quarter, booked_on, eur, who), and how many are not dated."""
    declarations = data.feeds["declarations"]
    arrangements = with_household(data.feeds["arrangements"], data.feeds.get("residents"))
    codes = arrangement_codes(codebook)
    found = pd.Index(arrangements["assignment_no"]).get_indexer(declarations["assignment_no"])
    euros = euros_of_lines(declarations, arrangements, codes, found, (basis,))[basis]
    law = codes.laws_of(arrangements["product_code"]).to_numpy()
    usable = (found >= 0) & declarations["month"].notna().to_numpy() & ~np.isnan(euros)
    booked = declarations["booked_on"]
    undated = usable & booked.isna().to_numpy()
    too_late = usable & (booked > pd.Timestamp(study.report_date)).to_numpy()
    kept = usable & ~undated & ~too_late
    at = found[kept]
    frame = pd.DataFrame(
        {
            "law": law[at],
            "quarter": month_numbers(day_numbers(declarations["month"][kept])) // _MONTHS,
            "booked_on": booked[kept].to_numpy(),
            "eur": euros[kept],
            "person": pd.factorize(arrangements["person_id"])[0][at],
            "household": pd.factorize(arrangements["household_id"])[0][at],
        }
    )
    return frame, int(undated.sum()), int(too_late.sum())


def _law(
    lines: pd.DataFrame, quarters: pd.PeriodIndex, cut: npt.NDArray[np.datetime64], steps: int
) -> LawRunoff:
    """Return the triangle of one law; ``cut`` are the days of its diagonals, the last one first."""
    row = lines["quarter"].to_numpy() - quarters[0].ordinal
    # the oldest diagonal that holds a line: 0 for all those booked since the one before the last
    reached = len(cut) - np.searchsorted(cut[::-1], lines["booked_on"].to_numpy(), side="left")
    diagonal = reached - 1
    delay = np.clip(len(quarters) - 1 - row - diagonal, 0, steps)
    known = np.minimum(len(quarters) - 1 - np.arange(len(quarters)), steps)
    added = np.zeros((len(quarters), steps + 1))
    np.add.at(added, (row, delay), lines["eur"].to_numpy())
    triangle = np.cumsum(added, axis=1)
    triangle[np.arange(steps + 1) > known[:, None]] = np.nan
    counts = [_distinct(row, lines[name], len(quarters)) for name in ("person", "household")]
    size = np.bincount(row, minlength=len(quarters))
    try:
        development, refused = chain_ladder(triangle), ""
    except RefusedError as error:
        development, refused = None, error.what
    return LawRunoff(triangle, development, size, counts[0], counts[1], refused)


def _distinct(row: Ints, who: pd.Series, rows: int) -> Ints:
    """Return how many different people (or households) each row of the triangle is about."""
    pairs = pd.DataFrame({"row": row, "who": who.to_numpy()}).drop_duplicates()
    return np.bincount(pairs["row"], minlength=rows)
