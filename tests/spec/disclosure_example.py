"""A small study for the tests of disclosure control: three areas a side, two waves, three laws."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from evaluatie.declarations import Label
from evaluatie.dictionary.model import (
    AgeGroup,
    CodebookContent,
    Indicator,
    Item,
    Law,
    PriceIndex,
    Scale,
)
from evaluatie.disclosure import DisclosureRules, load_rules
from evaluatie.study import Area, Municipality, Study, Wave, default_path

TEXT = Label(nl="x", en="x")
LAWS = {"care": "town", "youth": "town", "cure": "insurer"}
SIDES = {"pilot": ["A1", "A2", "A3"], "comparison": ["B1", "B2", "B3"]}


def small_study() -> Study:
    waves = tuple(
        Wave(id=f"w{i}", label=TEXT, start=date(2001 + i, 1, 1), end=date(2001 + i, 2, 1),
             report_from=date(2001 + i, 3, 1))
        for i in range(2)
    )  # fmt: skip
    areas = tuple(
        Area(code=code, name=code, side=side) for side, codes in SIDES.items() for code in codes
    )
    return Study(
        id="s", title=TEXT, municipality=Municipality(code="M", name="M"), waves=waves,
        areas=areas, pilot_start=date(2001, 6, 1), cost_years=(2001, 2002),
        cost_baseline=(date(2001, 1, 1), date(2001, 5, 1)), price_level=2002, seed=1,
        report_date=date(2003, 1, 1), feeds=(), root=Path("."),
    )  # fmt: skip


def small_codebook() -> CodebookContent:
    laws = {
        law: Law(id=law, label=TEXT, payer=payer, grain="arrangement", source="test")
        for law, payer in LAWS.items()
    }
    cost = Indicator(
        id="town_cost", label=TEXT, aim="cost", kind="arrangement_cost", feed="f",
        laws=("care", "youth"), basis="declared", direction="lower_is_better", unit=TEXT,
        source="test",
    )  # fmt: skip
    health = Item(
        id="health", label=TEXT, column="h", type="categorical",
        codes={str(code): TEXT for code in range(1, 6)}, source="test",
    )  # fmt: skip
    good = Scale(
        id="good", label=TEXT, aim="quality_of_life", rule="share_of_codes", items=("health",),
        good_codes=("1", "2"), minimum=0, maximum=1, direction="higher_is_better", unit=TEXT,
        source="test",
    )  # fmt: skip
    return CodebookContent(
        items={"health": health}, professional_items={}, scales={"good": good}, value_sets={},
        indicators={cost.id: cost},
        feeds={}, code_lists={}, laws=laws, payers={},
        survey_age_groups=(AgeGroup(id="18+", minimum=18),),
        prices=PriceIndex(base=2002, index={2002: 100.0}, source="test"),
    )  # fmt: skip


def shipped_rules() -> DisclosureRules:
    folder = default_path("data_dictionary")
    return load_rules(Study.model_construct(root=folder.parent, dictionaries=(folder.name,)))
