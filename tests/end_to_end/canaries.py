"""Unmistakable values of one person: where they are planted, and how a leak is recognised."""

import base64
import csv
import hashlib
import io
import itertools
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
import pandas as pd
import pyarrow.parquet as pq
import pypdf
import pyreadstat

TOKEN = "KANARIE"  # stands in every text that is planted
PERSON, HOUSEHOLD, STRANGER = "SYN-P-KANARIE1", "SYN-H-KANARIE2", "SYN-P-KANARIE3"
RESPONDENT, PROVIDER = "SYN-R-KANARIE4", "SYN-A-KANARIE5"
ASSIGNMENT, LINE = "SYN-T-KANARIE6", "SYN-D-KANARIE7"
FREE_TEXT = "mevrouw KANARIE woont boven de bakker"
AREA, CODE, NO_DATE = "WK-KANARIE", "KANARIE8", "KANARIE-29-03"
LONG = TOKEN * 3000
AMOUNT, NEGATIVE = 7654321.09, -8765432.17
BORN, DAY, NO_DAY = 1891, "1907-03-29", "31-02-1907"

PRIVATE_PARTS = ("data", "build/.cache", "build/export-r", "build/ledger", "build/failed")
MARK = 14  # characters of the neighbourhood shown of a leak

Place = tuple[str, str]
"""Where a leak was found, and its neighbourhood."""


# Planting -----------------------------------------------------------------------------------------


def nl(amount: float) -> str:
    return f"{amount:.2f}".replace(".", ",")


def good_rows(area: str) -> dict[str, list[list[object]]]:
    """Return rows about one person that intake accepts, one list per file."""
    person = [PERSON, HOUSEHOLD]
    survey = [area, 3, DAY, "p", "vrouw", 1951, "h", 7, 7, 1, 10]
    return {
        "stad/inwoners.csv": [[*person, "vrouw", BORN]],
        "stad/adressen.csv": [[HOUSEHOLD, area, "2008-01-01", ""]],
        "stad/toewijzingen.csv": [
            [ASSIGNMENT, *person, "HH", PROVIDER, DAY, "2010-01-01", "2012-06-30", "E", 1, "U",
             "M", nl(AMOUNT / 10)],
        ],
        "stad/rekeningen.csv": [
            [LINE, ASSIGNMENT, f"2011-{month:02d}", 1, nl(AMOUNT), "", DAY]
            for month in range(1, 5)
        ],
        "vragenlijst/steekproef.csv": [[*person, area, 3, "vrouw", 1951, 0, DAY]],
        "vragenlijst/eind.csv": [[RESPONDENT, *person, *survey]],
    }  # fmt: skip


def bad_rows(area: str) -> dict[str, list[list[object]]]:
    """Return rows that break a rule which intake counts and goes on after."""
    person = [PERSON, HOUSEHOLD]

    def assigned(nth: int, **other: object) -> list[object]:
        row = {"no": f"{ASSIGNMENT}{nth}", "who": PERSON, "home": HOUSEHOLD, "product": "HH",
               "by": PROVIDER, "on": DAY, "start": "2010-01-01", "end": "2010-02-01", "why": "E",
               "volume": 1, "unit": "U", "every": "M", "rate": nl(AMOUNT)}  # fmt: skip
        return list({**row, **other}.values())

    def answered(nth: int, *answers: object, **other: object) -> list[object]:
        row = {"no": f"{RESPONDENT}{nth}", "who": PERSON, "home": HOUSEHOLD, "area": area,
               "wave": 3, "day": DAY, "mode": "p", "sex": "vrouw", "born": 1951,
               "taught": "h"}  # fmt: skip
        return [*{**row, **other}.values(), *answers]

    good = good_rows(area)
    return {
        "stad/inwoners.csv": [*good["stad/inwoners.csv"], [CODE, HOUSEHOLD, CODE, CODE]],
        "stad/adressen.csv": [
            *good["stad/adressen.csv"],
            [HOUSEHOLD, AREA, "2009-01-01", ""],  # an area nobody knows
            [HOUSEHOLD, area, "2010-06-01", ""],  # two addresses at once
            [f"{HOUSEHOLD}b", area, DAY, "1907-03-01"],  # ends before it starts
            [f"{HOUSEHOLD}c", area, NO_DATE, NO_DAY],
        ],
        "stad/toewijzingen.csv": [
            *good["stad/toewijzingen.csv"],
            assigned(1, product=CODE),
            assigned(2, start=NO_DAY),
            assigned(3, rate=nl(NEGATIVE)),
            assigned(4, who=STRANGER),
            assigned(5, volume=CODE),
            assigned(6, by=LONG),
            assigned(7, unit=FREE_TEXT),
        ],
        "stad/rekeningen.csv": [
            good["stad/rekeningen.csv"][0],
            [f"{LINE}x", f"{ASSIGNMENT}99", "2011-01", 1, nl(AMOUNT), "", DAY],
            [f"{LINE}y", ASSIGNMENT, NO_DATE, CODE, nl(NEGATIVE), LINE, NO_DAY],
            [f"{LINE}z", ASSIGNMENT, "2011-02", 1, f"{AMOUNT}", "", DAY],  # the other decimal mark
        ],
        "vragenlijst/steekproef.csv": [[*person, area, 3, CODE, BORN, 9, NO_DATE]],
        "vragenlijst/eind.csv": [
            *good["vragenlijst/eind.csv"],
            answered(1, 98765, 7, 1, 10),
            answered(2, FREE_TEXT, CODE, LONG, ""),
            answered(3, 7, 7, 1, 10, area=AREA),
            answered(4, 7, 7, 1, 10, wave=2),
            answered(5, 7, 7, 1, 10, born=BORN, day=NO_DAY, mode=CODE),
        ],
    }


