"""What a cell is: the group of people a number speaks of, read from the key of a row.

Two rows that speak of the same group are claims on the same cell, in whatever table or report
they stand. Areas, laws and the quarters of a year are kept as sets, so that a side, a payer and a
year are unions of them without being told so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from evaluatie.costs import cost_year
from evaluatie.dictionary.model import CodebookContent
from evaluatie.domain import CostBasis, Side
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
EVERY_LAW = "all"
COST_TABLES = frozenset({Table.COST_LEVEL, Table.COST_USERS})
_AMOUNTS_BESIDE = frozenset({(Table.PAYER, "total"), (Table.HOUSEHOLD, "per_household")})
"""Rows (table, term) whose euros are those of the cost tables, over whole years."""
MONITOR_TABLES = frozenset(
    {Table.HOUSEHOLD, Table.STACKING, Table.SELECTION, Table.PAYER, Table.DURATION, Table.MIRROR,
     Table.BUSINESS_CASE, Table.COST_EFFECTIVENESS}
)  # fmt: skip
_LEDGER_KINDS = ("payer_shift", "household_cost")  # their levels are amounts of the cost tables
_MOVES = frozenset(
    {"change", "difference", "beyond", "people", "elsewhere", "net", "after_funding"}
)
OPEN_SHARE, ENDED_SHARE = "open_share", "ended_share"  # of those at risk, in what way or not yet
DAY, WITHIN = "day", "ended_within"  # a day on a curve; who has ended before it
_PARTITIONS = frozenset({"end", "ended", "highest", "care", WITHIN})
"""Dimensions of the monitor whose values divide a group, beside the column an indicator splits by.

