"""Four areas with the same households in each, and the questions about stacking and spread."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import costs_example as example
import pandas as pd

from evaluatie.costs import build_ledger
from evaluatie.domain import Weighting
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.results import estimates_frame

AREAS = {"P1": "pilot", "P2": "pilot", "C1": "comparison", "C2": "comparison"}
BOOK = example.codebook()


def study(**changes: Any):
    areas = [{"code": code, "name": code, "side": side} for code, side in AREAS.items()]
    return example.study(**({"areas": areas} | changes))


def people(each: int) -> pd.DataFrame:
    """One person per household, ``each`` households per area: ``P1-0`` lives in P1."""
    names = [f"{area}-{k}" for area in AREAS for k in range(each)]
    return pd.DataFrame({"person_id": names, "household_id": names})


def homes(each: int) -> pd.DataFrame:
    return example.addresses(
        *((f"{area}-{k}", area, "2010-01-01", None) for area in AREAS for k in range(each))
    )


def care(household: str, **more: Any) -> dict[str, Any]:
    return {"person_id": household, "household_id": household, **more}


def asked(indicator: Any, each: int, where: Any = None, weighting: Any = Weighting.EQUAL, **feeds):
    place = where or study()
    known = {"residents": people(each), "addresses": homes(each)} | feeds
    data = example.data(**known)
    question = SimpleNamespace(id="q", weighting=weighting, cost_basis=None)
    products = SimpleNamespace(data=data, ledger=build_ledger(data, BOOK, place))
    return Asked(place, BOOK, None, products, question, indicator)  # type: ignore[arg-type]


def rows(maker: Any, one: Asked) -> pd.DataFrame:
    """The rows by table, term, period, area and category."""
    frame = estimates_frame(maker(one))
    return frame.set_index(["table", "term", "period", "area", "category"]).sort_index()
