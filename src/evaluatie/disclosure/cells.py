"""What a cell is: the group of people a number speaks of, read from the key of a row.

Two rows that speak of the same group are claims on the same cell, in whatever table or report
they stand. Areas, laws and the quarters of a year are kept as sets, so that a side, a payer and a
year are unions of them without being told so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from evaluatie.dictionary.model import CodebookContent
from evaluatie.domain import Side
from evaluatie.errors import DisclosureError
from evaluatie.results import Table
from evaluatie.study import Study

Row = Mapping[str, object]
Choice = tuple[str, str]

EVERYWHERE = "all"
PAYER = "payer:"
BASIS = "basis"
DROP, DROP_EVENT = "drop", "drop_event"
ANSWER = "answer"
ANY_OF = " or "  # a value that is a union of values
COST_TABLES = frozenset({Table.COST_LEVEL, Table.COST_USERS})
_RESPONDENT_TABLES = frozenset({Table.RESPONSE, Table.REPRESENTATIVENESS, Table.WEIGHTS})
_RECORD_TERMS = frozenset({"records", "censored"})
_BETWEEN = "-".join(side.value for side in Side)
_YEAR = re.compile(r"^(\d{4})$")
_QUARTERS = 4


@dataclass(frozen=True)
class Cell:
    """A group of people (or an amount of theirs) that numbers can speak of.

    Attributes
    ----------
    family : str
        Whose group: ``cost``, ``respondents``, ``invited``, the indicator, or change or contrast
        with the indicator.
    wave : str
        Wave id or empty; waves are never added up, their respondents differ.
    periods, areas, laws : tuple of str
        Unions of the finest quarters (or periods), areas and laws; laws empty where none.
    selection : tuple of (dimension, value)
        Further categories, sorted by dimension; empty for the total.
    """

    family: str
    wave: str
    periods: tuple[str, ...]
    areas: tuple[str, ...]
    laws: tuple[str, ...]
    selection: tuple[Choice, ...]

    def select(self, choice: Choice) -> Cell:
        """Return the cell within this one that also satisfies ``choice``."""
        return replace(self, selection=tuple(sorted({*self.selection, choice})))

    def drop(self, dimensions: Collection[str]) -> Cell:
        """Return the cell without the choices on ``dimensions``."""
        kept = tuple(choice for choice in self.selection if choice[0] not in dimensions)
        return replace(self, selection=kept)


def parse_category(category: str) -> tuple[Choice, ...]:
    """Return the choices in a category such as ``sex=v|age=18-34``, sorted by dimension.

    Raises
    ------
    DisclosureError
        A part is not of the form name=value, or a name occurs twice: such a row has no known
        group, and what has no known group cannot be protected.
    """
    parts = [part.partition("=") for part in category.split("|")] if category else []
    names = [name for name, _, _ in parts]
    if len(set(names)) < len(names) or any(not (n and e) for n, e, _ in parts):
        raise DisclosureError(
            f"the category '{category}' does not say which group it is",
            where="table of estimates",
            allowed="empty, or name=value joined by |, every name once",
        )
    return tuple(sorted((name, value) for name, _, value in parts))


class CellReader:
    """Reads the cell of a row; knows the areas of the study and the laws of the codebook."""

    def __init__(self, study: Study, codebook: CodebookContent) -> None:
        self.everywhere = tuple(area.code for area in study.areas)
        self._areas = {side.value: tuple(a.code for a in study.areas_on(side)) for side in Side}
        self._areas |= dict.fromkeys(("", EVERYWHERE, _BETWEEN), self.everywhere)
        self._baseline = study.baseline.id
        self._codebook = codebook

    def cell(self, row: Row) -> Cell:
        """Return the group that the number of persons behind ``row`` counts."""
        indicator, law = str(row["indicator"]), str(row["law"])
        cost = row["table"] in COST_TABLES
        selection = parse_category(str(row["category"]))
        areas = self._areas.get(str(row["area"]), (str(row["area"]),))
        ignored = {BASIS}
        if dropped := self.dropped(row):
            areas = tuple(area for area in areas if area not in dropped)
            ignored |= {DROP, DROP_EVENT}
        return Cell(
            family=_family(str(row["table"]), str(row["term"]), indicator),
            wave=str(row["wave"]),
            periods=_periods(str(row["period"])),
            areas=areas,
            laws=self._law_set(law, indicator) if cost else tuple(filter(None, [law])),
            selection=tuple(choice for choice in selection if choice[0] not in ignored),
        )

    def dropped(self, row: Row) -> tuple[str, ...]:
        """Return the areas that a sensitivity analysis leaves out, if any."""
        if row["table"] != Table.SENSITIVITY:
            return ()
        named = dict(parse_category(str(row["category"]))).get(DROP, "").split(ANY_OF)
        return tuple(area for area in named if area in self.everywhere)

    def basis(self, row: Row) -> str:
        """Return the cost basis that a row names in its category or by its indicator."""
        named = dict(parse_category(str(row["category"]))).get(BASIS)
        indicator = self._codebook.indicators.get(str(row["indicator"]))
        declared = indicator.basis.value if indicator and indicator.basis else ""
        return named or declared

    def answers(self, indicator: str) -> tuple[Choice, Choice]:
        """Return the choices "counts towards the share" and "does not", as answers where known.

        A share of good answers and the shares of the single answers are one table.
        """
        scale = self._codebook.scales.get(indicator)
        if scale is None or not scale.good_codes or len(scale.items) != 1:
            return ("share", "yes"), ("share", "no")
        item = self._codebook.items.get(scale.items[0])
        others = [code for code in (item.codes if item else {}) if code not in scale.good_codes]
        if not others:
            return ("share", "yes"), ("share", "no")
        return (ANSWER, ANY_OF.join(scale.good_codes)), (ANSWER, ANY_OF.join(others))

    def level_cells(self, row: Row) -> tuple[Cell, ...]:
        """Return the levels whose difference a row of change or contrast states.

        A change and one of its two levels give the other one away; so a change is shown only
        where both levels are. The two sides of a contrast are named as cells of their own.
        """
        if row["table"] not in {Table.CHANGE, Table.CONTRAST, Table.SENSITIVITY} or row["period"]:
            return ()
        own = replace(self.cell(row), family=str(row["indicator"]))
        between = row["area"] == _BETWEEN
        places = [self._areas[side.value] for side in Side] if between else [own.areas]
        cells = [
            replace(own, wave=wave, areas=areas)
            for wave in dict.fromkeys((own.wave, self._baseline))
            for areas in places
        ]
        if row["unit"] == "share":
            cells += [cell.select(self.answers(str(row["indicator"]))[0]) for cell in cells]
        return tuple(cells)

    def _law_set(self, law: str, indicator: str) -> tuple[str, ...]:
        if law and not law.startswith(PAYER):
            return (law,)
        known = self._codebook.indicators.get(indicator)
        if known is not None and known.laws:
            return tuple(sorted(known.laws))
        payer, laws = law.removeprefix(PAYER), self._codebook.laws
        return tuple(sorted(name for name in laws if not law or laws[name].payer == payer))


def _family(table: str, term: str, indicator: str) -> str:
    if table in COST_TABLES:
        return "cost"
    if table in _RESPONDENT_TABLES:
        return "invited" if term == "invited" else "respondents"
    if table == Table.CHANGE:
        return f"change:{indicator}"
    if table in {Table.CONTRAST, Table.SENSITIVITY}:
        return f"contrast:{indicator}"
    return f"records:{indicator}" if term in _RECORD_TERMS else indicator


def _periods(period: str) -> tuple[str, ...]:
    """Return a year as its four quarters, anything else as itself."""
    if not (year := _YEAR.match(period)):
        return (period,)
    return tuple(f"{year[1]}-Q{quarter}" for quarter in range(1, _QUARTERS + 1))
