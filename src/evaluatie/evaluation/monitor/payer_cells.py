"""The cells of the matrix of laws and payers, and who is behind each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.costs import annual_totals, cost_year, insured_cost
from evaluatie.costs.payers.care_years import CareYears, CostSources, care_years, law_years
from evaluatie.costs.payers.contributors import contributors
from evaluatie.costs.payers.shift import Comparison
from evaluatie.dictionary.model import CareKind
from evaluatie.domain import Side
from evaluatie.evaluation.contrasts import assignments_of
from evaluatie.evaluation.monitor.asked import Asked

ALL, PAYER, WITHOUT = "all", "payer:", "without="
BEHIND = {
    "n": "persons", "n_households": "households", "n_providers": "providers",
    "top1_share": "top1_share", "top2_share": "top2_share",
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One cell, margin or the whole of the matrix in two calendar years.

    Attributes
    ----------
    law : str
        A law, ``payer:<id>``, or ``all``.
    category : str
        ``care=<category>`` of a law, ``without=<laws>`` of a margin from which laws are missing.
    parts : tuple of CareYears
        What adds up to it; empty where nothing is known.
    who : tuple of str
        Labels of the groups of people behind it (see `PayerStudy.behind`).
    reason : str
        Why there is nothing; empty where there is.
    """

    law: str
    category: str
    parts: tuple[CareYears, ...]
    who: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class PayerStudy:
    """Everything the rows about payers are made from, made once per question."""

    asked: Asked

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Calendar years before the first wave and before each later one."""
        study = self.asked.study
        return tuple(dict.fromkeys(cost_year(study, wave.id) for wave in study.waves))

    @cached_property
    def sources(self) -> CostSources:
        """Amounts of every law of the indicator, or why there are none."""
        asked = self.asked
        basis = str(asked.question.cost_basis or asked.indicator.basis)
        annual: dict[str, pd.DataFrame] = {}
        lacking: dict[str, str] = {}
        for law in asked.indicator.laws:
            if asked.codebook.laws[law].grain == "arrangement":
                continue
            found = _aggregate(asked, law)
            if isinstance(found, str):
                lacking[law] = found
            else:
                annual[law] = found
        return CostSources(
            asked.study, asked.codebook, basis, self.years, asked.products.ledger, annual, lacking
        )  # fmt: skip

    @cached_property
    def laws(self) -> Mapping[str, tuple[CareYears, ...]]:
        """Law -> its kinds of care."""
        return {law: law_years(self.sources, law) for law in self.asked.indicator.laws}

    @cached_property
    def kinds(self) -> Mapping[str, tuple[CareYears, ...]]:
        """Role of a substitution -> its kinds of care, each category by itself."""
        found = {}
        for pair in self.asked.codebook.substitutions.values():
            for role, care in (("from", pair.from_), ("to", pair.to)):
                single = [CareKind(law=care.law, categories=(c,)) for c in care.categories]
                kinds = single or [care]
                made = tuple(care_years(self.sources, kind) for kind in kinds)
                found[f"substitution={pair.id}|role={role}"] = made
        return found

    def measures(self, law: str) -> bool:
        """Return whether the matrix has a row of this payer, be it a reason why it is empty."""
        return law in {PAYER + kinds[0].payer for kinds in self.laws.values()}

    def comparison(self, wave: str) -> Comparison:
        """Return how the areas are compared at a wave."""
        study = self.asked.study
        at = self.position(wave)
        heads = self.sources.residents
        if heads is None:  # no register: the insured years say how large an area is
            sizes = [k.size[:, at] for kinds in self.laws.values() for k in kinds
                     if not k.reasons[at]]  # fmt: skip
            heads_now = sizes[0] if sizes else np.ones(len(study.areas))
        else:
            heads_now = heads[:, at]
        assignments = assignments_of(study, [area.code for area in study.areas])
        level = 1 - study.design.alpha
        return Comparison(assignments, heads_now, level, self.asked.question.weighting)

    def position(self, wave: str) -> int:
        """Return the position of the calendar year of a wave."""
        return self.years.index(cost_year(self.asked.study, wave))

    def reason(self, kinds: tuple[CareYears, ...], wave: str) -> str:
        """Return why the two years of a wave cannot be compared, or an empty text."""
        after = self.position(wave)
        if after == 0:
            return "same_calendar_year"
        return next((kind.reason(0, after) for kind in kinds if kind.reason(0, after)), "")

    def cells(self, wave: str) -> Iterator[Cell]:
        """Yield every cell at a wave: care within a law, laws, payers, and all together."""
        known: list[str] = []
        for law, kinds in self.laws.items():
            reason = self.reason(kinds, wave)
            if not reason:
                known.append(law)
                if len(kinds) > 1:
                    for kind in kinds:
                        yield Cell(law, f"care={kind.care}", (kind,), (law,))
            yield Cell(law, "", () if reason else kinds, (law,), reason)
        payer_of = {law: kinds[0].payer for law, kinds in self.laws.items()}
        for payer in dict.fromkeys(payer_of.values()):
            mine = [law for law in self.laws if payer_of[law] == payer]
            yield self._margin(PAYER + payer, mine, known)
        yield self._margin(ALL, list(self.laws), known)

    def _margin(self, name: str, laws: list[str], known: list[str]) -> Cell:
        there = [law for law in laws if law in known]
        gone = [law for law in laws if law not in known]
        category = WITHOUT + ",".join(gone) if gone and there else ""
        parts = tuple(kind for law in there for kind in self.laws[law])
        grains = {law: self.asked.codebook.laws[law].grain for law in there}
        arranged = [law for law in there if grains[law] == "arrangement"]
        who = [law for law in there if law not in arranged]
        who += [",".join(arranged)] if arranged else []
        return Cell(name, category, parts, tuple(who), "" if there else "no_law_known")

    @cached_property
    def _people(self) -> Mapping[tuple[str, str, int], dict[str, Any]]:
        """Who is behind care: label (law, laws, role of a substitution), side, year."""
        frame = self._arranged()
        found: dict[tuple[str, str, int], dict[str, Any]] = {
            (row["label"], row["side"], int(row["year"])): {
                name: float(row[column]) for name, column in BEHIND.items()
            }
            for row in frame.to_dict("records")
        }
        for law, annual in self.sources.annual.items():
            rows = annual[annual["category"] == ""] if "category" in annual else annual
            column = "insured_persons" if "insured_persons" in annual else "users"
            for area, year, n in zip(rows["area"], rows["year"], rows[column], strict=True):
                found[law, area, int(year)] = {"n": float(n)}
        return found

    def _arranged(self) -> pd.DataFrame:
        """Who is behind care by arrangement: of each law, of any of them, of each role."""
        arranged = [
            law for law, kinds in self.laws.items()
            if self.asked.codebook.laws[law].grain == "arrangement"
            and not all(kind.reason(0) for kind in kinds)
        ]  # fmt: skip
        groups = {law: [CareKind(law=law)] for law in arranged}
        payers = {self.asked.codebook.laws[law].payer for law in arranged}
        sets = [[law for law in arranged if self.asked.codebook.laws[law].payer == payer]
                for payer in sorted(payers)]  # fmt: skip
        for several in (*sets, arranged):
            groups[",".join(several)] = [CareKind(law=law) for law in several]
        for pair in self.asked.codebook.substitutions.values():
            for role, care in (("from", pair.from_), ("to", pair.to)):
                if care.products and care.law in arranged:
                    groups[f"substitution={pair.id}|role={role}"] = [care]
        ledger = self.asked.products.ledger
        if ledger is None or not arranged:
            return pd.DataFrame(columns=["label", "side", "year"])
        return contributors(
            ledger, self.asked.study, groups, self.sources.basis, self.sources.years
        )

    def behind(self, who: tuple[str, ...], side: str, year: int) -> dict[str, Any]:
        """Return who is behind an amount of a side and calendar year.

        Notes
        -----
        Several groups may overlap (insured people, users of long-term care, people with
        arrangements): n is then the largest of them, a lower bound of how many there are.
        """
        nobody = {"n": 0.0}
        found = [self._people.get((label, side, year), nobody) for label in who]
        if len(found) == 1:
            return found[0]
        return {"n": max((f["n"] for f in found), default=0.0)}

    def least(self, who: tuple[str, ...], sides: tuple[str, ...], wave: str) -> dict[str, Any]:
        """Return who is behind a change: the smallest group, the largest shares."""
        years = (self.years[0], self.years[self.position(wave)])
        found = [self.behind(who, side, year) for side in sides for year in years]
        return weakest(found)


def weakest(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the smallest count and the largest share, of what is known of all the groups."""
    names = [name for name in BEHIND if found and all(name in one for one in found)]
    return {
        name: (max if name.endswith("_share") else min)(one[name] for one in found)
        for name in names
    }


def known_sides() -> tuple[str, ...]:
    """Return both sides as they stand in rows."""
    return tuple(str(side) for side in Side)


def _aggregate(asked: Asked, law: str) -> pd.DataFrame | str:
    """Return the annual aggregate of a law, or why it is not there."""
    codebook, products = asked.codebook, asked.products
    kinds = ("insured_cost", "annual_total")
    holders = [i for i in codebook.indicators.values() if i.kind in kinds and law in i.laws]
    if not holders:
        return "no_feed_for_law"
    feed, kind = holders[0].feed, holders[0].kind
    if reason := products.lacking((feed, *(() if kind == "insured_cost" else ("population",)))):
        return reason
    feeds, study = products.data.feeds, asked.study
    made = products.insured if kind == "insured_cost" else products.annual
    if made is not None:
        return made
    if kind == "insured_cost":
        return products.once(
            ("insured cost", feed), lambda: insured_cost(feeds[feed], study, codebook)
        )
    return products.once(
        ("annual totals", feed),
        lambda: annual_totals(feeds[feed], study, codebook, feeds["population"]),
    )
