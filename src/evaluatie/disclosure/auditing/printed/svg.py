"""Read a figure that is drawn as SVG: the texts inside it, also where letters are outlines.

Matplotlib writes letters as paths and the text itself as a comment before them, so what a reader
sees in the figure is in the file. Texts along an axis say where values are, not which there are:
they belong to groups named ``xtick_..`` and ``ytick_..`` and are left out.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from evaluatie.disclosure.auditing.printed.output import Beside

Attributes = list[tuple[str, str | None]]
AXIS = re.compile(r"[xyz]tick_")
VERSION = re.compile(r"\bv\d+(?:\.\d+)+")  # of the program that drew it
WRITTEN = ("text", "tspan", "textpath")


class _Drawing(HTMLParser):
    """Collects texts; a parser that stumbles over nothing, for figures of any origin."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.drawn: list[str] = []
        self.beside: list[Beside] = []
        self.open: list[tuple[str, bool]] = []  # tag, and whether inside the labels of an axis

    @property
    def on_axis(self) -> bool:
        return bool(self.open) and self.open[-1][1]

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        named = {name: value or "" for name, value in attrs}
        self.open.append((tag, self.on_axis or bool(AXIS.match(named.get("id", "")))))
        for name in ("aria-label", "title", "xlink:title"):
            if named.get(name):
                self.beside.append(Beside(f"figure, {name}", named[name]))

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_comment(self, data: str) -> None:
        if not self.on_axis:
            self.drawn.append(data.strip())

    def handle_data(self, data: str) -> None:
        text = data.strip()
        if not text or self.on_axis:
            return
        tags = [tag for tag, _ in self.open]
        if "style" in tags or "script" in tags:
            return
        if any(tag in WRITTEN for tag in tags):
            self.drawn.append(text)
        else:
            place = tags[-1] if tags else "text"
            self.beside.append(Beside(f"figure, {place}", VERSION.sub("", text)))


def read_svg(source: str) -> tuple[tuple[str, ...], tuple[Beside, ...]]:
    """Return the texts drawn in a figure, and those beside it: its title, description, metadata."""
    drawing = _Drawing()
    drawing.feed(source)
    drawing.close()
    return tuple(drawing.drawn), tuple(drawing.beside)
