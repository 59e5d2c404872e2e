"""What every part of the generator is given, and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.study import Study
from evaluatie.synthetic.coding import Texts, artificial_ids, texts
from evaluatie.synthetic.population import Ints, Population
from evaluatie.synthetic.settings import Scenario, SyntheticSettings

Frames = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class World:
    """One synthetic world: the declarations, the people, the scenario and the seed."""

    study: Study
    codebook: Codebook
    settings: SyntheticSettings
    book: AgreementBook
    people: Population
    scenario: Scenario
    seed: int

    @property
    def questions(self) -> Sequence[Question]:
        """Every agreed question."""
        return tuple(self.book.questions.values())

    @cached_property
    def person_ids(self) -> Texts:
        """Return the pseudonym of every person."""
        return artificial_ids("P", self.people.persons)

    @cached_property
    def household_ids(self) -> Texts:
        """Return the pseudonym of every household."""
        return artificial_ids("H", self.people.households)

    def area_codes(self, area: Ints) -> Texts:
        """Return the code of each area index."""
        return texts([a.code for a in self.study.areas])[area]

    def deprivation(self, area: Ints) -> npt.NDArray[np.float64]:
        """Return the deprivation of each area index."""
        return np.array([self.settings.areas[a.code].deprivation for a in self.study.areas])[area]


@dataclass(frozen=True)
class Drawn:
    """What one part of the generator drew; parts are put together with ``|``."""

    survey: Frames = field(default_factory=dict)
    professionals: Frames = field(default_factory=dict)
    feeds: Frames = field(default_factory=dict)
    truth: Sequence[Mapping[str, Any]] = ()

    def __or__(self, other: Drawn) -> Drawn:
        """Return both together; no part draws what another part draws."""
        return Drawn(
            {**self.survey, **other.survey},
            {**self.professionals, **other.professionals},
            {**self.feeds, **other.feeds},
            [*self.truth, *other.truth],
        )
