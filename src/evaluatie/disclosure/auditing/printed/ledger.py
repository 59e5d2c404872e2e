"""Hold the ledger of a run beside its files and beside its rows.

Every number that a file shows must be an entry of the ledger (`numbers.csv`: text, row, field,
channel), and every entry must be its row, rounded. Three faults do not need an attack: a number
that no entry covers, an entry of a row that may not be shown, an entry that its row does not bear
out.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.disclosure.auditing.printed.numbers import (
    around,
    date_number,
    formatted,
    half_unit,
    plain,
    spaced,
    spans,
    tokens,
)
from evaluatie.disclosure.auditing.printed.output import Printed, numbering_faults

TEXT, ALT, DRAWN = "text", "alt", "drawn"
LEDGER_COLUMNS = ("text", "row", "field", "channel")
DECLARED = "declared/"  # begins the id of an entry that is no row: a text of the agreements
P_VALUES = ("p_value", "p_adjusted", "p_attainable")
IN_UNIT = ("estimate", "std_error", "ci_low", "ci_high")
NAMING = ("category", "period")  # fields that say what a row is about; never secret
MOVES = ("difference", "change", "baseline_difference", "panel_change", "placebo_change")
"""Terms whose shares are printed as percentage points."""

UNCLAIMED, UNPRINTED = "unclaimed", "unprinted"
HIDDEN_PRINTED, NOT_ITS_ROW = "hidden_printed", "not_its_row"


@dataclass(frozen=True)
class Fault:
    """Something about a file that its ledger or its rows do not bear out.

    Attributes
    ----------
    kind : {"unclaimed", "unprinted", "hidden_printed", "not_its_row"}
        ``unprinted``: the ledger promises what the file does not say, which leaks nothing.
    number : str
        The number as printed or promised.
    row : str
        Id of the row, where there is one.
    told : str
        Where it stands, or what is wrong, in words.
    """

    kind: str
    number: str
    row: str = ""
    told: str = ""


@dataclass(frozen=True)
class Scale:
    """How the numbers of a row are printed.

    ``factor`` is what a number was multiplied by (100 for a percentage), ``date`` whether it is
    printed as a date, ``whole`` whether it is a year.
    """

    factor: int = 1
    date: bool = False
    whole: bool = False


def read_ledger(path: Path) -> pd.DataFrame:
    """Return `numbers.csv`: text, row, field, channel."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def faults_with_ledger(
    found: Iterable[str], ledger: pd.DataFrame, language: str = "nl", channel: str = TEXT
) -> list[Fault]:
    """Return what differs between the numbers in a report and those in its ledger."""
    printed, promised = Counter(found), promised_tokens(ledger, language, channel)
    return [
        *(Fault(UNCLAIMED, text, told=f"{n} more") for text, n in (printed - promised).items()),
        *(Fault(UNPRINTED, text, told=f"{n} less") for text, n in (promised - printed).items()),
    ]


def promised_tokens(ledger: pd.DataFrame, language: str, *channels: str) -> Counter[str]:
    """Return how often each number is in the ledger, over the channels."""
    texts = ledger.loc[ledger["channel"].isin(channels), "text"]
    return Counter(token for text in texts for token in tokens(text, language))


def faults_in_file(printed: Printed, ledger: pd.DataFrame, language: str = "nl") -> list[Fault]:
    """Return every number in a file that its ledger does not cover.

    Notes
    -----
    HTML, Word and notebooks have as many of each number as the ledger says, on the page and in
    the alternatives of figures. In a PDF the head of a table is repeated on every page it goes on
    to, so there a number that is claimed at all is covered however often it stands there; one that
    is claimed nowhere is found. Texts beside the page may only repeat it word for word.
    """
    faults = [
        *_on_page(printed, ledger, language),
        *_in_alternatives(printed, ledger, language),
        *_in_drawings(printed, ledger, language),
        *_beside(printed, language),
    ]
    faults += [Fault(UNCLAIMED, n, told="numbering") for n in numbering_faults(printed.numbering)]
    faults += [Fault(UNCLAIMED, "", told=f"cannot be read: {part}") for part in printed.closed]
    promised = Counter(ledger[list(LEDGER_COLUMNS)].itertuples(index=False, name=None))
    carried = Counter(printed.entries) - promised
    faults += [Fault(UNCLAIMED, e[0], e[1], "ledger inside the notebook") for e in carried]
    return faults


def _on_page(printed: Printed, ledger: pd.DataFrame, language: str) -> Iterator[Fault]:
    promised = promised_tokens(ledger, language, TEXT)
    yield from _beyond(printed.text, promised, language, once=printed.form == "pdf")


def _in_alternatives(printed: Printed, ledger: pd.DataFrame, language: str) -> Iterator[Fault]:
    promised = promised_tokens(ledger, language, ALT)
    text = "\n".join(printed.alternatives)
    yield from _beyond(text, promised, language, once=False)


def _beyond(text: str, promised: Counter[str], language: str, *, once: bool) -> Iterator[Fault]:
    """Yield the numbers that stand in a text more often than promised, last ones first to go.

    ``once``: a promise covers a number wherever it stands.
    """
    clean = spaced(text)
    places = spans(clean, language)
    surplus = Counter(clean[low:high] for low, high in places)
    surplus = surplus - promised
    for low, high in places:
        number = clean[low:high]
        if surplus[number] > 0 and not (once and number in promised):
            yield Fault(UNCLAIMED, number, told=around(clean, (low, high)))


