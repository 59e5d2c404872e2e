"""Which answers over waves come from the same person, and where that is in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from evaluatie.dictionary.codebook import Codebook
from evaluatie.survey.scoring import age_groups

BASELINE, PANEL, REFRESHMENT = "baseline", "panel", "refreshment"
STABLE = ("sex", "birth_year")
"""Background that should not change between the waves of one person."""


@dataclass(frozen=True)
class Linkage:
    """Scored answers with their place in the panel.

    Attributes
    ----------
    frame : pandas.DataFrame
        The scored rows with ``panel_status``: ``baseline`` (first wave), ``panel`` (answered an
        earlier wave too) or ``refreshment`` (first answer in a later wave); missing sex and year of
        birth filled from the person's other waves.
    overlap : pandas.DataFrame
        One row per pair of waves: ``wave_from``, ``wave_to``, ``n_from``, ``n_to``, ``n_both``
        (persons), ``retained_share`` (n_both / n_from).
    conflicts : dict of str to int
        Persons whose waves contradict each other in ``sex`` or ``birth_year``; ``twice_in_wave``;
        answers without a panel key (``no_person_id``); values ``filled`` from another wave.
    """

    frame: pd.DataFrame
    overlap: pd.DataFrame
    conflicts: dict[str, int]


def link_panel(scored: pd.DataFrame, codebook: Codebook) -> Linkage:
    """Link the waves by ``person_id``.

    Parameters
    ----------
    scored : pandas.DataFrame
        Result of `score_waves`, waves in order of time.
    codebook : Codebook
        Age groups, for years of birth that are filled in.

    Returns
    -------
    Linkage

    Notes
    -----
    An answer without ``person_id`` is linked to nothing. A person whose waves contradict each other
    stays linked (a wrong key is rarer than a typing error) but is counted and fills nothing in.
    """
    frame = scored.copy()
    conflicts = {name: _contradicting(frame, name) for name in STABLE}
    linked = frame[frame["person_id"].notna()]
    twice = linked.duplicated(["person_id", "wave"]).sum()
    counts = {name: len(persons) for name, persons in conflicts.items()}
    counts |= {"twice_in_wave": int(twice), "no_person_id": int(frame["person_id"].isna().sum())}
    counts["filled"] = sum(_fill(frame, name, conflicts[name]) for name in STABLE)
    frame["age_group"] = age_groups(frame["year"] - frame["birth_year"], codebook)
    frame["panel_status"] = _status(frame)
    return Linkage(frame, overlap_table(frame), counts)


def overlap_table(scored: pd.DataFrame) -> pd.DataFrame:
    """Count persons per pair of waves; see `Linkage.overlap`."""
    waves = list(dict.fromkeys(scored["wave"]))
    persons = {
        wave: set(scored.loc[scored["wave"] == wave, "person_id"].dropna()) for wave in waves
    }
    rows = []
    for first, second in combinations(waves, 2):
        both = len(persons[first] & persons[second])
        n_from, n_to = len(persons[first]), len(persons[second])
        share = both / n_from if n_from else float("nan")
        rows.append((first, second, n_from, n_to, both, share))
    columns = ["wave_from", "wave_to", "n_from", "n_to", "n_both", "retained_share"]
    return pd.DataFrame(rows, columns=columns)


def _contradicting(frame: pd.DataFrame, name: str) -> set[str]:
    distinct = frame.groupby("person_id")[name].nunique()
    return set(distinct.index[distinct > 1])


def _fill(frame: pd.DataFrame, name: str, conflicting: set[str]) -> int:
    """Fill ``name`` from the person's other waves in place; return how many were filled."""
    usable = frame["person_id"].notna() & ~frame["person_id"].isin(conflicting)
    known = frame[usable].groupby("person_id")[name].first()
    empty = frame[name].isna() & usable
    filled = frame.loc[empty, "person_id"].map(known)
    frame.loc[empty, name] = filled
    return int(filled.notna().sum())


def _status(frame: pd.DataFrame) -> pd.Series:
    order = {wave: i for i, wave in enumerate(dict.fromkeys(frame["wave"]))}
    position = frame["wave"].map(order)
    first = position.groupby(frame["person_id"]).transform("min")
    status = pd.Series(REFRESHMENT, index=frame.index)
    status[position > first] = PANEL
    status[position == 0] = BASELINE
    return status
