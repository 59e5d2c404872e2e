"""Which points each answer adds to a scale, and whether consistency of those points has sense."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary.model import Item, Scale
from evaluatie.survey.scoring import answer_codes, item_numbers

Floats = NDArray[np.float64]

NOT_FROM_ITEMS: Mapping[str, str] = {
    "imported": "imported_score",  # the items are not here
    "single": "single_item",
    "share_of_codes": "single_item",
    "value_set": "formative_index",  # dimensions make the index up; they need not go together
}
"""Scoring rule -> why internal consistency cannot or should not be computed."""


def item_points(frame: pd.DataFrame, scale: Scale, items: Mapping[str, Item]) -> Floats:
    """Return what each answer adds to the scale, before summing.

    Parameters
    ----------
    frame : pandas.DataFrame, n rows
        Item columns by item id, as in a validated wave.
    scale : Scale
        With rule ``sum``, ``mean`` or ``count_of_codes`` (then 1 for a listed code, else 0).
    items : mapping of str to Item
        Of the questionnaire.

    Returns
    -------
    ndarray of float, shape (n, k)
        After reversal, NaN where missing.
    """
    if scale.rule == "count_of_codes":
        return np.column_stack(
            [_counted(frame[name], scale.item_codes[name]) for name in scale.items]
        )
    return np.column_stack(
        [item_numbers(frame[name], items[name], name in scale.reverse) for name in scale.items]
    )


def _counted(values: pd.Series, counted: tuple[str, ...]) -> Floats:
    answers = answer_codes(values)
    return np.where(answers.isna(), np.nan, answers.isin(counted).to_numpy(float))
