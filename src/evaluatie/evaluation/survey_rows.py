"""Rows about the resident and professional surveys: response, weights, levels, changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Scale
from evaluatie.domain import Side, Status
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study, Wave
from evaluatie.survey import (
    WeightedPanel,
    area_changes,
    area_levels,
    distribution,
    population_of,
    professional_levels,
)
from evaluatie.survey.scoring import age_groups

Row = dict[str, Any]
COPIED = (
    "wave", "area", "category", "term", "estimate", "std_error", "ci_low", "ci_high", "df", "n",
    "n_households", "status", "reason",
)  # fmt: skip
EVERYONE = "all"
WEIGHT_UNITS = {
    "effective_n": "persons", "deff": "ratio", "weight_min": "ratio", "weight_max": "ratio",
    "trimmed": "persons", "trimmed_share": "share", "margin_error": "share", "base_min": "ratio",
    "base_max": "ratio", "base_cells": "cells", "panel_response": "share",
    "refreshment_response": "share", "merged_cells": "cells",
}  # fmt: skip


def response_rows(
    study: Study, panel: WeightedPanel, sample: pd.DataFrame | None, codebook: Codebook
) -> Iterator[Row]:
    """Yield invited and responding people per wave and area: all, by sex and by age group."""
    answered = _counts(panel.frame, study)
    invited = _counts(_with_age(sample, study, codebook), study) if sample is not None else {}
    for (wave, area, category), count in answered.items():
        where = {"wave": wave, "area": area, "category": category, "unit": "persons"}
        yield estimate_row(Table.RESPONSE, "respondents", estimate=count, n=count, **where)
        asked = invited.get((wave, area, category), 0)
        if not asked:
            continue
        yield estimate_row(Table.RESPONSE, "invited", estimate=asked, n=asked, **where)
        yield estimate_row(
            Table.RESPONSE, "response_share", estimate=count / asked, n=asked,
            **(where | {"unit": "share"}),
        )  # fmt: skip


def _with_age(sample: pd.DataFrame, study: Study, codebook: Codebook) -> pd.DataFrame:
    year = sample["wave"].map({wave.id: wave.start.year for wave in study.waves})
    return sample.assign(age_group=age_groups(year - sample["birth_year"], codebook))


def _counts(people: pd.DataFrame, study: Study) -> dict[tuple[str, str, str], int]:
    """Count rows per wave, place and category (total, ``sex=..``, ``age=..``)."""
    frame = people[people["area_code"].isin([area.code for area in study.areas])]
    sides = frame["area_code"].map({area.code: str(area.side) for area in study.areas})
    counts: dict[tuple[str, str, str], int] = {}
    for place in (frame["area_code"], sides, pd.Series(EVERYONE, index=frame.index)):
        for label, by in (("", None), ("sex", frame["sex"]), ("age", frame["age_group"])):
            keys = [frame["wave"], place] + ([by] if by is not None else [])
            sizes = frame.groupby([k.astype(str).to_numpy() for k in keys]).size()
            for key, count in sizes[sizes > 0].items():
                wave, area, *value = key
                if value not in (["nan"], ["None"]):  # unknown: in the total only
                    category = f"{label}={value[0]}" if value else ""
                    counts[wave, area, category] = int(count)
    return dict(sorted(counts.items()))


def representativeness_rows(
    study: Study, panel: WeightedPanel, population: pd.DataFrame, codebook: Codebook
) -> Iterator[Row]:
    """Yield, per wave, place and category, the share among respondents, weighted, and residents."""
    for wave in study.waves:
        people = panel.frame[panel.frame["wave"] == wave.id]
        residents = population_of(population, wave.start.year, study, codebook)
        for place, codes in _places(study).items():
            here = people[people["area_code"].isin(codes)]
            there = residents[residents["area_code"].isin(codes)]
            yield from _shares(wave, place, here, there)


def _shares(wave: Wave, place: str, here: pd.DataFrame, there: pd.DataFrame) -> Iterator[Row]:
    for label, column in (("sex", "sex"), ("age", "age_group")):
        everyone = there.groupby(column, observed=True)["persons"].sum()
        counts = here.groupby(column, observed=True)["weight"].agg(["size", "sum"])
        for value, persons in everyone.items():
            size, weight = counts.loc[value] if value in counts.index else (0, 0.0)
            found = {
                "respondents_share": (size / max(len(here), 1), len(here)),
                "weighted_share": (weight / max(here["weight"].sum(), 1e-9), len(here)),
                "population_share": (persons / everyone.sum(), everyone.sum()),
            }
            for term, (share, n) in found.items():
                yield estimate_row(
                    Table.REPRESENTATIVENESS, term, wave=wave.id, area=place, estimate=share,
                    category=f"{label}={value}", n=n, unit="share",
                )  # fmt: skip


def _places(study: Study) -> dict[str, list[str]]:
    """Return area, side and everyone -> the area codes in it."""
    places = {area.code: [area.code] for area in study.areas}
    places |= {str(side): [a.code for a in study.areas_on(side)] for side in Side}
    return places | {EVERYONE: [area.code for area in study.areas]}


def weight_rows(panel: WeightedPanel) -> Iterator[Row]:
    """Yield how the weights of each wave came about; see `WeightedPanel.report`.

    A response that does not exist has the reason of its base weights, e.g. ``no_panel``.
    """
    report = panel.report[panel.report["term"].isin(WEIGHT_UNITS)]
    notes = report[report["term"] == "base_cells"].set_index("wave")["note"]
    for found in report.itertuples():
        values = {"estimate": found.estimate, "n": found.n}
        if found.term == "base_cells":
            values |= {"reason": found.note}
        if pd.isna(found.estimate):
            reason = notes.get(found.wave) or "nobody_invited"
            values |= {"status": str(Status.NOT_ESTIMABLE), "reason": reason}
        yield estimate_row(
            Table.WEIGHTS, found.term, wave=found.wave, area=found.area, category=found.category,
            unit=WEIGHT_UNITS[found.term], **values,
        )  # fmt: skip


def score_rows(
    study: Study, panel: WeightedPanel, codebook: Codebook, questions: Mapping[str, str]
) -> Iterator[Row]:
    """Yield the level and the change since the first wave of every agreed resident scale.

    Parameters
    ----------
    questions : mapping of str to str
        Scale id -> id of the question it answers.
    """
    for scale in codebook.scales_for("residents"):
        if scale.id not in questions:
            continue
        where = {"question": questions[scale.id], "indicator": scale.id, "unit": unit_of(scale)}
        for found in area_levels(panel, scale, study).to_dict("records"):
            yield _copied(Table.SCORE, found, where)
        for found in area_changes(panel, scale, study).to_dict("records"):
            yield _copied(Table.CHANGE, found, where)
        if scale.rule == "share_of_codes":
            item = codebook.items[scale.items[0]]
            for found in distribution(panel, item, study).to_dict("records"):
                yield _copied(Table.DISTRIBUTION, found, where | {"unit": "share"})


def professional_rows(
    study: Study, scored: pd.DataFrame, codebook: Codebook, questions: Mapping[str, str]
) -> Iterator[Row]:
    """Yield the level of every agreed professionals' scale per wave and side."""
    for scale in codebook.scales_for("professionals"):
        if scale.id in questions:
            where = {"question": questions[scale.id], "indicator": scale.id, "unit": unit_of(scale)}
            for found in professional_levels(scored, scale, study).to_dict("records"):
                yield _copied(Table.SCORE, found, where)


def unit_of(scale: Scale) -> str:
    """Return the unit of a scale's rows: ``share`` for a share of codes, else ``points``."""
    return "share" if scale.rule == "share_of_codes" else "points"


def _copied(table: Table, found: Mapping[Any, Any], where: Mapping[str, str]) -> Row:
    values = {name: found[name] for name in COPIED if name != "term"}
    return estimate_row(table, found["term"], method="design_based", **values, **where)
