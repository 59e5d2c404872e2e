"""Check that everything in the dictionary that points at something points at something.

All problems are collected and reported in one error, each with file, line and what is allowed.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from evaluatie.declarations import line_of
from evaluatie.dictionary.files import Entry
from evaluatie.dictionary.model import Feed, FeedCheck, Indicator, Item, Scale
from evaluatie.errors import DeclarationError
from evaluatie.study import Study

Found = dict[str, dict[str, Entry]]  # kind -> id -> entry


@dataclass(frozen=True)
class Problem:
    """One reference to nothing: where it stands, what is wrong, what is allowed."""

    entry: Entry
    location: tuple[str | int, ...]  # below the entry
    what: str
    allowed: Collection[str] = ()

    def __str__(self) -> str:
        place = f"  {self.entry.path}, line {_line(self.entry, self.location)}: {self.what}"
        return place + (f"; allowed: {', '.join(self.allowed)}" if self.allowed else "")


def check_references(study: Study, found: Found) -> None:
    """Check every cross reference of the dictionary, all of them before anything stops.

    Raises
    ------
    DeclarationError
        One line per problem: file, line, what is wrong, what is allowed.
    """
    waves = {wave.id for wave in study.waves}
    problems = (
        *_study_names(study, found),
        *_items(waves, found),
        *_scales(found),
        *_indicators(found),
        *_feeds(waves, found),
        *_laws(found),
        *_substitutions(found),
        *_ages_and_prices(found),
    )
    if problems:
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise DeclarationError(
            f"{count} in the data dictionary\n" + "\n".join(str(p) for p in problems)
        )


def _line(entry: Entry, location: tuple[str | int, ...]) -> int:
    if entry.path.suffix != ".csv":
        return line_of(entry.path, (*entry.location, *location))
    lines = entry.path.read_text(encoding="utf-8").splitlines()
    start = ",".join(str(part) for part in location)
    return next((n for n, text in enumerate(lines, start=1) if text.startswith(start)), 1)


def _unknown(
    entry: Entry, location: tuple[str | int, ...], kind: str, names: Any, known: Collection[str]
) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(str(name), known, 1)
            hint = f" (did you mean '{close[0]}'?)" if close else ""
            yield Problem(entry, location, f"there is no {kind} '{name}'{hint}", sorted(known))


def _study_names(study: Study, found: Found) -> Iterator[Problem]:
    path = study.analysis / "study.yml"
    entry = Entry(None, path, ())
    if path.is_file():
        yield from _unknown(entry, ("feeds",), "feed", study.feeds, found["feeds"])
        index = found["prices"]["prices"].value.index
        years = (study.price_level, *study.cost_years)
        yield from _unknown(
            entry,
            ("price_level",),
            "consumer price index for",
            [str(year) for year in dict.fromkeys(years)],
            {str(year) for year in index},
        )


def _items(waves: Collection[str], found: Found) -> Iterator[Problem]:
    for kind, population in (("items", "residents"), ("professional_items", "professionals")):
        taken: dict[str, str] = {
            column.column: f"feed {feed.id}"
            for feed in _values(found["feeds"])
            if feed.questionnaire == population
            for column in feed.columns
        }
        for entry in found[kind].values():
            item: Item = entry.value
            yield from _unknown(entry, ("waves",), "wave", item.waves, waves)
            yield from _item_codes(entry, item)
            for number, change in enumerate(item.changes):
                at = ("changes", number)
                yield from _unknown(entry, (*at, "wave"), "wave", [change.wave], waves)
                yield from _unknown(
                    entry, (*at, "recode"), "code", change.recode.values(), item.codes
                )
                if change.kind != "coding" and change.recode:
                    yield Problem(entry, at, "only a change of kind 'coding' can recode")
                for code in sorted(set(change.recode) & set(item.missing_codes)):
                    yield Problem(entry, at, f"code '{code}' is recoded and a missing code")
            if item.column in taken:
                yield Problem(
                    entry,
                    ("column",),
                    f"the header '{item.column}' is also of {taken[item.column]}",
                )
            taken[item.column] = f"item {item.id}"


def _item_codes(entry: Entry, item: Item) -> Iterator[Problem]:
    if item.type == "categorical":
        if not item.codes:
            yield Problem(entry, (), "a categorical item needs codes")
        for code in sorted(set(item.codes) & set(item.missing_codes)):
            yield Problem(
                entry, ("missing_codes",), f"code '{code}' is an answer and a missing code"
            )
    elif item.minimum is None or item.maximum is None or item.minimum >= item.maximum:
        yield Problem(entry, (), f"an item of type {item.type} needs a minimum below a maximum")


def _scales(found: Found) -> Iterator[Problem]:
    kinds = {"residents": "items", "professionals": "professional_items"}
    for entry in found["scales"].values():
        scale: Scale = entry.value
        items = {i: e.value for i, e in found[kinds[scale.population]].items()}
        missing = list(_unknown(entry, ("items",), "item", scale.items, items))
        yield from missing
        yield from _unknown(entry, ("reverse",), "item of this scale", scale.reverse, scale.items)
        yield from _scale_shape(entry, scale)
        if not missing:
            yield from _scale_codes(entry, scale, items)
        if scale.rule == "value_set" and not missing:
            yield from _scale_values(entry, scale, items, found)


def _scale_shape(entry: Entry, scale: Scale) -> Iterator[Problem]:
    if scale.rule in ("single", "imported", "share_of_codes") and len(scale.items) != 1:
        yield Problem(entry, ("items",), f"rule '{scale.rule}' takes exactly one item")
    if scale.rule == "share_of_codes" and not scale.good_codes:
        yield Problem(entry, (), "rule 'share_of_codes' needs good_codes")
    if scale.rule == "count_of_codes" and set(scale.item_codes) != set(scale.items):
        yield Problem(entry, ("item_codes",), "item_codes names every item once", scale.items)
    if not 0 <= scale.max_missing < len(scale.items):
        yield Problem(entry, ("max_missing",), f"max_missing lies below {len(scale.items)} items")
    if scale.minimum >= scale.maximum:
        yield Problem(entry, ("minimum",), "the minimum lies below the maximum")


def _scale_codes(entry: Entry, scale: Scale, items: Mapping[str, Item]) -> Iterator[Problem]:
    if scale.rule == "share_of_codes" and len(scale.items) == 1:
        codes = items[scale.items[0]].codes
        yield from _unknown(entry, ("good_codes",), "code", scale.good_codes, codes)
    for item_id in set(scale.item_codes) & set(items):
        codes = items[item_id].codes
        yield from _unknown(
            entry, ("item_codes", item_id), "code", scale.item_codes[item_id], codes
        )
    if scale.rule in ("sum", "mean"):
        for item_id in scale.items:
            if not all(code.lstrip("-").isdigit() for code in items[item_id].codes):
                yield Problem(entry, ("items",), f"the codes of '{item_id}' are not numbers")


def _scale_values(
    entry: Entry, scale: Scale, items: Mapping[str, Item], found: Found
) -> Iterator[Problem]:
    sets = found["value_sets"]
    if scale.value_set not in sets:
        yield from _unknown(entry, ("value_set",), "value set", [scale.value_set], sets)
        return
    values = sets[scale.value_set]
    allowed = {"constant", *scale.items}
    yield from _unknown(values, (), "item of the scale", values.value, allowed)
    for item_id in scale.items:
        if set(values.value.get(item_id, {})) != set(items[item_id].codes):
            what = f"the levels of '{item_id}' differ from the codes of the item"
            yield Problem(values, (item_id,), what, sorted(items[item_id].codes))


def _indicators(found: Found) -> Iterator[Problem]:
    for entry in found["indicators"].values():
        indicator: Indicator = entry.value
        yield from _unknown(entry, ("laws",), "law", indicator.laws, found["laws"])
        yield from _unknown(entry, ("feed",), "feed", [indicator.feed], found["feeds"])
        if indicator.feed in found["feeds"]:
            columns = {c.name for c in found["feeds"][indicator.feed].value.columns} | {"law"}
            for field in ("start", "end", "by"):
                if name := getattr(indicator, field):
                    where = f"column of feed {indicator.feed}"
                    yield from _unknown(entry, (field,), where, [name], columns)
        needed = {"duration": ("start", "end"), "stacking": ("minimum",),
                  "selection": ("project",), "cost_effectiveness": ("scale",)}  # fmt: skip
        for field in (*needed.get(indicator.kind, ()),):
            if getattr(indicator, field) is None:
                yield Problem(entry, (), f"an indicator of kind {indicator.kind} needs '{field}'")
        if indicator.id in found["scales"]:
            yield Problem(entry, (), f"'{indicator.id}' is also the id of a scale")


def _feeds(waves: Collection[str], found: Found) -> Iterator[Problem]:
    targets = {"wave": waves, "law": found["laws"], "payer": found["payers"]}
    kinds = [feed.questionnaire for feed in _values(found["feeds"]) if feed.questionnaire]
    for entry in found["feeds"].values():
        feed: Feed = entry.value
        at = Entry(feed, entry.path, ())
        yield from _feed_shape(at, feed, waves)
        if kinds.count(feed.questionnaire) > 1:
            yield Problem(at, ("questionnaire",), "another feed holds the same questionnaire")
        for number, column in enumerate(feed.columns):
            lists = [column.code_list] if column.code_list else []
            here = ("columns", number)
            yield from _unknown(at, (*here, "code_list"), "code list", lists, found["code_lists"])
            laws = [column.law] if column.law else []
            yield from _unknown(at, (*here, "law"), "law", laws, found["laws"])
            yield from _unknown(
                at, (*here, "unless"), "column", column.unless, [c.name for c in feed.columns]
            )
            if column.name in targets:
                values = [code for code in column.codes.values() if code]
                known = targets[column.name]
                yield from _unknown(at, (*here, "codes"), column.name, values, known)
        for number, check in enumerate(feed.checks):
            yield from _feed_check(at, number, check, found)


def _feed_shape(entry: Entry, feed: Feed, waves: Collection[str]) -> Iterator[Problem]:
    yield from _unknown(entry, ("path_by_wave",), "wave", feed.path_by_wave, waves)
    names = [column.name for column in feed.columns]
    headers = [h for column in feed.columns for h in (column.column, *column.aliases)]
    for kind, values in (("column", names), ("header", headers)):
        for name in sorted({name for name in values if values.count(name) > 1}):
            yield Problem(entry, ("columns",), f"the {kind} '{name}' occurs twice")
    yield from _unknown(entry, ("drop_rows",), "column", feed.drop_rows, names)
    if feed.layout == "wide_categories" and not feed.wide_prefix:
        yield Problem(entry, ("layout",), "layout 'wide_categories' needs a wide_prefix")
    if feed.layout != "long" and not feed.wide_columns:
        yield Problem(entry, ("layout",), f"layout '{feed.layout}' needs columns that become rows")
    if feed.only_municipality:
        yield from _unknown(
            entry, ("only_municipality",), "column", [feed.only_municipality], names
        )
    if any(column.from_path for column in feed.columns) and "{year}" not in feed.path:
        yield Problem(entry, ("path",), "a column from_path needs {year} in the path")
    if feed.questionnaire and not {"respondent_id", "wave"} <= set(names):
        yield Problem(entry, ("columns",), "a questionnaire has columns respondent_id and wave")


def _feed_check(entry: Entry, number: int, check: FeedCheck, found: Found) -> Iterator[Problem]:
    own = _columns(entry.value)
    at = ("checks", number)
    yield from _unknown(entry, (*at, "columns"), "column of this feed", check.columns, own)
    if check.rule == "refers_to":
        known = {f"{f.id}.{name}" for f in _values(found["feeds"]) for name in _columns(f)}
        yield from _unknown(entry, (*at, "other"), "column of a feed", check.other, known)
    else:
        yield from _unknown(entry, (*at, "other"), "column of this feed", check.other, own)
    sizes = {"refers_to": 1, "not_before": 1, "no_overlap": 2}
    if len(check.other) != sizes.get(check.rule, 0):
        what = f"rule '{check.rule}' takes {sizes.get(check.rule, 0)} columns under 'other'"
        yield Problem(entry, at, what)


def _columns(feed: Feed) -> set[str]:
    added = {"wide_categories": {"category", "amount_eur"},
             "wide_years": {"category", "year", "value"}}  # fmt: skip
    wide: set[str] = added.get(feed.layout, set())
    return {column.name for column in feed.columns} | wide


def _laws(found: Found) -> Iterator[Problem]:
    for entry in found["laws"].values():
        yield from _unknown(entry, ("payer",), "payer", [entry.value.payer], found["payers"])
    for entry in found["code_lists"].values():
        for code, value in entry.value.items():
            law = [value.law] if value.law else []
            where = (code,) if entry.path.suffix == ".csv" else (code, "law")
            yield from _unknown(entry, where, "law", law, found["laws"])


def _substitutions(found: Found) -> Iterator[Problem]:
    """Check that each kind of care can be told apart in what its law reports."""
    wide = [f for f in _values(found["feeds"]) if f.layout == "wide_categories"]
    categories = {
        c.name for f in wide for c in f.columns if c.column.startswith(f.wide_prefix)
    }  # fmt: skip
    for entry in found["substitutions"].values():
        for key, care in (("from", entry.value.from_), ("to", entry.value.to)):
            yield from _unknown(entry, (key, "law"), "law", [care.law], found["laws"])
            if care.law not in found["laws"]:
                continue
            grain = found["laws"][care.law].value.grain
            known = set() if grain == "arrangement" else categories
            at = (key, "categories")
            yield from _unknown(entry, at, f"category of {care.law}", care.categories, known)
            products = {
                c
                for held in _values(found["code_lists"])
                for c, code in held.items()
                if code.law == care.law
            }
            known = products if grain == "arrangement" else set()
            yield from _unknown(
                entry, (key, "products"), f"product of {care.law}", care.products, known
            )


def _ages_and_prices(found: Found) -> Iterator[Problem]:
    entry = found["survey_age_groups"]["survey_age_groups"]
    at = ("survey_age_groups",)
    for lower, upper in pairwise(entry.value):
        if upper.minimum != lower.maximum + 1:
            what = f"age group '{upper.id}' does not follow on '{lower.id}'"
            yield Problem(entry, at, what)
    for group in entry.value:
        if group.minimum > group.maximum:
            yield Problem(entry, at, f"age group '{group.id}' ends before it starts")
    prices = found["prices"]["prices"]
    if prices.value.index.get(prices.value.base) != 100:
        yield Problem(prices, ("prices", "index"), "the index of the base year is 100")
    yield from _unit_prices(found, {str(year) for year in prices.value.index})


def _unit_prices(found: Found, years: Collection[str]) -> Iterator[Problem]:
    for entry in found.get("economics", {}).values():
        for name, price in entry.value.unit_prices.items():
            at = ("economics", "unit_prices", name, "price_level")
            yield from _unknown(
                entry, at, "consumer price index for", [str(price.price_level)], years
            )


def _values(entries: Mapping[str, Entry]) -> list[Any]:
    return [entry.value for entry in entries.values()]
