"""The change of every neighbourhood since the baseline: the input of the agreed contrast."""

from __future__ import annotations

import pandas as pd

from evaluatie.agreement import Question
from evaluatie.costs import area_change, year_change
from evaluatie.dictionary import Codebook
from evaluatie.domain import Population
from evaluatie.evaluation.area_change import TwoWaves
from evaluatie.evaluation.products import Products, feeds_for
from evaluatie.study import Study
from evaluatie.survey.stayers import Stayers, stayers_of


def changes_since_baseline(
    study: Study, codebook: Codebook, products: Products, question: Question, wave: str
) -> pd.DataFrame | str:
    """Return one row per area - ``area``, ``change``, ``residents``, ``n`` - or why there is none.

    Notes
    -----
    Costs: mean of the wave's window minus that of the baseline. Survey scales by the question's
    population. *Current residents*: weighted mean of the area at the wave minus that at the
    baseline, each with its own weights; residents = sum of the weights at the wave. *Stayers*:
    weighted mean change of baseline residents who answered both waves from the same area, weight =
    baseline weight times inverse chance of answering again; residents = sum of those weights.
    *Missing-data rule*: who has no score is left out (stayers: no score at either wave).
    """
    if reason := products.lacking(feeds_for(question, codebook)):
        return reason
    if question.indicator in codebook.scales:
        return _scale_changes(study, codebook, products, question, wave)
    if question.population is Population.STAYERS:
        return f"population_not_supported:{Population.STAYERS}"  # a cost follows nobody
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
    compared = waves_compared(study, codebook, products, question, wave)
    if isinstance(compared, str) or products.panel is None:
        return str(compared)
    scores = products.panel.frame[question.indicator].to_numpy(float)
    return compared.change(scores[compared.before], scores[compared.after])


def waves_compared(
    study: Study,
    codebook: Codebook,
    products: Products,
    question: Question,
    wave: str,
    population: Population | None = None,
) -> TwoWaves | str:
    """Return whose answers a survey question compares at a wave, or why it compares none.

    Parameters
    ----------
    population : Population, optional
        Another population than the question's own.
    """
    if products.panel is None:
        return "missing_feed:survey"
    for asked in (study.baseline.id, wave):
        if asked not in products.data.survey:
            return "missing_feed:survey"
        if not codebook.scale_asked(question.indicator, asked):
            return f"not_asked:{asked}"
    panel = products.panel
    if (population or question.population) is not Population.STAYERS:
        key = ("residents", wave)
        return products.once(key, lambda: TwoWaves.residents(panel, study, wave))
    return products.once(
        ("stayers compared", wave), lambda: _stayers(study, codebook, products, wave)
    )


def stayers_at(study: Study, codebook: Codebook, products: Products, wave: str) -> Stayers | str:
    """Return the stayers of a wave, modelled once, or why there are none."""
    panel = products.panel
    if panel is None:
        return "missing_feed:survey"
    sample = products.data.feeds.get("sample")
    return products.once(
        ("stayers", wave), lambda: stayers_of(panel, study, codebook, wave, sample)
    )


def _stayers(study: Study, codebook: Codebook, products: Products, wave: str) -> TwoWaves | str:
    stayers = stayers_at(study, codebook, products, wave)
    if isinstance(stayers, str) or products.panel is None:
        return str(stayers)
    return TwoWaves.stayers(products.panel, study, stayers)
