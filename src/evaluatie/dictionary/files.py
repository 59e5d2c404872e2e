"""The files of a dictionary folder: their names, their models, and where an entry stands."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluatie.declarations import Declared, Label, build_model, read_yaml
from evaluatie.dictionary.economics import Economics
from evaluatie.dictionary.model import (
    AgeGroup,
    Code,
    Feed,
    Indicator,
    Item,
    Law,
    Payer,
    PriceIndex,
    Scale,
    Substitution,
)
from evaluatie.errors import DeclarationError


class ItemFile(Declared):
    """Content of `items.yml`: item id -> item."""

    items: dict[str, Item]


class ProfessionalItemFile(Declared):
    """Content of `professional_items.yml`."""

    professional_items: dict[str, Item]


class ScaleFile(Declared):
    """Content of `scales.yml`."""

    scales: dict[str, Scale]


class IndicatorFile(Declared):
    """Content of `indicators.yml`."""

    indicators: dict[str, Indicator]


class LawFile(Declared):
    """Content of `laws.yml`."""

    laws: dict[str, Law]


class PayerFile(Declared):
    """Content of `payers.yml`."""

    payers: dict[str, Payer]


class SubstitutionFile(Declared):
    """Content of `substitutions.yml`."""

    substitutions: dict[str, Substitution]


class AgeGroupFile(Declared):
    """Content of `age_groups.yml`."""

    survey_age_groups: tuple[AgeGroup, ...]


class PriceFile(Declared):
    """Content of `prices.yml`."""

    prices: PriceIndex


class EconomicsFile(Declared):
    """Content of `economics.yml`."""

    economics: Economics


class CodeListFile(Declared):
    """Content of a `code_lists/<id>.yml`."""

    codes: dict[str, Code]


ID_FILES: dict[str, type[Declared]] = {
    "items": ItemFile,
    "professional_items": ProfessionalItemFile,
    "scales": ScaleFile,
    "indicators": IndicatorFile,
    "laws": LawFile,
    "payers": PayerFile,
    "substitutions": SubstitutionFile,
}
WHOLE_FILES: dict[str, tuple[str, type[Declared]]] = {
    "survey_age_groups": ("age_groups", AgeGroupFile),
    "prices": ("prices", PriceFile),
    "economics": ("economics", EconomicsFile),
}
CODE_COLUMNS = ["code", "nl", "en", "law", "source"]
DECREMENT_COLUMNS = ["item", "level", "decrement", "source"]


@dataclass(frozen=True)
class Entry:
    """One thing a dictionary file declares, and where."""

    value: Any
    path: Path
    location: tuple[str, ...]  # keys that lead to it inside the file
    override: bool = False


def read_id_file(path: Path, kind: str) -> dict[str, Entry]:
    """Read a file with a mapping of ids; each entry gets its id and may say ``override: true``."""
    content = read_yaml(path)
    overrides: dict[str, bool] = {}
    if isinstance(content, dict) and isinstance(content.get(kind), dict):
        entries = {}
        for key, raw in content[kind].items():
            entries[key], overrides[key] = _with_id(raw, str(key))
        content = {**content, kind: entries}
    model = build_model(path, content, ID_FILES[kind])
    return {
        key: Entry(value, path, (kind, key), overrides.get(key, False))
        for key, value in getattr(model, kind).items()
    }


def read_feed(path: Path) -> Entry:
    """Read `feeds/<id>.yml`; the id inside must be the name of the file."""
    raw, override = _with_id(read_yaml(path), path.stem)
    feed = build_model(path, raw, Feed)
    if feed.id != path.stem:
        raise DeclarationError(
            f"the feed is called '{feed.id}' but the file '{path.stem}'",
            where=f"{path}, line 1",
            remedy="give the file the name of the feed.",
        )
    return Entry(feed, path, ("id",), override)


def read_whole(path: Path, kind: str) -> Entry:
    """Read a file that is one entry as a whole (age groups, prices)."""
    raw, override = _with_id(read_yaml(path), None)
    return Entry(getattr(build_model(path, raw, WHOLE_FILES[kind][1]), kind), path, (), override)


def read_code_list(path: Path) -> Entry:
    """Read `code_lists/<id>.yml` or `.csv` as code -> Code."""
    if path.suffix == ".csv":
        codes = {
            row["code"]: Code(
                label=Label(nl=row["nl"], en=row["en"]),
                law=row["law"] or None,
                source=row["source"],
            )
            for row in _rows(path, CODE_COLUMNS, ["code"])
        }
        return Entry(codes, path, ())
    raw, override = _with_id(read_yaml(path), None)
    return Entry(build_model(path, raw, CodeListFile).codes, path, ("codes",), override)


def read_value_set(path: Path) -> Entry:
    """Read `value_sets/<id>.csv` as item -> level -> decrement.

    The row ``constant,any_above_1`` is subtracted once when any item has a level above 1.
    """
    table: dict[str, dict[str, float]] = {}
    for number, row in enumerate(_rows(path, DECREMENT_COLUMNS, ["item", "level"]), start=2):
        try:
            table.setdefault(row["item"], {})[row["level"]] = float(row["decrement"])
        except ValueError:
            raise DeclarationError(
                "the decrement is not a number",
                where=f"{path}, line {number}",
                allowed="a number with a decimal point, for instance 0.035",
            ) from None
    return Entry(table, path, ())


def _with_id(raw: Any, key: str | None) -> tuple[Any, bool]:
    if not isinstance(raw, dict):
        return raw, False
    entry = {name: value for name, value in raw.items() if name != "override"}
    return ({"id": key, **entry} if key is not None else entry), raw.get("override") is True


def _rows(path: Path, columns: list[str], key: list[str]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        if reader.fieldnames != columns:
            raise DeclarationError(
                "these are not the columns of this kind of file",
                where=f"{path}, line 1",
                allowed=",".join(columns),
            )
        rows, seen = [], set()
        for row in reader:
            name = tuple(row[k] for k in key)
            if name in seen or None in row or None in row.values():
                raise DeclarationError(
                    f"'{', '.join(str(n) for n in name)}' occurs twice or the row has another "
                    "number of columns",
                    where=f"{path}, line {reader.line_num}",
                    allowed=f"one row per {' and '.join(key)}, {len(columns)} columns",
                )
            seen.add(name)
            rows.append(row)
    return rows
