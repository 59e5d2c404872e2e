"""Cost and effect of each area, in pairs: what the cost-effectiveness of the pilot rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.costs import programme_cost
from evaluatie.costs.projects.follow_up import (
    excess_of_quarters,
    excess_of_years,
    follow_up_years,
    programme_in_follow_up,
)
from evaluatie.domain import CostBasis, Side
from evaluatie.evaluation.area_change import TwoWaves
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.methods.economics.quality_years import area_under_curve
from evaluatie.survey import WeightedPanel

Floats = NDArray[np.float64]
ALL = "all"


@dataclass(frozen=True)
class Paired:
    """Cost and effect of every area from one perspective.

    Attributes
    ----------
    perspective : str
        A payer, or ``all``: all payers, in euros of the pilot as a whole.
    care, programme, effect : ndarray of float, shape (g,)
        Cost of care beyond the own baseline; programme cost (zero outside the pilot); years in
        full health gained since the baseline. Per head, or for ``all`` of the pilot together.
    weights : ndarray of float, shape (g,)
    treated : ndarray of bool, shape (g,)
    head : str
        ``resident``, ``insured_person``, or empty where the numbers are totals.
    """

    perspective: str
    care: Floats
    programme: Floats
    effect: Floats
    weights: Floats
    treated: NDArray[np.bool_]
    head: str

    @property
    def cost(self) -> Floats:
        """Care and programme together."""
        return self.care + self.programme


@dataclass(frozen=True)
class Gain:
    """Quality-adjusted life years per adult of each area, and who was asked."""

    per_adult: Floats
    adults: Floats
    n: float


def gain_of(asked: Asked, wave: str) -> Gain | str:
    """Return what each area gained in quality-adjusted life years, or why that is not known.

    Notes
    -----
    Per area and wave the weighted mean index of residents minus that at the first wave; the area
    under these changes over time is the gain. MISSING-DATA RULE: who has no index at a wave is left
    out of its mean; a wave without the index, or an area without answers, leaves no gain.
    """
    study, products, scale = asked.study, asked.products, asked.indicator.scale
    panel = products.panel
    if panel is None or scale is None:
        return "missing_feed:survey"
    waves = [w.id for w in study.waves]
    reached = waves[: waves.index(wave) + 1]
    for one in reached:
        if one not in products.data.survey:
            return "missing_feed:survey"
        if not asked.codebook.scale_asked(scale, one):
            return f"not_asked:{one}"
    scores = panel.frame[scale].to_numpy(float)
    levels, last, n = [np.zeros(len(study.areas))], np.zeros(len(study.areas)), np.inf
    for one in reached[1:]:
        compared = _residents_at(asked, panel, one)
        found = compared.change(scores[compared.before], scores[compared.after])
        levels.append(found["change"].to_numpy(float))
        last, n = found["residents"].to_numpy(float), min(n, float(found["n"].sum()))
    table = np.column_stack(levels)
    if gone := int(np.isnan(table).any(axis=1).sum()):
        return f"no_change_in_areas:{gone}"
    moments = [follow_up_years(study, one) for one in reached]
    assert asked.codebook.economics is not None
    per_adult = area_under_curve(table, moments, asked.codebook.economics.rate.effects)
    return Gain(per_adult, last, n)


def _residents_at(asked: Asked, panel: WeightedPanel, wave: str) -> TwoWaves:
    """Return the residents of the first and of a later wave, chosen once."""
    return asked.products.once(
        ("residents", wave), lambda: TwoWaves.residents(panel, asked.study, wave)
    )


def paired_areas(asked: Asked, wave: str, gain: Gain) -> Iterator[Paired | tuple[str, str]]:
    """Yield every perspective: of each payer whose cost is known, and of all payers together.

    A perspective without its cost is (perspective, reason).

    Notes
    -----
    ASSUMPTIONS: the index was asked of adults; children count in cost, and as no gain (their
    quality of life was not measured). Programme cost is spread evenly over the pilot areas. An
    insured person gains what a resident of the area does. All payers: euros of the pilot as a
    whole, each contrast with the weights of the residents and times the number of people it is
    about; amounts per insured year and per resident are never added up.
    """
    study, codebook, products = asked.study, asked.codebook, asked.products
    assert codebook.economics is not None
    rate = codebook.economics.rate.cost
    treated = np.array([area.side is Side.PILOT for area in study.areas])
    feed = products.data.feeds[asked.indicator.feed]
    costs = products.once(("programme_cost",), lambda: programme_cost(feed, study, codebook))
    spent = programme_in_follow_up(costs, wave, study, rate)
    known = list(_care(asked, wave, rate))
    residents = _residents(known)
    total = np.zeros(len(study.areas))
    for care in known:
        if isinstance(care.found, str) or residents is None:
            reason = care.found if isinstance(care.found, str) else "window_incomplete"
            yield care.payer, reason
            continue
        size, excess = (care.found[name].to_numpy(float) for name in ("size", "excess"))
        total = total + excess * size[treated].sum()
        if not care.own:
            continue
        effect = gain.per_adult * gain.adults / residents
        paid = np.where(treated, float(spent.get(care.payer, 0.0)) / size[treated].sum(), 0.0)
        yield Paired(care.payer, excess, paid, effect, size, treated, care.head)
    if residents is None or any(isinstance(care.found, str) for care in known):
        yield ALL, "payer_amounts_missing"
        return
    effect = gain.per_adult * gain.adults / residents * residents[treated].sum()
    programme = np.where(treated, float(spent.sum()), 0.0)
    yield Paired(ALL, total, programme, effect, residents, treated, "")


@dataclass(frozen=True)
class _Care:
    """Cost of care of one payer over the follow-up, and whose head it is per."""

    payer: str
    found: pd.DataFrame | str
    head: str
    own: bool  # whether it is a perspective of its own, or part of all payers only


def _residents(known: list[_Care]) -> Floats | None:
    first = known[0].found
    return None if isinstance(first, str) else first["size"].to_numpy(float)


def _care(asked: Asked, wave: str, rate: float) -> Iterator[_Care]:
    """Yield the cost of care of every payer; the one that is known per resident comes first."""
    study, codebook, products = asked.study, asked.codebook, asked.products
    laws, basis = asked.indicator.laws, str(asked.indicator.basis or CostBasis.DECLARED)
    gone = "payer_amounts_missing"
    found: pd.DataFrame | str = gone
    if products.cells is not None:
        found = excess_of_quarters(products.cells, laws, basis, wave, study, rate)
    yield _Care(codebook.payer_of(laws[0]), found, "resident", True)
    for kind, annual, measure, size, head in (
        ("insured_cost", products.insured, "eur_per_insured_year_standardised",
         "insured_years", "insured_person"),
        ("annual_total", products.annual, "eur_per_resident", "residents", "resident"),
    ):  # fmt: skip
        named = (i.laws[0] for i in codebook.indicators.values() if i.kind == kind and i.laws)
        if (law := next(named, None)) is None:
            continue
        found = gone
        if annual is not None:
            found = excess_of_years(annual, measure, size, wave, study, rate)
        yield _Care(codebook.payer_of(law), found, head, kind == "insured_cost")
