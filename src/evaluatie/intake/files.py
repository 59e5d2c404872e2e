"""Read one raw file (csv, SPSS .sav, parquet) as it is, and say what is wrong with the file itself.

Raw files are opened for reading only. Values stay as they are; `validate` gives them types.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pyreadstat

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Column, Feed, Item
from evaluatie.domain import Severity
from evaluatie.errors import FeedError
from evaluatie.intake.data import Source
from evaluatie.intake.issues import IssueLog
from evaluatie.study import Study

DELIMITERS = (";", ",", "\t", "|")
NAMES = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar"}
FOREIGN = " (in file)"  # marks a header that only looks like a name of the dictionary


@dataclass(frozen=True)
class Place:
    """Which file of which feed an issue is about."""

    feed: str
    file: str  # below data/raw


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
    named = canonical_names(frame, headers, place, log)
    source = Source(feed.id, relative, hashlib.sha256(content).hexdigest(), len(frame))
    return None if named is None else RawFile(_rest_rows_dropped(named, feed), source)


def expected_headers(codebook: Codebook, feed: Feed) -> dict[str, str]:
    """Return header in the file -> canonical name, aliases included."""
    named: list[tuple[str, Column | Item]] = [(column.name, column) for column in feed.columns]
    if feed.questionnaire:
        named += list(codebook.items_for(feed.questionnaire).items())
    headers: dict[str, str] = {}
    for name, column in named:
        aliases = column.aliases if isinstance(column, Column) else ()
        headers |= dict.fromkeys((column.column, *aliases), name)
    return headers


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
        return _read_csv(content, feed, headers, place, log)
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


def _read_csv(
    content: bytes, feed: Feed, headers: dict[str, str], place: Place, log: IssueLog
) -> pd.DataFrame | None:
    text = _decode(content, feed, place, log)
    if "\n" not in text:  # line ends of an old Mac
        text = text.replace("\r", "\n")
    first, _, body = text.partition("\n")
    if not _right_delimiter(first, feed, headers, place, log):
        return None
    names = next(csv.reader([first.rstrip("\r")], delimiter=feed.delimiter))
    if not body.strip():
        return pd.DataFrame(columns=names)
    if body.count('"') % 2:  # a quoted field was opened and never closed
        log.add("truncated_file", feed=place.feed, file=place.file, severity=Severity.BLOCK)
        return None
    return _read_records(body, [name.strip() for name in names], feed, place, log)


def _decode(content: bytes, feed: Feed, place: Place, log: IssueLog) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content:
        raise UnicodeError("not a single-byte encoding or UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if feed.encoding.lower() not in ("latin-1", "iso-8859-1"):
            log.add("wrong_encoding", feed=place.feed, file=place.file, allowed=feed.encoding)
        return content.decode("latin-1")


def _right_delimiter(
    first: str, feed: Feed, headers: dict[str, str], place: Place, log: IssueLog
) -> bool:
    def known(delimiter: str) -> int:
        cells = next(csv.reader([first.strip()], delimiter=delimiter), [])
        return sum(cell.strip() in headers for cell in cells)

    best = max((feed.delimiter, *DELIMITERS), key=known)
    if best == feed.delimiter or known(best) == known(feed.delimiter):
        return True
    log.add(
        "wrong_delimiter",
        feed=place.feed,
        file=place.file,
        severity=Severity.BLOCK,
        allowed=f"{NAMES.get(feed.delimiter, feed.delimiter)}, not {NAMES[best]}",
    )
    return False


def _read_records(
    body: str, names: Sequence[str], feed: Feed, place: Place, log: IssueLog
) -> pd.DataFrame:
    short: list[tuple[int, str]] = []

    def set_aside(row: pyarrow.csv.InvalidRow) -> str:
        short.append((row.actual_columns, row.text))
        return "skip"

    positions = [str(position) for position in range(len(names))]
    table = pyarrow.csv.read_csv(
        io.BytesIO(body.encode("utf-8")),
        read_options=pyarrow.csv.ReadOptions(column_names=positions, use_threads=False),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=feed.delimiter, newlines_in_values=True, invalid_row_handler=set_aside
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(positions, pa.string()), strings_can_be_null=False
        ),
    )
    frame = table.to_pandas()
    frame.columns = pd.Index(names)
    _report_lines(body, names, short, place, log)
    return frame


def _report_lines(
    body: str, names: Sequence[str], short: list[tuple[int, str]], place: Place, log: IssueLog
) -> None:
    last = body.rstrip("\r\n").rpartition("\n")[2].rstrip("\r")
    ended = body.endswith(("\n", "\r"))
    cut = bool(short) and short[-1][0] < len(names) and short[-1][1].rstrip("\r\n") == last
    truncated = cut and not ended
    if truncated:
        log.add("truncated_file", feed=place.feed, file=place.file, severity=Severity.BLOCK)
    elif not ended:
        log.add("no_final_newline", feed=place.feed, file=place.file)
    log.add(
        "ragged_row",
        feed=place.feed,
        file=place.file,
        count=len(short) - truncated,
        allowed=f"{len(names)} fields",
    )


def canonical_names(
    frame: pd.DataFrame, headers: dict[str, str], place: Place, log: IssueLog
) -> pd.DataFrame | None:
    """Return the frame with canonical names; None where the first line is no header at all.

    A header that the dictionary does not know keeps its name: `validate` reports it. Only where
    most expected headers are there may names be shown: else the "names" could be a first record.
    """
    found = [str(name).strip() for name in frame.columns]
    known = [headers[name] for name in found if name in headers]
    if len(set(known)) * 2 < len(set(headers.values())) and len(known) * 2 < len(found):
        log.add(
            "no_header",
            feed=place.feed,
            file=place.file,
            severity=Severity.BLOCK,
            allowed=", ".join(list(headers)[:8]) + (", ..." if len(headers) > 8 else ""),
        )
        return None
    canonical = set(headers.values())
    names = [headers.get(h, h + FOREIGN if h in canonical else h) for h in found]
    twice = {name for name in names if names.count(name) > 1}
    for name in sorted(twice):
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


def _rest_rows_dropped(frame: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """Drop the rest row of an open data file (declared in the feed; not an issue)."""
    for column, values in feed.drop_rows.items():
        if column in frame:
            frame = frame[~frame[column].fillna("").astype(str).str.strip().isin(values)]
    return frame.reset_index(drop=True)
