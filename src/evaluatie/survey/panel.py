"""Which answers over waves come from the same person, and where that is in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary.codebook import Codebook
from evaluatie.survey.scoring import age_groups

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
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
    person, keys = pd.factorize(frame["person_id"])
    person = np.asarray(person, dtype=np.int64)
    places, waves = pd.factorize(frame["wave"])
    counts: dict[str, int] = {}
    filled = 0
    for name in STABLE:
        low, high = _ends(frame[name], person, len(keys))
        counts[name] = int((low < high).sum())
        filled += _fill(frame, name, person, np.where(low < high, -1, low))
    present = _present(person, places, len(keys), len(waves))
    linked = person >= 0
    counts |= {"twice_in_wave": int(linked.sum() - present.sum())}
    counts |= {"no_person_id": int((~linked).sum()), "filled": filled}
    frame["age_group"] = age_groups(frame["year"] - frame["birth_year"], codebook)
    first = np.where(present.any(axis=1), present.argmax(axis=1), len(waves))
    again = linked & (places > np.append(first, len(waves))[person])
    frame["panel_status"] = np.where(places == 0, BASELINE, np.where(again, PANEL, REFRESHMENT))
    return Linkage(frame, _overlap(present, [str(wave) for wave in waves]), counts)


def overlap_table(scored: pd.DataFrame) -> pd.DataFrame:
    """Count persons per pair of waves; see `Linkage.overlap`."""
    person, keys = pd.factorize(scored["person_id"])
    places, waves = pd.factorize(scored["wave"])
    present = _present(np.asarray(person, dtype=np.int64), places, len(keys), len(waves))
    return _overlap(present, [str(wave) for wave in waves])


def _overlap(present: Booleans, waves: list[str]) -> pd.DataFrame:
    counts = present.T.astype(np.int64) @ present
    rows = []
    for i, j in combinations(range(len(waves)), 2):
        n_from, n_to, both = int(counts[i, i]), int(counts[j, j]), int(counts[i, j])
        share = both / n_from if n_from else float("nan")
        rows.append((waves[i], waves[j], n_from, n_to, both, share))
    columns = ["wave_from", "wave_to", "n_from", "n_to", "n_both", "retained_share"]
    return pd.DataFrame(rows, columns=columns)


def _present(person: Integers, wave: Integers, persons: int, waves: int) -> Booleans:
    """Return whether each person answered each wave, shape (persons, waves)."""
    present = np.zeros((persons, waves), dtype=bool)
    linked = person >= 0
    present[person[linked], wave[linked]] = True
    return present


def _ends(values: pd.Series, person: Integers, persons: int) -> tuple[Integers, Integers]:
    """Return the lowest and highest code of the values each person gave; -1 for none."""
    code = np.asarray(pd.factorize(values)[0], dtype=np.int64)
    known = (person >= 0) & (code >= 0)
    low, high = np.full(persons, code.size), np.full(persons, -1)
    np.minimum.at(low, person[known], code[known])
    np.maximum.at(high, person[known], code[known])
    return np.where(high < 0, -1, low), high


def _fill(frame: pd.DataFrame, name: str, person: Integers, code: Integers) -> int:
    """Fill ``name`` in place where the person's other waves agree; return how many."""
    levels = pd.factorize(frame[name])[1]
    empty = frame[name].isna().to_numpy() & (person >= 0)
    rows = np.flatnonzero(empty)
    rows = rows[code[person[rows]] >= 0]
    if rows.size:
        frame.loc[frame.index[rows], name] = np.asarray(levels)[code[person[rows]]]
    return int(rows.size)
