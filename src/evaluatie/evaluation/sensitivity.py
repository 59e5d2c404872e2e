"""The same contrast another way: judged by estimate and interval, never by p."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.domain import Side, Status, Weighting
from evaluatie.errors import RefusedError
from evaluatie.evaluation.agreed_tests import (
    TREATED,
    WildBootstrap,
    collapsed_fit,
)
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.contrast_rows import BETWEEN, contrast_unit, contrasted
from evaluatie.evaluation.products import Products
from evaluatie.methods import ClusteredFit, cr2, interval
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
Array = NDArray[np.float64]
Found = tuple[float, float, float]
NOTHING: Found = (float("nan"),) * 3


def sensitivity_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield each deciding contrast without each area in turn, and by two other methods."""
    for question in contrasted(book):
        wave = str(question.verdict_wave)
        changes = changes_since_baseline(study, codebook, products, question, wave)
        if isinstance(changes, str) or changes["change"].isna().any():
            continue
        where = {
            "question": question.id,
            "indicator": question.indicator,
            "wave": wave,
            "area": BETWEEN,
            "unit": contrast_unit(question, codebook, study),
        }
        for area in study.areas:
            kept = changes[changes["area"] != area.code]
            estimate, low, high = _without(study, question, kept)
            yield estimate_row(
                Table.SENSITIVITY, "difference", category=f"drop={area.code}", estimate=estimate,
                ci_low=low, ci_high=high, n=kept["n"].sum(), n_clusters=len(kept),
                method="cr2", **(where | _absence(estimate)),
            )  # fmt: skip
        for method, (estimate, low, high) in _other_methods(study, question, changes).items():
            yield estimate_row(
                Table.SENSITIVITY, "difference", category=f"method={method}", estimate=estimate,
                ci_low=low, ci_high=high, n=changes["n"].sum(), n_clusters=len(changes),
                method=method, **where,
            )  # fmt: skip


def _absence(estimate: float) -> dict[str, str]:
    if np.isfinite(estimate):
        return {}
    return {"status": str(Status.NOT_ESTIMABLE), "reason": "too_few_areas_left"}


def _arrays(question: Question, frame: pd.DataFrame) -> tuple[Array, Array]:
    change = frame["change"].to_numpy(float)
    resident = question.weighting is Weighting.RESIDENT
    return change, frame["residents"].to_numpy(float) if resident else np.ones(len(frame))


def _fit(study: Study, question: Question, frame: pd.DataFrame) -> ClusteredFit:
    change, weights = _arrays(question, frame)
    treated = np.array([study.area(code).side is Side.PILOT for code in frame["area"]])
    return collapsed_fit(change, weights, treated)


def _robust(study: Study, fit: ClusteredFit) -> Found:
    """Return estimate and interval with CR2 standard error and Bell-McCaffrey df."""
    found = cr2(fit, TREATED)
    bounds = interval(found.estimate, found.std_error, found.df, 1 - study.design.alpha)
    return found.estimate, *bounds


def _without(study: Study, question: Question, kept: pd.DataFrame) -> Found:
    """Return estimate and CR2 interval over the areas left; NaN where one side has none left.

    With one area fewer, inference over assignments may have no finite interval at all.
    """
    if study.design.assignment == "pairs":
        kept = _whole_pairs(study, kept)
    if {study.area(code).side for code in kept["area"]} != set(Side):
        return NOTHING
    try:
        return _robust(study, _fit(study, question, kept))
    except RefusedError:
        return NOTHING


def _other_methods(study: Study, question: Question, changes: pd.DataFrame) -> dict[str, Found]:
    """Return estimate and interval by wild bootstrap and by CR2 with Bell-McCaffrey df."""
    fit = _fit(study, question, changes)
    try:
        robust = _robust(study, fit)
        bounds = WildBootstrap(fit).interval(study.design.alpha)
    except RefusedError:
        return {}  # too few areas on a side for these methods; the agreed test still stands
    return {"wild_bootstrap": (robust[0], *bounds), "cr2": robust}


def _whole_pairs(study: Study, kept: pd.DataFrame) -> pd.DataFrame:
    pairs = kept["area"].map(lambda code: study.area(code).pair)
    return kept[pairs.groupby(pairs).transform("size") == 2]
