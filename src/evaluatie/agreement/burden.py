"""How much of respondents' time the agreed questions ask."""

from __future__ import annotations

from evaluatie.agreement.book import AgreementBook
from evaluatie.domain import Population


def respondent_minutes(book: AgreementBook, *, professionals: bool = False) -> float:
    """Return the minutes per wave that one respondent spends on the agreed questions.

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
    minutes: dict[str, float] = {}
    for question in book.questions.values():
        if (question.population is Population.PROFESSIONALS) == professionals:
            known = minutes.get(question.indicator, 0.0)
            minutes[question.indicator] = max(known, question.respondent_minutes)
    return sum(minutes.values())
