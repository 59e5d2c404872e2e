"""The book of agreements: who asked what, in which report it is answered, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Literal

from evaluatie.agreement.model import (
    Agreement,
    Amendment,
    Deviation,
    Event,
    Project,
    Question,
    ReportRun,
    ReportSpec,
)
from evaluatie.domain import QuestionType
from evaluatie.errors import AgreementError

Role = Literal["primary", "secondary", "combined"]


@dataclass(frozen=True)
class AgreementBook:
    """What was agreed in a study, checked as a whole.

    Attributes
    ----------
    questions : Mapping[str, Question]
        Every evaluation question by id, in the order of the file.
    testing_order : tuple of str
        The primary questions of the whole study in the fixed sequence of testing.
    agreements : Mapping[str, Agreement]
        One agreement per audience, by audience.
    projects, events, deviations : tuple
        In the order of their files.
    reports : Mapping[str, ReportSpec]
        The kinds of report by id.
    report_from : Mapping[str, date]
        Wave id -> first day on which the wave may be reported.
    """

    questions: Mapping[str, Question]
    testing_order: tuple[str, ...]
    agreements: Mapping[str, Agreement]
    projects: tuple[Project, ...]
    events: tuple[Event, ...]
    reports: Mapping[str, ReportSpec]
    deviations: tuple[Deviation, ...]
    report_from: Mapping[str, date]

    def role(self, question_id: str) -> Role:
        """Return the one role a question has in the whole study."""
        if self._question(question_id).type is QuestionType.INTERSECTION_UNION:
            return "combined"
        return "primary" if question_id in self.testing_order else "secondary"

    def run_matrix(self) -> tuple[ReportRun, ...]:
        """Return every report to make: report x audience x wave x area x provider x language."""
        return tuple(run for spec in self.reports.values() for run in self.runs_of(spec))

    def runs_of(self, spec: ReportSpec) -> tuple[ReportRun, ...]:
        """Return the rows of the run matrix that belong to one kind of report."""
        places = (spec.areas or ("",), spec.providers or ("",))
        cells = product(spec.audiences, spec.waves, *places, spec.languages)
        return tuple(
            ReportRun(
                report=spec.id,
                audience=audience,
                wave=wave,
                area=area,
                provider=provider,
                language=language,
            )
            for audience, wave, area, provider, language in cells
        )

    def questions_of(self, run: ReportRun) -> tuple[Question, ...]:
        """Return the agreed questions a report answers: all of them, and nothing else.

        They are the questions of the audience in the sections of the report, as the agreement
        stood when the wave became reportable: an amendment counts for later waves only. Primary
        questions come first, in testing order; then the others in the order of the file. One that
        combines questions is answered only beside all of them.
        """
        spec, agreement = self.reports[run.report], self.agreements[run.audience]
        agreed = agreement.questions_on(self.report_from[run.wave])
        order = [*self.testing_order, *(q for q in self.questions if q not in self.testing_order)]
        chosen = [self.questions[name] for name in order if name in agreed]
        chosen = [question for question in chosen if question.section in spec.sections]
        names = {question.id for question in chosen}
        return tuple(question for question in chosen if names.issuperset(question.combines))

    def events_of(self, run: ReportRun) -> tuple[Event, ...]:
        """Return the concurrent events that touch the wave of a report."""
        return tuple(event for event in self.events if run.wave in event.waves)

    def amendments_of(self, run: ReportRun) -> tuple[Amendment, ...]:
        """Return the amendments of the audience in force at the wave of a report."""
        day, amendments = self.report_from[run.wave], self.agreements[run.audience].amendments
        return tuple(amendment for amendment in amendments if amendment.date <= day)

    def agreed_question(self, run: ReportRun, question_id: str) -> Question:
        """Return a question a report may answer.

        Raises
        ------
        AgreementError
            The question is unknown or lies outside the agreement of the audience.
        """
        question, allowed = self._question(question_id), self.questions_of(run)
        if question not in allowed:
            raise self._outside(run, f"question '{question_id}'", [q.id for q in allowed])
        return question

    def agreed_indicator(self, run: ReportRun, indicator: str) -> tuple[Question, ...]:
        """Return the agreed questions of a report that use an indicator.

        Raises
        ------
        AgreementError
            No question agreed with the audience uses it.
        """
        allowed = self.questions_of(run)
        found = tuple(question for question in allowed if question.indicator == indicator)
        if not found:
            names = sorted({question.indicator for question in allowed})
            raise self._outside(run, f"indicator '{indicator}'", names)
        return found

    def _outside(self, run: ReportRun, what: str, allowed: list[str]) -> AgreementError:
        return AgreementError(
            f"{what} lies outside what was agreed with audience '{run.audience}'",
            where=f"report '{run.report}', wave {run.wave}",
            allowed=", ".join(allowed) or "nothing",
            remedy=f"leave it out, or amend analysis/agreements/{run.audience}.yml with a date "
            "and a reason, together with that audience.",
        )

    def _question(self, question_id: str) -> Question:
        if question_id not in self.questions:
            raise AgreementError(
                f"there is no question '{question_id}'", allowed=", ".join(self.questions)
            )
        return self.questions[question_id]
