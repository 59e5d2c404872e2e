"""What can be promised: questions, agreements, projects, events, reports, deviations."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from evaluatie.agreement.business_case import BusinessCase
from evaluatie.declarations import Declared, Label
from evaluatie.domain import (
    Aim,
    CostBasis,
    Horizon,
    Population,
    QuestionType,
    Side,
    Weighting,
)

Section = Literal["survey", "cost", "process", "monitor", "business_case", "mirror"]
"""Parts of a report: which agreed questions it answers together."""


class Margin(Declared):
    """The agreed margin of a decision rule and why it is that large."""

    value: float = Field(gt=0)  # in units of the indicator; always positive
    reason: Label
    source: str


class Planning(Declared):
    """What is expected of the data of a question before there are any; all in its own unit.

    The sampling part of an area's change has ``sd`` and the numbers of people; the part that no
    number of people takes away is ``wave_sd``, or follows from ``icc`` and ``area_correlation``.
    """

    sd: float = Field(gt=0)  # between people of one area at one wave; cost: in one year
    people: float | None = Field(default=None, gt=1)  # per area at the first wave; None: residents
    people_later: float | None = Field(default=None, gt=1)  # at the verdict wave; None: as before
    coverage: float = Field(default=1, gt=0, le=1)  # share of the residents the data are about
    retention: float = Field(default=0, ge=0, le=1)  # of the first people, share there at verdict
    correlation: float = Field(default=0, ge=0, lt=1)  # of one person with himself, then and now
    deff: float = Field(default=1, ge=1)  # of weights and of people from one household
    wave_sd: float | None = Field(default=None, ge=0)  # of the mean of an area from wave to wave
    icc: float | None = Field(default=None, ge=0, lt=1)  # share of the variance between areas
    area_correlation: float | None = Field(default=None, ge=0, le=1)  # of area means, then and now
    source: str

    @model_validator(mode="after")
    def _between_areas(self) -> Self:
        by_icc = self.icc is not None and self.area_correlation is not None
        if by_icc == (self.wave_sd is not None):
            raise ValueError("state wave_sd, or else icc and area_correlation together")
        return self

    @property
    def shock_sd(self) -> float:
        """SD of what happens to the mean of one area at one wave, in units of the indicator.

        With ``icc`` r and ``area_correlation`` c the variance between areas is sd^2 r / (1 - r),
        of which the part 1 - c is new at every wave (Hooper et al. 2016, Stat Med 35:4718).
        """
        if self.wave_sd is not None:
            return self.wave_sd
        share, kept = self.icc or 0.0, self.area_correlation or 0.0
        return float(self.sd * (share / (1 - share) * (1 - kept)) ** 0.5)


class Acceptance(Declared):
    """The parties know that the study will probably not show this, and want the verdict anyway.

    ``accepted_on`` lies before the first day on which any wave after the baseline may be reported.
    By that day planning values, margins and the testing order are frozen as well.
    """

    accepted_on: date
    reason: Label


class Question(Declared):
    """One evaluation question, defined once and referred to by every agreement.

    A ``superiority`` question needs no margin to decide but one to say whether an effect of that
    size is excluded; ``non_inferiority`` and ``equivalence`` decide by the margin.
    ``intersection_union`` has no data of its own: it says that all the questions it ``combines``
    were answered favourably.
    """

    id: str
    label: Label  # the question as a sentence
    aim: Aim
    indicator: str = ""  # scale or indicator of the dictionary
    combines: tuple[str, ...] = ()  # of type intersection_union only
    type: QuestionType
    population: Population
    weighting: Weighting
    cost_basis: CostBasis | None = None
    payer: str | None = None  # whose euros; for cost questions
    contrast: Literal["difference_in_differences", "level", "change", "none"]
    test: Literal["randomisation", "wild_bootstrap", "intersection_union", "none"]
    margin: Margin | None = None
    planning: Planning | None = None  # expected spread and numbers: what the power rests on
    accepted_power: Acceptance | None = None  # a verdict in spite of low power
    verdict_wave: str | None = None  # none for a descriptive question
    horizon: Horizon
    respondent_minutes: float = Field(default=0, ge=0)
    decision: Label  # what the financiers decide with the answer
    section: Section

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.type is QuestionType.INTERSECTION_UNION:
            return self._combined()
        if self.combines or self.contrast == "none" or self.test == "intersection_union":
            raise ValueError("combining questions takes type 'intersection_union'")
        if not self.indicator:
            raise ValueError("a question names its indicator")
        descriptive = self.type is QuestionType.DESCRIPTIVE
        if descriptive != (self.test == "none"):
            raise ValueError("a descriptive question has test 'none', every other one has a test")
        if descriptive == (self.verdict_wave is not None):
            raise ValueError("every question but a descriptive one has exactly one verdict_wave")
        if not descriptive and self.margin is None:
            raise ValueError("a question with a verdict needs a margin with a reason")
        if not descriptive and self.contrast != "difference_in_differences":
            raise ValueError("only contrast 'difference_in_differences' can carry a verdict")
        if descriptive and self.accepted_power is not None:
            raise ValueError("a descriptive question has no verdict whose power could be accepted")
        return self

    def _combined(self) -> Self:
        if len(set(self.combines)) < 2:
            raise ValueError("an intersection-union question combines two questions or more")
        if self.contrast != "none" or self.test != "intersection_union":
            raise ValueError("it has contrast 'none' and test 'intersection_union'")
        if self.verdict_wave is None:
            raise ValueError("every question but a descriptive one has exactly one verdict_wave")
        own = ("indicator", "margin", "planning", "accepted_power", "payer", "cost_basis")
        if extra := [key for key in own if getattr(self, key)]:
            raise ValueError(f"it has no {', '.join(extra)} of its own: its questions have")
        return self


class QuestionFile(Declared):
    """Content of `questions.yml`; `testing_order` is the fixed sequence of primary questions."""

    testing_order: tuple[str, ...]
    questions: tuple[Question, ...]


class Exclusion(Declared):
    """Something that is explicitly not evaluated."""

    subject: Label
    reason: Label


class Amendment(Declared):
    """A dated change of an agreement."""

    date: date
    what: Label
    why: Label
    adds: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()


class Agreement(Declared):
    """What one audience agreed to."""

    id: str
    organisation: Label
    status: Literal["example", "draft", "signed"]
    agreed_on: date | None
    agreed_by: Label
    payer: str | None = None
    primary: tuple[str, ...]
    secondary: tuple[str, ...] = ()
    combined: tuple[str, ...] = ()  # intersection-union questions over questions agreed above
    not_evaluated: tuple[Exclusion, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    after_funding: Label | None = None  # what happens when the funding ends; None: not agreed

    @property
    def questions(self) -> tuple[str, ...]:
        """Agreed question ids after all amendments, primary first, combined ones last."""
        return self.questions_on(None)

    def questions_on(self, day: date | None) -> tuple[str, ...]:
        """Return the question ids in force on a day (None: after all amendments).

        Amendments apply in the order of the file, each from its own date on.
        """
        agreed = dict.fromkeys((*self.primary, *self.secondary, *self.combined))
        for amendment in self.amendments:
            if day is None or amendment.date <= day:
                agreed |= dict.fromkeys(amendment.adds)
                agreed = {q: None for q in agreed if q not in amendment.removes}
        return tuple(agreed)


def _wanted_or_declared(value: Any) -> str:
    return "wanted" if isinstance(value, bool) else "declared"


class Project(Declared):
    """A project of the pilot plan; must span at least two domains.

    ``business_case``: false (none), true (wanted, but nobody declared its assumptions yet), or the
    assumptions.
    """

    id: str
    label: Label
    domains: tuple[str, ...] = Field(json_schema_extra={"minItems": 2, "uniqueItems": True})
    pillar: Label
    start: date
    business_case: Annotated[
        Annotated[bool, Tag("wanted")] | Annotated[BusinessCase, Tag("declared")],
        Discriminator(_wanted_or_declared),
    ]
    source: str

    @property
    def assumptions(self) -> BusinessCase | None:
        """The declared assumptions of its business case, if any."""
        return self.business_case if isinstance(self.business_case, BusinessCase) else None

    @model_validator(mode="after")
    def _crosses_domains(self) -> Self:
        if len(set(self.domains)) < 2:
            raise ValueError(
                f"project {self.id} spans fewer than two domains; "
                "the pilot only has projects that cross the border between two acts"
            )
        return self


class ProjectFile(Declared):
    """Content of `projects.yml`."""

    projects: tuple[Project, ...]


class Event(Declared):
    """A concurrent event that touches a comparison."""

    id: str
    label: Label
    start: date
    end: date | None = None
    side: Side | Literal["both"]
    areas: tuple[str, ...] = ()
    waves: tuple[str, ...]  # waves whose comparison it touches
    consequence: Label
    source: str


class EventFile(Declared):
    """Content of `events.yml`."""

    events: tuple[Event, ...]


ProviderId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
"""A provider as the files name it; it becomes part of the name of a report."""


class ReportSpec(Declared):
    """One kind of report: for whom, about which waves and areas, in which forms."""

    id: str
    label: Label
    notebook: str
    audiences: tuple[str, ...]
    waves: tuple[str, ...]
    areas: tuple[str, ...] = ()  # area codes, or sides; empty: the whole study
    providers: tuple[ProviderId, ...] = ()  # a report for each of these alone; empty: for nobody
    languages: tuple[Literal["nl", "en"], ...] = ("nl",)
    formats: tuple[Literal["html", "pdf", "docx"], ...] = ("html", "pdf", "docx")
    sections: tuple[Section, ...]  # which agreed questions it answers
    sensitivity: Literal["public", "restricted"] = "public"  # restricted: for its reader alone


class ReportFile(Declared):
    """Content of `reports.yml`."""

    reports: tuple[ReportSpec, ...] = Field(min_length=1)


class Deviation(Declared):
    """A departure from the analysis plan, with its date and consequence."""

    date: date
    what: Label
    why: Label
    consequence: Label


class DeviationFile(Declared):
    """Content of `deviations.yml`."""

    deviations: tuple[Deviation, ...]


class ReportRun(Declared):
    """One report to make: a row of the run matrix."""

    report: str
    audience: str
    wave: str
    area: str = ""
    language: Literal["nl", "en"] = "nl"
    provider: str = ""  # the one provider the report is for

    @property
    def name(self) -> str:
        """Folder and file name of the run."""
        place = (self.area, self.provider)
        parts = (self.report, self.audience, self.wave, *place, self.language)
        return "-".join(part.lower() for part in parts if part)
