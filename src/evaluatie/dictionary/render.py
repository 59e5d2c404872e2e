"""The codebook as one page for people: accessible, self-contained HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import jinja2

from evaluatie.dictionary.codebook import Codebook
from evaluatie.dictionary.model import Item, Scale
from evaluatie.domain import Sensitivity

Language = Literal["nl", "en"]


def write_codebook_html(codebook: Codebook, path: Path, language: Language) -> None:
    """Write the data dictionary as one HTML page.

    Items stand with the scale they belong to, feeds as tables; every source is shown and what is
    unverified is marked in words and colour.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("evaluatie.dictionary"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["number"] = lambda value: number_text(value, language)
    page = environment.get_template("codebook.html.j2").render(
        codebook=codebook,
        lang=language,
        groups=_groups(codebook),
        sensitivity=str(Sensitivity.PUBLIC),  # declarations only, no data
        loose=_items_without_scale(codebook),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def number_text(value: float, language: Language) -> str:
    """Return a number as written in the language; no needless decimals."""
    text = f"{value:.10g}"
    return text.replace(".", ",") if language == "nl" else text


def _groups(codebook: Codebook) -> list[tuple[Scale, list[Item]]]:
    """Return every scale with its items; items shared by scales stand with the first one."""
    shown: set[str] = set()
    groups = []
    for scale in codebook.scales.values():
        items = codebook.items_for(scale.population)
        groups.append((scale, [items[i] for i in scale.items if i not in shown]))
        shown |= set(scale.items)
    return groups


def _items_without_scale(codebook: Codebook) -> list[Item]:
    used = {item for scale in codebook.scales.values() for item in scale.items}
    items = {**codebook.items, **codebook.professional_items}
    return [item for item in items.values() if item.id not in used]
