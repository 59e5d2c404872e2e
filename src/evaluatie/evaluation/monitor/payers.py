"""Rows: who pays before and after, substitution, who invests and who gains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.costs.payers.shift import Amount, Shift, shift
from evaluatie.domain import Side
from evaluatie.evaluation.contrast_rows import BETWEEN, absence
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.payer_cells import Cell, PayerStudy
from evaluatie.evaluation.monitor.payer_funding import declared_rows, funding_rows
from evaluatie.evaluation.monitor.payer_substitution import substitution_rows
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]
BOTH = tuple(str(side) for side in Side)


def payer_rows(asked: Asked) -> Iterator[Row]:
    """Yield the matrix of laws and payers at every later wave, and what rests on it.

    Notes
    -----
    ``total`` (a side, a calendar year, no wave): euros that the payer paid. At a wave: ``year``
    (which calendar years are compared), ``difference`` per side, ``people``, ``elsewhere`` and
    ``beyond`` (see `evaluatie.costs.payers.shift`) - for every category of care, law, payer
    (``payer:<id>``) and ``all``. A margin from which a law is missing says so in its category
    (``without=<laws>``).
    """
    found = PayerStudy(asked)
    yield from declared_rows(asked)
    seen: set[str] = set()
    for wave in asked.study.waves[1:]:
        shifts: dict[str, tuple[Cell, Shift]] = {}
        yield from _years(found, wave.id)
        areas = found.comparison(wave.id)
        for cell in found.cells(wave.id):
            if cell.reason:
                yield from _absent(found, cell, wave.id)
                continue
            moved = shift(cell.parts, 0, found.position(wave.id), areas)
            if cell.law not in found.laws:
                shifts[cell.law] = (cell, moved)
            for row in _totals(found, cell, moved, wave.id):
                if row["id"] not in seen:
                    seen.add(row["id"])
                    yield row
            yield from _moves(found, cell, moved, wave.id)
        yield from substitution_rows(found, wave.id, areas)
        yield from funding_rows(found, wave.id, shifts)


def _years(found: PayerStudy, wave: str) -> Iterator[Row]:
    years = {"before": found.years[0], "after": found.years[found.position(wave)]}
    for window, year in years.items():
        yield estimate_row(
            Table.PAYER, "year", wave=wave, category=f"window={window}", estimate=year,
            unit="year", **found.asked.where,
        )  # fmt: skip


def _unit(found: PayerStudy) -> str:
    return f"EUR_{found.asked.study.price_level}/year"


def _absent(found: PayerStudy, cell: Cell, wave: str) -> Iterator[Row]:
    for term, area in (("difference", str(Side.PILOT)), ("beyond", BETWEEN)):
        yield estimate_row(
            Table.PAYER, term, wave=wave, area=area, law=cell.law, category=cell.category,
            period=str(found.years[found.position(wave)]), unit=_unit(found),
            status=absence(cell.reason), reason=cell.reason, **found.asked.where,
        )  # fmt: skip


def _totals(found: PayerStudy, cell: Cell, moved: Shift, wave: str) -> Iterator[Row]:
    years = (found.years[0], found.years[found.position(wave)])
    for side in Side:
        if side is Side.COMPARISON and cell.category.startswith("care="):
            continue
        for year, amounts in zip(years, (moved.before, moved.after), strict=True):
            yield estimate_row(
                Table.PAYER, "total", area=side, period=str(year), law=cell.law,
                category=cell.category, estimate=amounts[side], unit=_unit(found),
                method=_method("counted", cell, found.years.index(year)),
                **found.behind(cell.who, str(side), year), **found.asked.where,
            )  # fmt: skip


def _moves(found: PayerStudy, cell: Cell, moved: Shift, wave: str) -> Iterator[Row]:
    here = {
        "wave": wave, "period": str(found.years[found.position(wave)]), "law": cell.law,
        "category": cell.category, "unit": _unit(found),
    } | found.asked.where  # fmt: skip
    windows = (0, found.position(wave))
    within = cell.category.startswith("care=")
    for side in Side:
        if side is Side.COMPARISON and within:
            continue
        yield estimate_row(
            Table.PAYER, "difference", area=side, method=_method("cr2_of_areas", cell, *windows),
            n_clusters=len(found.asked.study.areas_on(side)), **_numbers(moved.difference[side]),
            **found.least(cell.who, (str(side),), wave), **here,
        )  # fmt: skip
    behind = found.least(cell.who, BOTH, wave)
    for term, value in (("people", moved.people), ("elsewhere", moved.elsewhere)):
        if value == value and not within:
            yield estimate_row(
                Table.PAYER, term, area=Side.PILOT, estimate=value, method="decomposition",
                **behind, **here,
            )  # fmt: skip
    yield estimate_row(
        Table.PAYER, "beyond", area=BETWEEN, method=_method("randomisation", cell, *windows),
        n_clusters=len(found.asked.study.areas), **_numbers(moved.beyond), **behind, **here,
    )  # fmt: skip


def _method(name: str, cell: Cell, *years: int) -> str:
    """Return how a number was made, with how many empty amounts of the feed count as 0 in it."""
    empty = sum(part.empty[year] for part in cell.parts if part.empty for year in years)
    return f"{name}|empty_as_zero={empty}" if empty else name


def _numbers(amount: Amount) -> dict[str, float]:
    return {"estimate": amount.estimate, "ci_low": amount.low, "ci_high": amount.high}
