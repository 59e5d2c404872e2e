"""Files of a question about cost: sums per area and period, never a person or a booking."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaluatie.costs import baseline_quarters, cost_year, price_factors, wave_quarters
from evaluatie.dictionary import Codebook
from evaluatie.evaluation.products import Products
from evaluatie.export.answered import Answered
from evaluatie.study import Study

BASELINE = "baseline"
STRATUM = ["area", "period", "sex", "age_class"]


def cell_files(
    study: Study, codebook: Codebook, products: Products, answered: Answered
) -> dict[str, pd.DataFrame]:
    """Return ``cells`` and ``windows`` of a question about cost per resident.

    ``cells``: one row per area x law x quarter of a window: cents at the prices of the year, factor
    to the price level of the study, residents.
    """
    assert products.cells is not None, "an answered cost question has cells"
    indicator = codebook.indicators[answered.question.indicator]
    basis = str(answered.question.cost_basis or indicator.basis)
    quarters = {BASELINE: baseline_quarters(study)}
    quarters |= {wave: wave_quarters(study, wave) for wave in answered.contrasts}
    cells = products.cells
    mine = cells["law"].isin(indicator.laws) & (cells["basis"] == basis)
    within = cells["period"].isin({q for names in quarters.values() for q in names})
    chosen = cells[mine & within & (cells["level"] == "area")]
    factors = price_factors(codebook.prices, chosen["year"], study.price_level)
    chosen = chosen.assign(price_factor=chosen["year"].map(factors))
    columns = ["area", "law", "period", "cents", "price_factor", "residents"]
    chosen = chosen[columns].sort_values(columns[:3], ignore_index=True)
    return {"cells": chosen, "windows": _windows(quarters)}


def insured_files(
    study: Study, codebook: Codebook, products: Products, answered: Answered
) -> dict[str, pd.DataFrame]:
    """Return ``strata`` and ``windows`` of a question about cost per insured year.

    ``strata``: one row per area x year x sex x age class, over all cost years (they weigh the
    standardisation): insured years, euros at the prices of the year over all categories of care,
    factor to the price level. Strata without known insured years are left out, as in our numbers.
    """
    feed = products.data.feeds[codebook.indicators[answered.question.indicator].feed]
    first, last = study.cost_years
    codes = [area.code for area in study.areas]
    kept = feed["area_code"].isin(codes) & feed["year"].between(first, last)
    known = feed[kept & feed["insured_years"].notna()].astype(
        {"year": int, "insured_years": float, "amount_eur": float}
    )
    known = known.rename(columns={"area_code": "area", "year": "period"})
    strata = known.groupby(STRATUM, as_index=False).agg(
        insured_years=("insured_years", "first"), amount_eur=("amount_eur", "sum")
    )
    factors = price_factors(codebook.prices, strata["period"], study.price_level)
    strata["price_factor"] = strata["period"].map(factors)
    years = {BASELINE: (str(cost_year(study, study.baseline.id)),)}
    years |= {wave: (str(cost_year(study, wave)),) for wave in answered.contrasts}
    return {"strata": strata, "windows": _windows(years)}


def _windows(periods: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    rows = [(window, period) for window, names in periods.items() for period in names]
    return pd.DataFrame(rows, columns=["window", "period"])
