"""Read the text of a CSV file as it is; find out whether it is whole.

Whatever cannot be read is counted and named; a file that breaks off is refused as a whole, because
nobody knows how much of it is missing.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from evaluatie.dictionary.model import Feed
from evaluatie.domain import Severity
from evaluatie.intake.headers import Place, known_headers
from evaluatie.intake.issues import IssueLog

DELIMITERS = (";", ",", "\t", "|")
NAMES = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar"}
LATIN = ("latin-1", "iso-8859-1")
ENOUGH = 2  # other rows from which the shape of a last value can be judged


def read_csv(
    content: bytes, feed: Feed, headers: Mapping[str, str], place: Place, log: IssueLog
) -> pd.DataFrame | None:
    """Return the cells as text under the headers of the file; None where it cannot be read."""
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
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        if feed.encoding.lower() not in LATIN:
            log.add("wrong_encoding", feed=place.feed, file=place.file, allowed=feed.encoding)
        return content.decode("latin-1")


def _right_delimiter(
    first: str, feed: Feed, headers: Mapping[str, str], place: Place, log: IssueLog
) -> bool:
    def known(delimiter: str) -> int:
        cells = next(csv.reader([first.strip()], delimiter=delimiter), [])
        return len(known_headers([cell.strip() for cell in cells], headers, feed))

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
    other: list[tuple[int, str]] = []

    def set_aside(row: pyarrow.csv.InvalidRow) -> str:
        other.append((row.actual_columns, row.text))
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
    _report_lines(body, frame, other, feed, place, log)
    frame.columns = pd.Index(names)
    return frame


def _report_lines(
    body: str,
    frame: pd.DataFrame,
    other: Sequence[tuple[int, str]],
    feed: Feed,
    place: Place,
    log: IssueLog,
) -> None:
    """Report a file that breaks off, and rows with another number of fields than the header."""
    ended = body.endswith(("\n", "\r"))
    fields = frame.shape[1]
    last = other[-1][1].rstrip("\r\n") if other else ""
    short = bool(other) and other[-1][0] < fields and body.rstrip("\r\n").endswith(last)
    truncated = not ended and (short or (bool(len(frame)) and _cut_value(frame)))
    if truncated:
        log.add("truncated_file", feed=place.feed, file=place.file, severity=Severity.BLOCK)
    elif not ended:
        log.add("no_final_newline", feed=place.feed, file=place.file)
    amounts = any(column.type == "eur" for column in feed.columns)
    log.add(
        "ragged_row",
        feed=place.feed,
        file=place.file,
        count=len(other) - (truncated and short),
        # a row of money that is not read makes every total too low
        severity=Severity.BLOCK if amounts else Severity.TOLERATE,
        allowed=f"{fields} fields",
    )


def _cut_value(frame: pd.DataFrame) -> bool:
    """Return whether the very last value is shorter than all others of its column can be.

    A file that breaks off inside its last field still has the right number of fields. The value is
    cut when the column has one length (dates, codes) or one number of decimals, and it has less;
    or when it is empty and no other value is.
    """
    values = frame.iloc[:, -1].astype(str).to_numpy(dtype=object)
    last, rest = values[-1], [value for value in values[:-1] if value]
    if len(rest) < ENOUGH:
        return False
    if not last:
        return len(rest) == len(values) - 1
    lengths = {len(value) for value in rest}
    tails = {len(value) - max(value.rfind(","), value.rfind(".")) for value in rest}
    marked = all("," in value or "." in value for value in rest)
    tail = len(last) - max(last.rfind(","), last.rfind("."))
    one_tail = marked and len(tails) == 1 and (tail < min(tails) or not set(",.") & set(last))
    return bool(np.any([len(lengths) == 1 and len(last) < min(lengths), one_tail]))
