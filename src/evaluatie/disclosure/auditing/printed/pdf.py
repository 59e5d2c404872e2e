"""Read a finished PDF: its pages, the alternatives of its figures, and what it says of itself.

The text of a page comes in the order in which it was drawn: rows and columns of a table cannot be
told apart, and the head of a table that goes on overleaf is there twice. So the numbers of a PDF
are compared as a heap: see `ledger.compare`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pypdf
from pypdf.generic import ArrayObject, DictionaryObject, PdfObject

from evaluatie.disclosure.auditing.printed.output import CAPTION, Beside, Printed

FOOTER = re.compile(r"(?:pagina|page) \d+ (?:van|of) \d+$")
DOTS = re.compile(r"(?: ?\.){4,} ?\d+$")  # how a line of the table of contents ends
OF_WRITER = ("/Creator", "/Producer", "/CreationDate", "/ModDate", "/Trapped")
SAID = ("/Contents", "/T", "/TU", "/V")  # words of a note, and of a field to fill in
OF_MAKER = frozenset({
    "CreatorTool", "NPages", "InstanceID", "DocumentID", "PDFVersion", "part", "CreateDate",
    "ModifyDate", "MetadataDate", "Producer", "conformance", "rev", "format",
})  # fmt: skip
"""Entries of the metadata that every PDF has of itself."""


def pdf_pages(path: Path) -> list[str]:
    """Return the text of every page."""
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def pdf_text(pages: Sequence[str], label: str = "") -> str:
    """Return the text of the pages without label, footer, contents, section and caption numbers."""
    lines = _without_repeats([_page_lines(page, label) for page in pages])
    contents, rest = _without_contents(lines)
    kept = []
    for line in rest:
        number, _, title = line.partition(" ")
        if number in contents and contents[number].startswith(_letters(title)[:12]):
            line = title
        kept.append(CAPTION.sub("", line, count=1) if CAPTION.match(line) else line)
    return "\n".join(kept)


def read_pdf(path: Path, label: str = "") -> Printed:
    """Return what a PDF says.

    Parameters
    ----------
    path : Path
        The file.
    label : str
        Text that stands on top of every page.
    """
    reader = pypdf.PdfReader(path)
    pages = [page.extract_text() for page in reader.pages]
    return Printed(
        path=path,
        form="pdf",
        text=pdf_text(pages, label),
        alternatives=tuple(_alternatives(reader)),
        beside=tuple(_beside(reader, pages)),
        closed=tuple(reader.attachments),
    )


def _alternatives(reader: pypdf.PdfReader) -> Iterator[str]:
    """Yield the text alternatives in the structure tree, in reading order."""
    root = reader.root_object.get("/StructTreeRoot")
    todo: list[PdfObject | None] = [] if root is None else [root.get_object()]
    while todo:
        node = todo.pop()
        if isinstance(node, ArrayObject):
            todo += [child.get_object() for child in reversed(node)]
        elif isinstance(node, DictionaryObject):
            yield from (str(node[key]) for key in ("/Alt", "/ActualText", "/E") if key in node)
            todo += [node["/K"]] if "/K" in node else []


def _beside(reader: pypdf.PdfReader, pages: Sequence[str]) -> Iterator[Beside]:
    for key, value in (reader.metadata or {}).items():
        if key not in OF_WRITER:
            yield Beside(f"property {key}", str(value))
    yield from _packet(reader)
    for text in pages:
        last = text.rstrip().rpartition("\n")[2]
        if found := FOOTER.search(last):
            yield from (Beside("footer", part) for part in last[: found.start()].split("·"))
    for page in reader.pages:
        for note in page.get("/Annots", ()) or ():
            yield from _note(note.get_object())


def _packet(reader: pypdf.PdfReader) -> Iterator[Beside]:
    """Yield the words in the metadata packet."""
    packet = reader.root_object.get("/Metadata")
    if packet is None:
        return
    for element in ElementTree.fromstring(packet.get_object().get_data()).iter():
        name = element.tag.rpartition("}")[2]
        if name not in OF_MAKER and (element.text or "").strip():
            yield Beside(f"metadata {name}", element.text or "")


def _note(note: DictionaryObject) -> Iterator[Beside]:
    """Yield what a note or a field says; the words of a link within the file are its target."""
    if note.get("/Subtype") == "/Link" and ("/Dest" in note or "/A" in note):
        return
    yield from (Beside(f"annotation {key}", str(note[key])) for key in SAID if key in note)


def _page_lines(page: str, label: str) -> list[str]:
    lines = [line.replace("\u00a0", " ").strip() for line in page.split("\n")]
    if lines and FOOTER.search(lines[-1]):
        lines = lines[:-1]
    if lines and label and label in lines[0]:
        lines[0] = lines[0].replace(label, "").strip()
    return [line for line in lines if line]


def _without_repeats(pages: Sequence[list[str]]) -> list[str]:
    """Return all lines; the head and notes of a table that goes on overleaf count once."""
    kept = [list(lines) for lines in pages]
    goes_on = False
    for number, (before, here) in enumerate(pairwise(pages)):
        starts = [n + k for n, line in enumerate(before) if CAPTION.match(line) for k in (1, 2, 3)]
        starts = [*starts, 0] if goes_on else starts
        head = max((_shared(before[start:], here) for start in starts), default=0)
        goes_on = head > 0
        if goes_on:
            kept[number + 1] = kept[number + 1][head:]
            notes = [n for n in range(1, len(before)) if _holds(here, before[-n:])]
            kept[number] = kept[number][: len(kept[number]) - max(notes, default=0)]
    return [line for lines in kept for line in lines]


def _shared(some: Sequence[str], other: Sequence[str]) -> int:
    """Return how many lines two pieces have in common at their start."""
    return next((n for n, (a, b) in enumerate(zip(some, other, strict=False)) if a != b), 0)


def _holds(lines: Sequence[str], piece: Sequence[str]) -> bool:
    width = len(piece)
    return any(list(lines[n : n + width]) == list(piece) for n in range(len(lines)))


def _without_contents(lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return section number -> letters of its title, and the lines outside the contents."""
    dotted = [n for n, line in enumerate(lines) if DOTS.search(line)]
    if not dotted:
        return {}, list(lines)
    first = dotted[0]
    while first and not re.match(r"1 ", lines[first]):  # the first title may take two lines
        first -= 1
    entries: list[str] = []
    for line in lines[first : dotted[-1] + 1]:
        if re.match(r"\d+(?:\.\d+)* ", line) or not entries:
            entries.append(line)
        else:
            entries[-1] += "\n" + line
    contents = {}
    for entry in entries:
        number, _, title = DOTS.sub("", entry).partition(" ")
        contents[number] = _letters(title)
    return contents, [*lines[:first], *lines[dotted[-1] + 1 :]]


def _letters(text: str) -> str:
    return re.sub(r"[^\w]|\u00ad", "", text)
