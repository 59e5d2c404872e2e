"""Draw a whole synthetic study in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.domain import Progress, no_progress
from evaluatie.errors import UserError
from evaluatie.intake import RawFrames
from evaluatie.study import Study
from evaluatie.synthetic.answers import draw_answers, fit_instruments
from evaluatie.synthetic.defects import plant
from evaluatie.synthetic.insured import insured_frames
from evaluatie.synthetic.latent import draw_adults
from evaluatie.synthetic.municipal import municipal_frames
from evaluatie.synthetic.population import draw_population
from evaluatie.synthetic.process import process_frames
from evaluatie.synthetic.professionals import professional_frames
from evaluatie.synthetic.public import public_frames
from evaluatie.synthetic.questionnaire import sample_frame, survey_frames
from evaluatie.synthetic.register import population_frames, register_frames
from evaluatie.synthetic.response import draw_samples
from evaluatie.synthetic.settings import Scenario, SyntheticSettings, load_settings
from evaluatie.synthetic.truth import question_scales, survey_truth, truth_frame
from evaluatie.synthetic.world import Drawn, World

PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "survey": ("survey", "sample"),
        "professionals": ("professionals",),
        "population": ("population", "population_age_sex"),
        "register": ("residents", "addresses"),
        "cost": ("arrangements", "declarations", "benefits"),
        "insured": ("zvw", "wlz"),
        "public": ("vektis", "cbs_costs"),
        "process": (
            "requests",
            "referrals",
            "staff_contacts",
            "enrolments",
            "programme_costs",
            "cases",
            "citizen_science",
        ),
    }
)
"""Part of the generator -> the feeds it draws."""


@dataclass(frozen=True)
class SyntheticStudy:
    """A synthetic study with its truth.

    Attributes
    ----------
    seed, scenario :
        What it was drawn with.
    raw : RawFrames
        As a reader of the files would deliver them: canonical column names, codes of the file.
    truth : pandas.DataFrame
        One row per indicator x wave x weighting x population: the mean over pilot residents of
        Y(1) - Y(0), the same people and random numbers with and without the pilot.
    defects : pandas.DataFrame
        One row per planted defect: feed, file, wave, column, rule, count.
    """

    seed: int
    scenario: str
    raw: RawFrames
    truth: pd.DataFrame
    defects: pd.DataFrame


def draw_study(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    seed: int,
    scenario: str,
    progress: Progress = no_progress,
    *,
    parts: Collection[str] = tuple(PARTS),
    settings: SyntheticSettings | None = None,
) -> SyntheticStudy:
    """Draw the raw feeds of a study and the truth about its questions.

    Parameters
    ----------
    seed : int
        The same seed gives the same study. A scenario changes what happens to the people, never
        which random numbers are drawn.
    scenario : str
        ``effect``, ``null`` or ``confounded``, as described in `analysis/synthetic.yml`.
    parts : collection of str, optional
        Which of ``PARTS`` to draw; a part is the same whether or not others are drawn.
    settings : SyntheticSettings, optional
        Other settings than those of `analysis/synthetic.yml`.

    Raises
    ------
    UserError
        An unknown scenario or part.
    """
    settings = settings or load_settings(study, codebook)
    chosen = _checked(scenario, parts, settings)
    people = draw_population(study, settings, seed)
    world = World(study, codebook, settings, book, people, chosen, seed)
    steps = [p for p in PARTS if p in parts and any(world.has(feed) for feed in PARTS[p])]
    drawn = Drawn()
    for done, part in enumerate(steps):
        progress("Drawing", done, len(steps))
        drawn = drawn | _DRAW[part](world)
    progress("Drawing", len(steps), len(steps))
    feeds = {feed: frame for feed, frame in drawn.feeds.items() if world.has(feed)}
    raw = RawFrames(drawn.survey, drawn.professionals, feeds, synthetic=True)
    raw, defects = plant(study, codebook, raw, settings.defects, seed)
    return SyntheticStudy(seed, scenario, raw, truth_frame(drawn.truth), defects)


def _checked(scenario: str, parts: Collection[str], settings: SyntheticSettings) -> Scenario:
    found = next((name for name in settings.scenarios if name == scenario), None)
    if found is None:
        raise UserError(f"there is no scenario '{scenario}'", allowed=", ".join(settings.scenarios))
    if unknown := sorted(set(parts) - set(PARTS)):
        raise UserError(f"there is no part {', '.join(unknown)}", allowed=", ".join(PARTS))
    return found


def _survey(world: World) -> Drawn:
    adults = draw_adults(world)
    samples = draw_samples(world, adults)
    answers = draw_answers(world, fit_instruments(world.codebook, world.settings), adults)
    scales = question_scales(world.codebook, world.questions, "residents")
    return Drawn(
        survey=survey_frames(world, adults, samples, answers),
        feeds={"sample": sample_frame(world, adults, samples)} if world.has("sample") else {},
        truth=survey_truth(world.study, world.codebook, scales, answers, adults),
    )


def _professionals(world: World) -> Drawn:
    models = fit_instruments(world.codebook, world.settings)
    scales = question_scales(world.codebook, world.questions, "professionals")
    frames, truth = professional_frames(world, models, scales)
    return Drawn(professionals=frames, truth=truth)


_DRAW: Mapping[str, Callable[[World], Drawn]] = {
    "survey": _survey,
    "professionals": _professionals,
    "population": population_frames,
    "register": register_frames,
    "cost": municipal_frames,
    "insured": insured_frames,
    "public": public_frames,
    "process": process_frames,
}
