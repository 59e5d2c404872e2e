"""Cost per person with care, in two windows: for models of skewed amounts."""

from __future__ import annotations

import pandas as pd

from evaluatie.costs.amounts.prices import at_price_level
from evaluatie.costs.amounts.windows import BASELINE, baseline_quarters, months_of, wave_quarters
from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.dictionary.model import CodebookContent, Indicator
from evaluatie.domain import CostBasis
from evaluatie.study import Study

_QUARTERS = 4


def person_costs(
    ledger: CostLedger,
    indicator: Indicator,
    study: Study,
    codebook: CodebookContent,
    wave: str,
    basis: str | None = None,
) -> pd.DataFrame:
    """Return the cost of each person with care in the baseline window and in that of a wave.

    Parameters
    ----------
    ledger : CostLedger
        Needs the feeds that `feeds_of` names.
    indicator : Indicator
        Kind ``arrangement_cost``; its laws are summed.
    study : Study
        Areas, windows and price level.
    codebook : CodebookContent
        Prices.
    wave : str
        Wave id.
    basis : str, optional
        Cost basis of the question; by default that of the indicator.

    Returns
    -------
    DataFrame
        One row per person x area x window (``baseline`` or the wave) with an amount: person_id,
        household_id (one of the person's, where there were more), area, window, eur (per year, at
        the price level of the study). Who moved has a row in each area. An amount of 0 or below,
        after credits, is there too.

    Notes
    -----
    MISSING-DATA RULE: a person without amounts has no row; the mean over rows is per user.
    """
    frame = ledger.query(
        _PERSONS,
        months=_months(study, wave),
        chosen=pd.DataFrame({"law": indicator.laws}),
        places=pd.DataFrame({"area_code": [area.code for area in study.areas]}),
        bases=pd.DataFrame({"basis": [basis or str(indicator.basis or CostBasis.ALLOCATED)]}),
    )
    frame["eur"] = at_price_level(
        frame["amount"] / 100, frame["year"], codebook.prices, study.price_level
    )
    keys = ["person_id", "area", "window"]
    return (
        frame.rename(columns={"stretch": "window"})
        .groupby(keys, as_index=False)
        .agg(household_id=("household_id", "first"), eur=("eur", "sum"))
    )


def _months(study: Study, wave: str) -> pd.DataFrame:
    """Return the months of each window, and what turns its amount into one per year."""
    windows = {BASELINE: baseline_quarters(study), wave: wave_quarters(study, wave)}
    months = months_of(windows).rename(columns={"period": "stretch"})
    return months.assign(
        per_year=months["stretch"].map({k: _QUARTERS / len(q) for k, q in windows.items()})
    )


_PERSONS = """
select person_id, min(household_id) as household_id, area_code as area, stretch,
    year(month)::integer as year, sum(cents * per_year)::double as amount
from ledger
join months using (month)
join chosen using (law)
join bases using (basis)
join places using (area_code)
group by person_id, area_code, stretch, year(month)
"""
