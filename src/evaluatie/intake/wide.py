"""Turn a file with one cost column per category into one row per category."""

from __future__ import annotations

import pandas as pd

from evaluatie.dictionary.model import Feed
from evaluatie.domain import Severity
from evaluatie.intake.issues import IssueLog


def melt_categories(raw: pd.DataFrame, feed: Feed, file: str, log: IssueLog) -> pd.DataFrame:
    """Return one row per record x category with columns ``category`` and ``amount_eur``.

    A category without its column in the file is reported here: afterwards it cannot be seen.
    A frame of a feed in layout ``long`` is returned as it is.
    """
    if feed.layout == "long":
        return raw
    wide = [c for c in feed.columns if c.column.startswith(feed.wide_prefix)]
    for column in wide:
        if column.required and column.name not in raw:
            log.add(
                "missing_column",
                feed=feed.id,
                file=file,
                column=column.name,
                severity=Severity.BLOCK,
                allowed=" or ".join((column.column, *column.aliases)),
            )
    names = [c.name for c in wide if c.name in raw]
    kept = [name for name in raw.columns if name not in names]
    return raw.melt(id_vars=kept, value_vars=names, var_name="category", value_name="amount_eur")
