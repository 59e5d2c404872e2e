"""Data products: each built once, from the feeds that are there; absence has a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd

from evaluatie.agreement import AgreementBook, Question
from evaluatie.costs import (
    CostLedger,
    annual_totals,
    build_ledger,
    cost_cells,
    feeds_of,
    insured_cost,
    runoffs_of,
)
from evaluatie.dictionary import Codebook
from evaluatie.intake.data import StudyData
from evaluatie.study import Study
from evaluatie.survey import WeightedPanel, score_waves, weigh_panel

Product = TypeVar("Product")
SAMPLE = "sample"
"""Who was invited: without it the agreed base weights cannot be made."""
LEDGER_KINDS = frozenset(
    ("arrangement_cost", "stacking", "household_cost", "concentration", "selection", "payer_shift",
     "care_end", "mirror")
)  # fmt: skip
_REGISTER = ("residents", "addresses")  # who lives where, in which household


@dataclass(frozen=True)
class Products:
    """What questions are answered from; None where a feed is not there.

    ``cells`` are cost cells of the arrangement-grain laws, ``insured`` and ``annual`` the annual
    aggregates, which are never mixed with them.
    """

    data: StudyData
    panel: WeightedPanel | None
    professionals: pd.DataFrame | None
    ledger: CostLedger | None
    cells: pd.DataFrame | None
    insured: pd.DataFrame | None
    annual: pd.DataFrame | None
    _made: dict[tuple[str, ...], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def once(self, key: tuple[str, ...], make: Callable[[], Product]) -> Product:
        """Return what ``make`` returns, made at the first asking and kept under ``key``."""
        if key not in self._made:
            self._made[key] = make()
        found: Product = self._made[key]
        return found

    def lacking(self, feeds: Iterable[str]) -> str:
        """Return ``missing_feed:<id>`` of the first feed that is not there, or an empty text."""
        return next((f"missing_feed:{feed}" for feed in feeds if self._gone(feed)), "")

    def _gone(self, feed: str) -> bool:
        surveys = {"survey": self.data.survey, "professionals": self.data.professionals}
        if feed in surveys:
            return not surveys[feed]
        if feed == SAMPLE:  # a study without a sampling frame has no base weights, and says so
            return feed in self.data.unavailable
        return feed not in self.data.feeds


def build_products(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    data: StudyData,
    step: Callable[[str], None],
) -> Products:
    """Build every product that the agreed questions need; ``step`` is told what starts."""
    step("panel and weights")
    panel = None
    if data.survey and "population_age_sex" in data.feeds:
        scored = score_waves(data.survey, codebook)
        population, sample = data.feeds["population_age_sex"], data.feeds.get("sample")
        panel = weigh_panel(scored, population, study, codebook, sample)
    professionals = None
    if data.professionals:
        professionals = score_waves(data.professionals, codebook, "professionals")
    step("cost ledger")
    ledger = build_ledger(data, codebook, study) if _wants_ledger(codebook, book) else None
    has_population = "population" in data.feeds
    cells = None
    if ledger and has_population:
        cells = cost_cells(ledger, study, codebook, runoffs_of(data, codebook, study))
    step("annual costs")
    feeds = data.feeds
    insured = annual = None
    for kind, feed in _annual_feeds(codebook, book):
        if feed not in feeds:
            continue
        if kind == "insured_cost":
            insured = insured_cost(feeds[feed], study, codebook)
        elif has_population:
            annual = annual_totals(feeds[feed], study, codebook, feeds["population"])
    return Products(data, panel, professionals, ledger, cells, insured, annual)


def _wants_ledger(codebook: Codebook, book: AgreementBook) -> bool:
    kinds = {
        codebook.indicators[q.indicator].kind
        for q in book.questions.values()
        if q.indicator in codebook.indicators
    }
    return bool(kinds & LEDGER_KINDS)


def _annual_feeds(codebook: Codebook, book: AgreementBook) -> set[tuple[str, str]]:
    found = [codebook.indicators.get(q.indicator) for q in book.questions.values()]
    kinds = ("insured_cost", "annual_total")
    return {(found.kind, found.feed) for found in found if found and found.kind in kinds}


def feeds_for(question: Question, codebook: Codebook) -> tuple[str, ...]:
    """Return the feeds without which a question cannot be answered."""
    if question.combines:  # those of the questions it combines, which are agreed beside it
        return ()
    indicator = codebook.indicators.get(question.indicator)
    if indicator is None:
        scale = codebook.scales.get(question.indicator)
        residents = scale is None or scale.population == "residents"
        return ("survey", "population_age_sex", SAMPLE) if residents else ("professionals",)
    if indicator.kind == "arrangement_cost":
        return feeds_of(indicator, codebook)
    if indicator.kind == "annual_total":
        return (indicator.feed, "population")
    if indicator.kind in ("household_cost", "concentration", "selection"):
        return tuple(dict.fromkeys((indicator.feed, *feeds_of(indicator, codebook), *_REGISTER)))
    if indicator.kind in ("duration", "stacking", "care_end", "recurrent"):
        return (indicator.feed, *_REGISTER)
    return (indicator.feed,)
