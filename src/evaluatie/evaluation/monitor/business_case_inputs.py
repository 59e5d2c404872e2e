"""What the rows of one business case are made from: flows, drawn assumptions, participants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from evaluatie.agreement.model import Project
from evaluatie.costs import programme_cost
from evaluatie.costs.projects.case import declared_correlations, project_flows
from evaluatie.costs.projects.flows import Floats, ProjectFlows, correlation_matrix
from evaluatie.costs.projects.participants import Participants, project_participants
from evaluatie.domain import Side
from evaluatie.errors import RefusedError
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.methods.economics.assumptions import draw_assumptions
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]
ENROLMENTS = "enrolments"
NOBODY = Participants(0, 0, {}, 0)


@dataclass(frozen=True)
class Case:
    """One project with its flows, the draws of its assumptions, and who took part.

    Attributes
    ----------
    flows : ProjectFlows
        Under the declared settings.
    draws : ndarray of float, shape (d, k)
        Of the assumptions, in the order of ``flows.assumed``.
    people : Participants
    programme : DataFrame
        From `programme_cost`.
    """

    asked: Asked
    project: Project
    flows: ProjectFlows
    draws: Floats
    people: Participants
    programme: pd.DataFrame

    def row(self, term: str, *category: str, **values: Any) -> Row:
        """Return one row of this project; ``category`` holds further name=value parts."""
        return case_row(self.asked, self.project, term, *category, **self.behind, **values)

    def other(self, **settings: Any) -> ProjectFlows:
        """Return the flows of the same project under another discount rate or funding."""
        asked = self.asked
        return project_flows(
            self.project, self.programme, self.people, asked.study, asked.codebook, **settings
        )

    @property
    def behind(self) -> Mapping[str, float]:
        """The numbers of people behind every row; empty where nobody is known to take part."""
        if not self.people.persons:
            return {}
        return {"n": self.people.persons, "n_households": self.people.households}

    @property
    def reason(self) -> str:
        """What is not complete about the result; empty where nothing is."""
        mine = self.programme[self.programme["project_id"] == self.project.id]
        return "programme_cost_incomplete" if mine["missing"].sum() else ""

    @property
    def eur(self) -> str:
        """Unit of all amounts."""
        return f"EUR_{self.asked.study.price_level}"


def case_row(asked: Asked, project: Project, term: str, *category: str, **values: Any) -> Row:
    """Return one row of the table of business cases."""
    named = "|".join((f"project={project.id}", *category))
    return estimate_row(
        Table.BUSINESS_CASE, term, area=Side.PILOT, category=named, **values, **asked.where
    )


def place_of(project: Project, effect: str, piece: str) -> tuple[str, ...]:
    """Return the parts of a category that name one assumption."""
    if not effect:
        return (f"assumed={piece}",)
    return (f"effect={project.id}.{effect}", f"assumed={piece}")


def case_of(asked: Asked, project: Project) -> Case | str:
    """Return the case of a project, or the code of the reason why there is none."""
    assumptions, economics = project.assumptions, asked.codebook.economics
    if assumptions is None or economics is None:
        return "no_assumptions"
    feeds, study, codebook = asked.products.data.feeds, asked.study, asked.codebook
    if ENROLMENTS not in feeds and assumptions.participants == ENROLMENTS:
        return f"missing_feed:{ENROLMENTS}"
    people = project_participants(feeds[ENROLMENTS], project.id) if ENROLMENTS in feeds else NOBODY
    if not people.persons and assumptions.participants == ENROLMENTS:
        return "no_participants"
    programme = asked.products.once(
        ("programme_cost",), lambda: programme_cost(feeds[asked.indicator.feed], study, codebook)
    )
    try:
        flows = project_flows(project, programme, people, study, codebook)
    except RefusedError:
        return "no_programme_cost"
    own = [replace(one, name=f"{project.id}/{one.name}") for one in flows.assumed]
    together = correlation_matrix(flows.assumed, declared_correlations(assumptions))
    draws = draw_assumptions(own, economics.draws, study.seed, together)
    return Case(asked, project, flows, draws, people, programme)
