"""A piece of text that knows where each of its numbers comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Channel = Literal["text", "alt", "drawn"]

NUMERAL = re.compile(r"(?<![^\W_])(?<![^\W\d_]-)\d+(?:[.,]\d+)*(?![^\W_])")
"""Digits not glued to a letter, by a hyphen or directly: not T0, EQ-5D-5L or SF-12."""


@dataclass(frozen=True)
class NumberRef:
    """One printed number and the field of the publishable row it was made from.

    Attributes
    ----------
    text : str
        The number as printed: sign and percent sign included, currency and unit left out.
    row : str
        Id of the row; ``declared/<path>`` for a text of the agreements that holds a numeral.
    field : str
        Column of the row.
    channel : {"text", "alt", "drawn"}
        Whether it stands in the page, in the text alternative of a figure, or is drawn: a place
        in a figure that the value can be read off.
    """

    text: str
    row: str
    field: str
    channel: Channel = "text"


@dataclass(frozen=True)
class Phrase:
    """Text with the provenance of its numbers, in order of appearance."""

    text: str = ""
    numbers: tuple[NumberRef, ...] = ()

    def __str__(self) -> str:
        return self.text

    def __add__(self, other: Phrase | str) -> Phrase:
        return join((self, other), "")

    def __bool__(self) -> bool:
        return bool(self.text)

    def as_alt(self) -> Phrase:
        """Return the same text for use as the text alternative of a figure."""
        refs = (NumberRef(n.text, n.row, n.field, "alt") for n in self.numbers)
        return Phrase(self.text, tuple(refs))

    def capitalised(self) -> Phrase:
        """Return the phrase with a capital first letter."""
        return Phrase(self.text[:1].upper() + self.text[1:], self.numbers)


def join(parts: Iterable[Phrase | str], separator: str = " ") -> Phrase:
    """Return the parts behind one another; empty parts are left out."""
    kept = [part for part in parts if str(part)]
    refs = tuple(n for part in kept if isinstance(part, Phrase) for n in part.numbers)
    return Phrase(separator.join(str(part) for part in kept), refs)


def enumeration(parts: Iterable[Phrase | str], conjunction: str) -> Phrase:
    """Return ``a, b en c``."""
    items = [part for part in parts if str(part)]
    if len(items) < 2:
        return join(items)
    head = join(items[:-1], ", ")
    return join((head, items[-1]), f" {conjunction} ")


def declared(text: str, path: str, field: str = "text") -> Phrase:
    """Return a text of the agreements; a numeral in it is accounted for by where it was declared.

    Parameters
    ----------
    text : str
        Text as it stands in the slice.
    path : str
        Where it stands there, e.g. ``events/covid/label``.
    field : str
        Name of the field.
    """
    refs = tuple(NumberRef(found, f"declared/{path}", field) for found in NUMERAL.findall(text))
    return Phrase(text, refs)
