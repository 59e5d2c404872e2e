"""Word: the reference document with our styles and the running label, and repeatable bytes."""

from __future__ import annotations

import functools
import io
import re
import subprocess
import zipfile
from typing import Any
from xml.sax.saxutils import escape

from evaluatie.errors import RunError
from evaluatie.reports.defaults import asset

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STYLE = re.compile(r'<w:style\b[^>]*?w:styleId="([^"]+)".*?</w:style>', re.DOTALL)
SECTION = re.compile(r"<w:sectPr\b.*?</w:sectPr>|<w:sectPr\b[^>]*/>", re.DOTALL)
DEFAULTS = re.compile(r"<w:docDefaults>.*?</w:docDefaults>", re.DOTALL)
CUSTOM = re.compile(r"<(?:Relationship|Override)\b[^>]*docProps/custom\.xml[^>]*/>")
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
CORE_SPACE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
APP_SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
CORE = (
    f'{XML}<cp:coreProperties xmlns:cp="{CORE_SPACE}" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>'
    "<dc:creator>{author}</dc:creator><dc:language>{lang}</dc:language>"
    "<cp:keywords>{keywords}</cp:keywords></cp:coreProperties>"
)
APP = f'{XML}<Properties xmlns="{APP_SPACE}"><Application>evaluatie</Application></Properties>'
PAGE_NUMBER = "9070"  # twentieths of a point from the left margin: where the text of A4 ends
LOCALE = {"nl": "nl-NL", "en": "en-GB"}
A4 = (
    '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1701" w:right="1418" w:bottom="1418" '
    'w:left="1418" w:header="680" w:footer="624" w:gutter="0"/>'
)


def reference_docx(
    pandoc: str, meta: dict[str, Any], label: str, base: bytes | None = None
) -> bytes:
    """Return a reference document: styles, A4, label in the header, marking and page number below.

    Parameters
    ----------
    pandoc : str
        Path of the program.
    meta : dict
        ``lang``, the words ``page`` and ``of``, and ``marking``: who may have the report.
    label : str
        Text for the header of every page; no header when empty.
    base : bytes, optional
        The study's own reference document, whose styles are then kept.
    """
    parts = _parts(base or _default_reference(pandoc))
    if base is None:
        parts["word/styles.xml"] = _styled(parts["word/styles.xml"], str(meta["lang"])[:2])
    frames = {"footer": _footer(meta)}
    if label:
        frames["header"] = _header(label)
    return _zip(_framed(parts, frames))


@functools.cache
def _default_reference(pandoc: str) -> bytes:
    command = [pandoc, "--print-default-data-file", "reference.docx"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _styled(styles: bytes, language: str) -> bytes:
    """Replace the styles of the same name by ours, and append the new ones."""
    ours = asset("styles.xml").read_text(encoding="utf-8").replace("@LOCALE@", LOCALE[language])
    text = styles.decode()
    text = DEFAULTS.sub(lambda _: _found(DEFAULTS, ours), text)
    new = {m[1]: m[0] for m in STYLE.finditer(ours)}
    text = STYLE.sub(lambda m: new.pop(m[1], m[0]), text)
    return text.replace("</w:styles>", "".join(new.values()) + "</w:styles>").encode()


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    if match is None:
        raise RunError("the reference document of Word has another form than expected")
    return match[0]


def _header(label: str) -> str:
    return (
        f'<w:hdr {WORD}><w:p><w:pPr><w:pStyle w:val="RunningLabel"/></w:pPr>'
        f"<w:r><w:t>{escape(label)}</w:t></w:r></w:p></w:hdr>"
    )


def _footer(meta: dict[str, Any]) -> str:
    def number(field: str) -> str:
        return f'<w:fldSimple w:instr=" {field} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'

    def text(words: str) -> str:
        return f'<w:r><w:t xml:space="preserve">{escape(words)}</w:t></w:r>'

    marking = str(meta.get("marking") or "")
    tabs = f'<w:tabs><w:tab w:val="right" w:pos="{PAGE_NUMBER}"/></w:tabs><w:jc w:val="left"/>'
    said = f"<w:r><w:rPr><w:b/></w:rPr><w:t>{escape(marking)}</w:t></w:r><w:r><w:tab/></w:r>"
    return (
        f'<w:ftr {WORD}><w:p><w:pPr><w:pStyle w:val="Footer"/>{tabs if marking else ""}</w:pPr>'
        f"{said if marking else ''}{text(meta['page'] + ' ')}{number('PAGE')}"
        f"{text(' ' + meta['of'] + ' ')}{number('NUMPAGES')}</w:p></w:ftr>"
    )


def _framed(parts: dict[str, bytes], frames: dict[str, str]) -> dict[str, bytes]:
    """Add header and footer parts, their relations and types, and refer to them in the section."""
    parts = dict(parts)
    types, relations, references = "", "", ""
    for kind, content in frames.items():
        name, ident = f"{kind}9.xml", f"rIdEvaluatie{kind.title()}"
        parts[f"word/{name}"] = (XML + content).encode()
        types += f'<Override PartName="/word/{name}" ContentType="{TYPE}.{kind}+xml"/>'
        relations += f'<Relationship Id="{ident}" Type="{RELATION}/{kind}" Target="{name}"/>'
        references += f'<w:{kind}Reference xmlns:r="{RELATION}" w:type="default" r:id="{ident}"/>'
    section = f"<w:sectPr>{references}{A4}</w:sectPr>"
    document = parts["word/document.xml"].decode()
    if SECTION.search(document):
        document = SECTION.sub(lambda _: section, document)
    else:
        document = document.replace("</w:body>", f"{section}</w:body>")
    parts["word/document.xml"] = document.encode()
    _insert(parts, "[Content_Types].xml", "</Types>", types)
    _insert(parts, "word/_rels/document.xml.rels", "</Relationships>", relations)
    return parts


def _insert(parts: dict[str, bytes], name: str, before: str, text: str) -> None:
    parts[name] = parts[name].decode().replace(before, text + before).encode()


def finished_docx(content: bytes, meta: dict[str, Any]) -> bytes:
    """Return the document with our properties alone, sorted entries and one fixed time.

    Parameters
    ----------
    content : bytes
        What pandoc or Quarto wrote.
    meta : dict
        ``title``, ``author``, ``lang`` and ``sensitivity``, which becomes a keyword.

    Notes
    -----
    Nothing stays of the properties that a reference document or a program brings along: who
    made or changed it and when, the company, options of the program.
    """
    parts = _parts(content)
    if "docProps/core.xml" in parts:
        parts["docProps/core.xml"] = _core(meta).encode()
        parts["docProps/app.xml"] = APP.encode()
    parts.pop("docProps/custom.xml", None)
    for name in ("_rels/.rels", "[Content_Types].xml"):
        if name in parts:
            parts[name] = CUSTOM.sub("", parts[name].decode()).encode()
    return _zip(parts)


def _core(meta: dict[str, Any]) -> str:
    told = {name: escape(str(meta.get(name) or "")) for name in ("title", "author", "lang")}
    return CORE.format(**told, keywords=escape(keyword(meta)))


def keyword(meta: dict[str, Any]) -> str:
    """Return the keyword of a PDF or Word file that says who may have it; empty when unknown."""
    sensitivity = str(meta.get("sensitivity") or "")
    return f"sensitivity: {sensitivity}" if sensitivity else ""


def _zip(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    order = sorted(parts, key=lambda name: (name != "[Content_Types].xml", name))
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in order:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, parts[name])
    return buffer.getvalue()
