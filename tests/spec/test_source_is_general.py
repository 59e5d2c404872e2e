"""`src/` knows no study: places, codes, years and ids stand in `analysis/` and `data_dictionary/`.

Python files are parsed: every constant counts, docstrings and comments do not. Of other files in
the package (messages, templates, styles) the whole text counts, addresses of web pages excepted.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.study import open_study

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "evaluatie"
TEXT_FILES = (".yml", ".j2", ".css", ".html5", ".typst", ".lua", ".xml", ".html", ".json")
CBS_CODE = re.compile(r"(?<![A-Za-z0-9])(?:GM|WK|BU)\d{2,}")
YEAR = re.compile(r"(?<![\w.,#-])(?:19|20)\d\d(?![\w%]|[.,]\d)")
WEB = re.compile(r"https?://[^\s\"'<>]+|urn:[^\s\"'<>]+")
REGIONS = ("Limburg", "Maas", "Blauwe Zorg")  # not in study.yml by these names

# Ids that are also words of the package itself, and which other thing they are there.
OTHER_THINGS = {
    "stacking": "a kind of indicator (dictionary.model.Indicator.kind)",
    "citizen_science": "canonical name of a feed",
    "zvw": "canonical name of a feed",
    "wlz": "canonical name of a feed",
    "professionals": "a population with a questionnaire, and the feed that holds it",
    "job_satisfaction": "one of the four goals of the Quadruple Aim (domain.Aim)",
    "quality_of_care": "one of the four goals of the Quadruple Aim (domain.Aim)",
    "quality_of_life": "one of the four goals of the Quadruple Aim (domain.Aim)",
}
NO_YEARS = {  # numbers that look like a year, and what they are
    ("evaluation/feasibility.py", 2000): "drawn studies",
    ("reports/render/docx.py", 1980): "the first date a zip archive can hold",
}


@pytest.fixture(scope="module")
def shipped():
    """Ids and names of the shipped study, by kind."""
    study = open_study(ROOT)
    codebook = load_codebook(study)
    book = load_agreements(study, codebook)
    ids: dict[str, set[str]] = {
        "item": {*codebook.items, *codebook.professional_items},
        "scale": set(codebook.scales) | {s.group for s in codebook.scales.values() if s.group},
        "indicator": set(codebook.indicators),
        "value set": set(codebook.value_sets),
        "law": set(codebook.laws),
        "payer": set(codebook.payers),
        "question": set(book.questions),
        "audience": set(book.agreements),
        "event": {event.id for event in book.events},
        "report": set(book.reports),
        "wave": {wave.id for wave in study.waves},
        "product": set(codebook.code_lists["products"]),
    }
    places = {study.municipality.name, *(area.name for area in study.areas), *REGIONS}
    return ids, places


def python_constants() -> Iterator[tuple[str, Any]]:
    """Yield (file:line, value) of every constant in the code that is no docstring."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        bare = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in bare:
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node.value


def text_lines() -> Iterator[tuple[str, str]]:
    """Yield (file:line, line) of every other text file of the package."""
    for path in sorted(p for p in SOURCE.rglob("*") if p.suffix in TEXT_FILES):
        if "defaults" in path.relative_to(SOURCE).parts:
            continue  # in a wheel: the shipped study itself
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            yield f"{path.relative_to(SOURCE)}:{number}", WEB.sub("", line)


def texts() -> list[tuple[str, str]]:
    """Return every text a place, code or year could stand in."""
    constants = [(where, value) for where, value in python_constants() if isinstance(value, str)]
    return [(where, WEB.sub("", text)) for where, text in (*constants, *text_lines())]


def test_there_is_something_to_look_at():
    assert sum(1 for _ in python_constants()) > 5000
    assert {where.split(":")[0].rsplit(".")[-1] for where, _ in text_lines()} >= {"yml", "css"}


def test_no_place_is_named(shipped):
    _, places = shipped
    word = re.compile("|".join(rf"\b{re.escape(place)}\b" for place in sorted(places)))
    assert [(where, text) for where, text in texts() if word.search(text)] == []


def test_no_code_of_an_area_or_municipality(shipped):
    assert [(where, text) for where, text in texts() if CBS_CODE.search(text)] == []


def test_no_calendar_year():
    found = [(where, text) for where, text in texts() if YEAR.search(text)]
    for where, value in python_constants():
        is_year = isinstance(value, int | float) and 1900 <= value < 2100
        if is_year and (where.partition(":")[0], value) not in NO_YEARS:
            found.append((where, str(value)))
    assert found == []


def test_every_exception_is_needed(shipped):
    """The two lists above stay as short as they can be."""
    constants = list(python_constants())
    here = {(where.partition(":")[0], value) for where, value in constants}
    assert [entry for entry in NO_YEARS if entry not in here] == []
    used = {value for _, value in constants if isinstance(value, str)}
    assert [name for name in OTHER_THINGS if name not in used] == []


def test_no_id_of_the_study_or_its_dictionary(shipped):
    """A constant is an id, or holds one that is no plain word, between other marks."""
    ids, _ = shipped
    kinds = {name: kind for kind, names in ids.items() for name in names}
    special = [name for name in kinds if re.search(r"[_\d]", name) and not name.isdigit()]
    inside = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(special)))})(?![\w-])")
    found = []
    for where, value in python_constants():
        if not isinstance(value, str):
            continue
        named = {value} & set(kinds) | set(inside.findall(value))
        found += [(where, kinds[name], name) for name in sorted(named - set(OTHER_THINGS))]
    assert found == []


def test_no_id_of_an_item_or_product_in_messages_and_templates(shipped):
    ids, _ = shipped
    names = {n for n in ids["item"] | ids["scale"] if re.search(r"[_\d]", n)} - set(OTHER_THINGS)
    inside = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(names)))})(?![\w-])")
    assert [(where, line) for where, line in text_lines() if inside.search(line)] == []
