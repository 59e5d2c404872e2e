"""Read one raw file (csv, SPSS .sav, parquet) as it is, and say what is wrong with the file itself.

Raw files are opened for reading only. Values stay as they are; `validate` gives them types.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pyreadstat

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Feed
from evaluatie.domain import Severity
from evaluatie.errors import FeedError
from evaluatie.intake.csv_text import read_csv
from evaluatie.intake.data import Source
from evaluatie.intake.headers import Place, canonical_names, expected_headers
from evaluatie.intake.issues import IssueLog
from evaluatie.intake.national import own_rows
from evaluatie.study import Study


@dataclass(frozen=True)
class RawFile:
    """One raw file: its frame with canonical names where the header is known, and its digest."""

    frame: pd.DataFrame
    source: Source


def raw_path(study: Study, relative: str) -> Path:
    """Return the path of a raw file, which really lies in the raw folder.

    Raises
    ------
    FeedError
        The path, or a link on the way, leads out of `data/raw`.
    """
    folder = Path(os.path.abspath(study.root.resolve() / study.raw.relative_to(study.root)))
    path = (folder / relative).resolve()
    if study.raw.resolve() != folder or not path.is_relative_to(folder):
        raise FeedError(
            "this path leads out of the folder with raw data",
            where=relative,
            allowed="files that really lie in data/raw, not behind a link and not in data/truth",
            remedy="copy the file into data/raw, or correct the path of the feed.",
        )
    return path


def read_raw(
    study: Study, codebook: Codebook, feed: Feed, relative: str, log: IssueLog
) -> RawFile | None:
    """Read one raw file; None when nothing can be read, with the reason in the log."""
    path, place = raw_path(study, relative), Place(feed.id, relative)
    if not path.is_file():
        log.add("missing_file", feed=feed.id, file=relative, column="", allowed=relative)
        return None
    content = path.read_bytes()
    if not content.removeprefix(codecs.BOM_UTF8).strip():
        log.add("empty_file", feed=feed.id, file=relative, severity=Severity.BLOCK)
        return None
    headers = expected_headers(codebook, feed)
    frame = _read_format(content, path.suffix.lower(), feed, headers, place, log)
    if frame is None:
        return None
    if frame.empty:
        log.add("no_rows", feed=feed.id, file=relative, severity=Severity.BLOCK)
        return None
    named = canonical_names(frame, headers, feed, place, log)
    if named is None:
        return None
    kept = own_rows(_rest_rows_dropped(named, feed), feed, study, place, log)
    source = Source(feed.id, relative, hashlib.sha256(content).hexdigest(), len(frame))
    return None if kept is None else RawFile(kept, source)


def _read_format(
    content: bytes,
    suffix: str,
    feed: Feed,
    headers: dict[str, str],
    place: Place,
    log: IssueLog,
) -> pd.DataFrame | None:
    try:
        if suffix == ".sav" or (feed.format == "sav" and suffix != ".csv"):
            return _read_sav(content)
        if suffix == ".parquet" or feed.format == "parquet":
            return pyarrow.parquet.read_table(io.BytesIO(content)).to_pandas()
        return read_csv(content, feed, headers, place, log)
    except (pa.ArrowException, pyreadstat.ReadstatError, UnicodeError, OSError):
        log.add(
            "unreadable_file",
            feed=place.feed,
            file=place.file,
            severity=Severity.BLOCK,
            allowed=f"a complete {suffix.removeprefix('.')} file",
        )
        return None


def _read_sav(content: bytes) -> pd.DataFrame:
    # pyreadstat reads a path only; reading a copy of the bytes keeps digest and frame the same file
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.sav"
        copy.touch(mode=0o600)
        copy.write_bytes(content)
        frame, _ = pyreadstat.read_sav(str(copy), apply_value_formats=False, user_missing=True)
    return frame


def _rest_rows_dropped(frame: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """Drop the rest row of an open data file (declared in the feed; not an issue)."""
    for column, values in feed.drop_rows.items():
        if column in frame:
            frame = frame[~frame[column].fillna("").astype(str).str.strip().isin(values)]
    return frame.reset_index(drop=True)
