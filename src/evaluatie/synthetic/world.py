"""What every part of the generator is given, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.errors import DeclarationError
from evaluatie.study import Study
from evaluatie.synthetic.coding import Texts, artificial_ids, file_frame, texts
from evaluatie.synthetic.population import Ints, Population
from evaluatie.synthetic.settings import (
    BenefitProfile,
    CareProfile,
    CasesProfile,
    ContactProfile,
    DurationProfile,
    InsuredProfile,
    ProfessionalProfile,
    ProgrammeProfile,
    PublicProfile,
    Scenario,
    ShockProfile,
    SyntheticSettings,
)

Frames = Mapping[str, pd.DataFrame]
Section = TypeVar("Section")
Made = TypeVar("Made")
Ids = npt.NDArray[Any]


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

    def numbers(self, prefix: str, count: int) -> Ids:
        """Return the numbers or pseudonyms of records of one kind."""
        return artificial_ids(prefix, count)

    @cached_property
    def person_ids(self) -> Ids:
        """Return the pseudonym of every person."""
        return self.numbers("P", self.people.persons)

    @cached_property
    def household_ids(self) -> Ids:
        """Return the pseudonym of every household."""
        return self.numbers("H", self.people.households)

    @cached_property
    def _area_codes(self) -> Texts:
        return texts([a.code for a in self.study.areas])

    def area_codes(self, area: Ints) -> Texts:
        """Return the code of each area index."""
        return self._area_codes[area]

    @property
    def canonical(self) -> bool:
        """Whether frames hold canonical values instead of the codes of the files."""
        return False

    def frame(self, feed: str, columns: dict[str, Any]) -> pd.DataFrame:
        """Return a frame of a feed, its coded columns in the codes of the file."""
        if self.canonical:
            return pd.DataFrame(columns, copy=False)
        return file_frame(self.codebook.feeds[feed], columns)

    def once(self, key: str, make: Callable[[], Made]) -> Made:  # noqa: ARG002
        """Return what ``make`` draws; it is the same in every scenario of a seed."""
        return make()

    def shock(self, profile: ShockProfile) -> ShockProfile:
        """Return neighbourhood shocks as large as the scenario says."""
        factor = self.settings.scenarios[self.scenario].shocks
        return profile.model_copy(update={"sd_share": profile.sd_share * factor})

    def has(self, feed: str) -> bool:
        """Return whether the study has a feed."""
        return feed in self.study.feeds

    def deprivation(self, area: Ints) -> npt.NDArray[np.float64]:
        """Return the deprivation of each area index."""
        return self._deprivation[area]

    @cached_property
    def _deprivation(self) -> npt.NDArray[np.float64]:
        return np.array([self.settings.areas[a.code].deprivation for a in self.study.areas])

    @property
    def professionals(self) -> ProfessionalProfile:
        """Return the section `professionals` of the settings."""
        return _given(self.settings.professionals, "professionals")

    @property
    def care(self) -> CareProfile:
        """Return the section `care` of the settings."""
        return _given(self.settings.care, "care")

    @property
    def benefits(self) -> BenefitProfile:
        """Return the section `benefits` of the settings."""
        return _given(self.settings.benefits, "benefits")

    @property
    def insured(self) -> InsuredProfile:
        """Return the section `insured` of the settings."""
        return _given(self.settings.insured, "insured")

    @property
    def public(self) -> PublicProfile:
        """Return the section `public` of the settings."""
        return _given(self.settings.public, "public")

    @property
    def durations(self) -> DurationProfile:
        """Return the section `durations` of the settings."""
        return _given(self.settings.durations, "durations")

    @property
    def contacts(self) -> ContactProfile:
        """Return the section `contacts` of the settings."""
        return _given(self.settings.contacts, "contacts")

    @property
    def programme(self) -> ProgrammeProfile:
        """Return the section `programme` of the settings."""
        return _given(self.settings.programme, "programme")

    @property
    def cases(self) -> CasesProfile:
        """Return the section `cases` of the settings."""
        return _given(self.settings.cases, "cases")


def _given(section: Section | None, name: str) -> Section:
    if section is None:
        raise DeclarationError(
            f"there is no section '{name}', but the study has a feed that needs it",
            where="analysis/synthetic.yml",
            remedy="add the section, or leave the feed out of analysis/study.yml.",
        )
    return section


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
