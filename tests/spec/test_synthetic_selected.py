"""One synthetic project enrols households for their high cost; the others are not touched by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.study import open_study
from evaluatie.synthetic.calendar import study_months
from evaluatie.synthetic.draw import draw_study
from evaluatie.synthetic.population import day_number, draw_population
from evaluatie.synthetic.selected import allocated_by_month
from evaluatie.synthetic.settings import load_settings
from evaluatie.synthetic.world import World

ROOT = Path(__file__).parents[2]
SEED = 3


@pytest.fixture(scope="module")
def made():
    study = open_study(ROOT)
    codebook = load_codebook(study)
    book, settings = load_agreements(study, codebook), load_settings(study, codebook)
    at_random = settings.model_copy(
        update={"contacts": settings.contacts.model_copy(update={"high_cost": None})}
    )

    def enrolments(scenario, chosen):
        drawn = draw_study(
            study, codebook, book, SEED, scenario, parts=("process",), settings=chosen
        )
        return drawn.raw.feeds["enrolments"]

    project = next(i.project for i in codebook.indicators.values() if i.kind == "selection")
    world = World(study, codebook, settings, book,
                  draw_population(study, settings, SEED), "null", SEED)  # fmt: skip
    frames = {
        "chosen": enrolments("null", settings),
        "effect": enrolments("effect", settings),
        "random": enrolments("null", at_random),
    }
    return project, world, frames


def test_enrolments_of_other_projects_stay_the_same(made):
    project, _, frames = made
    chosen, random = (frames[k][frames[k]["project_id"] != project] for k in ("chosen", "random"))
    assert chosen.reset_index(drop=True).equals(random.reset_index(drop=True))
    assert (frames["chosen"]["project_id"] == project).sum() == (
        frames["random"]["project_id"] == project
    ).sum()


def test_who_is_chosen_does_not_depend_on_the_scenario(made):
    _, _, frames = made
    assert frames["chosen"].equals(frames["effect"])


def test_chosen_households_are_expensive_at_that_moment_and_less_so_later(made):
    project, world, frames = made
    mine = frames["chosen"][frames["chosen"]["project_id"] == project]
    months = study_months(world.study, world.codebook)
    cost = allocated_by_month(world, months)
    row = np.searchsorted(world.household_ids.astype(str), mine["household_id"].astype(str))
    days = [day_number(np.datetime64(str(s)[:10]).astype(object)) for s in mine["start"]]
    at = months.index_of(np.array(days))
    before, after = (
        np.mean([cost[r, m + a : m + z].sum() for r, m in zip(row, at, strict=True)])
        for a, z in ((-12, 0), (1, 13))
    )
    usual = np.quantile(cost[:, :12].sum(axis=1), 0.9)
    assert before > usual
    assert after < 0.95 * before
