"""Give one table its types, and set aside what the dictionary does not allow.

Order: columns, values, rows against the study, duplicates, overlaps. A wrong value becomes
missing; a row that lacks a required value, or breaks a rule over columns, is set aside. All are
counted. References between feeds are checked afterwards, in `references`.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Column, Feed, FeedCheck
from evaluatie.domain import Severity
from evaluatie.intake import rules
from evaluatie.intake.headers import Place, missing_columns
from evaluatie.intake.issues import IssueLog
from evaluatie.intake.parse import Parsed, allowed_type, parse
from evaluatie.study import Study

SHOWN_CODES = 12  # longer lists of codes are cut off in a message


@dataclass(frozen=True)
class Context:
    """What a check needs to know besides the frame."""

    study: Study
    codebook: Codebook
    feed: Feed
    file: str
    wave: str  # '' when the file holds no single wave
    log: IssueLog

    def report(
        self, rule: str, column: str, mask: np.ndarray, severity: Severity, allowed: str
    ) -> None:
        """Add an issue for the rows in ``mask``."""
        self.log.add_rows(
            rule,
            feed=self.feed.id,
            file=self.file,
            column=column,
            count=int(mask.sum()),
            rows=len(mask),
            severity=severity,
            allowed=allowed,
        )


@dataclass(frozen=True)
class Table:
    """A validated table, and the same rows before any was set aside (for references).

    ``rows`` are the index labels in ``before`` of the rows of ``frame``.
    """

    frame: pd.DataFrame
    before: pd.DataFrame
    rows: np.ndarray


def validate_feed(raw: pd.DataFrame, context: Context) -> Table:
    """Validate the frame of a feed that is no questionnaire."""
    columns = context.codebook.columns_of(context.feed.id)
    check_columns(raw, columns, (), context)
    parsed, aside = validate_columns(raw, columns, context)
    return set_rows_aside(parsed, aside, columns, context)


def check_columns(
    raw: pd.DataFrame, columns: Sequence[Column], others: Sequence[str], context: Context
) -> None:
    """Report missing columns (block) and unknown ones (not read)."""
    present = [str(name) for name in raw.columns]
    missing_columns(columns, present, Place(context.feed.id, context.file), context.log)
    known = [*(column.name for column in columns), *others]
    headers = [column.column for column in columns]
    for name in map(str, raw.columns):
        if name not in known:
            close = difflib.get_close_matches(name, [*headers, *known], 3, cutoff=0.5)
            context.log.add(
                "unknown_column",
                feed=context.feed.id,
                file=context.file,
                column=name,
                allowed=", ".join(close) or ", ".join(headers),
            )


def validate_columns(
    raw: pd.DataFrame, columns: Sequence[Column], context: Context
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the frame with parsed columns, and which rows lack a required value."""
    parsed: dict[str, pd.Series] = {}
    aside = np.zeros(len(raw), dtype=bool)
    for column in columns:
        if column.name in raw:
            values, unusable = _validate_column(raw[column.name], column, context)
            aside |= unusable
        else:
            values = parse(pd.Series(np.nan, index=raw.index), column.type).cells
        parsed[column.name] = values
    return pd.DataFrame(parsed, index=raw.index), aside


def _validate_column(
    raw: pd.Series, column: Column, context: Context
) -> tuple[pd.Series, np.ndarray]:
    decimal = context.feed.decimal
    found = parse(raw, column.type, decimal)
    context.report(
        "wrong_type", column.name, found.wrong, column.severity, allowed_type(column, decimal)
    )
    values, invalid = _checked(found, column, context)
    lost = np.asarray(values.isna())
    if column.nullable:
        return values, np.zeros(len(raw), dtype=bool)
    severity = column.severity
    bad = found.wrong | invalid
    context.report("missing_value", column.name, lost & ~bad, severity, "a value in every row")
    return values, lost


def _checked(found: Parsed, column: Column, context: Context) -> tuple[pd.Series, np.ndarray]:
    """Return the values inside codes and range, and which were outside."""
    codes = _codes(column, context.codebook)
    if codes is not None:
        invalid = rules.not_in(found.cells, codes.keys())
        allowed = code_text(list(codes))
        context.report("value_outside_codes", column.name, invalid, column.severity, allowed)
        mapped = {key: value or None for key, value in codes.items()}
        return found.cells.map(mapped).astype("object"), invalid
    invalid = np.zeros(len(found.cells), dtype=bool)
    if column.minimum is not None or column.maximum is not None:
        invalid = rules.outside(found.cells, column.minimum, column.maximum)
        allowed = range_text(column.minimum, column.maximum)
        context.report("value_outside_range", column.name, invalid, column.severity, allowed)
    return found.cells.mask(invalid), invalid


def _codes(column: Column, codebook: Codebook) -> dict[str, str] | None:
    if column.codes:
        return column.codes
    if column.code_list:
        return {code: code for code in codebook.code_lists[column.code_list]}
    return None


