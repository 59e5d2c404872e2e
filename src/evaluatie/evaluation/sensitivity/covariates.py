"""The contrast with unlike people, or unlike starting levels, taken into account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.domain import Side, Weighting
from evaluatie.errors import RefusedError
from evaluatie.evaluation.agreed_tests import TREATED
from evaluatie.evaluation.area_change import TwoWaves
from evaluatie.evaluation.changes import waves_compared
from evaluatie.evaluation.sensitivity.analysis import Found, Row, Setting
from evaluatie.methods import (
    DoublyRobust,
    cr2,
    doubly_robust_panel,
    doubly_robust_sections,
    fit_clustered,
    interval,
    jackknife_of,
)
from evaluatie.methods.areas.area_adjustment import residualise

Floats = NDArray[np.float64]
COVARIATES = ("sex", "age_group", "education")
"""What a pilot cannot change in people; asked at every wave."""
SMALLEST_OVERLAP = 30
"""Comparison answers, after weighting, that a doubly robust contrast needs to rest on."""


def by_covariates(setting: Setting) -> Iterator[Row]:
    """Yield the contrast adjusted for who answered, and for the level at the baseline.

    Rows ``method=covariate_adjusted`` (outcome regression on the comparison areas, CR2 over the
    areas), ``method=doubly_robust`` (the same and a propensity of living in a pilot area, jackknife
    over the areas), both by sex, age and education of the persons, and
    ``method=baseline_adjusted`` (change of the areas given their level at the baseline, CR2).
    A cost has no characteristics of persons; its first two rows say so.
    """
    people = _people(setting)
    for method, analysis in (("covariate_adjusted", _regression), ("doubly_robust", _doubly)):
        category = f"method={method}"
        if isinstance(people, str):
            yield setting.plain_row(category, method, people)
        else:
            found = partial(analysis, setting, people)
            yield _row(setting, category, method, people.changes(), found)
    changes = setting.changes.assign(baseline=baseline_levels(setting))
    yield _row(
        setting,
        "method=baseline_adjusted",
        "cr2",
        changes,
        lambda: _given_baseline(setting, changes),
    )


def _row(
    setting: Setting, category: str, method: str, changes: pd.DataFrame, found: Callable[[], Found]
) -> Row:
    if lonely_side(setting, changes):
        return setting.plain_row(category, method, "one_area_on_a_side")
    if gone := int(changes["change"].isna().sum()):
        return setting.plain_row(category, method, f"no_change_in_areas:{gone}")
    try:
        return setting.row(category, found(), method, changes)
    except RefusedError:
        return setting.plain_row(category, method, "covariates_leave_nothing_to_compare")


def lonely_side(setting: Setting, changes: pd.DataFrame) -> bool:
    """Return whether a side has one area: its change has no error that any method could see."""
    sides = [setting.study.area(code).side for code in changes["area"]]
    return min(sides.count(side) for side in Side) < 2


@dataclass(frozen=True)
class _People:
    """Persons with a score and all covariates: rows before on top of rows after (paired: aligned).

    ``area`` is the position in the study, ``weight`` adds up to the agreed weight of the area.
    """

    compared: TwoWaves
    scores: Floats
    covariates: Floats
    kept: NDArray[np.bool_]
    after: NDArray[np.bool_]
    area: NDArray[np.int64]
    pilot: NDArray[np.bool_]
    weight: Floats

    def changes(self, scores: Floats | None = None) -> pd.DataFrame:
        """Return area, change, residents, n over the persons kept."""
        known = np.where(self.kept, self.scores if scores is None else scores, np.nan)
        return self.compared.change(known[~self.after], known[self.after])


def _people(setting: Setting) -> _People | str:
    """Return the persons behind a survey contrast with their covariates, or why there are none."""
    s, panel = setting, setting.products.panel
    if s.question.indicator not in s.codebook.scales or panel is None:
        return "no_characteristics_of_persons"
    compared = waves_compared(s.study, s.codebook, s.products, s.question, s.wave)
    if isinstance(compared, str):
        return compared
    rows = np.concatenate([compared.before, compared.after])
    after = np.arange(len(rows)) >= len(compared.before)
    scores = panel.frame[s.question.indicator].to_numpy(float)[rows]
    # Of stayers the baseline answers count at both waves.
    asked = np.concatenate([compared.before] * 2) if compared.paired else rows
    answers = panel.frame[list(COVARIATES)].iloc[asked]
    kept = ~np.isnan(scores) & answers.notna().to_numpy().all(axis=1)
    if compared.paired:
        kept = np.tile(kept[~after] & kept[after], 2)
    area = np.concatenate([compared.area_before, compared.area_after])
    pilot = s.treated(pd.Series(compared.areas))[area]
    cells = pilot.astype(int) + 2 * after
    covariates = _columns(answers[kept], cells[kept], s.study.minimum_cell)
    table = np.zeros((len(rows), covariates.shape[1]))
    table[kept] = covariates
    weight = np.concatenate([compared.weight_before, compared.weight_after])
    scaled = _scaled(setting, weight * kept, area, after)
    return _People(compared, scores, table, kept, after, area, pilot, scaled)


def _scaled(
    setting: Setting, weight: Floats, area: NDArray[np.int64], after: NDArray[np.bool_]
) -> Floats:
    """Return weights that add up, per area and wave, to what the area counts for as agreed."""
    equal = setting.question.weighting is Weighting.EQUAL
    size = np.ones(len(setting.changes)) if equal else setting.changes["residents"].to_numpy(float)
    cell = area + len(size) * after
    total = np.bincount(cell, weight, 2 * len(size))[cell]
    share = np.divide(size[area], total, out=np.zeros_like(weight), where=total > 0)
    return np.asarray(weight * share)


def _columns(answers: pd.DataFrame, cells: NDArray[np.int64], smallest: int) -> Floats:
    """Return one column per level; one that is rare in some arm and wave joins the commonest."""
    columns = []
    for name in answers:
        labels = answers[name].astype(str)
        for level in labels.value_counts().index[1:]:
            has = (labels == level).to_numpy()
            if np.bincount(cells, has, 4).min() >= smallest:
                columns.append(has.astype(float))
    return np.column_stack(columns) if columns else np.empty((len(answers), 0))


def _regression(setting: Setting, people: _People) -> Found:
    left = np.full(len(people.scores), np.nan)
    for wave in (~people.after, people.after):
        rows = wave & people.kept
        left[rows] = residualise(
            people.scores[rows], people.covariates[rows], people.area[rows],
            ~people.pilot[rows], people.weight[rows],
        )  # fmt: skip
    changes = people.changes(left)
    return setting.robust(changes.assign(residents=setting.changes["residents"].to_numpy()))


def _doubly(setting: Setting, people: _People) -> Found:
    """Return the doubly robust contrast; its interval from leaving out each area in turn.

    The df are those of the agreed contrast (Bell-McCaffrey): areas, not persons, are independent.
    Refused where hardly any comparison people are like those of the pilot.
    """
    estimate = _panel if people.compared.paired else _sections
    rows = np.flatnonzero(people.kept & (~people.after if people.compared.paired else True))
    if (left := estimate(people, rows).effective_comparison) < SMALLEST_OVERLAP:
        raise RefusedError(
            f"comparison people who resemble pilot people count for {left:.0f} answers",
            allowed=f"at least {SMALLEST_OVERLAP}",
        )
    df = cr2(setting.fit(setting.changes), TREATED).df
    found = jackknife_of(lambda keep: estimate(people, rows[keep]).estimate, people.area[rows], df)
    return found.estimate, *interval(found.estimate, found.std_error, found.df, setting.level)


def _sections(people: _People, rows: NDArray[np.int64]) -> DoublyRobust:
    return doubly_robust_sections(
        people.scores[rows], people.pilot[rows], people.after[rows], people.covariates[rows],
        people.weight[rows],
    )  # fmt: skip


def _panel(people: _People, rows: NDArray[np.int64]) -> DoublyRobust:
    change = people.scores[rows + len(people.compared.before)] - people.scores[rows]
    return doubly_robust_panel(
        change, people.pilot[rows], people.covariates[rows], people.weight[rows]
    )


def _given_baseline(setting: Setting, changes: pd.DataFrame) -> Found:
    """Return the contrast of areas that started at the same level, with CR2."""
    fit = setting.fit(changes)
    level = changes["baseline"].to_numpy(float)
    treated = setting.treated(changes["area"]).astype(float)
    equal = setting.question.weighting is Weighting.EQUAL
    weights = np.ones(len(level)) if equal else changes["residents"].to_numpy(float)
    X = np.column_stack([np.ones(len(level)), treated, level])
    names = ("constant", TREATED, "baseline")
    found = cr2(fit_clustered(changes["change"], X, fit.cluster, names, weights), TREATED)
    return found.estimate, *interval(found.estimate, found.std_error, found.df, setting.level)


def baseline_levels(setting: Setting) -> Floats:
    """Return the level of each area at the baseline, shape (G,), as in the agreed contrast."""
    if "baseline" in setting.changes:
        return np.asarray(setting.changes["baseline"], dtype=float)
    panel, s = setting.products.panel, setting
    compared = waves_compared(s.study, s.codebook, s.products, s.question, s.wave)
    if panel is None or isinstance(compared, str):
        return np.full(len(setting.changes), np.nan)
    scores = panel.frame[s.question.indicator].to_numpy(float)
    before = scores[compared.before]
    known = ~np.isnan(before)
    if compared.paired:
        known &= ~np.isnan(scores[compared.after])
    at, weight = compared.area_before[known], compared.weight_before[known]
    total = np.bincount(at, weight, len(compared.areas))
    sums = np.bincount(at, weight * before[known], len(compared.areas))
    return np.asarray(np.divide(sums, total, out=np.full(len(total), np.nan), where=total > 0))