def append(raw: Path, rows: dict[str, list[list[object]]]) -> None:
    """Write rows below those of the files, each as wide as the file."""
    for name, extra in rows.items():
        path = raw / name
        text = path.read_text(encoding="utf-8")
        mark = max(";,", key=text.splitlines()[0].count)
        added = io.StringIO()
        csv.writer(added, delimiter=mark, lineterminator="\n").writerows(extra)
        path.write_text(text + added.getvalue(), encoding="utf-8")


def add_free_text(path: Path) -> None:
    """Give a file a column that the dictionary does not know, as suppliers do."""
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    lines = [f"{header};opmerking", *(f"{row};{FREE_TEXT}" for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def plant_in_sav(path: Path) -> None:
    """Make the first respondent of an SPSS file somebody who can be recognised."""
    frame, told = pyreadstat.read_sav(str(path), user_missing=True)
    frame.loc[0, ["nummer", "persoon", "huishouden"]] = [RESPONDENT, PERSON, HOUSEHOLD]
    pyreadstat.write_sav(frame, str(path), variable_value_labels=told.variable_value_labels)


def sign(raw: Path) -> None:
    """Write the digests of the files as they are: else the data would not count as synthetic."""
    path = raw / "SYNTHETIC.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    for name in content["files"]:
        content["files"][name] = hashlib.sha256((raw / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(content), encoding="utf-8")


# Looking ------------------------------------------------------------------------------------------


def leaks(content: bytes, where: str = "") -> list[Place]:
    """Return every canary in some bytes: as text, number, base64 or UTF-16."""
    found = [(where, _near(content, code)) for code in CODED if code in content]
    text = content.decode("utf-8", errors="replace")
    lowered = text.lower()
    found += [(where, _near(lowered, word)) for word in WORDS if word in lowered]
    numbers = (m for number in NUMBERS for m in number.finditer(text))
    return found + [(where, text[max(0, m.start() - MARK) : m.end() + MARK]) for m in numbers]


def leaks_in(path: Path) -> list[Place]:
    """Return every canary in a file, however deep: archives, streams, pictures, metadata."""
    read = pieces(path.name, path.read_bytes())
    return [leak for where, piece in read for leak in leaks(piece, where)]


def named(output: str) -> list[Place]:
    """Return every canary in what a command printed, years and days among them."""
    found = leaks(output.encode(), "printed")
    days = re.compile(rf"(?<!\d){BORN}(?!\d)|1907")
    return found + [("printed", m[0]) for m in days.finditer(output)]


def _near(content: bytes | str, needle: bytes | str) -> str:
    start = content.find(needle)
    return repr(content[max(0, start - MARK) : start + len(needle) + MARK])


def _base64(text: bytes) -> Iterator[bytes]:
    """Yield how a text looks in base64, at each of the three places it can start."""
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + text)
        first = (8 * offset + 5) // 6
        yield coded[first : (8 * (offset + len(text))) // 6]


def _numbers() -> Iterator[str]:
    """Yield patterns for an amount in plain, Dutch and English writing, with or without cents."""
    gap = "[.,'\u00a0\u202f\u2009 ]?"
    for amount in (AMOUNT, abs(NEGATIVE)):
        digits = str(int(amount))
        groups = [digits[0], digits[1:4], digits[4:7]]
        yield rf"(?<![\d.,]){gap.join(groups)}(?!\d)"
        yield rf"(?<![\d.,]){round(amount * 100)}(?!\d)"


def _words() -> Iterator[str]:
    yield TOKEN
    day, month, year = 29, 3, 1907
    for mark in "-/.":
        yield from (f"{year}{mark}{month:02d}{mark}{day}", f"{day}{mark}{month:02d}{mark}{year}")
        yield f"{day}{mark}{month}{mark}{year}"
    yield from (f"{day} maart {year}", f"{day} March {year}", "31-02-1907")


def _coded() -> Iterator[bytes]:
    plain = [TOKEN, TOKEN.lower(), TOKEN.title(), str(int(AMOUNT)), nl(AMOUNT), DAY]
    for text in plain:
        yield from _base64(text.encode())
        yield from (text.encode("utf-16-le"), text.encode("utf-16-be"))
        yield from _base64(text.encode("utf-16-le"))


WORDS = tuple(word.lower() for word in _words())
NUMBERS = tuple(re.compile(number) for number in _numbers())
CODED = tuple(_coded())
DATA_URI = re.compile(rb"data:[\w/+.;=-]*;base64,([A-Za-z0-9+/=\s]+)")


def pieces(where: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield everything that can be read out of a file, by what it is."""
    yield where, content
    if content.startswith(b"%PDF"):
        yield from _of_pdf(where, content)
    elif content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from pieces(f"{where}:{name}", archive.read(name))
    elif content.startswith(b"\x89PNG"):
        yield from _of_png(where, content)
    elif where.endswith(".ipynb"):
        yield from _of_notebook(where, content)
    elif where.endswith(".parquet"):
        table = pq.read_table(io.BytesIO(content))
        yield f"{where}:rows", table.to_pandas().to_csv().encode()
        yield f"{where}:schema", str(table.schema.metadata).encode()
    for number, found in enumerate(DATA_URI.findall(content)):
        yield from pieces(f"{where}:uri{number}", base64.b64decode(found))


def _of_pdf(where: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    reader = pypdf.PdfReader(io.BytesIO(content))
    yield f"{where}:metadata", str(dict(reader.metadata or {})).encode()
    for number, page in enumerate(reader.pages):
        yield f"{where}:page{number}", page.extract_text().encode()
    for number in range(1, len(reader.xref[0]) + len(reader.xref_objStm) + 1):
        thing = pypdf.generic.IndirectObject(number, 0, reader).get_object()
        if isinstance(thing, pypdf.generic.StreamObject):
            with_filter = thing.get("/Filter")
            raw = thing._data
            yield (
                f"{where}:stream{number}",
                zlib.decompress(raw) if with_filter == "/FlateDecode" else raw,
            )
        elif thing is not None:
            yield f"{where}:object{number}", str(thing).encode()


def _of_png(where: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    place = 8
    while place + 8 <= len(content):
        length, kind = (
            int.from_bytes(content[place : place + 4], "big"),
            content[place + 4 : place + 8],
        )
        data = content[place + 8 : place + 8 + length]
        if kind in (b"tEXt", b"iTXt", b"eXIf"):
            yield f"{where}:{kind.decode()}", data
        elif kind == b"zTXt":
            yield f"{where}:zTXt", zlib.decompress(data.split(b"\0", 1)[1][1:])
        place += 12 + length


def _of_notebook(where: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    notebook = nbformat.reads(content.decode(), 4)
    yield f"{where}:metadata", str(dict(notebook.metadata)).encode()
    for number, cell in enumerate(notebook.cells):
        here = f"{where}:cell{number}"
        yield here, str(cell.source).encode() + str(dict(cell.metadata)).encode()
        for output in cell.get("outputs", ()):
            yield here, json.dumps(output, ensure_ascii=False).encode()
            for kind, data in output.get("data", {}).items():
                text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
                coded = kind.startswith("image/") and "svg" not in kind
                yield from pieces(here, base64.b64decode(text) if coded else text.encode())


# Folders ------------------------------------------------------------------------------------------


def split(root: Path) -> tuple[list[Path], list[Path]]:
    """Return the files of a study that are its owner's alone, and all others; slices are others."""
    private: list[Path] = []
    shared: list[Path] = []
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        name = path.relative_to(root).as_posix()
        own = name.startswith(tuple(f"{part}/" for part in PRIVATE_PARTS))
        (private if own and "/slices/" not in name else shared).append(path)
    return private, shared


def open_to_others(root: Path, paths: Iterable[Path]) -> list[str]:
    """Return the files and folders of these that anybody but the owner may read or enter."""
    between = {f for p in paths for f in itertools.takewhile(lambda f: f != root, p.parents)}
    # reports stand in build/ beside what is private; in failed/ each folder is closed
    outside = {root / "build", root / "build" / "failed"}
    return sorted(
        p.relative_to(root).as_posix()
        for p in {*paths, *between} - outside
        if p.stat().st_mode & 0o077
    )


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of an export by their path."""
    return {str(p.relative_to(folder)): pd.read_csv(p) for p in folder.rglob("*.csv")}
