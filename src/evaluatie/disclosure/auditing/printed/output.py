"""What one finished file says, apart from how its form says it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from evaluatie.disclosure.auditing.printed.numbers import spaced, tokens

CAPTION = re.compile(r"(?:Tabel|Figuur|Table|Figure)\s\d+\.")
"""How a caption begins in every form: the word and number of a table or figure."""
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_NUMBERED = re.compile(r"\d+(?:\.\d+)* (?=\D)")
_EDGE = r"[^\W_]"


@dataclass(frozen=True)
class Beside:
    """A text that is not on the page: a comment, a tooltip, a property, a metadata field.

    ``place`` says where it is in the file. It may repeat what the page says, and nothing else.
    """

    place: str
    text: str


@dataclass(frozen=True)
class Printed:
    """One finished file as a reader, or somebody who looks inside it, reads it.

    Attributes
    ----------
    path : Path
        The file.
    form : {"html", "pdf", "docx", "ipynb"}
    text : str
        What stands on the page, without structure: numbers of sections, figures, tables and pages.
    alternatives : tuple of str
        Text alternatives of the figures.
    drawn : tuple of str
        Texts that are written inside a figure, those along its axes excepted.
    beside : tuple of Beside
        Every other text in the file.
    numbering : tuple of str
        Numbers of sections, figures and tables, in order; see `numbering_faults`.
    entries : tuple of (text, row, field, channel)
        Ledger entries that travel in the file itself (notebooks).
    closed : tuple of str
        Parts that cannot be read: embedded files, objects, unknown kinds of output.
    """

    path: Path
    form: str
    text: str
    alternatives: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    beside: tuple[Beside, ...] = ()
    numbering: tuple[str, ...] = ()
    entries: tuple[tuple[str, ...], ...] = ()
    closed: tuple[str, ...] = ()

    @cached_property
    def _said(self) -> str:
        return "\n".join(spaced(text) for text in (self.text, *self.alternatives))

    @cached_property
    def _numbered(self) -> frozenset[str]:
        return frozenset(spaced(entry).strip().rstrip(".") for entry in self.numbering)

    def repeats(self, text: str) -> bool:
        """Return whether the page, or the alternative of a figure, has this text word for word.

        A text without a word repeats nothing: the 7 in a tooltip is not the 7 of a page. The
        number of a section, table or figure may stand before it, or alone with its word.
        """
        wanted = spaced(text).strip()
        if wanted.rstrip(".") in self._numbered:
            return True
        number = _NUMBERED.match(wanted) or CAPTION.match(wanted)
        if number and number[0].rstrip(" .") in self._numbered:
            wanted = wanted[number.end() :].strip()
        return self._has(wanted)

    def numbers(self, language: str = "nl") -> int:
        """Return how many numbers stand in the file, on the page and beside it."""
        beside = (note.text for note in self.beside)
        said = (self.text, *self.alternatives, *self.drawn, *beside)
        return sum(len(tokens(text, language)) for text in said)

    def _has(self, wanted: str) -> bool:
        if not _LETTERS.search(wanted):
            return False
        whole = rf"(?<!{_EDGE})(?<!\d[.,]){re.escape(wanted)}(?!{_EDGE})(?![.,]\d)"
        return re.search(whole, self._said) is not None


def numbering_faults(numbering: Iterable[str]) -> list[str]:
    """Return the numbers of sections, figures and tables that do not count on from those before.

    Whoever hides a number among them breaks the count.
    """
    counts: dict[str, int] = {}
    section: list[int] = []
    faults = []
    for entry in numbering:
        kind, number = _parted(entry)
        if kind:
            counts[kind] = counts.get(kind, 0) + 1
            right = number == [counts[kind]]
        else:
            right = _goes_on(section, number)
            section = number if right else section
        if not right:
            faults.append(entry)
    return faults


def _parted(entry: str) -> tuple[str, list[int]]:
    """Return ``Tabel 7.`` as (Tabel, [7]) and ``2.1`` as ("", [2, 1])."""
    words = spaced(entry).strip().rstrip(".").split(" ")
    numbers = words[-1].split(".")
    if not all(part.isdigit() for part in numbers):
        return " ".join(words), []
    return " ".join(words[:-1]), [int(part) for part in numbers]


def _goes_on(section: list[int], number: list[int]) -> bool:
    """Return whether a section number follows: one deeper, or one on at any level."""
    onward = [[*section[:level], section[level] + 1] for level in range(len(section))]
    return number in ([*section, 1], *onward)
