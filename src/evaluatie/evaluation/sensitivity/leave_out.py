"""The contrast without each area in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evaluatie.domain import Side
from evaluatie.errors import RefusedError
from evaluatie.evaluation.sensitivity.analysis import NOTHING, Found, Row, Setting


def without_each_area(setting: Setting) -> Iterator[Row]:
    """Yield the contrast without each area; of matched pairs the whole pair goes."""
    for area in setting.study.areas:
        kept = setting.changes[setting.changes["area"] != area.code]
        yield setting.row(f"drop={area.code}", _without(setting, kept), "cr2", kept)


def _without(setting: Setting, kept: pd.DataFrame) -> Found:
    """Return estimate and CR2 interval over the areas left; NaN where one side has none left.

    With one area fewer, inference over assignments may have no finite interval at all.
    """
    study = setting.study
    if study.design.assignment == "pairs":
        pairs = kept["area"].map(lambda code: study.area(code).pair)
        kept = kept[pairs.groupby(pairs).transform("size") == 2]
    if {study.area(code).side for code in kept["area"]} != set(Side):
        return NOTHING
    try:
        return setting.robust(kept)
    except RefusedError:
        return NOTHING
