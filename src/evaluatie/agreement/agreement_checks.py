"""What an agreement may promise, alone and beside the other agreements."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from evaluatie.agreement.declared import Declarations
from evaluatie.agreement.model import Agreement, Question
from evaluatie.agreement.problems import Problems
from evaluatie.dictionary.model import CodebookContent
from evaluatie.domain import QuestionType
from evaluatie.study import Study

Place = tuple[str | int, ...]


def check_agreements(
    declared: Declarations, study: Study, codebook: CodebookContent, problems: Problems
) -> None:
    """Note every promise that is unknown, contradictory, or made after the answer was known."""
    for stem, agreement in declared.agreements.items():
        path = declared.path(f"agreements/{stem}")
        if agreement.id != stem:
            problems.add(path, ("id",), f"the id must be the name of the file, '{stem}'")
        if agreement.payer is not None:
            problems.known(path, ("payer",), agreement.payer, "payer", codebook.payers)
        if agreement.status == "signed" and agreement.agreed_on is None:
            problems.add(path, ("agreed_on",), "a signed agreement has a date")
        _check_names(declared, stem, agreement, problems)
        _check_roles(declared, stem, agreement, problems)
        _check_combined(declared, stem, agreement, problems)
        _check_amendments(declared, stem, agreement, problems)
        _check_dates(declared, study, stem, agreement, problems)


def _named(agreement: Agreement) -> list[tuple[Place, str]]:
    """Return every place of an agreement that names a question, with the name."""
    places: list[tuple[Place, str]] = [
        ((key, position), name)
        for key in ("primary", "secondary", "combined")
        for position, name in enumerate(getattr(agreement, key))
    ]
    for number, amendment in enumerate(agreement.amendments):
        for key in ("adds", "removes"):
            for position, name in enumerate(getattr(amendment, key)):
                places.append((("amendments", number, key, position), name))
    return places


def _check_names(
    declared: Declarations, stem: str, agreement: Agreement, problems: Problems
) -> None:
    path = declared.path(f"agreements/{stem}")
    questions = [question.id for question in declared.questions.questions]
    for place, name in _named(agreement):
        problems.known(path, place, name, "question", questions)
    problems.distinct(path, "primary", agreement.primary)
    problems.distinct(path, "secondary", agreement.secondary)
    problems.distinct(path, "combined", agreement.combined)


def _check_roles(
    declared: Declarations, stem: str, agreement: Agreement, problems: Problems
) -> None:
    """Demand one testing order, and one role per question in the whole study."""
    path, order = declared.path(f"agreements/{stem}"), declared.questions.testing_order
    positions = []
    for position, name in enumerate(agreement.primary):
        text = "question in the testing order of questions.yml"
        if problems.known(path, ("primary", position), name, text, order):
            positions.append(order.index(name))
    if positions != sorted(positions):
        problems.add(
            path,
            ("primary",),
            "the primary questions do not stand in the testing order of the whole study, "
            f"so that reports would disagree about a verdict; allowed order: {', '.join(order)}",
        )
    for position, name in enumerate(agreement.secondary):
        elsewhere = [a for a, other in declared.agreements.items() if name in other.primary]
        if elsewhere or name in order:
            by = f" in agreement {', '.join(elsewhere)}" if elsewhere else " in the testing order"
            text = f"'{name}' is secondary here and primary{by}; it has one role in the whole study"
            problems.add(path, ("secondary", position), text)


def _check_combined(
    declared: Declarations, stem: str, agreement: Agreement, problems: Problems
) -> None:
    """Demand that a combined question stands apart, beside all the questions it combines."""
    path, agreed = declared.path(f"agreements/{stem}"), agreement.questions
    questions = {question.id: question for question in declared.questions.questions}
    for place, name in _named(agreement):
        if name not in questions:
            continue
        combines = questions[name].combines
        if place[0] in ("primary", "secondary", "combined") and bool(combines) != (
            place[0] == "combined"
        ):
            home = "combined" if combines else "primary or secondary"
            problems.add(path, place, f"'{name}' belongs under '{home}'")
        if name in agreed and (missing := [part for part in combines if part not in agreed]):
            text = f"'{name}' rests on {', '.join(missing)}, which this audience did not agree to"
            problems.add(path, place, text)


def _check_amendments(
    declared: Declarations, stem: str, agreement: Agreement, problems: Problems
) -> None:
    path = declared.path(f"agreements/{stem}")
    agreed = {*agreement.primary, *agreement.secondary, *agreement.combined}
    for number, amendment in enumerate(agreement.amendments):
        for position, name in enumerate(amendment.adds):
            if name in agreed:
                place = ("amendments", number, "adds", position)
                problems.add(path, place, f"'{name}' was agreed already")
        for position, name in enumerate(amendment.removes):
            if name not in agreed | set(amendment.adds):
                place = ("amendments", number, "removes", position)
                text = f"'{name}' was not agreed, so it cannot be removed"
                problems.add(path, place, f"{text}; allowed: {', '.join(sorted(agreed))}")
        agreed = (agreed | set(amendment.adds)) - set(amendment.removes)
    dates = [agreement.agreed_on or date.min, *(a.date for a in agreement.amendments)]
    for number, (earlier, later) in enumerate(pairwise(dates)):
        if later < earlier:
            text = "amendments stand in order of time and after the agreement itself"
            problems.add(path, ("amendments", number, "date"), text)


def _check_dates(
    declared: Declarations, study: Study, stem: str, agreement: Agreement, problems: Problems
) -> None:
    """Demand that a verdict is agreed before its wave can be reported."""
    path = declared.path(f"agreements/{stem}")
    known = {wave.id: wave.report_from for wave in study.waves}
    questions = {question.id: question for question in declared.questions.questions}
    for place, name in _named(agreement):
        if "removes" in place or name not in questions:
            continue
        amended = place[0] == "amendments"
        day = agreement.amendments[int(place[1])].date if amended else agreement.agreed_on
        if day is not None and _answer_known(questions[name], known, day):
            text = f"'{name}' was agreed on {day}, when its answer could already be known"
            problems.add(path, place, f"{text}; agree before, or make the question descriptive")


def _answer_known(question: Question, report_from: dict[str, date], day: date) -> bool:
    if question.type is QuestionType.DESCRIPTIVE:
        return False
    first = report_from.get(question.verdict_wave or "")
    return first is not None and day >= first
