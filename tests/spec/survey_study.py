"""A study of four areas and two waves, and a dictionary of known instruments, for survey tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.dictionary import Codebook
from evaluatie.study import Study

AREAS = {"A1": "pilot", "A2": "pilot", "B1": "comparison", "B2": "comparison"}
EMPTY: dict[str, Any] = {
    "professional_items": {},
    "value_sets": {},
    "indicators": {},
    "feeds": {},
    "code_lists": {},
    "laws": {},
    "payers": {},
    "survey_age_groups": [
        {"id": "18-39", "minimum": 18, "maximum": 39},
        {"id": "40-64", "minimum": 40, "maximum": 64},
        {"id": "65+", "minimum": 65},
    ],
    "prices": {"base": 1, "index": {1: 100.0}, "source": "test"},
}


def label(text: str) -> dict[str, str]:
    return {"nl": text, "en": text}


def item(name: str, codes: str = "", **more: Any) -> dict[str, Any]:
    """An item with one-character codes, or a number from 0 to 100."""
    base = {"id": name, "label": label(name), "column": name.upper(), "source": "test"}
    if codes:
        return base | {"type": "categorical", "codes": {c: label(c) for c in codes}} | more
    return base | {"type": "number", "minimum": 0, "maximum": 100} | more


def scale(name: str, rule: str, items: list[str], **more: Any) -> dict[str, Any]:
    base = {
        "id": name,
        "label": label(name),
        "aim": "quality_of_life",
        "rule": rule,
        "items": items,
        "minimum": 0,
        "maximum": 100,
        "direction": "higher_is_better",
        "unit": label("points"),
        "source": "test",
    }
    return base | more


def codebook(items: list[dict[str, Any]], scales: list[dict[str, Any]], **more: Any) -> Codebook:
    content = EMPTY | {
        "items": {i["id"]: i for i in items},
        "scales": {s["id"]: s for s in scales},
    }
    return Codebook.model_validate(content | more)


def study(**changes: Any) -> Study:
    waves = [
        {
            "id": f"w{i}",
            "label": label(f"w{i}"),
            "start": f"{2000 + i}-05-01",
            "end": f"{2000 + i}-06-30",
            "report_from": f"{2000 + i}-09-01",
        }
        for i in range(2)
    ]
    content = {
        "id": "tiny",
        "title": label("tiny"),
        "municipality": {"code": "M", "name": "M"},
        "waves": waves,
        "areas": [{"code": c, "name": c, "side": side} for c, side in AREAS.items()],
        "pilot_start": "2000-07-01",
        "cost_years": [1999, 2001],
        "cost_baseline": ["1999-01-01", "1999-12-31"],
        "price_level": 2001,
        "seed": 1,
        "report_date": "2002-01-01",
        "feeds": [],
        "root": Path(),
    }
    return Study.model_validate(content | changes)


def respondents(wave: str, rows: list[tuple[Any, ...]], **columns: Any) -> pd.DataFrame:
    """Rows of (person, household, area, sex, birth year); further columns by name."""
    names = ["person_id", "household_id", "area_code", "sex", "birth_year"]
    frame = pd.DataFrame(rows, columns=names)
    frame.insert(0, "respondent_id", [f"{wave}-{i}" for i in range(len(frame))])
    year = 2000 + int(wave[1:])
    frame = frame.assign(completed_on=pd.Timestamp(year, 5, 20), mode="post", education="low")
    return frame.assign(**columns)


def population(persons: float = 100, years: tuple[int, ...] = (2000, 2001)) -> pd.DataFrame:
    """Equally many persons in every area x year x sex x age group."""
    groups = ["0-17", "18-39", "40-64", "65+"]
    rows = [
        (area, year, sex, group, persons)
        for area in AREAS
        for year in years
        for sex in ("m", "v")
        for group in groups
    ]
    return pd.DataFrame(rows, columns=["area_code", "year", "sex", "age_group", "persons"])
