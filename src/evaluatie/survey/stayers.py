"""Residents of the first wave who stayed: weighted back to all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary import Codebook
from evaluatie.methods import ResponsePropensity
from evaluatie.study import Study
from evaluatie.survey.attrition import Followed, follow, model_of
from evaluatie.survey.weighting import WeightedPanel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Stayers:
    """Panel members who answered the first and a later wave from the same area.

    Attributes
    ----------
    followed : Followed
        Everybody of the first wave who could have.
    model : ResponsePropensity or None
        Of answering again; None where everybody did.
    first, later : ndarray of int, shape (n,)
        Row of each stayer in the panel's frame, in the two waves.
    weights : ndarray of float, shape (n,)
        Weight of the first wave times inverse chance of answering again: residents of the first
        wave who stayed.
    """

    followed: Followed
    model: ResponsePropensity | None
    first: Integers
    later: Integers
    weights: Floats


def stayers_of(
    panel: WeightedPanel,
    study: Study,
    codebook: Codebook,
    wave: str,
    sample: pd.DataFrame | None = None,
) -> Stayers | str:
    """Return the stayers of a wave with their weights, or the reason why there are none.

    Parameters
    ----------
    panel, study, codebook, wave, sample
        As in `attrition.follow`.

    Returns
    -------
    Stayers or str
        Reasons: ``no_panel``; ``too_few_stayers:<areas>`` when that many areas have fewer than the
        study's ``minimum_cell`` stayers; ``retention_separated`` when some respondents of the first
        wave had no chance of answering again, or were certain to.

    Notes
    -----
    *Estimand*: the change among residents of the first wave who still live in the same area at the
    later one. Weight ``d / p``: d the weight of the first wave (raked to its residents), p the
    chance of answering again by logistic regression on what the first wave knows (age, sex, mode,
    schooling, area, household, scores), fitted with weights d. *Assumptions*: given those, who
    answers again does not depend on the later score (missing at random), and everybody had a
    chance. *Missing-data rule*: see `background.design_columns` for the model; a change needs both
    scores.
    """
    followed = follow(panel, study, codebook, wave, sample)
    if isinstance(followed, str):
        return followed
    answered = followed.answered
    first = followed.first[answered]
    codes = [area.code for area in study.areas]
    place = pd.Index(codes).get_indexer(panel.frame["area_code"].to_numpy()[first])
    few = int((np.bincount(place, minlength=len(codes)) < study.minimum_cell).sum())
    if few:
        return f"too_few_stayers:{few}"
    model = model_of(followed)
    if model == "nobody_left":
        return Stayers(followed, None, first, followed.again[answered], followed.weights[answered])
    if isinstance(model, str):
        return model
    weights = followed.weights[answered] / model.chance[answered]
    return Stayers(followed, model, first, followed.again[answered], weights)
