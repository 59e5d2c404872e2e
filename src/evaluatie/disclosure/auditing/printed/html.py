"""Read a finished HTML page: what it shows, and what only its source says.

Scripts that a browser runs are not read (the embedded renderer writes none); data inside a script
element are.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_to_bytes

from evaluatie.disclosure.auditing.printed.output import Beside, Printed
from evaluatie.disclosure.auditing.printed.svg import read_svg

Attributes = list[tuple[str, str | None]]

PAGE, NUMBER = "page", "number"
REGIONS = {"head": "head", "title": "title", "script": "script", "style": "style",
           "nav": "contents", "template": "template"}  # fmt: skip
"""Elements that are no page: what they say is read apart."""
REGION_CLASSES = {
    "header-section-number": NUMBER, "caption-number": NUMBER, "running-label": "label"
}  # fmt: skip
UNREAD = "executable"
VOID = ("br", "hr", "img", "meta", "link", "input", "col", "wbr", "source")
INLINE = ("span", "a", "em", "strong", "b", "i", "sup", "sub", "code", "small", "abbr", "wbr")
CLOSED = ("object", "embed", "iframe", "video", "audio", "canvas")
STRUCTURAL = frozenset({
    "class", "id", "style", "href", "src", "srcset", "width", "height", "colspan", "rowspan",
    "headers", "tabindex", "scope", "role", "lang", "xml:lang", "dir", "type", "rel", "charset",
    "for", "name", "aria-hidden", "aria-labelledby", "aria-describedby", "aria-controls",
    "aria-expanded", "aria-level", "align", "valign", "bgcolor", "border", "cellpadding",
    "cellspacing", "http-equiv", "media", "sizes", "loading", "decoding", "target",
})  # fmt: skip
"""Attributes that say how a page is made; every other one is read."""
BROWSER_META = ("viewport", "generator")
_SVG = re.compile(r"<svg\b[^>]*>.*?</svg>", re.DOTALL | re.IGNORECASE)
_DATA = re.compile(r"data:image/svg\+xml(?P<coding>[^,]*),(?P<body>.*)", re.DOTALL)
_DATA_SCRIPT = re.compile(r"json|^text/(?!javascript)")


@dataclass
class _Region:
    """A part of the file that is read as one: its kind, open elements in it, and its text."""

    kind: str
    depth: int = 0
    parts: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return [line for part in "".join(self.parts).split("\n") if (line := part.strip())]


class _Page(HTMLParser):
    """Collects the text of the page and, apart from it, everything else that has words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = _Region(PAGE)
        self.regions = [self.page]
        self.alternatives: list[str] = []
        self.drawn: list[str] = []
        self.beside: list[Beside] = []
        self.numbering: list[str] = []
        self.closed: list[str] = []

    @property
    def here(self) -> _Region:
        return self.regions[-1]

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        named = {name: value or "" for name, value in attrs}
        self._read_attributes(tag, named)
        if tag in VOID:
            self.here.parts.append(" ")
        elif kind := _region_of(tag, named):
            self.regions.append(_Region(kind))
        else:
            self.here.depth += 1
            self._break(tag)
        if tag in CLOSED:
            self.closed.append(tag)

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.here.depth == 0 and self.here is not self.page:
            self._finish(self.regions.pop())
        else:
            self.here.depth = max(0, self.here.depth - 1)
            self._break(tag)

    def handle_data(self, data: str) -> None:
        self.here.parts.append(data)

    def handle_comment(self, data: str) -> None:
        self.beside.append(Beside("comment", data.strip()))

    def _break(self, tag: str) -> None:
        if tag not in INLINE:
            self.here.parts.append("\n")

    def _finish(self, region: _Region) -> None:
        if region.kind == NUMBER:
            text = "".join(region.parts)
            if any(around.kind == "contents" for around in self.regions):
                self.here.parts.append(text)
            else:
                self.numbering.append(text.strip())
        elif region.kind not in ("style", UNREAD):
            self.beside += [Beside(region.kind, line) for line in region.lines]

    def _read_attributes(self, tag: str, named: dict[str, str]) -> None:
        if tag == "meta" and named.get("name") in BROWSER_META:
            return
        for name, value in named.items():
            if tag == "img" and name == "alt":
                self.alternatives += [value] if value else []
            elif name not in STRUCTURAL and value:
                self.beside.append(Beside(f"{name} of <{tag}>", value))
        if tag == "img" and (drawing := _DATA.match(named.get("src", ""))):
            self.read_drawing(_decoded(drawing))

    def read_drawing(self, source: str) -> None:
        drawn, beside = read_svg(source)
        self.drawn += drawn
        self.beside += beside


def _region_of(tag: str, named: dict[str, str]) -> str:
    """Return the kind of a part that is read apart, or nothing for what is on the page."""
    if tag == "script" and not _DATA_SCRIPT.search(named.get("type", "")):
        return UNREAD
    if tag in REGIONS:
        return REGIONS[tag]
    classes = named.get("class", "").split()
    return next((REGION_CLASSES[name] for name in classes if name in REGION_CLASSES), "")


def _decoded(drawing: re.Match[str]) -> str:
    """Return the SVG inside a data address; one that is damaged says nothing."""
    if "base64" not in drawing["coding"]:
        return unquote_to_bytes(drawing["body"]).decode("utf-8", errors="replace")
    try:
        return base64.b64decode(drawing["body"]).decode("utf-8", errors="replace")
    except binascii.Error:
        return ""


def _parsed(source: str) -> _Page:
    page = _Page()

    def lift(match: re.Match[str]) -> str:
        opening = _Alternative()
        opening.feed(match[0])
        page.alternatives += opening.found
        page.read_drawing(match[0])
        return ""

    page.feed(_SVG.sub(lift, source))
    page.close()
    return page


class _Alternative(HTMLParser):
    """Finds the text alternative of a drawing that stands in the page itself."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        named = dict(attrs)
        if tag == "svg" and named.get("role") == "img" and (label := named.get("aria-label")):
            self.found.append(label)


def read_html(source: str, path: Path = Path()) -> Printed:
    """Return what an HTML page says.

    Parameters
    ----------
    source : str
        The whole file.
    path : Path
        Where it came from.
    """
    page = _parsed(source)
    return Printed(
        path=path,
        form="html",
        text="".join(page.page.parts),
        alternatives=tuple(page.alternatives),
        drawn=tuple(page.drawn),
        beside=tuple(page.beside),
        numbering=tuple(page.numbering),
        closed=tuple(page.closed),
    )
