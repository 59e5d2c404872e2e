"""The rows of earlier releases, and in which of their reports each one stood."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from evaluatie.domain import Publication
from evaluatie.results import COLUMNS

RELEASE, RUN = "release", "run"  # columns of an earlier frame, beside the publishable ones
_UNNAMED = "an earlier release"


@dataclass(frozen=True)
class Earlier:
    """Every number that some release has shown.

    Attributes
    ----------
    rows : pandas.DataFrame
        Every row that was shown, once, as it was shown last; columns ``results.COLUMNS``.
    where : mapping row id -> places
        In which releases, and which of their reports, the row was shown.
    """

    rows: pd.DataFrame
    where: Mapping[str, tuple[str, ...]]

    def gone(self, estimates: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that the estimates no longer have."""
        return self.rows[~self.rows["id"].isin(estimates["id"])]

    def places(self, rows: Iterable[str]) -> tuple[str, ...]:
        """Return the releases and reports that showed any of these rows, in order."""
        return tuple(dict.fromkeys(place for row in rows for place in self.where.get(row, ())))


def read_earlier(
    frames: Iterable[pd.DataFrame], estimates: pd.DataFrame, unread: Collection[str] = ()
) -> Earlier:
    """Gather what earlier releases have shown.

    Parameters
    ----------
    frames : publishable frames
        One or more releases, oldest first; with the columns ``release`` and ``run`` where known.
    unread : run names
        Reports that are for others, and that these readers do not know.
    """
    where: dict[str, dict[str, None]] = {}
    kept = [estimates.iloc[:0][list(COLUMNS)]]
    for frame in frames:
        visible = frame[frame["publication"] == Publication.SHOWN]
        if RUN in visible:
            visible = visible[~visible[RUN].isin(list(unread))]
        for name, place in zip(visible["id"], _places(visible), strict=True):
            where.setdefault(name, {})[place] = None
        kept.append(visible[list(COLUMNS)])
    every = pd.concat([frame for frame in kept if len(frame)] or kept)
    rows = every.drop_duplicates("id", keep="last")
    return Earlier(rows, {name: tuple(places) for name, places in where.items()})


def _places(frame: pd.DataFrame) -> list[str]:
    """Return in words where every row was shown."""
    releases = frame[RELEASE] if RELEASE in frame else [_UNNAMED] * len(frame)
    runs = frame[RUN] if RUN in frame else [""] * len(frame)
    return [
        f"{release or _UNNAMED} (report {run})" if run else str(release or _UNNAMED)
        for release, run in zip(releases, runs, strict=True)
    ]
