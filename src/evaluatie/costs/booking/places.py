"""Where a household lived, day by day: stretches of days cut at every move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.valuation import Ints

ELSEWHERE = ""  # no address, or one outside the areas of the study
_EVER = 1 << 21  # a day number that no date reaches; separates households in one sorted key
LAST_DAY = _EVER - 2  # stands for an end that is not there


@dataclass(frozen=True)
class Stretches:
    """Stretches of days after cutting; arrays of shape (m,), one element per stretch.

    Attributes
    ----------
    row : array of int
        Position of the stretch it was cut from.
    first, last : array of int
        Days since 1970, both included.
    """

    row: Ints
    first: Ints
    last: Ints

    def take(self, rows: Ints) -> Stretches:
        """Return these stretches."""
        return Stretches(self.row[rows], self.first[rows], self.last[rows])


@dataclass(frozen=True)
class AddressBook:
    """For each household a gapless sequence of addresses, from the beginning of time.

    Attributes
    ----------
    households : pandas.Index
        Household ids; the position in it is the household number.
    key : array of int
        Sorted: household number and first day of the address in one number.
    area : array of str
        Area code of the address; `ELSEWHERE` before the first and in gaps.
    """

    households: pd.Index
    key: Ints
    area: npt.NDArray[np.object_]

    def numbers(self, household_ids: pd.Series) -> Ints:
        """Return household numbers; one past the last for a household without any address."""
        found = self.households.get_indexer(household_ids)
        return np.where(found < 0, len(self.households), found).astype(np.int64)

    def position(self, household: Ints, day: Ints) -> Ints:
        """Return the position in ``area`` where each household lived on a day."""
        days = np.clip(day, 0, LAST_DAY)
        return np.searchsorted(self.key, household * _EVER + days, side="right") - 1

    def cut(self, household: Ints, first: Ints, last: Ints) -> tuple[Stretches, Ints]:
        """Cut stretches of days at the moves of their household.

        Parameters
        ----------
        household : array of int, shape (n,)
            Household number.
        first, last : array of int, shape (n,)
            Days since 1970, both included; a stretch without days yields nothing.

        Returns
        -------
        Stretches
            The pieces; together they have exactly the days that were put in.
        array of int, shape (m,)
            Position in ``area`` of each piece.
        """
        begin = np.searchsorted(self.key, household * _EVER + first, side="right") - 1
        end = np.searchsorted(self.key, household * _EVER + last, side="right") - 1
        row, step = _repeated(np.where(last >= first, end - begin + 1, 0))
        place = begin[row] + step
        since = self.key[place] - household[row] * _EVER
        following = np.append(self.key[1:], np.iinfo(np.int64).max // 2)[place]
        until = following - household[row] * _EVER - 1
        pieces = Stretches(row, np.maximum(first[row], since), np.minimum(last[row], until))
        return pieces, place


def address_book(addresses: pd.DataFrame, area_codes: tuple[str, ...]) -> AddressBook:
    """Return the addresses of households as a gapless sequence.

    Parameters
    ----------
    addresses : DataFrame
        One row per household x spell: household_id, area_code, start, end (NaT: still there).
    area_codes : tuple of str
        Areas of the study; any other one is `ELSEWHERE`.

    Notes
    -----
    Where two spells of a household overlap, the earlier ends when the later starts; of two with
    the same start the one that ends last counts. Spells without a start are left out.
    """
    spells = addresses.loc[addresses["start"].notna(), ["household_id", "area_code"]].copy()
    spells["first"] = day_numbers(addresses.loc[spells.index, "start"])
    spells["after"] = day_numbers(addresses.loc[spells.index, "end"], missing=LAST_DAY) + 1
    spells = spells[spells["after"] > spells["first"]]
    spells = spells.sort_values(["household_id", "first", "after", "area_code"])
    spells = spells.drop_duplicates(["household_id", "first"], keep="last")
    households = pd.Index(spells["household_id"].unique())
    number = households.get_indexer(spells["household_id"]).astype(np.int64)
    first, after = spells["first"].to_numpy(), spells["after"].to_numpy()
    following = np.where(np.append(number[1:], -1) == number, np.append(first[1:], 0), _EVER - 1)
    gap = after < following
    area = spells["area_code"].where(spells["area_code"].isin(area_codes), ELSEWHERE)
    everyone = np.arange(len(households) + 1, dtype=np.int64)
    key = np.concatenate([everyone * _EVER, number * _EVER + first, (number * _EVER + after)[gap]])
    where = np.concatenate(
        [np.full(len(everyone), ELSEWHERE), area.to_numpy(), np.full(gap.sum(), ELSEWHERE)]
    ).astype(object)
    order = np.argsort(key, kind="stable")
    return AddressBook(households, key[order], where[order])


def cut_at_months(pieces: Stretches) -> tuple[Stretches, Ints]:
    """Cut stretches at the turn of each month.

    Returns
    -------
    Stretches
        The pieces; ``row`` is the position in ``pieces``.
    array of int, shape (m,)
        Month of each piece, months since January 1970.
    """
    begin, end = month_numbers(pieces.first), month_numbers(pieces.last)
    row, step = _repeated(np.where(pieces.last >= pieces.first, end - begin + 1, 0))
    month = begin[row] + step
    first = np.maximum(pieces.first[row], first_of_month(month))
    last = np.minimum(pieces.last[row], first_of_month(month + 1) - 1)
    return Stretches(row, first, last), month


def day_numbers(dates: pd.Series, missing: int = 0) -> Ints:
    """Return dates as whole days since 1970; ``missing`` where there is none."""
    days = dates.to_numpy().astype("datetime64[D]")
    absent = np.isnat(days)
    return np.where(absent, missing, days.astype(np.int64))


def month_numbers(day: Ints) -> Ints:
    """Return months since January 1970 of days since 1970."""
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def first_of_month(month: Ints) -> Ints:
    """Return the first day, in days since 1970, of months since January 1970."""
    return month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _repeated(counts: Ints) -> tuple[Ints, Ints]:
    """Return each position ``counts`` times, and the 0, 1, 2.. within each repetition."""
    row = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    start = np.cumsum(counts) - counts
    return row, np.arange(len(row), dtype=np.int64) - start[row]