def code_text(codes: Sequence[str]) -> str:
    """Return the allowed codes in words, a long list cut off."""
    more = f", ... ({len(codes)} codes)" if len(codes) > SHOWN_CODES else ""
    return ", ".join(codes[:SHOWN_CODES]) + more


def range_text(minimum: float | None, maximum: float | None) -> str:
    """Return an allowed range in words."""
    if maximum is None:
        return f"{minimum:g} or more"
    return f"{maximum:g} or less" if minimum is None else f"{minimum:g} to {maximum:g}"


def set_rows_aside(
    parsed: pd.DataFrame, aside: np.ndarray, columns: Sequence[Column], context: Context
) -> Table:
    """Apply the feed's checks and return the rows that remain, columns in their final types."""
    frame = parsed[~aside]
    for check in context.feed.checks:
        if check.rule in _CHECKS:  # references are checked when every feed is there
            frame = _CHECKS[check.rule](frame, check, context)
    if frame.empty and len(parsed):
        context.log.add(
            "no_usable_rows",
            feed=context.feed.id,
            file=context.file,
            count=len(parsed),
            severity=Severity.BLOCK,
        )
    frame = _with_law(_final_types(frame, columns), columns, context.codebook)
    return Table(frame.reset_index(drop=True), parsed, frame.index.to_numpy())


def _final_types(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    whole = [c.name for c in columns if c.type == "integer" and not c.nullable]
    return frame.astype({n: "int64" for n in whole if not frame[n].isna().any()})


def _with_law(frame: pd.DataFrame, columns: Sequence[Column], codebook: Codebook) -> pd.DataFrame:
    """Add the law of a code list whose codes belong to laws, unless the feed has a column law."""
    if any(column.name == "law" for column in columns):
        return frame
    for column in columns:
        codes = codebook.code_lists[column.code_list] if column.code_list else {}
        laws = {code: value.law for code, value in codes.items() if value.law}
        if laws:
            return frame.assign(law=frame[column.name].map(laws).astype("object"))
    return frame


def _unique(frame: pd.DataFrame, check: FeedCheck, context: Context) -> pd.DataFrame:
    mask = rules.duplicates(frame, list(check.columns))
    allowed = "one row per " + " x ".join(check.columns)
    context.report("duplicate", check.columns[0], mask, check.severity, allowed)
    return frame[~mask]


def _not_before(frame: pd.DataFrame, check: FeedCheck, context: Context) -> pd.DataFrame:
    mask = rules.before(frame, check.columns[0], check.other[0])
    allowed = f"{check.columns[0]} on or after {check.other[0]}"
    context.report("end_before_start", check.columns[0], mask, check.severity, allowed)
    return frame[~mask]


def _known_area(frame: pd.DataFrame, check: FeedCheck, context: Context) -> pd.DataFrame:
    known = [area.code for area in context.study.areas]
    mask = rules.not_in(frame[check.columns[0]], known)
    context.log.add(  # most rows of a national file may lie elsewhere: that is no reason to block
        "unknown_area",
        feed=context.feed.id,
        file=context.file,
        column=check.columns[0],
        count=int(mask.sum()),
        severity=check.severity,
        allowed=", ".join(known),
    )
    return frame[~mask]


def _wave_matches(frame: pd.DataFrame, check: FeedCheck, context: Context) -> pd.DataFrame:
    allowed = [context.wave] if context.wave else [wave.id for wave in context.study.waves]
    mask = rules.not_in(frame[check.columns[0]], allowed)
    context.report("wave_mismatch", check.columns[0], mask, check.severity, ", ".join(allowed))
    return frame[~mask]


def _study_years(frame: pd.DataFrame, check: FeedCheck, context: Context) -> pd.DataFrame:
    first, last = context.study.cost_years
    mask = rules.outside(frame[check.columns[0]], first, last)
    context.log.add(
        "outside_study_years",
        feed=context.feed.id,
        file=context.file,
        column=check.columns[0],
        count=int(mask.sum()),
        severity=check.severity,
        allowed=f"{first} to {last}",
    )
    return frame[~mask]


def _no_overlap(frame: pd.DataFrame, check: FeedCheck, context: Context) -> pd.DataFrame:
    start, end = check.other
    found = rules.overlaps(frame, list(check.columns), start, end)
    allowed = "one record at a time per " + " x ".join(check.columns)
    context.report("overlap", end, found.overlapping, check.severity, allowed)
    closed = frame.assign(**{end: found.closed_end})
    return closed[~(found.overlapping & rules.before(closed, end, start))]


_CHECKS = {
    "unique": _unique,
    "not_before": _not_before,
    "known_area": _known_area,
    "wave_matches": _wave_matches,
    "study_years": _study_years,
    "no_overlap": _no_overlap,
}
