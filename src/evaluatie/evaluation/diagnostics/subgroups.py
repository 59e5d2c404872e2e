"""The agreed contrast within groups of residents, and whether it differs between groups.

The question is the *difference* between groups: an effect "in women only" is shown by a contrast
of contrasts, not by one significant and one insignificant group. So only interactions get a p,
adjusted over all groups of all questions together (max-T over the assignments of the agreed test).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.domain import Population, Status, Weighting
from evaluatie.evaluation.agreed_tests import Randomisation
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.contrast_rows import BETWEEN, contrast_unit, contrasted
from evaluatie.evaluation.contrasts import assignments_of
from evaluatie.evaluation.feasibility import downgraded
from evaluatie.evaluation.products import Products
from evaluatie.methods import Assignments, difference, stepdown_max_t
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
Floats = NDArray[np.float64]
GROUPINGS = (("sex", "sex"), ("age", "age_group"), ("education", "education"))
FEWEST = 10
"""Respondents of a group in an area and wave below which the group is refused."""
METHOD = "randomisation"


@dataclass(frozen=True)
class Level:
    """One group of one question: a change per area, in the order of ``changes``.

    ``n`` and ``n_households``: those of the wave with fewest, added over areas.
    """

    name: str
    change: Floats
    n: int
    n_households: int
    small_cells: int


@dataclass(frozen=True)
class Interaction:
    """The contrast of one group minus the mean contrast of the other groups."""

    question: Question
    wave: str
    category: str
    test: Randomisation
    statistics: Floats
    n: int
    n_households: int


def subgroup_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield table ``subgroup`` at the verdict wave of every agreed survey contrast.

    Term ``difference``: the contrast within a group, estimate and interval, no p. Term
    ``interaction``: that contrast minus the mean of the other groups', with the p adjusted over
    all interactions and the smallest adjusted p the areas could have given. Areas count as in the
    agreed contrast. With two groups one interaction says it all, and is given for the first. A
    question that gets no verdict has no interactions: they would be tests, and would take from
    those of the others.

    Notes
    -----
    *Refusal*: a group with fewer than 10 respondents in some area at either wave
    (``cell_below_minimum:<cells>``); the others are compared without it. *Missing data*:
    respondents without a score, or whose group is not known, are left out. Respondents may have
    changed group between waves: groups are those of each wave.

    References
    ----------
    Assmann et al. (2000), Lancet 355:1064, on interaction first; Westfall & Young (1993).
    """
    interactions: list[Interaction] = []
    without_verdict = downgraded(study, codebook, book)
    for question in contrasted(book):
        wave = str(question.verdict_wave or "")
        scale = codebook.scales.get(question.indicator)
        if not wave or scale is None or scale.population != "residents":
            continue
        changes = changes_since_baseline(study, codebook, products, question, wave)
        if isinstance(changes, str) or changes["change"].isna().any():
            continue  # the contrast itself says why there is none
        place = _place(study, codebook, question, wave)
        if question.population is not Population.CURRENT_RESIDENTS:
            yield _absent("difference", f"population_not_supported:{question.population}", place)
            continue
        for label, column in GROUPINGS:
            levels = _levels(study, products, question, changes, column)
            rows, found = _grouping(study, question, wave, changes, label, levels, place)
            yield from rows
            if question.id not in without_verdict:  # what gets no verdict is not tested either
                interactions += found
    yield from _adjusted(study, codebook, interactions)


def _place(study: Study, codebook: Codebook, question: Question, wave: str) -> Row:
    return {
        "question": question.id, "indicator": question.indicator, "wave": wave, "area": BETWEEN,
        "unit": contrast_unit(question, codebook, study), "method": METHOD,
    }  # fmt: skip


