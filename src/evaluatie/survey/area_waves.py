"""Means of every area and wave with the covariance of their sampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluatie.methods import Linearised
from evaluatie.study import Study
from evaluatie.survey.design import SurveyDesign
from evaluatie.survey.weighting import WeightedPanel

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AreaWaves:
    """One mean per area x wave in which anybody answered.

    Attributes
    ----------
    area, wave : (m,) array of str
    mean : (m,) array
        Weighted mean of the score.
    covariance : (m, m) array
        Of sampling: areas strata, households clusters also across waves, so panel overlap and
        household are in it; weights calibrated.
    n : int
        Persons (respondents without a key count one by one).
    n_households : int
    """

    area: NDArray[np.str_]
    wave: NDArray[np.str_]
    mean: Floats
    covariance: Floats
    n: int
    n_households: int


def area_waves(panel: WeightedPanel, score: str, study: Study) -> AreaWaves:
    """Estimate the mean of a score in every area and wave, with their joint covariance.

    Raises
    ------
    RefusedError
        Nobody answered.
    """
    rows = SurveyDesign.of(panel, study, [wave.id for wave in study.waves])
    values = rows.frame[score].to_numpy(float)
    known = ~np.isnan(values) & (rows.area_position >= 0)
    cell = rows.area_position * len(rows.waves) + rows.wave_position
    weights, design = rows.declared.weights, rows.declared
    size = len(study.areas) * len(rows.waves)
    total = np.bincount(cell[known], weights[known], size)
    present = np.flatnonzero(total > 0)
    mean = np.bincount(cell[known], (weights * values)[known], size)[present] / total[present]
    column = np.full(size, -1)
    column[present] = np.arange(len(present))
    influence = np.zeros((len(values), len(present)))
    at = column[cell[known]]
    influence[known, at] = (weights[known] / total[cell[known]]) * (values[known] - mean[at])
    member = np.zeros_like(influence)
    member[known, at] = 1.0
    filled = np.where(known, values, 0.0)

    def under(W: Floats) -> Floats:
        return np.asarray((W.T @ (member * filled[:, None])) / (W.T @ member))

    people = rows.frame.loc[known, "person_id"]
    return AreaWaves(
        np.array([area.code for area in study.areas])[present // len(rows.waves)],
        np.array(rows.waves)[present % len(rows.waves)],
        mean,
        design.covariance_of(Linearised(mean, influence, under)),
        int(people.nunique() + people.isna().sum()),
        design.clusters(known),
    )
