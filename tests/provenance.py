"""Every number a reader reads has a row; that row, rounded by other code, gives the number."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from html import unescape
from typing import Any

import pandas as pd

from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.phrase import NumberRef
from evaluatie.reports.context import ReportContext
from evaluatie.reports.parts import FIGURES, TABLES

TOKEN = re.compile(r"(?<![A-Za-zÀ-ÿ0-9])(?<![A-Za-z]-)[0-9]+(?:[.,][0-9]+)*(?![A-Za-zÀ-ÿ0-9])")
PROSE = ("answers", "not_evaluated", "events", "method", "changes", "disclosure_note", "provenance")
TEXTS = ("summary", "costs", "insured", "weights", "limits", "evidence")
NAMES = """januari februari maart april mei juni juli augustus september oktober november december
January February March April May June July August September October November December"""
MONTHS = {
    name: number % 12 + 1
    for number, name in enumerate(
        [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ]
    )
}


def fragments(report: ReportContext) -> dict[str, Any]:
    made: dict[str, Any] = {f"table {n}": report.table(n) for n in TABLES}
    made |= {f"figure {n}": report.figure(n) for n in FIGURES}
    made |= {name: getattr(report, name)() for name in PROSE}
    made |= {f"text {key}": report.text(key) for key in TEXTS}
    return {name: fragment for name, fragment in made.items() if fragment}


def printed(fragment: Text | TableView | FigureView) -> str:
    """Return what a reader reads of a fragment, without asking present/ for it."""
    if isinstance(fragment, FigureView):
        return f"{fragment.caption} {fragment.alt}"
    if isinstance(fragment, Text):
        return fragment.phrase.text
    body = re.sub(r"<style>.*?</style>", " ", fragment.html, flags=re.S)
    return unescape(re.sub(r"<[^>]+>", " ", body)) + f" {fragment.caption}"


def every_number_is_told(made: dict[str, Any]) -> None:
    """Demand that what a reader reads and what a fragment says of its numbers are the same."""
    for name, fragment in made.items():
        told = Counter(t for ref in fragment.numbers for t in TOKEN.findall(ref.text))
        assert Counter(TOKEN.findall(printed(fragment))) == told, name


def every_number_is_its_row(report: ReportContext, made: dict[str, Any]) -> int:
    """Demand that every number is that of its row, rounded; return how many were looked at."""
    rows = report.rows.set_index("id")
    declared = json.dumps(report.slice.texts, ensure_ascii=False)
    checked = 0
    for name, fragment in made.items():
        for ref in fragment.numbers:
            if ref.row.startswith("declared/"):
                assert ref.text in declared + str(report.slice), (name, ref)
                continue
            row = rows.loc[ref.row]
            assert row["publication"] == "shown" or ref.field in ("category", "period"), (name, ref)
            assert agrees(ref, row, report.labels.language), (name, ref, row[ref.field])
            checked += 1
    return checked


def differing_figures(report: ReportContext, names: Iterable[str]) -> dict[str, str]:
    """Return the figures that are not made of the values that they say they draw, and why.

    Every number that a figure does not claim is changed: the drawing must stay the same to the
    byte. Then one of its claims is changed: it must be another drawing.
    """
    faults = {}
    for name in names:
        view = report.figure(name)
        if not isinstance(view, FigureView):
            continue
        if unclaimed_counts(report, name, view):
            faults[name] = "draws a number that it does not claim"
        elif not is_seen(report, name, view, ref := middle_of(view)):
            faults[name] = f"claims what it does not draw: {ref}"
    return faults


def unclaimed_counts(report: ReportContext, name: str, view: FigureView) -> bool:
    claimed = {(ref.row, ref.field) for ref in view.drawn}
    rows = report.rows.copy()
    fixed = rows["unit"].isin(["date", "year"])
    for field in [c for c in rows.columns if rows[c].dtype.kind == "f"]:
        mine = rows["id"].isin([row for row, column in claimed if column == field])
        rows[field] = rows[field].where(mine | fixed, rows[field] * 0.83)  # order and sign stay
    other = redrawn(report, name, rows)
    return other is None or other.svg != view.svg


def middle_of(view: FigureView) -> NumberRef:
    values = [ref for ref in view.drawn if not ref.row.startswith("fact/")]
    return values[len(values) // 2]


def is_seen(report: ReportContext, name: str, view: FigureView, ref: NumberRef) -> bool:
    rows = report.rows.copy()
    at = rows["id"] == ref.row
    rows.loc[at, ref.field] = rows.loc[at, ref.field] * 1.2 + 0.03
    other = redrawn(report, name, rows)
    return other is None or other.svg != view.svg


def redrawn(report: ReportContext, name: str, rows: pd.DataFrame) -> FigureView | None:
    view = replace(report, slice=replace(report.slice, estimates=rows)).figure(name)
    return view if isinstance(view, FigureView) else None


def agrees(ref: NumberRef, row: Any, language: str) -> bool:
    value = row[ref.field]
    if isinstance(value, str):
        return all(token in value for token in TOKEN.findall(ref.text))
    if row["unit"] == "date" and ref.field == "estimate":
        day, month, year = ref.text.split()
        return int(year) * 10_000 + MONTHS[month] * 100 + int(day) == int(value)
    text = ref.text.replace("−", "-").replace("<", "").replace("\u00a0", "").rstrip("%")
    text = text.replace(".", "").replace(",", ".") if language == "nl" else text.replace(",", "")
    if ref.text.startswith("<"):
        return 0 <= value < float(text)
    # alpha is an agreed share, but the rule quotes it as the p value that it is compared with
    shares = row["unit"] == "share" or (row["unit"] == "indicator_unit" and "%" in ref.text)
    candidates = [Decimal(repr(float(value)))]
    if ref.field not in ("n", "p_value", "p_adjusted", "p_attainable") and shares:
        candidates.append(candidates[0] * 100)
    if row["table"] == "fact" and row["category"] == "margin":
        candidates.append(candidates[0] * 100)
    step = Decimal(1).scaleb(Decimal(text).as_tuple().exponent)  # type: ignore[arg-type]
    return any(abs(Decimal(text) - candidate) <= step / 2 for candidate in candidates)
