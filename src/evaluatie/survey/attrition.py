"""Who of the first wave answered a later one, and how likely each of them was to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary import Codebook
from evaluatie.errors import RefusedError
from evaluatie.methods import ResponsePropensity, fit_propensity
from evaluatie.study import Study
from evaluatie.survey.background import design_columns, own_scores
from evaluatie.survey.weighting import WeightedPanel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Followed:
    """Respondents of the first wave who could have answered a later one.

    Attributes
    ----------
    wave : str
        The later wave.
    first, again : ndarray of int, shape (n,)
        Row of each person in the panel's frame in the first and in the later wave; ``again`` is
        -1 for who did not answer.
    households : ndarray of str, shape (n,)
    weights : ndarray of float, shape (n,)
        Weights of the first wave.
    names, X : tuple of str (k,), ndarray of float (n, k)
        What the first wave knows of them, as columns of a model.
    left : int
        Respondents of the first wave who no longer lived in their area.
    untraced : int
        Respondents of the first wave without a panel key.
    """

    wave: str
    first: Integers
    again: Integers
    households: NDArray[np.object_]
    weights: Floats
    names: tuple[str, ...]
    X: Floats
    left: int
    untraced: int

    @property
    def answered(self) -> Booleans:
        """Who answered the later wave, shape (n,)."""
        return np.asarray(self.again >= 0)

    def propensity(self, responded: Booleans | None = None) -> ResponsePropensity:
        """Model who responded (default: `answered`), weighted by the first wave's weights.

        Raises
        ------
        RefusedError
            Perfect separation, or nobody or everybody responded; see `methods.fit_propensity`.
        """
        who = self.answered if responded is None else responded
        # the estimating equations do not depend on the scale of the weights; a mean of 1 keeps
        # model-based standard errors and the deviance readable
        return fit_propensity(who, self.X, self.names, self.weights / self.weights.mean())


def follow(
    panel: WeightedPanel,
    study: Study,
    codebook: Codebook,
    wave: str,
    sample: pd.DataFrame | None = None,
) -> Followed | str:
    """Find the respondents of the first wave again in a later one.

    Parameters
    ----------
    panel : WeightedPanel
    study, codebook
        Areas, first wave, scales.
    wave : str
        The later wave.
    sample : pandas.DataFrame, optional
        Sampling frame, one row per invited person x wave: ``person_id``, ``wave``, ``area_code``.

    Returns
    -------
    Followed or str
        Or the reason why nobody can be followed: ``no_panel``.

    Notes
    -----
    The people are the residents of the first wave who still live in the same area at the later one
    (*stayers*). With a sampling frame, who is not invited in the old area any more has left, or was
    taken off the list: the frame does not tell them apart. Without a frame, or with one that lists
    no panel member but those who answered, only who answers from another place is known to have
    left; movers who do not answer count as non-respondents, and the people are then all residents
    of the first wave but the known movers. A person without a panel key, or with the key twice in
    a wave, cannot be followed and is left out.
    """
    frame = panel.frame
    base = _once(frame, study.baseline.id)
    later = _once(panel.linkage.frame, wave)  # with answers from outside the study areas
    here = frame.index[frame["wave"] == wave]
    row_of = pd.Series(here, index=frame.loc[here, "person_id"])
    row_of = row_of[row_of.index.notna() & ~row_of.index.duplicated(keep=False)]
    area_then = base["person_id"].map(later.set_index("person_id")["area_code"])
    stays = (area_then == base["area_code"]).to_numpy()
    eligible = stays | area_then.isna().to_numpy()
    listed = _invited(base, sample, wave) & eligible
    if (listed & ~stays).any():
        eligible = stays | listed
    if not eligible.any() or not stays.any():
        return "no_panel"
    people = base[eligible]
    again = np.where(stays, base["person_id"].map(row_of).fillna(-1), -1)[eligible]
    areas = [area.code for area in study.areas]
    names, X = design_columns(people, areas, own_scores(codebook, study.baseline.id))
    return Followed(
        wave,
        people.index.to_numpy(np.int64),
        again.astype(np.int64),
        people["household_id"].to_numpy(object),
        people["weight"].to_numpy(float),
        names,
        X,
        int((~eligible).sum()),
        int((frame["wave"] == study.baseline.id).sum() - len(base)),
    )


def model_of(followed: Followed) -> ResponsePropensity | str:
    """Return the model of who answered again, or the reason why there is none.

    ``nobody_left``: all of them answered, so that there is nothing to model.
    ``retention_separated``: some were certain to answer, or certain not to.
    """
    if followed.answered.all():
        return "nobody_left"
    try:
        return followed.propensity()
    except RefusedError:
        return "retention_separated"


def _invited(base: pd.DataFrame, sample: pd.DataFrame | None, wave: str) -> Booleans:
    """Return who of the first wave was invited at ``wave``, still in the same area."""
    if sample is None:
        return np.zeros(len(base), dtype=bool)
    asked = sample[(sample["wave"] == wave) & sample["person_id"].notna()]
    area = asked.drop_duplicates("person_id").set_index("person_id")["area_code"]
    return np.asarray(base["person_id"].map(area) == base["area_code"])


def _once(frame: pd.DataFrame, wave: str) -> pd.DataFrame:
    rows = frame[(frame["wave"] == wave) & frame["person_id"].notna()]
    return rows[~rows["person_id"].duplicated(keep=False)]
