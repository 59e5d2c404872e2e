"""Numbers on paper: from one field of one publishable row to text in Dutch or English.

Rules
-----
- Decimals follow the scale of the indicator or the unit; an estimate and its interval share them.
- A share is printed as a percentage, a difference of shares in percentage points.
- No rounding towards good news: a number that would round onto an anchor (zero, the margin, alpha)
  without being equal to it is printed with more decimals.
- A p value that is smaller than the last decimal is printed as ``< 0,001``, never as ``0,000``.
- A constant is printed exactly, without trailing zeros.
- What may not be shown is a symbol, never 0 and never a blank.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal

from evaluatie.domain import Publication
from evaluatie.present.phrase import NumberRef, Phrase, join

Language = Literal["nl", "en"]
Row = Mapping[str, Any]

MINUS = "\u2212"
HARD_SPACE = "\u00a0"
SUPPRESSED = "•"
NOT_APPLICABLE = "–"
MARKS = {"nl": (",", "."), "en": (".", ",")}  # decimal mark, thousands separator
NOT_AVAILABLE = {"nl": "n.b.", "en": "n/a"}
UNBOUNDED = {"nl": "onbegrensd", "en": "unbounded"}
RANGE_WORD = {"nl": " tot ", "en": " to "}
MONTHS = {
    "nl": (
        "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
        "oktober", "november", "december",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
}  # fmt: skip
IN_UNIT = ("estimate", "std_error", "ci_low", "ci_high")  # fields that are in the row's unit
SHARES = ("top1_share", "top2_share")
P_VALUES = ("p_value", "p_adjusted", "p_attainable")
P_DECIMALS = 3
MOST_EXTRA_DECIMALS = 6


@dataclass(frozen=True)
class Unit:
    """How numbers of one unit are printed.

    Attributes
    ----------
    multiply : float
        Factor from the row's value to the printed value (100 for a share).
    decimals : int
        Decimals of a level.
    before, after : str
        Text around the number that is no part of it.
    suffix : str
        Text glued to the number that is part of it: the percent sign.
    """

    multiply: int = 1
    decimals: int = 1
    before: str = ""
    after: str = ""
    suffix: str = ""


WORDS = {
    "days": {"nl": "dagen", "en": "days"},
    "points": {"nl": "punten", "en": "points"},
}
SINGLE = {"days": {"nl": "dag", "en": "day"}, "points": {"nl": "punt", "en": "point"}}
DIFFERENCES = ("difference", "change", "harm", "baseline_difference", "placebo_change",
               "pre_trend_difference", "panel_change", "interaction")  # fmt: skip
RATIOS = ("ratio", "odds_ratio")
COUNTS = ("persons", "households", "respondents", "cases", "areas", "assignments", "quarters",
          "count", "providers", "users", "activities")  # fmt: skip


def is_ratio(row: Row) -> bool:
    """Return whether the row is a ratio, for which one, not zero, means no difference."""
    return str(row.get("unit", "")).startswith(RATIOS)


def unit_of(row: Row, language: str = "nl") -> Unit:
    """Return how the unit of this row is printed."""
    name = str(row.get("unit", ""))
    if name == "share" and row.get("term") in DIFFERENCES:
        words = {"nl": "procentpunt", "en": "percentage points"}
        return Unit(100, 1, after=f"{HARD_SPACE}{words[language]}")
    if name == "share":
        return Unit(100, 1, suffix="%")
    if name.startswith("EUR"):
        return Unit(1, 0, before=f"€{HARD_SPACE}")
    if name in WORDS:
        word, decimals = WORDS[name][language], 0 if name == "days" else 1
        return Unit(1, decimals, after=f"{HARD_SPACE}{word}")
    if name in COUNTS or row.get("term") == "count":
        return Unit(1, 0)
    if is_ratio(row):
        return Unit(1, 2)
    return Unit(1, 1)


def digits(value: float | Decimal, decimals: int, language: str = "nl") -> str:
    """Return ``-1234.5`` as ``−1.234,5``: halves to even, thousands grouped, true minus sign.

    Parameters
    ----------
    value : float or Decimal
        Finite number, in the printed unit.
    decimals : int
        Decimals to print.
    language : {"nl", "en"}
        Whose decimal mark and thousands separator.
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    mark, thousands = MARKS[language]
    text = f"{abs(rounded):,.{decimals}f}"
    text = text.replace(",", "\0").replace(".", mark).replace("\0", thousands)
    return f"{MINUS if rounded < 0 else ''}{text}"


