"""What intake hands on: validated frames, the problems it found, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

ISSUE_COLUMNS = (
    "feed",  # id of the feed
    "file",  # path below data/raw
    "column",  # canonical name, or empty
    "rule",  # short id of the rule, e.g. value_outside_codes
    "count",  # number of rows
    "severity",  # block or tolerate
    "allowed",  # what is allowed, in words
    "remedy",  # what to do
)

ANSWER_COLUMNS = (
    "feed",
    "wave",
    "column",  # item id
    "answered",  # numbers of rows in the file, before rows are set aside
    "missing_code",  # "no answer" and the like: missing, not a problem
    "empty",
    "invalid",  # outside codes or range, or of the wrong type
)


@dataclass(frozen=True)
class Source:
    """One raw file that was read."""

    feed: str
    path: str  # below data/raw
    sha256: str
    rows: int


@dataclass(frozen=True)
class RawFrames:
    """Raw frames in memory: canonical column names, values as they would be read from file.

    Attributes
    ----------
    survey, professionals : Mapping[str, pandas.DataFrame]
        Wave id -> one row per record; items by item id with the codes of the file (so before any
        recoding, and with missing codes), other columns with the codes of the file as well.
    feeds : Mapping[str, pandas.DataFrame]
        Feed id -> one row per raw record. A feed in layout ``wide_categories`` is long here:
        columns ``category`` and ``amount_eur``.
    synthetic : bool
        Whether the frames were drawn by the generator.
    """

    survey: Mapping[str, pd.DataFrame]
    professionals: Mapping[str, pd.DataFrame]
    feeds: Mapping[str, pd.DataFrame]
    synthetic: bool = False


@dataclass(frozen=True)
class StudyData:
    """Every feed of a study after validation.

    Attributes
    ----------
    survey : Mapping[str, pandas.DataFrame]
        Wave id -> one row per respondent; item columns by item id, invalid and missing as NaN/None.
    professionals : Mapping[str, pandas.DataFrame]
        The same for the professionals' survey.
    feeds : Mapping[str, pandas.DataFrame]
        Feed id -> one row per raw record, columns by canonical name.
    issues : pandas.DataFrame
        One row per problem, columns ``ISSUE_COLUMNS``; never a value of a person.
    unavailable : Mapping[str, str]
        Feed id -> reason why it could not be used; such a feed is in no other mapping.
    sources : tuple of Source
        Files read, with digest.
    synthetic : bool
        True only when every file is, to the byte, one that the generator wrote.
    left_out : Mapping[str, pandas.DataFrame]
        Feed id -> rows of a feed with amounts that are not in ``feeds``, as far as they could be
        read: what they are worth is part of the reconciliation.
    answers : pandas.DataFrame
        One row per asked item x wave, columns ``ANSWER_COLUMNS``: what became of the answers.
    """

    survey: Mapping[str, pd.DataFrame]
    professionals: Mapping[str, pd.DataFrame]
    feeds: Mapping[str, pd.DataFrame]
    issues: pd.DataFrame
    unavailable: Mapping[str, str]
    sources: tuple[Source, ...]
    synthetic: bool
    left_out: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    answers: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(ANSWER_COLUMNS))
    )
