"""Draw what verdicts rest on as validated data: no codes of files, no text ids, no defects.

The numbers are those of `draw_study` with the same seed and scenario (and without planted defects)
after validation; a test compares the verdicts of both routes. What no verdict looks at - other
items, months and feeds - is not built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.agreement import AgreementBook
from evaluatie.costs import baseline_quarters, wave_quarters
from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Scale
from evaluatie.intake.data import ISSUE_COLUMNS, StudyData
from evaluatie.study import Study
from evaluatie.synthetic.answers import (
    Answers,
    Shifts,
    draw_answers,
    fit_instruments,
    scale_shifts,
    treated_here,
)
from evaluatie.synthetic.benefits import benefit_frame
from evaluatie.synthetic.calendar import QUARTER
from evaluatie.synthetic.coding import texts
from evaluatie.synthetic.instrument import ScaleModel
from evaluatie.synthetic.insured import draw_insured, insured_feed
from evaluatie.synthetic.intervention import cost_truth
from evaluatie.synthetic.latent import Adults, draw_adults
from evaluatie.synthetic.municipal import arrangement_frame, booked_lines, draw_care, line_columns
from evaluatie.synthetic.population import Ints, draw_population
from evaluatie.synthetic.questionnaire import (
    background,
    completion,
    education_levels,
    left_open,
    sample_frame,
)
from evaluatie.synthetic.register import address_frame, population_frames
from evaluatie.synthetic.response import draw_samples
from evaluatie.synthetic.settings import SyntheticSettings
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.truth import survey_truth, truth_frame
from evaluatie.synthetic.world import Ids, Made, World

Rows = list[dict[str, Any]]
TOTAL = "total"  # the one category of insured cost: verdicts are about all care together


@dataclass(frozen=True)
class DirectWorld(World):
    """A world whose frames hold canonical values, and numbers where files have pseudonyms."""

    shared: dict[str, Any] = field(default_factory=dict, compare=False)

    def once(self, key: str, make: Callable[[], Made]) -> Made:
        """Return what an earlier scenario of the same seed drew, else draw it."""
        if key not in self.shared:
            self.shared[key] = make()
        found: Made = self.shared[key]
        return found

    @property
    def canonical(self) -> bool:
        """Whether frames hold canonical values instead of the codes of the files."""
        return True

    def numbers(self, prefix: str, count: int) -> Ids:  # noqa: ARG002
        """Return the numbers of records of one kind."""
        return np.arange(count)


@dataclass(frozen=True)
class DirectPlan:
    """What has to be drawn, and what is the same for every seed.

    Attributes
    ----------
    models : mapping of str to ScaleModel
        Every scale's model.
    shifts : mapping of str to mapping of str to Shifts
        Scenario -> scale to draw -> what moves it.
    wanted : frozenset of (indicator, wave)
        What the questions with a verdict are about.
    months : array (months,)
        Which months of the cost years lie in a window that a verdict compares.
    """

    study: Study
    codebook: Codebook
    book: AgreementBook
    settings: SyntheticSettings
    models: Mapping[str, ScaleModel]
    shifts: Mapping[str, Mapping[str, Shifts]]
    wanted: frozenset[tuple[str, str]]
    months: npt.NDArray[np.bool_]

    @property
    def scales(self) -> list[Scale]:
        """Scales that a question with a verdict is about."""
        asked = {indicator for indicator, _ in self.wanted}
        return [self.codebook.scales[s] for s in self.codebook.scales if s in asked]

    @property
    def items(self) -> list[str]:
        """Items of all residents' scales: weights rest on how panel members were doing."""
        scales = self.codebook.scales_for("residents")
        return list(dict.fromkeys(item for scale in scales for item in scale.items))


def direct_plan(
    study: Study, codebook: Codebook, book: AgreementBook, settings: SyntheticSettings
) -> DirectPlan:
    """Prepare to draw; takes as long as a few draws, and serves all seeds and scenarios."""
    wanted = frozenset(
        (q.indicator, q.verdict_wave)
        for q in book.questions.values()
        if q.verdict_wave and q.indicator
    )
    models = fit_instruments(codebook, settings)
    drawn = [m for m in models.values() if m.scale.population == "residents"]
    people = draw_population(study, settings, 0)  # shifts do not depend on it
    shifts = {}
    for scenario in settings.scenarios:
        world = World(study, codebook, settings, book, people, scenario, 0)
        shifts[scenario] = {m.scale.id: scale_shifts(world, m) for m in drawn}
    months = _months(study, {wave for _, wave in wanted})
    return DirectPlan(study, codebook, book, settings, models, shifts, wanted, months)


def _months(study: Study, waves: set[str]) -> npt.NDArray[np.bool_]:
    first, last = study.cost_years
    names = [f"{y}-Q{q}" for y in range(first, last + 1) for q in range(1, 5)]
    quarters = {*baseline_quarters(study), *(q for w in waves for q in wave_quarters(study, w))}
    return np.repeat([name in quarters for name in names], QUARTER)


