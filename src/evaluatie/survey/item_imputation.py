"""Scores of respondents who skipped some items of a scale: the skipped items are imputed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Scale
from evaluatie.errors import RefusedError
from evaluatie.methods import VariableKind, impute
from evaluatie.survey.background import design_columns
from evaluatie.survey.scoring import item_column, score

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ANSWERED = 0.5
"""Share of the items that must be answered; with fewer, the score is imputed as a whole."""
SWEEPS = 2
"""Few items are missing per person, so that the answered ones predict them from the start."""


@dataclass(frozen=True)
class PartScores:
    """Scores of respondents who answered part of a scale.

    Attributes
    ----------
    rows : ndarray of int, shape (r,)
        Their positions among the respondents of the wave.
    scores : ndarray of float, shape (m, r)
    """

    rows: Integers
    scores: Floats


def impute_by_item(
    rows: pd.DataFrame,
    scale: Scale,
    others: Sequence[Scale],
    codebook: Codebook,
    areas: Sequence[str],
    *,
    seed: Sequence[int],
    imputations: int,
) -> PartScores | None:
    """Impute skipped items of a scale and score the completed answers.

    Parameters
    ----------
    rows : pandas.DataFrame
        Scored rows of one wave, with items as ``item:<id>``.
    scale : Scale
    others : sequence of Scale
        Scales whose scores help to predict; the scale itself is left out.
    codebook, areas
        Items and value sets; area codes of the study.
    seed : sequence of int
    imputations : int

    Returns
    -------
    PartScores or None
        None where there is nothing to do (one item, items that are no categories, nobody who
        answered part) or where the items cannot be imputed; the scores are then imputed as a whole.

    Notes
    -----
    Only who has no score by the rule of the instrument and answered at least ``ANSWERED`` of the
    items is scored here. Answer codes count in the order of the codebook. Predictors: the other
    items of the scale, and `background.design_columns` with the other scores (a missing one as the
    mean, flagged).

    References
    ----------
    Gottschall, West & Enders (2012), Multivariate Behavioral Research 47:1: imputing items is more
    precise than imputing the scale.
    """
    items = [codebook.items[name] for name in scale.items]
    kept = all(item.codes and item_column(item.id) in rows for item in items)
    if len(items) < 2 or not kept:
        return None
    table = np.column_stack([_positions(rows[item_column(i.id)], tuple(i.codes)) for i in items])
    answered = (~np.isnan(table)).mean(axis=1)
    partial = rows[scale.id].isna().to_numpy() & (answered >= ANSWERED) & (answered < 1)
    used = answered >= ANSWERED
    if not partial.any():
        return None
    helping = [other for other in others if not set(other.items) & set(scale.items)]
    names, X = design_columns(rows[used], areas, helping)
    values = np.hstack([table[used], X[:, 1:]])
    try:
        filled = impute(
            values,
            [*scale.items, *(f"({name})" for name in names[1:])],
            [VariableKind.NUMERIC] * values.shape[1],
            seed=seed,
            imputations=imputations,
            iterations=SWEEPS,
        )
    except RefusedError:
        return None
    wanted = partial[used]
    completed = {
        item.id: _codes(filled.variable(item.id)[:, wanted], tuple(item.codes)) for item in items
    }
    scores = score(pd.DataFrame(completed), scale, codebook.items, codebook)
    return PartScores(np.flatnonzero(partial), scores.reshape(imputations, -1))


def _positions(answers: pd.Series, codes: tuple[str, ...]) -> Floats:
    """Return the place of each answer among the codes, NaN where missing."""
    place = pd.Index(codes).get_indexer(answers.astype(object))
    return np.where(place < 0, np.nan, place.astype(float))


def _codes(places: Floats, codes: tuple[str, ...]) -> NDArray[np.object_]:
    return np.asarray(codes, dtype=object)[places.ravel().astype(np.int64)]
