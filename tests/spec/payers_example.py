"""Eight areas, a town, an insurer and an office that pay, and a programme: for tests of payers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import costs_example as example
import numpy as np
import pandas as pd

from evaluatie.agreement.model import Project, Question
from evaluatie.costs import annual_totals, build_ledger, insured_cost
from evaluatie.dictionary.codebook import Codebook
from evaluatie.dictionary.model import Law, Payer, Substitution
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.products import Products
from evaluatie.intake.data import StudyData
from evaluatie.study import Study

CODES = tuple(f"P{i}" for i in range(4)) + tuple(f"C{i}" for i in range(4))
YEARS = (2015, 2016, 2017, 2018, 2019)


def study(**changes: Any) -> Study:
    """Cost years 2015-2019, waves in July 2017, 2018, 2019; price level 2018; no run-off."""
    waves = [
        {"id": f"t{i}", "label": example.text(f"T{i}"), "start": f"{2017 + i}-07-01",
         "end": f"{2017 + i}-09-30", "report_from": f"{2017 + i}-12-01"}
        for i in range(3)
    ]  # fmt: skip
    areas = [
        {"code": c, "name": c, "side": "pilot" if c[0] == "P" else "comparison"} for c in CODES
    ]
    content = {"waves": waves, "areas": areas, "cost_years": [2015, 2019], "runoff_quarters": 0,
               "feeds": ["programme_costs"]}  # fmt: skip
    return example.study(**(content | changes))


def codebook() -> Codebook:
    base = example.codebook()
    payers = {p: Payer(id=p, label=example.text(p), source="t")
              for p in ("town", "insurer", "office", "region")}  # fmt: skip
    laws = dict(base.laws) | {
        "health": Law(id="health", label=example.text("health"), payer="insurer",
                      grain="annual_insured", source="t"),
        "stay": Law(id="stay", label=example.text("stay"), payer="office",
                    grain="annual_total", source="t"),
    }  # fmt: skip
    indicators = {
        i.id: i
        for i in (
            example.indicator(id="zvw", kind="insured_cost", feed="zvw", laws=["health"]),
            example.indicator(id="wlz", kind="annual_total", feed="wlz", laws=["stay"]),
            payer_indicator(),
        )
    }
    pairs = [
        pair("gp_to_mind", {"law": "health", "categories": ["gp", "pills"]},
             {"law": "health", "categories": ["mind"]}),
        pair("youth_to_help", {"law": "youth"}, {"law": "help"}),
        pair("help_to_stay", {"law": "help", "products": ["02"]}, {"law": "stay"}),
    ]  # fmt: skip
    changed = {
        "laws": laws,
        "payers": payers,
        "indicators": indicators,
        "substitutions": {p.id: p for p in pairs},
    }
    return Codebook(**({n: getattr(base, n) for n in type(base).model_fields} | changed))


def pair(name: str, leave: dict[str, Any], enter: dict[str, Any]) -> Substitution:
    return Substitution.model_validate(
        {"id": name, "label": example.text(name), "from": leave, "to": enter, "source": "t"}
    )


def payer_indicator() -> Any:
    return example.indicator(
        id="payers", kind="payer_shift", laws=["help", "youth", "income", "health", "stay"]
    )


def household(area: str, number: int) -> str:
    return f"{area}-{number}"


def feeds(seed: int = 1) -> dict[str, pd.DataFrame]:
    """Twelve households per area, each with one of the arrangements, some with income support."""
    rng = np.random.default_rng(seed)
    homes = [(area, k) for area in CODES for k in range(12)]
    rows = [
        {
            "household_id": household(area, k),
            "person_id": f"{household(area, k)}-a",
            "product_code": "02" if k % 2 else "45",
            "provider_id": f"v{k % 3}",
            "start": f"{2015 + k % 3}-0{1 + k % 9}-01",
            "end": f"{2018 + k % 2}-06-30",
            "volume": float(rng.integers(1, 9)),
        }
        for area, k in homes
    ]
    return {
        "arrangements": example.arrangements(*rows),
        "declarations": _declared(rows, rng),
        "benefits": example.benefits(
            *(
                {"household_id": household(a, k), "person_id": f"{household(a, k)}-b",
                 "start": "2015-03-01", "amount_month_eur": float(900 + k)}
                for a, k in homes if k < 5
            )
        ),
        "addresses": example.addresses(
            *((household(a, k), a, "2010-01-01", None) for a, k in homes)
        ),
        "population": pd.DataFrame(
            [(a, y, 900 + 50 * i + 7 * (y - 2015)) for i, a in enumerate(CODES) for y in YEARS],
            columns=["area_code", "year", "inhabitants"],
        ),
        "zvw": _insured(rng),
        "wlz": pd.DataFrame(
            [(a, y, 20, rng.integers(400_000, 600_000) + 0.11) for a in CODES for y in YEARS],
            columns=["area_code", "year", "users", "amount_eur"],
        ),
        "programme_costs": pd.DataFrame(
            [(p, w, y, 1000.33 * (i + 1)) for p in ("one", "two")
             for i, w in enumerate(("town", "region")) for y in (2017, 2018)],
            columns=["project_id", "payer", "year", "amount_eur"],
        ),
    }  # fmt: skip


def _declared(rows: list[dict[str, Any]], rng: np.random.Generator) -> pd.DataFrame:
    lines = []
    for number, row in enumerate(rows):
        for month in pd.date_range(row["start"], row["end"], freq="MS"):
            amount = round(float(rng.uniform(50, 900)), 2)
            lines.append({"assignment_no": f"A{number}", "month": f"{month:%Y-%m-%d}",
                          "amount_eur": amount})  # fmt: skip
    return example.declarations(*lines)


def _insured(rng: np.random.Generator) -> pd.DataFrame:
    rows = [
        (a, y, sex, "0-99", kind, 40, 38.5 + i, round(float(rng.uniform(9e3, 3e4)), 2))
        for i, a in enumerate(CODES) for y in YEARS for sex in "mv"
        for kind in ("gp", "pills", "mind")
    ]  # fmt: skip
    names = ["area_code", "year", "sex", "age_class", "category", "insured_persons",
             "insured_years", "amount_eur"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def products(found: dict[str, pd.DataFrame], place: Study, book: Codebook) -> Products:
    data = StudyData({}, {}, found, pd.DataFrame(), {}, (), True)
    insured = insured_cost(found["zvw"], place, book) if "zvw" in found else None
    annual = None
    if {"wlz", "population"} <= set(found):
        annual = annual_totals(found["wlz"], place, book, found["population"])
    ledger = build_ledger(data, book, place)
    return Products(data, None, None, ledger, None, insured, annual)


def question(**changes: Any) -> Question:
    content = {
        "id": "who", "label": example.text("who"), "aim": "cost", "indicator": "payers",
        "type": "descriptive", "population": "current_residents",
        "weighting": "resident_weighted", "contrast": "change", "test": "none",
        "horizon": "slow_change", "decision": example.text("d"), "section": "monitor",
    }  # fmt: skip
    return Question.model_validate(content | changes)


def projects() -> tuple[Project, ...]:
    return tuple(
        Project.model_validate(
            {"id": name, "label": example.text(name), "domains": list(domains),
             "pillar": example.text("p"), "start": "2017-09-01", "business_case": False,
             "source": "t"}
        )
        for name, domains in (("one", ("help", "health")), ("two", ("youth", "help")))
    )  # fmt: skip


def asked(
    found: dict[str, pd.DataFrame] | None = None, place: Study | None = None, **changes: Any
) -> Asked:
    place = study() if place is None else place
    book = codebook()
    made = products(feeds() if found is None else found, place, book)
    agreed: Any = SimpleNamespace(projects=projects())
    return Asked(place, book, agreed, made, question(**changes), payer_indicator())
