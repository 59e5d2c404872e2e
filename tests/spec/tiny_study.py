"""A tiny study for the tests: two areas, three waves, four questions, two audiences."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from evaluatie.dictionary.model import (
    AgeGroup,
    CodebookContent,
    Feed,
    Indicator,
    Item,
    Law,
    Payer,
    PriceIndex,
    Scale,
)
from evaluatie.study import Study, open_study

BOTH = {"nl": "tekst", "en": "text"}


def wave(name: str, year: int) -> dict[str, Any]:
    return {
        "id": name,
        "label": BOTH,
        "start": date(year, 3, 1),
        "end": date(year, 4, 30),
        "report_from": date(year, 7, 1),
    }


STUDY: dict[str, Any] = {
    "id": "tiny",
    "title": BOTH,
    "municipality": {"code": "GM1", "name": "Town"},
    "waves": [wave("w0", 2001), wave("w1", 2002), wave("w2", 2003)],
    "areas": [
        {"code": "A", "name": "North", "side": "pilot"},
        {"code": "B", "name": "South", "side": "comparison"},
    ],
    "pilot_start": date(2001, 6, 1),
    "cost_years": [2000, 2003],
    "cost_baseline": [date(2000, 1, 1), date(2000, 12, 31)],
    "price_level": 2003,
    "seed": 1,
    "report_date": date(2004, 1, 1),
    "feeds": ["survey", "money", "cases"],
}


def question(name: str, indicator: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "label": BOTH,
        "aim": "quality_of_life",
        "indicator": indicator,
        "type": "superiority",
        "population": "current_residents",
        "weighting": "resident_weighted",
        "contrast": "difference_in_differences",
        "test": "randomisation",
        "margin": {"value": 1, "reason": BOTH, "source": "example"},
        "verdict_wave": "w2",
        "horizon": "slow_change",
        "respondent_minutes": 2,
        "decision": BOTH,
        "section": "survey",
    } | changes


def descriptive(name: str, indicator: str, **changes: Any) -> dict[str, Any]:
    entry = question(name, indicator, type="descriptive", test="none", contrast="level", **changes)
    return {key: value for key, value in entry.items() if key not in ("margin", "verdict_wave")}


def agreement(name: str, primary: list[str], secondary: list[str]) -> dict[str, Any]:
    return {
        "id": name,
        "organisation": BOTH,
        "status": "example",
        "agreed_on": date(2000, 12, 1),
        "agreed_by": BOTH,
        "primary": primary,
        "secondary": secondary,
        "amendments": [
            {"date": date(2002, 8, 1), "what": BOTH, "why": BOTH, "adds": ["files"], "removes": []}
        ],
    }


MONEY = {"cost_basis": "declared", "payer": "town", "section": "cost", "respondent_minutes": 0}
FILES: dict[str, Any] = {
    "questions": {
        "testing_order": ["health", "cost"],
        "questions": [
            question("health", "health_score"),
            question("cost", "town_cost", type="non_inferiority", **MONEY),
            descriptive("spirit", "positive"),
            descriptive("files", "case_count", section="process", respondent_minutes=0),
        ],
    },
    "agreements/town": agreement("town", ["health", "cost"], ["spirit"]),
    "agreements/uni": agreement("uni", ["cost"], ["spirit"]),
    "projects": {
        "projects": [
            {
                "id": "1",
                "label": BOTH,
                "domains": ["care", "work"],
                "pillar": BOTH,
                "start": date(2001, 6, 1),
                "business_case": True,
                "source": "plan",
            }
        ]
    },
    "events": {
        "events": [
            {
                "id": "flood",
                "label": BOTH,
                "start": date(2002, 1, 1),
                "side": "pilot",
                "areas": ["A"],
                "waves": ["w1"],
                "consequence": BOTH,
                "source": "newspaper",
            }
        ]
    },
    "reports": {
        "reports": [
            {
                "id": "letter",
                "label": BOTH,
                "notebook": "letter",
                "audiences": ["town", "uni"],
                "waves": ["w1", "w2"],
                "sections": ["survey", "process"],
            }
        ]
    },
    "deviations": {
        "deviations": [
            {"date": date(2001, 2, 1), "what": BOTH, "why": BOTH, "consequence": BOTH},
            {"date": date(2002, 2, 1), "what": BOTH, "why": BOTH, "consequence": BOTH},
        ]
    },
}


def scale(name: str, items: tuple[str, ...], **changes: Any) -> Scale:
    return Scale.model_validate(
        {
            "id": name,
            "label": BOTH,
            "aim": "quality_of_life",
            "rule": "mean",
            "items": items,
            "minimum": 0,
            "maximum": 10,
            "direction": "higher_is_better",
            "unit": BOTH,
            "source": "test",
        }
        | changes
    )


def indicator(name: str, kind: str, feed: str, **changes: Any) -> Indicator:
    return Indicator.model_validate(
        {
            "id": name,
            "label": BOTH,
            "aim": "cost",
            "kind": kind,
            "feed": feed,
            "direction": "lower_is_better",
            "unit": BOTH,
            "source": "test",
        }
        | changes
    )


def feed(name: str, questionnaire: str | None = None) -> Feed:
    return Feed.model_validate(
        {
            "id": name,
            "label": BOTH,
            "owner": BOTH,
            "row": BOTH,
            "path": f"{name}.csv",
            "columns": [],
            "source": "test",
            "questionnaire": questionnaire,
        }
    )


def law(name: str, payer: str) -> Law:
    return Law.model_validate(
        {"id": name, "label": BOTH, "payer": payer, "grain": "arrangement", "source": "test"}
    )


def item(name: str, waves: tuple[str, ...] = ()) -> Item:
    return Item.model_validate(
        {
            "id": name,
            "label": BOTH,
            "column": name,
            "type": "integer",
            "waves": waves,
            "source": "test",
        }
    )


CODEBOOK = CodebookContent(
    items={"i1": item("i1"), "i2": item("i2", ("w1", "w2"))},
    professional_items={"p1": item("p1")},
    scales={
        "health_score": scale("health_score", ("i1",)),
        "late_score": scale("late_score", ("i2",)),
        "job_score": scale("job_score", ("p1",), population="professionals"),
        "positive_body": scale("positive_body", ("i1",), group="positive"),
        "positive_mind": scale("positive_mind", ("i1",), group="positive"),
    },
    value_sets={},
    indicators={
        "town_cost": indicator(
            "town_cost", "arrangement_cost", "money", laws=("care", "work"), basis="declared"
        ),
        "insurer_cost": indicator("insurer_cost", "insured_cost", "claims", laws=("cure",)),
        "case_count": indicator("case_count", "count", "cases"),
    },
    feeds={name: feed(name) for name in ("money", "cases", "claims")}
    | {"survey": feed("survey", "residents"), "staff": feed("staff", "professionals")},
    code_lists={},
    laws={"care": law("care", "town"), "work": law("work", "town"), "cure": law("cure", "insurer")},
    payers={
        name: Payer.model_validate({"id": name, "label": BOTH, "source": "test"})
        for name in ("town", "insurer")
    },
    survey_age_groups=(AgeGroup(id="18+", minimum=18),),
    prices=PriceIndex(base=2000, index={2000: 100.0}, source="test"),
)


def write_study(root: Path, files: dict[str, Any]) -> Study:
    (root / "analysis" / "agreements").mkdir(parents=True)
    (root / "notebooks").mkdir()
    (root / "notebooks" / "letter.ipynb").write_text("{}", encoding="utf-8")
    for name, content in {"study": STUDY, **files}.items():
        text = yaml.dump(content, sort_keys=False, allow_unicode=True)
        (root / "analysis" / f"{name}.yml").write_text(text, encoding="utf-8")
    return open_study(root)


def put(files: dict[str, Any], path: str, key: str, value: Any) -> None:
    """Set one entry; ``path`` such as ``questions.cost``, ``events.0`` or ``agreements/town``."""
    file, _, position = path.partition(".")
    if file == "questions" and position:
        entry(files, position)[key] = value
    elif position:
        files[file][file][int(position)][key] = value
    else:
        files[file][key] = value


def entry(files: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the question with this id."""
    return next(q for q in files["questions"]["questions"] if q["id"] == name)
