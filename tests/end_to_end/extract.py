"""Read the numbers off a finished report, as a reader would; nothing of `evaluatie` is used here.

`html_text`, `docx_text` and `pdf_text` give the text of a report without its structure: section
numbers, numbers of figures and tables, the table of contents, headers, footers and page numbers.
`tokens` gives the numbers in a text. `faults_with_ledger` and `faults_with_rows` compare them with
the ledger of the run (`numbers.csv`) and with the publishable rows the ledger points to.
"""

import json
import math
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pypdf

MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}
MONTH_OF = {
    name: number for names in MONTHS.values() for number, name in enumerate(names.split(), start=1)
}
DATE = r"\d{1,2} (?:" + "|".join(MONTH_OF) + r") \d{4}"
GROUPED = {"nl": r"\d+(?:\.\d{3})*(?:,\d+)?", "en": r"\d+(?:,\d{3})*(?:\.\d+)?"}
WORD = r"[^\W\d_]"  # a letter: T0, SF-12, EQ-5D-5L and COVID-19 hold no number
CAPTION = re.compile(r"(?:Tabel|Figuur|Table|Figure)\s\d+\.")
FOOTER = re.compile(r"(?:pagina|page) \d+ (?:van|of) \d+$")
DOTS = re.compile(r"(?: ?\. ?){4,}\d+$")  # how a line of the table of contents ends
P_VALUES = ("p_value", "p_adjusted", "p_attainable")
IN_UNIT = ("estimate", "std_error", "ci_low", "ci_high")
FINGERPRINT = re.compile(r"\b[0-9a-f]{12}\b")  # of a file: a name, not a number
SMALLEST_P = Decimal("0.001")


# ------------------------------------------------------------------------------------- tokens


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
    number = f"\u2212?(?:{GROUPED[language]})%?"
    found = re.compile(rf"(?<![^\W_])(?<!{WORD}-)(?:{DATE}|{number})(?![^\W_])(?![.,]\d)")
    names = {match.start() for match in FINGERPRINT.finditer(clean)}
    return [match.span() for match in found.finditer(clean) if match.start() not in names]


# --------------------------------------------------------------------------------------- text


class _Page(HTMLParser):
    """Collects the text of an HTML report; what stands in `SKIPPED` is structure or not text."""

    SKIPPED_TAGS = ("head", "script", "style", "svg", "nav", "template")
    SKIPPED_CLASSES = ("header-section-number", "caption-number", "running-label")
    VOID = ("br", "hr", "img", "meta", "link", "input", "col", "wbr", "source")
    INLINE = ("span", "a", "em", "strong", "b", "i", "sup", "sub", "code", "small", "abbr", "wbr")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.alternatives: list[str] = []
        self.inside = 0

    def handle_starttag(self, tag, attrs):
        named = {name: value or "" for name, value in attrs}
        if tag == "img" and named.get("alt"):
            self.alternatives.append(named["alt"])
        if tag == "svg" and named.get("role") == "img" and named.get("aria-label"):
            self.alternatives.append(named["aria-label"])
        if tag in self.VOID:
            self.parts.append(" ")
            return
        skipped = tag in self.SKIPPED_TAGS or set(named.get("class", "").split()) & set(
            self.SKIPPED_CLASSES
        )
        if self.inside or skipped:
            self.inside += 1
        elif tag not in self.INLINE:
            self.parts.append("\n")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        if self.inside:
            self.inside -= 1
        elif tag not in self.INLINE:
            self.parts.append("\n")

    def handle_data(self, data):
        if not self.inside:
            self.parts.append(data)


def html_text(source: str) -> str:
    """Return what a reader of the HTML report sees, without structure."""
    page = _Page()
    page.feed(source)
    page.close()
    return "".join(page.parts)


def html_alternatives(source: str) -> list[str]:
    """Return the text alternatives of the figures."""
    page = _Page()
    page.feed(source)
    page.close()
    return page.alternatives


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def docx_text(document: bytes) -> str:
    """Return the text of `word/document.xml`: one line per paragraph, without structure."""
    lines = []
    for paragraph in ElementTree.fromstring(document).iter(f"{W}p"):
        line = "".join(_run_text(run) for run in paragraph.iter(f"{W}r"))
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        name = "" if style is None else style.get(f"{W}val", "")
        lines.append(CAPTION.sub("", line, count=1) if "Caption" in name else line)
    return "\n".join(lines)


