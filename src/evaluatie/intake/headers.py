"""Which column of a file is which: by its header, never by its position or by the year."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Column, Feed, Item
from evaluatie.domain import Severity
from evaluatie.intake.issues import IssueLog

FOREIGN = " (in file)"  # marks a header that only looks like a name of the dictionary
YEAR_SUFFIX = re.compile(r"^(?P<name>.*\S)\s*\[(?P<year>\d{4})\]$")
SHOWN = 8  # headers named in a message
CLOSE = 0.6  # likeness from which a header is named as the probable one


@dataclass(frozen=True)
class Place:
    """Which file of which feed an issue is about."""

    feed: str
    file: str  # below data/raw


def expected_headers(codebook: Codebook, feed: Feed) -> dict[str, str]:
    """Return header in the file -> canonical name, aliases included."""
    named: list[tuple[str, Column | Item]] = [
        (column.name, column) for column in feed.columns if not column.from_path
    ]
    if feed.questionnaire:
        named += list(codebook.items_for(feed.questionnaire).items())
    headers: dict[str, str] = {}
    for name, column in named:
        aliases = column.aliases if isinstance(column, Column) else ()
        headers |= dict.fromkeys((column.column, *aliases), name)
    return headers


def known_headers(found: Collection[str], headers: Mapping[str, str], feed: Feed) -> dict[str, str]:
    """Return the headers of a file that the dictionary knows -> canonical name.

    In layout ``wide_years`` the year stands in the header and stays in the name: ``name [year]``.
    """
    known = {}
    for header in found:
        bare, year = split_year(header) if feed.layout == "wide_years" else (header, "")
        if bare in headers:
            known[header] = f"{headers[bare]} [{year}]" if year else headers[bare]
        elif header in headers:
            known[header] = headers[header]
    return known


def split_year(header: str) -> tuple[str, str]:
    """Return a header without the year between square brackets at its end, and that year."""
    parts = YEAR_SUFFIX.match(header)
    return (parts["name"], parts["year"]) if parts else (header, "")


def canonical_names(
    frame: pd.DataFrame, headers: Mapping[str, str], feed: Feed, place: Place, log: IssueLog
) -> pd.DataFrame | None:
    """Return the frame with canonical names; None where the first line is no header at all.

    A header that the dictionary does not know keeps its name: `validate` reports it. Only where
    most expected headers are there may names be shown: else the "names" could be a first record.
    A national file with public figures may show them always.
    """
    found = [str(name).strip() for name in frame.columns]
    known = known_headers(found, headers, feed)
    wanted = set(headers.values())
    bare = {name.partition(" [")[0] for name in known.values()}
    if len(bare & wanted) * 2 < len(wanted) and len(known) * 2 < len(found):
        log.add(
            "no_header",
            feed=place.feed,
            file=place.file,
            severity=Severity.BLOCK,
            allowed=f"{_listed(headers)} ({len(bare & wanted)} of {len(wanted)} are there)"
            + _found(found, feed),
        )
        return None
    names = [known.get(h, h + FOREIGN if h in wanted else h) for h in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        log.add(
            "duplicate_column",
            feed=place.feed,
            file=place.file,
            column=name,
            severity=Severity.BLOCK,
            count=names.count(name),
            allowed="every column once",
        )
    renamed = frame.set_axis(names, axis="columns")
    return renamed.loc[:, ~renamed.columns.duplicated()]


def missing_columns(
    columns: Collection[Column], present: Collection[str], place: Place, log: IssueLog
) -> None:
    """Report every required column without its header, with the header that looks most like it."""
    known = {name for column in columns for name in (column.name, column.column, *column.aliases)}
    others = [name for name in present if name not in known]
    for column in columns:
        if not column.required or column.name in present or set(column.unless) & set(present):
            continue
        expected = (column.column, *column.aliases)
        log.add(
            "missing_column",
            feed=place.feed,
            file=place.file,
            column=column.name,
            severity=Severity.BLOCK,
            allowed=" or ".join(expected) + _closest(expected, others),
        )


def _closest(expected: Collection[str], others: Collection[str]) -> str:
    """Return which unknown header of the file is probably the one that is missing."""
    plain = {other.casefold(): other for other in others}
    found: Iterator[str] = (
        plain[close]
        for header in expected
        for close in difflib.get_close_matches(header.casefold(), plain, 1, cutoff=CLOSE)
    )
    named = next(found, "")
    return f" (the file has '{named}')" if named else ""


def _listed(names: Collection[str]) -> str:
    shown = list(names)[:SHOWN]
    return ", ".join(shown) + (", ..." if len(names) > SHOWN else "")


def _found(found: Collection[str], feed: Feed) -> str:
    return f"; the file has: {_listed(found)}" if is_public(feed) else ""


def is_public(feed: Feed) -> bool:
    """Return whether a file holds published figures only, so that its words may be shown."""
    published = bool(feed.only_municipality) or feed.layout == "wide_years"
    return published and not feed.about_persons
