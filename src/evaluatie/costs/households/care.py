"""Spells of care of the households of the register, and how many different things run at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.codes import arrangement_codes, benefit_law
from evaluatie.costs.booking.episodes import build_episodes
from evaluatie.costs.booking.ledger import cost_period, with_household
from evaluatie.costs.booking.places import Stretches, cut_at_months, day_numbers, month_numbers
from evaluatie.costs.booking.valuation import Ints
from evaluatie.costs.households.residence import Residence
from evaluatie.dictionary.model import CodebookContent, Indicator
from evaluatie.intake.data import StudyData
from evaluatie.study import Study

LAWS, ARRANGEMENTS, PROVIDERS, PLANS = "laws", "arrangements", "providers", "plans"
COUNTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {  # what is counted once per household, however many records it has
        LAWS: ("law",),
        ARRANGEMENTS: ("person_id", "law", "product_code", "provider_id"),
        PROVIDERS: ("provider_id",),
        PLANS: ("person_id", "law"),
    }
)
_EVER = 1 << 21  # a day number that no date reaches; separates households in one sorted key
_COLUMNS = (
    "household", "person_id", "law", "product_code", "provider_id", "first", "last", "ended",
)  # fmt: skip


@dataclass(frozen=True)
class Steps:
    """How many different things each household has, as a step function of the day.

    Attributes
    ----------
    household, day, number : ndarray of int, shape (m,)
        From ``day`` on (days since 1970) the household has ``number`` things, until the next
        step of the same household; every household ends with a step to 0. Sorted.
    """

    household: Ints
    day: Ints
    number: Ints

    def at(self, household: Ints, day: Ints) -> Ints:
        """Return the number on a day, shape of the arguments; 0 before the first step."""
        key = self.household * _EVER + self.day
        wanted = np.searchsorted(key, household * _EVER + day, side="right") - 1
        found = np.maximum(wanted, 0)
        known = (wanted >= 0) & (self.household[found] == household) if len(key) else wanted >= 0
        return np.where(known, self.number[found] if len(key) else 0, 0)

    def stretches(self, at_least: int) -> tuple[Ints, Ints, Ints]:
        """Return maximal stretches with at least so many: household, first and last day."""
        enough = self.number >= at_least
        before = np.append(False, enough[:-1])
        opens, closes = enough & ~before, ~enough & before  # the last step of a household is 0
        return self.household[opens], self.day[opens], self.day[closes] - 1

    def monthly_highest(self, homes: Residence) -> npt.NDArray[np.int16]:
        """Return the highest number on any day of each month, households x months of ``homes``."""
        highest = np.zeros(homes.area.shape, dtype=np.int16)
        some = np.flatnonzero(self.number > 0)
        last = np.append(self.day[1:], 0)[some] - 1
        pieces, month = cut_at_months(Stretches(some, self.day[some], last))
        step = some[pieces.row]
        opening = month_numbers(day_numbers(pd.Series(homes.months[:1])))[0]
        place = (self.household[step], month - opening)
        np.maximum.at(highest, place, self.number[step].astype(np.int16))
        return highest


def care_spells(
    data: StudyData,
    indicator: Indicator,
    codebook: CodebookContent,
    study: Study,
    homes: Residence,
) -> pd.DataFrame:
    """Return every stretch of days on which a person of the register has care.

    Parameters
    ----------
    data : StudyData
        Uses the feeds arrangements and benefits, as far as they are there.
    indicator : Indicator
        Its laws.
    codebook, study, homes
        Codes; cost years; households.

    Returns
    -------
    DataFrame
        One row per episode (see `build_episodes`) or benefit: household (position in ``homes``),
        person_id, law, product_code, provider_id ('' for benefits, which have neither), first,
        last (days since 1970, within the cost years), ended: the code why the record was closed,
        '' where none was given or it still ran at the horizon.

    Notes
    -----
    Voids are out and replaced records end the day before their successor. MISSING-DATA RULE: a
    record without a start cannot be placed and is left out (the ledger counts it); households
    outside the register are left out, as in `stacking`.
    """
    first, horizon = cost_period(study)
    residents, parts = data.feeds.get("residents"), []
    if "arrangements" in data.feeds:
        feed = with_household(data.feeds["arrangements"], residents)
        frame = build_episodes(feed, arrangement_codes(codebook), first, horizon).frame
        reasons = feed.set_index("assignment_no")["change_reason"]
        frame["ended"] = frame["assignment_no"].map(reasons).fillna("")
        parts.append(frame)
    if "benefits" in data.feeds and (law := benefit_law(codebook)):
        benefits = with_household(data.feeds["benefits"], residents)
        benefits = benefits[benefits["start"].notna()]
        start, end = benefits["start"].clip(lower=first), benefits["end"].fillna(horizon)
        empty = {"law": law, "product_code": "", "provider_id": "", "ended": ""}
        parts.append(benefits.assign(start=start, end=end.clip(upper=horizon), **empty))
    if not parts:
        return pd.DataFrame(columns=list(_COLUMNS))
    spells = pd.concat([part.reset_index(drop=True) for part in parts], ignore_index=True)
    spells["household"] = homes.households.get_indexer(spells["household_id"]).astype(np.int64)
    spells["first"], spells["last"] = day_numbers(spells["start"]), day_numbers(spells["end"])
    held = spells["law"].isin(indicator.laws) & (spells["household"] >= 0)
    return spells.loc[held & (spells["last"] >= spells["first"]), list(_COLUMNS)].reset_index(
        drop=True
    )


def steps_of(spells: pd.DataFrame, what: str) -> Steps:
    """Return how many different laws, arrangements, providers or plans a household has, by day.

    Parameters
    ----------
    spells : DataFrame
        From `care_spells`.
    what : str
        Key of `COUNTED`. ``arrangements``: different person x product x provider (a benefit is
        one per person), so a record that follows on another is not a second arrangement.
        ``providers``: different providers; benefits have none. ``plans``: different person x law,
        the plans that the laws ask for. Which plans were really written, and whether one plan
        serves several laws or persons, no feed tells.

    Notes
    -----
    Stretches of the same thing are first united, then counted by differences: +1 on the first
    day, -1 on the day after the last, summed in order of the day. How a thing is cut into records
    therefore changes nothing.
    """
    keys = COUNTED[what]
    if what == PROVIDERS:
        spells = spells[spells["provider_id"] != ""]
    household, first, last = united(spells, keys)
    number = np.concatenate([household, household]) * _EVER
    key = number + np.concatenate([first, last + 1])
    change = np.repeat(np.array([1, -1], dtype=np.int64), len(first))
    days, place = np.unique(key, return_inverse=True)
    total = np.bincount(place, change, len(days)).astype(np.int64)
    moved = total != 0  # one thing ends the day before another begins: no step
    days, running = days[moved], np.cumsum(total)[moved]
    return Steps(days // _EVER, days % _EVER, running)


def united(spells: pd.DataFrame, keys: tuple[str, ...]) -> tuple[Ints, Ints, Ints]:
    """Return the union of the stretches of each household and key: household, first, last day.

    Stretches that overlap or follow on one another become one.
    """
    thing = spells.groupby(["household", *keys], sort=True, dropna=False).ngroup().to_numpy()
    order = np.lexsort((spells["first"], thing))
    thing = thing[order].astype(np.int64)
    household = spells["household"].to_numpy(np.int64)[order]
    first, last = (spells[name].to_numpy(np.int64)[order] for name in ("first", "last"))
    if not len(first):
        return household, first, last
    reach = np.maximum.accumulate(thing * _EVER + last)  # things are numbered in this order
    opens = np.append(True, thing[1:] * _EVER + first[1:] > reach[:-1] + 1)
    begin = np.flatnonzero(opens)
    return household[begin], first[begin], np.maximum.reduceat(last, begin)
