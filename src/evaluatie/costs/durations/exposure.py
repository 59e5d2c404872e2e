"""From when on something was under way: time before it counts as time without it.

Whoever is still waiting, or still has care, on the day a project starts was not reached before that
day. To call the whole duration 'with the project' would count days in which nothing could end with
it (immortal time), and the project would look slow. So every spell is cut where exposure begins.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ExposedSpells:
    """Spells cut where exposure begins; arrays of shape (m,), m >= n.

    Attributes
    ----------
    row : array of int
        Position of the spell it was cut from.
    entry, exit : array of float
        At risk on ``(entry, exit]``.
    state : array of int
        What happened at ``exit``: 0 in the piece before exposure.
    exposed : array of bool
    """

    row: Ints
    entry: Floats
    exit: Floats
    state: Ints
    exposed: npt.NDArray[np.bool_]


def cut_at(entry: Floats, exit_: Floats, state: Ints, since: Floats) -> ExposedSpells:
    """Cut spells where exposure begins.

    Parameters
    ----------
    entry, exit_ : array of float, shape (n,)
        At risk on ``(entry, exit_]``, on the clock of the spell.
    state : array of int, shape (n,)
        What happened at ``exit_``.
    since : array of float, shape (n,)
        When exposure begins on that clock; infinite for never. What happens on that very moment
        still belongs to the time without.

    Returns
    -------
    ExposedSpells
        Together the pieces have exactly the time and the events that were put in.

    References
    ----------
    Suissa (2008), Am J Epidemiol 167:492: immortal time bias. ``survival::tmerge``.
    """
    rows = np.arange(len(entry), dtype=np.int64)
    late, early = since >= exit_, since <= entry
    cut = ~late & ~early
    before = ExposedSpells(
        rows[late | cut],
        entry[late | cut],
        np.where(cut, since, exit_)[late | cut],
        np.where(cut, 0, state)[late | cut].astype(np.int64),
        np.zeros(int((late | cut).sum()), dtype=bool),
    )
    after = ExposedSpells(
        rows[~late],
        np.where(cut, since, entry)[~late],
        exit_[~late],
        state[~late].astype(np.int64),
        np.ones(int((~late).sum()), dtype=bool),
    )
    return ExposedSpells(
        np.concatenate([before.row, after.row]),
        np.concatenate([before.entry, after.entry]),
        np.concatenate([before.exit, after.exit]),
        np.concatenate([before.state, after.state]),
        np.concatenate([before.exposed, after.exposed]),
    )


def enrolled_since(
    enrolments: pd.DataFrame, projects: Collection[str], persons: pd.Series
) -> pd.Series:
    """Return the first day on which each person took part in one of the projects (NaT: never).

    Notes
    -----
    Once enrolled stays enrolled, also after the end: who leaves a project keeps what it brought.
    MISSING-DATA RULE: enrolments without a start are left out.
    """
    mine = enrolments[enrolments["project_id"].isin(list(projects)) & enrolments["start"].notna()]
    return persons.map(mine.groupby("person_id")["start"].min())
