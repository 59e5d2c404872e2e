"""Turn a file with one column per category, or per category and year, into one row for each."""

from __future__ import annotations

import pandas as pd

from evaluatie.dictionary.model import Feed
from evaluatie.domain import Severity
from evaluatie.intake.headers import Place, missing_columns, split_year
from evaluatie.intake.issues import IssueLog


def melt_categories(raw: pd.DataFrame, feed: Feed, file: str, log: IssueLog) -> pd.DataFrame:
    """Return one row per record x category with columns ``category`` and ``amount_eur``.

    In layout ``wide_years``: per record x category x year, columns ``category``, ``year``,
    ``value``. A category without its column in the file is reported here, because afterwards it
    cannot be seen; so is a column of amounts that the dictionary does not know: leaving it out
    would make every total too low. A frame of a feed in layout ``long`` is returned as it is.
    """
    if feed.layout == "wide_years":
        return _melt_years(raw, feed, file, log)
    if feed.layout == "long":
        return raw
    place, present = Place(feed.id, file), [str(name) for name in raw.columns]
    missing_columns(feed.wide_columns, present, place, log)
    _unknown_amounts(present, feed, place, log)
    names = [c.name for c in feed.wide_columns if c.name in raw]
    kept = [name for name in present if name not in names]
    return raw.melt(id_vars=kept, value_vars=names, var_name="category", value_name="amount_eur")


def _unknown_amounts(present: list[str], feed: Feed, place: Place, log: IssueLog) -> None:
    known = {column.name for column in feed.columns}
    prefix = feed.wide_prefix.casefold()
    for name in present:
        if name not in known and name.casefold().startswith(prefix):
            log.add(
                "unknown_amount",
                feed=place.feed,
                file=place.file,
                column=name,
                severity=Severity.BLOCK,
                allowed=f"columns {feed.wide_prefix}* of the dictionary",
            )


def _melt_years(raw: pd.DataFrame, feed: Feed, file: str, log: IssueLog) -> pd.DataFrame:
    wide = {column.name for column in feed.wide_columns}
    split = {str(name): split_year(str(name)) for name in raw.columns}
    found = {name: parts for name, parts in split.items() if parts[0] in wide}
    place = Place(feed.id, file)
    missing_columns(feed.wide_columns, [bare for bare, _ in split.values()], place, log)
    for name, (_, year) in found.items():
        if not year:
            log.add(
                "year_missing",
                feed=feed.id,
                file=file,
                column=name,
                severity=Severity.BLOCK,
                allowed="a header that ends with its year, such as '... [year]'",
            )
    kept = [name for name in raw.columns if name not in found]
    frame = raw.melt(id_vars=kept, value_vars=list(found), var_name="_header", value_name="value")
    bare = {name: parts[0] for name, parts in found.items()}
    year_of = {name: parts[1] for name, parts in found.items()}
    header = frame.pop("_header")
    return frame.assign(category=header.map(bare), year=header.map(year_of))
