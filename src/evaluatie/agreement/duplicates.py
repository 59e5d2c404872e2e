"""The same thing asked twice, under two questions or with items of two instruments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from evaluatie.agreement.book import AgreementBook
from evaluatie.agreement.model import Question
from evaluatie.dictionary.model import CodebookContent, Scale

SHARED = 0.5  # share of the items of the shorter scale from which two scales are near duplicates
DEFINING = ("population", "weighting", "cost_basis", "contrast", "verdict_wave", "type")


@dataclass(frozen=True)
class Duplicate:
    """Two questions that ask the same, or nearly.

    Attributes
    ----------
    kind : {"same", "near"}
        The same indicator in the same way, or something that differs.
    questions : tuple of str
        Both questions, in the order of the file.
    agreements : tuple of str
        Audiences that ask at least one of them.
    why : str
        What they share, and what differs.
    """

    kind: Literal["same", "near"]
    questions: tuple[str, str]
    agreements: tuple[str, ...]
    why: str


def duplicates(book: AgreementBook, codebook: CodebookContent) -> tuple[Duplicate, ...]:
    """Return every pair of questions that ask the same or nearly the same, over all agreements.

    Notes
    -----
    *Same*: indicator, population, weighting, cost basis, contrast, type and verdict wave agree.
    *Near*: the indicator agrees and something else differs; two scales share at least half of
    the items of the shorter one; or two costs are made of the same acts. A question that combines
    others asks nothing of its own.
    """
    asked = [question for question in book.questions.values() if not question.combines]
    return tuple(
        found
        for first, second in combinations(asked, 2)
        for found in _pair(book, codebook, first, second)
    )


def _pair(
    book: AgreementBook, codebook: CodebookContent, first: Question, second: Question
) -> Iterator[Duplicate]:
    names = first.id, second.id
    asking = tuple(
        a for a, agreement in book.agreements.items() if set(names) & {*agreement.questions}
    )
    if first.indicator == second.indicator:
        differ = [key for key in DEFINING if getattr(first, key) != getattr(second, key)]
        other = f", another {' and '.join(differ)}" if differ else ""
        why = f"both ask {first.indicator}{other}"
        yield Duplicate("near" if differ else "same", names, asking, why)
    elif why := _alike(codebook, first.indicator, second.indicator):
        yield Duplicate("near", names, asking, why)


def _alike(codebook: CodebookContent, first: str, second: str) -> str:
    """Return what two indicators share, in words; empty where it is little."""
    items = [_items(codebook, name) for name in (first, second)]
    shorter = min(items, key=len)
    common = len(items[0] & items[1])
    if shorter and common >= SHARED * len(shorter):
        return f"{common} of the {len(shorter)} items of the shorter one are also in the other"
    one, other = (codebook.indicators.get(name) for name in (first, second))
    if one and other and one.kind == other.kind and (laws := set(one.laws) & set(other.laws)):
        return f"both count {', '.join(sorted(laws))}"
    return ""


def _items(codebook: CodebookContent, name: str) -> set[str]:
    """Return the items of a scale, or of all scales of a group."""
    scales: list[Scale] = [s for s in codebook.scales.values() if name in (s.id, s.group)]
    return {item for scale in scales for item in scale.items}
