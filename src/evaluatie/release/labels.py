"""Read the sensitivity that a finished file states of itself; what states none may not leave.

Each form has one place that survives copying: a meta element in HTML, the keywords of PDF and
DOCX, the metadata of a notebook, a column of a CSV, a key of a JSON file, the schema metadata of a
Parquet file.
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

from evaluatie.domain import Sensitivity
from evaluatie.errors import ReleaseError

KEY = "sensitivity"
KEYWORD = re.compile(rf"\b{KEY}\s*:\s*([A-Za-z_]+)")
CORE_FILE = "docProps/core.xml"
KEYWORDS_TAG = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}keywords"
STRICTEST = (Sensitivity.CONFIDENTIAL, Sensitivity.RESTRICTED, Sensitivity.PUBLIC)


def read_label(path: Path) -> Sensitivity | None:
    """Return the sensitivity that a file states; None where it states none.

    Parameters
    ----------
    path : Path
        A file .html, .pdf, .docx, .ipynb, .csv, .json or .parquet; any other states none.

    Raises
    ------
    ReleaseError
        The file cannot be read, states a word that is no sensitivity, or states several.

    Notes
    -----
    In a CSV every row states it: a row without makes the whole file unlabelled, and of different
    rows the strictest counts.
    """
    reader = _READERS.get(path.suffix.lower())
    try:
        stated = list(reader(path)) if reader else []
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise ReleaseError(
            f"the file cannot be read ({type(error).__name__}), so neither can its label",
            where=path.name,
            remedy="make the report again with 'evaluatie run'.",
        ) from None
    found = {_sensitivity(text, path) for text in stated}
    if None in found or not found:
        return None
    if len(found) > 1 and path.suffix.lower() != ".csv":
        raise ReleaseError(f"the file states {len(found)} different labels", where=path.name)
    return strictest(label for label in found if label is not None)


def strictest(labels: Iterable[Sensitivity]) -> Sensitivity:
    """Return the strictest of some labels; of none: public."""
    found = set(labels)
    return next((label for label in STRICTEST if label in found), Sensitivity.PUBLIC)


def _sensitivity(text: object, path: Path) -> Sensitivity | None:
    if text in ("", None):
        return None
    if not isinstance(text, str) or text not in set(Sensitivity):
        raise ReleaseError(
            f"the label is no word for a sensitivity (it has {len(str(text))} characters)",
            where=path.name,
            allowed=", ".join(Sensitivity),
        )
    return Sensitivity(text)


class _Meta(HTMLParser):
    """Collect what the meta elements called ``sensitivity`` say."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        told = dict(attrs)
        if tag == "meta" and (told.get("name") or "").lower() == KEY:
            self.found.append(told.get("content") or "")


def _html(path: Path) -> list[str]:
    parser = _Meta()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser.found


def _pdf(path: Path) -> list[str]:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        information: Mapping[str, Any] = PdfReader(path).metadata or {}
    except PyPdfError as error:
        raise ValueError(type(error).__name__) from None
    return KEYWORD.findall(str(information.get("/Keywords") or ""))


def _docx(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read(CORE_FILE))
    return [word for found in root.iter(KEYWORDS_TAG) for word in KEYWORD.findall(found.text or "")]


def _ipynb(path: Path) -> list[Any]:
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    return _stated(metadata.get("evaluatie"))


def _json(path: Path) -> list[Any]:
    return _stated(json.loads(path.read_text(encoding="utf-8")))


def _stated(content: Any) -> list[Any]:
    return [content[KEY]] if isinstance(content, dict) and KEY in content else []


def _csv(path: Path) -> list[Any]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row.get(KEY) for row in csv.DictReader(file)))


def _parquet(path: Path) -> list[str]:
    import pyarrow.parquet as pq

    stated = (pq.read_schema(path).metadata or {}).get(KEY.encode())
    return [] if stated is None else [stated.decode()]


_READERS: Mapping[str, Callable[[Path], list[Any]]] = MappingProxyType(
    {
        ".html": _html,
        ".pdf": _pdf,
        ".docx": _docx,
        ".ipynb": _ipynb,
        ".csv": _csv,
        ".json": _json,
        ".parquet": _parquet,
    }
)