def honest_decimals(value: float, decimals: int, anchors: Iterable[float] = ()) -> int:
    """Return the decimals at which ``value`` does not round onto an anchor it is not equal to.

    ``honest_decimals(0.04, 0, [0.0])`` is 2: printed as 0 it would read as "no difference".
    """
    exact = Decimal(repr(float(value)))
    marks = [Decimal(repr(float(anchor))) for anchor in anchors]
    for extra in range(MOST_EXTRA_DECIMALS + 1):
        step = Decimal(1).scaleb(-(decimals + extra))
        lands = exact.quantize(step, rounding=ROUND_HALF_EVEN)
        if all(exact == anchor or lands != anchor.quantize(step) for anchor in marks):
            return decimals + extra
    return decimals + MOST_EXTRA_DECIMALS


def is_shown(row: Row) -> bool:
    """Return whether the reader may see this row and there is something to see."""
    return str(row.get("publication")) == Publication.SHOWN


def hidden(row: Row, language: str) -> Phrase:
    """Return the symbol of a row that is not shown."""
    if str(row.get("publication")) == Publication.SUPPRESSED:
        return Phrase(SUPPRESSED)
    return Phrase(NOT_AVAILABLE[language])


def number(
    row: Row,
    field: str = "estimate",
    *,
    language: str = "nl",
    decimals: int | None = None,
    anchors: Iterable[float] = (),
    bare: bool = False,
) -> Phrase:
    """Return one field of one row as text with its reference.

    Parameters
    ----------
    row : mapping
        One publishable row.
    field : str
        A number column of the row.
    language : {"nl", "en"}
        Language of marks and units.
    decimals : int, optional
        Decimals, at the printed scale; by default those of the unit.
    anchors : iterable of float
        Values, in the row's unit, onto which the number may not round.
    bare : bool
        Leave out currency and unit words (for a table column that names them).

    Returns
    -------
    Phrase
        Symbol ``•`` for a suppressed row, ``n.b.`` for one without an estimate, ``–`` where this
        field does not exist for the row.
    """
    if not is_shown(row):
        return hidden(row, language)
    value = row.get(field, math.nan)
    if value is None or not math.isfinite(value):
        return Phrase(NOT_APPLICABLE)
    if field in P_VALUES:
        return p_value(row, field, language=language, anchors=anchors)
    if str(row.get("unit")) == "date" and field == "estimate":
        return date_of(row, language=language)
    unit = _unit_of_field(row, field, language)
    scaled = _scaled(value, unit)
    places = unit.decimals if decimals is None or field not in IN_UNIT else decimals
    marks = [float(_scaled(anchor, unit)) for anchor in anchors]
    text = digits(scaled, honest_decimals(float(scaled), places, marks), language) + unit.suffix
    printed = text if bare else f"{unit.before}{text}{unit.after}"
    return Phrase(printed, (NumberRef(text, str(row["id"]), field),))


def _unit_of_field(row: Row, field: str, language: str) -> Unit:
    if field in IN_UNIT:
        return unit_of(row, language)
    if field in SHARES:
        return Unit(100, 1, suffix="%")
    return Unit(1, 1) if field == "df" else Unit(1, 0)


def _scaled(value: float, unit: Unit) -> Decimal:
    return Decimal(repr(float(value))) * unit.multiply


def p_value(
    row: Row, field: str = "p_value", *, language: str = "nl", anchors: Iterable[float] = ()
) -> Phrase:
    """Return a p value without its name: ``0,029``, or ``< 0,001`` below the last decimal."""
    if not is_shown(row):
        return hidden(row, language)
    value = row.get(field, math.nan)
    if value is None or not math.isfinite(value):
        return Phrase(NOT_APPLICABLE)
    smallest = 10.0**-P_DECIMALS
    if value < smallest:
        text = f"<{HARD_SPACE}{digits(smallest, P_DECIMALS, language)}"
    else:
        text = digits(value, honest_decimals(value, P_DECIMALS, (*anchors, 1.0)), language)
    return Phrase(text, (NumberRef(text, str(row["id"]), field),))


