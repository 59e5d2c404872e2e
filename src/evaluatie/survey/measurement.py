"""What changed in the measuring itself between waves, and what can bridge it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from evaluatie.dictionary.codebook import Codebook
from evaluatie.dictionary.model import Scale
from evaluatie.domain import Side
from evaluatie.errors import RefusedError
from evaluatie.methods import Design, DesignEstimate
from evaluatie.study import Study
from evaluatie.survey.weighting import EVERYONE, WeightedPanel

Bridge = Literal["recode", "mode", "none"]
FEWEST_PER_MODE = 10
"""Respondents of a mode in an area and wave below which its mean is no bridge."""


@dataclass(frozen=True)
class MeasurementChange:
    """One change of a scale from one wave on.

    Attributes
    ----------
    wave, kind : str
        First wave of the new form; ``wording``, ``coding`` or ``mode``.
    items : tuple of str
        Items of the scale that changed.
    bridge : {"recode", "mode", "none"}
        What makes the forms comparable: a recoding in the dictionary, respondents of the mode that
        did not change, or nothing.
    """

    wave: str
    kind: str
    items: tuple[str, ...]
    bridge: Bridge


def measurement_changes(scale: Scale, codebook: Codebook) -> tuple[MeasurementChange, ...]:
    """Return what the dictionary says changed in the items of a scale."""
    items = codebook.items_for(scale.population)
    found: dict[tuple[str, str], list[str]] = {}
    recoded: set[tuple[str, str, str]] = set()
    for name in scale.items:
        for change in items[name].changes:
            found.setdefault((change.wave, change.kind), []).append(name)
            if change.recode:
                recoded.add((change.wave, change.kind, name))
    return tuple(
        MeasurementChange(wave, kind, tuple(names), _bridge(wave, kind, names, recoded))
        for (wave, kind), names in found.items()
    )


def _bridge(wave: str, kind: str, names: list[str], recoded: set[tuple[str, str, str]]) -> Bridge:
    if kind == "mode":
        return "mode"
    return "recode" if all((wave, kind, name) in recoded for name in names) else "none"


def changed_between(
    scale: Scale, codebook: Codebook, study: Study, wave: str
) -> tuple[MeasurementChange, ...]:
    """Return the changes after the baseline, up to and including ``wave``."""
    order = [w.id for w in study.waves]
    return tuple(
        change
        for change in measurement_changes(scale, codebook)
        if 0 < order.index(change.wave) <= order.index(wave)
    )


def modes_of(panel: WeightedPanel) -> tuple[str, ...]:
    """Return the modes in which anybody answered, in the order of the alphabet."""
    return tuple(sorted(panel.frame["mode"].dropna().unique()))


@dataclass(frozen=True)
class ModeShare:
    """Share of the respondents of a wave and place (a side, or ``all``) that used a mode."""

    wave: str
    place: str
    mode: str
    share: float
    n: int
    n_households: int


def mode_shares(panel: WeightedPanel, study: Study) -> Iterator[ModeShare]:
    """Yield the share of every mode, unweighted; unknown modes are left out."""
    known = panel.frame[panel.frame["mode"].notna()]
    sides = known["area_code"].map({area.code: str(area.side) for area in study.areas})
    for wave in study.waves:
        for place in (*map(str, Side), EVERYONE):
            inside = (known["wave"] == wave.id) & ((sides == place) | (place == EVERYONE))
            here = known[inside]
            for mode in modes_of(panel) if len(here) else ():
                share = float((here["mode"] == mode).mean())
                yield ModeShare(
                    wave.id, place, mode, share, len(here), here["household_id"].nunique()
                )


def mode_bridge(panel: WeightedPanel, scale: Scale, before: str, after: str) -> DesignEstimate:
    """Estimate how much more a score changed in one mode (online) than in the other (post).

    Parameters
    ----------
    before, after : str
        Last wave of the old form and first wave of the new one.

    Returns
    -------
    DesignEstimate
        Mean change of persons who answered in the first mode (`modes_of`: online) both times minus
        that of persons who answered in the second (post) both times, weights of ``after``; ``n``
        persons. Areas strata, households clusters.

    Raises
    ------
    RefusedError
        Not two modes, or fewer than 10 persons in one of them.

    Notes
    -----
    If only the online form changed and people would have changed alike in both modes, this is the
    part of a jump that the form made. People choose their mode (the old by post), so it is an
    indication, not a correction factor.
    """
    frame, modes = panel.frame, modes_of(panel)
    keep = ["person_id", "mode", "area_code", "household_id", "weight", scale.id]
    known = frame["person_id"].notna() & frame[scale.id].notna() & frame["mode"].notna()
    old, new = (
        frame.loc[known & (frame["wave"] == wave), keep].drop_duplicates("person_id")
        for wave in (before, after)
    )
    earlier = old[["person_id", "mode", scale.id]]
    both = new.merge(earlier, on=["person_id", "mode"], suffixes=("", "_before"))
    counts = both["mode"].value_counts()
    if len(modes) != 2 or any(counts.get(mode, 0) < FEWEST_PER_MODE for mode in modes):
        raise RefusedError(
            "too few persons answered in the same mode before and after",
            allowed=f"two modes, at least {FEWEST_PER_MODE} persons in each",
        )
    design = Design.of(both["weight"], both["area_code"], both["household_id"])
    change = (both[scale.id] - both[f"{scale.id}_before"]).to_numpy(float)
    return design.change(change, (both["mode"] == modes[0]).to_numpy())


def means_by_mode(panel: WeightedPanel, values: pd.Series, waves: tuple[str, str]) -> pd.DataFrame:
    """Return weighted means per wave x area x mode.

    Parameters
    ----------
    values : pandas.Series
        Score of each row of the panel.
    waves : (str, str)

    Returns
    -------
    pandas.DataFrame
        Index wave, area_code, mode; columns ``mean``, ``n`` and ``weight`` (sum).
    """
    frame = panel.frame
    inside = frame["wave"].isin(waves) & values.notna() & frame["mode"].notna()
    rows = frame.loc[inside, ["wave", "area_code", "mode", "weight"]]
    rows = rows.assign(product=rows["weight"] * values[inside])
    sums = rows.groupby(["wave", "area_code", "mode"]).agg(
        weight=("weight", "sum"), product=("product", "sum"), n=("weight", "size")
    )
    return sums.assign(mean=sums["product"] / sums["weight"])[["mean", "n", "weight"]]
