"""How many panel members changed by at least a person's minimal important difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluatie.dictionary.model import Scale
from evaluatie.domain import Direction, Side
from evaluatie.methods import Design, DesignEstimate
from evaluatie.study import Study
from evaluatie.survey.stayers import Stayers
from evaluatie.survey.weighting import WeightedPanel

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
FEWEST = 10
"""Stayers of a side below which a share is not given."""


@dataclass(frozen=True)
class Responders:
    """Shares of stayers who improved or worsened since the baseline.

    Attributes
    ----------
    wave, side : str
    improved, worsened : DesignEstimate or None
        None where there is no estimate.
    n : int
        Stayers with a score at both waves.
    reason : str
        ``no_mid``, ``few_stayers:<n>``, or empty.
    """

    wave: str
    side: str
    improved: DesignEstimate | None
    worsened: DesignEstimate | None
    n: int
    reason: str = ""


def responders(
    panel: WeightedPanel, scale: Scale, study: Study, wave: str, stayers: Stayers
) -> list[Responders]:
    """Estimate shares improved and worsened by at least the scale's MID, per side.

    Parameters
    ----------
    scale : Scale
        Its ``mid`` is the minimal important difference of a person, in points of the scale.
    wave : str
        Later wave; compared with the first wave of the study.
    stayers : Stayers
        Who answered both, with weights back to the residents of the first wave who stayed.

    Notes
    -----
    Share of stayers with ``sign * (later - first) >= mid``; areas strata, households clusters,
    weights as known (their estimation is not in the standard error). *Estimand*: residents of the
    first wave who stayed. Measurement error and regression to the mean move persons both ways also
    without any change, so the two sides are compared with each other, never with zero.
    *Missing data*: a person without a score at either wave is left out. A share is shown beside a
    mean, never as a margin.

    References
    ----------
    Jaeschke, Singer & Guyatt (1989), Controlled Clinical Trials 10:407; Cappelleri & Bushmakin
    (2014), Statistical Methods in Medical Research 23:460.
    """
    if scale.mid is None:
        return [Responders(wave, str(side), None, None, 0, "no_mid") for side in Side]
    score = panel.frame[scale.id].to_numpy(float)
    sign = 1 if scale.direction is Direction.HIGHER else -1
    gain = sign * (score[stayers.later] - score[stayers.first])
    people = panel.frame.iloc[stayers.first]
    sides = people["area_code"].map({area.code: str(area.side) for area in study.areas})
    design = Design.of(stayers.weights, people["area_code"], people["household_id"])
    enough = scale.mid * (1 - 1e-9)  # a change of exactly the MID counts, also in binary fractions
    return [
        _of_side(design, gain, (sides == str(side)).to_numpy(), enough, wave, str(side))
        for side in Side
    ]


def _of_side(
    design: Design, gain: Floats, inside: Booleans, enough: float, wave: str, side: str
) -> Responders:
    inside = inside & ~np.isnan(gain)
    n = int(inside.sum())
    if n < FEWEST or design.df(inside) < 1:
        return Responders(wave, side, None, None, n, f"few_stayers:{n}")
    improved = design.mean((gain >= enough).astype(float), inside)
    worsened = design.mean((gain <= -enough).astype(float), inside)
    return Responders(wave, side, improved, worsened, n)
