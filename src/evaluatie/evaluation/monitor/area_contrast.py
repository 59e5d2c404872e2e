"""The difference between pilot and comparison in a change of every area, areas as clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evaluatie.domain import Side, Status, Weighting
from evaluatie.errors import RefusedError
from evaluatie.evaluation.contrast_rows import BETWEEN
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.methods import area_difference, interval


def area_contrast(asked: Asked, change: pd.Series, size: pd.Series) -> dict[str, Any]:
    """Return the columns of a row about pilot minus comparison, or why there is no number.

    Parameters
    ----------
    asked : Asked
        Weighting and study.
    change : Series
        Change of each area, index area code.
    size : Series
        Households of each area, index area code: the weights where the question weighs by size.

    Notes
    -----
    Mean change of the pilot areas minus that of the comparison areas, CR2 over areas with
    Bell-McCaffrey df: estimate and interval, descriptive, no p.
    """
    study = asked.study
    codes = [area.code for area in study.areas]
    values = change.reindex(codes).to_numpy(dtype=float)
    row: dict[str, Any] = {
        "area": BETWEEN, "n_clusters": len(codes), "method": "area_difference_cr2",
    }  # fmt: skip
    absent = {"status": Status.NOT_ESTIMABLE}
    if not np.isfinite(values).all():
        return row | absent | {"reason": "no_level_in_areas"}
    weighted = asked.question.weighting is not Weighting.EQUAL
    weights = size.reindex(codes).to_numpy(dtype=float) if weighted else None
    try:
        test = area_difference(values, [a.side == Side.PILOT for a in study.areas], weights)
    except RefusedError:
        return row | absent | {"reason": "too_few_areas"}
    low, high = interval(test.estimate, test.std_error, test.df, 1 - study.design.alpha)
    return row | {
        "estimate": test.estimate, "std_error": test.std_error, "df": test.df,
        "ci_low": low, "ci_high": high,
    }  # fmt: skip
