"""Four areas, a dictionary of courses of care and staff, and questions about durations."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import costs_example as example
import pandas as pd

from evaluatie.evaluation.monitor.asked import Asked

AREAS = {"P1": "pilot", "P2": "pilot", "C1": "comparison", "C2": "comparison"}
MEANS = {"13": "void", "90": "changed", "91": "moved", "92": "deceased", "93": "goal", "99": None}


def study(**changes: Any):
    areas = [{"code": code, "name": code, "side": side} for code, side in AREAS.items()]
    return example.study(**({"areas": areas} | changes))


def codebook():
    book = example.codebook()
    reasons = {
        code: book.code_lists["reasons"]["13"].model_copy(update={"means": means})
        for code, means in MEANS.items()
    }
    return book.model_copy(update={"code_lists": book.code_lists | {"reasons": reasons}})


def indicator(kind: str, feed: str, **changes: Any):
    return example.indicator(
        **({"id": "how_long", "kind": kind, "feed": feed, "laws": [], "unit": example.text("days")}
           | changes)
    )  # fmt: skip


def register(*persons: tuple[str, str]) -> pd.DataFrame:
    """Person and household."""
    return pd.DataFrame(persons, columns=["person_id", "household_id"])


def asked(feeds: dict[str, pd.DataFrame], one: Any, where: Any = None, projects: Any = ()) -> Asked:
    """A question about an indicator, and all that its rows are made from."""
    projects = tuple(SimpleNamespace(**project) for project in projects)
    return Asked(
        where or study(),
        codebook(),
        SimpleNamespace(projects=projects),  # type: ignore[arg-type]
        SimpleNamespace(data=example.data(**feeds)),  # type: ignore[arg-type]
        SimpleNamespace(id="q"),  # type: ignore[arg-type]
        one,
    )