def _levels(
    study: Study, products: Products, question: Question, changes: pd.DataFrame, column: str
) -> list[Level]:  # fmt: skip
    assert products.panel is not None
    frame, score = products.panel.frame, question.indicator
    waves, codes = (study.baseline.id, str(question.verdict_wave)), changes["area"].tolist()
    known = frame["wave"].isin(waves) & frame[score].notna() & frame[column].notna()
    rows = frame.loc[known, ["wave", "area_code", column, "weight", "household_id", score]]
    rows = rows.assign(product=rows["weight"] * rows[score])
    sums = rows.groupby([column, "wave", "area_code"]).agg(
        product=("product", "sum"), weight=("weight", "sum"), n=("weight", "size"),
        households=("household_id", "nunique"),
    )  # fmt: skip
    names = list(dict.fromkeys(rows[column].sort_values()))
    found = []
    for name in names:
        here = sums.loc[name].reindex(pd.MultiIndex.from_product([waves, codes]))
        mean = (here["product"] / here["weight"]).to_numpy(float).reshape(2, -1)
        n = here["n"].fillna(0).to_numpy(int).reshape(2, -1)
        homes = here["households"].fillna(0).to_numpy(int).reshape(2, -1)
        small = int((n < FEWEST).sum())
        people, places = (int(counts.min(axis=0).sum()) for counts in (n, homes))
        found.append(Level(str(name), mean[1] - mean[0], people, places, small))
    return found


def _grouping(
    study: Study, question: Question, wave: str, changes: pd.DataFrame, label: str,
    levels: list[Level], place: Row,
) -> tuple[list[Row], list[Interaction]]:  # fmt: skip
    """Return the rows of the groups, and the interactions among those that are not refused."""
    assignments = assignments_of(study, changes["area"].tolist())
    resident = question.weighting is Weighting.RESIDENT
    weights = changes["residents"].to_numpy(float) if resident else np.ones(len(changes))
    rows = []
    for level in levels:
        where = place | {"category": f"{label}={level.name}"}
        if level.small_cells:
            rows.append(_absent("difference", f"cell_below_minimum:{level.small_cells}", where))
            continue
        test = Randomisation(level.change, weights, assignments)
        rows.append(_estimated("difference", test, study, where, level.n, level.n_households))
    kept = [level for level in levels if not level.small_cells]
    if len(kept) < 2:
        gone = place | {"category": f"by={label}"}
        return [*rows, _absent("interaction", "fewer_than_two_groups", gone)], []
    compared = kept[:1] if len(kept) == 2 else kept
    found = [
        _interaction(level, kept, question, wave, label, weights, assignments) for level in compared
    ]
    return rows, found


def _interaction(
    level: Level, kept: list[Level], question: Question, wave: str, label: str, weights: Floats,
    assignments: Assignments,
) -> Interaction:  # fmt: skip
    others = np.mean([other.change for other in kept if other is not level], axis=0)
    apart = level.change - others
    return Interaction(
        question,
        wave,
        f"{label}={level.name}",
        Randomisation(apart, weights, assignments),
        difference(apart, weights, assignments),
        sum(each.n for each in kept),
        max(each.n_households for each in kept),  # groups share households: at least these
    )


def _adjusted(study: Study, codebook: Codebook, interactions: list[Interaction]) -> Iterator[Row]:
    """Yield the interactions, adjusted over all of them that share the same assignments."""
    for family in _families(interactions):
        table = np.array([np.abs(each.statistics) for each in family])
        observed = family[0].test.assignments.observed
        p, attainable = stepdown_max_t(table, observed)
        for each, p_adjusted, floor in zip(family, p, attainable, strict=True):
            where = _place(study, codebook, each.question, each.wave) | {"category": each.category}
            yield _estimated(
                "interaction", each.test, study, where, each.n, each.n_households,
                p_adjusted=float(p_adjusted), p_attainable=float(floor),
            )  # fmt: skip


def _families(interactions: list[Interaction]) -> list[list[Interaction]]:
    families: dict[int, list[Interaction]] = {}
    for each in interactions:
        families.setdefault(len(each.test.assignments.matrix), []).append(each)
    return list(families.values())


def _estimated(
    term: str, test: Randomisation, study: Study, where: Row, n: int, households: int, **p: float
) -> Row:
    low, high = test.interval(study.design.alpha)
    estimate = _observed(test.change, test.weights, test.assignments)
    return estimate_row(
        Table.SUBGROUP, term, **where, estimate=estimate, ci_low=low, ci_high=high, n=n,
        n_households=households, n_clusters=len(test.change), **p,
    )  # fmt: skip


def _observed(change: Floats, weights: Floats, assignments: Assignments) -> float:
    return float(difference(change, weights, assignments)[assignments.observed])


def _absent(term: str, reason: str, where: Row) -> Row:
    status = str(Status.NOT_ESTIMABLE)
    return estimate_row(Table.SUBGROUP, term, **where, status=status, reason=reason)
