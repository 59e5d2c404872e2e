"""Records that are booked as written but deserve a question to who wrote them: counted, with cents.

Nothing here changes an amount: a finding is a number in the report, not a repair.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluatie.costs.booking.codes import ArrangementCodes
from evaluatie.costs.booking.declared import euros_of_lines
from evaluatie.costs.booking.episodes import Episodes, Flags
from evaluatie.costs.booking.places import day_numbers, month_numbers
from evaluatie.costs.booking.valuation import whole_cents
from evaluatie.domain import CostBasis

FINDINGS = ("feed", "finding", "records", "cents")
_HUNDREDFOLD = 0.01  # relative distance to a ratio of exactly 100 or 1/100


def arrangement_findings(arrangements: pd.DataFrame, episodes: Episodes) -> pd.DataFrame:
    """Count records without a provider, and those whose end the feed does not give.

    Parameters
    ----------
    arrangements : DataFrame
        The feed.
    episodes : Episodes
        What became of it.

    Returns
    -------
    DataFrame
        Columns `FINDINGS`; cents are the allocated value of the episodes concerned.

    Notes
    -----
    There is no list of providers, so an unknown provider cannot be told from a new one: what is
    known is that the column is blank. Such records keep their amount, under one provider '?'.
    ``open_end_replaced`` are open records that end where the next one of the person starts.
    """
    provider = episodes.frame["provider_id"].fillna("").astype(str).str.strip()
    numbers = episodes.frame["assignment_no"]
    never_ended = arrangements.loc[arrangements["end"].isna(), "assignment_no"]
    replaced = numbers.isin(never_ended) & ~episodes.frame["open_end"]
    masks = {
        "no_provider": provider == "",
        "open_end": episodes.frame["open_end"],
        "open_end_replaced": replaced,
    }
    cents = episodes.frame["cents"].to_numpy()
    return _counted("arrangements", {k: mask.to_numpy() for k, mask in masks.items()}, cents)


def declaration_findings(
    declarations: pd.DataFrame, arrangements: pd.DataFrame, codes: ArrangementCodes
) -> pd.DataFrame:
    """Count declared lines that contradict one another or their arrangement.

    Parameters
    ----------
    declarations, arrangements : DataFrame
        The feeds.
    codes : ArrangementCodes
        What the codes of arrangements mean.

    Returns
    -------
    DataFrame
        Columns `FINDINGS`, cents as declared (``credit_above_line``: by how much the credits go
        beyond the lines that they take back).

    Notes
    -----
    ``credit_of_credit``: takes back a line that is itself a credit. ``credit_above_line``: a line
    of which more was taken back than was declared. ``credit_not_negative``: names a line that it
    takes back, with an amount above zero, unless that line is a credit. ``negative_no_credit``:
    below zero without naming a line. ``before_arrangement``, ``after_arrangement``: a month in
    which the arrangement did not yet, or no longer, hold. ``booked_before_care``: booked before
    the month of care began. ``hundredfold``: the amount is 100 times, or a hundredth of, the
    delivered volume at the agreed rate - a decimal sign in the wrong place.
    """
    cents = whole_cents(declarations["amount_eur"].to_numpy(dtype=float))
    place = pd.Index(arrangements["assignment_no"]).get_indexer(declarations["assignment_no"])
    masks = _credits(declarations, cents) | _times(declarations, arrangements, place)
    masks["hundredfold"] = _hundredfold(declarations, arrangements, codes, place)
    frame = _counted("declarations", masks, cents)
    excess = _above_line(declarations, cents)
    above = [("declarations", "credit_above_line", len(excess), int(excess.sum()))]
    return pd.concat([frame, pd.DataFrame(above, columns=list(FINDINGS))], ignore_index=True)


def _credits(declarations: pd.DataFrame, cents: np.ndarray) -> dict[str, Flags]:
    taken = declarations["credit_of"].notna().to_numpy()
    credits = declarations.loc[taken, "declaration_no"]
    again = declarations["credit_of"].isin(credits).to_numpy() & taken
    return {
        "credit_of_credit": again,
        "credit_not_negative": taken & (cents > 0) & ~again,
        "negative_no_credit": ~taken & (cents < 0),
    }


def _above_line(declarations: pd.DataFrame, cents: np.ndarray) -> pd.Series:
    """Return by how many cents each line is below zero after the credits that name it."""
    frame = declarations.assign(cents=cents)
    taken = frame[frame["credit_of"].notna()].groupby("credit_of")["cents"].sum()
    lines = frame[(frame["cents"] > 0) & frame["declaration_no"].isin(taken.index)]
    lines = lines.drop_duplicates("declaration_no").set_index("declaration_no")["cents"]
    left = lines.reindex(taken.index) + taken
    return left[left < 0]


def _times(
    declarations: pd.DataFrame, arrangements: pd.DataFrame, place: np.ndarray
) -> dict[str, Flags]:
    month = month_numbers(day_numbers(declarations["month"]))
    known = (place >= 0) & declarations["month"].notna().to_numpy()
    far = np.iinfo(np.int64).max // 4
    start, end = arrangements["start"], arrangements["end"]
    begin = np.where(start.isna(), -far, month_numbers(day_numbers(start)))
    until = np.where(end.isna(), far, month_numbers(day_numbers(end)))
    found = {
        "before_arrangement": known & (month < begin[place]),
        "after_arrangement": known & (month > until[place]),
    }
    if "booked_on" in declarations:
        booked = declarations["booked_on"]
        found["booked_before_care"] = (booked < declarations["month"]).to_numpy()
        found["no_booking_date"] = booked.isna().to_numpy()
    return found


def _hundredfold(
    declarations: pd.DataFrame,
    arrangements: pd.DataFrame,
    codes: ArrangementCodes,
    place: np.ndarray,
) -> Flags:
    bases = (CostBasis.DELIVERED, CostBasis.DECLARED)
    euros = euros_of_lines(declarations, arrangements, codes, place, bases)
    delivered, declared = (euros[basis] for basis in bases)
    some = ~np.isnan(delivered) & ~np.isnan(declared) & (delivered != 0) & (declared != 0)
    ratio = np.divide(declared, delivered, out=np.ones(len(some)), where=some)
    near = [np.abs(ratio / wrong - 1) < _HUNDREDFOLD for wrong in (100.0, 0.01)]
    return np.asarray(some & (near[0] | near[1]))


def _counted(feed: str, masks: dict[str, Flags], cents: np.ndarray) -> pd.DataFrame:
    rows = [(feed, k, int(mask.sum()), int(cents[mask].sum())) for k, mask in masks.items()]
    return pd.DataFrame(rows, columns=list(FINDINGS))
