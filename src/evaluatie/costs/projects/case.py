"""The business case of one project: from declared assumptions and programme cost to its flows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evaluatie.agreement.business_case import AssumedEffect, AssumedValue, BusinessCase
from evaluatie.agreement.model import Project
from evaluatie.costs.amounts.prices import price_factors
from evaluatie.costs.projects.flows import EffectFlow, Floats, ProjectFlows
from evaluatie.costs.projects.participants import Participants
from evaluatie.dictionary import Codebook
from evaluatie.dictionary.economics import DiscountRate, Economics
from evaluatie.domain import Horizon
from evaluatie.errors import RefusedError
from evaluatie.methods.economics.assumptions import Assumption
from evaluatie.study import Study


def project_flows(
    project: Project,
    programme: pd.DataFrame,
    participants: Participants,
    study: Study,
    codebook: Codebook,
    *,
    rate: DiscountRate | None = None,
    funding: str | None = None,
) -> ProjectFlows:
    """Return the flows of a project.

    Parameters
    ----------
    project : Project
        With declared assumptions.
    programme : DataFrame
        From `programme_cost`: project_id, payer, year, eur.
    participants : Participants
        Who joined; used where the assumptions say ``enrolments``.
    study, codebook
        Price level; laws, payers, prices and economics.
    rate : DiscountRate, optional
        Another guideline than the one in use.
    funding : {"stops", "continues"}, optional
        Another course after the last year with cost than the declared one.

    Raises
    ------
    RefusedError
        No assumptions, no economics, no programme cost, or nobody took part.

    Notes
    -----
    Funding that goes on: every later year costs each payer what the last year did, and as many
    people join as in an average funded year. Funding that stops: no cost, nobody joins, and the
    effect of those who joined wears off as declared.
    """
    case, economics = project.assumptions, codebook.economics
    if case is None or economics is None:
        raise RefusedError(f"project {project.id} has no declared assumptions or discount rates")
    mine = programme[(programme["project_id"] == project.id) & (programme["eur"] > 0)]
    if mine.empty:
        raise RefusedError(f"there is no programme cost of project {project.id}")
    first, last = int(mine["year"].min()), int(mine["year"].max())
    years = tuple(range(first, first + case.horizon_years))
    goes_on = (funding or case.when_funding_ends) == "continues"
    payers = _payers(case, mine, codebook)
    return ProjectFlows(
        years=years,
        payers=payers,
        cost=_cost(mine, payers, years, last if goes_on else None),
        joined=_joined(case, participants, years, last, goes_on),
        unfunded=np.zeros(len(years)) if goes_on else np.maximum(np.array(years) - last, 0.0),
        effects=tuple(_effect(e, payers, study, codebook, economics) for e in case.effects),
        assumed=tuple(_assumption(name, value) for name, value in case.assumed_values.items()),
        rate=(rate or economics.rate).cost,
    )


def declared_correlations(case: BusinessCase) -> Mapping[tuple[str, str], float]:
    """Return the declared correlations by the names of the two assumptions."""
    return {pair.between: pair.value for pair in case.correlations}


def _payers(case: BusinessCase, cost: pd.DataFrame, codebook: Codebook) -> tuple[str, ...]:
    gaining = {_gains(effect, codebook) for effect in case.effects}
    involved = gaining | set(cost["payer"])
    return tuple(payer for payer in codebook.payers if payer in involved)


def _gains(effect: AssumedEffect, codebook: Codebook) -> str:
    return effect.payer or codebook.payer_of(str(effect.law))


def _cost(
    mine: pd.DataFrame, payers: tuple[str, ...], years: tuple[int, ...], repeat: int | None
) -> Floats:
    table = np.zeros((len(payers), len(years)))
    for payer, year, eur in zip(mine["payer"], mine["year"], mine["eur"], strict=True):
        if year in years:
            table[payers.index(payer), years.index(year)] += eur
    if repeat is not None and repeat in years:
        at = years.index(repeat)
        table[:, at + 1 :] = table[:, [at]]
    return table


def _joined(
    case: BusinessCase, participants: Participants, years: tuple[int, ...], last: int, on: bool
) -> Floats:
    funded = np.array([year <= last for year in years])
    if isinstance(case.participants, AssumedValue):
        return np.ones(len(years)) if on else funded.astype(float)
    if not participants.persons:
        raise RefusedError("nobody took part: there are no enrolments with a start")
    joined = np.array([float(participants.joined.get(year, 0)) for year in years])
    early = sum(n for year, n in participants.joined.items() if year < years[0])
    joined[0] += early  # who joined before the first year with cost
    if on:
        joined[~funded] = joined[funded].mean()
    return joined


def _effect(
    effect: AssumedEffect,
    payers: tuple[str, ...],
    study: Study,
    codebook: Codebook,
    economics: Economics,
) -> EffectFlow:
    if effect.unit_price is not None:
        price = economics.unit_prices[effect.unit_price]
        factor = price_factors(codebook.prices, [price.price_level], study.price_level)
        euros = price.amount_eur * factor[price.price_level]
    else:
        euros = float(effect.amount_eur or 0.0)
    return EffectFlow(
        id=effect.id,
        payer=payers.index(_gains(effect, codebook)),
        euros=euros,
        starts_after=effect.starts_after_years,
        lost_per_year=effect.lost_per_year,
        quick=effect.horizon is Horizon.QUICK_WIN,
    )


def _assumption(name: str, value: AssumedValue) -> Assumption:
    low = value.value if value.low is None else value.low
    high = value.value if value.high is None else value.high
    return Assumption(name, value.value, low, high, value.distribution)
