"""Questions that combine others: the intersection-union test over contrasts that were tested.

"Better health at no higher cost" is claimed only when health improved *and* cost was shown not to
be worse, each by its own agreed test. The p is the largest of theirs (Berger 1982, Technometrics
24:295): nothing is divided between the parts. It is taken over p-values that the fixed sequence and
max-T have adjusted already, so that the claim follows from verdicts that stand on their own, and
has neither a place in the sequence nor a cost in error rate. It is as conservative as its weakest
part. A part without an estimate or without a verdict leaves the whole without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evaluatie.agreement import AgreementBook, Question
from evaluatie.domain import QuestionType
from evaluatie.evaluation.contrasts import Contrast
from evaluatie.methods import intersection_union


@dataclass(frozen=True)
class Combined:
    """The p-values of a question that combines others, at its verdict wave.

    Attributes
    ----------
    p_value, p_adjusted : float
        Largest of the parts, before and after their own adjustment; NaN where a part has none.
    p_attainable, p_floor : float
        Largest of the smallest attainable ones, after adjustment and by design.
    n, n_clusters : float
        Smallest of the parts.
    """

    question: str
    wave: str
    p_value: float
    p_adjusted: float
    p_attainable: float
    p_floor: float
    n: float
    n_clusters: float


def combining(book: AgreementBook) -> Iterator[Question]:
    """Yield the questions that combine others."""
    for question in book.questions.values():
        if question.type is QuestionType.INTERSECTION_UNION:
            yield question


def combine(
    question: Question, parts: Sequence[Contrast], book: AgreementBook, signs: Mapping[str, int]
) -> Combined:
    """Return the intersection-union test over the parts of a question.

    Parameters
    ----------
    parts : sequence of Contrast
        Contrast of every question it combines, at its verdict wave, adjusted.
    signs : mapping of question -> int
        +1 where a higher value is better, -1 where a lower one is.

    Notes
    -----
    The p of a superiority question is two-sided; where its estimate is unfavourable it says
    nothing for the claim and counts as 1.
    """
    favours = [
        book.questions[part.question].type is not QuestionType.SUPERIORITY
        or part.estimate * signs[part.question] > 0
        or part.reason != ""
        for part in parts
    ]

    def largest(name: str, against: float | None = None) -> float:
        values = [float(getattr(part, name)) for part in parts]
        if against is not None:
            pairs = zip(values, favours, strict=True)
            values = [p if good or p != p else against for p, good in pairs]
        if any(value != value for value in values):
            return float("nan")
        return intersection_union(values)

    return Combined(
        question.id,
        str(question.verdict_wave),
        largest("p_value", 1.0),
        largest("p_adjusted", 1.0),
        largest("p_attainable"),
        largest("p_floor"),
        min(part.n for part in parts),
        min(part.n_clusters for part in parts),
    )