def _run_text(run: ElementTree.Element) -> str:
    style = run.find(f"{W}rPr/{W}rStyle")
    if style is not None and style.get(f"{W}val") == "SectionNumber":
        return ""
    written = {f"{W}t": None, f"{W}tab": "\t", f"{W}br": "\n", f"{W}noBreakHyphen": "-"}
    parts = (written[e.tag] or e.text or "" for e in run.iter() if e.tag in written)
    return "".join(parts)


def docx_document(path: Path) -> bytes:
    """Return `word/document.xml` of a DOCX report."""
    with zipfile.ZipFile(path) as archive:
        return archive.read("word/document.xml")


def docx_all_text(path: Path) -> str:
    """Return every text in a DOCX file: headers, footers, notes and properties included."""
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(name) for name in archive.namelist() if name.endswith(".xml")]
    return "\n".join(
        "".join(element.text or "" for element in ElementTree.fromstring(part).iter())
        for part in parts
    )


def pdf_pages(path: Path) -> list[str]:
    """Return the text of every page."""
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def pdf_text(pages: Sequence[str], label: str = "") -> str:
    """Return the text of the pages without label, footer, contents, section and caption numbers."""
    lines = _without_repeats([_page_lines(page, label) for page in pages])
    contents, rest = _without_contents(lines)
    kept = []
    for line in rest:
        number, _, title = line.partition(" ")
        if number in contents and contents[number].startswith(_letters(title)[:12]):
            line = title
        kept.append(CAPTION.sub("", line, count=1) if CAPTION.match(line) else line)
    return "\n".join(kept)


def _page_lines(page: str, label: str) -> list[str]:
    lines = [line.replace("\u00a0", " ").strip() for line in page.split("\n")]
    if lines and FOOTER.search(lines[-1]):
        lines = lines[:-1]
    if lines and label and label in lines[0]:
        lines = lines[1:]
    return [line for line in lines if line]


def _without_repeats(pages: Sequence[list[str]]) -> list[str]:
    """Return all lines; the head and notes of a table that goes on overleaf count once."""
    kept = [list(lines) for lines in pages]
    goes_on = False
    for number, (before, here) in enumerate(pairwise(pages)):
        starts = [n + k for n, line in enumerate(before) if CAPTION.match(line) for k in (1, 2, 3)]
        starts = [*starts, 0] if goes_on else starts
        head = max((_shared(before[start:], here) for start in starts), default=0)
        goes_on = head > 0
        if goes_on:
            kept[number + 1] = kept[number + 1][head:]
            notes = [n for n in range(1, len(before)) if _holds(here, before[-n:])]
            kept[number] = kept[number][: len(kept[number]) - max(notes, default=0)]
    return [line for lines in kept for line in lines]


def _shared(some: Sequence[str], other: Sequence[str]) -> int:
    """Return how many lines two pieces have in common at their start."""
    return next((n for n, (a, b) in enumerate(zip(some, other, strict=False)) if a != b), 0)


def _holds(lines: Sequence[str], piece: Sequence[str]) -> bool:
    width = len(piece)
    return any(list(lines[n : n + width]) == list(piece) for n in range(len(lines)))


def _without_contents(lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return section number -> letters of its title, and the lines outside the contents."""
    dotted = [n for n, line in enumerate(lines) if DOTS.search(line)]
    if not dotted:
        return {}, list(lines)
    first = dotted[0]
    while not re.match(r"1 ", lines[first]):  # the first title may take two lines
        first -= 1
    entries: list[str] = []
    for line in lines[first : dotted[-1] + 1]:
        if re.match(r"\d+(?:\.\d+)* ", line):
            entries.append(line)
        else:
            entries[-1] += "\n" + line
    contents = {}
    for entry in entries:
        number, _, title = DOTS.sub("", entry).partition(" ")
        contents[number] = _letters(title)
    return contents, [*lines[:first], *lines[dotted[-1] + 1 :]]


def _letters(text: str) -> str:
    return re.sub(r"[^\w]|\u00ad", "", text)


# ------------------------------------------------------------------------------------- ledger


def read_ledger(path: Path) -> pd.DataFrame:
    """Return `numbers.csv`: text, row, field, channel."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def faults_with_ledger(
    found: Iterable[str], ledger: pd.DataFrame, language: str = "nl", channel: str = "text"
) -> list[str]:
    """Return what differs between the numbers in a report and those in its ledger."""
    texts = ledger.loc[ledger["channel"] == channel, "text"]
    promised = Counter(token for text in texts for token in tokens(text, language))
    printed = Counter(found)
    return [
        *(f"in the report, not in the ledger: {t} x{n}" for t, n in (printed - promised).items()),
        *(f"in the ledger, not in the report: {t} x{n}" for t, n in (promised - printed).items()),
    ]


