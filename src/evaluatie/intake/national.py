"""National files: only the rows of the study's own municipality are read."""

from __future__ import annotations

import difflib
import unicodedata

import pandas as pd

from evaluatie.dictionary.model import Feed
from evaluatie.domain import Severity
from evaluatie.intake.headers import Place
from evaluatie.intake.issues import IssueLog
from evaluatie.study import Study

NAMED = 3  # municipalities named in a message


def own_rows(
    frame: pd.DataFrame, feed: Feed, study: Study, place: Place, log: IssueLog
) -> pd.DataFrame | None:
    """Return the rows of the study's municipality, or of its postcodes; None where there are none.

    Names are compared without capitals, accents and punctuation marks: open data write them in
    several ways. A feed that is no national file is returned as it is.
    """
    column = feed.only_municipality
    if not column or column not in frame:
        return frame
    names = frame[column].fillna("").astype(str)
    wanted = {plain_name(name) for name in (study.municipality.name, *study.municipality.postcodes)}
    distinct = {name: plain_name(name) in wanted for name in names.unique()}
    own = frame[names.map(distinct).astype(bool)].reset_index(drop=True)
    if not own.empty:
        return own
    close = difflib.get_close_matches(
        plain_name(study.municipality.name), map(plain_name, distinct), NAMED
    )
    log.add(
        "municipality_absent",
        feed=place.feed,
        file=place.file,
        column=column,
        severity=Severity.BLOCK,
        count=len(frame),
        allowed=study.municipality.name + (f"; the file has: {', '.join(close)}" if close else ""),
    )
    return None


def plain_name(name: str) -> str:
    """Return a name in small letters without accents, punctuation marks and double spaces."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in bare).split())
