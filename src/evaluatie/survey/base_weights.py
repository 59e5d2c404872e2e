"""Weights before raking: panel members who answer again are healthier than those who do not.

Raking knows age, sex and area. Whether somebody answers again also depends on how that person was
doing, and the last answers of panel members tell. Cells of last reported well-being with a low
response count for more, those with a high response for less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary.codebook import Codebook
from evaluatie.domain import Direction
from evaluatie.study import Study
from evaluatie.survey.merging import merge_neighbours

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
GROUPS = 5  # Cochran (1968): five classes take away some 90% of the bias of the variable they cut


@dataclass(frozen=True)
class BaseWeights:
    """Base weights of one wave.

    Attributes
    ----------
    weights : (respondents,) array
        1 for who is asked for the first time; for panel members the response rate of all of them
        over that of their adjustment cell (their mean over those invited and answering is 1).
    cells : int
        Adjustment cells of panel members after merging; 0 without a panel.
    panel_response, refreshment_response : float
        Shares of the invited who answered (0-1); NaN where nobody was invited.
    note : str
        Why cells were merged, or why base weights are 1.
    """

    weights: Floats
    cells: int
    panel_response: float
    refreshment_response: float
    note: str


def base_weights(
    frame: pd.DataFrame, sample: pd.DataFrame | None, study: Study, codebook: Codebook
) -> dict[str, BaseWeights]:
    """Return the base weights of every wave.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per respondent x wave: ``wave``, ``person_id`` and every residents' scale.
    sample : pandas.DataFrame or None
        One row per invited person x wave: ``wave``, ``person_id``.
    study, codebook
        Waves, ``minimum_cell``; scales and their direction.

    Returns
    -------
    dict of str to BaseWeights
        Wave id -> weights in the order of the frame's rows of that wave.

    Notes
    -----
    *Well-being* of an answer is the mean of its scales, each standardised over the respondents of
    the wave and turned so that higher is better; of a panel member the last one known counts.
    Invited panel members are cut into five groups of equal size; those who never answered enough
    to tell are a cell of their own. A cell with fewer than ``minimum_cell`` respondents
    merges with its smaller neighbour. *Assumption*: within a cell, answering again does not depend
    on the outcomes. *Not corrected*: selection at the first answer, when nothing is known of those
    who stay silent. The rates count as known in standard errors.

    *Why these and no others*: simulated on synthetic studies without an effect, against all
    residents (docs/weights.md), these take away a third of the bias in change for 0.4% of the
    effective n, and leave the contrast as it was. Response rates of area x panel status, or
    invitation chances, take away little more, cost a third to three fifths of the effective n and
    make the contrast up to 50% less certain; so panel members and newcomers keep their shares of
    the respondents.

    References
    ----------
    Little (1986), Int. Statistical Review 54:139 (adjustment cells); Cochran (1968), Biometrics
    24:295 (five classes).
    """
    if sample is None:
        rows = frame.groupby("wave", sort=False).size()
        return {str(wave): _ones(int(n), "no_sample") for wave, n in rows.items()}
    persons, codes = _codes(frame, sample)
    last, ever = np.full(persons, np.nan), np.zeros(persons, dtype=bool)
    found = {}
    waves = pd.Index([wave.id for wave in study.waves])
    places = [waves.get_indexer(table["wave"]) for table in (frame, sample)]
    for number, wave in enumerate(study.waves):
        of_wave = places[0] == number
        if not of_wave.any():
            continue
        answered, invited = codes[0][of_wave], codes[1][places[1] == number]
        found[wave.id] = _of_wave(answered, invited[invited >= 0], last, ever, study.minimum_cell)
        known = answered >= 0
        ever[answered[known]] = True
        well = well_being(frame[of_wave], codebook)
        known &= ~np.isnan(well)
        last[answered[known]] = well[known]
    return found


def well_being(answers: pd.DataFrame, codebook: Codebook) -> Floats:
    """Return the mean of the standardised scales of each answer, higher is better; NaN if none.

    Parameters
    ----------
    answers : pandas.DataFrame
        The rows of one wave, with the residents' scales as columns.
    """
    scales = [s for s in codebook.scales_for("residents") if s.id in answers]
    scores = answers[[scale.id for scale in scales]].to_numpy(float)
    seen = ~np.isnan(scores)
    n = np.maximum(seen.sum(axis=0), 1)
    centred = np.where(seen, scores - np.where(seen, scores, 0).sum(axis=0) / n, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / n)
    usable = spread > 0
    sign = np.array([1.0 if s.direction is Direction.HIGHER else -1.0 for s in scales])
    standard = np.divide(centred * sign, spread, out=np.zeros_like(centred), where=usable)
    count = (seen & usable).sum(axis=1)
    mean = standard.sum(axis=1) / np.maximum(count, 1)
    mean[count == 0] = np.nan
    return np.asarray(mean, dtype=np.float64)


def _codes(frame: pd.DataFrame, sample: pd.DataFrame) -> tuple[int, tuple[Integers, Integers]]:
    """Return how many persons there are, and their codes in both tables (-1 without a key)."""
    both = pd.concat([frame["person_id"], sample["person_id"]], ignore_index=True)
    code, persons = pd.factorize(both)
    return len(persons), (code[: len(frame)], code[len(frame) :])


def _of_wave(
    answered: Integers, invited: Integers, last: Floats, ever: NDArray[np.bool_], minimum: int
) -> BaseWeights:
    """Return the base weights of who answered, by person codes (-1: unknown)."""
    reached = np.zeros(len(ever), dtype=bool)
    reached[answered[answered >= 0]] = True
    again = ever[invited]
    rates = _rate(reached[invited[again]]), _rate(reached[invited[~again]])
    panel = invited[again]
    if not panel.size or not reached[panel].any():
        note = "no_panel" if not ever.any() else "no_panel_in_sample"
        return BaseWeights(np.ones(len(answered)), 0, rates[0], rates[1], note)
    cell = _quantile_groups(last[panel])
    responded = np.bincount(cell[reached[panel]], minlength=GROUPS + 1)
    blocks = merge_neighbours([int(n) for n in responded[:GROUPS]], minimum)
    merged = np.empty(GROUPS + 1, dtype=np.int64)
    for number, (block, _) in enumerate(blocks):
        merged[block] = number
    # those of whom nothing is known: apart when there are enough of them, else with the middle
    apart = responded[GROUPS] >= minimum
    merged[GROUPS] = len(blocks) if apart else merged[GROUPS // 2]
    cells = len(blocks) + int(apart)
    group = merged[cell]
    share = np.bincount(group[reached[panel]], minlength=cells) / np.bincount(
        group, minlength=cells
    )
    weight = np.ones(len(ever))
    weight[panel] = rates[0] / share[group]
    found = np.where(answered >= 0, weight[np.maximum(answered, 0)], 1.0)
    note = "" if len(blocks) == GROUPS else f"cells_below:{minimum}"
    return BaseWeights(found, cells, rates[0], rates[1], note)


def _quantile_groups(values: Floats) -> Integers:
    """Return groups of equal size by value, 0 to GROUPS - 1, and GROUPS for NaN."""
    known = ~np.isnan(values)
    cuts = np.quantile(values[known], np.arange(1, GROUPS) / GROUPS) if known.any() else np.empty(0)
    groups = np.searchsorted(cuts, np.where(known, values, 0.0), side="right")
    return np.where(known, groups, GROUPS).astype(np.int64)


def _rate(answered: NDArray[np.bool_]) -> float:
    return float(answered.mean()) if answered.size else float("nan")


def _ones(n: int, note: str) -> BaseWeights:
    return BaseWeights(np.ones(n), 0, float("nan"), float("nan"), note)
