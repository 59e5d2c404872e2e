"""A study of two areas and a dictionary of three laws: the smallest one that costs can use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.dictionary.model import CodebookContent, Feed, Indicator, Law, PriceIndex
from evaluatie.intake.data import StudyData
from evaluatie.study import Study

PILOT, COMPARISON, AWAY = "P1", "C1", "Z9"
INDEX = {2015: 100.0, 2016: 100.3, 2017: 101.7, 2018: 103.4, 2019: 106.1, 2020: 107.5}


def text(words: str) -> dict[str, str]:
    return {"nl": words, "en": words}


def study(**changes: Any) -> Study:
    """Cost years 2016-2018, waves in July 2017 and July 2018, price level 2018, no run-off."""
    content = {
        "id": "example",
        "title": text("Example"),
        "municipality": {"code": "M", "name": "M"},
        "waves": [
            {
                "id": f"t{i}",
                "label": text(f"T{i}"),
                "start": f"{2017 + i}-07-01",
                "end": f"{2017 + i}-09-30",
                "report_from": f"{2017 + i}-12-01",
            }
            for i in range(2)
        ],
        "areas": [
            {"code": PILOT, "name": "Pilot", "side": "pilot"},
            {"code": COMPARISON, "name": "Comparison", "side": "comparison"},
        ],
        "pilot_start": "2017-09-01",
        "cost_years": [2016, 2018],
        "cost_baseline": ["2016-07-01", "2017-06-30"],
        "price_level": 2018,
        "seed": 1,
        "report_date": "2019-01-01",
        "feeds": [],
    }
    return Study(**(content | changes), root=Path("."))


def codebook() -> CodebookContent:
    """Laws help and youth by arrangement, income as a benefit; frequencies as in iWmo."""
    frequency = {"1": "day", "2": "week", "3": "four_weeks", "4": "month", "5": "year"}
    frequency["6"] = "total"
    lists = {
        "frequencies": {k: {"label": text(v), "means": v} for k, v in frequency.items()},
        "units": {"04": {"label": text("hour")}, "83": {"label": text("euro"), "means": "euro"}},
        "reasons": {"13": {"label": text("void"), "means": "void"}, "90": {"label": text("new")}},
        "products": {
            "02": {"label": text("support"), "law": "help"},
            "45": {"label": text("care"), "law": "youth"},
        },
    }
    columns = {"frequency": "frequencies", "unit": "units", "product_code": "products"}
    columns["change_reason"] = "reasons"
    arrangements = Feed.model_validate(
        {
            "id": "arrangements",
            "label": text("arrangements"),
            "owner": text("town"),
            "row": text("one"),
            "path": "a.csv",
            "source": "test",
            "columns": [
                {"name": name, "column": name, "type": "code", "code_list": code_list}
                for name, code_list in columns.items()
            ],
        }
    )
    law = {"payer": "town", "grain": "arrangement", "source": "test"}
    return CodebookContent.model_validate(
        {
            "items": {},
            "professional_items": {},
            "scales": {},
            "value_sets": {},
            "indicators": {},
            "feeds": {"arrangements": arrangements},
            "code_lists": lists,
            "laws": {k: Law(id=k, label=text(k), **law) for k in ("help", "youth", "income")},
            "payers": {},
            "survey_age_groups": [],
            "prices": PriceIndex(base=2015, index=INDEX, source="test"),
        }
    )


def indicator(**changes: Any) -> Indicator:
    content = {
        "id": "town_cost",
        "label": text("cost"),
        "aim": "cost",
        "kind": "arrangement_cost",
        "feed": "arrangements",
        "laws": ["help", "youth", "income"],
        "basis": "declared",
        "direction": "lower_is_better",
        "unit": text("euro"),
        "source": "test",
    }
    return Indicator.model_validate(content | changes)


def arrangements(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """One row per mapping; by default one hour a week at 70 euros, person a of household h."""
    default = {
        "person_id": "a",
        "household_id": "h",
        "product_code": "02",
        "provider_id": "v",
        "assigned_on": "2016-01-01",
        "start": "2017-01-01",
        "end": None,
        "change_reason": None,
        "volume": 1.0,
        "unit": "04",
        "frequency": "2",
        "rate_eur": 70.0,
    }
    content = [default | {"assignment_no": f"A{i}"} | dict(row) for i, row in enumerate(rows)]
    return dated(pd.DataFrame(content), "assigned_on", "start", "end")


def declarations(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """One row per mapping; by default 4 hours for 280 euros on A0 in January 2017."""
    default = {
        "assignment_no": "A0",
        "month": "2017-01-01",
        "delivered_volume": 4.0,
        "amount_eur": 280.0,
        "credit_of": None,
        "booked_on": "2017-02-15",
    }
    content = [default | {"declaration_no": f"D{i}"} | dict(row) for i, row in enumerate(rows)]
    return dated(pd.DataFrame(content), "month", "booked_on")


def benefits(*rows: Mapping[str, Any]) -> pd.DataFrame:
    default = {
        "person_id": "b",
        "household_id": "h",
        "start": "2017-01-01",
        "end": None,
        "amount_month_eur": 1000.0,
    }
    return dated(pd.DataFrame([default | dict(row) for row in rows]), "start", "end")


def addresses(*rows: tuple[str, str, str, str | None]) -> pd.DataFrame:
    """Household, area, start and end."""
    frame = pd.DataFrame(rows, columns=["household_id", "area_code", "start", "end"])
    return dated(frame, "start", "end")


def population(inhabitants: int = 1000, years: tuple[int, ...] = (2016, 2017, 2018)) -> Any:
    rows = [(area, year, inhabitants) for area in (PILOT, COMPARISON) for year in years]
    return pd.DataFrame(rows, columns=["area_code", "year", "inhabitants"])


def data(**feeds: pd.DataFrame) -> StudyData:
    """The feeds as intake hands them on; by default household h lives in the pilot area."""
    known = {"addresses": addresses(("h", PILOT, "2010-01-01", None)), "population": population()}
    return StudyData({}, {}, known | feeds, pd.DataFrame(), {}, (), True)


def dated(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return frame.assign(**{c: pd.to_datetime(frame[c]).astype("datetime64[ns]") for c in columns})
