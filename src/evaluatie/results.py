"""The long table of estimates: what every method returns and every report reads.

One row is one number with its uncertainty and its place: question, indicator, area, wave,
period, law, category, term. A row that could not be estimated is still a row, with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.domain import Status


class Table(StrEnum):
    """The publication tables a row can belong to."""

    RESPONSE = "response"  # counts and shares of invited and responding people
    REPRESENTATIVENESS = "representativeness"  # respondents beside the population, shares
    WEIGHTS = "weights"  # effective n, design effect, extremes of the weights
    QUALITY = "quality"  # what intake set to missing, counts
    SCORE = "score"  # level of an indicator: area x wave
    DISTRIBUTION = "distribution"  # share per answer category: area x wave x category
    CHANGE = "change"  # change since the first wave: within an area, and pilot - comparison
    COST_LEVEL = "cost_level"  # EUR per resident or insured year: side x period x law
    COST_USERS = "cost_users"  # number of people with care: side x period x law
    CONTRAST = "contrast"  # the agreed contrast of a question, all waves
    SENSITIVITY = "sensitivity"  # the same contrast another way; estimate and interval, no p
    RELIABILITY = "reliability"  # how well a scale measured: scale x wave
    ATTRITION = "attrition"  # who of the panel stayed: response, representativeness indicator
    SERIES = "series"  # cost over months or quarters: trend before, step and slope after
    SUBGROUP = "subgroup"  # the contrast within groups of residents
    HOUSEHOLD = "household"  # cost per household, concentration of cost over households
    STACKING = "stacking"  # arrangements, laws, providers at once: combinations, episodes, ends
    SELECTION = "selection"  # households chosen for high cost beside equally chosen ones elsewhere
    PAYER = "payer"  # law x payer: before, after, difference; substitution; who invests, who gains
    DURATION = "duration"  # time until an end: curves, restricted means, differences, recurrences
    RUNOFF = "runoff"  # how complete the declarations of recent quarters are
    REFERENCE = "reference"  # public figures beside those of the study
    BUSINESS_CASE = "business_case"  # cost and assumed effects of a project, by payer
    COST_EFFECTIVENESS = "cost_effectiveness"  # ICER, net benefit, CEAC: pilot as a whole
    MIRROR = "mirror"  # one provider beside anonymous peers
    PROGRAMME = "programme"  # programme cost by project and payer
    PROCESS = "process"  # durations, stacking, cases, citizen science
    FACT = "fact"  # agreed constants a report quotes: margins, dates, thresholds


KEY = ("table", "question", "indicator", "wave", "period", "area", "law", "category", "term")
TEXT = (*KEY, "unit", "method", "status", "reason")
NUMBER = (
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "df",
    "p_value",
    "p_adjusted",
    "p_attainable",
    "n",
    "n_households",
    "n_providers",
    "top1_share",
    "top2_share",
    "n_clusters",
)
COLUMNS = ("id", *KEY, *NUMBER, "unit", "method", "status", "reason")


def row_id(key: Mapping[str, Any]) -> str:
    """Return the readable, unique name of a row: its key columns joined by ``/``."""
    return "/".join(str(key.get(name) or "-") for name in KEY)


def estimate_row(table: Table, term: str, **values: Any) -> dict[str, Any]:
    """Return one row of the long table, unnamed columns empty.

    Parameters
    ----------
    table : Table
        Publication table of the row.
    term : str
        What the number is: ``mean``, ``share``, ``count``, ``total``, ``median``, ``difference``.
    **values
        Any other column of ``COLUMNS``.

    Raises
    ------
    TypeError
        A column that the schema does not have.
    """
    if unknown := set(values) - set(COLUMNS):
        raise TypeError(f"no such column in the table of estimates: {sorted(unknown)}")
    row: dict[str, Any] = dict.fromkeys(TEXT, "") | dict.fromkeys(NUMBER, np.nan)
    row |= {"table": str(table), "term": term, "status": str(Status.ESTIMATED)}
    row |= {name: str(v) if name in TEXT else v for name, v in values.items() if v is not None}
    return {"id": row_id(row), **row}


def estimates_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the rows as a checked frame in schema order (dtypes: text as str, numbers as float).

    Raises
    ------
    ValueError
        Two rows with the same id, an unknown status, or an absent estimate without a reason.
    """
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    frame = frame.astype(dict.fromkeys(NUMBER, "float64"))
    frame[["id", *TEXT]] = frame[["id", *TEXT]].fillna("").astype("object")
    if (twice := frame["id"].duplicated()).any():
        raise ValueError(f"{twice.sum()} row ids occur twice, first: {frame['id'][twice].iloc[0]}")
    if unknown := set(frame["status"]) - set(Status):
        raise ValueError(f"unknown status: {sorted(unknown)}")
    silent = (frame["status"] != Status.ESTIMATED) & (frame["reason"] == "")
    if silent.any():
        raise ValueError(f"{silent.sum()} rows without an estimate give no reason")
    return frame
