"""Who took part in a project: persons and households, and how many joined in each year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Participants:
    """The participants of one project.

    Attributes
    ----------
    persons, households : int
        Different persons and households with a known start.
    joined : mapping of int to int
        Calendar year of the first start -> persons.
    undated : int
        Persons of whom no start is known: in no year and not in ``persons``.
    """

    persons: int
    households: int
    joined: Mapping[int, int]
    undated: int


def project_participants(enrolments: pd.DataFrame, project: str) -> Participants:
    """Count the participants of a project.

    Parameters
    ----------
    enrolments : DataFrame
        project_id, person_id, household_id, start.
    project : str
        Project id; one without enrolments has nobody.

    Notes
    -----
    Somebody who joined twice counts once, in the year of the first start. MISSING-DATA RULE:
    without a start a person counts in ``undated`` only.
    """
    mine = enrolments[enrolments["project_id"] == project]
    dated = mine[mine["start"].notna()].sort_values("start", kind="stable")
    first = dated.drop_duplicates("person_id")
    joined = first["start"].dt.year.value_counts().sort_index()
    undated = set(mine["person_id"]) - set(first["person_id"])
    return Participants(
        persons=len(first),
        households=int(dated["household_id"].nunique()),
        joined={int(str(year)): int(count) for year, count in joined.items()},
        undated=len(undated),
    )
