"""Read a finished Word document: its text, and every other part of the archive that has words."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from evaluatie.disclosure.auditing.printed.output import CAPTION, Beside, Printed
from evaluatie.disclosure.auditing.printed.svg import read_svg

DOCUMENT = "word/document.xml"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
DESCRIBING = ("descr", "title", "tooltip", "alias", "tag", "author", "initials")
"""Attributes of any part that hold words."""
DESCRIBING_TAGS = (f"{W}tblCaption", f"{W}tblDescription", f"{W}alias", f"{W}tag")
OF_WORD = frozenset({
    "Words", "Lines", "AppVersion", "CharactersWithSpaces", "DocSecurity", "TotalTime",
    "Characters", "Paragraphs", "Pages", "Application", "created", "modified", "revision",
    "lastPrinted", "i4",
})  # fmt: skip
"""Properties that a word processor counts or stamps itself, on every document."""
OF_RENDERER = ("toc-depth", "number-sections")  # settings, kept as custom properties
STRUCTURE = re.compile(r"\[Content_Types\]\.xml|.*\.rels|word/(theme/.*|styles|fontTable)\.xml")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf")
_OWN_FIELD = re.compile(r"\s*(?:TOC|PAGE|NUMPAGES|SECTIONPAGES|REF|PAGEREF|SEQ|HYPERLINK)\b")


def docx_text(document: bytes) -> str:
    """Return the text of `word/document.xml`: one line per paragraph, without structure."""
    return "\n".join(line for line, _ in _paragraphs(document))


def _paragraphs(document: bytes) -> Iterator[tuple[str, list[str]]]:
    """Yield every paragraph without its structure, and the numbers that are structure."""
    for paragraph in ElementTree.fromstring(document).iter(f"{W}p"):
        numbering: list[str] = []
        parts = []
        for run in paragraph.iter(f"{W}r"):
            style = run.find(f"{W}rPr/{W}rStyle")
            if style is not None and style.get(f"{W}val") == "SectionNumber":
                numbering.append(_run_text(run))
            else:
                parts.append(_run_text(run))
        line = "".join(parts)
        named = paragraph.find(f"{W}pPr/{W}pStyle")
        number = CAPTION.search(line)
        if named is not None and "Caption" in named.get(f"{W}val", "") and number:
            numbering.append(number[0])
            line = line[: number.start()] + line[number.end() :]
        yield line, [entry for entry in numbering if entry.strip()]


def _run_text(run: ElementTree.Element) -> str:
    written = {f"{W}t": None, f"{W}tab": "\t", f"{W}br": "\n", f"{W}noBreakHyphen": "-"}
    parts = (written[e.tag] or e.text or "" for e in run.iter() if e.tag in written)
    return "".join(parts)


def docx_document(path: Path) -> bytes:
    """Return `word/document.xml` of a DOCX report."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(DOCUMENT)


def docx_all_text(path: Path) -> str:
    """Return every text in a DOCX file: headers, footers, notes and properties included."""
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(name) for name in archive.namelist() if name.endswith(".xml")]
    return "\n".join(
        "".join(element.text or "" for element in ElementTree.fromstring(part).iter())
        for part in parts
    )


def read_docx(path: Path) -> Printed:
    """Return what a Word document says."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in sorted(archive.namelist())}
    paragraphs = list(_paragraphs(parts[DOCUMENT]))
    drawn: list[str] = []
    beside: list[Beside] = []
    closed = []
    for name, content in parts.items():
        suffix = PurePosixPath(name).suffix.lower()
        if suffix == ".svg":
            words, further = read_svg(content.decode("utf-8", errors="replace"))
            drawn += words
            beside += further
        elif suffix == ".xml" and not STRUCTURE.fullmatch(name):
            beside += _beside(name, ElementTree.fromstring(content))
        elif not (suffix in PICTURES or name.endswith("/") or STRUCTURE.fullmatch(name)):
            closed.append(name)
    return Printed(
        path=path,
        form="docx",
        text="\n".join(line for line, _ in paragraphs),
        alternatives=tuple(_alternatives(ElementTree.fromstring(parts[DOCUMENT]))),
        drawn=tuple(drawn),
        beside=tuple(beside),
        numbering=tuple(entry for _, entries in paragraphs for entry in entries),
        closed=tuple(closed),
    )


def _alternatives(document: ElementTree.Element) -> Iterator[str]:
    for drawing in document.iter(DRAWING):
        if description := drawing.get("descr"):
            yield description


def _beside(name: str, root: ElementTree.Element) -> Iterator[Beside]:
    """Yield the words of one part: of the document itself only those that are not on the page."""
    for element in root.iter():
        for key, value in element.attrib.items():
            words = _local(key) in DESCRIBING or element.tag in DESCRIBING_TAGS
            if words and element.tag != DRAWING:
                yield Beside(f"{name}, {_local(key)}", value)
    if name != DOCUMENT:
        yield from (Beside(name, text) for text in _texts(root) if text.strip())
        return
    for kind in ("delText", "instrText"):
        for element in root.iter(f"{W}{kind}"):
            if element.text and not _OWN_FIELD.match(element.text):
                yield Beside(f"{name}, {kind}", element.text)


def _texts(root: ElementTree.Element) -> Iterator[str]:
    """Yield the text of every paragraph, or of every element where there are none."""
    paragraphs = list(root.iter(f"{W}p"))
    for paragraph in paragraphs:
        counted = {run for f in paragraph.iter(f"{W}fldSimple") for run in f.iter(f"{W}r")}
        runs = (run for run in paragraph.iter(f"{W}r") if run not in counted)
        yield "".join(_run_text(run) for run in runs)
    if not paragraphs:
        settings = {e for s in root if s.get("name") in OF_RENDERER for e in s.iter()}
        for element in root.iter():
            if element not in settings and _local(element.tag) not in OF_WORD:
                yield element.text or ""


def _local(name: str) -> str:
    return name.rpartition("}")[2]
