"""Make an HTML page that needs no other file and asks nothing of the network."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path

from evaluatie.errors import RunError

IMAGE = re.compile(r'(<img\b[^>]*?\bsrc=")([^"]*)(")')
TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
OUTSIDE = re.compile(
    r"<(?:script|link|iframe|img|video|audio|source|object|embed)\b[^>]*?"
    r"(?:src|href|data)\s*=\s*[\"']?\s*(?:https?:)?//|@import|url\(\s*[\"']?(?:https?:)?//",
    re.IGNORECASE,
)


def style_header(files: Sequence[Path]) -> str:
    """Return the style sheets as one ``<style>`` element."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return f"<style>\n{text}</style>\n"


def self_contained(text: str, folder: Path) -> str:
    """Put images of ``folder`` into the page as data, and refuse what would be fetched.

    An SVG becomes an ``img`` with alt text, not an inline drawing: ids cannot clash and a reader
    hears the alt text.

    Raises
    ------
    RunError
        The page would load something from the network, or an image is not in the notebook.
    """
    text = IMAGE.sub(lambda m: f"{m[1]}{_data_uri(m[2], folder)}{m[3]}", text)
    if found := OUTSIDE.search(text):
        raise RunError(
            f"the page would load something from outside: {found[0][:60]}",
            remedy="show figures as cell output; leave links to style sheets and scripts out.",
        )
    return text


def _data_uri(source: str, folder: Path) -> str:
    if source.startswith("data:"):
        return source
    path = folder / source
    if path.suffix not in TYPES or not path.is_file():
        raise RunError(
            f"the image '{source}' is not in the notebook",
            remedy="show it as the output of a cell: then it travels with the notebook.",
        )
    return f"data:{TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"