def equals(p: Phrase) -> Phrase:
    """Return ``p = 0,029`` or ``p < 0,001``."""
    sign = "" if p.text.startswith("<") else f"={HARD_SPACE}"
    return Phrase(f"p{HARD_SPACE}{sign}{p.text}", p.numbers)


def interval(
    row: Row,
    *,
    language: str = "nl",
    decimals: int | None = None,
    anchors: Iterable[float] = (0.0,),
    bare: bool = False,
) -> Phrase:
    """Return ``−0,8 tot 2,3``: both bounds with the same decimals, neither rounded onto an anchor.

    The unit is named once, after the upper bound; a currency stands before both.
    """
    if not is_shown(row):
        return hidden(row, language)
    if any(_infinite(row.get(field)) for field in ("ci_low", "ci_high")):
        return Phrase(UNBOUNDED[language])
    if not all(_finite(row.get(field)) for field in ("ci_low", "ci_high")):
        return Phrase(NOT_APPLICABLE)
    places = shared_decimals(row, ("ci_low", "ci_high"), decimals, anchors, language)
    low, high = (
        number(row, field, language=language, decimals=places, bare=bare)
        for field in ("ci_low", "ci_high")
    )
    after = unit_of(row, language).after
    if after and low.text.endswith(after):
        low = Phrase(low.text.removesuffix(after), low.numbers)
    return join((low, high), RANGE_WORD[language])


def shared_decimals(
    row: Row,
    fields: Iterable[str],
    decimals: int | None,
    anchors: Iterable[float],
    language: str = "nl",
) -> int:
    """Return the decimals that suit every one of ``fields`` of this row (see the rules above)."""
    unit = unit_of(row, language)
    places = unit.decimals if decimals is None else decimals
    marks = [float(_scaled(anchor, unit)) for anchor in anchors]
    values = [float(_scaled(row[f], unit)) for f in fields if _finite(row.get(f))]
    return max([places, *(honest_decimals(value, places, marks) for value in values)])


def constant(row: Row, *, language: str = "nl", unit: str | None = None) -> Phrase:
    """Return a constant exactly, without trailing zeros; ``unit`` replaces the row's own."""
    if unit is not None:
        row = {**row, "unit": unit}
    if str(row.get("unit")) == "date":
        return date_of(row, language=language)
    if not is_shown(row):
        return hidden(row, language)
    scale = unit_of(row, language)
    scaled = _scaled(float(row["estimate"]), scale).normalize()
    decimals = max(0, -int(scaled.as_tuple().exponent))
    if str(row.get("unit")) == "year":
        text = str(int(scaled))
    else:
        text = digits(scaled, decimals, language) + scale.suffix
    after = _singular(scale.after, text, language)
    printed = f"{scale.before}{text}{after}"
    return Phrase(printed, (NumberRef(text, str(row["id"]), "estimate"),))


def _singular(after: str, text: str, language: str) -> str:
    word = after.strip()
    for words, single in zip(WORDS.values(), SINGLE.values(), strict=True):
        if text == "1" and words[language] == word:
            return HARD_SPACE + single[language]
    return after


def date_of(row: Row, *, language: str = "nl") -> Phrase:
    """Return a row with unit ``date`` (estimate = YYYYMMDD) as ``1 september 2017``."""
    if not is_shown(row):
        return hidden(row, language)
    year, rest = divmod(int(row["estimate"]), 10_000)
    month, day = divmod(rest, 100)
    text = f"{day} {MONTHS[language][month - 1]} {year}"
    return Phrase(text, (NumberRef(text, str(row["id"]), "estimate"),))


def axis_formatter(
    language: str, decimals: int = 0, suffix: str = ""
) -> Callable[[float, float], str]:
    """Return a tick formatter with the marks of the language (numbers of an axis are no claims)."""

    def form(value: float, _position: float = 0) -> str:
        return digits(value, decimals, language) + suffix

    return form


def _infinite(value: Any) -> bool:
    return value is not None and math.isinf(value)


def _finite(value: Any) -> bool:
    return value is not None and math.isfinite(value)