Every other one names a view (a day on a curve, a top, a set of laws in use) whose groups overlap:
nothing is added over it, and each of its values is a table of its own.
"""
_AT_ONCE, _HIGHEST = "at_once", "highest"
_LEVELS = frozenset({"stacked_share", "change", "difference"})
"""Terms of stacking whose people ever had so many at once: those whose highest number it was."""
_GROUPS: Mapping[str, frozenset[str]] = {
    Table.BUSINESS_CASE: frozenset({"project"}),
    Table.COST_EFFECTIVENESS: frozenset(),
}
"""Tables whose category says more about the number than about its people: the parts that do."""
_WITHOUT = "without"  # laws that are missing from a margin
_RESPONDENT_TABLES = frozenset({Table.RESPONSE, Table.REPRESENTATIVENESS, Table.WEIGHTS})
_CONTRAST = "contrast:"
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
        self._first_year = str(cost_year(study, study.baseline.id))
        self._codebook = codebook

    def part(self, row: Row, dimensions: Collection[str]) -> Cell:
        """Return the part of a whole, divided by ``dimensions``, that a row states.

        Its share and its size are one cell: the whole is told, and so one gives the other away.
        """
        cell = self.cell(row)
        views = [view.split("=", 1) for view in cell.family.split("|")[1:]]
        kept = "|".join(f"{name}={value}" for name, value in views if name not in dimensions)
        chosen = [(k, v) for k, v in views if k in dimensions and v != EVERYWHERE]
        own = replace(cell, family=f"{row['indicator']}:parts|{kept}")
        selection = tuple(sorted({*cell.selection, *chosen}))
        return replace(own, laws=cell.laws or (EVERY_LAW,), selection=selection)

    def cell(self, row: Row) -> Cell:
        """Return the group that the number of persons behind ``row`` counts."""
        law = str(row["law"])
        cost = is_cost(row)
        selection = _people_of(row)
        areas = self._areas.get(str(row["area"]), (str(row["area"]),))
        ignored = {BASIS, _WITHOUT}
        if dropped := self.dropped(row):
            areas = tuple(area for area in areas if area not in dropped)
            ignored |= {DROP, DROP_EVENT}
        told = _GROUPS.get(str(row["table"]), {name for name, _ in selection}) - ignored
        apart = () if cost else self._views(row, told)
        family = "cost" if cost else _family(row)
        return Cell(
            family="|".join((family, *(f"{k}={v}" for k, v in selection if k in apart))),
            wave=str(row["wave"]),
            periods=_periods(str(row["period"])),
            areas=areas,
            laws=self._laws_paid(row) if cost else tuple(filter(None, [law])),
            selection=tuple(choice for choice in selection if choice[0] in told - set(apart)),
        )

    def _views(self, row: Row, told: Collection[str]) -> tuple[str, ...]:
        """Return the dimensions of a row of the monitor that nothing is added over."""
        if row["table"] not in MONITOR_TABLES:
            return ()
        known = self._codebook.indicators.get(str(row["indicator"]))
        by = known.by if known is not None else None
        return tuple(name for name in told if name not in _PARTITIONS and name != by)

    def dropped(self, row: Row) -> tuple[str, ...]:
        """Return the areas that a sensitivity analysis leaves out, if any."""
        if row["table"] != Table.SENSITIVITY:
            return ()
        named = dict(parse_category(str(row["category"]))).get(DROP, "").split(ANY_OF)
        return tuple(area for area in named if area in self.everywhere)

    def surveyed(self, row: Row) -> bool:
        """Return whether respondents are behind a row: no other feed has its indicator."""
        return str(row["indicator"]) not in self._codebook.indicators

    def basis(self, row: Row) -> str:
        """Return the cost basis that a row names, or its indicator; annual totals were declared."""
        named = dict(parse_category(str(row["category"]))).get(BASIS)
        indicator = self._codebook.indicators.get(str(row["indicator"]))
        declared = indicator.basis.value if indicator and indicator.basis else ""
        return named or declared or CostBasis.DECLARED.value

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
        if row["table"] in MONITOR_TABLES:
            return self._years_compared(row)
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

    def _years_compared(self, row: Row) -> tuple[Cell, ...]:
        """Return the levels behind a move since the year before the first wave, or between sides.

        Such a row has the people of its smallest level behind it: no group of its own.
        """
        if not _is_move(row):
            return ()
        own = self.cell(row)
        own = replace(own, family=own.family.removeprefix(_CONTRAST))
        known = self._codebook.indicators.get(str(row["indicator"]))
        if known is not None and known.kind in _LEDGER_KINDS:
            own = replace(
                own,
                family="cost",
                wave="",
                laws=self._laws_paid(row),
            )
        between = row["area"] == _BETWEEN
        places = [self._areas[side.value] for side in Side] if between else [own.areas]
        period = str(row["period"])
        since = [self._first_year] if row["term"] in _MOVES and _YEAR.match(period) else []
        return tuple(
            replace(own, areas=areas, periods=_periods(when))
            for when in dict.fromkeys((period, *since))
            for areas in places
        )

    def _laws_paid(self, row: Row) -> tuple[str, ...]:
        """Return the laws whose euros a row holds: a margin may be without some of them."""
        absent = dict(parse_category(str(row["category"]))).get(_WITHOUT, "").split(",")
        laws = self._law_set(str(row["law"]), str(row["indicator"]))
        return tuple(law for law in laws if law not in absent)

    def _law_set(self, law: str, indicator: str) -> tuple[str, ...]:
        """Return the laws of a label: itself, those of a payer, or those of the indicator."""
        if law and law != EVERY_LAW and not law.startswith(PAYER):
            return (law,)
        laws, known = self._codebook.laws, self._codebook.indicators.get(indicator)
        chosen = known.laws if known is not None and known.laws else tuple(laws)
        if law.startswith(PAYER):
            payer = law.removeprefix(PAYER)
            chosen = tuple(name for name in chosen if laws[name].payer == payer)
        return tuple(sorted(chosen))


def is_cost(row: Row) -> bool:
    """Return whether a row states euros, or their users, of the cost ledger or annual totals."""
    table = row["table"]
    return table in COST_TABLES or (table, str(row["term"])) in _AMOUNTS_BESIDE


def _people_of(row: Row) -> tuple[Choice, ...]:
    """Return the choices that say who the people behind a row are, sorted by dimension."""
    choices = parse_category(str(row["category"]))
    if row["table"] == Table.DURATION and row["term"] in {OPEN_SHARE, ENDED_SHARE}:
        return tuple(sorted((WITHIN, f"<{v}") if k == DAY else (k, v) for k, v in choices))
    if row["table"] != Table.STACKING or row["term"] not in _LEVELS:
        return choices
    return tuple(sorted((_HIGHEST if k == _AT_ONCE else k, v) for k, v in choices))


def _is_move(row: Row) -> bool:
    """Return whether a row of the monitor is a difference between years or between sides."""
    moved = row["term"] in _MOVES and bool(_YEAR.match(str(row["period"])))
    return row["table"] in MONITOR_TABLES and (moved or row["area"] == _BETWEEN)


def _family(row: Row) -> str:
    table, term, indicator = (str(row[key]) for key in ("table", "term", "indicator"))
    if table in _RESPONDENT_TABLES:
        return "invited" if term == "invited" else "respondents"
    if table == Table.CHANGE:
        return f"change:{indicator}"
    if table in {Table.CONTRAST, Table.SENSITIVITY} or _is_move(row):
        return f"{_CONTRAST}{indicator}"
    return f"records:{indicator}" if term in _RECORD_TERMS else indicator


def _periods(period: str) -> tuple[str, ...]:
    """Return a year as its four quarters, anything else as itself."""
    if not (year := _YEAR.match(period)):
        return (period,)
    return tuple(f"{year[1]}-Q{quarter}" for quarter in range(1, _QUARTERS + 1))