def draw_direct(
    plan: DirectPlan, seed: int, scenario: str, shared: dict[str, Any] | None = None
) -> tuple[StudyData, pd.DataFrame]:
    """Draw a study as validated data, and the truth about its verdict questions.

    Parameters
    ----------
    shared : dict, optional
        The same dictionary for every scenario of one seed: what does not differ between them is
        drawn once.
    """
    shared = {} if shared is None else shared
    if "people" not in shared:
        shared["people"] = draw_population(plan.study, plan.settings, seed)
    declared = (plan.study, plan.codebook, plan.settings, plan.book)
    world = DirectWorld(*declared, shared["people"], scenario, seed, shared)
    survey, feeds, truth = _survey(plan, world)
    feeds |= world.once("population", lambda: population_frames(world)).feeds
    costs, cost_rows = _costs(plan, world)
    insured, insured_rows = _insured(world)
    return (
        StudyData(
            survey=survey,
            professionals={},
            feeds=feeds | costs | insured,
            issues=pd.DataFrame(columns=list(ISSUE_COLUMNS)),
            unavailable={},
            sources=(),
            synthetic=True,
        ),
        truth_frame([*truth, *cost_rows, *insured_rows]),
    )


def _survey(
    plan: DirectPlan, world: World
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame], Rows]:
    adults = world.once("adults", lambda: draw_adults(world))
    samples = world.once("samples", lambda: draw_samples(world, adults))
    shifts = plan.shifts[world.scenario]
    answers = draw_answers(world, plan.models, adults, shifts)
    frames = {
        wave.id: _wave(plan, world, adults, answers, index, samples[index].answered)
        for index, wave in enumerate(plan.study.waves)
    }
    truth = survey_truth(plan.study, plan.codebook, plan.scales, answers, adults, plan.wanted)
    feeds = {}
    if world.has("sample"):
        feeds["sample"] = world.once("sample", lambda: sample_frame(world, adults, samples))
    return frames, feeds, truth


def _wave(
    plan: DirectPlan, world: World, adults: Adults, answers: Answers, wave: int, rows: Ints
) -> pd.DataFrame:
    """Return one row per respondent with the answers to the items of the wanted scales."""
    given, skipped = world.once(f"form {wave}", lambda: _form(world, adults, wave, rows))
    columns = dict(given)
    treated = treated_here(world.study, adults, wave)[rows]
    for name in plan.items:
        if name not in skipped:
            continue
        drawn = answers.items[name]
        columns[name] = _canonical(drawn.model.levels, drawn.model.item.type,
                                   drawn.values(wave, rows, treated), skipped[name])  # fmt: skip
    return pd.DataFrame(columns, copy=False)


def _form(
    world: World, adults: Adults, wave: int, rows: Ints
) -> tuple[dict[str, Any], dict[str, npt.NDArray[np.bool_]]]:
    """Return who answered, when and how, and what they left open."""
    rng = stream(world.seed, "survey", "file", world.study.waves[wave].id)
    columns = background(world, adults, wave, rows) | completion(world, adults, wave, rows, rng)
    columns["respondent_id"] = world.numbers("R", len(rows))
    education = world.once("education", lambda: education_levels(world, adults))
    columns["education"] = education[rows]
    return columns, left_open(world, wave, len(rows), rng)


def _canonical(
    levels: tuple[str, ...],
    kind: str,
    values: npt.NDArray[np.float64],
    skipped: npt.NDArray[np.bool_],
) -> npt.NDArray[Any]:
    """Return answers as numbers (NaN where left open), or as codes (None) that are no numbers."""
    if kind == "categorical" and not _numeric(levels):
        index = np.where(skipped, len(levels), values.astype(np.int64))
        return texts([*levels, None])[index]  # type: ignore[list-item]
    if levels:
        values = np.array([float(level) for level in levels])[values.astype(np.int64)]
    return np.where(skipped, np.nan, values)


def _numeric(codes: tuple[str, ...]) -> bool:
    """Return whether scoring reads the numbers as these very codes."""
    return all(code.isdigit() and str(int(code)) == code for code in codes)


def _costs(plan: DirectPlan, world: World) -> tuple[dict[str, pd.DataFrame], Rows]:
    feeds = {}
    if world.has("addresses"):
        feeds["addresses"] = world.once("addresses", lambda: address_frame(world))
    if world.has("benefits"):
        feeds["benefits"] = world.once("benefits", lambda: benefit_frame(world))
    if not world.has("arrangements"):
        return feeds, []
    care = draw_care(world)
    feeds["arrangements"] = arrangement_frame(world, care)
    lines = booked_lines(world, care, plan.months)
    feeds["declarations"] = world.frame("declarations", line_columns(world, care, lines))
    drawn = (care.months, care.episodes, care.records, care.lines, care.worlds)
    return feeds, cost_truth(world, *drawn, plan.wanted)


def _insured(world: World) -> tuple[dict[str, pd.DataFrame], Rows]:
    feed = insured_feed(world)
    if feed is None:
        return {}, []
    drawn = draw_insured(world)
    amount = np.sum(list(drawn.categories.values()), axis=0)
    total = {"category": texts([TOTAL] * len(amount)), "amount_eur": amount}
    return {feed.id: world.frame(feed.id, dict(drawn.cells) | total)}, drawn.truth