def faults_with_rows(
    ledger: pd.DataFrame, rows: pd.DataFrame, texts: Mapping, language: str = "nl"
) -> list[str]:
    """Return every ledger entry that its row does not bear out.

    Parameters
    ----------
    rows : DataFrame
        Publishable rows of the run.
    texts : mapping
        Content of `slice.json`, for numbers inside declared texts.
    """
    by_id = {row["id"]: row for row in rows.to_dict("records")}
    contrasts = [row for row in by_id.values() if row["table"] == "contrast"]
    shares = {row["indicator"] for row in contrasts if row["unit"] == "share"}
    faults = []
    for text, row_id, field, _ in ledger.itertuples(index=False):
        if row_id.startswith("declared/"):
            told = _declared(texts, row_id, field)
            if text != told and text not in tokens(told, language):  # an id such as 8.1 is whole
                faults.append(f"{text} does not stand in {row_id}")
            continue
        row = by_id.get(row_id)
        if row is None:
            faults.append(f"{text} refers to a row that the run does not have: {row_id}")
        elif row["publication"] != "shown" and field not in ("category", "period"):
            faults.append(f"{text} is of a row that may not be shown: {row_id}")
        elif not _borne_out(text, row, field, language, row["indicator"] in shares):
            faults.append(f"{text} is not {field} of {row_id}: {row[field]}")
    return faults


def _declared(texts: Mapping, row_id: str, field: str) -> str:
    """Return the text at ``declared/<path>`` of a slice; labels stand in ``texts``."""
    path = row_id.removeprefix("declared/").split("/")
    if path[0] == "labels":
        kinds = dict(texts["texts"]["labels"]["texts"])
        return path[2] if field == "id" else dict(kinds[path[1]])[path[2]]
    here = texts
    for step in path:
        if isinstance(here, list) and not step.isdigit():
            here = next(entry for entry in here if entry["id"] == step)
        else:
            here = here[int(step)] if isinstance(here, list) else here[step]
    return here if isinstance(here, str) else json.dumps(here, ensure_ascii=False)


def _borne_out(text: str, row: Mapping, field: str, language: str, share: bool) -> bool:
    value = row[field]
    if isinstance(value, str):  # category, period, reason: the number stands in the text
        return text in re.findall(r"\d+(?:[.,]\d+)*", value)
    if value is None or not math.isfinite(value):
        return False
    exact = Decimal(repr(float(value)))
    if row["unit"] == "date" and field == "estimate":
        day, month, year = text.split(" ")
        return int(exact) == int(year) * 10_000 + MONTH_OF[month] * 100 + int(day)
    if row["unit"] == "year" and field == "estimate":
        return text == str(int(exact))
    if field in P_VALUES and text.startswith("<"):
        return exact < SMALLEST_P and plain(text[1:].strip(), language) == SMALLEST_P
    percent = text.endswith("%") or (field in IN_UNIT and _in_points(row, share))
    return text.removesuffix("%") == formatted(exact * (100 if percent else 1), text, language)


def _in_points(row: Mapping, share: bool) -> bool:
    """Return whether a share is printed as percentage points: a difference, or its margin."""
    if row["unit"] == "indicator_unit":
        return share
    between = ("difference", "change", "baseline_difference", "panel_change", "placebo_change")
    return row["unit"] == "share" and row["term"] in between


def plain(text: str, language: str) -> Decimal:
    """Return the value of a number as printed."""
    mark, thousands = (",", ".") if language == "nl" else (".", ",")
    bare = text.replace("\u2212", "-").removesuffix("%").replace(thousands, "").replace(mark, ".")
    return Decimal(bare)


def formatted(value: Decimal, like: str, language: str) -> str:
    """Return a value with as many decimals as ``like``, halves to even, a true minus sign."""
    mark, thousands = (",", ".") if language == "nl" else (".", ",")
    decimals = len(like.removesuffix("%").partition(mark)[2])
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    whole, _, fraction = f"{abs(rounded):.{decimals}f}".partition(".")
    groups = []
    while len(whole) > 3:
        whole, groups = whole[:-3], [whole[-3:], *groups]
    text = thousands.join([whole, *groups]) + (mark + fraction if fraction else "")
    return ("\u2212" if rounded < 0 else "") + text
