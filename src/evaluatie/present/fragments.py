"""What a notebook shows: text, a table, a figure - each with the provenance of its numbers."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from evaluatie.present.phrase import NumberRef, Phrase, join

Bundle = tuple[dict[str, Any], dict[str, Any]]


class Fragment(Protocol):
    """Anything that displays itself and says where its numbers come from."""

    @property
    def numbers(self) -> tuple[NumberRef, ...]:
        """Every number a reader sees in it, in order."""

    def _repr_mimebundle_(self, **_: Any) -> Bundle: ...


def _metadata(
    numbers: Iterable[NumberRef],
    caption: Phrase | None = None,
    alt: Phrase | None = None,
    label: str = "",
) -> dict[str, Any]:
    told: dict[str, Any] = {"numbers": [[n.text, n.row, n.field, n.channel] for n in numbers]}
    said = {"caption": str(caption or ""), "alt": str(alt or ""), "label": label}
    return {"evaluatie": told | {name: text for name, text in said.items() if text}}


@dataclass(frozen=True)
class Text:
    """Markdown."""

    phrase: Phrase

    @property
    def numbers(self) -> tuple[NumberRef, ...]:
        """Every number in the text."""
        return self.phrase.numbers

    def _repr_mimebundle_(self, **_: Any) -> Bundle:
        markdown = self.phrase.text + "\n"
        data = {"text/markdown": markdown, "text/plain": self.phrase.text}
        return data, _metadata(self.numbers)


@dataclass(frozen=True)
class TableView:
    """An HTML table made by great-tables, its caption and its notes."""

    html: str
    caption: Phrase
    cells: tuple[NumberRef, ...]
    label: str = ""  # to refer to it: tbl-...

    @property
    def numbers(self) -> tuple[NumberRef, ...]:
        """Every number in cells and notes, then those in the caption."""
        return self.cells + self.caption.numbers

    def _repr_mimebundle_(self, **_: Any) -> Bundle:
        data = {"text/html": self.html, "text/plain": self.caption.text}
        return data, _metadata(self.numbers, self.caption, label=self.label)


@dataclass(frozen=True)
class FigureView:
    """A figure as SVG (text as paths) and PNG, with caption and text alternative.

    ``drawn`` are the numbers that can be read off its coordinates.
    """

    svg: str
    png: bytes
    caption: Phrase
    alt: Phrase
    drawn: tuple[NumberRef, ...]
    size: tuple[int, int] = (0, 0)  # of the PNG on the page, CSS pixels
    label: str = ""  # to refer to it: fig-...

    @property
    def numbers(self) -> tuple[NumberRef, ...]:
        """Numbers of the caption (channel text) and of the text alternative (channel alt).

        What is drawn is `drawn`: a reader sees a place, not a number.
        """
        return self.caption.numbers + self.alt.as_alt().numbers

    def _repr_mimebundle_(self, **_: Any) -> Bundle:
        data = {
            "image/svg+xml": self.svg,
            "image/png": base64.b64encode(self.png).decode("ascii"),
            "text/plain": self.alt.text,
        }
        told = self.numbers + self.drawn
        metadata = _metadata(told, self.caption, self.alt, self.label)
        width, height = self.size
        if width and height:
            metadata["image/png"] = {"width": width, "height": height}
        return data, metadata


def heading(title: Phrase, level: int) -> Phrase:
    """Return a markdown heading."""
    return Phrase(f"\n{'#' * level} {title.text}\n", title.numbers)


def paragraphs(parts: Iterable[Phrase | str]) -> Phrase:
    """Return the parts as paragraphs."""
    return join(parts, "\n\n")


def bullets(items: Iterable[Phrase | str]) -> Phrase:
    """Return a markdown list."""
    return join((join(("- ", item), "") for item in items if str(item)), "\n")


def callout(content: Phrase, title: Phrase, kind: str = "note") -> Phrase:
    """Return a Quarto callout; both renderers know it, JupyterLab shows its text."""
    opening = Phrase(f'\n::: {{.callout-{kind} title="{title.text}"}}\n', title.numbers)
    return join((opening, content, "\n:::\n"), "\n")


@dataclass(frozen=True)
class Nothing:
    """What is shown of a part that was not agreed for this reader: no output at all."""

    numbers: tuple[NumberRef, ...] = ()

    def __bool__(self) -> bool:
        return False

    def _repr_mimebundle_(self, **_: Any) -> Bundle:
        return {}, {}

    def _ipython_display_(self) -> None:
        """Show nothing, not even the name of this class."""
