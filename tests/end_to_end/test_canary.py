"""No value of a person leaves the files that are its owner's alone.

In every raw file of a study stand values of one person that cannot be mistaken, on good rows and on
rows that break each rule intake knows. Every command runs, some fail, and then every byte that
others could read is searched. What does hold data of persons must be closed to others, even where
the shell of the user closes nothing (umask 0).
"""

import base64
import io
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import canaries
import nbformat
import pyarrow.parquet as pq
import pypdf
import pytest
from canaries import AMOUNT, DAY, FREE_TEXT, PERSON, TOKEN
from studies import START, StudyFolder

from evaluatie.cli import app as command_line
from evaluatie.cli import main
from evaluatie.store import close

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="permissions and terminals"),
]
AREA = "WK189903"
CHOSEN = ("--audience", "fonds", "--wave", "eind")
READS = f"""
import os, subprocess, sys
from pathlib import Path
raw = Path.cwd()
while not (raw / "data").is_dir():
    raw = raw.parent
row = next(line for line in (raw / "data/raw/stad/inwoners.csv").open() if "{TOKEN}" in line)
print(row)
print(row, file=sys.stderr)
os.write(1, row.encode())
os.write(2, row.encode())
subprocess.run(["echo", row])
"""
RAISES, DIES = "raise ValueError(f'could not convert {row}')", "os._exit(3)"


@dataclass(frozen=True)
class Told:
    """A study after its commands, and what they printed: command -> output."""

    study: StudyFolder
    said: dict[str, str]
    scratch: Path


@pytest.fixture(scope="module")
def nothing_closed() -> Iterator[None]:
    """Take away the help of the shell: whatever is made is open unless its maker closes it."""
    before = os.umask(0)
    yield
    os.umask(before)


def planted(second: StudyFolder, target: Path) -> StudyFolder:
    study = second.copy(target, build=False)
    close(study.root / "data")
    return study


