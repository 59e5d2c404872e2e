"""Who of the panel stayed, how selectively, and how they changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.domain import Status
from evaluatie.errors import RefusedError
from evaluatie.evaluation.changes import stayers_at
from evaluatie.evaluation.contrast_rows import contrasted
from evaluatie.evaluation.products import Products
from evaluatie.methods import design_mean, effective_n, interval, ipw_mean
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study
from evaluatie.survey import WeightedPanel
from evaluatie.survey.stayers import Stayers

Row = dict[str, Any]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
EVERYONE = "all"


def attrition_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield, per later wave, who of the first wave's respondents stayed, and their change.

    Terms: ``retention_share`` (of who still lived there), ``left_share`` (of all respondents of the
    first wave); ``r_indicator``, ``auc``, ``mcfadden`` and ``chance_min`` of the model of answering
    again; ``effective_n`` and ``weight_max`` (relative to the mean) of the weights of stayers. Per
    scale ``panel_change``, the mean change of stayers in all areas together:
    ``answers=complete_case`` and ``answers=weighted`` (M-estimation, households as clusters).
    """
    panel = products.panel
    if panel is None:
        return
    questions = [q for q in contrasted(book) if q.indicator in codebook.scales]
    for wave in study.waves[1:]:
        if wave.id in products.data.survey:
            stayers = stayers_at(study, codebook, products, wave.id)
            yield from _retention(wave.id, stayers)
            yield from _panel_changes(study, codebook, wave.id, panel, stayers, questions)


def _retention(wave: str, stayers: Stayers | str) -> Iterator[Row]:
    where = {"wave": wave, "area": EVERYONE, "method": "logistic"}
    if isinstance(stayers, str):
        for term in ("retention_share", "r_indicator"):
            yield _none(term, stayers, where)
        return
    followed, model = stayers.followed, stayers.model
    n, households = len(followed.first), len(np.unique(followed.households))
    behind = {"n": n, "n_households": households}
    everyone = n + followed.left
    answered = float(followed.answered.sum())
    yield _some("retention_share", answered / n, "share", behind | where)
    left = behind | where | {"n": everyone}
    yield _some("left_share", followed.left / everyone, "share", left)
    weights = stayers.weights / stayers.weights.mean()
    who = {
        "n": len(weights),
        "n_households": len(np.unique(followed.households[followed.answered])),
    }
    yield _some("effective_n", float(effective_n(weights)), "persons", who | where)
    yield _some("weight_max", float(weights.max()), "ratio", who | where)
    if model is None:
        yield _none("r_indicator", "nobody_left", where)
        return
    found = {"r_indicator": model.r_indicator, "auc": model.auc, "mcfadden": model.mcfadden}
    found["chance_min"] = float(model.chance.min())
    for term, value in found.items():
        yield _some(term, value, "ratio", behind | where)


def _panel_changes(
    study: Study,
    codebook: Codebook,
    wave: str,
    panel: WeightedPanel,
    stayers: Stayers | str,
    questions: list[Question],
) -> Iterator[Row]:
    for question in questions:
        scale, first = question.indicator, study.baseline.id
        if not (codebook.scale_asked(scale, wave) and codebook.scale_asked(scale, first)):
            continue
        where = {"wave": wave, "area": EVERYONE} | _named(question)
        if isinstance(stayers, str):
            for how in ("complete_case", "weighted"):
                yield _none("panel_change", stayers, where | {"category": f"answers={how}"})
            continue
        unit = "share" if codebook.scales[scale].rule == "share_of_codes" else "points"
        scores = panel.frame[scale].to_numpy(float)
        yield from _both_ways(study, stayers, scores, unit, where)


def _both_ways(
    study: Study, stayers: Stayers, scores: Floats, unit: str, where: dict[str, Any]
) -> Iterator[Row]:
    """Yield the change of stayers as they are, and weighted back to all who still lived there."""
    followed = stayers.followed
    later = np.where(followed.answered, scores[followed.again], np.nan)
    change = later - scores[followed.first]
    known = ~np.isnan(change)
    households = len(np.unique(followed.households[known]))
    behind = {"n": int(known.sum()), "n_households": households, "method": "m_estimation"}
    for how in ("complete_case", "weighted"):
        row = where | {"category": f"answers={how}"}
        try:
            estimate, error = _mean(stayers, change, known, how)
        except RefusedError:
            yield _none("panel_change", "too_few_stayers", row)
            continue
        df = households - 1
        low, high = interval(estimate, error, df, 1 - study.design.alpha)
        numbers = {"std_error": error, "ci_low": low, "ci_high": high, "df": df}
        yield _some("panel_change", estimate, unit, numbers | behind | row)


def _mean(stayers: Stayers, change: Floats, known: Booleans, how: str) -> tuple[float, float]:
    """Return mean and standard error of the change, households as clusters."""
    followed, model = stayers.followed, stayers.model
    if how == "weighted" and model is not None:
        weight = followed.weights / followed.weights.mean()
        found = ipw_mean(change, model, weight, followed.households, known)
        return found.estimate, found.std_error
    weights = followed.weights[known] if how == "weighted" else np.ones(int(known.sum()))
    one = np.zeros(len(weights), dtype=np.int64)
    mean = design_mean(change[known], weights, one, followed.households[known])
    return mean.estimate, mean.std_error


def _named(question: Question) -> dict[str, str]:
    return {"question": question.id, "indicator": question.indicator}


def _some(term: str, value: float, unit: str, rest: dict[str, Any]) -> Row:
    return estimate_row(Table.ATTRITION, term, estimate=value, unit=unit, **rest)


def _none(term: str, reason: str, where: dict[str, Any]) -> Row:
    status = {"status": str(Status.NOT_ESTIMABLE), "reason": reason}
    return estimate_row(Table.ATTRITION, term, **(where | status))
