"""How much of respondents' time the agreed questions ask."""

from __future__ import annotations

from collections.abc import Iterable

from evaluatie.agreement.book import AgreementBook
from evaluatie.agreement.model import Question
from evaluatie.domain import Population


def respondent_minutes(book: AgreementBook, *, professionals: bool = False) -> float:
    """Return the minutes per wave that one respondent spends on all agreements together.

    Parameters
    ----------
    book : AgreementBook
        What was agreed.
    professionals : bool
        True for the questionnaire of professionals, False for that of residents.

    Notes
    -----
    Two questions on the same indicator share their items, so an indicator counts once, with the
    largest of the minutes stated for it.
    """
    return _minutes(book.questions.values(), professionals)


def minutes_by_agreement(
    book: AgreementBook, *, professionals: bool = False
) -> dict[str, tuple[float, float]]:
    """Return audience -> (minutes of its questions, minutes of those that nobody else asks)."""
    found = {}
    for audience, agreement in book.agreements.items():
        mine = [book.questions[name] for name in agreement.questions]
        others = [a for name, a in book.agreements.items() if name != audience]
        shared = {book.questions[name].indicator for a in others for name in a.questions}
        alone = [question for question in mine if question.indicator not in shared]
        found[audience] = _minutes(mine, professionals), _minutes(alone, professionals)
    return found


def _minutes(questions: Iterable[Question], professionals: bool) -> float:
    minutes: dict[str, float] = {}
    for question in questions:
        if (question.population is Population.PROFESSIONALS) == professionals:
            known = minutes.get(question.indicator, 0.0)
            minutes[question.indicator] = max(known, question.respondent_minutes)
    return sum(minutes.values())