def in_process(study: StudyFolder, *arguments: str) -> str:
    """Run a command in this process, and return everything it printed with its exit code."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryFile("w+b") as kept:
        patch.setattr(sys, "argv", ["evaluatie", "--study", str(study.root), *arguments])
        saved = os.dup(1), os.dup(2)
        out = io.TextIOWrapper(io.FileIO(os.dup(kept.fileno()), "w"), write_through=True)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", out)
        code: object = 0
        try:
            os.dup2(kept.fileno(), 1)
            os.dup2(kept.fileno(), 2)
            main()
        except SystemExit as end:
            code = end.code
        finally:
            for number, descriptor in enumerate(saved, start=1):
                os.dup2(descriptor, number)
                os.close(descriptor)
            out.close()
        kept.seek(0)
        return kept.read().decode() + f"\nexit {code or 0}"


def on_a_terminal(study: StudyFolder, *arguments: str) -> str:
    """Run a command as one would who watches the bars, and return what the terminal showed."""
    outer, inner = os.openpty()
    command = [sys.executable, "-c", START, "--study", str(study.root), *arguments]
    process = subprocess.Popen(command, stdout=inner, stderr=inner, stdin=inner,
                               start_new_session=True)  # fmt: skip
    os.close(inner)
    shown = b""
    try:
        while piece := os.read(outer, 65536):
            shown += piece
    except OSError:  # the other end was closed
        pass
    os.close(outer)
    return shown.decode(errors="replace") + f"\nexit {process.wait(300)}"


def spoil_notebooks(study: StudyFolder) -> None:
    """Let the notebooks read raw data and fail: one with the data in its error, one dead."""
    for name, end in (("financier", RAISES), ("meting", DIES)):
        source = Path(__file__).parents[2] / "notebooks" / f"{name}.ipynb"
        notebook = nbformat.read(source, 4)
        notebook.cells.append(nbformat.v4.new_code_cell(f"{READS}\n{end}", id="spoiled"))
        target = study.root / "notebooks" / source.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(nbformat.writes(notebook), encoding="utf-8")


def row_to_explain(study: StudyFolder) -> str:
    rows = (study.build / "estimates.csv").read_text(encoding="utf-8").splitlines()
    return next(row.split(",")[0] for row in rows[1:] if "suppressed" in row)


@pytest.fixture(scope="module")
def told(second, tmp_path_factory, nothing_closed) -> Told:
    """A study whose raw data hold canaries that intake can live with, after every command."""
    study = planted(second, tmp_path_factory.mktemp("canary") / "study")
    canaries.append(study.raw, canaries.bad_rows(AREA))
    canaries.add_free_text(study.raw / "stad" / "adressen.csv")
    canaries.plant_in_sav(study.raw / "vragenlijst" / "voor.sav")
    canaries.sign(study.raw)
    scratch, here = tmp_path_factory.mktemp("scratch"), tmp_path_factory.mktemp("cwd")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        patch.setenv("TMPDIR", str(scratch))
        patch.setattr(tempfile, "tempdir", str(scratch))
        said = {"check": on_a_terminal(study, "check")}
        said["run"] = study.run(*CHOSEN, "--renderer", "embedded")
        commands = [["status", "--why"], ["codebook"], ["export-r"], ["ledger", "export"],
                    ["ledger", "query", "cells"],
                    ["agree", "check", "--simulate", "100"]]  # fmt: skip
        if "disclosure" in command_line.GROUPS:
            commands += [["disclosure", "plan"], ["disclosure", "audit"],
                         ["disclosure", "explain", row_to_explain(study)]]  # fmt: skip
        for command in commands:
            said[" ".join(command)] = in_process(study, *command)
        spoil_notebooks(study)
        said["failing run"] = on_a_terminal(study, "run", "--renderer", "embedded", *CHOSEN)
        said["doctor"] = in_process(study, "doctor")
        assert list(here.iterdir()) == [], "a command wrote into the folder it was typed in"
    return Told(study, said, scratch)


def test_the_commands_did_what_they_should(told):
    said = told.said
    assert "exit 0" in said["check"]
    for rule in ("unmatched_reference", "unknown_area", "overlap", "end_before_start", "duplicate",
                 "value_outside_codes", "value_outside_range", "wrong_type",
                 "unknown_column"):  # fmt: skip
        assert rule in said["check"], rule
    assert "2 reports made" in said["run"]
    assert all("exit 0" in said[name] for name in ("export-r", "ledger export", "codebook"))
    assert "2 failed" in said["failing run"]
    assert "ValueError" in said["failing run"]
    assert "the kernel stopped" in said["failing run"]


def test_the_canaries_really_are_in_the_data(told):
    """Or nothing could leak: the ledger holds the person, his provider and his amount."""
    ledger = told.study.build / "ledger" / "ledger.parquet"
    rows = pq.read_table(ledger).to_pandas()
    mine = rows[rows["person_id"] == PERSON]
    assert canaries.PROVIDER in set(mine["provider_id"])
    assert canaries.LONG in set(mine["provider_id"])
    assert set(mine["household_id"]) == {canaries.HOUSEHOLD}
    assert round(AMOUNT * 100) in set(mine["cents"])
    assert canaries.leaks_in(ledger)


def test_nothing_that_is_printed_holds_a_value_of_a_person(told):
    leaks = {name: found for name, text in told.said.items() if (found := canaries.named(text))}
    assert leaks == {}


def test_no_file_that_others_may_read_holds_a_value_of_a_person(told):
    root = told.study.root
    _, shared = canaries.split(root)
    names = {
        p.relative_to(root / "build").parts[0] for p in shared if p.is_relative_to(root / "build")
    }
    assert {"reports", "index.html", "estimates.csv", "issues.csv", "codebook.html"} <= names
    assert any("/slices/" in str(path) for path in shared)
    ours = [path for path in shared if path.is_relative_to(root / "build")]
    leaks = {str(path.relative_to(root)): found for path in ours
             if (found := canaries.leaks_in(path))}  # fmt: skip
    assert leaks == {}


def test_what_holds_data_of_persons_can_be_read_by_its_owner_alone(told):
    root = told.study.root
    private, _ = canaries.split(root)
    kinds = {path.relative_to(root).parts[:2] for path in private}
    assert {
        ("build", "failed"),
        ("build", "export-r"),
        ("build", "ledger"),
        ("build", ".cache"),
    } <= kinds
    private += [root / "build" / name for name in ("issues.csv", "issues.html")]
    assert canaries.open_to_others(root, private) == []


def test_the_notebook_that_failed_holds_what_it_read_for_its_owner_alone(told):
    failed = sorted((told.study.build / "failed").glob("*/*.ipynb"))
    assert len(failed) == 2
    assert all(canaries.leaks_in(path) for path in failed)


def test_the_export_for_r_holds_answers_but_no_pseudonym_of_the_source(told):
    texts = [p.read_text(encoding="utf-8") for p in (told.study.build / "export-r").rglob("*.csv")]
    assert texts
    assert not [text for text in texts if TOKEN in text]


def test_no_scratch_file_is_left_or_open(told):
    left = [path for path in told.scratch.rglob("*") if path.is_file()]
    assert [path for path in left if canaries.leaks_in(path)] == []


# Files that are refused ---------------------------------------------------------------------------


def merged_header(path: Path) -> None:
    """Let the header and the first record run together into one line."""
    path.write_text(path.read_text(encoding="utf-8").replace("\n", ";", 1), encoding="utf-8")


def first_is_canary(path: Path) -> None:
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    first = [row for row in rows if TOKEN in row]
    other = [row for row in rows if TOKEN not in row]
    path.write_text("\n".join([header, *first, *other]) + "\n", encoding="utf-8")


def without_header(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").partition("\n")[2], encoding="utf-8")


def cut_off(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n")[:-12], encoding="utf-8")


def ragged(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + f"{TOKEN};{PERSON};\n", encoding="utf-8")


def other_encoding(path: Path) -> None:
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))


def unclosed_quote(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + f'"{FREE_TEXT}\n', encoding="utf-8")


def other_delimiter(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(";", "|"), encoding="utf-8")


SPOILT = {
    "stad/inwoners.csv": (merged_header, without_header, other_encoding, cut_off),
    "stad/toewijzingen.csv": (ragged, merged_header, cut_off, other_delimiter),
    "stad/rekeningen.csv": (cut_off, ragged, unclosed_quote, merged_header),
    "stad/adressen.csv": (merged_header, other_encoding, ragged, without_header),
    "vragenlijst/eind.csv": (without_header, unclosed_quote, cut_off, other_encoding),
}


@pytest.fixture(scope="module")
def spoilt(second, tmp_path_factory, nothing_closed) -> dict[str, str]:
    """Return what is said of studies whose files cannot be read: round -> output, with reports."""
    said = {}
    for nth in range(4):
        study = planted(second, tmp_path_factory.mktemp("spoilt") / "study")
        canaries.append(study.raw, canaries.good_rows(AREA))
        for name, ways in SPOILT.items():
            first_is_canary(study.raw / name)
            ways[nth](study.raw / name)
        said[f"check {nth}"] = in_process(study, "check")
        said[f"run {nth}"] = in_process(study, "run")
        for name in ("issues.csv", "issues.html"):
            said[f"{name} {nth}"] = (study.build / name).read_text(encoding="utf-8")
    return said


def test_a_file_that_cannot_be_read_is_described_without_its_values(spoilt):
    for rule in ("no_header", "truncated_file", "ragged_row", "unreadable_file", "no_rows",
                 "wrong_delimiter"):  # fmt: skip
        assert any(rule in text for text in spoilt.values()), rule
    assert all("exit 1" in text for name, text in spoilt.items() if name.startswith("run"))
    assert {name: found for name, text in spoilt.items() if (found := canaries.named(text))} == {}


def test_an_error_nobody_foresaw_is_shown_without_what_it_says(told, monkeypatch):
    def read(*_: object) -> None:
        try:
            raise KeyError(PERSON)
        except KeyError as error:
            raise ValueError(f"cannot convert {AMOUNT} of {PERSON}") from error

    monkeypatch.setattr("evaluatie.intake.study_data.read_raw", read)
    output = in_process(told.study, "check")
    assert "exit 70" in output
    assert "KeyError" in output
    assert "ValueError" in output
    assert "study_data.py" in output
    assert canaries.named(output) == []


# The search itself --------------------------------------------------------------------------------


def pdf_with(text: str) -> bytes:
    writer, stream = pypdf.PdfWriter(), pypdf.generic.DecodedStreamObject()
    page = writer.add_blank_page(100, 100)
    stream.set_data(f"BT ({text}) Tj ET".encode())
    page[pypdf.generic.NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def pdf_called(text: str) -> bytes:
    writer, kept = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Keywords": text})
    writer.write(kept)
    return kept.getvalue()


def docx_with(text: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/core.xml", f"<keywords>{text}</keywords>")
    return kept.getvalue()


def png_with(text: str) -> bytes:
    chunk = b"Comment\0" + text.encode()
    return b"\x89PNG\r\n\x1a\n" + len(chunk).to_bytes(4, "big") + b"tEXt" + chunk + b"\0" * 4


def notebook_with(data: dict) -> bytes:
    output = nbformat.v4.new_output("display_data", data)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])])
    return nbformat.writes(notebook).encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", PERSON.encode()),
        ("a.txt", PERSON.lower().encode()),
        ("a.txt", f"x{TOKEN}x".encode()),
        ("a.txt", b"total 7654321.09"),
        ("a.txt", b"totaal 7.654.321,09"),
        ("a.txt", b"total 7,654,321"),
        ("a.txt", b"totaal 7 654 321"),
        ("a.txt", b"cents 765432109"),
        ("a.txt", DAY.encode()),
        ("a.txt", b"op 29 maart 1907"),
        ("a.txt", PERSON.encode("utf-16")),
        ("a.txt", base64.b64encode(f"..{PERSON}".encode())),
        ("a.txt", base64.b64encode(f".{PERSON}".encode("utf-16-le"))),
        ("a.html", b"'data:image/png;base64," + base64.b64encode(png_with(PERSON)) + b"'"),
        ("a.png", png_with(PERSON)),
        ("a.pdf", pdf_with(PERSON)),
        ("a.pdf", pdf_called(PERSON)),
        ("a.docx", docx_with(PERSON)),
        ("a.ipynb", notebook_with({"image/png": base64.b64encode(png_with(PERSON)).decode()})),
        ("a.ipynb", notebook_with({"text/plain": "7\u202f654\u202f321,09"})),
    ],
)  # fmt: skip
def test_a_canary_is_recognised_in_every_dress(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert canaries.leaks_in(tmp_path / name)


def test_ordinary_content_is_no_canary(tmp_path):
    text = "17654321 1,7654321 canary 1907 29 maart 2017 654321 SYN-P-000001"
    for name, content in (("a.txt", text.encode()), ("a.pdf", pdf_with(text)),
                          ("a.docx", docx_with(text))):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        assert canaries.leaks_in(tmp_path / name) == []


def test_a_leak_in_a_message_of_intake_is_found(told, monkeypatch):
    """The mutation: intake that says which code was wrong."""
    from evaluatie.intake.issues import IssueLog

    add = IssueLog.add

    def careless(self: IssueLog, rule: str, **values: object) -> None:
        if rule == "value_outside_codes":
            values["column"] = f"{values['column']}: {canaries.CODE}"
        add(self, rule, **values)

    monkeypatch.setattr(IssueLog, "add", careless)
    kept = {name: (told.study.build / name).read_bytes() for name in ("issues.csv", "issues.html")}
    try:
        assert canaries.named(in_process(told.study, "check"))
        assert canaries.leaks_in(told.study.build / "issues.csv")
        assert canaries.leaks_in(told.study.build / "issues.html")
    finally:
        for name, content in kept.items():
            (told.study.build / name).write_bytes(content)


def test_a_file_left_open_is_found(tmp_path):
    path = tmp_path / "build" / "ledger" / "a.csv"
    path.parent.mkdir(parents=True, mode=0o700)
    path.touch(mode=0o600)
    path.parent.chmod(0o700)
    assert canaries.open_to_others(tmp_path, [path]) == []
    path.chmod(0o640)
    assert canaries.open_to_others(tmp_path, [path]) == ["build/ledger/a.csv"]


# The whole study ----------------------------------------------------------------------------------

PSEUDONYM = re.compile(r"SYN-(?:[PHQDTWCS]|[RV]\w*)-\d{3,}")
"""Persons, households, requests, invoice lines, assignments, referrals, cases, staff, answers."""


def test_no_pseudonym_of_the_study_with_every_feed_is_in_its_reports(first):
    """The first study has every feed and every report: its own pseudonyms are canaries enough."""
    raw = "".join(p.read_text("latin-1") for p in first.raw.rglob("*.csv"))
    kinds = {found.split("-")[1][0] for found in PSEUDONYM.findall(raw)}
    assert set("PHQDTWCSRV") == kinds
    _, shared = canaries.split(first.root)
    ours = [path for path in shared if path.is_relative_to(first.build)]
    assert len(ours) > 20
    found = {}
    for path in ours:
        for where, piece in canaries.pieces(path.name, path.read_bytes()):
            if leak := PSEUDONYM.search(piece.decode("utf-8", errors="replace")):
                found[f"{path.relative_to(first.root)} {where}"] = leak[0]
    assert found == {}