def _in_drawings(printed: Printed, ledger: pd.DataFrame, language: str) -> Iterator[Fault]:
    """Yield numbers written in a figure that are neither printed nor drawn anywhere."""
    claimed = promised_tokens(ledger, language, TEXT, ALT)
    values = [Decimal(text) for text in ledger.loc[ledger["channel"] == DRAWN, "text"]]
    for text in printed.drawn:
        for number in tokens(text, language):
            if number not in claimed and not _drawn_as(number, values, language):
                yield Fault(UNCLAIMED, number, told=f"in a figure: {text}")


def _drawn_as(number: str, values: Iterable[Decimal], language: str) -> bool:
    value = plain(number, language)
    slack = half_unit(value)
    scales = (100,) if number.endswith("%") else (1, 100)
    return any(abs(drawn * scale - value) <= slack for drawn in values for scale in scales)


def _beside(printed: Printed, language: str) -> Iterator[Fault]:
    for beside in printed.beside:
        clean = spaced(beside.text)
        places = spans(clean, language)
        if places and not printed.repeats(clean):
            for span in places:
                words = f"{beside.place}: {around(clean, span)}"
                yield Fault(UNCLAIMED, clean[slice(*span)], told=words)


# --------------------------------------------------------------------------------------- rows


def faults_with_rows(
    ledger: pd.DataFrame, rows: pd.DataFrame, texts: Mapping[str, Any], language: str = "nl"
) -> list[Fault]:
    """Return every ledger entry that its row does not bear out.

    Parameters
    ----------
    rows : DataFrame
        Publishable rows of the run.
    texts : mapping
        Content of `slice.json`, for numbers inside declared texts.
    """
    by_id = {str(row["id"]): row for row in rows.to_dict("records")}
    shares = shares_of(rows)
    faults = []
    for text, row_id, field, channel in ledger[list(LEDGER_COLUMNS)].itertuples(index=False):
        if row_id.startswith(DECLARED):
            if not _stands_in(text, texts, row_id, field, language):
                faults.append(Fault(NOT_ITS_ROW, text, row_id, "does not stand there"))
            continue
        row = by_id.get(row_id)
        if row is None:
            faults.append(Fault(NOT_ITS_ROW, text, row_id, "the run does not have this row"))
        elif row["publication"] != "shown" and field not in NAMING:
            faults.append(Fault(HIDDEN_PRINTED, text, row_id, f"{field} of a hidden row"))
        elif not _borne_out(text, row, field, channel, language, row["indicator"] in shares):
            faults.append(Fault(NOT_ITS_ROW, text, row_id, f"is not {field}"))
    return faults


def shares_of(rows: pd.DataFrame) -> frozenset[str]:
    """Return the indicators whose contrasts are shares: their margins are percentage points."""
    chosen = (rows["table"] == "contrast") & (rows["unit"] == "share")
    return frozenset(rows.loc[chosen, "indicator"])


def scale_of(row: Mapping[str, Any], field: str, text: str, *, share: bool) -> Scale:
    """Return how one field of a row is printed.

    Parameters
    ----------
    share : bool
        Whether the contrast of the row's indicator is a share.
    """
    if field == "estimate" and row["unit"] in ("date", "year"):
        return Scale(date=row["unit"] == "date", whole=row["unit"] == "year")
    percent = text.endswith("%") or (field in IN_UNIT and _in_points(row, share))
    return Scale(100 if percent else 1)


def _in_points(row: Mapping[str, Any], share: bool) -> bool:
    """Return whether a share is printed as percentage points: a difference, or its margin."""
    if row["unit"] == "indicator_unit":
        return share
    return row["unit"] == "share" and row["term"] in MOVES


def _stands_in(text: str, texts: Mapping[str, Any], row_id: str, field: str, language: str) -> bool:
    """Return whether a number stands in a declared text; an id such as 8.1 is whole."""
    try:
        told = _declared(texts, row_id, field)
    except (KeyError, IndexError, StopIteration, TypeError):
        return False
    return text == told or text in tokens(told, language)


def _declared(texts: Mapping[str, Any], row_id: str, field: str) -> str:
    """Return the text at ``declared/<path>`` of a slice; labels stand in ``texts``."""
    path = row_id.removeprefix(DECLARED).split("/")
    if path[0] == "labels":
        kinds = dict(texts["texts"]["labels"]["texts"])
        return path[2] if field == "id" else str(dict(kinds[path[1]])[path[2]])
    here: Any = texts
    for step in path:
        if isinstance(here, list) and not step.isdigit():
            here = next(entry for entry in here if entry["id"] == step)
        else:
            here = here[int(step)] if isinstance(here, list) else here[step]
    return here if isinstance(here, str) else json.dumps(here, ensure_ascii=False)


def _borne_out(
    text: str, row: Mapping[str, Any], field: str, channel: str, language: str, share: bool
) -> bool:
    value = row.get(field)
    if isinstance(value, str):  # category, period, reason: the number stands in the text
        return text in re.findall(r"\d+(?:[.,]\d+)*", value)
    if value is None or not math.isfinite(value):
        return False
    exact = Decimal(repr(float(value)))
    if channel == DRAWN:
        return abs(exact - Decimal(text)) <= half_unit(Decimal(text))
    scale = scale_of(row, field, text, share=share)
    if scale.date:
        return int(exact) == date_number(text)
    if scale.whole:
        return text == str(int(exact))
    if field in P_VALUES and text.startswith("<"):
        return exact < plain(text[1:].strip(), language)
    return text.removesuffix("%") == formatted(exact * scale.factor, text, language)
