"""The change of every neighbourhood since the baseline: the input of the agreed contrast."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.agreement import Question
from evaluatie.costs import area_change, year_change
from evaluatie.dictionary import Codebook
from evaluatie.domain import Population
from evaluatie.evaluation.products import Products, feeds_for
from evaluatie.study import Study


def changes_since_baseline(
    study: Study, codebook: Codebook, products: Products, question: Question, wave: str
) -> pd.DataFrame | str:
    """Return one row per area - ``area``, ``change``, ``residents``, ``n`` - or why there is none.

    Survey scales: weighted mean of the area at the wave minus that at the baseline, residents =
    sum of the weights at the wave. Costs: mean of the wave's window minus that of the baseline.
    """
    if reason := products.lacking(feeds_for(question, codebook)):
        return reason
    if question.population is Population.STAYERS:
        return "population_not_supported:stayers"
    if question.indicator in codebook.scales:
        return _scale_changes(study, codebook, products, question, wave)
    return _cost_changes(study, codebook, products, question, wave)


def _cost_changes(
    study: Study, codebook: Codebook, products: Products, question: Question, wave: str
) -> pd.DataFrame | str:
    indicator = codebook.indicators[question.indicator]
    if indicator.kind == "insured_cost" and products.insured is not None:
        measure = "eur_per_insured_year_standardised"
        found = year_change(products.insured, measure, "insured_years", wave, study)
    elif indicator.kind == "arrangement_cost" and products.cells is not None:
        basis = str(question.cost_basis or indicator.basis)
        found = area_change(products.cells, indicator, wave, study, basis)
    else:
        return f"no_contrast_for:{indicator.kind}"
    if found["change"].isna().any():
        return "window_incomplete"
    return found.assign(n=found["residents"])


def _scale_changes(
    study: Study, codebook: Codebook, products: Products, question: Question, wave: str
) -> pd.DataFrame | str:
    if products.panel is None:
        return "missing_feed:survey"
    for asked in (study.baseline.id, wave):
        if asked not in products.data.survey:
            return "missing_feed:survey"
        if not codebook.scale_asked(question.indicator, asked):
            return f"not_asked:{asked}"
    frame = products.panel.frame
    scored = frame[
        frame[question.indicator].notna() & frame["wave"].isin([study.baseline.id, wave])
    ]
    product = scored[question.indicator] * scored["weight"]
    keys = [scored["wave"], scored["area_code"]]
    means = product.groupby(keys).sum() / scored["weight"].groupby(keys).sum()
    counts = scored.groupby(keys).size()
    residents = frame["weight"].groupby([frame["wave"], frame["area_code"]]).sum()
    codes = [area.code for area in study.areas]

    def at(table: pd.Series, when: str) -> NDArray[np.float64]:
        return np.asarray(table.reindex([(when, code) for code in codes]), dtype=float)

    return pd.DataFrame(
        {
            "area": codes,
            "change": at(means, wave) - at(means, study.baseline.id),
            "residents": at(residents, wave),
            "n": np.minimum(at(counts, wave), at(counts, study.baseline.id)),
        }
    )
