"""From printed numbers to what they claim: every number is an interval that its rounding leaves.

The ledger says of which row and field a number is. What a row is about (its group, unit, period)
is no secret and is read from the table of estimates; its numbers are read from the files alone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pandas as pd

from evaluatie.disclosure.auditing.printed.ledger import (
    DECLARED,
    DRAWN,
    LEDGER_COLUMNS,
    P_VALUES,
    scale_of,
    shares_of,
)
from evaluatie.disclosure.auditing.printed.numbers import date_number, half_unit, plain
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.amounts import denominators
from evaluatie.disclosure.universe.cells import Cell, CellReader
from evaluatie.disclosure.universe.claims import (
    AMOUNT,
    Claim,
    RowClaims,
    Told,
    kind_of,
    read_claims,
)
from evaluatie.domain import Publication
from evaluatie.results import NUMBER

COUNTED = ("n", "n_households", "n_providers", "n_clusters")  # fields that are whole numbers
READ = ("estimate", "n", "n_households")  # fields that make a claim
VARIANT = "#"  # precedes the number of a source that counts the same people differently
TOGETHER = " + "  # joins the names of reports that say something only together

Field = tuple[str, str]  # row id and column
Interval = tuple[float, float]
Place = tuple[str, Cell, str]  # row id, group and measure


@dataclass(frozen=True)
class Source:
    """What one report, table or earlier release says: the interval of every field it prints."""

    where: str
    told: Mapping[Field, Interval]


@dataclass(frozen=True)
class Truth:
    """What rows are about, and the numbers behind them that the auditor may know.

    Attributes
    ----------
    frame : pandas.DataFrame
        The private table of estimates, with rows of earlier releases that it no longer has.
    rows : tuple of RowClaims
        Their claims.
    """

    frame: pd.DataFrame
    rows: tuple[RowClaims, ...]


# ----------------------------------------------------------------------------- what a number says


def printed_intervals(
    ledger: pd.DataFrame, rows: pd.DataFrame, language: str
) -> dict[Field, Interval]:
    """Return what the ledger of a run says of its rows, number by number.

    Parameters
    ----------
    ledger : pandas.DataFrame
        `numbers.csv`.
    rows : pandas.DataFrame
        Rows of the run; only what they are about is read, not their numbers.

    Notes
    -----
    A number printed in several places, or with several roundings, lies in all the intervals. A
    number that a figure draws is known to six significant digits: whoever has the file can measure
    it.
    """
    by_id = {str(row["id"]): row for row in rows.to_dict("records")}
    shares = shares_of(rows)
    told: dict[Field, Interval] = {}
    for text, row_id, field, channel in ledger[list(LEDGER_COLUMNS)].itertuples(index=False):
        row = by_id.get(row_id)
        if row is None or row_id.startswith(DECLARED) or field not in NUMBER:
            continue
        share = row["indicator"] in shares
        interval = interval_of(text, row, field, language, share=share, drawn=channel == DRAWN)
        _narrow(told, (row_id, field), interval)
    return told


def interval_of(
    text: str,
    row: Mapping[str, object],
    field: str,
    language: str = "nl",
    *,
    share: bool = False,
    drawn: bool = False,
) -> Interval:
    """Return between which values a printed number lies, in the unit of its row.

    Parameters
    ----------
    share : bool
        Whether the contrast of the row's indicator is a share.
    drawn : bool
        Whether the text is a plain number of six significant digits, read off a figure.

    Notes
    -----
    Half a unit of the last printed decimal to either side: 12,3% is 0,1225 to 0,1235. Whole
    persons and households are what they are: 17 is 17 and not 16,5 to 17,5.
    """
    if drawn:
        exact = Decimal(text)
        return _whole(field, float(exact - half_unit(exact)), float(exact + half_unit(exact)))
    if field in P_VALUES and text.startswith("<"):
        return 0.0, float(plain(text[1:].strip(), language))
    scale = scale_of(row, field, text, share=share)
    if scale.date:
        return float(date_number(text)), float(date_number(text))
    value = plain(text, language)
    if scale.whole:
        return float(value), float(value)
    ends = ((value + sign * half_unit(value)) / scale.factor for sign in (-1, 1))
    return _whole(field, *map(float, ends))


def _whole(field: str, low: float, high: float) -> Interval:
    """Return the whole numbers in an interval, for a field that is a number of people."""
    if field in COUNTED and math.ceil(low) <= math.floor(high):
        return float(math.ceil(low)), float(math.floor(high))
    return low, high


def table_intervals(frame: pd.DataFrame) -> dict[Field, Interval]:
    """Return what the rows of a table or an earlier release say: the numbers themselves.

    Parameters
    ----------
    frame : pandas.DataFrame
        Column ``id`` and number columns; missing is not told. Ten significant digits, as tables
        are written with, count as exact.
    """
    told: dict[Field, Interval] = {}
    for field in (column for column in NUMBER if column in frame):
        for row_id, value in frame.loc[frame[field].notna(), ["id", field]].itertuples(index=False):
            _narrow(told, (row_id, field), (float(value), float(value)))
    return told


def _narrow(told: dict[Field, Interval], key: Field, interval: Interval) -> None:
    """Add an interval to what is told; one that contradicts what is told already adds nothing."""
    low, high = told.get(key, (-math.inf, math.inf))
    both = max(low, interval[0]), min(high, interval[1])
    if both[0] <= both[1]:
        told[key] = both


# ---------------------------------------------------------------------------- what it claims


def truth_of(
    estimates: pd.DataFrame,
    earlier: Iterable[pd.DataFrame],
    reader: CellReader,
    rules: DisclosureRules,
) -> Truth:
    """Return the claims of the private table and of shown rows that only earlier releases have."""
    frames = [estimates]
    known = set(estimates["id"])
    for frame in earlier:
        gone = frame[~frame["id"].isin(known) & (frame["publication"] == Publication.SHOWN)]
        gone = gone.drop_duplicates("id")
        known |= set(gone["id"])
        frames += [gone[list(estimates.columns)]] if len(gone) else []
    frame = pd.concat(frames, ignore_index=True) if len(frames) > 1 else estimates
    return Truth(frame, read_claims(frame, reader, rules))


def told_by(
    sources: Sequence[Source], truth: Truth, reader: CellReader, rules: DisclosureRules
) -> Iterator[Told]:
    """Yield what every source claims, and what sources claim only together.

    Parameters
    ----------
    sources : sequence of Source
        Everything that is published together, and what was published before.
    truth : Truth
        What the rows are about. Of its numbers only the sizes of populations are used, which are
        public; a row whose n nobody prints makes no claim about its people.

    Notes
    -----
    A claim is linear in the estimate and in n, each with the other fixed, so its smallest and
    largest value are at corners of the intervals.
    """
    claims = _Claims(truth, reader, rules)
    found: list[tuple[Claim, Interval, str]] = []
    alone: dict[Place, Interval] = {}
    for source in sources:
        for place, (claim, interval) in claims.of(source.told).items():
            found.append((claim, interval, source.where))
            alone[place] = _both(alone.get(place), interval)
    for place, (claim, interval) in claims.of(_union(sources)).items():
        if place not in alone or _narrower(interval, alone[place]):
            found.append((claim, interval, _who(claim.row, sources)))
    stated = {(claim.cell, claim.measure) for claim, _, _ in found if not claim.derived}
    for claim, (low, high), where in found:
        if not (claim.derived and (claim.cell, claim.measure) in stated):
            yield Told(claim.cell, claim.measure, *_countable(claim, low, high), where)


class _Claims:
    """Reads the claims of rows from intervals for their numbers."""

    def __init__(self, truth: Truth, reader: CellReader, rules: DisclosureRules) -> None:
        self._reader, self._rules = reader, rules
        self._by_name = {row.row: row for row in truth.rows}
        self._frame = truth.frame.set_index("id", drop=False)
        records = [{str(k): v for k, v in row.items()} for row in truth.frame.to_dict("records")]
        self._sizes = denominators(records, reader)

    def of(self, told: Mapping[Field, Interval]) -> dict[Place, tuple[Claim, Interval]]:
        """Return every claim that these intervals make, with its smallest and largest value."""
        names = dict.fromkeys(row for row, _ in told if row in self._by_name)
        rows = self._frame.loc[list(names)]
        read = (
            read_claims(corner, self._reader, self._rules, self._sizes)
            for corner in _corners(rows, told)
        )
        return _spanned([_matched(corner, self._by_name) for corner in read])


def _corners(rows: pd.DataFrame, told: Mapping[Field, Interval]) -> Iterator[pd.DataFrame]:
    """Yield the rows with every number at an end of its interval: all combinations that differ."""
    nothing = (math.nan, math.nan)
    ends = {
        field: np.array([told.get((name, field), nothing) for name in rows["id"]]).reshape(-1, 2)
        for field in READ
    }
    varies = [field for field in READ if (ends[field][:, 1] > ends[field][:, 0]).any()]
    bare = rows.assign(**dict.fromkeys(NUMBER, math.nan))
    for corner in itertools.product((0, 1), repeat=len(varies)):
        at = dict(zip(varies, corner, strict=True))
        yield bare.assign(**{field: ends[field][:, at.get(field, 0)] for field in READ})


def _matched(
    rows: Iterable[RowClaims], by_name: Mapping[str, RowClaims]
) -> dict[Place, tuple[Claim, float]]:
    """Return the claims with a value, each with the cell that the whole table gives it.

    Which of two sources that count differently a row belongs to shows only in the whole table.
    """
    found = {}
    for row in rows:
        known = {_place(claim): claim for claim in by_name[row.row].claims}
        for claim in row.claims:
            place = _place(claim)
            if place in known and not math.isnan(claim.value):
                found[place] = (known[place], claim.value)
    return found


def _place(claim: Claim) -> Place:
    """Return what a claim is about, whichever of two sources that count differently it is of."""
    family = claim.cell.family.partition(VARIANT)[0]
    return claim.row, replace(claim.cell, family=family), claim.measure.partition(VARIANT)[0]


def _spanned(
    corners: Sequence[Mapping[Place, tuple[Claim, float]]],
) -> dict[Place, tuple[Claim, Interval]]:
    """Return the smallest and largest value of every claim over the corners."""
    return {
        place: (claim, (min(values), max(values)))
        for place, (claim, _) in corners[0].items()
        if (values := [corner[place][1] for corner in corners if place in corner])
    }


def _union(sources: Iterable[Source]) -> dict[Field, Interval]:
    told: dict[Field, Interval] = {}
    for source in sources:
        for key, interval in source.told.items():
            _narrow(told, key, interval)
    return told


def _both(some: Interval | None, other: Interval) -> Interval:
    low, high = some or (-math.inf, math.inf)
    return max(low, other[0]), min(high, other[1])


def _narrower(found: Interval, known: Interval) -> bool:
    width, before = found[1] - found[0], known[1] - known[0]
    return width < before - 1e-9 * max(1.0, abs(before))


def _who(row: str, sources: Iterable[Source]) -> str:
    """Return the names of the sources that say anything of a row."""
    return TOGETHER.join(s.where for s in sources if any((row, field) in s.told for field in READ))


def _countable(claim: Claim, low: float, high: float) -> Interval:
    """Return the whole numbers in the interval of a number of people.

    A share is weighted: share x n need not be a whole number, so such an interval stays as it is.
    """
    if kind_of(claim.measure) == AMOUNT or claim.derived or math.ceil(low) > math.floor(high):
        return low, high
    return float(math.ceil(low)), float(math.floor(high))
