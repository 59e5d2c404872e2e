"""Cell options (``#| key: value``): read and check them, the same for every renderer."""

from __future__ import annotations

import difflib
import re
from typing import Any

import yaml

from evaluatie.errors import RunError

OPTION_LINE = re.compile(r"^#\|\s?(.*)$")
SUPPORTED = (
    "label", "fig-cap", "fig-alt", "tbl-cap", "echo", "include", "output", "warning",
)  # fmt: skip
COSMETIC = (
    "fig-width", "fig-height", "fig-align", "fig-format", "fig-dpi", "out-width", "out-height",
    "classes", "code-fold", "code-summary", "code-overflow", "code-line-numbers", "tbl-colwidths",
)  # fmt: skip
QUARTO_ONLY = (
    "fig-subcap", "tbl-subcap", "layout", "layout-ncol", "layout-nrow", "lst-cap", "lst-label",
    "fig-cap-location", "tbl-cap-location", "cap-location", "fig-link", "fig-scap", "fig-env",
    "fig-pos", "eval", "error", "freeze", "cache", "renderings", "panel", "column", "fig-column",
    "tbl-column", "cap-column", "slide-type", "export", "code-annotations", "html-table-processing",
)  # fmt: skip
FLAGS = ("echo", "include", "warning")
LABEL = re.compile(r"^(fig|tbl)-[A-Za-z0-9_-]+$")


def options_of(cell: Any) -> tuple[dict[str, Any], str]:
    """Return the checked options of a code cell and its source without them.

    Raises
    ------
    RunError
        An unknown option, one that only Quarto has, or a value that cannot be; with cell and key.
    """
    lines = cell.source.split("\n")
    found = []
    for line in lines:
        match = OPTION_LINE.match(line)
        if match is None:
            break
        found.append(match[1])
    try:
        options = yaml.safe_load("\n".join(found)) or {}
    except yaml.YAMLError:
        options = None
    if not isinstance(options, dict):
        raise RunError("the lines that begin with #| are not 'key: value'", where=_place(cell))
    for key, value in options.items():
        _check(cell, str(key), value)
    return options, "\n".join(lines[len(found) :])


def cosmetic_warnings(cell: Any) -> list[str]:
    """Return one line per option that this renderer leaves to Quarto without loss of content."""
    options, _ = options_of(cell)
    return [
        f"{_place(cell)}: option '{key}' changes only the look and is used by Quarto alone"
        for key in options
        if key in COSMETIC
    ]


def _place(cell: Any) -> str:
    return f"cell {cell.get('id', '?')}"


def _check(cell: Any, key: str, value: Any) -> None:
    if key in QUARTO_ONLY:
        raise RunError(
            f"option '{key}' works only with Quarto",
            where=_place(cell),
            allowed=", ".join(SUPPORTED),
            remedy="leave it out, so that the report is the same with both renderers.",
        )
    if key not in SUPPORTED + COSMETIC:
        close = difflib.get_close_matches(key, SUPPORTED + COSMETIC, 1)
        raise RunError(
            f"unknown option '{key}'",
            where=_place(cell),
            allowed=", ".join(SUPPORTED),
            remedy=f"did you mean '{close[0]}'?" if close else None,
        )
    if key in FLAGS and not isinstance(value, bool):
        raise RunError(f"option '{key}' has an unknown value", where=_place(cell),
                       allowed="true, false")  # fmt: skip
    if key == "output" and value not in (True, False, "asis"):
        raise RunError("option 'output' has an unknown value", where=_place(cell),
                       allowed="true, false, asis")  # fmt: skip
    if key == "label" and not LABEL.match(str(value)):
        raise RunError(
            f"label '{value}' cannot be referred to",
            where=_place(cell),
            allowed="fig-... or tbl-... with letters, digits, - and _",
        )
