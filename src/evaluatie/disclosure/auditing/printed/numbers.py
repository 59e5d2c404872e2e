"""Numbers as a reader meets them: where they are in a text, and what a rounded one still leaves.

A printed number is an interval claim: 12,3% says that a share lies from 0,1225 up to 0,1235.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}
MONTH_OF = {
    name: number for names in MONTHS.values() for number, name in enumerate(names.split(), start=1)
}
DATE = r"\d{1,2} (?:" + "|".join(MONTH_OF) + r") \d{4}"
GROUPED = {"nl": r"\d+(?:\.\d{3})*(?:,\d+)?", "en": r"\d+(?:,\d{3})*(?:\.\d+)?"}
MARKS = {"nl": (",", "."), "en": (".", ",")}  # decimal mark, thousands separator
WORD = r"[^\W\d_]"  # a letter: T0, SF-12, EQ-5D-5L and COVID-19 hold no number
FINGERPRINT = re.compile(r"\b[0-9a-f]{12}\b")  # of a file: a name, not a number
MINUS = "\u2212"
AROUND = 40  # characters to either side that say where a number stands


def spaced(text: str) -> str:
    """Return the text with single plain spaces and without soft hyphens at line ends."""
    text = re.sub("\u00ad\\s*\n\\s*", "", text).replace("\u00ad", "-")
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " "))


def tokens(text: str, language: str = "nl") -> list[str]:
    """Return the numbers in a text in order: minus and percent sign included; a date is one."""
    clean = spaced(text)
    return [clean[low:high] for low, high in spans(clean, language)]


def spans(clean: str, language: str = "nl") -> list[tuple[int, int]]:
    """Return where the numbers are in a text that `spaced` returned."""
    number = f"{MINUS}?(?:{GROUPED[language]})%?"
    found = re.compile(rf"(?<![^\W_])(?<!{WORD}-)(?:{DATE}|{number})(?![^\W_])(?![.,]\d)")
    names = {match.start() for match in FINGERPRINT.finditer(clean)}
    return [match.span() for match in found.finditer(clean) if match.start() not in names]


def around(clean: str, span: tuple[int, int]) -> str:
    """Return the words on either side of a number, to find it again in the file."""
    low, high = span
    return clean[max(0, low - AROUND) : high + AROUND].strip()


def plain(text: str, language: str = "nl") -> Decimal:
    """Return the value of a number as printed; a percentage keeps its scale."""
    mark, thousands = MARKS[language]
    bare = text.replace(MINUS, "-").removesuffix("%").replace(thousands, "").replace(mark, ".")
    return Decimal(bare)


def half_unit(value: Decimal) -> Decimal:
    """Return half of one in the last decimal that is written."""
    return Decimal(5).scaleb(int(value.as_tuple().exponent) - 1)


def date_number(text: str) -> int:
    """Return ``1 september 2017`` as 20170901, as the table of estimates writes a date."""
    day, month, year = text.split(" ")
    return int(year) * 10_000 + MONTH_OF[month] * 100 + int(day)


def formatted(value: Decimal, like: str, language: str = "nl") -> str:
    """Return a value with as many decimals as ``like``, halves to even, a true minus sign."""
    mark, thousands = MARKS[language]
    decimals = len(like.removesuffix("%").partition(mark)[2])
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    whole, _, fraction = f"{abs(rounded):.{decimals}f}".partition(".")
    groups: list[str] = []
    while len(whole) > 3:
        whole, groups = whole[:-3], [whole[-3:], *groups]
    text = thousands.join([whole, *groups]) + (mark + fraction if fraction else "")
    return (MINUS if rounded < 0 else "") + text
