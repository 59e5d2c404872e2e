"""The same contrast another way: judged by estimate and interval, never by p."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.domain import Side, Weighting
from evaluatie.errors import RefusedError
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.contrast_rows import BETWEEN, contrast_unit, contrasted
from evaluatie.evaluation.contrasts import assignments_of, equal_tailed_interval
from evaluatie.evaluation.products import Products
from evaluatie.methods import randomisation as ri
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]


def sensitivity_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield, per question at its verdict wave, the contrast without each area in turn."""
    for question in contrasted(book):
        wave = str(question.verdict_wave)
        changes = changes_since_baseline(study, codebook, products, question, wave)
        if isinstance(changes, str) or changes["change"].isna().any():
            continue
        for area in study.areas:
            kept = changes[changes["area"] != area.code]
            estimate, low, high = _without(study, question, kept)
            yield estimate_row(
                Table.SENSITIVITY, "difference", question=question.id,
                indicator=question.indicator, wave=wave, area=BETWEEN,
                category=f"drop={area.code}", estimate=estimate, ci_low=low, ci_high=high,
                n=kept["n"].sum(), n_clusters=len(kept),
                unit=contrast_unit(question, codebook, study), method="randomisation_interval",
            )  # fmt: skip


def _without(study: Study, question: Question, kept: pd.DataFrame) -> tuple[float, float, float]:
    """Return estimate and interval over the areas left; an infinite bound where none exists."""
    sides = {study.area(code).side for code in kept["area"]}
    if sides != set(Side) or study.design.assignment == "pairs":
        kept = _whole_pairs(study, kept)
    change = kept["change"].to_numpy(float)
    resident = question.weighting is Weighting.RESIDENT
    weights = kept["residents"].to_numpy(float) if resident else np.ones(len(kept))
    try:
        assignments = assignments_of(study, kept["area"].tolist())
    except RefusedError:
        return float("nan"), float("nan"), float("nan")
    estimate = ri.difference(change, weights, assignments)[assignments.observed]
    low, high = equal_tailed_interval(change, weights, assignments, study.design.alpha)
    return float(estimate), low, high


def _whole_pairs(study: Study, kept: pd.DataFrame) -> pd.DataFrame:
    pairs = kept["area"].map(lambda code: study.area(code).pair)
    return kept[pairs.groupby(pairs).transform("size") == 2]
